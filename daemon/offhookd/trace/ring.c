/* See ring.h. */
#include "daemon/offhookd/trace/ring.h"

#include "lib/file.h"
#include "lib/fnv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PARTS = 16, PART_MIN = 32768, PART_MAX = 64 << 20 };

struct part {
	uint64_t number, bytes;
	int64_t last_us; /* when it was last written to */
};

struct buffer {
	char *bytes;
	size_t size, capacity;
};

struct ring {
	int folder;
	uint64_t size, total;
	int64_t keep_us;
	struct part *parts; /* oldest first; the last one is open when `data` is */
	size_t count;
	int data, index; /* −1: none is open */
	uint64_t at;	 /* bytes in `data` */
	int64_t began_us;
	uint64_t next;
	struct buffer entries, keys;
};

uint64_t ring_key(char what, const char *text, size_t size)
{
	return fnv_add(fnv_add(FNV_NONE, &what, 1), text, size);
}

void ring_name(char out[RING_NAME_SIZE], uint64_t number, const char *suffix)
{
	snprintf(out, RING_NAME_SIZE, "%016" PRIx64 ".%s", number, suffix);
}

static int by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

uint64_t *ring_list(const char *folder, size_t *count)
{
	DIR *dir = opendir(folder);
	uint64_t *list = NULL;
	struct dirent *e;

	*count = 0;
	while (dir && (e = readdir(dir)) != NULL) {
		char *end;
		uint64_t number = strtoull(e->d_name, &end, 16), *more;

		if (end != e->d_name + 16 || strcmp(end, ".sip") != 0)
			continue;
		more = realloc(list, (*count + 1) * sizeof *list);
		if (!more)
			break;
		list = more;
		list[(*count)++] = number;
	}
	if (dir)
		closedir(dir);
	if (list)
		qsort(list, *count, sizeof *list, by_number);
	return list;
}

static uint64_t size_of(const struct ring *ring, uint64_t number, const char *suffix, int64_t *last_us)
{
	char name[RING_NAME_SIZE];
	struct stat s;

	ring_name(name, number, suffix);
	if (fstatat(ring->folder, name, &s, 0) != 0)
		return 0;
	*last_us = (int64_t)s.st_mtime * 1000000;
	return (uint64_t)s.st_size;
}

static bool add_part(struct ring *ring, uint64_t number)
{
	struct part *parts = realloc(ring->parts, (ring->count + 1) * sizeof *parts);
	int64_t last = 0;

	if (!parts)
		return false;
	ring->parts = parts;
	parts[ring->count] = (struct part){ .number = number };
	parts[ring->count].bytes = size_of(ring, number, "idx", &last);
	parts[ring->count].bytes += size_of(ring, number, "sip", &last);
	parts[ring->count].last_us = last;
	ring->total += parts[ring->count++].bytes;
	ring->next = number + 1;
	return true;
}

