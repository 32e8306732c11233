#include "daemon/api/hook/sender.h"

#include "daemon/api/net/fetch.h"
#include "daemon/api/net/weburl.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HELD_MAX = 8192,	 /* taken and not over */
	SENDING_MAX = 512,	 /* of them under way */
	HOST_SENDING_MAX = 32,	 /* under way to one receiver: so many at most, */
	HOST_SENDING_FIRST = 4,	 /* at first; one more with each answer, half when there is none, */
	FAILING_SENDING = 2,	 /* and so many at least */
	GROUP_SENDING_MAX = 128, /* under way for one account to one server, */
	HOST_PATHS = 16,	 /* so many of whose paths are told apart */
	SILENCES_MAX = 3,	 /* then it fails */
	HOST_WAITING = 1024,	 /* waiting for one receiver, */
	FAILING_WAITING = 16,	 /* and for one that fails */
	HOSTS_KEPT = 256,	 /* whose ways are remembered */
	TIMEOUT_MS = 10000,
	ANSWER_MAX = 64 * 1024,
	RETRY_MAX_MS = 15 * 60 * 1000,
	BUSY_MS = 1000,	    /* how long those wait that a host has no room for */
	FAILING_MS = 15000, /* the same for one that fails */
};

struct send {
	struct send *next; /* of its host: waiting */
	struct host *host;
	struct delivery delivery;
	struct fetch *fetch; /* under way, or NULL */
	int64_t started;     /* UTC ms */
};

/* A receiver: one account's, at one path of one server, so that one that does not answer delays neither other
 * accounts nor other paths. */
struct host {
	struct host *next;
	char *name;	   /* receiver_name() */
	size_t group;	   /* so much of it is account and server */
	unsigned silences; /* attempts at a stretch that got no answer */
	unsigned limit;	   /* of those under way */
	unsigned sending, waiting;
	struct send *first, **last; /* waiting */
	struct send *under_way[HOST_SENDING_MAX];
	struct sender *sender;
};

struct sender {
	struct sender_setup with;
	struct host *hosts, *turn; /* whose turn it is when there is room again */
	unsigned held, sending, host_count;
	struct sender_stats stats;
	void (*done)(void *arg);
	void *arg;
};

static void send_free(struct send *send)
{
	send->host->sender->held--;
	fetch_cancel(send->fetch);
	delivery_clear(&send->delivery);
	free(send);
}

/* Hosts */

/* "account host:port/path", without the query; *group is the length of what is before the path. Malloc'ed, or
 * NULL. */
static char *receiver_name(const char *account, const char *url, size_t *group)
{
	char *authority = weburl_authority(url), *name = NULL;
	const char *path = strstr(url, "://");
	size_t length, size;

	path = path ? path + 3 : url;
	path += strcspn(path, "/?#");
	length = strcspn(path, "?#");
	if (authority) {
		*group = strlen(account) + 1 + strlen(authority);
		size = *group + length + 1;
		name = malloc(size);
		if (name)
			snprintf(name, size, "%s %s%.*s", account, authority, (int)length, path);
	}
	free(authority);
	return name;
}

static bool is_of_group(const struct host *host, const char *name, size_t group)
{
	return host->group == group && !strncmp(host->name, name, group);
}

static struct host *host_find(struct sender *sender, const char *name, size_t group, unsigned *of_group)
{
	struct host *host = sender->hosts;

	for (*of_group = 0; host && strcmp(host->name, name); host = host->next)
		*of_group += is_of_group(host, name, group);
	return host;
}

static struct host *host_get(struct sender *sender, const char *account, const char *url)
{
	size_t group = 0;
	char *name = receiver_name(account, url, &group);
	unsigned paths = 0;
	struct host *host = name ? host_find(sender, name, group, &paths) : NULL;

	/* Who has a path for every call is one receiver. */
	if (name && !host && paths >= HOST_PATHS) {
		name[group] = '\0';
		host = host_find(sender, name, group, &paths);
	}
	if (host || !name) {
		free(name);
		return host;
	}
	host = calloc(1, sizeof *host);
	if (!host) {
		free(name);
		return NULL;
	}
	host->name = name;
	host->group = group;
	host->limit = HOST_SENDING_FIRST;
	host->last = &host->first;
	host->sender = sender;
	host->next = sender->hosts;
	sender->hosts = host;
	sender->host_count++;
	return host;
}

