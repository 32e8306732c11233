/* migrate: the schema of the database, as numbered steps. */
#ifndef OFFHOOK_API_MIGRATE_H
#define OFFHOOK_API_MIGRATE_H

#include <sqlite3.h>
#include <stddef.h>

/* Number of the newest schema. */
int migrate_newest(void);

/* Brings `db` to the newest schema. Returns 0, EPROTO when it has a newer one, or EIO, with *error in one
 * sentence. */
int migrate_run(sqlite3 *db, char *error, size_t size) __attribute__((warn_unused_result));

#endif
