/* See keeper.h. */
#include "daemon/api/keep/keeper.h"

#include "daemon/api/store/recordings_kept.h"
#include "daemon/api/switch/link.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	START_S = 10, /* it begins without the switch then */
	RETRY_MAX_S = 15 * 60,
	WAIT_MAX_S = 60,
	AGAIN_MS = 8000,       /* after the database has failed */
	OTHER_KEYS_MAX = 10000 /* in one go */
};

struct keeper {
	struct keeper_setup with;
	struct link *link; /* or NULL */
	struct event *timer, *ready;
	struct keeper_stats stats;
	struct keep_job *job; /* under way: the thread's, until it is done */
	char **rewrap;	      /* ids of those that are encrypted with another key, the last ones first */
	size_t rewrap_count;
	bool began;
	bool committing; /* what came of the last step is not on the disk yet */
	int fd;		 /* eventfd: the job is done */
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	pthread_t thread;
	bool running;
	atomic_bool stop;
	struct keep_job *next; /* guarded by `mutex` */
};

const struct histogram_bounds keeper_seconds_bounds = { 9, { 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60 } };

static const char *const kind_names[] = { [KEEP_MAKE] = "make",
					  [KEEP_UPLOAD] = "upload",
					  [KEEP_REWRAP] = "rewrap",
					  [KEEP_DROP_FILE] = "delete",
					  [KEEP_DROP_OBJECT] = "delete_object" };

bool keeper_wants(const struct conf *conf)
{
	return conf->recordings.format != CONF_WAV || conf->recordings.key_file ||
	       conf->recordings.s3.endpoint;
}

/* ---- the thread ---- */

static void *work(void *arg)
{
	struct keeper *keeper = arg;
	const uint64_t one = 1;

	pthread_mutex_lock(&keeper->mutex);
	while (!keeper->stop) {
		struct keep_job *job = keeper->next;

		if (!job) {
			pthread_cond_wait(&keeper->wake, &keeper->mutex);
			continue;
		}
		keeper->next = NULL;
		pthread_mutex_unlock(&keeper->mutex);
		keep_job_do(job, &keeper->stop);
		pthread_mutex_lock(&keeper->mutex);
		if (write(keeper->fd, &one, sizeof one) < 0)
			log_error("keeper.wake_failed", NULL, "%s", "");
	}
	pthread_mutex_unlock(&keeper->mutex);
	return NULL;
}

/* Takes `job`. */
static void hand_over(struct keeper *keeper, struct keep_job *job)
{
	keeper->job = job;
	pthread_mutex_lock(&keeper->mutex);
	keeper->next = job;
	pthread_cond_signal(&keeper->wake);
	pthread_mutex_unlock(&keeper->mutex);
}

/* ---- what is next ---- */

static void wake_in(struct keeper *keeper, int64_t ms)
{
	struct timeval wait;

	if (ms > WAIT_MAX_S * INT64_C(1000))
		ms = WAIT_MAX_S * INT64_C(1000);
	wait = (struct timeval){ .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000) * 1000 };
	event_add(keeper->timer, &wait);
}

static struct keep_job *job_new(const struct keeper *keeper, enum keep_kind kind)
{
	struct keep_job *job = calloc(1, sizeof *job);

	if (job) {
		job->kind = kind;
		job->s3 = &keeper->with.conf->recordings.s3;
		job->ring = keeper->with.ring;
	}
	return job;
}

/* A job about a recording, with what is known of it. */
static struct keep_job *job_of(const struct keeper *keeper, enum keep_kind kind,
			       const struct recording_row *row)
{
	const json_t *wish = json_object_get(row->options, "format");
	int format = row->format ? conf_sound_find(row->format) : -1;
	int wanted = wish ? conf_sound_find(json_string_value(wish)) : -1;
	struct keep_job *job = job_new(keeper, kind);

	if (!job)
		return NULL;
	snprintf(job->id, sizeof job->id, "%s", row->id);
	snprintf(job->file, sizeof job->file, "%s", row->file);
	snprintf(job->object, sizeof job->object, "%s", row->object ? row->object : "");
	job->format = format < 0 ? CONF_WAV : (enum conf_sound)format;
	job->wanted = wanted < 0 ? keeper->with.conf->recordings.format : (enum conf_sound)wanted;
	job->sealed = row->sealed != NULL;
	return job;
}

