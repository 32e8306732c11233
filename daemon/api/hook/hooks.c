#include "daemon/api/hook/hooks.h"

#include "daemon/api/hook/queue.h"
#include "daemon/api/hook/recording_told.h"
#include "daemon/api/hook/sender.h"
#include "daemon/api/net/weburl.h"
#include "daemon/api/store/events.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/random.h"
#include "lib/told_event.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEDIA_WAIT_MS = 2000, BATCH = 256, TIMER_MAX_MS = 60 * 1000 };

struct hooks {
	struct hooks_setup with;
	struct event *timer;
	struct sender *sender;
	struct mark *mark; /* of the open transaction, or NULL */
	int64_t safe;	   /* the deliveries up to this number are on disk: what is not, nobody is told */
};

/* What a transaction has added. */
struct mark {
	struct hooks *hooks;
	uint64_t turn;
	int64_t newest;
};

static void on_safe(int err, void *arg)
{
	struct mark *mark = arg;
	struct hooks *hooks = mark->hooks;

	if (hooks->mark == mark)
		hooks->mark = NULL;
	if (!err && mark->newest > hooks->safe) {
		hooks->safe = mark->newest;
		hooks_kick(hooks);
	}
	free(mark);
}

/* Appends a delivery, to be sent when it is on disk. */
static int add(struct hooks *hooks, const struct delivery *delivery)
{
	struct store *store = hooks->with.store;
	const uint64_t turn = store_turn(store);
	int err = queue_add(store, delivery);

	if (err)
		return err;
	if (!hooks->mark || hooks->mark->turn != turn) {
		struct mark *mark = calloc(1, sizeof *mark);

		if (!mark || store_after_commit(store, on_safe, mark)) {
			free(mark);
			return ENOMEM;
		}
		mark->hooks = hooks;
		mark->turn = turn;
		hooks->mark = mark;
	}
	hooks->mark->newest = store_last_id(store);
	return 0;
}

static void take(const struct delivery *delivery, void *arg)
{
	struct hooks *hooks = arg;

	sender_take(hooks->sender, delivery);
}

