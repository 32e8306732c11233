/* sound: whether a database is whole, and what to say and do when it is not. */
#ifndef OFFHOOK_API_SOUND_H
#define OFFHOOK_API_SOUND_H

#include <sqlite3.h>
#include <stddef.h>

/* Looks at an open database of the newest schema: that every table, column and index is there, and at its
 * pages for a while: of a large one not at all of them, so that a start does not take minutes. Returns 0, or
 * EIO with *error in one sentence that says how to go on. */
int sound_check(sqlite3 *db, const char *file, char *error, size_t size) __attribute__((warn_unused_result));

/* Why `db` (NULL: it could not even be opened) is of no use, by its last error, and how to go on. */
void sound_explain(sqlite3 *db, const char *file, char *error, size_t size);

#endif
