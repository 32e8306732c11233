#include "daemon/api/switch/link.h"

#include "daemon/api/store/events.h"
#include "lib/control_frame.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESTART_MS = 1000 };

/* An event of a start of the switch. */
struct mark {
	char switch_id[40];
	int64_t seq;
};

struct link {
	struct link_setup setup;
	char *socket;
	struct control_client *client;
	struct ingest *ingest;
	struct event *restart; /* after a failed commit: connect anew and ask for the events again */
	bool ready, snapshot_due;
	/* The event up to which all must be heard before others go on from there, and the newest on disk. */
	struct mark due, safe;
	bool told;	      /* that it is ready, and all is heard */
	struct check *checks; /* under way */
	link_stage_h *stage;  /* in place of the switch, or NULL */
	void *stage_arg;
};

/* Was this call or conference, that is still pending, ever made? */
struct check {
	struct check *next, **link;
	struct link *owner;
	bool conference;
	char id[40];
};

static void mark(struct mark *mark, const char *switch_id, int64_t seq)
{
	snprintf(mark->switch_id, sizeof mark->switch_id, "%s", switch_id ? switch_id : "");
	mark->seq = seq;
}

/* What was missed has been heard, and acted on: whoever looks now at the calls as they are has not yet to be
 * told how they came to be so. */
static void tell_ready(struct link *link)
{
	if (!link->ready || link->told || strcmp(link->due.switch_id, link->safe.switch_id) ||
	    link->safe.seq < link->due.seq)
		return;
	link->told = true;
	if (link->setup.ready)
		link->setup.ready(link->setup.ready_arg);
}

/* `told` is the answer, or the snapshot, with the newest event of the switch. */
static void become_ready(struct link *link, const json_t *told)
{
	if (link->ready)
		return;
	mark(&link->due, json_string_value(json_object_get(told, "switch")),
	     json_integer_value(json_object_get(told, "seq")));
	link->ready = true;
	log_info("switch.ready", NULL, "socket=%s", link->socket);
	tell_ready(link);
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
	struct store *store = check->owner->setup.store;

	(void)result;
	/* When the switch knows it, its events have come or will. */
	if (json_integer_value(json_object_get(error, "code")) == CONTROL_NOT_FOUND &&
	    (check->conference ? forget_conference : forget_call)(store, check->id))
		log_error("switch.check_failed", check->id, "%s", "");
	check_free(check);
}

static void add_check(struct link *link, const char *id, bool conference)
{
	struct check *check = calloc(1, sizeof *check);

	if (!check)
		return;
	check->owner = link;
	check->conference = conference;
	strncpy(check->id, id, sizeof check->id - 1);
	check->next = link->checks;
	check->link = &link->checks;
	if (check->next)
		check->next->link = &check->next;
	link->checks = check;
}

static bool check_call(const struct call_row *row, void *arg)
{
	if (row->pending)
		add_check(arg, row->id, false);
	return true;
}

static bool check_conference(const struct conference_row *row, void *arg)
{
	if (row->pending)
		add_check(arg, row->id, true);
	return true;
}

/* What was being made when this process or the connection ended: a snapshot would tell, a replay does not. */
static void check_pending(struct link *link)
{
	struct check *next;

	if (calls_each_live(link->setup.store, check_call, link) ||
	    conferences_each_live(link->setup.store, check_conference, link))
		log_error("switch.check_failed", NULL, "%s", "");
	for (struct check *check = link->checks; check; check = next) {
		const char *method = check->conference ? "conference.get" : "call.get";
		const char *name = check->conference ? "conference" : "call";

		next = check->next;
		if (control_client_call(link->client, method, json_pack("{s:s}", name, check->id), on_checked,
					check))
			check_free(check);
	}
}

/* What is on disk from before, and was perhaps not acknowledged: this process may have been killed in
 * between. */
static void acknowledge_again(struct link *link)
{
	char id[40];
	int64_t seq;

	if (!switch_newest(link->setup.store, id, &seq))
		control_client_call(link->client, "events.ack",
				    json_pack("{s:I, s:s}", "seq", (json_int_t)seq, "switch", id), NULL,
				    NULL);
}

static void on_subscribed(const json_t *result, const json_t *error, void *arg)
{
	struct link *link = arg;

	if (error) {
		log_error("switch.subscribe_failed", NULL, "error=%s",
			  log_quote(json_string_value(json_object_get(error, "message"))));
		return;
	}
	if (!json_is_true(json_object_get(result, "snapshot")))
		check_pending(link);
	acknowledge_again(link);
	/* The snapshot may have come before this reply or come after it. */
	if (!json_is_true(json_object_get(result, "snapshot")) || !link->snapshot_due)
		become_ready(link, result);
}

static void on_link(bool up, void *arg)
{
	struct link *link = arg;
	json_t *params = json_pack("{s:b}", "journal", 1);
	char id[40];
	int64_t seq;

	log_info(up ? "switch.connected" : "switch.lost", NULL, "socket=%s", link->socket);
	link->ready = link->told = false;
	if (!up) {
		json_decref(params);
		return;
	}
	link->snapshot_due = true;
	mark(&link->safe, NULL, 0);
	if (params && !switch_newest(link->setup.store, id, &seq)) {
		mark(&link->safe, id, seq);
		json_object_set_new(params, "since", json_integer(seq));
		json_object_set_new(params, "switch", json_string(id));
	}
	if (control_client_call(link->client, "events.subscribe", params, on_subscribed, link))
		log_error("switch.no_memory", NULL, "%s", "");
}

