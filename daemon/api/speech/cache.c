#include "daemon/api/speech/cache.h"

#include "lib/log.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

struct kept {
	UT_hash_handle hh; /* the table is in the order of use, oldest first */
	uint64_t bytes;
	time_t used; /* when the folder was read */
	char name[];
};

struct cache {
	char *folder;
	const char *const *prefixes;
	uint64_t limit, bytes;
	struct kept *table;
};

static bool path_of(const struct cache *cache, const char *name, char out[PATH_MAX])
{
	return snprintf(out, PATH_MAX, "%s/%s", cache->folder, name) < PATH_MAX;
}

static void forget(struct cache *cache, struct kept *kept)
{
	HASH_DEL(cache->table, kept);
	cache->bytes -= kept->bytes;
	free(kept);
}

/* At the end of the table: used last. NULL without memory. */
static struct kept *put(struct cache *cache, const char *name, uint64_t bytes)
{
	struct kept *kept = calloc(1, sizeof *kept + strlen(name) + 1);

	if (!kept)
		return NULL;
	strcpy(kept->name, name);
	kept->bytes = bytes;
	HASH_ADD_STR(cache->table, name, kept);
	cache->bytes += bytes;
	return kept;
}

static struct kept *find(const struct cache *cache, const char *name)
{
	struct kept *kept;

	HASH_FIND_STR(cache->table, name, kept);
	return kept;
}

/* The newest stays: somebody is about to use it. */
static void make_room(struct cache *cache)
{
	char path[PATH_MAX];
	size_t removed = 0;

	while (cache->bytes > cache->limit && HASH_COUNT(cache->table) > 1) {
		if (path_of(cache, cache->table->name, path) && unlink(path) && errno != ENOENT)
			log_warn("speech.cache_unlink_failed", NULL, "file=%s error=%s", log_quote(path),
				 log_quote(strerror(errno)));
		forget(cache, cache->table);
		removed++;
	}
	if (removed)
		log_debug("speech.cache_trimmed", NULL, "files=%zu bytes=%llu", removed,
			  (unsigned long long)cache->bytes);
}

bool cache_use(struct cache *cache, const char *name)
{
	struct kept *kept = find(cache, name);
	char path[PATH_MAX];
	uint64_t bytes;

	if (!kept)
		return false;
	bytes = kept->bytes;
	forget(cache, kept);
	if (!path_of(cache, name, path) || access(path, R_OK))
		return false; /* somebody has removed it */
	return put(cache, name, bytes) != NULL;
}

void cache_added(struct cache *cache, const char *name)
{
	struct kept *kept = find(cache, name);
	char path[PATH_MAX];
	struct stat info;

	if (kept)
		forget(cache, kept);
	if (!path_of(cache, name, path) || stat(path, &info) || !put(cache, name, (uint64_t)info.st_size))
		return;
	make_room(cache);
}

static bool is_ours(const struct cache *cache, const char *name)
{
	for (size_t i = 0; cache->prefixes[i]; i++)
		if (!strncmp(name, cache->prefixes[i], strlen(cache->prefixes[i])))
			return true;
	return false;
}

static int by_use(const struct kept *a, const struct kept *b)
{
	return (a->used > b->used) - (a->used < b->used);
}

static int read_folder(struct cache *cache)
{
	DIR *folder = opendir(cache->folder);
	struct dirent *entry;
	int err = 0;

	if (!folder)
		return errno;
	while (!err && (entry = readdir(folder))) {
		char path[PATH_MAX];
		struct stat info;
		struct kept *kept;

		if (!is_ours(cache, entry->d_name) || !path_of(cache, entry->d_name, path) ||
		    stat(path, &info) || !S_ISREG(info.st_mode))
			continue;
		kept = put(cache, entry->d_name, (uint64_t)info.st_size);
		if (kept)
			kept->used = info.st_mtime;
		else
			err = ENOMEM;
	}
	closedir(folder);
	HASH_SORT(cache->table, by_use);
	return err;
}

int cache_alloc(struct cache **out, const char *folder, const char *const *prefixes, uint64_t limit_bytes)
{
	struct cache *cache = calloc(1, sizeof *cache);
	int err = ENOMEM;

	if (!cache)
		return ENOMEM;
	cache->prefixes = prefixes;
	cache->limit = limit_bytes;
	cache->folder = strdup(folder);
	if (cache->folder)
		err = read_folder(cache);
	if (err) {
		cache_free(cache);
		return err;
	}
	make_room(cache);
	*out = cache;
	return 0;
}

void cache_free(struct cache *cache)
{
	if (!cache)
		return;
	while (cache->table)
		forget(cache, cache->table);
	free(cache->folder);
	free(cache);
}

uint64_t cache_bytes(const struct cache *cache)
{
	return cache->bytes;
}
