/* See hep.h. */
#define _GNU_SOURCE /* getaddrinfo_a */
#include "daemon/offhookd/trace/hep.h"

#include "daemon/offhookd/trace/ring.h"
#include "daemon/offhookd/trace/show.h"
#include "lib/clock.h"
#include "lib/json_get.h"
#include "lib/log.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	DIALOGS = 1 << 14, /* whose call is known; of those beyond, the one in the same place is forgotten */
	ID_SIZE = 37,
	WAIT_US = 2000000, /* for whose call a message is */
	HELD_MAX = 1 << 20,
	AGAIN_US = 60000000, /* a name that is not found is looked up again */
	FRESH_US = 300000000,
};

struct dialog {
	uint64_t key;
	char call[ID_SIZE];
};

struct lookup {
	struct gaicb request;
	const struct gaicb *list[1];
	char host[256], port[8];
};

struct hep {
	char *host;
	uint16_t port;
	uint32_t node;
	int fd; /* connected, or -1 */
	struct lookup *lookup;
	int64_t look_us; /* when to look the name up again */
	struct dialog *dialogs;
	char *held;
	size_t held_size;
	struct hep_stats stats;
	bool failing; /* what was said last */
};

/* ---- where to ---- */

static void say(struct hep *h, const char *error)
{
	if (error && !h->failing)
		log_warn("trace.hep_unsent", NULL, "to=%s:%u error=%s", h->host, h->port, log_quote(error));
	else if (!error && h->failing)
		log_info("trace.hep_sent_again", NULL, "to=%s:%u", h->host, h->port);
	h->failing = error != NULL;
}

static void connect_to(struct hep *h, const struct addrinfo *to)
{
	int fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, to->ai_addr, to->ai_addrlen)) {
		say(h, strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	if (h->fd >= 0)
		close(h->fd);
	h->fd = fd;
}

static const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV };

/* A thread of the C library looks, and is not waited for. */
static void begin_lookup(struct hep *h)
{
	struct lookup *l = calloc(1, sizeof *l);

	h->look_us = clock_utc_us() + AGAIN_US;
	if (!l)
		return;
	snprintf(l->host, sizeof l->host, "%s", h->host);
	snprintf(l->port, sizeof l->port, "%u", h->port);
	l->request = (struct gaicb){ .ar_name = l->host, .ar_service = l->port, .ar_request = &hints };
	h->lookup = l;
	if (getaddrinfo_a(GAI_NOWAIT, (struct gaicb *[]){ &l->request }, 1, NULL)) {
		free(l);
		h->lookup = NULL;
	}
}

static void free_lookup(struct lookup *l)
{
	if (l && l->request.ar_result)
		freeaddrinfo(l->request.ar_result);
	free(l);
}

static void finish_lookup(struct hep *h)
{
	int err = h->lookup ? gai_error(&h->lookup->request) : EAI_INPROGRESS;

	if (err == EAI_INPROGRESS)
		return;
	if (err) {
		say(h, gai_strerror(err));
	} else {
		connect_to(h, h->lookup->request.ar_result);
		h->look_us = clock_utc_us() + FRESH_US;
	}
	free_lookup(h->lookup);
	h->lookup = NULL;
}

/* One that is under way, and cannot be called off, is left to itself. */
static void abandon_lookup(struct hep *h)
{
	if (h->lookup && gai_cancel(&h->lookup->request) != EAI_NOTCANCELED)
		free_lookup(h->lookup);
	h->lookup = NULL;
}

static void find(struct hep *h)
{
	struct addrinfo numeric = hints, *to;
	char port[8];

	snprintf(port, sizeof port, "%u", h->port);
	numeric.ai_flags |= AI_NUMERICHOST;
	if (getaddrinfo(h->host, port, &numeric, &to) == 0) {
		connect_to(h, to);
		freeaddrinfo(to);
		h->look_us = INT64_MAX;
	} else {
		begin_lookup(h);
	}
}

static bool is_same(const struct hep *h, const char *host, uint16_t port)
{
	return !h->host == !host && (!host || (strcmp(h->host, host) == 0 && h->port == port));
}

void hep_set(struct hep *h, const char *host, uint16_t port, uint32_t node)
{
	h->node = node;
	if (is_same(h, host, port))
		return;
	abandon_lookup(h);
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
	h->failing = false;
	free(h->host);
	h->host = host ? strdup(host) : NULL;
	h->port = port;
	if (h->host && !h->dialogs)
		h->dialogs = calloc(DIALOGS, sizeof *h->dialogs);
	if (h->host && !h->held)
		h->held = malloc(HELD_MAX);
	if (h->host)
		find(h);
}

