#include "daemon/api/store/syncer.h"

#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct syncer {
	pthread_mutex_t mutex; /* guards asked, synced, stop */
	pthread_cond_t wake, done_wake;
	pthread_t thread;
	bool running, stop;
	uint64_t asked, synced;
	int log_fd, event_fd;
	struct event *ready;
	syncer_h *done;
	void *arg;
};

static void sync_log(struct syncer *syncer)
{
	if (!fdatasync(syncer->log_fd))
		return;
	log_error("store.sync_failed", NULL, "error=%s", log_quote(strerror(errno)));
	_exit(EXIT_FAILURE);
}

static void announce(struct syncer *syncer)
{
	const uint64_t one = 1;

	pthread_cond_broadcast(&syncer->done_wake);
	if (write(syncer->event_fd, &one, sizeof one) < 0)
		log_error("store.wake_failed", NULL, "error=%s", log_quote(strerror(errno)));
}

static void *work(void *arg)
{
	struct syncer *syncer = arg;

	pthread_mutex_lock(&syncer->mutex);
	for (;;) {
		uint64_t turn;

		while (!syncer->stop && syncer->asked == syncer->synced)
			pthread_cond_wait(&syncer->wake, &syncer->mutex);
		if (syncer->asked == syncer->synced)
			break;
		turn = syncer->asked;
		pthread_mutex_unlock(&syncer->mutex);
		sync_log(syncer);
		pthread_mutex_lock(&syncer->mutex);
		syncer->synced = turn;
		announce(syncer);
	}
	pthread_mutex_unlock(&syncer->mutex);
	return NULL;
}

static void tell(struct syncer *syncer)
{
	uint64_t turn;

	pthread_mutex_lock(&syncer->mutex);
	turn = syncer->synced;
	pthread_mutex_unlock(&syncer->mutex);
	syncer->done(turn, syncer->arg);
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) > 0)
		tell(arg);
}

static int open_log(struct syncer *syncer, const char *file)
{
	size_t size = strlen(file) + sizeof "-wal";
	char *name = malloc(size);
	int err = 0;

	if (!name)
		return ENOMEM;
	snprintf(name, size, "%s-wal", file);
	syncer->log_fd = open(name, O_RDWR | O_CLOEXEC);
	if (syncer->log_fd < 0)
		err = errno;
	free(name);
	return err;
}

int syncer_alloc(struct syncer **out, struct event_base *base, const char *file, syncer_h *done, void *arg)
{
	struct syncer *syncer = calloc(1, sizeof *syncer);
	int err;

	if (!syncer)
		return ENOMEM;
	syncer->log_fd = -1;
	syncer->done = done;
	syncer->arg = arg;
	pthread_mutex_init(&syncer->mutex, NULL);
	pthread_cond_init(&syncer->wake, NULL);
	pthread_cond_init(&syncer->done_wake, NULL);
	syncer->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = syncer->event_fd < 0 ? errno : open_log(syncer, file);
	if (!err) {
		syncer->ready = event_new(base, syncer->event_fd, EV_READ | EV_PERSIST, on_ready, syncer);
		err = !syncer->ready || event_add(syncer->ready, NULL) ? ENOMEM : 0;
	}
	if (!err)
		err = pthread_create(&syncer->thread, NULL, work, syncer);
	syncer->running = !err;
	if (err)
		syncer_free(syncer);
	else
		*out = syncer;
	return err;
}

void syncer_free(struct syncer *syncer)
{
	if (!syncer)
		return;
	if (syncer->running) {
		pthread_mutex_lock(&syncer->mutex);
		syncer->stop = true;
		pthread_cond_signal(&syncer->wake);
		pthread_mutex_unlock(&syncer->mutex);
		pthread_join(syncer->thread, NULL);
	}
	if (syncer->ready)
		event_free(syncer->ready);
	if (syncer->event_fd >= 0)
		close(syncer->event_fd);
	if (syncer->log_fd >= 0)
		close(syncer->log_fd);
	pthread_cond_destroy(&syncer->wake);
	pthread_cond_destroy(&syncer->done_wake);
	pthread_mutex_destroy(&syncer->mutex);
	free(syncer);
}

void syncer_request(struct syncer *syncer, uint64_t turn)
{
	pthread_mutex_lock(&syncer->mutex);
	syncer->asked = turn;
	pthread_cond_signal(&syncer->wake);
	pthread_mutex_unlock(&syncer->mutex);
}

void syncer_wait(struct syncer *syncer)
{
	pthread_mutex_lock(&syncer->mutex);
	while (syncer->synced < syncer->asked)
		pthread_cond_wait(&syncer->done_wake, &syncer->mutex);
	pthread_mutex_unlock(&syncer->mutex);
	tell(syncer);
}
