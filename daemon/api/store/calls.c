#include "daemon/api/store/calls.h"

#include "daemon/api/store/calls_row.h"
#include "daemon/api/store/rows.h"
#include "lib/call_state.h"
#include "lib/clock.h"
#include "lib/json_pick.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void call_row_clear(struct call_row *row)
{
	free(row->id);
	free(row->account);
	free(row->parent);
	free(row->direction);
	free(row->status);
	free(row->from);
	free(row->to);
	free(row->recording);
	free(row->dialect);
	free(row->conference);
	free(row->on);
	json_decref(row->snapshot);
	json_decref(row->options);
	memset(row, 0, sizeof *row);
}

void calls_read_row(struct statement *s, struct call_row *out, bool snapshot)
{
	memset(out, 0, sizeof *out);
	out->nr = statement_int(s, 0);
	out->id = store_column_dup(s, 1);
	out->account = store_column_dup(s, 2);
	out->parent = store_column_dup(s, 3);
	out->direction = store_column_dup(s, 4);
	out->status = store_column_dup(s, 5);
	out->from = store_column_dup(s, 6);
	out->to = store_column_dup(s, 7);
	out->recording = store_column_dup(s, 8);
	out->created = statement_int(s, 9);
	out->answered = statement_int(s, 10);
	out->ended = statement_int(s, 11);
	out->duration_ms = statement_int(s, 12);
	out->last_event = statement_int(s, 13);
	out->pending = statement_int(s, 14) != 0;
	out->snapshot = snapshot ? store_column_json(s, 15) : NULL;
	out->options = store_column_json(s, 16);
	out->dialect = store_column_dup(s, 17);
	out->conference = store_column_dup(s, 18);
	out->on = store_column_dup(s, 19);
}

void calls_read_row_with(struct statement *s, struct call_row *out, const char *const members[])
{
	const char *text = statement_text(s, 15);

	calls_read_row(s, out, false);
	out->snapshot = text ? json_pick(text, members) : NULL;
}

static void read_row(struct statement *s, void *row)
{
	calls_read_row(s, row, true);
}

static void read_row_alone(struct statement *s, void *row)
{
	calls_read_row(s, row, false);
}

/* calls_get(), without parsing the snapshot where that is not needed. */
static int get(struct store *store, const char *id, struct call_row *out, bool snapshot)
{
	struct statement *s = store_prepare(store, "SELECT " CALLS_COLUMNS " FROM calls WHERE id = ?1");

	memset(out, 0, sizeof *out);
	store_bind_text(s, 1, id);
	return rows_one(s, snapshot ? read_row : read_row_alone, out);
}

int calls_get(struct store *store, const char *id, struct call_row *out)
{
	return get(store, id, out, true);
}

int calls_insert_pending(struct store *store, const struct call_row *row)
{
	struct statement *s = store_prepare_write(
	    store,
	    "INSERT INTO calls (id, account, direction, status, from_address, to_address, created, "
	    "started, pending,"
	    " options, dialect, tag, switch) VALUES (?1, ?2, 'outbound', 'queued', ?3, ?4, ?5, ?5, 1, ?6, ?7,"
	    " ?8, ?9)");

	store_bind_text(s, 1, row->id);
	store_bind_text(s, 2, row->account);
	store_bind_text(s, 3, row->from);
	store_bind_text(s, 4, row->to);
	store_bind_int(s, 5, clock_utc_ms());
	store_bind_json(s, 6, row->options);
	store_bind_text(s, 7, row->dialect);
	store_bind_text(s, 8, json_string_value(json_object_get(row->options, "tag")));
	store_bind_text(s, 9, row->on);
	return store_run(store, s);
}

int calls_key_put(struct store *store, const char *account, const char *key, const char *digest,
		  const char *id)
{
	struct statement *s =
	    store_prepare_write(store, "INSERT INTO idempotency (account, key, digest, call, created)"
				       " VALUES (?1, ?2, ?3, ?4, ?5)");

	store_bind_text(s, 1, account);
	store_bind_text(s, 2, key);
	store_bind_text(s, 3, digest);
	store_bind_text(s, 4, id);
	store_bind_int(s, 5, clock_utc_ms());
	return store_run(store, s);
}

