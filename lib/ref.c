/* ref: see ref.h. */
#include "lib/ref.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

/* Stands before the object. */
struct ref {
	ref_destroy_h *destroy;
	unsigned count;
	_Alignas(max_align_t) unsigned char object[];
};

static size_t alive;

static struct ref *ref_of(const void *object)
{
	return (struct ref *)((uintptr_t)object - offsetof(struct ref, object));
}

void *ref_alloc(size_t size, ref_destroy_h *destroy)
{
	struct ref *ref;

	if (size > SIZE_MAX - sizeof(*ref))
		return NULL;
	ref = calloc(1, sizeof(*ref) + size);
	if (!ref)
		return NULL;
	ref->destroy = destroy;
	ref->count = 1;
	alive++;
	return ref->object;
}

void *ref_hold(void *object)
{
	if (object) {
		assert(ref_of(object)->count > 0);
		ref_of(object)->count++;
	}
	return object;
}

void *ref_drop(void *object)
{
	struct ref *ref;

	if (!object)
		return NULL;
	ref = ref_of(object);
	assert(ref->count > 0);
	if (--ref->count > 0)
		return NULL;
	if (ref->destroy)
		ref->destroy(object);
	alive--;
	free(ref);
	return NULL;
}

unsigned ref_count(const void *object)
{
	return object ? ref_of(object)->count : 0;
}

size_t ref_alive(void)
{
	return alive;
}
