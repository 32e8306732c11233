/* control/journal_writer: the journal's thread; see journal.h. */
#include "daemon/offhookd/control/journal_private.h"

#include "lib/file.h"
#include "lib/json_text.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	QUEUE_MAX = 32 << 20, /* bytes */
	SYNC_MS = 100,
	/* Once awake the thread looks again this often, until a look finds nothing: so a busy switch wakes it
	 * seldom (two switches of context for each event were a third of a call's cost). */
	LOOK_MS = 4,
	FLUSH_S = 5,
	COMPLAIN_S = 10, /* between two complaints about a disk that fails */
};

/* Bytes for one segment, or an order to delete one. */
struct order {
	TAILQ_ENTRY(order) entry;
	uint64_t segment;
	bool delete;
	char *bytes;
	size_t length, capacity;
	uint64_t events;
};

struct journal_writer {
	pthread_t thread;
	pthread_mutex_t lock; /* for what follows, up to `closing` */
	pthread_cond_t wake;
	pthread_cond_t empty; /* nothing is queued or being written any more */
	bool writing;
	TAILQ_HEAD(orders, order) orders;
	size_t queued;
	char *acks;
	uint64_t lost;
	bool closing;
	bool idle; /* the thread waits to be woken */
	/* The thread's own. */
	char *dir;
	char header[64];
	int fd; /* of `segment`, or -1 */
	uint64_t segment;
	off_t end; /* of that file */
	bool unsynced, new_names;
	struct timespec synced, complained;
};

static void complain(struct journal_writer *w, const char *what, uint64_t segment, int err)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (w->complained.tv_sec && now.tv_sec - w->complained.tv_sec < COMPLAIN_S)
		return;
	w->complained = now;
	log_error("journal.failed", NULL, "action=%s segment=%" PRIu64 " dir=%s error=%s", what, segment,
		  log_quote(w->dir), log_quote(strerror(err)));
}

/* Syncs the folder, so that new, renamed and deleted names last. */
static void sync_names(struct journal_writer *w)
{
	int err = file_sync_folder(w->dir);

	if (err != 0)
		complain(w, "sync-folder", w->segment, err);
	w->new_names = false;
}

static void sync_segment(struct journal_writer *w)
{
	if (w->fd >= 0 && w->unsynced && fdatasync(w->fd) < 0)
		complain(w, "sync", w->segment, errno);
	w->unsynced = false;
}

/* Replaces the file "acked". */
static void write_acks(struct journal_writer *w, const char *text)
{
	char path[JOURNAL_PATH_SIZE];
	int err;

	snprintf(path, sizeof(path), "%s/acked", w->dir);
	err = file_replace(path, text, strlen(text));
	if (err != 0)
		complain(w, "write-acked", w->segment, err);
	w->new_names = true;
}

static void open_segment(struct journal_writer *w, uint64_t segment)
{
	char path[JOURNAL_PATH_SIZE];

	if (w->fd >= 0) {
		sync_segment(w);
		close(w->fd);
	}
	journal_path(w->dir, segment, path);
	w->segment = segment;
	w->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (w->fd < 0)
		return;
	w->new_names = true;
	w->end = lseek(w->fd, 0, SEEK_END);
	if (w->end > 0)
		return;
	w->end = (off_t)strlen(w->header);
	/* One that could not take its first line is begun again when there is room. */
	if (file_write_all(w->fd, w->header, strlen(w->header)) != 0) {
		if (ftruncate(w->fd, 0) < 0)
			complain(w, "truncate", segment, errno);
		close(w->fd);
		w->fd = -1;
		errno = ENOSPC;
	}
}