struct key {
	char *digest, *id;
};

static void read_key(struct statement *s, void *row)
{
	struct key *key = row;

	snprintf(key->digest, CALLS_DIGEST_SIZE, "%s", statement_text(s, 0));
	snprintf(key->id, 40, "%s", statement_text(s, 1));
}

int calls_key_get(struct store *store, const char *account, const char *key, char digest[CALLS_DIGEST_SIZE],
		  char id[40])
{
	struct statement *s =
	    store_prepare(store, "SELECT digest, call FROM idempotency WHERE account = ?1 AND key = ?2");
	struct key found = { digest, id };

	store_bind_text(s, 1, account);
	store_bind_text(s, 2, key);
	return rows_one(s, read_key, &found);
}

int calls_delete(struct store *store, const char *id)
{
	struct statement *s = store_prepare_write(store, "DELETE FROM idempotency WHERE call = ?1");
	int err;

	store_bind_text(s, 1, id);
	err = store_run(store, s);
	if (err)
		return err;
	s = store_prepare_write(store, "DELETE FROM calls WHERE id = ?1");
	store_bind_text(s, 1, id);
	return store_run(store, s);
}

/* What a snapshot says, checked. */
struct told {
	const char *id, *account, *parent, *direction, *status, *from, *to;
	const char *conference; /* NULL: none now */
	const char *tag;	/* or NULL */
	json_int_t created, answered, ended, duration_ms;
	const char *text; /* the snapshot as JSON */
	size_t length;
};

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static int read_snapshot(const json_t *call, struct told *told)
{
	enum call_status status;

	told->id = text_of(call, "id");
	told->account = text_of(call, "account");
	told->parent = text_of(call, "parent_call_id");
	told->direction = text_of(call, "direction");
	told->status = text_of(call, "status");
	told->from = text_of(call, "from");
	told->to = text_of(call, "to");
	told->conference = text_of(call, "conference_id");
	told->tag = text_of(call, "tag");
	told->created = json_integer_value(json_object_get(call, "created"));
	told->answered = json_integer_value(json_object_get(call, "answered"));
	told->ended = json_integer_value(json_object_get(call, "ended"));
	told->duration_ms = json_integer_value(json_object_get(call, "duration_ms"));
	if (!told->id || !told->direction || !told->status || call_status_parse(told->status, &status))
		return EINVAL;
	if (!told->account)
		told->account = "";
	if (!told->from)
		told->from = "";
	if (!told->to)
		told->to = "";
	return 0;
}

/* Whether the states allow the move from what is stored. */
static bool is_legal(const struct call_row *old, const struct told *told)
{
	enum call_status from, to;

	if (call_status_parse(old->status, &from) || call_status_parse(told->status, &to) || from == to ||
	    call_state_may_move(from, to))
		return true;
	log_warn("call.illegal_move", told->id, "from=%s to=%s", old->status, told->status);
	return false;
}

static void bind_told(struct statement *s, const struct told *told)
{
	store_bind_text(s, 1, told->id);
	store_bind_text(s, 2, told->account);
	store_bind_text(s, 3, told->parent);
	store_bind_text(s, 4, told->direction);
	store_bind_text(s, 5, told->status);
	store_bind_text(s, 6, told->from);
	store_bind_text(s, 7, told->to);
	store_bind_int(s, 8, told->created);
	if (told->answered)
		store_bind_int(s, 9, told->answered);
	if (told->ended) {
		store_bind_int(s, 10, told->ended);
		store_bind_int(s, 11, told->duration_ms);
	}
	store_bind_int(s, 12, told->answered ? told->answered : told->created);
	store_bind_chars(s, 13, told->text, told->length);
}

