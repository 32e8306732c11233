/* Pages of calls that stay what they are while calls come and go: a page begins behind a record, not at a
 * count. As in calls_list.c a page is made of parts, one for each direction and status, each a range of an
 * index, which SQLite merges. */
#include "daemon/api/store/calls_row.h"
#include "daemon/api/store/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A call lasts at most so long after it was created (conf: max-duration). */
#define LASTS_MAX_MS INT64_C(2764800000)

/* Parameters: ?1 account, ?2 parent, ?3 from, ?4 to, ?5 and ?6 started from and to, ?7 and ?8 ended from and
 * to, ?9 and ?10 first and last nr, ?11 limit, ?12 offset. */

static void write_conditions(FILE *sql, const struct calls_page *page)
{
	if (page->started_from || page->started_to)
		fputs(" AND started >= ?5 AND started < ?6", sql);
	if (page->ended_from || page->ended_to)
		fputs(" AND ended >= ?7 AND ended < ?8", sql);
	fputs(" AND nr >= ?9 AND nr <= ?10", sql);
}

static void write_part(FILE *sql, const struct calls_page *page, const char *direction, const char *status)
{
	const char *index = page->to ? "calls_by_to" : page->from ? "calls_by_from" : "calls_in_order";

	fprintf(sql, "SELECT nr FROM calls INDEXED BY %s WHERE account = ?1 AND pending = 0", index);
	if (page->to)
		fputs(" AND to_address = ?4", sql);
	if (page->from)
		fputs(page->to ? " AND +from_address = ?3" : " AND from_address = ?3", sql);
	/* The names are ours: no text of the asker is in the statement. */
	fprintf(sql, " AND direction = '%s' AND status = '%s'", direction, status);
	write_conditions(sql, page);
}

static void write_of_parent(FILE *sql, const struct calls_page *page)
{
	fputs("SELECT nr FROM calls INDEXED BY calls_by_parent WHERE parent = ?2 AND account = ?1 AND "
	      "pending = 0",
	      sql);
	if (page->from)
		fputs(" AND from_address = ?3", sql);
	if (page->to)
		fputs(" AND to_address = ?4", sql);
	if (page->status)
		fputs(" AND status = ?13", sql);
	write_conditions(sql, page);
}

static void write_page(FILE *sql, const struct calls_page *page)
{
	const char *order = page->rows.after ? "ASC" : "DESC", *join = "";

	fputs("SELECT " CALLS_COLUMNS " FROM calls WHERE nr IN (SELECT nr FROM (", sql);
	if (page->parent)
		write_of_parent(sql, page);
	for (enum call_direction d = CALL_INBOUND; d <= CALL_OUTBOUND && !page->parent; d++) {
		for (enum call_status i = 0; i < CALL_STATUS_COUNT; i++) {
			if (page->status && strcmp(page->status, call_status_name(i)))
				continue;
			fputs(join, sql);
			write_part(sql, page, call_direction_name(d), call_status_name(i));
			join = " UNION ALL ";
		}
	}
	fprintf(sql, " ORDER BY nr %s LIMIT ?11 OFFSET ?12) AS page) ORDER BY nr %s", order, order);
}

static void bind(struct statement *s, const struct calls_page *page, int64_t first, int64_t last)
{
	store_bind_text(s, 1, page->account);
	store_bind_text(s, 2, page->parent);
	store_bind_text(s, 3, page->from);
	store_bind_text(s, 4, page->to);
	store_bind_int(s, 5, page->started_from);
	store_bind_int(s, 6, page->started_to ? page->started_to : INT64_MAX);
	store_bind_int(s, 7, page->ended_from);
	store_bind_int(s, 8, page->ended_to ? page->ended_to : INT64_MAX);
	store_bind_int(s, 9, first);
	store_bind_int(s, 10, last);
	store_bind_int(s, 11, page->rows.limit);
	store_bind_int(s, 12, page->rows.after ? 0 : page->rows.offset);
	if (page->parent && page->status)
		store_bind_text(s, 13, page->status);
}

/* Records are numbered as they are created: what the times leave of them. */
static int find_bounds(struct store *store, const struct calls_page *page, int64_t *first, int64_t *last)
{
	int64_t from = page->started_from, to = page->started_to;
	int err;

	if (page->ended_from - LASTS_MAX_MS > from)
		from = page->ended_from - LASTS_MAX_MS;
	if (page->ended_to && (!to || page->ended_to < to))
		to = page->ended_to;
	err = calls_find_bounds(store, page->account, from, to, first, last);
	if (page->rows.before && page->rows.before - 1 < *last)
		*last = page->rows.before - 1;
	if (page->rows.after && page->rows.after + 1 > *first)
		*first = page->rows.after + 1;
	return err;
}

int calls_page(struct store *store, const struct calls_page *page, call_row_h *each, void *arg)
{
	char *text = malloc(CALLS_SQL_MAX);
	FILE *sql = text ? fmemopen(text, CALLS_SQL_MAX, "w") : NULL;
	struct calls_walk walk = { each, arg, page->members };
	int64_t first = 0, last = INT64_MAX;
	struct statement *s = NULL;
	int err = sql ? find_bounds(store, page, &first, &last) : ENOMEM;

	if (sql) {
		write_page(sql, page);
		fclose(sql);
	}
	if (!err)
		s = store_prepare_once(store, text);
	free(text);
	if (err)
		return err;
	if (s)
		bind(s, page, first, last);
	err = rows_each(s, calls_walk_row, &walk);
	statement_free(s);
	return err;
}
