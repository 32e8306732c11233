#include "daemon/api/store/rows.h"

#include <errno.h>

int rows_one(sqlite3_stmt *statement, rows_read_h *read, void *row)
{
	int rc;

	if (!statement)
		return EIO;
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		read(statement, row);
	store_reset(statement);
	return rc == SQLITE_ROW ? 0 : rc == SQLITE_DONE ? ENOENT : EIO;
}

int rows_each(sqlite3_stmt *statement, rows_h *each, void *arg)
{
	bool more = true;
	int rc = SQLITE_ROW;

	if (!statement)
		return EIO;
	while (more && (rc = sqlite3_step(statement)) == SQLITE_ROW)
		more = each(statement, arg);
	store_reset(statement);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : EIO;
}

void rows_bind_page(sqlite3_stmt *statement, const struct rows_page *page, int first)
{
	store_bind_int(statement, first, page->after ? page->after + 1 : 0);
	store_bind_int(statement, first + 1, page->before ? page->before - 1 : INT64_MAX);
	store_bind_int(statement, first + 2, page->limit);
	store_bind_int(statement, first + 3, page->after ? 0 : page->offset);
}

static void read_number(sqlite3_stmt *statement, void *row)
{
	*(int64_t *)row = sqlite3_column_int64(statement, 0);
}

int rows_number(sqlite3_stmt *statement, int64_t *out)
{
	int err;

	*out = 0;
	err = rows_one(statement, read_number, out);
	return err == ENOENT ? 0 : err;
}