static int insert_told(struct store *store, const struct told *told, int events, const char *dialect)
{
	struct statement *s = store_prepare_write(
	    store,
	    "INSERT INTO calls (id, account, parent, direction, status, from_address, to_address, created,"
	    " answered, ended, duration_ms, started, snapshot, last_event, dialect, conference, tag)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, coalesce(?15, "
	    "'telefonie'), ?16, ?17)");

	bind_told(s, told);
	store_bind_int(s, 14, events);
	store_bind_text(s, 15, dialect);
	store_bind_text(s, 16, told->conference);
	store_bind_text(s, 17, told->tag);
	return store_run(store, s);
}

static int update_told(struct store *store, const struct told *told, int events)
{
	struct statement *s = store_prepare_write(
	    store,
	    "UPDATE calls SET account = ?2, parent = ?3, direction = ?4, status = ?5, from_address = ?6,"
	    " to_address = ?7, created = ?8, answered = ?9, ended = ?10, duration_ms = ?11, started = ?12,"
	    " snapshot = ?13, pending = pending & 2, last_event = last_event + ?14,"
	    " conference = coalesce(?15, conference) WHERE id = ?1");

	bind_told(s, told);
	store_bind_int(s, 14, events);
	store_bind_text(s, 15, told->conference);
	return store_run(store, s);
}

/* The columns that have no index: what most events change. */
/* `told` NULL: the snapshot stays. */
static int update_snapshot(struct store *store, int64_t nr, const struct told *told, int events)
{
	struct statement *s = store_prepare_write(
	    store,
	    "UPDATE calls SET snapshot = coalesce(?2, snapshot), last_event = last_event + ?3 WHERE nr = ?1");

	store_bind_int(s, 1, nr);
	if (told)
		store_bind_chars(s, 2, told->text, told->length);
	store_bind_int(s, 3, events);
	return store_run(store, s);
}

int calls_count_event(struct store *store, const char *id, struct call_row *out)
{
	int err = get(store, id, out, false);

	if (!err && out->pending)
		err = EAGAIN;
	if (!err)
		err = update_snapshot(store, out->nr, NULL, 1);
	if (err)
		call_row_clear(out);
	else
		out->last_event++;
	return err;
}

/* What the record in memory is after the write; `row` is what it was, or empty. Returns 0 or ENOMEM. */
static int overlay(struct call_row *row, const struct told *told, const json_t *snapshot)
{
	/* It is known of a call in which conference it was, also once it has left. */
	const char *conference = told->conference ? told->conference : row->conference;
	const char *const texts[] = { told->id,	    told->account, told->parent, told->direction,
				      told->status, told->from,	   told->to,	 conference };
	char **const slots[] = { &row->id,     &row->account, &row->parent, &row->direction,
				 &row->status, &row->from,    &row->to,	    &row->conference };

	for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
		char *text = texts[i] ? strdup(texts[i]) : NULL;

		if (texts[i] && !text)
			return ENOMEM;
		free(*slots[i]);
		*slots[i] = text;
	}
	row->created = told->created;
	row->answered = told->answered;
	row->ended = told->ended;
	row->duration_ms = told->duration_ms;
	row->pending = false;
	json_decref(row->snapshot);
	row->snapshot = json_incref((json_t *)snapshot);
	return 0;
}

static bool differs(const char *told, const char *known)
{
	return told && (!known || strcmp(told, known));
}

static int write_told(struct store *store, const struct told *told, const json_t *snapshot, int events,
		      struct call_row *row)
{
	int err;

	if (row->pending || strcmp(row->status, told->status) || differs(told->conference, row->conference))
		err = update_told(store, told, events);
	else
		err = update_snapshot(store, row->nr, told, events);
	return err ? err : overlay(row, told, snapshot);
}

static int write_new(struct store *store, const struct told *told, const json_t *snapshot, int events,
		     const struct calls_dialect *dialect, struct call_row *row)
{
	int err = overlay(row, told, snapshot);

	if (!err && dialect && !(row->dialect = strdup(dialect->of(row, dialect->arg))))
		err = ENOMEM;
	if (!err)
		err = insert_told(store, told, events, row->dialect);
	row->nr = store_last_id(store);
	return err;
}

