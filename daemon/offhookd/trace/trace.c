/* See trace.h. */
#include "daemon/offhookd/trace/trace.h"

#include "daemon/offhookd/trace/entry.h"
#include "daemon/offhookd/trace/filing.h"
#include "daemon/offhookd/trace/find.h"
#include "daemon/offhookd/trace/hep.h"
#include "daemon/offhookd/trace/ring.h"
#include "lib/clock.h"
#include "lib/json_text.h"
#include "lib/socket_address.h"
#include "media/mailbox.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

enum {
	BATCH_MAX = 1 << 20,  /* bytes that may wait for the writer */
	BATCH_FULL = 1 << 18, /* is written at once, less after */
	GATHER_MS = 50,
	IDLE_S = 600, /* without a message, old files are looked for that often */
	QUESTIONS_MAX = 64,
};

struct question {
	struct mail mail;
	STAILQ_ENTRY(question) link;
	char *call, *sip_call_id, *after;
	trace_answer_h *done;
	void *arg;
	json_t *answer;
};

STAILQ_HEAD(questions, question);

struct batch {
	char *bytes;
	size_t size;
	size_t last; /* where the last message begins; SIZE_MAX: it is another's now */
};

struct trace {
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake, ask;
	struct batch filling;
	struct questions unwritten, asked; /* for the writer to pass on, for the reader */
	size_t waiting;			   /* of both, and being read */
	struct trace_limits limits;	   /* its host is `hep_host` */
	char *hep_host;
	bool hep_changed; /* the writer does not know it yet */
	bool stop, reader_stop;
	struct trace_stats stats;

	pthread_t writer, reader;
	bool writes, reads;
	struct batch writing; /* the writer's */
	unsigned tend_ms;     /* the writer's: something of the collector waits for so long; 0: nothing */
	struct filing filing; /* the writer's, but for the folders */

	struct mailbox mailbox;
	struct event *mail;
	struct json_text text;
};

/* ---- the main thread puts ---- */

static void set_address(struct entry_address *out, const struct sockaddr_storage *from)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;

	memset(out, 0, sizeof *out);
	if (!from || (from->ss_family != AF_INET && from->ss_family != AF_INET6))
		return;
	out->family = from->ss_family;
	out->port = (uint16_t)socket_address_port(from);
	if (from->ss_family == AF_INET)
		memcpy(out->bytes, &v4->sin_addr, 4);
	else
		memcpy(out->bytes, &v6->sin6_addr, 16);
}

/* Room for an entry in the batch, or NULL: it is lost. With the lock. */
static struct entry *begin_entry(struct trace *t, size_t text_size)
{
	size_t size = (sizeof(struct entry) + text_size + 7) & ~(size_t)7;
	struct entry *e;

	if (t->filling.size + size > BATCH_MAX) {
		t->stats.lost++;
		return NULL;
	}
	e = (struct entry *)(void *)(t->filling.bytes + t->filling.size);
	memset((char *)e + size - 8, 0, 8);
	*e = (struct entry){ .magic = ENTRY_MAGIC,
			     .size = (uint32_t)size,
			     .time_us = clock_utc_us(),
			     .text_size = (uint32_t)text_size };
	t->filling.last = t->filling.size;
	t->filling.size += size;
	return e;
}

static bool is_wanted(const struct trace *t)
{
	return t->limits.keep_s || t->limits.hep_host;
}

/* With the lock. The writer sleeps only while there is nothing, or too little. */
static void wake_writer(struct trace *t, size_t before)
{
	if (before == 0 || (before < BATCH_FULL && t->filling.size >= BATCH_FULL))
		pthread_cond_signal(&t->wake);
}

