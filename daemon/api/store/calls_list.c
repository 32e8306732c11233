/* Lists of calls and their totals, quick with any filter over millions of records.
 *
 * A list is made of parts, one for each direction and status that the filter allows; each part is a range of
 * an index that has the newest call at its end, and SQLite merges them. Totals of what can be many are kept
 * by triggers (table totals): by account, direction and status, each for all calls and for those of one
 * number of our own, over all time and by day. What is left is counted in an index: calls with one number at
 * the far end, and the days that a range of time cuts. */
#include "daemon/api/store/calls_row.h"
#include "daemon/api/store/rows.h"

#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)
/* A call starts (is answered) at most so long after it was created. */
#define RING_MAX_MS INT64_C(7200000)

/* Parameters of all statements here: ?1 account, ?2 direction, ?3 status, ?4 from, ?5 to, ?6 and ?7 started
 * from and to, ?8 and ?9 first and last nr, ?10 limit, ?11 offset. */
struct asked {
	const struct calls_filter *filter;
	int64_t first_nr, last_nr;
	int64_t limit, offset;
	bool from_the_end; /* the page is nearer to the oldest: counted from there */
};

static bool is_outbound(const char *direction)
{
	return !strcmp(direction, "outbound");
}

/* Our own number and that of the far end, as far as the filter names them. */
static const char *own_of(const struct calls_filter *f, const char *direction)
{
	return is_outbound(direction) ? f->from : f->to;
}

static const char *far_of(const struct calls_filter *f, const char *direction)
{
	return is_outbound(direction) ? f->to : f->from;
}

static bool has_time(const struct calls_filter *f)
{
	return f->started_from || f->started_to;
}

static bool allows(const char *wanted, const char *value)
{
	return !wanted || !strcmp(wanted, value);
}

static bool allows_status(const struct calls_filter *f, const char *status)
{
	for (size_t i = 0; f->statuses[i]; i++)
		if (!strcmp(f->statuses[i], status))
			return true;
	return !f->statuses[0];
}

static void bind(struct statement *s, const struct asked *asked, const char *direction, const char *status)
{
	const struct calls_filter *f = asked->filter;

	store_bind_text(s, 1, f->account);
	store_bind_text(s, 2, direction);
	store_bind_text(s, 3, status);
	store_bind_text(s, 4, f->from);
	store_bind_text(s, 5, f->to);
	store_bind_int(s, 6, f->started_from);
	store_bind_int(s, 7, f->started_to ? f->started_to : INT64_MAX);
	store_bind_int(s, 8, asked->first_nr);
	store_bind_int(s, 9, asked->last_nr);
	store_bind_int(s, 10, asked->limit);
	store_bind_int(s, 11, asked->offset);
}

/* One number of one row; 0 for no row. Frees the statement unless it is cached. */
static int number(struct statement *s, bool cached, int64_t *out)
{
	int err = rows_number(s, out);

	if (!cached)
		statement_free(s);
	return err;
}

int calls_find_bounds(struct store *store, const char *account, int64_t from, int64_t to, int64_t *first,
		      int64_t *last)
{
	struct statement *s;
	int err = 0;

	*first = 0;
	*last = INT64_MAX;
	if (from) {
		s = store_prepare(
		    store,
		    "SELECT nr FROM calls INDEXED BY calls_by_creation WHERE account = ?1 AND created >= ?2"
		    " ORDER BY created LIMIT 1");
		store_bind_text(s, 1, account);
		store_bind_int(s, 2, from - RING_MAX_MS);
		err = number(s, true, first);
	}
	if (to && !err) {
		s = store_prepare(
		    store,
		    "SELECT nr FROM calls INDEXED BY calls_by_creation WHERE account = ?1 AND created < ?2"
		    " ORDER BY created DESC LIMIT 1");
		store_bind_text(s, 1, account);
		/* Those that are stored late, after a time without this process, are numbered late. */
		store_bind_int(s, 2, to + RING_MAX_MS);
		err = number(s, true, last);
	}
	return err;
}

static int find_bounds(struct store *store, struct asked *asked)
{
	const struct calls_filter *f = asked->filter;

	return calls_find_bounds(store, f->account, f->started_from, f->started_to, &asked->first_nr,
				 &asked->last_nr);
}

