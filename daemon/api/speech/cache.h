/* cache: files that can be made again, in one folder, up to a size: those that were used longest ago go
 * first.
 *
 * Only names that begin with a prefix of ours are looked at and removed; the folder may have others in it. A
 * file that somebody has open stays readable after its name is gone. Single-threaded. */
#ifndef OFFHOOK_API_SOUND_CACHE_H
#define OFFHOOK_API_SOUND_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cache;

/* `prefixes` ends with NULL and stays. Reads what the folder has from before. Returns 0, ENOMEM, or an errno
 * of the folder. */
int cache_alloc(struct cache **out, const char *folder, const char *const *prefixes, uint64_t limit_bytes)
    __attribute__((warn_unused_result));
void cache_free(struct cache *cache);

/* Whether there is a file of that name (within the folder): then it counts as used now. */
bool cache_use(struct cache *cache, const char *name);
/* A file of that name was written, or written anew: others may go for it. */
void cache_added(struct cache *cache, const char *name);

/* Bytes of all. */
uint64_t cache_bytes(const struct cache *cache);

#endif
