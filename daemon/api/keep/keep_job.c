/* See keep_job.h. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "daemon/api/keep/keep_job.h"

#include "daemon/api/speech/convert_file.h"
#include "daemon/api/vault/sealed.h"
#include "lib/clock.h"
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char sealed_suffix[] = ".sealed", part_suffix[] = ".part";

static int64_t size_of(int fd)
{
	struct stat info;

	return fstat(fd, &info) ? 0 : (int64_t)info.st_size;
}

/* The folder of a file. */
static void folder_of(const char *file, char out[KEEP_PATH_SIZE])
{
	char *slash;

	snprintf(out, KEEP_PATH_SIZE, "%s", file);
	slash = strrchr(out, '/');
	if (slash)
		*slash = '\0';
	else
		snprintf(out, KEEP_PATH_SIZE, ".");
}

/* /x/ID.wav: /x/ID.mp3, or /x/ID.mp3.sealed. False: too long. */
static bool name_made(const struct keep_job *job, enum conf_sound format, char out[KEEP_PATH_SIZE])
{
	const char *slash = strrchr(job->file, '/');
	const char *dot = strchr(slash ? slash : job->file, '.');
	const int stem = (int)(dot ? dot - job->file : (ptrdiff_t)strlen(job->file));
	const char *suffix = job->ring->count ? sealed_suffix : "";

	return snprintf(out, KEEP_PATH_SIZE, "%.*s.%s%s", stem, job->file, conf_sounds[format], suffix) <
	       KEEP_PATH_SIZE - (int)sizeof part_suffix;
}

/* Converts `in` into a file without a name beside it. Returns its descriptor, or -1 with job->err. */
static int convert(struct keep_job *job, int in, const atomic_bool *stop)
{
	char folder[KEEP_PATH_SIZE];
	int out;

	folder_of(job->file, folder);
	out = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (out < 0) {
		job->err = errno;
		return -1;
	}
	job->err = convert_file(in, out, job->wanted, 0, stop);
	if (!job->err)
		return out;
	close(out);
	return -1;
}

static int copy(int in, int out, const atomic_bool *stop)
{
	char block[65536];
	off_t at = 0;
	ssize_t n;
	int err = 0;

	while (!err && (n = pread(in, block, sizeof block, at)) > 0) {
		err = *stop ? ECANCELED : file_write_all(out, block, (size_t)n);
		at += n;
	}
	return err ? err : n < 0 ? errno : 0;
}

/* Writes the new file whole, and gives it its name when it is on the disk. */
static int put(struct keep_job *job, int from, const atomic_bool *stop)
{
	char part[KEEP_PATH_SIZE + sizeof part_suffix], folder[KEEP_PATH_SIZE];
	int out, err;

	snprintf(part, sizeof part, "%s%s", job->made, part_suffix);
	out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (out < 0)
		return errno;
	err = job->ring->count ? sealed_seal(from, out, job->ring, stop) : copy(from, out, stop);
	if (!err && fsync(out))
		err = errno;
	if (close(out) && !err)
		err = errno;
	if (!err && rename(part, job->made))
		err = errno;
	if (err) {
		unlink(part);
		return err;
	}
	folder_of(job->made, folder);
	return file_sync_folder(folder);
}

static void make(struct keep_job *job, const atomic_bool *stop)
{
	int in = file_open_regular(job->file, O_RDONLY), converted = -1;
	enum conf_sound format = job->format;

	job->err = in < 0 ? errno : 0;
	if (!job->err && job->wanted != job->format) {
		converted = convert(job, in, stop);
		if (converted >= 0)
			format = job->wanted;
		else if (job->err == EINVAL) /* no sound that can be read: it is kept as it is */
			job->err = 0;
	}
	if (!job->err && !name_made(job, format, job->made))
		job->err = ENAMETOOLONG;
	if (!job->err) {
		job->bytes = size_of(converted >= 0 ? converted : in);
		if (strcmp(job->made, job->file) != 0)
			job->err = put(job, converted >= 0 ? converted : in, stop);
		job->format = format;
		job->sealed = job->ring->count > 0;
	}
	if (converted >= 0)
		close(converted);
	if (in >= 0)
		close(in);
}

static void upload(struct keep_job *job, const atomic_bool *stop)
{
	const char *type = job->sealed ? "application/octet-stream" : conf_sound_type(job->format);
	int fd = file_open_regular(job->file, O_RDONLY);

	if (fd < 0) {
		job->err = errno;
		return;
	}
	job->err = s3_put(job->s3, job->object, fd, type, stop, job->error);
	if (job->err == ENOENT)
		job->err = EAGAIN; /* there is no such bucket, yet */
	job->sent_bytes = size_of(fd);
	close(fd);
}

static void rewrap(struct keep_job *job)
{
	int fd = file_open_regular(job->file, O_RDWR), changed;

	if (fd < 0) {
		job->err = errno;
		return;
	}
	job->err = sealed_rewrap(fd, job->ring, &changed);
	close(fd);
}

void keep_job_do(struct keep_job *job, const atomic_bool *stop)
{
	const int64_t begun_us = clock_mono_us();

	switch (job->kind) {
	case KEEP_MAKE:
		make(job, stop);
		break;
	case KEEP_UPLOAD:
		upload(job, stop);
		break;
	case KEEP_REWRAP:
		rewrap(job);
		break;
	case KEEP_DROP_FILE:
		job->err = unlink(job->file) && errno != ENOENT ? errno : 0;
		break;
	case KEEP_DROP_OBJECT:
		job->err = s3_delete(job->s3, job->object, stop, job->error);
		break;
	case KEEP_KINDS:
		break;
	}
	if (job->err && !*job->error)
		snprintf(job->error, sizeof job->error, "%s", strerror(job->err));
	job->seconds = (double)(clock_mono_us() - begun_us) / 1e6;
}
