#include "daemon/api/store/statement.h"

#include "daemon/api/store/db.h"
#include "lib/json_read.h"

#include <stdlib.h>
#include <string.h>

void store_bind_text(struct statement *statement, int index, const char *text)
{
	if (statement && text)
		statement->type->bind_text(statement, index, text, strlen(text), false);
}

void store_bind_chars(struct statement *statement, int index, const char *text, size_t length)
{
	if (statement && text)
		statement->type->bind_text(statement, index, text, length, false);
}

void store_bind_int(struct statement *statement, int index, int64_t value)
{
	if (statement)
		statement->type->bind_int(statement, index, value);
}

void store_bind_json(struct statement *statement, int index, const json_t *value)
{
	char *text = statement && value ? json_dumps(value, JSON_COMPACT) : NULL;

	if (text)
		statement->type->bind_text(statement, index, text, strlen(text), true);
}

void store_bind_blob(struct statement *statement, int index, const void *bytes, size_t size)
{
	if (statement)
		statement->type->bind_blob(statement, index, bytes, size);
}

enum statement_step statement_step(struct statement *statement)
{
	return statement ? statement->type->step(statement) : STATEMENT_FAILED;
}

const char *statement_text(struct statement *statement, int column)
{
	return statement->type->text(statement, column);
}

int64_t statement_int(struct statement *statement, int column)
{
	return statement->type->number(statement, column);
}

double statement_real(struct statement *statement, int column)
{
	return statement->type->real(statement, column);
}

const void *statement_blob(struct statement *statement, int column, size_t *size)
{
	return statement->type->blob(statement, column, size);
}

char *store_column_dup(struct statement *statement, int column)
{
	const char *text = statement_text(statement, column);

	return text ? strdup(text) : NULL;
}

json_t *store_column_json(struct statement *statement, int column)
{
	const char *text = statement_text(statement, column);

	return text ? json_read(text, strlen(text)) : NULL;
}

void store_reset(struct statement *statement)
{
	if (statement)
		statement->type->reset(statement);
}

void statement_free(struct statement *statement)
{
	if (statement)
		statement->type->free(statement);
}