static void on_control_event(const char *method, const json_t *params, const char *text, void *arg)
{
	struct link *link = arg;

	if (!strcmp(method, "connection.closed")) {
		/* it ends: no fault, and nothing is missed. Any other reason is one of ours. */
		log_write(json_is_true(json_object_get(params, "ends")) ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
			  "switch.closed_connection", NULL, "reason=%s",
			  log_quote(json_string_value(json_object_get(params, "reason"))));
	} else if (!strcmp(method, "events.snapshot")) {
		ingest_snapshot(link->ingest, params);
		link->snapshot_due = false;
		become_ready(link, params);
	} else {
		ingest_event(link->ingest, method, params, text);
		if (!strcmp(method, "switch.reloaded") && link->setup.reloaded)
			link->setup.reloaded(link->setup.reloaded_arg);
	}
}

static int start(struct link *link);

static void on_restart(evutil_socket_t fd, short what, void *arg)
{
	struct link *link = arg;
	const struct timeval again = { .tv_sec = 1 };

	(void)fd, (void)what;
	if (start(link))
		event_add(link->restart, &again);
}

/* Events are on disk, or (err) will have to come again. */
static void on_safe(int err, const char *switch_id, int64_t seq, void *arg)
{
	struct link *link = arg;
	const struct timeval pause = { .tv_sec = RESTART_MS / 1000 };

	if (!err) {
		mark(&link->safe, switch_id, seq);
		tell_ready(link);
		if (link->client && control_client_is_up(link->client))
			control_client_call(
			    link->client, "events.ack",
			    json_pack("{s:I, s:s}", "seq", (json_int_t)seq, "switch", switch_id), NULL, NULL);
		return;
	}
	log_error("switch.resubscribe", NULL, "%s", "reason=\"events could not be stored\"");
	control_client_free(link->client);
	while (link->checks)
		check_free(link->checks);
	link->client = NULL;
	link->ready = false;
	if (link->restart) /* a stage has nothing to begin anew */
		event_add(link->restart, &pause);
}

static int start_ingest(struct link *link)
{
	const struct ingest_handlers ingest = { .safe = on_safe,
						.safe_arg = link,
						.dialect = link->setup.dialect,
						.store = link->setup.store_h,
						.store_arg = link->setup.store_arg,
						.keep_recordings = link->setup.keep_recordings };

	ingest_free(link->ingest);
	link->ingest = NULL;
	return ingest_alloc(&link->ingest, link->setup.store, link->setup.bus, &ingest);
}

static int start(struct link *link)
{
	const struct control_client_handlers handlers = { .link = on_link,
							  .event = on_control_event,
							  .arg = link };

	if (start_ingest(link))
		return ENOMEM;
	return control_client_alloc(&link->client, link->setup.base, link->socket, &handlers);
}

int link_alloc(struct link **out, const struct link_setup *setup)
{
	struct link *link = calloc(1, sizeof *link);
	int err = ENOMEM;

	if (!link)
		return ENOMEM;
	link->setup = *setup;
	link->socket = strdup(setup->socket);
	link->restart = evtimer_new(setup->base, on_restart, link);
	if (link->socket && link->restart)
		err = start(link);
	if (err)
		link_free(link);
	else
		*out = link;
	return err;
}

int link_alloc_stage(struct link **out, const struct link_setup *setup, link_stage_h *stage, void *arg)
{
	struct link *link = calloc(1, sizeof *link);

	if (!link)
		return ENOMEM;
	link->setup = *setup;
	link->stage = stage;
	link->stage_arg = arg;
	link->ready = true;
	if (start_ingest(link)) {
		link_free(link);
		return ENOMEM;
	}
	*out = link;
	return 0;
}

void link_tell(struct link *link, const char *method, const json_t *params)
{
	ingest_event(link->ingest, method, params, NULL);
}

void link_free(struct link *link)
{
	if (!link)
		return;
	control_client_free(link->client);
	ingest_free(link->ingest);
	while (link->checks)
		check_free(link->checks);
	if (link->restart)
		event_free(link->restart);
	free(link->socket);
	free(link);
}

void link_note(struct link *link, const char *call, const char *type, json_t *data)
{
	if (link)
		ingest_note(link->ingest, call, type, data);
	else
		json_decref(data);
}

void link_remark(struct link *link, const char *call, const char *type, json_t *data)
{
	if (link)
		ingest_remark(link->ingest, call, type, data);
	else
		json_decref(data);
}

bool link_is_ready(const struct link *link)
{
	return link->ready;
}

const char *link_trouble(const struct link *link)
{
	/* What the switch tells cannot be kept: so it is not listened to. */
	const char *trouble = store_trouble(link->setup.store);

	return trouble ? trouble : "The switch is not connected.";
}

int link_call(struct link *link, const char *method, json_t *params, control_client_reply_h *reply, void *arg)
{
	if (link && link->stage)
		return link->stage(method, params, reply, arg, link->stage_arg);
	if (!link || !link->client) {
		json_decref(params);
		return ENOTCONN;
	}
	return control_client_call(link->client, method, params, reply, arg);
}