#define CODE "CAST(coalesce(json_extract(snapshot, '$.sip_code'), '0') AS INTEGER)"
static const char *const causes[] = {
	[CALLS_ANY_CAUSE] = "",
	[CALLS_REFUSED] = " AND " CODE " IN (403, 603, 607)",
	[CALLS_NOT_REFUSED] = " AND " CODE " NOT IN (403, 603, 607)",
	[CALLS_UNREACHED] = " AND " CODE " IN (408, 480)",
	[CALLS_RANG_OUT] = " AND " CODE " NOT IN (408, 480)",
};

/* The condition of one part, with its index. `times`: also that of time. */
static void write_part(FILE *sql, const struct calls_filter *f, const char *direction, bool times)
{
	const char *index = "calls_in_order", *more = "";

	if (f->from && (!f->to || !is_outbound(direction)))
		index = "calls_by_from";
	else if (f->to)
		index = "calls_by_to";
	if (f->from && f->to)
		more = is_outbound(direction) ? " AND +from_address = ?4" : " AND +to_address = ?5";
	fprintf(sql, " FROM calls INDEXED BY %s WHERE account = ?1 AND pending = 0%s%s%s", index,
		!strcmp(index, "calls_by_from") ? " AND from_address = ?4" : "",
		!strcmp(index, "calls_by_to") ? " AND to_address = ?5" : "", more);
	fputs(causes[f->cause], sql);
	if (times)
		fputs(" AND nr >= ?8 AND nr <= ?9 AND started >= ?6 AND started < ?7", sql);
}

/* Counts in an index what `asked` allows of one direction and status. */
static int count_part(struct store *store, const struct asked *asked, const char *direction,
		      const char *status, int64_t *out)
{
	char text[640];
	FILE *sql = fmemopen(text, sizeof text, "w");
	struct statement *s;

	if (!sql)
		return ENOMEM;
	fputs("SELECT count(*)", sql);
	write_part(sql, asked->filter, direction, has_time(asked->filter));
	fputs(" AND direction = ?2 AND status = ?3", sql);
	fclose(sql);
	s = store_prepare_once(store, text);
	if (s)
		bind(s, asked, direction, status);
	return number(s, false, out);
}

/* Of all calls (no number in the filter): those that started in a part of a day. */
static int count_hours(struct store *store, const struct asked *asked, const char *direction,
		       const char *status, int64_t *out)
{
	struct statement *s = store_prepare(
	    store,
	    "SELECT count(*) FROM calls INDEXED BY calls_by_start WHERE account = ?1 AND direction = ?2"
	    " AND status = ?3 AND pending = 0 AND started >= ?6 AND started < ?7");

	if (s)
		bind(s, asked, direction, status);
	return number(s, true, out);
}

/* The kept totals of whole days; first -1: over all time. */
static int sum_days(struct store *store, const struct calls_filter *f, const char *direction,
		    const char *status, int64_t first, int64_t end, int64_t *out)
{
	const char *own = own_of(f, direction);
	struct statement *s = store_prepare(
	    store,
	    "SELECT sum(n) FROM totals WHERE account = ?1 AND own = ?2 AND direction = ?3 AND status = ?4"
	    " AND day >= ?5 AND day < ?6");

	store_bind_text(s, 1, f->account);
	store_bind_text(s, 2, own ? own : "*");
	store_bind_text(s, 3, direction);
	store_bind_text(s, 4, status);
	store_bind_int(s, 5, first);
	store_bind_int(s, 6, end);
	return number(s, true, out);
}

static int count_cut_day(struct store *store, const struct asked *asked, int64_t from, int64_t to,
			 const char *direction, const char *status, int64_t *total)
{
	struct calls_filter filter = *asked->filter;
	struct asked part = { .filter = &filter, .last_nr = INT64_MAX };
	int64_t n = 0;
	int err = 0;

	if (from >= to)
		return 0;
	filter.started_from = from;
	filter.started_to = to;
	if (!own_of(&filter, direction)) {
		err = count_hours(store, &part, direction, status, &n);
	} else {
		err = find_bounds(store, &part);
		if (!err)
			err = count_part(store, &part, direction, status, &n);
	}
	*total += n;
	return err;
}

