#define _GNU_SOURCE /* memfd_create */
#include "daemon/api/speech/convert.h"

#include "daemon/api/speech/convert_file.h"
#include "daemon/api/vault/s3.h"
#include "daemon/api/vault/sealed.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a file is of. */
struct key {
	char id[UUID_TEXT_SIZE];
	bool as_it_is;
	enum conf_sound format;
	int channels;
};

/* Who waits for it. */
struct waiter {
	struct waiter *next;
	convert_h *handler;
	void *arg;
};

struct job {
	struct job *next;
	struct key key;
	int in, out; /* descriptors, or -1 */
	char *object;
	bool sealed;
	int64_t time_ms;
	int err;
	bool forgotten; /* nobody may have it any more */
	struct waiter *waiters;
};

struct kept {
	struct key key;
	int fd; /* -1: the place is free */
	uint64_t bytes;
	int64_t used_us, until_us;
};

struct convert {
	struct convert_setup setup;
	struct kept kept[CONVERT_KEPT_MAX];
	struct job *jobs;      /* all, oldest first: the event base's thread alone */
	size_t waiting;	       /* who waits, of all jobs */
	pthread_mutex_t mutex; /* guards `next`, `done` and `stop` */
	pthread_cond_t wake;
	pthread_t thread;
	bool running;
	atomic_bool stop;
	struct job *next, *done; /* the one that is to be made, that is made */
	int fd;
	struct event *ready, *timer;
};

static bool same(const struct key *a, const struct key *b)
{
	if (a->as_it_is || b->as_it_is)
		return a->as_it_is && b->as_it_is && !strcmp(a->id, b->id);
	return !strcmp(a->id, b->id) && a->format == b->format && a->channels == b->channels;
}

/* ---- files that are kept ---- */

/* Another description of the same file, at its beginning. */
static int open_again(int fd)
{
	char path[40];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void kept_close(struct kept *kept)
{
	if (kept->fd >= 0)
		close(kept->fd);
	*kept = (struct kept){ .fd = -1 };
}

static struct kept *kept_find(struct convert *convert, const struct key *key)
{
	for (size_t i = 0; i < CONVERT_KEPT_MAX; i++)
		if (convert->kept[i].fd >= 0 && same(&convert->kept[i].key, key))
			return &convert->kept[i];
	return NULL;
}

/* A free place, or NULL. */
static struct kept *kept_free(struct convert *convert)
{
	for (size_t i = 0; i < CONVERT_KEPT_MAX; i++)
		if (convert->kept[i].fd < 0)
			return &convert->kept[i];
	return NULL;
}

/* The one that was not used for longest; NULL: none is kept. */
static struct kept *kept_oldest(struct convert *convert)
{
	struct kept *oldest = NULL;

	for (size_t i = 0; i < CONVERT_KEPT_MAX; i++)
		if (convert->kept[i].fd >= 0 && (!oldest || convert->kept[i].used_us < oldest->used_us))
			oldest = &convert->kept[i];
	return oldest;
}

static uint64_t kept_total(const struct convert *convert)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < CONVERT_KEPT_MAX; i++)
		bytes += convert->kept[i].bytes;
	return bytes;
}

/* Keeps the file of `fd` (taken), if there may be so much. */
static void keep(struct convert *convert, const struct key *key, int fd)
{
	struct kept *kept, *oldest;
	struct stat info;

	if (fstat(fd, &info) || (uint64_t)info.st_size > convert->setup.kept_bytes) {
		close(fd);
		return;
	}
	while (
	    (oldest = kept_oldest(convert)) &&
	    (!kept_free(convert) || kept_total(convert) + (uint64_t)info.st_size > convert->setup.kept_bytes))
		kept_close(oldest);
	kept = kept_free(convert);
	*kept = (struct kept){ .key = *key,
			       .fd = fd,
			       .bytes = (uint64_t)info.st_size,
			       .used_us = clock_mono_us(),
			       .until_us = clock_mono_us() + CONVERT_KEPT_S * INT64_C(1000000) };
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct convert *convert = arg;

	(void)fd, (void)what;
	for (size_t i = 0; i < CONVERT_KEPT_MAX; i++)
		if (convert->kept[i].fd >= 0 && convert->kept[i].until_us < clock_mono_us())
			kept_close(&convert->kept[i]);
}

/* ---- conversions ---- */

static void job_free(struct job *job)
{
	struct waiter *next;

	for (struct waiter *waiter = job->waiters; waiter; waiter = next) {
		next = waiter->next;
		free(waiter);
	}
	if (job->in >= 0)
		close(job->in);
	if (job->out >= 0)
		close(job->out);
	free(job->object);
	free(job);
}

