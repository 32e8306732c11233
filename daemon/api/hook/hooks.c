#include "daemon/api/hook/hooks.h"

#include "daemon/api/hook/queue.h"
#include "daemon/api/hook/sign.h"
#include "daemon/api/net/fetch.h"
#include "daemon/api/net/weburl.h"
#include "daemon/api/voice/call_json.h"
#include "daemon/api/voice/conference_json.h"
#include "lib/clock.h"
#include "lib/json_text.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SENDS_MAX = 256,
	SENDS_PER_HOST_MAX = 32,
	TIMEOUT_MS = 10000,
	BUSY_HOST_MS = 500,
	RETRY_MAX_MS = 15 * 60 * 1000,
	GIVE_UP_MS = 24 * 60 * 60 * 1000,
	ANSWER_MAX = 64 * 1024,
	TIMER_MAX_MS = 60 * 1000,
};

struct send {
	struct send *next, **link;
	struct hooks *hooks;
	struct delivery delivery;
	char *host;
	struct fetch *fetch;
	int64_t started;
};

struct hooks {
	struct api *api;
	struct event *timer;
	struct send *first;
	unsigned count;
};

static void send_free(struct send *send)
{
	*send->link = send->next;
	if (send->next)
		send->next->link = send->link;
	send->hooks->count--;
	fetch_cancel(send->fetch);
	delivery_clear(&send->delivery);
	free(send->host);
	free(send);
}

static unsigned count_host(const struct hooks *hooks, const char *host)
{
	unsigned count = 0;

	for (const struct send *send = hooks->first; send; send = send->next)
		count += !strcmp(send->host, host);
	return count;
}

/* 1, 2, 4 … s, at most 15 min, and up to a tenth more so that many do not come together. */
static int64_t pause_ms(int64_t attempts)
{
	int64_t ms = attempts > 10 ? RETRY_MAX_MS : INT64_C(1000) << (attempts - 1);

	if (ms > RETRY_MAX_MS)
		ms = RETRY_MAX_MS;
	return ms + random_u32() % (ms / 10);
}

static void on_answer(const struct fetch_result *result, void *arg)
{
	struct send *send = arg;
	struct hooks *hooks = send->hooks;
	struct store *store = hooks->api->store;
	struct delivery *d = &send->delivery;
	int64_t now = clock_utc_ms(), attempts = d->attempts + 1;
	bool ok = !result->error && result->status >= 200 && result->status < 300;
	int err;

	send->fetch = NULL;
	err = queue_attempt(store, d->nr, attempts, send->started, result->duration_ms, result->status,
			    result->error);
	if (!err && (ok || now - d->created > GIVE_UP_MS))
		err = queue_finish(store, d, ok ? "delivered" : "failed", now);
	else if (!err)
		err = queue_defer(store, d->nr, now + pause_ms(attempts));
	if (!ok)
		log_info("webhook.attempt_failed", d->call, "delivery=%s attempt=%lld status=%d error=%s",
			 d->id, (long long)attempts, result->status, log_quote(result->error));
	if (err)
		log_error("webhook.store_failed", d->call, "delivery=%s", d->id);
	send_free(send);
	hooks_kick(hooks);
}

static int start(struct send *send)
{
	struct api *api = send->hooks->api;
	const struct delivery *d = &send->delivery;
	const struct conf_account *account = conf_account_by_name(api->conf, d->account);
	char signature[SIGN_HEADER_SIZE], id[80];
	const struct fetch_setup setup = { .url = d->url,
					   .post = true,
					   .body = d->body,
					   .content_type = "application/json",
					   .headers = { id, account ? signature : NULL },
					   .timeout_ms = TIMEOUT_MS,
					   .max_size = ANSWER_MAX };

	send->started = clock_utc_ms();
	if (account)
		sign_header(account, send->started, d->body, signature);
	snprintf(id, sizeof id, "Offhook-Delivery: %s", d->id);
	return fetch_start(&send->fetch, api->fetcher, &setup, on_answer, send);
}

static int copy_delivery(struct delivery *out, const struct delivery *in)
{
	*out = *in;
	out->id = strdup(in->id);
	out->call = strdup(in->call);
	out->account = strdup(in->account);
	out->url = strdup(in->url);
	out->body = strdup(in->body);
	out->state = NULL;
	return out->id && out->call && out->account && out->url && out->body ? 0 : ENOMEM;
}