/* Whole days from the kept totals, what is cut off at both ends from the index. */
static int count_time(struct store *store, const struct asked *asked, const char *direction,
		      const char *status, int64_t *total)
{
	const struct calls_filter *f = asked->filter;
	int64_t first = (f->started_from + DAY_MS - 1) / DAY_MS,
		end = f->started_to ? f->started_to / DAY_MS : INT64_MAX, n;
	int err;

	if (f->started_to && first > end)
		return count_cut_day(store, asked, f->started_from, f->started_to, direction, status, total);
	err = sum_days(store, f, direction, status, first, end, &n);
	*total += n;
	if (!err)
		err = count_cut_day(store, asked, f->started_from, first * DAY_MS, direction, status, total);
	if (!err && f->started_to)
		err = count_cut_day(store, asked, end * DAY_MS, f->started_to, direction, status, total);
	return err;
}

static int count_one(struct store *store, const struct asked *asked, const char *direction,
		     const char *status, int64_t *total)
{
	int64_t n = 0;
	int err;

	if (asked->filter->cause) {
		err = count_part(store, asked, direction, status, &n);
		*total += n;
		return err;
	}
	if (!far_of(asked->filter, direction) && has_time(asked->filter))
		return count_time(store, asked, direction, status, total);
	if (far_of(asked->filter, direction))
		err = count_part(store, asked, direction, status, &n);
	else
		err = sum_days(store, asked->filter, direction, status, -1, 0, &n);
	*total += n;
	return err;
}

static int count_all(struct store *store, const struct asked *asked, int64_t *total)
{
	int err = 0;

	*total = 0;
	for (enum call_direction d = CALL_INBOUND; d <= CALL_OUTBOUND; d++)
		for (enum call_status i = 0; i < CALL_STATUS_COUNT && !err; i++)
			if (allows(asked->filter->direction, call_direction_name(d)) &&
			    allows_status(asked->filter, call_status_name(i)))
				err = count_one(store, asked, call_direction_name(d), call_status_name(i),
						total);
	return err;
}

/* The statement of a page: its parts merged, newest first. */
static void write_page(FILE *sql, const struct asked *asked)
{
	const struct calls_filter *f = asked->filter;
	const char *join = "";

	fputs("SELECT " CALLS_COLUMNS " FROM calls WHERE nr IN (SELECT nr FROM (", sql);
	for (enum call_direction d = CALL_INBOUND; d <= CALL_OUTBOUND; d++) {
		for (enum call_status i = 0; i < CALL_STATUS_COUNT; i++) {
			if (!allows(f->direction, call_direction_name(d)) ||
			    !allows_status(f, call_status_name(i)))
				continue;
			fprintf(sql, "%sSELECT nr", join);
			write_part(sql, f, call_direction_name(d), has_time(f));
			/* The names are ours: no text of the asker is in the statement. */
			fprintf(sql, " AND direction = '%s' AND status = '%s'", call_direction_name(d),
				call_status_name(i));
			join = " UNION ALL ";
		}
	}
	fprintf(sql, " ORDER BY nr %s LIMIT ?10 OFFSET ?11) AS page) ORDER BY nr DESC",
		asked->from_the_end ? "ASC" : "DESC");
}

static int read_page(struct store *store, const struct asked *asked, call_row_h *each, void *arg)
{
	char *text = malloc(CALLS_SQL_MAX);
	FILE *sql = text ? fmemopen(text, CALLS_SQL_MAX, "w") : NULL;
	struct calls_walk walk = { each, arg, NULL };
	struct statement *s;
	int err;

	if (!sql) {
		free(text);
		return ENOMEM;
	}
	write_page(sql, asked);
	fclose(sql);
	s = store_prepare_once(store, text);
	free(text);
	if (s)
		bind(s, asked, NULL, NULL);
	err = rows_each(s, calls_walk_row, &walk);
	statement_free(s);
	return err;
}