/* A file without a name. Returns its descriptor, or -1. */
static int open_nameless(const char *folder)
{
	char path[1024], name[17];
	int fd;

	if (snprintf(path, sizeof path, "%s/converted-%s", folder, random_hex(name, 8)) >= (int)sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		unlink(path);
	return fd;
}

/* Where what was encrypted goes: its plain text is in memory, unless it is large. */
static int open_secret(const struct convert *convert, int in)
{
	struct stat info;

	if (fstat(in, &info))
		return -1;
	return info.st_size > CONVERT_MEMORY ? open_nameless(convert->setup.folder)
					     : memfd_create("recording", MFD_CLOEXEC);
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* What is to be converted, as a file that can be read: *out is job->in itself, or the caller's. */
static int bring(struct convert *convert, struct job *job, int *out)
{
	char error[S3_ERROR_SIZE];
	int fetched = -1, opened = -1, err = 0;

	if (job->object) {
		fetched = open_nameless(convert->setup.folder);
		err = fetched < 0 ? errno
				  : s3_get(convert->setup.s3, job->object, fetched, &convert->stop, error);
		if (fetched >= 0 && err && err != ECANCELED)
			log_warn("recording.fetch_failed", NULL, "recording=%s object=%s error=%s",
				 job->key.id, log_quote(job->object), log_quote(error));
	}
	if (!err && job->sealed) {
		const int in = job->object ? fetched : job->in;

		opened = open_secret(convert, in);
		err = opened < 0 ? errno : sealed_open(in, opened, convert->setup.ring, &convert->stop);
		if (err == ENOKEY || err == EBADMSG)
			log_error("recording.sealed", NULL, "recording=%s error=%s", job->key.id,
				  err == ENOKEY ? "\"there is no key for it\"" : "\"it was changed or cut\"");
	}
	*out = opened >= 0 ? opened : fetched >= 0 ? fetched : job->in;
	if (fetched >= 0 && *out != fetched)
		close(fetched);
	return err;
}

static void make(struct convert *convert, struct job *job)
{
	const struct timespec time = { .tv_sec = (time_t)(job->time_ms / 1000),
				       .tv_nsec = (long)(job->time_ms % 1000) * 1000000 };
	int in;

	job->err = bring(convert, job, &in);
	if (!job->err && job->key.as_it_is && in != job->in) {
		job->out = in;
	} else if (!job->err) {
		job->out = job->sealed ? open_secret(convert, in) : open_nameless(convert->setup.folder);
		job->err = job->out < 0 ? errno
					: convert_file(in, job->out, job->key.format, job->key.channels,
						       &convert->stop);
	}
	if (in != job->in && in != job->out)
		close_if_open(in);
	/* as old as the recording: the same each time that it is made */
	if (!job->err)
		futimens(job->out, (struct timespec[]){ time, time });
}

static void *work(void *arg)
{
	struct convert *convert = arg;
	const uint64_t one = 1;

	pthread_mutex_lock(&convert->mutex);
	for (;;) {
		struct job *job;

		while (!convert->stop && !convert->next)
			pthread_cond_wait(&convert->wake, &convert->mutex);
		if (convert->stop)
			break;
		job = convert->next;
		convert->next = NULL;
		pthread_mutex_unlock(&convert->mutex);
		make(convert, job);
		pthread_mutex_lock(&convert->mutex);
		convert->done = job;
		if (write(convert->fd, &one, sizeof one) < 0)
			log_error("convert.wake_failed", NULL, "%s", "");
	}
	pthread_mutex_unlock(&convert->mutex);
	return NULL;
}

/* Hands the oldest job to the thread. */
static void begin(struct convert *convert)
{
	pthread_mutex_lock(&convert->mutex);
	convert->next = convert->jobs;
	pthread_cond_signal(&convert->wake);
	pthread_mutex_unlock(&convert->mutex);
}

static void tell(struct convert *convert, struct job *job)
{
	const int err = job->forgotten ? ENOENT : job->err;
	struct waiter *waiter;

	while ((waiter = job->waiters)) {
		int fd = err ? -1 : open_again(job->out);

		job->waiters = waiter->next;
		convert->waiting--;
		waiter->handler(fd, fd < 0 && !err ? errno : err, waiter->arg);
		free(waiter);
	}
	if (!err) {
		keep(convert, &job->key, job->out);
		job->out = -1;
	}
	job_free(job);
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct convert *convert = arg;
	struct job *job;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) < 0)
		return;
	pthread_mutex_lock(&convert->mutex);
	job = convert->done;
	convert->done = NULL;
	pthread_mutex_unlock(&convert->mutex);
	if (!job)
		return;
	convert->jobs = job->next; /* it was the oldest */
	if (convert->jobs)
		begin(convert);
	tell(convert, job);
}

