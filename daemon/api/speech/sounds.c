#include "daemon/api/speech/sounds.h"

#include "daemon/api/net/fetch.h"
#include "daemon/api/speech/cache.h"
#include "daemon/api/speech/freshness.h"
#include "daemon/api/speech/sound_file.h"
#include "lib/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uthash.h>
#include <utlist.h>

enum {
	SIZE_MAX_BYTES = 32 * 1024 * 1024,
	TIMEOUT_MS = 15000,
	USUAL_S = 60,	   /* fresh, when its server says nothing */
	KNOWN_MAX = 10000, /* URLs that are remembered */
	QUESTION_SIZE = VALIDATOR_SIZE + 32,
};

struct sounds_wait {
	struct sounds_wait *prev, *next;
	struct sound *sound;
	sounds_h *handler;
	void *arg;
};

/* One URL. */
struct sound {
	UT_hash_handle hh; /* in the order of use */
	struct sounds *sounds;
	char file[SOUND_PATH_SIZE]; /* absolute */
	struct freshness freshness;
	struct fetch *fetch;
	struct sounds_wait *waiting;
	char url[];
};

struct sounds {
	struct fetcher *fetcher;
	struct cache *cache;
	const char *folder;
	struct sound *table;
};

static const char *name_of(const struct sound *sound)
{
	return strrchr(sound->file, '/') + 1;
}

static void sound_free(struct sound *sound)
{
	struct sounds_wait *wait, *next;

	HASH_DEL(sound->sounds->table, sound);
	fetch_cancel(sound->fetch);
	DL_FOREACH_SAFE(sound->waiting, wait, next)
	free(wait);
	free(sound);
}

/* Those that were asked for longest ago are forgotten; their files stay in the cache as long as they fit. */
static void forget_old(struct sounds *sounds)
{
	struct sound *sound, *next;

	HASH_ITER(hh, sounds->table, sound, next)
	{
		if (HASH_COUNT(sounds->table) <= KNOWN_MAX)
			return;
		if (!sound->fetch)
			sound_free(sound);
	}
}

static struct sound *find(struct sounds *sounds, const char *url)
{
	size_t path = strcspn(url, "?#");
	struct sound *sound;

	HASH_FIND_STR(sounds->table, url, sound);
	if (sound) {
		HASH_DEL(sounds->table, sound);
	} else {
		sound = calloc(1, sizeof *sound + strlen(url) + 1);
		if (!sound)
			return NULL;
		sound->sounds = sounds;
		strcpy(sound->url, url);
		sound_file_name(sound->file, sounds->folder, "get", "", url,
				path > 4 && !strncasecmp(url + path - 4, ".mp3", 4) ? ".mp3" : ".wav");
	}
	HASH_ADD_STR(sounds->table, url, sound);
	forget_old(sounds);
	return sound;
}

static void tell(struct sound *sound, const char *error)
{
	struct sounds_wait *wait;

	while ((wait = sound->waiting)) {
		sounds_h *handler = wait->handler;
		void *arg = wait->arg;

		DL_DELETE(sound->waiting, wait);
		free(wait);
		handler(error ? NULL : sound->file, error, arg);
	}
}

/* Documents are not: other types are looked at by the switch, many servers have none for sounds. */
static bool is_no_sound(const char *type)
{
	static const char *const documents[] = { "text/html", "text/xml", "application/xml",
						 "application/json", NULL };
	bool found = false;

	for (size_t i = 0; type && documents[i]; i++)
		found |= !strncasecmp(type, documents[i], strlen(documents[i]));
	return found;
}

static void take(struct sound *sound, const struct fetch_result *result, char *error, size_t size)
{
	*error = '\0';
	if (result->error)
		snprintf(error, size, "%.150s could not be fetched: %s.", result->url, result->error);
	else if (result->status == 304 && cache_use(sound->sounds->cache, name_of(sound)))
		return; /* it is what we have */
	else if (result->status != 200)
		snprintf(error, size, "%.150s could not be fetched: HTTP status %d.", result->url,
			 result->status);
	else if (is_no_sound(result->content_type))
		snprintf(error, size, "%.150s is no sound: it came as %.60s.", result->url,
			 result->content_type);
	else if (!result->size || sound_file_write(sound->file, result->body, result->size))
		snprintf(error, size, "%.150s is empty or could not be kept.", result->url);
	else
		cache_added(sound->sounds->cache, name_of(sound));
}

static void on_fetched(const struct fetch_result *result, void *arg)
{
	struct sound *sound = arg;
	struct freshness before = sound->freshness;
	char error[256];

	sound->fetch = NULL;
	take(sound, result, error, sizeof error);
	freshness_read(&sound->freshness, clock_mono_us(), result->cache_control, result->etag,
		       result->last_modified, USUAL_S);
	if (*error) {
		sound->freshness = (struct freshness){ .until_us = 0 };
	} else if (result->status == 304) {
		if (!*sound->freshness.etag)
			memcpy(sound->freshness.etag, before.etag, sizeof before.etag);
		if (!*sound->freshness.modified)
			memcpy(sound->freshness.modified, before.modified, sizeof before.modified);
	}
	tell(sound, *error ? error : NULL);
}

static int start(struct sound *sound)
{
	struct fetch_setup setup = { .url = sound->url,
				     .timeout_ms = TIMEOUT_MS,
				     .max_size = SIZE_MAX_BYTES };
	char question[QUESTION_SIZE];

	if (cache_use(sound->sounds->cache, name_of(sound)) &&
	    freshness_question(&sound->freshness, question))
		setup.headers[0] = question;
	return fetch_start(&sound->fetch, sound->sounds->fetcher, &setup, on_fetched, sound);
}

int sounds_get(struct sounds *sounds, const char *url, sounds_h *handler, void *arg,
	       struct sounds_wait **wait)
{
	struct sound *sound = find(sounds, url);
	struct sounds_wait *one;
	char error[256];

	*wait = NULL;
	if (!sound)
		return ENOMEM;
	if (!sound->fetch && clock_mono_us() < sound->freshness.until_us &&
	    cache_use(sounds->cache, name_of(sound))) {
		handler(sound->file, NULL, arg);
		return 0;
	}
	one = calloc(1, sizeof *one);
	if (!one)
		return ENOMEM;
	*one = (struct sounds_wait){ .sound = sound, .handler = handler, .arg = arg };
	if (!sound->fetch && start(sound)) {
		free(one);
		snprintf(error, sizeof error, "%.150s could not be fetched: too many requests are under way.",
			 url);
		handler(NULL, error, arg);
		return 0;
	}
	DL_APPEND(sound->waiting, one);
	*wait = one;
	return 0;
}

void sounds_forget(struct sounds_wait *wait)
{
	if (!wait)
		return;
	DL_DELETE(wait->sound->waiting, wait);
	free(wait);
}

int sounds_alloc(struct sounds **out, struct fetcher *fetcher, struct cache *cache, const char *folder)
{
	struct sounds *sounds = calloc(1, sizeof *sounds);

	if (!sounds)
		return ENOMEM;
	sounds->fetcher = fetcher;
	sounds->cache = cache;
	sounds->folder = folder;
	*out = sounds;
	return 0;
}

void sounds_free(struct sounds *sounds)
{
	if (!sounds)
		return;
	while (sounds->table)
		sound_free(sounds->table);
	free(sounds);
}