int ring_alloc(struct ring **out, const char *folder)
{
	struct ring *ring = calloc(1, sizeof *ring);
	uint64_t *list;
	size_t count;
	int err = 0;

	if (!ring)
		return ENOMEM;
	ring->folder = ring->data = ring->index = -1;
	if (mkdir(folder, 0700) && errno != EEXIST)
		err = errno;
	if (!err && (ring->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		err = errno;
	list = err ? NULL : ring_list(folder, &count);
	for (size_t i = 0; list && i < count && !err; i++)
		err = add_part(ring, list[i]) ? 0 : ENOMEM;
	free(list);
	if (err) {
		ring_free(ring);
		return err;
	}
	*out = ring;
	return 0;
}

void ring_set_limits(struct ring *ring, uint64_t size, int64_t keep_us)
{
	ring->size = size;
	ring->keep_us = keep_us;
}

uint64_t ring_bytes(const struct ring *ring)
{
	return ring->total;
}

/* ---- writing ---- */

static bool put(struct buffer *b, const void *bytes, size_t size)
{
	if (b->size + size > b->capacity) {
		size_t capacity = (b->size + size) * 2;
		char *more = realloc(b->bytes, capacity);

		if (!more)
			return false;
		b->bytes = more;
		b->capacity = capacity;
	}
	memcpy(b->bytes + b->size, bytes, size);
	b->size += size;
	return true;
}

void ring_append(struct ring *ring, const struct entry *entry, const uint64_t *keys, size_t key_count)
{
	uint64_t at = ring->entries.size; /* the file's own part of it is known when it is written */

	if (!put(&ring->entries, entry, entry->size))
		return;
	for (size_t i = 0; i < key_count; i++) {
		struct ring_index index = { keys[i], at };

		if (!put(&ring->keys, &index, sizeof index))
			return;
	}
}

static void close_part(struct ring *ring)
{
	if (ring->data >= 0)
		close(ring->data);
	if (ring->index >= 0)
		close(ring->index);
	ring->data = ring->index = -1;
}

static int create(const struct ring *ring, const char *suffix, int *out)
{
	char name[RING_NAME_SIZE];

	ring_name(name, ring->next, suffix);
	*out = openat(ring->folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return *out < 0 ? errno : 0;
}

static int open_part(struct ring *ring, int64_t now_us)
{
	int err = create(ring, "idx", &ring->index);

	if (!err)
		err = create(ring, "sip", &ring->data);
	if (!err && !add_part(ring, ring->next))
		err = ENOMEM;
	if (err) {
		close_part(ring);
		return err;
	}
	ring->at = 0;
	ring->began_us = now_us;
	return 0;
}

static uint64_t part_size(const struct ring *ring)
{
	uint64_t size = ring->size / PARTS;

	return size < PART_MIN ? PART_MIN : size > PART_MAX ? PART_MAX : size;
}

static void drop_oldest(struct ring *ring)
{
	char name[RING_NAME_SIZE];

	if (ring->count == 1)
		close_part(ring);
	ring_name(name, ring->parts[0].number, "idx");
	unlinkat(ring->folder, name, 0);
	ring_name(name, ring->parts[0].number, "sip");
	unlinkat(ring->folder, name, 0);
	ring->total -= ring->parts[0].bytes;
	memmove(ring->parts, ring->parts + 1, --ring->count * sizeof *ring->parts);
}

static void drop_old(struct ring *ring, int64_t now_us, uint64_t room)
{
	while (ring->count &&
	       (ring->total + room > ring->size || ring->parts[0].last_us + ring->keep_us < now_us))
		drop_oldest(ring);
}

static int write_batch(struct ring *ring, int64_t now_us)
{
	struct ring_index *keys = (struct ring_index *)(void *)ring->keys.bytes;
	struct part *part;
	int err = 0;

	if (ring->data >= 0 &&
	    (ring->at >= part_size(ring) || ring->began_us + ring->keep_us / PARTS < now_us))
		close_part(ring);
	if (ring->data < 0)
		err = open_part(ring, now_us);
	if (err)
		return err;
	for (size_t i = 0; i < ring->keys.size / sizeof *keys; i++)
		keys[i].at += ring->at;
	err = file_write_all(ring->data, ring->entries.bytes, ring->entries.size);
	if (!err)
		err = file_write_all(ring->index, ring->keys.bytes, ring->keys.size);
	part = &ring->parts[ring->count - 1];
	part->bytes += ring->entries.size + ring->keys.size;
	part->last_us = now_us;
	ring->total += ring->entries.size + ring->keys.size;
	ring->at += ring->entries.size;
	if (err) /* what follows must not stand behind half an entry */
		close_part(ring);
	return err;
}

int ring_flush(struct ring *ring, int64_t now_us)
{
	uint64_t room = ring->entries.size + ring->keys.size;
	int err = 0;

	drop_old(ring, now_us, room);
	if (room && room <= ring->size && ring->keep_us)
		err = write_batch(ring, now_us);
	ring->entries.size = ring->keys.size = 0;
	return err;
}

void ring_free(struct ring *ring)
{
	if (!ring)
		return;
	close_part(ring);
	if (ring->folder >= 0)
		close(ring->folder);
	free(ring->entries.bytes);
	free(ring->keys.bytes);
	free(ring->parts);
	free(ring);
}