/* ---- whose ---- */

static struct dialog *place_of(const struct hep *h, uint64_t key)
{
	return h->dialogs ? &h->dialogs[key % DIALOGS] : NULL;
}

static const char *known(const struct hep *h, const char *text, size_t size)
{
	uint64_t key = ring_key('s', text, size);
	const struct dialog *d = place_of(h, key);

	return d && d->key == key && d->call[0] ? d->call : NULL;
}

void hep_link(struct hep *h, const struct entry *e)
{
	json_t *link = h->host ? show_link(e) : NULL;
	struct dialog *d = link ? place_of(h, e->keys[0]) : NULL;
	const char *parent = json_member_text(link, "parent_call_id");

	if (d) {
		d->key = e->keys[0];
		snprintf(d->call, sizeof d->call, "%s", parent[0] ? parent : json_member_text(link, "call"));
	}
	json_decref(link);
}

/* ---- sending ---- */

static void send_as(struct hep *h, const struct entry *m, const char *id, size_t id_size)
{
	unsigned char head[HEP_HEAD_MAX];
	struct hep_packet packet = {
		.message = m, .correlation = id, .correlation_size = id_size, .node = h->node
	};
	struct iovec parts[] = { { head, hep_head(head, &packet) }, { (char *)m->text, m->text_size } };
	struct msghdr datagram = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n = -1;

	if (h->fd >= 0)
		n = sendmsg(h->fd, &datagram, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && h->fd >= 0 && errno == ECONNREFUSED) { /* of one that had seemed to be sent */
		say(h, strerror(errno));
		h->stats.lost++;
		h->stats.sent -= h->stats.sent > 0;
		n = sendmsg(h->fd, &datagram, MSG_DONTWAIT | MSG_NOSIGNAL);
	} else if (h->fd >= 0) {
		say(h, n < 0 ? strerror(errno) : NULL);
	}
	if (n < 0)
		h->stats.lost++;
	else
		h->stats.sent++;
}

static void send_one(struct hep *h, const struct entry *m, const struct sipline *sip, const char *call)
{
	send_as(h, m, call ? call : sip->call_id.at, call ? strlen(call) : sip->call_id.size);
}

/* Those whose call is known by now, and those that have waited until `before_us`. */
static void send_held(struct hep *h, int64_t before_us)
{
	size_t kept = 0;

	for (size_t at = 0; at < h->held_size;) {
		const struct entry *e = (const struct entry *)(void *)(h->held + at);
		size_t size = e->size;
		struct sipline sip;
		const char *call;

		sipline_read(&sip, e->text, e->text_size); /* as before it was held */
		call = known(h, sip.call_id.at, sip.call_id.size);
		if (call || e->time_us <= before_us) {
			send_one(h, e, &sip, call);
		} else {
			memmove(h->held + kept, e, size);
			kept += size;
		}
		at += size;
	}
	h->held_size = kept;
}

void hep_put(struct hep *h, const struct entry *m, const struct sipline *sip)
{
	const char *call = known(h, sip->call_id.at, sip->call_id.size);

	if (!h->host)
		return;
	if (call || !h->held || sip_slice_is(&sip->method, "REGISTER")) {
		send_one(h, m, sip, call);
		return;
	}
	if (h->held_size + m->size > HELD_MAX)
		send_held(h, INT64_MAX);
	memcpy(h->held + h->held_size, m, m->size);
	h->held_size += m->size;
}

unsigned hep_tend(struct hep *h, int64_t now_us)
{
	if (!h->host)
		return 0;
	finish_lookup(h);
	if (!h->lookup && now_us >= h->look_us)
		begin_lookup(h);
	if (h->held_size)
		send_held(h, now_us - WAIT_US);
	return h->held_size || h->lookup ? WAIT_US / 1000 / 4 : 0;
}

void hep_get_stats(const struct hep *h, struct hep_stats *out)
{
	*out = h->stats;
}

int hep_alloc(struct hep **out)
{
	struct hep *h = calloc(1, sizeof *h);

	if (!h)
		return ENOMEM;
	h->fd = -1;
	*out = h;
	return 0;
}

void hep_free(struct hep *h)
{
	if (!h)
		return;
	if (h->host)
		send_held(h, INT64_MAX);
	abandon_lookup(h);
	if (h->fd >= 0)
		close(h->fd);
	free(h->host);
	free(h->dialogs);
	free(h->held);
	free(h);
}
