/* See publisher.h. */
#include "daemon/api/publish/publisher.h"

#include "daemon/api/store/cursors.h"
#include "daemon/api/store/events.h"
#include "lib/json_text.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { BATCH_MAX = 200, PAUSE_FIRST_MS = 200, PAUSE_MAX_MS = 10000 };

/* What the thread has to do. It is the main thread's but while `under_way`. */
struct batch {
	struct broker_message messages[BATCH_MAX];
	size_t count;
	int64_t last; /* of the log: as far as this goes, what is not told to anybody included */
};

struct publisher {
	struct publisher_setup with;
	char name[80]; /* of the cursor */
	int64_t cursor, newest;
	struct batch batch;
	bool under_way;
	struct event *done;
	int done_fd;

	pthread_t thread;
	bool has_thread;
	pthread_mutex_t mutex; /* guards the two below */
	pthread_cond_t wake;
	bool has_work, ends;

	atomic_bool connected;
	atomic_uint_fast64_t published, failures;
};

/* ---- the thread ---- */

/* Sleeps, or is woken for the end. False: it is the end. */
static bool pause_thread(struct publisher *p, unsigned ms)
{
	struct timespec until;
	bool goes_on;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&p->mutex);
	while (!p->ends && pthread_cond_timedwait(&p->wake, &p->mutex, &until) != ETIMEDOUT)
		;
	goes_on = !p->ends;
	pthread_mutex_unlock(&p->mutex);
	return goes_on;
}

static bool wait_for_work(struct publisher *p)
{
	bool has_work;

	pthread_mutex_lock(&p->mutex);
	while (!p->ends && !p->has_work)
		pthread_cond_wait(&p->wake, &p->mutex);
	has_work = p->has_work && !p->ends;
	pthread_mutex_unlock(&p->mutex);
	return has_work;
}

static void finish_work(struct publisher *p)
{
	const uint64_t one = 1;

	atomic_fetch_add(&p->published, p->batch.count);
	pthread_mutex_lock(&p->mutex);
	p->has_work = false;
	pthread_mutex_unlock(&p->mutex);
	if (write(p->done_fd, &one, sizeof one) != sizeof one)
		log_error("bus.failed", NULL, "broker=%s", p->with.broker->name);
}

/* The first failure of a row is told, and the first success after it. */
static void note_failure(struct publisher *p, const char *error, bool *told)
{
	atomic_fetch_add(&p->failures, 1);
	atomic_store(&p->connected, false);
	log_at(*told ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, "bus.unreachable", NULL, "broker=%s why=%s",
	       p->with.broker->name, log_quote(error));
	*told = true;
}

static void note_success(struct publisher *p, bool *told)
{
	if (!atomic_exchange(&p->connected, true))
		log_info("bus.connected", NULL, "broker=%s", p->with.broker->name);
	*told = false;
}

static void *run(void *arg)
{
	struct publisher *p = arg;
	const struct broker *broker = p->with.broker;
	char error[BROKER_ERROR_SIZE];
	unsigned pause_ms = PAUSE_FIRST_MS;
	bool told = false;
	void *state = NULL;

	while (wait_for_work(p)) {
		if (!state)
			state = broker->open(p->with.conf, error);
		if (state && broker->send(state, p->batch.messages, p->batch.count, error) == 0) {
			note_success(p, &told);
			pause_ms = PAUSE_FIRST_MS;
			finish_work(p);
			continue;
		}
		if (state)
			broker->close(state);
		state = NULL;
		note_failure(p, error, &told);
		if (!pause_thread(p, pause_ms))
			break;
		pause_ms = pause_ms * 2 < PAUSE_MAX_MS ? pause_ms * 2 : PAUSE_MAX_MS;
	}
	if (state)
		broker->close(state);
	return NULL;
}

/* ---- the log ---- */

static void clear(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		free(batch->messages[i].subject);
		free(batch->messages[i].text);
	}
	batch->count = 0;
}

/* "PREFIX.ACCOUNT.call.state"; what means something in a subject is none of an account's name. */
static char *subject_of(const struct publisher *p, const struct log_entry *entry)
{
	const char *prefix = p->with.conf->subject;
	size_t size = strlen(prefix) + strlen(entry->account) + strlen(entry->type) + 3;
	char *subject = malloc(size), *at;

	if (!subject)
		return NULL;
	snprintf(subject, size, "%s.%s.%s", prefix, entry->account, entry->type);
	at = subject + strlen(prefix) + 1;
	for (size_t i = 0; i < strlen(entry->account); i++)
		if (strchr(".*> \t", at[i]))
			at[i] = '_';
	return subject;
}