/* One that cannot go to a store that conf names no more stays here. */
static int settle(const struct keeper *keeper, const struct recording_row *row)
{
	struct recording_row kept = *row;

	kept.object = NULL;
	kept.keeping = KEEPING_DONE;
	return recordings_kept_made(keeper->with.store, &kept, row->file);
}

/* What is left over first: mostly it is done at once. *wait_ms: until the next. */
static struct keep_job *next_left(const struct keeper *keeper, int64_t now, int64_t *wait_ms)
{
	struct keep_job *job = NULL;
	struct left_over left;

	if (left_over_next(keeper->with.store, now, &left, wait_ms))
		return NULL;
	job = job_new(keeper, left.file ? KEEP_DROP_FILE : KEEP_DROP_OBJECT);
	if (job) {
		job->nr = left.nr;
		job->tried = left.tried;
		snprintf(job->file, sizeof job->file, "%s", left.file ? left.file : "");
		snprintf(job->object, sizeof job->object, "%s", left.object ? left.object : "");
	}
	left_over_clear(&left);
	return job;
}

static struct keep_job *next_kept(const struct keeper *keeper, int64_t now, int64_t *wait_ms)
{
	struct keep_job *job = NULL;
	struct recording_row row;
	int err = 0;

	while (!job && !err && !recordings_kept_next(keeper->with.store, now, &row, wait_ms)) {
		const bool upload = row.keeping == KEEPING_UPLOAD;

		if (upload && !keeper->with.conf->recordings.s3.endpoint)
			err = settle(keeper, &row);
		else if ((job = job_of(keeper, upload ? KEEP_UPLOAD : KEEP_MAKE, &row)) &&
			 recordings_kept_tried(keeper->with.store, row.id, &job->tried))
			job->tried = 0;
		if (!upload || job)
			err = job ? 0 : ENOMEM;
		recording_row_clear(&row);
	}
	return job;
}

static struct keep_job *next_rewrap(struct keeper *keeper)
{
	struct keep_job *job = NULL;
	struct recording_row row;

	while (!job && keeper->rewrap_count) {
		char *id = keeper->rewrap[--keeper->rewrap_count];

		if (!recordings_get(keeper->with.store, id, &row) && row.sealed && *row.file &&
		    row.keeping == KEEPING_DONE)
			job = job_of(keeper, KEEP_REWRAP, &row);
		recording_row_clear(&row);
		free(id);
	}
	return job;
}

static void go_on(struct keeper *keeper)
{
	const int64_t now = clock_utc_ms();
	int64_t left_ms = -1, kept_ms = -1;
	struct keep_job *job;

	if (keeper->job || keeper->committing)
		return;
	job = next_left(keeper, now, &left_ms);
	if (!job)
		job = next_kept(keeper, now, &kept_ms);
	if (!job)
		job = next_rewrap(keeper);
	if (job)
		hand_over(keeper, job);
	else if (left_ms >= 0 || kept_ms >= 0)
		wake_in(keeper, left_ms < 0 || (kept_ms >= 0 && kept_ms < left_ms) ? kept_ms : left_ms);
	else
		wake_in(keeper, WAIT_MAX_S * INT64_C(1000));
}

/* ---- what came of it ---- */

/* So many milliseconds later it is tried again. */
static int64_t pause_ms(int64_t tried)
{
	const int64_t s = tried < 10 ? INT64_C(1) << tried : RETRY_MAX_S;

	return 1000 * (s < RETRY_MAX_S ? s : RETRY_MAX_S);
}

/* Everybody who follows the call is told, in the switch's words and ours. */
static void tell(const struct keeper *keeper, const char *id)
{
	struct recording_row row;

	if (!recordings_get(keeper->with.store, id, &row) && row.call && keeper->link)
		link_note(keeper->link, row.call, "call.record_stored",
			  json_pack("{s:{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:b, s:b}}", "recording", "id",
				    row.id, "status", row.status, "channels", (json_int_t)row.channels,
				    "started", (json_int_t)row.started, "duration_ms",
				    (json_int_t)row.duration_ms, "bytes", (json_int_t)row.bytes, "format",
				    row.format, "encrypted", row.sealed != NULL, "uploaded",
				    row.object != NULL));
	recording_row_clear(&row);
}