static void set_timer(struct hooks *hooks)
{
	int64_t next = queue_next_due(hooks->with.store, hooks->safe), wait = next - clock_utc_ms();
	struct timeval tv;

	if (!next)
		return;
	if (wait < 1)
		wait = 1;
	if (wait > TIMER_MAX_MS)
		wait = TIMER_MAX_MS;
	tv.tv_sec = wait / 1000;
	tv.tv_usec = wait % 1000 * 1000;
	event_add(hooks->timer, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct hooks *hooks = arg;
	unsigned room = sender_room(hooks->sender);

	(void)fd, (void)what;
	/* Without room the end of an attempt is awaited. */
	if (!room)
		return;
	if (queue_due(hooks->with.store, hooks->safe, clock_utc_ms(), room < BATCH ? (int)room : BATCH, take,
		      hooks))
		log_error("webhook.store_failed", NULL, "%s", "");
	set_timer(hooks);
}

void hooks_kick(struct hooks *hooks)
{
	static const struct timeval soon = { 0, 0 };

	event_add(hooks->timer, &soon);
}

void hooks_get_stats(const struct hooks *hooks, struct hooks_stats *out)
{
	int64_t next = queue_next_due(hooks->with.store, hooks->safe), late = clock_utc_ms() - next;

	sender_get_stats(hooks->sender, &out->sender);
	out->overdue_ms = next && late > 0 ? late : 0;
	if (queue_backlog(hooks->with.store, &out->backlog))
		out->backlog = 0;
}

static void on_sent(void *arg)
{
	hooks_kick(arg);
}

/* Where to tell of a call or a conference, and what of it. */
struct address {
	const char *url;		      /* NULL: nowhere */
	const json_t *events;		      /* what was chosen, array; or NULL */
	const struct conf_strings *by_number; /* the same, or NULL */
	bool get;			      /* by GET, else by POST */
};

/* How what an option names is told. */
static bool is_get(const json_t *options, const char *name)
{
	const char *method = json_string_value(json_object_get(options, name));

	return method && !strcmp(method, "GET");
}

static struct address address_of_call(const struct conf *conf, const struct call_row *row)
{
	struct address to = { json_string_value(json_object_get(row->options, "status_callback")),
			      json_object_get(row->options, "status_callback_events"), NULL,
			      is_get(row->options, "status_callback_method") };
	const char *dialled = json_string_value(json_object_get(row->snapshot, "number"));
	const struct conf_number *number;

	if (to.url || strcmp(row->direction, "inbound"))
		return to;
	number = conf_number_find(conf, dialled ? dialled : row->to);
	if (number) {
		to.url = number->status_callback;
		to.get = number->callback_get;
		to.by_number = number->callback_events.count ? &number->callback_events : NULL;
	}
	return to;
}

static struct address address_of_conference(const struct conference_row *row)
{
	return (struct address){ json_string_value(json_object_get(row->options, "status_callback")),
				 json_object_get(row->options, "status_callback_events"), NULL, false };
}

static bool is_chosen(const struct address *to, const char *type, const char *status)
{
	const json_t *item;
	size_t i;

	for (i = 0; to->by_number && i < to->by_number->count; i++)
		if (told_event_is(to->by_number->items[i], type, status))
			return true;
	json_array_foreach((json_t *)to->events, i, item)
	{
		if (told_event_is(json_string_value(item), type, status))
			return true;
	}

	return false;
}

static bool is_usual(const struct hook_form *form, const char *type, const char *status)
{
	static const char *const statuses[] = { "call.state", NULL };

	for (const char *const *name = form->usual ? form->usual : statuses; *name; name++)
		if (told_event_is(*name, type, status))
			return true;
	return false;
}

/* Whether this event is told there. */
static bool is_wanted(const struct hooks *hooks, const struct bus_event *event, const struct address *to)
{
	const struct call_row *row = event->row;

	if (!to->url)
		return false;
	if (to->events || to->by_number)
		return is_chosen(to, event->type, row ? row->status : NULL);
	return !row || is_usual(hook_form_find(hooks->with.forms, row->dialect), event->type, row->status);
}

/* Who is told each key that is pressed: {"url", "method"}, or NULL. */
static const json_t *digits_callback(const struct bus_event *event)
{
	return event->row && !strcmp(event->type, "call.digit")
		   ? json_object_get(event->row->options, "digits_callback")
		   : NULL;
}

/* Puts one into the store that tells of the event in its dialect's form. */
static void enqueue(struct hooks *hooks, struct delivery *delivery, const char *url, bool get,
		    const struct bus_event *event)
{
	const struct hook_form *form = hook_form_find(hooks->with.forms, delivery->dialect);
	struct bus_event told = *event;
	char *body, *full = NULL;
	char id[UUID_TEXT_SIZE];

	if (form->counts) {
		if (queue_count(hooks->with.store, delivery->call, &told.delivery))
			log_error("webhook.store_failed", delivery->call, "%s", "");
		told.delivery++;
	}
	body =
	    get && form->query ? form->query(hooks->with.conf, &told) : form->body(hooks->with.conf, &told);
	delivery->id = random_uuid(id);
	delivery->dialect = (char *)form->dialect;
	delivery->created = clock_utc_ms();
	delivery->get = get;
	if (body && get)
		full = weburl_with_query(url, body);
	delivery->body = get ? "" : body;
	delivery->url = full ? full : (char *)url;
	if (!body || (get && !full) || add(hooks, delivery))
		log_error("webhook.store_failed", delivery->call, "%s", "");
	free(full);
	free(body);
}

int hooks_send(struct hooks *hooks, const struct hook_letter *letter)
{
	char id[UUID_TEXT_SIZE];
	char *full = letter->get ? weburl_with_query(letter->url, letter->body) : NULL;
	const struct delivery delivery = { .id = random_uuid(id),
					   .call = (char *)letter->about,
					   .conference = letter->conference,
					   .account = (char *)letter->account,
					   .dialect = (char *)letter->dialect,
					   .n = letter->n,
					   .url = full ? full : (char *)letter->url,
					   .body = letter->get ? "" : (char *)letter->body,
					   .type = (char *)letter->type,
					   .get = letter->get,
					   .created = clock_utc_ms() };
	int err = letter->get && !full ? ENOMEM : add(hooks, &delivery);

	free(full);
	if (!err)
		hooks_kick(hooks);
	return err;
}

static struct address address_of(const struct hooks *hooks, const struct bus_event *event)
{
	return event->conference ? address_of_conference(event->conference)
				 : address_of_call(hooks->with.conf, event->row);
}

/* A recording has begun, or is complete. */
static void tell_recording(struct hooks *hooks, const struct bus_event *event, struct delivery *delivery)
{
	struct bus_event told = *event;
	struct recording_told to;

	if (recording_told_read(hooks->with.store, event, &to)) {
		log_error("webhook.store_failed", delivery->call, "%s", "");
	} else if (to.url) {
		told.data = to.data;
		if (to.dialect)
			delivery->dialect = to.dialect;
		enqueue(hooks, delivery, to.url, to.get, &told);
	}
	recording_told_clear(&to);
}

static bool waits_for_media(const struct hooks *hooks, const struct bus_event *event)
{
	const struct call_row *row = event->row;

	return row && row->answered && row->ended && !strcmp(event->type, "call.state") &&
	       hook_form_find(hooks->with.forms, row->dialect)->tells_media;
}

/* The totals of a call's media are here: what waits to tell of its end has them now. */
static void add_media(struct hooks *hooks, const struct bus_event *event, const struct address *to)
{
	const struct call_row *row = event->row;
	const char *url = to->url;
	const bool get = to->get;
	char *body = hook_form_find(hooks->with.forms, row->dialect)->body(hooks->with.conf, event);
	char *full = body && get ? weburl_with_query(url, body) : NULL;
	int64_t n;

	if (!body || (get && !full) || events_last_n(hooks->with.store, row->nr, "call.state", &n) ||
	    queue_complete(hooks->with.store, row->id, n, full ? full : url, get ? "" : body, clock_utc_ms()))
		log_error("webhook.store_failed", row->id, "%s", "");
	free(full);
	free(body);
}

static bool is_media_total(const struct hooks *hooks, const struct bus_event *event)
{
	return event->row && !strcmp(event->type, "call.quality") && json_object_get(event->data, "stats") &&
	       hook_form_find(hooks->with.forms, event->row->dialect)->tells_media;
}

void hooks_store(const struct bus_event *event, void *arg)
{
	struct hooks *hooks = arg;
	const struct call_row *row = event->row;
	const struct address to = address_of(hooks, event);
	const json_t *digits = digits_callback(event);
	struct delivery delivery = { .call = row ? row->id : event->conference->id,
				     .conference = !row,
				     .account = row ? row->account : event->conference->account,
				     .dialect = row ? row->dialect : NULL,
				     .n = event->n };

	if (to.url && is_media_total(hooks, event)) {
		add_media(hooks, event, &to);
		return;
	}
	if (waits_for_media(hooks, event))
		delivery.next = clock_utc_ms() + MEDIA_WAIT_MS;
	if (is_wanted(hooks, event, &to))
		enqueue(hooks, &delivery, to.url, to.get, event);
	if (digits)
		enqueue(hooks, &delivery, json_string_value(json_object_get(digits, "url")),
			is_get(digits, "method"), event);
	if (recording_told_is(event))
		tell_recording(hooks, event, &delivery);
}

/* A stored event is on disk now. */
static void on_bus(const struct bus_event *event, void *arg)
{
	struct hooks *hooks = arg;

	if (event->nr && (event->row || event->conference) &&
	    (address_of(hooks, event).url || digits_callback(event)))
		hooks_kick(hooks);
	if (event->nr && recording_told_is(event))
		hooks_kick(hooks);
}

int hooks_alloc(struct hooks **out, const struct hooks_setup *setup)
{
	const struct sender_setup sending = {
		.conf = setup->conf, .store = setup->store, .fetcher = setup->fetcher, .forms = setup->forms
	};
	struct hooks *hooks = calloc(1, sizeof *hooks);
	int err = ENOMEM;

	if (!hooks)
		return ENOMEM;
	hooks->with = *setup;
	hooks->timer = evtimer_new(setup->base, on_timer, hooks);
	if (hooks->timer)
		err = sender_alloc(&hooks->sender, &sending, on_sent, hooks);
	if (!err)
		err = bus_subscribe(setup->bus, on_bus, hooks);
	if (!err)
		err = queue_recover(setup->store);
	hooks->safe = queue_newest(setup->store);
	if (err) {
		hooks_free(hooks);
		return err;
	}
	hooks_kick(hooks);
	*out = hooks;
	return 0;
}

void hooks_free(struct hooks *hooks)
{
	if (!hooks)
		return;
	sender_free(hooks->sender);
	if (hooks->timer)
		event_free(hooks->timer);
	free(hooks->mark); /* the store calls nobody any more */
	free(hooks);
}
