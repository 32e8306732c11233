/* See slots.h. */
#include "daemon/offhookd/resume/slots.h"

#include "lib/fnv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct slot {
	uint32_t length; /* 0: none */
	uint64_t sum;
	char text[SLOT_TEXT_MAX];
};

struct slots {
	struct slot *all;
	size_t count, next;   /* where to look first */
	bool *taken, *backed; /* backed: its room on the disk is ours, so that writing cannot fail */
	int fd;
};

/* What fits into the file that is there is told, whatever its length is to be. */
static void tell(const struct slots *slots, size_t size, slots_text_h *handler, void *arg)
{
	size_t count = size / sizeof(struct slot);

	for (size_t i = 0; i < count && i < slots->count; i++) {
		struct slot *slot = &slots->all[i];

		if (slot->length == 0 || slot->length > SLOT_TEXT_MAX)
			continue;
		if (fnv_add(FNV_NONE, slot->text, slot->length) == slot->sum)
			handler(slot->text, slot->length, arg);
		explicit_bzero(slot, sizeof *slot);
	}
}

int slots_alloc(struct slots **out, const char *file, size_t count, slots_text_h *handler, void *arg)
{
	struct slots *slots = calloc(1, sizeof *slots);
	struct stat st = { 0 };
	int err = 0;

	if (!slots)
		return ENOMEM;
	slots->count = count;
	slots->all = MAP_FAILED;
	slots->taken = calloc(count, sizeof *slots->taken);
	slots->backed = calloc(count, sizeof *slots->backed);
	slots->fd =
	    slots->taken && slots->backed ? open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	if (!slots->taken || !slots->backed)
		err = ENOMEM;
	else if (slots->fd < 0 || fchmod(slots->fd, 0600) || fstat(slots->fd, &st) ||
		 ftruncate(slots->fd, (off_t)(count * sizeof(struct slot))))
		err = errno;
	if (!err)
		slots->all =
		    mmap(NULL, count * sizeof(struct slot), PROT_READ | PROT_WRITE, MAP_SHARED, slots->fd, 0);
	if (!err && slots->all == MAP_FAILED)
		err = errno;
	if (err) {
		slots_free(slots);
		return err;
	}
	tell(slots, (size_t)st.st_size, handler, arg);
	*out = slots;
	return 0;
}

void slots_free(struct slots *slots)
{
	if (!slots)
		return;
	if (slots->all != MAP_FAILED)
		munmap(slots->all, slots->count * sizeof(struct slot));
	if (slots->fd >= 0)
		close(slots->fd);
	free(slots->taken);
	free(slots->backed);
	free(slots);
}

int slots_take(struct slots *slots)
{
	for (size_t i = 0; i < slots->count; i++) {
		size_t at = (slots->next + i) % slots->count;

		if (slots->taken[at])
			continue;
		if (!slots->backed[at] &&
		    posix_fallocate(slots->fd, (off_t)(at * sizeof(struct slot)), sizeof(struct slot)))
			return -1;
		slots->backed[at] = true;
		slots->taken[at] = true;
		slots->next = at + 1;
		return (int)at;
	}
	return -1;
}

int slots_write(struct slots *slots, int slot, const char *text, size_t length)
{
	struct slot *s = &slots->all[slot];

	__atomic_store_n(&s->length, 0, __ATOMIC_RELEASE);
	if (length > SLOT_TEXT_MAX)
		return E2BIG;
	memcpy(s->text, text, length);
	s->sum = fnv_add(FNV_NONE, text, length);
	__atomic_store_n(&s->length, (uint32_t)length, __ATOMIC_RELEASE);
	return 0;
}

void slots_release(struct slots *slots, int slot)
{
	struct slot *s = &slots->all[slot];
	uint32_t length = s->length;

	__atomic_store_n(&s->length, 0, __ATOMIC_RELEASE);
	explicit_bzero(s->text, length);
	slots->taken[slot] = false;
	if ((size_t)slot < slots->next)
		slots->next = (size_t)slot;
}
