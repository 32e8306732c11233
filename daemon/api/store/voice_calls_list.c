/* Lists of voice calls, quick with any filter over millions of calls: those of ours and those that were made
 * elsewhere, two streams that are newest first, merged.
 *
 * Ours are found by what narrows them most: the notes of a client, who of the staff talked in them
 * (call_users), or else the indexes of calls, a part for each direction and status, which SQLite merges. */
#include "daemon/api/store/calls_row.h"
#include "daemon/api/store/rows.h"
#include "daemon/api/store/voice_calls.h"

#include "lib/call_state.h"
#include "lib/log.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>

/* More users than these are looked for call by call. */
enum { USERS_MAX = 64 };

/* What each state is among those of calls; NULL ends. */
static const char *const states[][5] = {
	[VOICE_CALLS_ANY] = { NULL },
	[VOICE_CALLS_COMING] = { "queued", "ringing", NULL },
	[VOICE_CALLS_MISSED] = { "busy", "no-answer", "failed", "canceled", NULL },
	[VOICE_CALLS_BY_STAFF] = { "in-progress", "completed", NULL },
	[VOICE_CALLS_BY_OTHERS] = { "in-progress", "completed", NULL },
};

static bool allows_status(enum voice_calls_state state, const char *status)
{
	for (size_t i = 0; states[state][i]; i++)
		if (!strcmp(states[state][i], status))
			return true;
	return state == VOICE_CALLS_ANY;
}

/* Texts of the asker are quoted by SQLite's printf (%Q), as every SQL has it. */

static void add_users(sqlite3_str *sql, const struct voice_calls_users *users)
{
	sqlite3_str_appendall(sql, " IN (");
	for (size_t i = 0; i < users->count; i++)
		sqlite3_str_appendf(sql, "%s%Q", i ? "," : "", users->names[i]);
	sqlite3_str_appendall(sql, ")");
}

static void add_talked(sqlite3_str *sql, const struct voice_calls_users *users)
{
	sqlite3_str_appendall(sql, "EXISTS (SELECT 1 FROM call_users t WHERE t.call = c.nr AND t.user");
	add_users(sql, users);
	sqlite3_str_appendall(sql, ")");
}

/* A number with and without its plus sign. */
static void add_number(sqlite3_str *sql, const char *column, const char *number)
{
	if (number)
		sqlite3_str_appendf(sql, " AND %s IN (%Q, '+' || %Q)", column, number, number);
}

/* What is noted goes before what is known. */
static void add_staff(sqlite3_str *sql, const struct voice_calls_filter *f)
{
	sqlite3_str_appendf(sql,
			    " AND coalesce((SELECT CASE json_type(v.notes, '$.staff_uid') WHEN 'text' THEN "
			    "json_extract(v.notes, '$.staff_uid') = %Q WHEN 'null' THEN false END FROM "
			    "voice_calls v WHERE v.account = %Q AND v.uid = c.id), ",
			    f->staff, f->account);
	add_talked(sql, &f->of_staff);
	sqlite3_str_appendall(sql, ")");
}

/* What is asked of a row "c" of calls besides its account, direction and status. */
static void add_conditions(sqlite3_str *sql, const struct voice_calls_filter *f, bool deleted)
{
	sqlite3_str_appendall(sql, " AND c.pending = 0");
	add_number(sql, "+c.from_address", f->from);
	add_number(sql, "+c.to_address", f->to);
	if (deleted && !f->with_deleted)
		sqlite3_str_appendf(sql,
				    " AND NOT EXISTS (SELECT 1 FROM voice_calls d WHERE d.account = %Q AND "
				    "d.uid = c.id AND d.deleted <> 0)",
				    f->account);
	if (f->staff)
		add_staff(sql, f);
	if (f->state == VOICE_CALLS_BY_STAFF || f->state == VOICE_CALLS_BY_OTHERS) {
		sqlite3_str_appendall(sql, f->state == VOICE_CALLS_BY_STAFF ? " AND " : " AND NOT ");
		add_talked(sql, &f->all_staff);
	}
}

