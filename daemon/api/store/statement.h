/* statement: what is asked of the database, whichever it is (db.h): parameters by their number (?1 is 1),
 * then its rows, one at a time, their columns from 0.
 *
 * The SQL is written once, in what SQLite and PostgreSQL both understand; what little only one of them has
 * (INDEXED BY, a plus sign that keeps a column from an index) is taken out for the other (translate.h).
 *
 * Each function takes NULL, a statement that could not be prepared: then nothing is bound, and the step
 * fails. */
#ifndef OFFHOOK_API_STORE_STATEMENT_H
#define OFFHOOK_API_STORE_STATEMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct statement;

/* NULL text binds NULL, as what is not bound is. The text must stay until the statement is reset. */
void store_bind_text(struct statement *statement, int index, const char *text);
void store_bind_chars(struct statement *statement, int index, const char *text, size_t length);
void store_bind_int(struct statement *statement, int index, int64_t value);
/* As text that the statement keeps; NULL binds NULL. */
void store_bind_json(struct statement *statement, int index, const json_t *value);
void store_bind_blob(struct statement *statement, int index, const void *bytes, size_t size);

enum statement_step { STATEMENT_ROW, STATEMENT_DONE, STATEMENT_FAILED };
/* To the next row. */
enum statement_step statement_step(struct statement *statement);

/* A column of the row; what they point to is valid until the next step or reset. NULL and 0 for NULL. */
const char *statement_text(struct statement *statement, int column);
int64_t statement_int(struct statement *statement, int column);
double statement_real(struct statement *statement, int column);
const void *statement_blob(struct statement *statement, int column, size_t *size);
/* A copy of a text column, or NULL for NULL (and without memory). */
char *store_column_dup(struct statement *statement, int column);
/* What store_bind_json() has written: a new reference; NULL for NULL, for what is no JSON, and without
 * memory. */
json_t *store_column_json(struct statement *statement, int column);

/* Forgets its rows and what was bound. */
void store_reset(struct statement *statement);
/* Ends one of store_prepare_once(). */
void statement_free(struct statement *statement);

#endif
