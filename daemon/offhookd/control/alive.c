/* See alive.h. */
#define _GNU_SOURCE /* pthread_setname_np */
#include "daemon/offhookd/control/alive.h"

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	SETTINGS_MAX = 32, /* of the wall clock that are kept; the newest */
	SLACK_MS = 500,	   /* that the clocks may drift apart before it counts as set */
	/* of what began within this of a change of the clock, either time may be meant */
	EDGE_MS = 1000,
};

static const char magic[8] = "offhook1";

/* Since when the wall clock has been so much ahead of the monotonic one. */
struct setting {
	int64_t since_ms, ahead_ms; /* monotonic; UTC less that */
};

/* What the file holds: of this machine's byte order, as it is not for any other. */
struct record {
	char magic[8];
	int64_t last_ms; /* monotonic */
	uint64_t count;
	struct setting settings[SETTINGS_MAX];
};

struct alive {
	char path[FILE_PATH_SIZE];
	struct record before, now; /* `before` without magic: nothing is known */
	pthread_mutex_t lock;
	pthread_cond_t ending;
	pthread_t thread;
	bool runs, ends, failed;
	int fd;
};

/* ---- reading ---- */

static bool is_sound(const struct record *r)
{
	if (memcmp(r->magic, magic, sizeof magic) != 0 || r->count == 0 || r->count > SETTINGS_MAX)
		return false;
	for (uint64_t i = 1; i < r->count; i++)
		if (r->settings[i].since_ms < r->settings[i - 1].since_ms)
			return false;
	return r->last_ms >= r->settings[r->count - 1].since_ms;
}

static void read_before(struct alive *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, &a->before, sizeof a->before);

	if (fd >= 0)
		close(fd);
	if (n == (ssize_t)sizeof a->before && is_sound(&a->before))
		return;
	if (n >= 0)
		log_warn("journal.alive_unreadable", NULL, "file=%s note=%s", log_quote(a->path),
			 log_quote("how long lost calls lasted is not known"));
	memset(&a->before, 0, sizeof a->before);
}

int64_t alive_end_of(const struct alive *a, int64_t began)
{
	const struct record *r = &a->before;
	int64_t end = -1;

	/* where a clock that was set back makes it ambiguous, what lasted shortest */
	for (uint64_t i = 0; r->magic[0] && i < r->count; i++) {
		int64_t ahead = r->settings[i].ahead_ms, from = r->settings[i].since_ms + ahead;
		int64_t to = (i + 1 < r->count ? r->settings[i + 1].since_ms : r->last_ms) + ahead;

		if (began >= from - EDGE_MS && began <= to + EDGE_MS && (end < 0 || r->last_ms + ahead < end))
			end = r->last_ms + ahead;
	}
	return end >= 0 && end < began ? began : end;
}

/* ---- writing ---- */

static void update(struct record *r)
{
	int64_t now = clock_mono_us() / 1000, ahead = clock_utc_ms() - now;
	const struct setting *last = r->count ? &r->settings[r->count - 1] : NULL;

	memcpy(r->magic, magic, sizeof magic);
	if (!last || llabs(last->ahead_ms - ahead) > SLACK_MS) {
		if (r->count == SETTINGS_MAX)
			memmove(r->settings, r->settings + 1, (SETTINGS_MAX - 1) * sizeof *r->settings);
		else
			r->count++;
		/* it was set at some moment since the last look */
		r->settings[r->count - 1] =
		    (struct setting){ last && r->last_ms > 0 && r->count > 1 ? r->last_ms : now, ahead };
	}
	r->last_ms = now;
}

void alive_note(struct alive *a)
{
	int err = 0;

	pthread_mutex_lock(&a->lock);
	update(&a->now);
	if (a->fd < 0)
		a->fd = open(a->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	if (a->fd < 0 || pwrite(a->fd, &a->now, sizeof a->now, 0) != (ssize_t)sizeof a->now)
		err = errno ? errno : EIO;
	if (err && !a->failed)
		log_warn("journal.alive_failed", NULL, "file=%s error=%s", log_quote(a->path),
			 log_quote(strerror(err)));
	a->failed = err != 0;
	pthread_mutex_unlock(&a->lock);
}

static void *run(void *arg)
{
	struct alive *a = arg;
	struct timespec until;
	bool ends = false;

	pthread_setname_np(pthread_self(), "alive");
	while (!ends) {
		alive_note(a);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec++;
		pthread_mutex_lock(&a->lock);
		while (!a->ends && pthread_cond_timedwait(&a->ending, &a->lock, &until) == 0)
			;
		ends = a->ends;
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

/* ---- life ---- */

int alive_alloc(struct alive **out, const char *path)
{
	struct alive *a = calloc(1, sizeof *a);
	pthread_condattr_t attr;

	if (!a)
		return ENOMEM;
	snprintf(a->path, sizeof a->path, "%s", path);
	a->fd = -1;
	pthread_mutex_init(&a->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&a->ending, &attr);
	pthread_condattr_destroy(&attr);
	read_before(a);
	*out = a;
	return 0;
}

void alive_begin(struct alive *a)
{
	int err = pthread_create(&a->thread, NULL, run, a);

	a->runs = err == 0;
	if (err)
		log_warn("journal.alive_failed", NULL, "file=%s error=%s", log_quote(a->path),
			 log_quote(strerror(err)));
}

void alive_free(struct alive *a)
{
	if (!a)
		return;
	if (a->runs) {
		pthread_mutex_lock(&a->lock);
		a->ends = true;
		pthread_cond_signal(&a->ending);
		pthread_mutex_unlock(&a->lock);
		pthread_join(a->thread, NULL);
	}
	if (a->fd >= 0)
		close(a->fd);
	pthread_cond_destroy(&a->ending);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
