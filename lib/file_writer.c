/* file_writer: see file_writer.h. */
#define _GNU_SOURCE /* asprintf */
#include "lib/file_writer.h"

#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RETRY_S = 5 };

struct file_writer {
	pthread_t thread;
	pthread_mutex_t lock; /* for bytes, length and closing */
	pthread_cond_t wake;
	char *bytes; /* to be written, or NULL */
	size_t length;
	bool closing;
	char *path, *temporary, *folder;
};

static int write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

/* Makes a rename last. */
static void sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		log_warn("file.folder_unsynced", NULL, "folder=%s error=%s", log_quote(folder),
			 log_quote(strerror(errno)));
	if (fd >= 0)
		close(fd);
}

static int replace(const struct file_writer *writer, const char *bytes, size_t length)
{
	int fd = open(writer->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	int err;

	if (fd < 0)
		return errno;
	err = write_all(fd, bytes, length);
	if (err == 0 && fsync(fd) < 0)
		err = errno;
	if (close(fd) < 0 && err == 0)
		err = errno;
	if (err == 0 && rename(writer->temporary, writer->path) < 0)
		err = errno;
	if (err == 0)
		sync_folder(writer->folder);
	else
		unlink(writer->temporary);
	return err;
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
	if (asprintf(&writer->temporary, "%s.new", path) < 0)
		writer->temporary = NULL;
	return writer->path && writer->folder && writer->temporary;
}

static void free_memory(struct file_writer *writer)
{
	free(writer->path);
	free(writer->folder);
	free(writer->temporary);
	free(writer->bytes);
	free(writer);
}

int file_writer_alloc(struct file_writer **out, const char *path)
{
	struct file_writer *writer;
	int err = ENOMEM;

	if (strlen(path) > PATH_MAX - 8)
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