static void carry_out(struct journal_writer *w, const struct order *order)
{
	char path[JOURNAL_PATH_SIZE];
	int err;

	if (order->delete) {
		journal_path(w->dir, order->segment, path);
		if (unlink(path) < 0 && errno != ENOENT)
			complain(w, "delete", order->segment, errno);
		w->new_names = true;
		return;
	}
	if (w->fd < 0 || w->segment != order->segment)
		open_segment(w, order->segment);
	err = w->fd < 0 ? (errno ? errno : EIO) : 0;
	if (err == 0)
		err = file_write_all(w->fd, order->bytes, order->length);
	w->unsynced = true;
	if (err == 0) {
		w->end += (off_t)order->length;
		return;
	}
	complain(w, "write", order->segment, err);
	/* No half line may stand before the next. */
	if (w->fd >= 0 && ftruncate(w->fd, w->end) < 0)
		complain(w, "truncate", order->segment, errno);
	pthread_mutex_lock(&w->lock);
	w->lost += order->events;
	pthread_mutex_unlock(&w->lock);
}

static int64_t ms_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)(now.tv_sec - then->tv_sec) * 1000 + (now.tv_nsec - then->tv_nsec) / 1000000;
}

/* Syncs, and writes `acks` (stolen, may be NULL). Called without the lock. */
static void sync_all(struct journal_writer *w, char *acks)
{
	/* What is acknowledged must not be forgotten before it is written, nor the other way round; neither
	 * order does harm. */
	sync_segment(w);
	if (acks)
		write_acks(w, acks);
	free(acks);
	if (w->new_names)
		sync_names(w);
	clock_gettime(CLOCK_MONOTONIC, &w->synced);
}

static void wait_ms(struct journal_writer *w, int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&w->wake, &w->lock, &until);
}

/* Waits for an order, or for the time to sync; `worked`: it had one just now. Called with the lock. */
static void wait_for_work(struct journal_writer *w, bool worked)
{
	bool dirty = w->unsynced || w->new_names || w->acks;
	int64_t left = SYNC_MS - ms_since(&w->synced);

	if (worked) {
		wait_ms(w, LOOK_MS);
		return;
	}
	w->idle = true;
	if (!dirty)
		pthread_cond_wait(&w->wake, &w->lock);
	else if (left > 0)
		wait_ms(w, left);
	w->idle = false;
}

static void free_order(struct order *order)
{
	free(order->bytes);
	free(order);
}

