/* backup: copies and exports of the database while offhook-api runs on it; for the command line. */
#ifndef OFFHOOK_API_BACKUP_H
#define OFFHOOK_API_BACKUP_H

#include <stddef.h>
#include <stdio.h>

/* Copies the database `from` into a new file `to`, as of one moment, and checks the copy. Returns 0, EEXIST
 * (never overwritten), ENOENT (no database) or EIO, with *error in one sentence. */
int backup_copy(const char *from, const char *to, char *error, size_t size)
    __attribute__((warn_unused_result));

enum backup_format { BACKUP_CSV, BACKUP_JSON };
/* Writes the records of all calls, oldest first: CSV (RFC 4180, with a header line) or JSON (one object a
 * line). */
int backup_export(const char *from, enum backup_format format, FILE *to, char *error, size_t size)
    __attribute__((warn_unused_result));

#endif