int calls_apply_text(struct store *store, const json_t *snapshot, const char *text, size_t length,
		     enum calls_event event, const struct calls_dialect *dialect, struct call_row *out)
{
	struct told told = { .text = text, .length = length };
	int err = read_snapshot(snapshot, &told);

	if (err)
		return err;
	err = get(store, told.id, out, false);
	if (err && err != ENOENT)
		return err;
	if (out->id && out->ended && event == CALLS_STATE) {
		call_row_clear(out);
		return EALREADY;
	}
	if (out->id && !is_legal(out, &told)) {
		err = event ? update_snapshot(store, out->nr, NULL, 1) : 0;
		call_row_clear(out);
		if (!err)
			err = get(store, told.id, out, true);
		return err;
	}
	err = out->id ? write_told(store, &told, snapshot, event != CALLS_NO_EVENT, out)
		      : write_new(store, &told, snapshot, event != CALLS_NO_EVENT, dialect, out);
	if (err)
		call_row_clear(out);
	else
		out->last_event += event != CALLS_NO_EVENT;
	return err;
}

int calls_apply(struct store *store, const json_t *snapshot, enum calls_event event,
		const struct calls_dialect *dialect, struct call_row *out)
{
	char *text = json_dumps(snapshot, JSON_COMPACT);
	int err = text ? calls_apply_text(store, snapshot, text, strlen(text), event, dialect, out) : EINVAL;

	free(text);
	return err;
}

int calls_forget(struct store *store, const char *id)
{
	/* Not 1: what the switch says of it later would show it again. */
	struct statement *s = store_prepare_write(store, "UPDATE calls SET pending = 2 WHERE id = ?1");

	store_bind_text(s, 1, id);
	return store_run(store, s);
}

int calls_set_options(struct store *store, const char *id, const json_t *options)
{
	struct statement *s = store_prepare_write(store, "UPDATE calls SET options = ?2 WHERE id = ?1");

	store_bind_text(s, 1, id);
	store_bind_json(s, 2, options);
	return store_run(store, s);
}

int calls_set_conference(struct store *store, const char *id, const char *conference)
{
	struct statement *s = store_prepare_write(store, "UPDATE calls SET conference = ?2 WHERE id = ?1");

	store_bind_text(s, 1, id);
	store_bind_text(s, 2, conference);
	return store_run(store, s);
}

int calls_set_switch(struct store *store, const char *id, const char *name)
{
	struct statement *s = store_prepare_write(store, "UPDATE calls SET switch = ?2 WHERE id = ?1");

	store_bind_text(s, 1, id);
	store_bind_text(s, 2, name);
	return store_run(store, s);
}

int calls_switch_of(struct store *store, const char *id, char name[SWITCH_NAME_SIZE])
{
	struct statement *s = store_prepare(store, "SELECT coalesce(switch, '') FROM calls WHERE id = ?1");

	store_bind_text(s, 1, id);
	return rows_one(s, rows_read_switch, name);
}

int calls_set_recording(struct store *store, const char *id, const char *recording)
{
	struct statement *s = store_prepare_write(store, "UPDATE calls SET recording = ?2 WHERE id = ?1");

	store_bind_text(s, 1, id);
	store_bind_text(s, 2, recording);
	return store_run(store, s);
}

bool calls_walk_row(struct statement *s, void *arg)
{
	const struct calls_walk *walk = arg;
	struct call_row row;
	bool more;

	if (walk->members)
		calls_read_row_with(s, &row, walk->members);
	else
		calls_read_row(s, &row, true);
	more = walk->each(&row, walk->arg);
	call_row_clear(&row);
	return more;
}

int calls_each_live(struct store *store, call_row_h *each, void *arg)
{
	struct calls_walk walk = { each, arg, NULL };

	return rows_each(
	    store_prepare(store, "SELECT " CALLS_COLUMNS " FROM calls WHERE ended IS NULL ORDER BY nr"),
	    calls_walk_row, &walk);
}
