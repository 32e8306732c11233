/* ref: reference-counted objects with a destructor. Main thread only: counts are not atomic.
 *
 * An object starts with one reference, its creator's. The destructor unlinks, cancels timers, frees leaves
 * and calls nobody. Hold a reference across any callback that might drop the object. */
#ifndef OFFHOOK_LIB_REF_H
#define OFFHOOK_LIB_REF_H

#include <stddef.h>

typedef void ref_destroy_h(void *object);

/* Returns `size` zeroed bytes with one reference, or NULL without memory. `destroy` may be NULL. */
void *ref_alloc(size_t size, ref_destroy_h *destroy);

/* One reference more; returns `object`. NULL is allowed. */
void *ref_hold(void *object);

/* One reference less; the last one destroys. Returns NULL, so that `p = ref_drop(p)` forgets it. NULL is
 * allowed. */
void *ref_drop(void *object);

/* How many references there are. */
unsigned ref_count(const void *object);

/* How many objects are alive: tests end with 0. */
size_t ref_alive(void);

#endif
