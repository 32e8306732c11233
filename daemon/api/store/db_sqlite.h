/* db_sqlite: the database as a file, by SQLite; inside of the store. */
#ifndef OFFHOOK_API_STORE_DB_SQLITE_H
#define OFFHOOK_API_STORE_DB_SQLITE_H

#include "daemon/api/store/db.h"

#include <sqlite3.h>

/* Opens or creates `file` (":memory:" for tests) and brings it to the newest schema. Returns 0, EPROTO (newer
 * schema), EIO or ENOMEM, with *error in one sentence. */
int db_sqlite_open(struct db **out, const char *file, char *error, size_t size)
    __attribute__((warn_unused_result));
/* Its handle; NULL for a database of another kind. */
sqlite3 *db_sqlite_handle(struct db *db);

#endif