void trace_put(struct trace *t, const struct trace_message *m)
{
	size_t total = 0, kept, before, at = 0;
	struct entry *e;

	for (size_t i = 0; i < m->part_count; i++)
		total += m->parts[i].iov_len;
	kept = total < ENTRY_TEXT_MAX ? total : ENTRY_TEXT_MAX;
	pthread_mutex_lock(&t->lock);
	before = t->filling.size;
	t->filling.last = SIZE_MAX;
	e = is_wanted(t) && kept ? begin_entry(t, kept) : NULL;
	if (e) {
		e->kind = ENTRY_MESSAGE;
		e->flags = (uint8_t)((m->sent ? ENTRY_SENT : 0) | (kept < total ? ENTRY_CUT : 0));
		e->transport = m->transport;
		set_address(&e->local, m->local);
		set_address(&e->remote, m->remote);
		for (size_t i = 0; i < m->part_count && at < kept; i++) {
			size_t n = m->parts[i].iov_len < kept - at ? m->parts[i].iov_len : kept - at;

			memcpy(e->text + at, m->parts[i].iov_base, n);
			at += n;
		}
		t->stats.messages++;
		wake_writer(t, before);
	}
	pthread_mutex_unlock(&t->lock);
}

void trace_take_back(struct trace *t)
{
	pthread_mutex_lock(&t->lock);
	if (t->filling.last != SIZE_MAX && t->filling.last < t->filling.size)
		t->filling.size = t->filling.last;
	t->filling.last = SIZE_MAX;
	pthread_mutex_unlock(&t->lock);
}

static uint64_t key_of(char what, const char *text)
{
	return text && text[0] ? ring_key(what, text, strlen(text)) : 0;
}

/* What `text` has by now, to be found by the keys of the link. */
static void put_link(struct trace *t, const struct trace_link *link)
{
	size_t before;
	struct entry *e;

	json_text_close(&t->text);
	if (json_text_end(&t->text) || t->text.length > ENTRY_TEXT_MAX)
		return;
	pthread_mutex_lock(&t->lock);
	before = t->filling.size;
	e = is_wanted(t) ? begin_entry(t, t->text.length) : NULL;
	if (e) {
		e->kind = ENTRY_LINK;
		e->keys[0] = key_of('s', link->sip_call_id);
		e->keys[1] = key_of('c', link->call);
		e->keys[2] = key_of('c', link->parent);
		memcpy(e->text, t->text.text, t->text.length);
		wake_writer(t, before);
	}
	t->filling.last = SIZE_MAX;
	pthread_mutex_unlock(&t->lock);
}

void trace_link(struct trace *t, const struct trace_link *link)
{
	json_text_reset(&t->text);
	json_text_element_open(&t->text);
	json_text_string(&t->text, "call", link->call);
	json_text_string(&t->text, "parent_call_id", link->parent);
	json_text_string(&t->text, "sip_call_id", link->sip_call_id);
	json_text_string(&t->text, "direction", link->direction);
	json_text_string(&t->text, "from", link->from);
	json_text_string(&t->text, "to", link->to);
	json_text_string(&t->text, "user", link->user);
	json_text_string(&t->text, "trunk", link->trunk);
	json_text_string(&t->text, "number", link->number);
	json_text_string(&t->text, "line", link->line);
	put_link(t, link);
}

void trace_refuse(struct trace *t, const char *sip_call_id, int code, const char *why)
{
	struct trace_link link = { .sip_call_id = sip_call_id };

	json_text_reset(&t->text);
	json_text_element_open(&t->text);
	json_text_string(&t->text, "sip_call_id", sip_call_id);
	json_text_int(&t->text, "code", code);
	json_text_string(&t->text, "why", why);
	put_link(t, &link);
}

/* ---- the writer ---- */

static void wait_for(struct trace *t, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&t->wake, &t->lock, &until);
}

/* What is put in a short while is written together, unless somebody asks. With the lock. */
static void gather(struct trace *t)
{
	if (!t->stop && !t->filling.size && STAILQ_EMPTY(&t->unwritten))
		wait_for(t, t->tend_ms ? t->tend_ms : IDLE_S * 1000);
	if (!t->stop && t->filling.size && t->filling.size < BATCH_FULL && STAILQ_EMPTY(&t->unwritten))
		wait_for(t, GATHER_MS);
}

