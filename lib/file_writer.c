/* file_writer: see file_writer.h. */
#include "lib/file_writer.h"

#include "lib/file.h"
#include "lib/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RETRY_S = 5 };

struct file_writer {
	pthread_t thread;
	pthread_mutex_t lock; /* for bytes, length and closing */
	pthread_cond_t wake;
	char *bytes; /* to be written, or NULL */
	size_t length;
	bool closing;
	char *path, *folder;
};

static int replace(const struct file_writer *writer, const char *bytes, size_t length)
{
	int err = file_replace(writer->path, bytes, length), unsynced;

	if (err != 0)
		return err;
	unsynced = file_sync_folder(writer->folder);
	if (unsynced != 0)
		log_warn("file.folder_unsynced", NULL, "folder=%s error=%s", log_quote(writer->folder),
			 log_quote(strerror(unsynced)));
	return 0;
}

/* Waits a while after a failure, unless something changes. Called with the lock. */
static void wait_to_retry(struct file_writer *writer)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += RETRY_S;
	pthread_cond_timedwait(&writer->wake, &writer->lock, &until);
}

/* Writes one content. Called with the lock, which it leaves meanwhile. */
static void write_once(struct file_writer *writer)
{
	char *bytes = writer->bytes;
	size_t length = writer->length;
	int err;

	writer->bytes = NULL;
	pthread_mutex_unlock(&writer->lock);
	err = replace(writer, bytes, length);
	if (err != 0)
		log_error("file.unwritten", NULL, "file=%s error=%s", log_quote(writer->path),
			  log_quote(strerror(err)));
	pthread_mutex_lock(&writer->lock);
	if (err == 0 || writer->bytes || writer->closing) {
		free(bytes);
		return;
	}
	writer->bytes = bytes;
	writer->length = length;
	wait_to_retry(writer);
}

static void *run(void *arg)
{
	struct file_writer *writer = arg;

	pthread_mutex_lock(&writer->lock);
	while (writer->bytes || !writer->closing) {
		if (writer->bytes)
			write_once(writer);
		else
			pthread_cond_wait(&writer->wake, &writer->lock);
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

static bool set_paths(struct file_writer *writer, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t folder = slash ? (size_t)(slash - path) : 0;

	writer->path = strdup(path);
	writer->folder = slash ? strndup(path, folder ? folder : 1) : strdup(".");
	return writer->path && writer->folder;
}

static void free_memory(struct file_writer *writer)
{
	free(writer->path);
	free(writer->folder);
	free(writer->bytes);
	free(writer);
}

int file_writer_alloc(struct file_writer **out, const char *path)
{
	struct file_writer *writer;
	int err = ENOMEM;

	if (strlen(path) > FILE_PATH_SIZE - 8)
		return ENAMETOOLONG;
	writer = calloc(1, sizeof(*writer));
	if (!writer)
		return ENOMEM;
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->wake, NULL);
	if (set_paths(writer, path))
		err = pthread_create(&writer->thread, NULL, run, writer);
	if (err != 0) {
		free_memory(writer);
		return err;
	}
	*out = writer;
	return 0;
}

void file_writer_put(struct file_writer *writer, char *bytes, size_t length)
{
	pthread_mutex_lock(&writer->lock);
	free(writer->bytes);
	writer->bytes = bytes;
	writer->length = length;
	pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->lock);
}

void file_writer_free(struct file_writer *writer)
{
	if (!writer)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->closing = true;
	pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	pthread_cond_destroy(&writer->wake);
	pthread_mutex_destroy(&writer->lock);
	free_memory(writer);
}
