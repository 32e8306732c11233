/* See one.h. */
#include "daemon/api/switch/one_private.h"

#include "daemon/api/store/events.h"
#include "lib/control_frame.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESTART_MS = 1000 };

/* Was this call or conference, that is still pending, ever made? */
struct check {
	struct check *next, **link;
	struct one *owner;
	bool conference;
	char id[40];
};

static void mark(struct mark *mark, const char *switch_id, int64_t seq)
{
	snprintf(mark->switch_id, sizeof mark->switch_id, "%s", switch_id ? switch_id : "");
	mark->seq = seq;
}

static const char *where(const struct one *one)
{
	return one->setup.place->path ? one->setup.place->path : one->setup.place->host;
}

/* What was missed has been heard, and acted on: whoever looks now at the calls as they are has not yet to be
 * told how they came to be so. */
static void tell_ready(struct one *one)
{
	if (!one->ready || one->told || strcmp(one->due.switch_id, one->safe.switch_id) ||
	    one->safe.seq < one->due.seq)
		return;
	one->told = true;
	if (one->setup.ready)
		one->setup.ready(one, one->setup.arg);
}

/* `told` is the answer, or the snapshot, with the newest event of the switch. */
static void become_ready(struct one *one, const json_t *told)
{
	if (one->ready)
		return;
	mark(&one->due, json_string_value(json_object_get(told, "switch")),
	     json_integer_value(json_object_get(told, "seq")));
	one->ready = true;
	log_info("switch.ready", NULL, "name=%s %s=%s", log_quote(one->setup.name),
		 one->setup.place->path ? "socket" : "host", where(one));
	tell_ready(one);
}

static void check_free(struct check *check)
{
	*check->link = check->next;
	if (check->next)
		check->next->link = check->link;
	free(check);
}

static int forget_call(struct store *store, const char *id)
{
	struct call_row row;
	int err = calls_get(store, id, &row);

	if (!err && row.pending)
		err = calls_delete(store, id);
	call_row_clear(&row);
	return err;
}

static int forget_conference(struct store *store, const char *id)
{
	struct conference_row row;
	int err = conferences_get(store, id, &row);

	if (!err && row.pending)
		err = conferences_delete(store, id);
	conference_row_clear(&row);
	return err;
}

static void on_checked(const json_t *result, const json_t *error, void *arg)
{
	struct check *check = arg;
	struct store *store = check->owner->setup.common.store;

	(void)result;
	/* When the switch knows it, its events have come or will. */
	if (json_integer_value(json_object_get(error, "code")) == CONTROL_NOT_FOUND &&
	    (check->conference ? forget_conference : forget_call)(store, check->id))
		log_error("switch.check_failed", check->id, "%s", "");
	check_free(check);
}

static void add_check(struct one *one, const char *id, bool conference)
{
	struct check *check = calloc(1, sizeof *check);

	if (!check)
		return;
	check->owner = one;
	check->conference = conference;
	strncpy(check->id, id, sizeof check->id - 1);
	check->next = one->checks;
	check->link = &one->checks;
	if (check->next)
		check->next->link = &check->next;
	one->checks = check;
}

static bool is_own(struct one *one, const char *on)
{
	return !one->setup.owns || one->setup.owns(one, on ? on : "", one->setup.arg);
}

static bool check_call(const struct call_row *row, void *arg)
{
	if (row->pending && is_own(arg, row->on))
		add_check(arg, row->id, false);
	return true;
}

static bool check_conference(const struct conference_row *row, void *arg)
{
	if (row->pending && is_own(arg, row->on))
		add_check(arg, row->id, true);
	return true;
}

/* What was being made when this process or the connection ended: a snapshot would tell, a replay does not. */
static void check_pending(struct one *one)
{
	struct check *next;

	if (calls_each_live(one->setup.common.store, check_call, one) ||
	    conferences_each_live(one->setup.common.store, check_conference, one))
		log_error("switch.check_failed", NULL, "%s", "");
	for (struct check *check = one->checks; check; check = next) {
		const char *method = check->conference ? "conference.get" : "call.get";
		const char *name = check->conference ? "conference" : "call";

		next = check->next;
		if (control_client_call(one->client, method, json_pack("{s:s}", name, check->id), on_checked,
					check))
			check_free(check);
	}
}

/* What is on disk from before, and was perhaps not acknowledged: this process may have been killed in
 * between. */
static void acknowledge_again(struct one *one)
{
	char id[40];
	int64_t seq;

	if (!switch_newest(one->setup.common.store, one->setup.name, id, &seq))
		control_client_call(one->client, "events.ack",
				    json_pack("{s:I, s:s}", "seq", (json_int_t)seq, "switch", id), NULL,
				    NULL);
}

static void on_subscribed(const json_t *result, const json_t *error, void *arg)
{
	struct one *one = arg;

	if (error) {
		log_error("switch.subscribe_failed", NULL, "error=%s",
			  log_quote(json_string_value(json_object_get(error, "message"))));
		return;
	}
	if (!json_is_true(json_object_get(result, "snapshot")))
		check_pending(one);
	acknowledge_again(one);
	watch_subscribed(one);
	/* The snapshot may have come before this reply or come after it. */
	if (!json_is_true(json_object_get(result, "snapshot")) || !one->snapshot_due)
		become_ready(one, result);
}