/* With the lock. */
static void take_collector(struct trace *t)
{
	if (t->hep_changed)
		hep_set(t->filing.hep, t->limits.hep_host, t->limits.hep_port, t->limits.hep_node);
	t->hep_changed = false;
}

/* With the lock, which it leaves meanwhile. */
static void write_once(struct trace *t)
{
	struct questions answerable = STAILQ_HEAD_INITIALIZER(answerable);
	struct batch batch = t->filling;
	uint64_t size = t->limits.size, lost, bytes;
	unsigned keep_s = t->limits.keep_s;
	struct hep_stats hep;

	take_collector(t);
	t->filling = t->writing;
	t->filling.last = SIZE_MAX;
	t->writing = batch;
	STAILQ_CONCAT(&answerable, &t->unwritten);
	pthread_mutex_unlock(&t->lock);
	lost = filing_write(&t->filing, t->writing.bytes, t->writing.size, size, keep_s);
	t->writing.size = 0;
	bytes = filing_bytes(&t->filing);
	t->tend_ms = hep_tend(t->filing.hep, clock_utc_us());
	hep_get_stats(t->filing.hep, &hep);
	pthread_mutex_lock(&t->lock);
	t->stats.lost += lost;
	t->stats.bytes = bytes;
	t->stats.hep_sent = hep.sent;
	t->stats.hep_lost = hep.lost;
	if (!STAILQ_EMPTY(&answerable))
		pthread_cond_signal(&t->ask);
	STAILQ_CONCAT(&t->asked, &answerable);
}

