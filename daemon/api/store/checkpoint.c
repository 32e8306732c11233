#include "daemon/api/store/checkpoint.h"

#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum {
	BYTES_DUE = 8 << 20,  /* then the log is copied, */
	BYTES_MAX = 24 << 20, /* and then so that it begins anew */
	IDLE_S = 5,	      /* without a write: then it is emptied */
	RETRY_MS = 500,	      /* after one that others were in the way of */
	BUSY_MS = 50,	      /* how long the last part waits for a writer or a reader */
};

struct checkpoint {
	pthread_mutex_t mutex; /* guards what follows, up to pages_due */
	pthread_cond_t wake;
	pthread_t thread;
	bool running, stop;
	bool written;		  /* since the log was emptied */
	int pages;		  /* of the log, as last told; 0: copied since */
	int64_t last_us;	  /* when that was [monotonic] */
	int64_t not_before_us;	  /* others were in the way of the last one */
	int pages_due, pages_max; /* BYTES_DUE and BYTES_MAX */
	sqlite3 *db;		  /* the thread's */
};

/* Returns whether all of the log was copied. */
static bool run(struct checkpoint *checkpoint, int mode)
{
	int pages = 0, copied = 0, rc;

	/* A connection that has read nothing does not know that there is a log, and copies nothing. */
	rc = sqlite3_exec(checkpoint->db, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_wal_checkpoint_v2(checkpoint->db, NULL, mode, &pages, &copied);
	if (rc != SQLITE_OK && rc != SQLITE_BUSY)
		log_warn("store.checkpoint_failed", NULL, "error=%s",
			 log_quote(sqlite3_errmsg(checkpoint->db)));
	else
		log_debug("store.checkpoint", NULL, "pages=%d copied=%d", pages, copied);
	return rc == SQLITE_OK && pages == copied;
}

/* When the log is to be emptied, or copied because it is long [us, monotonic]. */
static int64_t due(const struct checkpoint *checkpoint)
{
	int64_t idle = checkpoint->last_us + (int64_t)IDLE_S * 1000000;

	if (checkpoint->pages >= checkpoint->pages_due || idle < checkpoint->not_before_us)
		return checkpoint->not_before_us;
	return idle;
}

/* Waits until there is something to do, and says what: one of sqlite's modes, or -1 for the end. */
static int await(struct checkpoint *checkpoint)
{
	while (!checkpoint->stop && (!checkpoint->written || due(checkpoint) > clock_mono_us())) {
		int64_t at = due(checkpoint);
		struct timespec until = { at / 1000000, at % 1000000 * 1000 };

		if (checkpoint->written)
			pthread_cond_timedwait(&checkpoint->wake, &checkpoint->mutex, &until);
		else
			pthread_cond_wait(&checkpoint->wake, &checkpoint->mutex);
	}
	if (checkpoint->stop)
		return -1;
	if (checkpoint->pages < checkpoint->pages_due)
		return SQLITE_CHECKPOINT_TRUNCATE;
	return checkpoint->pages < checkpoint->pages_max ? SQLITE_CHECKPOINT_PASSIVE
							 : SQLITE_CHECKPOINT_RESTART;
}

static void *work(void *arg)
{
	struct checkpoint *checkpoint = arg;
	int mode;

	pthread_mutex_lock(&checkpoint->mutex);
	while ((mode = await(checkpoint)) >= 0) {
		bool done;

		checkpoint->written = mode != SQLITE_CHECKPOINT_TRUNCATE;
		checkpoint->pages = 0;
		pthread_mutex_unlock(&checkpoint->mutex);
		/* First what needs no lock: the rest is short then. */
		done = run(checkpoint, SQLITE_CHECKPOINT_PASSIVE);
		if (mode != SQLITE_CHECKPOINT_PASSIVE)
			done = run(checkpoint, mode);
		pthread_mutex_lock(&checkpoint->mutex);
		checkpoint->written |= !done;
		checkpoint->not_before_us = done ? 0 : clock_mono_us() + (int64_t)RETRY_MS * 1000;
	}
	pthread_mutex_unlock(&checkpoint->mutex);
	return NULL;
}

static int page_size(void *arg, int count, char **values, char **names)
{
	int *out = arg;

	(void)count, (void)names;
	*out = values[0] ? atoi(values[0]) : 0;
	return 0;
}

static int open_database(struct checkpoint *checkpoint, const char *file)
{
	int size = 0;

	if (sqlite3_open_v2(file, &checkpoint->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
		SQLITE_OK ||
	    sqlite3_busy_timeout(checkpoint->db, BUSY_MS) != SQLITE_OK ||
	    sqlite3_exec(checkpoint->db, "PRAGMA page_size", page_size, &size, NULL) != SQLITE_OK ||
	    size <= 0)
		return EIO;
	checkpoint->pages_due = BYTES_DUE / size;
	checkpoint->pages_max = BYTES_MAX / size;
	return 0;
}

int checkpoint_alloc(struct checkpoint **out, const char *file)
{
	struct checkpoint *checkpoint = calloc(1, sizeof *checkpoint);
	pthread_condattr_t attr;
	int err;

	if (!checkpoint)
		return ENOMEM;
	pthread_mutex_init(&checkpoint->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&checkpoint->wake, &attr);
	pthread_condattr_destroy(&attr);
	err = open_database(checkpoint, file);
	if (!err)
		err = pthread_create(&checkpoint->thread, NULL, work, checkpoint);
	checkpoint->running = !err;
	if (err)
		checkpoint_free(checkpoint);
	else
		*out = checkpoint;
	return err;
}

void checkpoint_free(struct checkpoint *checkpoint)
{
	if (!checkpoint)
		return;
	if (checkpoint->running) {
		pthread_mutex_lock(&checkpoint->mutex);
		checkpoint->stop = true;
		pthread_cond_signal(&checkpoint->wake);
		pthread_mutex_unlock(&checkpoint->mutex);
		pthread_join(checkpoint->thread, NULL);
	}
	sqlite3_close(checkpoint->db);
	pthread_cond_destroy(&checkpoint->wake);
	pthread_mutex_destroy(&checkpoint->mutex);
	free(checkpoint);
}

void checkpoint_written(struct checkpoint *checkpoint, int pages)
{
	pthread_mutex_lock(&checkpoint->mutex);
	if (!checkpoint->written ||
	    (pages >= checkpoint->pages_due && checkpoint->pages < checkpoint->pages_due))
		pthread_cond_signal(&checkpoint->wake);
	checkpoint->written = true;
	checkpoint->pages = pages;
	checkpoint->last_us = clock_mono_us();
	pthread_mutex_unlock(&checkpoint->mutex);
}
