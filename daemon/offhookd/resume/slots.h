/* slots: texts that outlive the process, a file in memory with a place for each.
 *
 * Concept. The file is mapped: what is written is the kernel's at once, so that a process that is killed
 * leaves it whole, and writing costs no call of the kernel, let alone of the disk. A text that was being
 * written when the process ended is found out by its sum and counts as none. The machine's own end may lose
 * it all.
 *
 * The file is its owner's alone (0600). Main thread. */
#ifndef OFFHOOK_RESUME_SLOTS_H
#define OFFHOOK_RESUME_SLOTS_H

#include <stddef.h>

struct slots;

enum { SLOT_TEXT_MAX = 8176 };

/* A text that the process before has left; not terminated by 0. */
typedef void slots_text_h(const char *text, size_t length, void *arg);

/* Opens or makes `file` for `count` texts; `handler` is given each that is there, and then they are gone.
 * Returns 0 or an errno. */
int slots_alloc(struct slots **out, const char *file, size_t count, slots_text_h *handler, void *arg)
    __attribute__((warn_unused_result));
/* Leaves the file as it is. NULL is ignored. */
void slots_free(struct slots *slots);

/* A free place, or -1: all are taken, or the disk is full. */
int slots_take(struct slots *slots);
/* Returns 0 or E2BIG. */
int slots_write(struct slots *slots, int slot, const char *text, size_t length)
    __attribute__((warn_unused_result));
/* Wipes it. */
void slots_release(struct slots *slots, int slot);

#endif