static void *run_writer(void *arg)
{
	struct trace *t = arg;

	pthread_mutex_lock(&t->lock);
	write_once(t); /* what is too old at the start */
	while (!t->stop || t->filling.size || !STAILQ_EMPTY(&t->unwritten)) {
		gather(t);
		write_once(t);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* ---- the reader ---- */

static void free_question(struct question *q)
{
	free(q->call);
	free(q->sip_call_id);
	free(q->after);
	free(q);
}

/* In the main thread. */
static void on_answer(struct mail *mail, void *owner)
{
	struct question *q = (struct question *)mail;
	struct trace *t = owner;

	pthread_mutex_lock(&t->lock);
	t->waiting--;
	pthread_mutex_unlock(&t->lock);
	q->done(q->answer, q->arg);
	free_question(q);
}

static void *run_reader(void *arg)
{
	struct trace *t = arg;
	struct question *q;

	pthread_mutex_lock(&t->lock);
	for (;;) {
		while (STAILQ_EMPTY(&t->asked) && !t->reader_stop)
			pthread_cond_wait(&t->ask, &t->lock);
		q = STAILQ_FIRST(&t->asked);
		if (!q)
			break;
		STAILQ_REMOVE_HEAD(&t->asked, link);
		if (!t->reader_stop) { /* else nobody waits for it any more */
			pthread_mutex_unlock(&t->lock);
			q->answer =
			    q->call || q->sip_call_id
				? find_call(t->filing.folders[FILING_CALLS],
					    t->filing.folders[FILING_REGISTRATIONS], q->call, q->sip_call_id)
				: find_after(t->filing.folders[FILING_CALLS], q->after);
			pthread_mutex_lock(&t->lock);
		}
		mailbox_post(&t->mailbox, &q->mail);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

static void on_mail(evutil_socket_t fd, short what, void *arg)
{
	struct trace *t = arg;

	(void)fd, (void)what;
	mailbox_run(&t->mailbox, t);
}

static bool copy(char **out, const char *text)
{
	*out = text ? strdup(text) : NULL;
	return !text || *out;
}

int trace_ask(struct trace *t, const struct trace_question *question, trace_answer_h *done, void *arg)
{
	struct question *q = calloc(1, sizeof *q);
	int err = 0;

	if (!q || !copy(&q->call, question->call) || !copy(&q->sip_call_id, question->sip_call_id) ||
	    !copy(&q->after, question->after))
		err = ENOMEM;
	pthread_mutex_lock(&t->lock);
	if (!err && t->waiting >= QUESTIONS_MAX)
		err = EAGAIN;
	if (!err) {
		q->mail.run = on_answer;
		q->done = done;
		q->arg = arg;
		t->waiting++;
		STAILQ_INSERT_TAIL(&t->unwritten, q, link);
		pthread_cond_signal(&t->wake);
	}
	pthread_mutex_unlock(&t->lock);
	if (err && q)
		free_question(q);
	return err;
}

/* ---- life ---- */

static void set_limits(struct trace *t, const struct trace_limits *limits)
{
	char *host = limits->hep_host ? strdup(limits->hep_host) : NULL;
	struct trace_limits before = t->limits;

	t->limits = *limits;
	if (host || !limits->hep_host) {
		free(t->hep_host);
		t->limits.hep_host = t->hep_host = host;
		t->hep_changed = true;
	} else {
		t->limits.hep_host = before.hep_host;
		t->limits.hep_port = before.hep_port;
	}
}

void trace_set_limits(struct trace *t, const struct trace_limits *limits)
{
	pthread_mutex_lock(&t->lock);
	set_limits(t, limits);
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
}

void trace_stats(struct trace *t, struct trace_stats *out)
{
	pthread_mutex_lock(&t->lock);
	*out = t->stats;
	pthread_mutex_unlock(&t->lock);
}

static int start(struct trace *t, const struct trace_params *params)
{
	int err = filing_open(&t->filing, params->folder);

	if (err)
		return err;
	t->filling.bytes = malloc(BATCH_MAX);
	t->writing.bytes = malloc(BATCH_MAX);
	t->mail = event_new(params->base, t->mailbox.fd, EV_READ | EV_PERSIST, on_mail, t);
	if (!t->filling.bytes || !t->writing.bytes || !t->mail || event_add(t->mail, NULL))
		return ENOMEM;
	err = pthread_create(&t->writer, NULL, run_writer, t);
	t->writes = !err;
	if (!err)
		err = pthread_create(&t->reader, NULL, run_reader, t);
	t->reads = t->writes && !err;
	return err;
}

int trace_alloc(struct trace **out, const struct trace_params *params)
{
	struct trace *t = calloc(1, sizeof *t);
	int err;

	if (!t)
		return ENOMEM;
	err = mailbox_open(&t->mailbox);
	if (err) {
		free(t);
		return err;
	}
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->wake, NULL);
	pthread_cond_init(&t->ask, NULL);
	STAILQ_INIT(&t->unwritten);
	STAILQ_INIT(&t->asked);
	t->filling.last = t->writing.last = SIZE_MAX;
	set_limits(t, &params->limits);
	err = start(t, params);
	if (err) {
		trace_free(t);
		return err;
	}
	*out = t;
	return 0;
}

static void stop(struct trace *t)
{
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	if (t->writes)
		pthread_join(t->writer, NULL);
	pthread_mutex_lock(&t->lock);
	t->reader_stop = true;
	pthread_cond_signal(&t->ask);
	pthread_mutex_unlock(&t->lock);
	if (t->reads)
		pthread_join(t->reader, NULL);
	mailbox_run(&t->mailbox, t);
}

void trace_free(struct trace *t)
{
	if (!t)
		return;
	stop(t);
	if (t->mail)
		event_free(t->mail);
	mailbox_close(&t->mailbox);
	filing_close(&t->filing);
	free(t->hep_host);
	free(t->filling.bytes);
	free(t->writing.bytes);
	json_text_free(&t->text);
	pthread_cond_destroy(&t->wake);
	pthread_cond_destroy(&t->ask);
	pthread_mutex_destroy(&t->lock);
	free(t);
}