struct adding {
	struct publisher *p;
	const struct log_entry *entry;
};

static void add(const struct bus_event *event, void *arg)
{
	struct adding *adding = arg;
	struct publisher *p = adding->p;
	struct broker_message *m = &p->batch.messages[p->batch.count];
	const struct log_entry *entry = adding->entry;
	json_t *json = p->with.render(event, p->with.arg);

	*m = (struct broker_message){ .text = json ? json_dumps(json, JSON_TEXT_FLAGS) : NULL };
	json_decref(json);
	m->subject = m->text ? subject_of(p, entry) : NULL;
	if (!m->subject) {
		free(m->text);
		return;
	}
	m->length = strlen(m->text);
	snprintf(m->id, sizeof m->id, "%s:%lld", *entry->call_id ? entry->call_id : entry->conference_id,
		 (long long)entry->n);
	p->batch.count++;
}

static bool take(const struct log_entry *entry, void *arg)
{
	struct publisher *p = arg;
	struct adding adding = { p, entry };

	p->batch.last = entry->nr;
	bus_of_log(p->with.store, entry, add, &adding);
	return p->batch.count < BATCH_MAX;
}

static void hand_over(struct publisher *p)
{
	pthread_mutex_lock(&p->mutex);
	p->has_work = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->mutex);
	p->under_way = true;
}

static void go_on(struct publisher *p)
{
	while (!p->under_way && p->cursor < p->newest) {
		clear(&p->batch);
		p->batch.last = p->cursor;
		if (events_of_all(p->with.store, p->cursor, BATCH_MAX, take, p)) {
			log_error("bus.failed", NULL, "broker=%s why=\"the log cannot be read\"",
				  p->with.broker->name);
			return;
		}
		if (p->batch.count)
			hand_over(p);
		else if (p->batch.last > p->cursor)
			p->cursor = p->batch.last; /* nothing of it can be shown any more */
		else
			p->cursor = p->newest; /* what there was is deleted */
	}
}

static void on_done(evutil_socket_t fd, short what, void *arg)
{
	struct publisher *p = arg;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) != sizeof count || !p->under_way)
		return;
	p->under_way = false;
	p->cursor = p->batch.last;
	if (cursor_set(p->with.store, p->name, p->cursor))
		log_error("bus.failed", NULL, "broker=%s why=\"how far it is cannot be written\"",
			  p->with.broker->name);
	go_on(p);
}

static void on_event(const struct bus_event *event, void *arg)
{
	struct publisher *p = arg;

	if (event->nr > p->newest)
		p->newest = event->nr;
	go_on(p);
}

/* ---- beginning and end ---- */

static int find_cursor(struct publisher *p)
{
	int err = events_newest(p->with.store, &p->newest);

	snprintf(p->name, sizeof p->name, "bus:%s", p->with.broker->name);
	if (!err)
		err = cursor_get(p->with.store, p->name, &p->cursor);
	if (err == ENOENT) {
		p->cursor = p->newest;
		err = cursor_set(p->with.store, p->name, p->cursor);
	}
	return err;
}

static int start_thread(struct publisher *p)
{
	int err = pthread_create(&p->thread, NULL, run, p);

	p->has_thread = !err;
	return err;
}

int publisher_alloc(struct publisher **out, const struct publisher_setup *setup)
{
	struct publisher *p = calloc(1, sizeof *p);
	int err;

	if (!p)
		return ENOMEM;
	p->with = *setup;
	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->wake, NULL);
	p->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = p->done_fd < 0 ? errno : find_cursor(p);
	if (!err) {
		p->done = event_new(setup->base, p->done_fd, EV_READ | EV_PERSIST, on_done, p);
		err = p->done && !event_add(p->done, NULL) ? start_thread(p) : ENOMEM;
	}
	if (!err)
		err = bus_subscribe(setup->bus, on_event, p);
	if (err) {
		publisher_free(p);
		return err;
	}
	go_on(p);
	*out = p;
	return 0;
}

void publisher_free(struct publisher *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->mutex);
	p->ends = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->mutex);
	if (p->has_thread)
		pthread_join(p->thread, NULL);
	if (p->done)
		event_free(p->done);
	if (p->done_fd >= 0)
		close(p->done_fd);
	clear(&p->batch);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

void publisher_stats(const struct publisher *p, struct publisher_stats *out)
{
	*out = (struct publisher_stats){ .broker = p->with.broker->name,
					 .connected = atomic_load(&p->connected),
					 .waiting = p->newest - p->cursor,
					 .published = atomic_load(&p->published),
					 .failures = atomic_load(&p->failures) };
}
