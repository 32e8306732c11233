/* See trace.h. */
#include "daemon/offhookd/trace/trace.h"

#include "daemon/offhookd/trace/trace_own.h"
#include "daemon/offhookd/trace/find.h"
#include "daemon/offhookd/trace/hep.h"
#include "lib/clock.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