/* The job that makes it, a new one when there is none: then `fd` is its. NULL: no memory. */
static struct job *job_for(struct convert *convert, const struct convert_wish *wish, const struct key *key,
			   int fd, bool *is_new)
{
	struct job **last = &convert->jobs, *job;

	for (; *last; last = &(*last)->next)
		if (same(&(*last)->key, key) && !(*last)->forgotten)
			return *last;
	job = calloc(1, sizeof *job);
	if (!job)
		return NULL;
	job->key = *key;
	job->object = wish->object ? strdup(wish->object) : NULL;
	if (wish->object && !job->object) {
		free(job);
		return NULL;
	}
	job->sealed = wish->sealed;
	job->time_ms = wish->time_ms;
	job->in = fd;
	job->out = -1;
	*last = job;
	*is_new = true;
	return job;
}

int convert_start(struct convert *convert, const struct convert_wish *wish, int fd, convert_h *handler,
		  void *arg)
{
	struct key key = { .as_it_is = wish->as_it_is, .format = wish->format, .channels = wish->channels };
	bool first = !convert->jobs, is_new = false;
	struct waiter *waiter;
	struct kept *kept;
	struct job *job;

	snprintf(key.id, sizeof key.id, "%s", wish->id);
	kept = kept_find(convert, &key);
	if (kept) {
		close_if_open(fd);
		kept->used_us = clock_mono_us();
		fd = open_again(kept->fd);
		handler(fd, fd < 0 ? errno : 0, arg);
		return 0;
	}
	waiter = convert->waiting < CONVERT_WAITING_MAX ? calloc(1, sizeof *waiter) : NULL;
	job = waiter ? job_for(convert, wish, &key, fd, &is_new) : NULL;
	if (!is_new)
		close_if_open(fd);
	if (!job) {
		free(waiter);
		return convert->waiting < CONVERT_WAITING_MAX ? ENOMEM : EAGAIN;
	}
	*waiter = (struct waiter){ job->waiters, handler, arg };
	job->waiters = waiter;
	convert->waiting++;
	if (first)
		begin(convert);
	return 0;
}

void convert_forget(struct convert *convert, const char *id)
{
	for (size_t i = 0; i < CONVERT_KEPT_MAX; i++)
		if (convert->kept[i].fd >= 0 && !strcmp(convert->kept[i].key.id, id))
			kept_close(&convert->kept[i]);
	for (struct job *job = convert->jobs; job; job = job->next)
		if (!strcmp(job->key.id, id))
			job->forgotten = true;
}

/* ---- life ---- */

int convert_alloc(struct convert **out, const struct convert_setup *setup)
{
	const struct timeval period = { .tv_sec = CONVERT_KEPT_S / 10 };
	struct convert *convert = calloc(1, sizeof *convert);

	if (!convert)
		return ENOMEM;
	pthread_mutex_init(&convert->mutex, NULL);
	pthread_cond_init(&convert->wake, NULL);
	for (size_t i = 0; i < CONVERT_KEPT_MAX; i++)
		convert->kept[i].fd = -1;
	convert->setup = *setup;
	convert->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (convert->fd >= 0)
		convert->ready = event_new(setup->base, convert->fd, EV_READ | EV_PERSIST, on_ready, convert);
	convert->timer = event_new(setup->base, -1, EV_PERSIST, on_timer, convert);
	if (!convert->ready || !convert->timer || event_add(convert->ready, NULL) ||
	    event_add(convert->timer, &period) || pthread_create(&convert->thread, NULL, work, convert)) {
		convert_free(convert);
		return ENOMEM;
	}
	convert->running = true;
	*out = convert;
	return 0;
}

void convert_free(struct convert *convert)
{
	struct job *next;

	if (!convert)
		return;
	pthread_mutex_lock(&convert->mutex);
	convert->stop = true;
	pthread_cond_signal(&convert->wake);
	pthread_mutex_unlock(&convert->mutex);
	if (convert->running)
		pthread_join(convert->thread, NULL);
	for (struct job *job = convert->jobs; job; job = next) {
		next = job->next;
		job_free(job);
	}
	for (size_t i = 0; i < CONVERT_KEPT_MAX; i++)
		kept_close(&convert->kept[i]);
	if (convert->ready)
		event_free(convert->ready);
	if (convert->timer)
		event_free(convert->timer);
	if (convert->fd >= 0)
		close(convert->fd);
	free(convert);
}