static void on_link(bool up, void *arg)
{
	struct one *one = arg;
	json_t *params = json_pack("{s:b}", "journal", 1);
	char id[40];
	int64_t seq;

	log_info(up ? "switch.connected" : "switch.lost", NULL, "name=%s %s=%s", log_quote(one->setup.name),
		 one->setup.place->path ? "socket" : "host", where(one));
	one->ready = one->told = false;
	watch_link(one, up);
	if (!up) {
		json_decref(params);
		return;
	}
	one->snapshot_due = true;
	mark(&one->safe, NULL, 0);
	if (params && !switch_newest(one->setup.common.store, one->setup.name, id, &seq)) {
		mark(&one->safe, id, seq);
		json_object_set_new(params, "since", json_integer(seq));
		json_object_set_new(params, "switch", json_string(id));
	}
	if (control_client_call(one->client, "events.subscribe", params, on_subscribed, one))
		log_error("switch.no_memory", NULL, "%s", "");
}

static void on_control_event(const char *method, const json_t *params, const char *text, void *arg)
{
	struct one *one = arg;

	if (!strcmp(method, "connection.closed")) {
		/* it ends: no fault, and nothing is missed. Any other reason is one of ours. */
		log_write(json_is_true(json_object_get(params, "ends")) ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
			  "switch.closed_connection", NULL, "reason=%s",
			  log_quote(json_string_value(json_object_get(params, "reason"))));
	} else if (!strcmp(method, "events.snapshot")) {
		ingest_snapshot(one->ingest, params);
		one->snapshot_due = false;
		become_ready(one, params);
	} else {
		ingest_event(one->ingest, method, params, text);
		watch_event(one, method, params);
		if (!strcmp(method, "switch.reloaded") && one->setup.common.reloaded)
			one->setup.common.reloaded(one->setup.common.reloaded_arg);
	}
}

static int start(struct one *one);

static void on_restart(evutil_socket_t fd, short what, void *arg)
{
	struct one *one = arg;
	const struct timeval again = { .tv_sec = 1 };

	(void)fd, (void)what;
	if (start(one))
		event_add(one->restart, &again);
}

/* Events are on disk, or (err) will have to come again. */
static void on_safe(int err, const char *switch_id, int64_t seq, void *arg)
{
	struct one *one = arg;
	const struct timeval pause = { .tv_sec = RESTART_MS / 1000 };

	if (!err && !*switch_id)
		return; /* nothing of the switch's own */
	if (!err) {
		mark(&one->safe, switch_id, seq);
		tell_ready(one);
		if (one->client && control_client_is_up(one->client))
			control_client_call(
			    one->client, "events.ack",
			    json_pack("{s:I, s:s}", "seq", (json_int_t)seq, "switch", switch_id), NULL, NULL);
		return;
	}
	log_error("switch.resubscribe", NULL, "%s", "reason=\"events could not be stored\"");
	control_client_free(one->client);
	while (one->checks)
		check_free(one->checks);
	one->client = NULL;
	one->ready = false;
	if (one->restart) /* a stage has nothing to begin anew */
		event_add(one->restart, &pause);
}

static bool owns(const char *on, void *arg)
{
	return is_own(arg, on);
}

static int start_ingest(struct one *one)
{
	const struct ingest_handlers ingest = { .name = one->setup.name,
						.owns = one->setup.owns ? owns : NULL,
						.owns_arg = one,
						.safe = on_safe,
						.safe_arg = one,
						.dialect = one->setup.common.dialect,
						.store = one->setup.common.store_h,
						.store_arg = one->setup.common.store_arg,
						.keep_recordings = one->setup.common.keep_recordings };

	ingest_free(one->ingest);
	one->ingest = NULL;
	return ingest_alloc(&one->ingest, one->setup.common.store, one->setup.common.bus, &ingest);
}

static int start(struct one *one)
{
	const struct control_client_handlers handlers = { .link = on_link,
							  .event = on_control_event,
							  .arg = one };

	if (start_ingest(one))
		return ENOMEM;
	return control_client_alloc_at(&one->client, one->setup.common.base, one->setup.place, &handlers);
}

int one_alloc(struct one **out, const struct one_setup *setup)
{
	struct one *one = calloc(1, sizeof *one);
	int err = ENOMEM;

	if (!one)
		return ENOMEM;
	one->setup = *setup;
	one->restart = evtimer_new(setup->common.base, on_restart, one);
	if (one->restart)
		err = watch_start(one);
	if (!err)
		err = start(one);
	if (err)
		one_free(one);
	else
		*out = one;
	return err;
}

int one_alloc_stage(struct one **out, const struct one_setup *setup, link_stage_h *stage, void *arg)
{
	struct one *one = calloc(1, sizeof *one);

	if (!one)
		return ENOMEM;
	one->setup = *setup;
	one->stage = stage;
	one->stage_arg = arg;
	one->ready = true;
	if (start_ingest(one)) {
		one_free(one);
		return ENOMEM;
	}
	*out = one;
	return 0;
}

void one_tell(struct one *one, const char *method, const json_t *params)
{
	ingest_event(one->ingest, method, params, NULL);
}

void one_free(struct one *one)
{
	if (!one)
		return;
	control_client_free(one->client);
	ingest_free(one->ingest);
	watch_stop(one);
	while (one->checks)
		check_free(one->checks);
	if (one->restart)
		event_free(one->restart);
	free(one);
}

void one_note(struct one *one, const char *call, const char *type, json_t *data)
{
	ingest_note(one->ingest, call, type, data);
}

void one_remark(struct one *one, const char *call, const char *type, json_t *data)
{
	ingest_remark(one->ingest, call, type, data);
}

bool one_is_ready(const struct one *one)
{
	return one->ready;
}

const char *one_name(const struct one *one)
{
	return one->setup.name;
}

int one_call(struct one *one, const char *method, json_t *params, control_client_reply_h *reply, void *arg)
{
	if (one->stage)
		return one->stage(method, params, reply, arg, one->stage_arg);
	if (!one->client) {
		json_decref(params);
		return ENOTCONN;
	}
	return control_client_call(one->client, method, params, reply, arg);
}