static void *run(void *arg)
{
	struct journal_writer *w = arg;
	struct order *order;
	char *acks;
	bool worked = false;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		order = TAILQ_FIRST(&w->orders);
		if (order) {
			worked = true;
			TAILQ_REMOVE(&w->orders, order, entry);
			w->queued -= order->length;
			w->writing = true;
			pthread_mutex_unlock(&w->lock);
			carry_out(w, order);
			free_order(order);
			pthread_mutex_lock(&w->lock);
			w->writing = false;
			if (TAILQ_EMPTY(&w->orders))
				pthread_cond_signal(&w->empty);
		}
		if ((w->unsynced || w->new_names || w->acks) &&
		    (ms_since(&w->synced) >= SYNC_MS || w->closing)) {
			acks = w->acks;
			w->acks = NULL;
			pthread_mutex_unlock(&w->lock);
			sync_all(w, acks);
			pthread_mutex_lock(&w->lock);
		}
		/* What is acknowledged waits for the next sync, unless this is the end. */
		if (!TAILQ_EMPTY(&w->orders) || (w->acks && w->closing))
			continue;
		if (w->closing)
			break;
		wait_for_work(w, worked);
		worked = false;
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static int init_sync(struct journal_writer *w)
{
	pthread_condattr_t attr;
	int err = pthread_mutex_init(&w->lock, NULL);

	if (err != 0)
		return err;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	err = pthread_cond_init(&w->wake, &attr);
	if (err == 0 && (err = pthread_cond_init(&w->empty, &attr)) != 0)
		pthread_cond_destroy(&w->wake);
	pthread_condattr_destroy(&attr);
	if (err != 0)
		pthread_mutex_destroy(&w->lock);
	return err;
}

static void free_sync(struct journal_writer *w)
{
	pthread_cond_destroy(&w->empty);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
}

int journal_writer_alloc(struct journal_writer **out, const char *dir, const char *switch_id)
{
	struct journal_writer *w = calloc(1, sizeof(*w));
	int err = ENOMEM;

	if (!w)
		return ENOMEM;
	TAILQ_INIT(&w->orders);
	w->fd = -1;
	w->dir = strdup(dir);
	snprintf(w->header, sizeof(w->header), "offhook-journal 1 %s\n", switch_id);
	if (w->dir)
		err = init_sync(w);
	if (err != 0)
		goto out;
	err = pthread_create(&w->thread, NULL, run, w);
	if (err != 0) {
		free_sync(w);
		goto out;
	}
	*out = w;
	return 0;
out:
	free(w->dir);
	free(w);
	return err;
}

/* Gives the lock back, and wakes the thread if it would not look by itself. */
static void unlock_and_wake(struct journal_writer *w)
{
	bool idle = w->idle;

	w->idle = false;
	pthread_mutex_unlock(&w->lock);
	if (idle)
		pthread_cond_signal(&w->wake);
}

void journal_writer_flush(struct journal_writer *w)
{
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += FLUSH_S;
	pthread_mutex_lock(&w->lock);
	while (err == 0 && (w->writing || !TAILQ_EMPTY(&w->orders)))
		err = pthread_cond_timedwait(&w->empty, &w->lock, &until);
	pthread_mutex_unlock(&w->lock);
}

void journal_writer_free(struct journal_writer *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->closing = true;
	w->idle = true; /* wakes it from its shorter wait as well */
	unlock_and_wake(w);
	pthread_join(w->thread, NULL);
	if (w->fd >= 0)
		close(w->fd);
	free_sync(w);
	free(w->dir);
	free(w);
}

static bool reserve(struct order *order, size_t more)
{
	size_t capacity = order->capacity ? order->capacity : 4096;
	char *bytes;

	while (capacity < order->length + more)
		capacity *= 2;
	if (capacity == order->capacity)
		return true;
	bytes = realloc(order->bytes, capacity);
	if (!bytes)
		return false;
	order->bytes = bytes;
	order->capacity = capacity;
	return true;
}

/* The order that more bytes for the segment can join, or a new one. Called with the lock. */
static struct order *order_for(struct journal_writer *w, uint64_t segment)
{
	struct order *order = TAILQ_LAST(&w->orders, orders);

	if (order && !order->delete &&order->segment == segment)
		return order;
	order = calloc(1, sizeof(*order));
	if (!order)
		return NULL;
	order->segment = segment;
	TAILQ_INSERT_TAIL(&w->orders, order, entry);
	return order;
}

int journal_writer_append(struct journal_writer *w, uint64_t segment, uint64_t seq, bool repeated,
			  const char *text, size_t length)
{
	struct order *order;
	char room[32], *head = room + sizeof(room);
	size_t head_length;
	int err = 0;

	*--head = ' ';
	head = json_text_digits(head, seq, 1);
	if (repeated)
		*--head = '=';
	head_length = (size_t)(room + sizeof(room) - head);

	pthread_mutex_lock(&w->lock);
	if (w->queued + head_length + length > QUEUE_MAX)
		err = ENOBUFS;
	order = err == 0 ? order_for(w, segment) : NULL;
	if (err == 0 && (!order || !reserve(order, head_length + length)))
		err = ENOMEM;
	if (err == 0) {
		memcpy(order->bytes + order->length, head, head_length);
		memcpy(order->bytes + order->length + head_length, text, length);
		order->length += head_length + length;
		order->events += !repeated;
		w->queued += head_length + length;
	}
	unlock_and_wake(w);
	return err;
}

void journal_writer_delete(struct journal_writer *w, uint64_t segment)
{
	struct order *order = calloc(1, sizeof(*order));

	/* Without memory the file stays, and goes at the next start. */
	if (!order)
		return;
	order->segment = segment;
	order->delete = true;
	pthread_mutex_lock(&w->lock);
	TAILQ_INSERT_TAIL(&w->orders, order, entry);
	unlock_and_wake(w);
}

void journal_writer_acks(struct journal_writer *w, char *text)
{
	pthread_mutex_lock(&w->lock);
	free(w->acks);
	w->acks = text;
	unlock_and_wake(w);
}

uint64_t journal_writer_lost(struct journal_writer *w)
{
	uint64_t lost;

	pthread_mutex_lock(&w->lock);
	lost = w->lost;
	pthread_mutex_unlock(&w->lock);
	return lost;
}
