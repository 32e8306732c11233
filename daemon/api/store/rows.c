#include "daemon/api/store/rows.h"

#include <errno.h>
#include <stdio.h>

int rows_one(struct statement *statement, rows_read_h *read, void *row)
{
	enum statement_step rc;

	if (!statement)
		return EIO;
	rc = statement_step(statement);
	if (rc == STATEMENT_ROW)
		read(statement, row);
	store_reset(statement);
	return rc == STATEMENT_ROW ? 0 : rc == STATEMENT_DONE ? ENOENT : EIO;
}

int rows_each(struct statement *statement, rows_h *each, void *arg)
{
	bool more = true;
	enum statement_step rc = STATEMENT_ROW;

	if (!statement)
		return EIO;
	while (more && (rc = statement_step(statement)) == STATEMENT_ROW)
		more = each(statement, arg);
	store_reset(statement);
	return rc == STATEMENT_DONE || rc == STATEMENT_ROW ? 0 : EIO;
}

void rows_bind_page(struct statement *statement, const struct rows_page *page, int first)
{
	store_bind_int(statement, first, page->after ? page->after + 1 : 0);
	store_bind_int(statement, first + 1, page->before ? page->before - 1 : INT64_MAX);
	store_bind_int(statement, first + 2, page->limit);
	store_bind_int(statement, first + 3, page->after ? 0 : page->offset);
}

static void read_number(struct statement *statement, void *row)
{
	*(int64_t *)row = statement_int(statement, 0);
}

int rows_number(struct statement *statement, int64_t *out)
{
	int err;

	*out = 0;
	err = rows_one(statement, read_number, out);
	return err == ENOENT ? 0 : err;
}

void rows_read_switch(struct statement *statement, void *row)
{
	snprintf(row, SWITCH_NAME_SIZE, "%s", statement_text(statement, 0));
}