static void add_states(sqlite3_str *sql, const struct voice_calls_filter *f)
{
	if (f->direction)
		sqlite3_str_appendf(sql, " AND c.direction = %Q", f->direction);
	if (f->state == VOICE_CALLS_ANY)
		return;
	sqlite3_str_appendall(sql, " AND c.status IN (");
	for (size_t i = 0; states[f->state][i]; i++)
		sqlite3_str_appendf(sql, "%s%Q", i ? "," : "", states[f->state][i]);
	sqlite3_str_appendall(sql, ")");
}

/* Those with a note `member` of this value. */
static void add_noted(sqlite3_str *sql, const struct voice_calls_filter *f, bool deleted, const char *index,
		      const char *member, const char *value)
{
	sqlite3_str_appendf(
	    sql,
	    "SELECT c.nr AS nr FROM voice_calls n INDEXED BY %s CROSS JOIN calls c ON c.id = n.uid"
	    " WHERE n.account = %Q AND json_extract(n.notes, '$.%s') = %Q AND n.logged = 0 AND "
	    "c.account = %Q",
	    index, f->account, member, value, f->account);
	add_states(sql, f);
	add_conditions(sql, f, deleted);
}

/* Those in which one of these users has talked. */
static void add_by_users(sqlite3_str *sql, const struct voice_calls_filter *f, bool deleted,
			 const struct voice_calls_users *users)
{
	const char *join = f->staff ? " UNION " : "";

	if (f->staff)
		add_noted(sql, f, deleted, "voice_calls_by_staff", "staff_uid", f->staff);
	for (size_t i = 0; i < users->count; i++, join = " UNION ") {
		sqlite3_str_appendf(
		    sql,
		    "%sSELECT u.call AS nr FROM call_users u INDEXED BY call_users_by_user CROSS "
		    "JOIN calls c ON c.nr = u.call WHERE u.account = %Q AND u.user = %Q",
		    join, f->account, users->names[i]);
		add_states(sql, f);
		add_conditions(sql, f, deleted);
	}
}

/* One direction and status, of one writing of a number if one leads. */
static void add_part(sqlite3_str *sql, const struct voice_calls_filter *f, bool deleted, const char *where,
		     const char *plus)
{
	const char *lead = f->from ? f->from : f->to;

	sqlite3_str_appendf(sql, "SELECT c.nr AS nr FROM calls c INDEXED BY %s WHERE c.account = %Q AND %s",
			    f->from ? "calls_by_from"
			    : f->to ? "calls_by_to"
				    : "calls_in_order",
			    f->account, where);
	if (lead)
		sqlite3_str_appendf(sql, " AND c.%s = '%s' || %Q", f->from ? "from_address" : "to_address",
				    plus, lead);
	add_conditions(sql, f, deleted);
}

static void add_in_order(sqlite3_str *sql, const struct voice_calls_filter *f, bool deleted)
{
	const char *join = "";
	char where[80];

	for (enum call_direction d = CALL_INBOUND; d <= CALL_OUTBOUND; d++) {
		for (enum call_status i = 0; i < CALL_STATUS_COUNT; i++) {
			if ((f->direction && strcmp(f->direction, call_direction_name(d))) ||
			    !allows_status(f->state, call_status_name(i)))
				continue;
			sqlite3_snprintf(sizeof where, where, "c.direction = '%s' AND c.status = '%s'",
					 call_direction_name(d), call_status_name(i));
			sqlite3_str_appendall(sql, join);
			add_part(sql, f, deleted, where, "");
			join = " UNION ALL ";
			if (!f->from && !f->to)
				continue;
			sqlite3_str_appendall(sql, join);
			add_part(sql, f, deleted, where, "+");
		}
	}
}

static void add_found(sqlite3_str *sql, const struct voice_calls_filter *f, bool deleted)
{
	const struct voice_calls_users *users = f->staff ? &f->of_staff : &f->all_staff;
	bool by_users = f->staff || (f->state == VOICE_CALLS_BY_STAFF && !f->from && !f->to && users->count);

	if (f->client)
		add_noted(sql, f, deleted, "voice_calls_by_client", "client_uid", f->client);
	else if (by_users && users->count <= USERS_MAX)
		add_by_users(sql, f, deleted, users);
	else
		add_in_order(sql, f, deleted);
}