/* Its name in the store: PREFIX, the day, and the file's own name. */
static void name_object(const struct keeper *keeper, const struct recording_row *row, const char *file,
			char out[KEEP_PATH_SIZE])
{
	const char *prefix = keeper->with.conf->recordings.s3.prefix, *slash = strrchr(file, '/');
	char day[CLOCK_TEXT_SIZE];

	clock_format_rfc3339(row->started, day);
	snprintf(out, KEEP_PATH_SIZE, "%.1000s%.10s/%.255s", prefix ? prefix : "", day,
		 slash ? slash + 1 : file);
}

static int take_made(struct keeper *keeper, const struct keep_job *job)
{
	const bool uploads = keeper->with.conf->recordings.s3.endpoint != NULL;
	struct recording_row row = { 0 };
	char object[KEEP_PATH_SIZE];
	int err = recordings_get(keeper->with.store, job->id, &row);
	struct recording_row made = row;

	if (err == ENOENT) /* deleted meanwhile */
		made.id = (char *)job->id;
	else if (err)
		return err;
	name_object(keeper, &row, job->made, object);
	made.file = (char *)job->made;
	made.format = (char *)conf_sounds[job->format];
	made.sealed = job->sealed ? (char *)job->ring->keys[0].id : NULL;
	made.object = uploads ? object : NULL;
	made.bytes = job->bytes;
	made.keeping = uploads ? KEEPING_UPLOAD : KEEPING_DONE;
	err = recordings_kept_made(keeper->with.store, &made, job->file);
	recording_row_clear(&row);
	if (!err && !uploads)
		tell(keeper, job->id);
	return err;
}

static int take_uploaded(struct keeper *keeper, const struct keep_job *job)
{
	const struct recording_row row = { .id = (char *)job->id, .file = (char *)job->file };
	int err =
	    recordings_kept_uploaded(keeper->with.store, &row, !keeper->with.conf->recordings.s3.keep_local);

	keeper->stats.uploaded_bytes += (uint64_t)job->sent_bytes;
	histogram_add(&keeper->stats.upload_s, &keeper_seconds_bounds, job->seconds);
	if (!err)
		tell(keeper, job->id);
	return err;
}

static int take(struct keeper *keeper, const struct keep_job *job)
{
	switch (job->kind) {
	case KEEP_MAKE:
		return take_made(keeper, job);
	case KEEP_UPLOAD:
		return take_uploaded(keeper, job);
	case KEEP_REWRAP:
		return recordings_kept_set_key(keeper->with.store, job->id, job->ring->keys[0].id);
	case KEEP_DROP_FILE:
	case KEEP_DROP_OBJECT:
		return left_over_done(keeper->with.store, job->nr);
	case KEEP_KINDS:
		break;
	}
	return 0;
}

/* What went wrong is tried again, unless there is nothing left to try it with. */
static int take_failure(struct keeper *keeper, const struct keep_job *job)
{
	const struct recording_row row = { .id = (char *)job->id };
	const int64_t due = clock_utc_ms() + pause_ms(job->tried);
	const bool gone = job->err == ENOENT || job->err == ENAMETOOLONG;

	log_warn("recording.keep_failed", NULL, "recording=%s what=%s tried=%lld error=%s",
		 *job->id ? job->id : "-", kind_names[job->kind], (long long)job->tried + 1,
		 log_quote(job->error));
	switch (job->kind) {
	case KEEP_MAKE:
	case KEEP_UPLOAD:
		return recordings_kept_failed(keeper->with.store, &row, due,
					      gone		       ? KEEPING_DONE
					      : job->kind == KEEP_MAKE ? KEEPING_MAKE
								       : KEEPING_UPLOAD);
	case KEEP_DROP_FILE:
	case KEEP_DROP_OBJECT:
		return left_over_failed(keeper->with.store, job->nr, due);
	case KEEP_REWRAP:
	case KEEP_KINDS:
		break;
	}
	return 0;
}

/* Only now the next step may be taken: a file is deleted when what says where the other one is cannot be
 * lost. */