/* Where the page begins, from the nearer end. */
static void find_page(struct asked *asked, int64_t total)
{
	const struct calls_filter *f = asked->filter;
	int64_t left;

	asked->offset = (f->page - 1) * f->page_size + f->skip;
	left = total - asked->offset;
	asked->limit = left < f->page_size ? left : f->page_size;
	asked->from_the_end = asked->offset > total / 2;
	if (asked->from_the_end)
		asked->offset = left - asked->limit;
}

/* Those of one parent, conference, tag or beginning of an id have an index; what else is asked of them is
 * looked at one by one. */
static const char *index_of_few(const struct calls_filter *f)
{
	/* what UNIQUE made; ids are of 0-9, a-f and -, all before g */
	if (f->id)
		return "sqlite_autoindex_calls_1 WHERE id >= ?23 AND id < ?23 || 'g'";
	if (f->parent)
		return "calls_by_parent WHERE parent = ?12";
	if (f->conference)
		return "calls_by_conference WHERE conference IS NOT NULL";
	return f->tag ? "calls_by_tag WHERE tag IS NOT NULL" : NULL;
}

static void write_few(FILE *sql, const struct calls_filter *f, const char *what)
{
	const char *join = "";

	fprintf(sql,
		"SELECT %s FROM calls INDEXED BY %s AND account = ?1"
		" AND pending = 0 AND (?2 IS NULL OR direction = ?2) AND (?4 IS NULL OR from_address = ?4)"
		" AND (?5 IS NULL OR to_address = ?5) AND started >= ?6 AND started < ?7",
		what, index_of_few(f));
	if (f->conference)
		fputs(" AND conference IN (SELECT id FROM conferences WHERE id = ?21 UNION ALL"
		      " SELECT id FROM conferences WHERE account = ?1 AND name = ?21)",
		      sql);
	if (f->parent && f->id)
		fputs(" AND parent = ?12", sql);
	if (f->tag)
		fputs(" AND tag = ?22", sql);
	for (size_t i = 0; f->statuses[i]; i++, join = ",")
		fprintf(sql, "%s?%zu", i ? join : " AND status IN (", 13 + i);
	if (f->statuses[0])
		fputc(')', sql);
}

static struct statement *prepare_few(struct store *store, const struct asked *asked, const char *what,
				     const char *end)
{
	const struct calls_filter *f = asked->filter;
	char text[1536];
	FILE *sql = fmemopen(text, sizeof text, "w");
	struct statement *s;

	if (!sql)
		return NULL;
	write_few(sql, f, what);
	fputs(end, sql);
	fclose(sql);
	s = store_prepare_once(store, text);
	if (!s)
		return NULL;
	bind(s, asked, f->direction, NULL);
	store_bind_text(s, 12, f->parent);
	for (int i = 0; f->statuses[i]; i++)
		store_bind_text(s, 13 + i, f->statuses[i]);
	store_bind_text(s, 21, f->conference);
	store_bind_text(s, 22, f->tag);
	store_bind_text(s, 23, f->id);
	return s;
}

static int list_few(struct store *store, struct asked *asked, call_row_h *each, void *arg, int64_t *total)
{
	struct calls_walk walk = { each, arg, NULL };
	struct statement *s;
	int err = number(prepare_few(store, asked, "count(*)", ""), false, total);

	if (err)
		return err;
	asked->limit = asked->filter->page_size;
	asked->offset = (asked->filter->page - 1) * asked->filter->page_size + asked->filter->skip;
	s = prepare_few(store, asked, CALLS_COLUMNS, " ORDER BY nr DESC LIMIT ?10 OFFSET ?11");
	err = rows_each(s, calls_walk_row, &walk);
	statement_free(s);
	return err;
}

int calls_list(struct store *store, const struct calls_filter *filter, call_row_h *each, void *arg,
	       int64_t *total)
{
	struct asked asked = { .filter = filter };
	int err;

	if (index_of_few(filter))
		return list_few(store, &asked, each, arg, total);
	err = find_bounds(store, &asked);
	if (!err)
		err = count_all(store, &asked, total);
	/* Looking for nothing may take long. */
	if (err || *total <= (filter->page - 1) * filter->page_size + filter->skip)
		return err;
	find_page(&asked, *total);
	return read_page(store, &asked, each, arg);
}