static struct statement *prepare(struct store *store, sqlite3_str *sql)
{
	char *text = sqlite3_str_finish(sql);
	struct statement *s = text ? store_prepare_once(store, text) : NULL;

	sqlite3_free(text);
	return s;
}

/* Of ours: uid and when it was created. */
static struct statement *prepare_calls(struct store *store, const struct voice_calls_filter *f, bool deleted,
				       int64_t limit, int64_t offset)
{
	sqlite3_str *sql = sqlite3_str_new(NULL);

	sqlite3_str_appendall(sql, "SELECT id, created FROM calls WHERE nr IN (SELECT nr FROM (");
	add_found(sql, f, deleted);
	sqlite3_str_appendf(sql, " ORDER BY nr DESC LIMIT %lld OFFSET %lld) AS page) ORDER BY nr DESC",
			    (long long)limit, (long long)offset);
	return prepare(store, sql);
}

static void add_note(sqlite3_str *sql, const char *member, const char *value)
{
	if (value)
		sqlite3_str_appendf(sql, " AND json_extract(notes, '$.%s') = %Q", member, value);
}

/* Of those that were made elsewhere. */
static struct statement *prepare_logged(struct store *store, const struct voice_calls_filter *f)
{
	sqlite3_str *sql = sqlite3_str_new(NULL);

	sqlite3_str_appendf(sql, "SELECT uid, created FROM voice_calls WHERE account = %Q AND logged = 1%s",
			    f->account, f->with_deleted ? "" : " AND deleted = 0");
	add_note(sql, "status", f->logged_status);
	add_note(sql, "direction", f->direction);
	add_note(sql, "client_uid", f->client);
	add_note(sql, "staff_uid", f->staff);
	add_number(sql, "json_extract(notes, '$.from_number')", f->from);
	add_number(sql, "json_extract(notes, '$.to_number')", f->to);
	sqlite3_str_appendall(sql, " ORDER BY created DESC");
	return prepare(store, sql);
}

/* Merging */

struct stream {
	struct statement *statement;
	enum statement_step at; /* STATEMENT_ROW: it stands on a row */
};

static bool step(struct stream *stream)
{
	stream->at = statement_step(stream->statement);
	return stream->at == STATEMENT_ROW;
}

static int64_t created_of(const struct stream *stream)
{
	return stream->at == STATEMENT_ROW ? statement_int(stream->statement, 1) : INT64_MIN;
}

static int merge(struct stream *calls, struct stream *logged, int64_t skip, int64_t limit, voice_call_h *each,
		 void *arg)
{
	step(calls);
	while (limit > 0 && (calls->at == STATEMENT_ROW || logged->at == STATEMENT_ROW)) {
		struct stream *next = created_of(calls) >= created_of(logged) ? calls : logged;

		if (skip > 0)
			skip--;
		else if (!each(statement_text(next->statement, 0), arg))
			return 0;
		else
			limit--;
		step(next);
	}
	return (calls->at == STATEMENT_ROW || calls->at == STATEMENT_DONE) &&
		       (logged->at == STATEMENT_ROW || logged->at == STATEMENT_DONE)
		   ? 0
		   : EIO;
}

static int has_deleted(struct store *store, const char *account, int64_t *out)
{
	struct statement *s = store_prepare(store, "SELECT 1 FROM voice_calls INDEXED BY voice_calls_deleted"
						   " WHERE account = ?1 AND deleted <> 0 LIMIT 1");

	store_bind_text(s, 1, account);
	return rows_number(s, out);
}

int voice_calls_list(struct store *store, const struct voice_calls_filter *f, voice_call_h *each, void *arg)
{
	struct stream calls = { 0 }, logged = { 0 };
	bool merged;
	int64_t deleted;
	int err = has_deleted(store, f->account, &deleted);

	if (err)
		return err;
	logged.statement = prepare_logged(store, f);
	/* Where there is nothing to merge, SQLite skips what comes before the page in an index alone. */
	merged = step(&logged);
	calls.statement = prepare_calls(store, f, deleted != 0, merged ? f->offset + f->limit : f->limit,
					merged ? 0 : f->offset);
	err = merge(&calls, &logged, merged ? f->offset : 0, f->limit, each, arg);
	statement_free(calls.statement);
	statement_free(logged.statement);
	return err;
}