static void send_one(const struct delivery *delivery, void *arg)
{
	struct hooks *hooks = arg;
	struct store *store = hooks->api->store;
	int64_t now = clock_utc_ms();
	char *host = weburl_authority(delivery->url);
	struct send *send = host && hooks->count < SENDS_MAX && count_host(hooks, host) < SENDS_PER_HOST_MAX
				? calloc(1, sizeof *send)
				: NULL;

	if (!send) {
		free(host);
		if (queue_defer(store, delivery->nr, now + BUSY_HOST_MS))
			log_error("webhook.store_failed", delivery->call, "delivery=%s", delivery->id);
		return;
	}
	send->hooks = hooks;
	send->host = host;
	send->next = hooks->first;
	send->link = &hooks->first;
	if (send->next)
		send->next->link = &send->next;
	hooks->first = send;
	hooks->count++;
	if (copy_delivery(&send->delivery, delivery) || queue_sending(store, delivery->nr) || start(send))
		send_free(send);
}

static void set_timer(struct hooks *hooks)
{
	int64_t next = queue_next_due(hooks->api->store), wait = next - clock_utc_ms();
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

	(void)fd, (void)what;
	if (queue_due(hooks->api->store, clock_utc_ms(), SENDS_MAX, send_one, hooks))
		log_error("webhook.store_failed", NULL, "%s", "");
	set_timer(hooks);
}

void hooks_kick(struct hooks *hooks)
{
	static const struct timeval soon = { 0, 0 };

	event_add(hooks->timer, &soon);
}

/* Where the status of this call is to be told, or NULL. */
static const char *callback_of(const struct api *api, const struct call_row *row)
{
	const char *url = json_string_value(json_object_get(row->options, "status_callback"));
	const char *dialled = json_string_value(json_object_get(row->snapshot, "number"));
	const struct conf_number *number;

	if (url || strcmp(row->direction, "inbound"))
		return url;
	number = conf_number_find(api->conf, dialled ? dialled : row->to);
	return number ? number->status_callback : NULL;
}

static bool is_wanted(const struct call_row *row)
{
	const json_t *events = json_object_get(row->options, "status_callback_events");
	const json_t *item;
	size_t i;

	if (!events)
		return true;
	json_array_foreach((json_t *)events, i, item)
	{
		if (!strcmp(json_string_value(item), row->status))
			return true;
	}

	return false;
}

/* `json` is stolen. */
static void enqueue(struct hooks *hooks, struct delivery *delivery, const char *url, json_t *json)
{
	char id[UUID_TEXT_SIZE];

	delivery->id = random_uuid(id);
	delivery->url = (char *)url;
	delivery->body = json ? json_dumps(json, JSON_TEXT_FLAGS) : NULL;
	delivery->created = clock_utc_ms();
	json_decref(json);
	if (!delivery->body || queue_add(hooks->api->store, delivery))
		log_error("webhook.store_failed", delivery->call, "%s", "");
	free(delivery->body);
}

static const char *conference_callback(const struct conference_row *row)
{
	return json_string_value(json_object_get(row->options, "status_callback"));
}

static void store_conference(struct hooks *hooks, const struct bus_event *event)
{
	const struct conference_row *row = event->conference;
	struct delivery delivery = {
		.call = row->id, .conference = true, .account = row->account, .n = event->n
	};
	const char *url = conference_callback(row);

	if (url)
		enqueue(
		    hooks, &delivery, url,
		    conference_event_json(hooks->api, event->n, event->time, event->type, row, event->data));
}

void hooks_store(const struct bus_event *event, void *arg)
{
	struct hooks *hooks = arg;
	const struct call_row *row = event->row;
	const char *url;

	if (event->conference) {
		store_conference(hooks, event);
		return;
	}
	url = callback_of(hooks->api, row);
	if (url && !strcmp(event->type, "call.state") && is_wanted(row)) {
		struct delivery delivery = { .call = row->id, .account = row->account, .n = event->n };

		enqueue(hooks, &delivery, url,
			call_event_json(hooks->api, event->n, event->time, event->type, row, event->data));
	}
}

/* A stored event is on disk now. */
static void on_bus(const struct bus_event *event, void *arg)
{
	struct hooks *hooks = arg;

	if (event->nr && event->conference && conference_callback(event->conference))
		hooks_kick(hooks);
	if (event->row && !strcmp(event->type, "call.state") && callback_of(hooks->api, event->row))
		hooks_kick(hooks);
}

int hooks_alloc(struct hooks **out, struct api *api)
{
	struct hooks *hooks = calloc(1, sizeof *hooks);
	int err = ENOMEM;

	if (!hooks)
		return ENOMEM;
	hooks->api = api;
	hooks->timer = evtimer_new(api->base, on_timer, hooks);
	if (hooks->timer)
		err = bus_subscribe(api->bus, on_bus, hooks);
	if (!err)
		err = queue_recover(api->store);
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
	while (hooks->first)
		send_free(hooks->first);
	if (hooks->timer)
		event_free(hooks->timer);
	free(hooks);
}