/* Forgets a host that has nothing to do, when there are too many to remember. */
static void host_drop(struct host *host, unsigned kept)
{
	struct host **at = &host->sender->hosts;

	if (host->sending || host->waiting || host->sender->host_count <= kept)
		return;
	while (*at != host)
		at = &(*at)->next;
	*at = host->next;
	if (host->sender->turn == host)
		host->sender->turn = host->next;
	host->sender->host_count--;
	free(host->name);
	free(host);
}

static bool is_failing(const struct host *host)
{
	return host->silences >= SILENCES_MAX;
}

static bool host_may_send(const struct host *host)
{
	unsigned sending = 0;

	if (!host->waiting || host->sending >= host->limit)
		return false;
	for (const struct host *other = host->sender->hosts; other; other = other->next)
		if (is_of_group(other, host->name, host->group))
			sending += other->sending;
	return sending < GROUP_SENDING_MAX;
}

/* Attempts */

/* 1, 2, 4 … s, at most 15 min, and up to a tenth more so that many do not come together. */
static int64_t pause_ms(int64_t attempts)
{
	int64_t ms = attempts > 10 ? RETRY_MAX_MS : INT64_C(1000) << (attempts - 1);

	if (ms > RETRY_MAX_MS)
		ms = RETRY_MAX_MS;
	return ms + random_u32() % (ms / 10);
}

static bool is_too_old(const struct sender *sender, const struct delivery *d, int64_t now)
{
	return now - d->created > (int64_t)sender->with.conf->api.webhook_retry_s * 1000;
}

const struct histogram_bounds sender_seconds_bounds = { 9, { 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10 } };

static void count(struct sender_stats *stats, const struct delivery *d, const struct fetch_result *result)
{
	stats->attempts[fetch_result_class(result)]++;
	stats->retries += d->attempts > 0;
	histogram_add(&stats->seconds, &sender_seconds_bounds, (double)result->duration_ms / 1000);
}

void sender_get_stats(const struct sender *sender, struct sender_stats *out)
{
	*out = sender->stats;
	out->sending = sender->sending;
	for (const struct host *host = sender->hosts; host; host = host->next)
		out->failing += is_failing(host);
}

static void note(struct sender *sender, const struct delivery *d, const struct fetch_result *result, bool ok,
		 int64_t started)
{
	struct store *store = sender->with.store;
	int64_t now = clock_utc_ms(), attempts = d->attempts + 1;
	int err = queue_attempt(store, d->nr, attempts, started, result->duration_ms, result->status,
				result->error);

	if (!err && (ok || is_too_old(sender, d, now))) {
		err = queue_finish(store, d, ok ? "delivered" : "failed", now);
		sender->stats.delivered += ok;
		sender->stats.given_up += !ok;
	} else if (!err)
		err = queue_defer(store, d->nr, now + pause_ms(attempts));
	if (!ok)
		log_info("webhook.attempt_failed", d->call, "delivery=%s attempt=%lld status=%d error=%s",
			 d->id, (long long)attempts, result->status, log_quote(result->error));
	if (err)
		log_error("webhook.store_failed", d->call, "delivery=%s", d->id);
}

/* An answer that is an error costs as little as any other; none at all keeps a place for as long as we wait.
 */
static void learn(struct host *host, const struct fetch_result *result)
{
	if (result->status) {
		host->silences = 0;
		host->limit += host->limit < HOST_SENDING_MAX;
	} else {
		host->silences++;
		host->limit = host->limit / 2 > FAILING_SENDING ? host->limit / 2 : FAILING_SENDING;
	}
}

static void start_waiting(struct sender *sender);

static void on_answer(const struct fetch_result *result, void *arg)
{
	struct send *send = arg;
	struct host *host = send->host;
	struct sender *sender = host->sender;
	bool ok = !result->error && result->status >= 200 && result->status < 300;
	unsigned i = 0;

	send->fetch = NULL;
	count(&sender->stats, &send->delivery, result);
	note(sender, &send->delivery, result, ok, send->started);
	while (host->under_way[i] != send)
		i++;
	host->under_way[i] = host->under_way[--host->sending];
	learn(host, result);
	sender->sending--;
	send_free(send);
	start_waiting(sender);
	host_drop(host, HOSTS_KEPT);
	sender->done(sender->arg);
}

