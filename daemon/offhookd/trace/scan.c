/* See scan.h. */
#include "daemon/offhookd/trace/scan.h"

#include "daemon/offhookd/trace/ring.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 4096 /* of an index, at a time */ };

static int open_part(const char *folder, uint64_t number, const char *suffix)
{
	char name[RING_NAME_SIZE], path[PATH_MAX];

	ring_name(name, number, suffix);
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The entry there, in `room`, or NULL. */
static const struct entry *load(int fd, uint64_t at, char *room)
{
	ssize_t n = pread(fd, room, ENTRY_SIZE_MAX, (off_t)at);

	return n > 0 ? entry_at(room, (size_t)n) : NULL;
}

static bool holds(const uint64_t *keys, size_t count, uint64_t bits, uint64_t key)
{
	if (!(bits >> (key & 63) & 1)) /* most are not, and this is asked of millions */
		return false;
	for (size_t i = 0; i < count; i++)
		if (keys[i] == key)
			return true;
	return false;
}

struct search {
	const uint64_t *keys;
	size_t count;
	uint64_t bits;
	scan_h *h;
	void *arg;
	struct ring_index *chunk;
	char *room;
};

static bool search_part(const struct search *s, int index, int data)
{
	ssize_t n;

	while ((n = read(index, s->chunk, CHUNK * sizeof *s->chunk)) >= (ssize_t)sizeof *s->chunk) {
		for (size_t i = 0; i < (size_t)n / sizeof *s->chunk; i++) {
			const struct entry *e;

			if (!holds(s->keys, s->count, s->bits, s->chunk[i].key))
				continue;
			e = load(data, s->chunk[i].at, s->room);
			if (e && !s->h(e, s->arg))
				return false;
		}
	}
	return true;
}

void scan_keys(const char *folder, const uint64_t *keys, size_t count, scan_h *h, void *arg)
{
	struct search s = { keys, count, 0, h, arg, malloc(CHUNK * sizeof *s.chunk), malloc(ENTRY_SIZE_MAX) };
	size_t parts;
	uint64_t *list = ring_list(folder, &parts);
	bool going = s.chunk && s.room;

	for (size_t i = 0; i < count; i++)
		s.bits |= UINT64_C(1) << (keys[i] & 63);
	for (size_t i = 0; list && i < parts && going; i++) {
		int index = open_part(folder, list[i], "idx"), data = open_part(folder, list[i], "sip");

		if (index >= 0 && data >= 0)
			going = search_part(&s, index, data);
		if (index >= 0)
			close(index);
		if (data >= 0)
			close(data);
	}
	free(list);
	free(s.chunk);
	free(s.room);
}

/* False: the handler wants no more. */
static bool walk(const char *folder, uint64_t number, uint64_t *at, char *room, scan_h *h, void *arg)
{
	int fd = open_part(folder, number, "sip");
	const struct entry *e;
	bool going = true;

	while (fd >= 0 && going && (e = load(fd, *at, room)) != NULL) {
		going = h(e, arg);
		if (going)
			*at += e->size;
	}
	if (fd >= 0)
		close(fd);
	return going;
}

void scan_from(const char *folder, uint64_t *number, uint64_t *at, scan_h *h, void *arg)
{
	char *room = malloc(ENTRY_SIZE_MAX);
	size_t parts;
	uint64_t *list = ring_list(folder, &parts);

	for (size_t i = 0; room && list && i < parts; i++) {
		if (list[i] < *number)
			continue;
		if (list[i] > *number) {
			*number = list[i];
			*at = 0;
		}
		if (!walk(folder, *number, at, room, h, arg))
			break;
	}
	free(list);
	free(room);
}

void scan_end(const char *folder, uint64_t *number, uint64_t *at)
{
	size_t parts;
	uint64_t *list = ring_list(folder, &parts);
	struct stat s;
	int fd;

	*number = *at = 0;
	if (list && parts) {
		*number = list[parts - 1];
		fd = open_part(folder, *number, "sip");
		if (fd >= 0 && fstat(fd, &s) == 0)
			*at = (uint64_t)s.st_size;
		if (fd >= 0)
			close(fd);
	}
	free(list);
}