static void on_committed(int err, void *arg)
{
	struct keeper *keeper = arg;

	keeper->committing = false;
	wake_in(keeper, err ? AGAIN_MS : 0); /* rolled back: it stands in the database as it did */
}

static void on_done(evutil_socket_t fd, short what, void *arg)
{
	struct keeper *keeper = arg;
	struct keep_job *job = keeper->job;
	uint64_t count;
	int err;

	(void)what;
	if (read(fd, &count, sizeof count) < 0 || !job)
		return;
	pthread_mutex_lock(&keeper->mutex); /* what the thread wrote is seen from here on */
	pthread_mutex_unlock(&keeper->mutex);
	keeper->job = NULL;
	(job->err ? keeper->stats.failed : keeper->stats.done)[job->kind]++;
	err = job->err ? take_failure(keeper, job) : take(keeper, job);
	free(job);
	keeper->committing = true;
	if (err || store_after_commit(keeper->with.store, on_committed, keeper))
		on_committed(EIO, keeper);
}

/* ---- life ---- */

static bool add_other(const char *id, void *arg)
{
	struct keeper *keeper = arg;
	char *copy = keeper->rewrap_count < OTHER_KEYS_MAX ? strdup(id) : NULL;

	if (copy)
		keeper->rewrap[keeper->rewrap_count++] = copy;
	return copy != NULL;
}

/* Those that a change of the key file has left with an old key. */
static void find_other_keys(struct keeper *keeper)
{
	if (!keeper->with.ring->count)
		return;
	keeper->rewrap = calloc(OTHER_KEYS_MAX, sizeof *keeper->rewrap);
	if (!keeper->rewrap || recordings_kept_other_keys(keeper->with.store, keeper->with.ring->keys[0].id,
							  OTHER_KEYS_MAX, add_other, keeper))
		log_error("recording.keep_failed", NULL, "%s", "what=keys");
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct keeper *keeper = arg;

	(void)fd, (void)what;
	if (!keeper->began)
		find_other_keys(keeper);
	keeper->began = true;
	go_on(keeper);
}

void keeper_ready(struct keeper *keeper, struct link *link)
{
	keeper->link = link;
	wake_in(keeper, 0);
}

void keeper_on_event(const struct bus_event *event, void *arg)
{
	const char *dot = strchr(event->type, '.');
	struct keeper *keeper = arg;

	if (dot && !strcmp(dot, ".record_done"))
		keeper_wake(keeper);
}

void keeper_wake(struct keeper *keeper)
{
	if (keeper->began)
		wake_in(keeper, 0);
}

const struct keeper_stats *keeper_get_stats(const struct keeper *keeper)
{
	return &keeper->stats;
}

int keeper_alloc(struct keeper **out, const struct keeper_setup *setup)
{
	struct keeper *keeper = calloc(1, sizeof *keeper);

	if (!keeper)
		return ENOMEM;
	keeper->with = *setup;
	pthread_mutex_init(&keeper->mutex, NULL);
	pthread_cond_init(&keeper->wake, NULL);
	keeper->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (keeper->fd >= 0)
		keeper->ready = event_new(setup->base, keeper->fd, EV_READ | EV_PERSIST, on_done, keeper);
	keeper->timer = evtimer_new(setup->base, on_timer, keeper);
	if (!keeper->ready || !keeper->timer || event_add(keeper->ready, NULL) ||
	    pthread_create(&keeper->thread, NULL, work, keeper)) {
		keeper_free(keeper);
		return ENOMEM;
	}
	keeper->running = true;
	wake_in(keeper, START_S * INT64_C(1000));
	*out = keeper;
	return 0;
}

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	pthread_mutex_lock(&keeper->mutex);
	keeper->stop = true;
	pthread_cond_signal(&keeper->wake);
	pthread_mutex_unlock(&keeper->mutex);
	if (keeper->running)
		pthread_join(keeper->thread, NULL);
	free(keeper->job);
	while (keeper->rewrap_count)
		free(keeper->rewrap[--keeper->rewrap_count]);
	free(keeper->rewrap);
	if (keeper->ready)
		event_free(keeper->ready);
	if (keeper->timer)
		event_free(keeper->timer);
	if (keeper->fd >= 0)
		close(keeper->fd);
	free(keeper);
}