static int start(struct send *send)
{
	const struct sender_setup *with = &send->host->sender->with;
	const struct delivery *d = &send->delivery;
	const struct conf_account *account = conf_account_by_name(with->conf, d->account);
	const struct hook_form *form = hook_form_find(with->forms, d->dialect);
	struct sign_lines lines = { { "" } };
	char id[80];
	struct fetch_setup setup = { .url = d->url,
				     .post = !d->get,
				     .body = d->get ? NULL : d->body,
				     .content_type = d->type ? d->type : form->content_type,
				     .headers = { id },
				     .timeout_ms = TIMEOUT_MS,
				     .max_size = ANSWER_MAX };

	send->started = clock_utc_ms();
	if (account)
		form->sign(account, d->url, send->started, d->body, &lines);
	sign_lines_add(&lines, &setup);
	snprintf(id, sizeof id, "Offhook-Delivery: %s", d->id);
	return fetch_start(&send->fetch, with->fetcher, &setup, on_answer, send);
}

static void start_first(struct host *host)
{
	struct sender *sender = host->sender;
	struct send *send = host->first;

	host->first = send->next;
	if (!host->first)
		host->last = &host->first;
	host->waiting--;
	if (start(send)) {
		if (queue_defer(sender->with.store, send->delivery.nr, clock_utc_ms() + BUSY_MS))
			log_error("webhook.store_failed", send->delivery.call, "delivery=%s",
				  send->delivery.id);
		send_free(send);
		return;
	}
	host->under_way[host->sending++] = send;
	sender->sending++;
}

/* One of each host in turn, as long as there is room. */
static void start_waiting(struct sender *sender)
{
	bool found = true;

	while (found && sender->sending < SENDING_MAX) {
		struct host *begin = sender->turn ? sender->turn : sender->hosts, *host = begin;

		found = false;
		while (host && !found) {
			found = host_may_send(host);
			sender->turn = host->next ? host->next : sender->hosts;
			if (found)
				start_first(host);
			host = sender->turn == begin ? NULL : sender->turn;
		}
	}
}

/* Taking */

static int copy_delivery(struct delivery *out, const struct delivery *in)
{
	*out = *in;
	out->id = strdup(in->id);
	out->call = strdup(in->call);
	out->account = strdup(in->account);
	out->url = strdup(in->url);
	out->body = strdup(in->body);
	out->state = NULL;
	out->dialect = strdup(in->dialect);
	out->type = in->type ? strdup(in->type) : NULL;
	return out->id && out->call && out->account && out->url && out->body && out->dialect &&
		       !out->type == !in->type
		   ? 0
		   : ENOMEM;
}

/* Puts it behind the others of its host. NULL host or no room: false. */
static bool hold(struct host *host, const struct delivery *delivery)
{
	struct send *send;

	if (!host || host->waiting >= (is_failing(host) ? FAILING_WAITING : HOST_WAITING))
		return false;
	send = calloc(1, sizeof *send);
	if (!send)
		return false;
	send->host = host;
	host->sender->held++;
	if (copy_delivery(&send->delivery, delivery) ||
	    queue_sending(host->sender->with.store, delivery->nr)) {
		send_free(send);
		return false;
	}
	*host->last = send;
	host->last = &send->next;
	host->waiting++;
	return true;
}

void sender_take(struct sender *sender, const struct delivery *delivery)
{
	const struct fetch_result none = {
		.error = "it was not sent any more: its receiver has not answered for too long"
	};
	struct host *host = host_get(sender, delivery->account, delivery->url);
	int64_t now = clock_utc_ms(), pause = BUSY_MS;

	if (host && is_failing(host) && is_too_old(sender, delivery, now)) {
		note(sender, delivery, &none, false, now);
	} else if (!hold(host, delivery)) {
		/* Not all at once again. */
		pause = host && is_failing(host) ? FAILING_MS : BUSY_MS;
		if (queue_defer(sender->with.store, delivery->nr, now + pause + random_u32() % pause))
			log_error("webhook.store_failed", delivery->call, "delivery=%s", delivery->id);
	} else {
		start_waiting(sender);
	}
	if (host)
		host_drop(host, HOSTS_KEPT);
}

unsigned sender_room(const struct sender *sender)
{
	return HELD_MAX - sender->held;
}

int sender_alloc(struct sender **out, const struct sender_setup *setup, void (*done)(void *arg), void *arg)
{
	struct sender *sender = calloc(1, sizeof *sender);

	if (!sender)
		return ENOMEM;
	sender->with = *setup;
	sender->done = done;
	sender->arg = arg;
	*out = sender;
	return 0;
}

void sender_free(struct sender *sender)
{
	if (!sender)
		return;
	while (sender->hosts) {
		struct host *host = sender->hosts;

		while (host->sending)
			send_free(host->under_way[--host->sending]);
		while (host->first) {
			struct send *send = host->first;

			host->first = send->next;
			send_free(send);
		}
		host->waiting = 0;
		host_drop(host, 0);
	}
	free(sender);
}
