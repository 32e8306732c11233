#include "daemon/api/speech/prompts.h"

#include "daemon/api/net/weburl.h"
#include "daemon/api/speech/cache.h"
#include "daemon/api/speech/engines.h"
#include "daemon/api/speech/sound_file.h"
#include "daemon/api/speech/sounds.h"
#include "daemon/api/speech/speech.h"
#include "lib/tone_name.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct prompts {
	struct speech *speech;
	struct engines *engines;
	struct cache *cache;
	struct sounds *sounds;
	char *dir;
	struct order *first;
};

/* One prompts_prepare(): it waits for all of its parts. */
struct order {
	struct order *next, **link;
	struct prompts *prompts;
	json_t *files;
	char error[256];
	size_t waiting;
	prompts_h *handler;
	void *arg;
	struct part *parts;
	size_t part_count;
};

struct part {
	struct order *order;
	size_t index;
	struct sounds_wait *wait;
	struct engine_job *job;
	char *said[4]; /* what an engine is asked for, as in struct speech_text, should it fail */
	bool failed;
	char file[SOUND_PATH_SIZE];
};

static void order_free(struct order *order)
{
	*order->link = order->next;
	if (order->next)
		order->next->link = order->link;
	for (size_t i = 0; i < order->part_count; i++) {
		sounds_forget(order->parts[i].wait);
		engines_forget(order->parts[i].job);
		for (size_t k = 0; k < 4; k++)
			free(order->parts[i].said[k]);
	}
	json_decref(order->files);
	free(order->parts);
	free(order);
}

__attribute__((format(printf, 2, 0))) static void say(struct part *part, const char *fmt, va_list args)
{
	if (!*part->order->error)
		vsnprintf(part->order->error, sizeof part->order->error, fmt, args);
}

__attribute__((format(printf, 2, 3))) static void part_fail(struct part *part, const char *fmt, ...)
{
	va_list args;

	part->failed = true;
	va_start(args, fmt);
	say(part, fmt, args);
	va_end(args);
}

/* There is something to be heard, and it is not what was wanted. */
__attribute__((format(printf, 2, 3))) static void part_warn(struct part *part, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(part, fmt, args);
	va_end(args);
}

static void order_done(struct order *order)
{
	order->handler(order->files, *order->error ? order->error : NULL, order->arg);
	order_free(order);
}

static void part_done(struct part *part)
{
	struct order *order = part->order;

	json_array_set_new(order->files, part->index, part->failed ? json_null() : json_string(part->file));
	if (--order->waiting == 0)
		order_done(order);
}

static const char *name_of(const struct part *part)
{
	const char *slash = strrchr(part->file, '/');

	return slash ? slash + 1 : part->file;
}

static void on_spoken(int err, void *arg)
{
	struct part *part = arg;

	if (err)
		part_fail(part, "The text could not be spoken.");
	else
		cache_added(part->order->prompts->cache, name_of(part));
	part_done(part);
}

/* By a voice of our own. */
static void speak(struct part *part, const struct speech_text *what)
{
	struct prompts *prompts = part->order->prompts;
	char voice[SPEECH_VOICE_NAME_SIZE];
	int err;

	sound_file_name(part->file, prompts->dir, "say", speech_voice_name(what, voice),
			what->markup ? what->markup : what->text, ".wav");
	if (cache_use(prompts->cache, name_of(part))) {
		part_done(part);
		return;
	}
	err = speech_say(prompts->speech, what, part->file, on_spoken, part);
	if (err) {
		part_fail(part, "The text could not be spoken: %s.",
			  err == EAGAIN ? "too many texts are waiting" : "no memory");
		part_done(part);
	}
}

static void on_engine(const char *error, void *arg)
{
	struct part *part = arg;
	const struct speech_text what = { part->said[0], part->said[1], part->said[2], part->said[3] };

	part->job = NULL;
	if (!error) {
		cache_added(part->order->prompts->cache, name_of(part));
		part_done(part);
		return;
	}
	part_warn(part, "%s; another voice is heard.", error);
	speak(part, &what);
}

/* Returns 0, ENOMEM, or EAGAIN: by one of our own. */
static int ask_engine(struct part *part, const struct conf_speech *engine, const struct speech_text *what)
{
	const char *const texts[] = { what->text, what->markup, what->voice, what->language };
	struct prompts *prompts = part->order->prompts;
	char voice[ENGINE_VOICE_SIZE];

	sound_file_name(part->file, prompts->dir, "say", engines_voice(engine, what, voice),
			engine->ssml && what->markup ? what->markup : what->text, ".wav");
	if (cache_use(prompts->cache, name_of(part))) {
		part_done(part);
		return 0;
	}
	for (size_t i = 0; i < 4; i++)
		if (texts[i] && !(part->said[i] = strdup(texts[i])))
			return ENOMEM;
	return engines_say(prompts->engines, engine, what, part->file, on_engine, part, &part->job);
}

static void prepare_text(struct part *part, const struct prompt *prompt)
{
	const struct speech_text what = { prompt->text, prompt->markup, prompt->voice, prompt->language };
	const struct conf_speech *engine = engines_find(part->order->prompts->engines, &what);
	int err = engine ? ask_engine(part, engine, &what) : EAGAIN;

	if (engine && err)
		part_warn(part, "The speech engine \"%.64s\" has too much to do; another voice is heard.",
			  engine->name);
	if (err)
		speak(part, &what);
}

static void on_sound(const char *file, const char *error, void *arg)
{
	struct part *part = arg;

	part->wait = NULL;
	if (error)
		part_fail(part, "%s", error);
	else
		snprintf(part->file, sizeof part->file, "%s", file);
	part_done(part);
}

static void prepare_url(struct part *part, const char *url)
{
	if (sounds_get(part->order->prompts->sounds, url, on_sound, part, &part->wait)) {
		part_fail(part, "%.150s could not be fetched: no memory.", url);
		part_done(part);
	}
}

/* A plain name under prompts/: nothing that leads out of it. */
static bool is_plain(const char *name)
{
	return *name != '/' && *name != '.' && !strstr(name, "..") && strlen(name) <= 200;
}

/* A file of ours; without it, `full` when that is a URL. */
static void prepare_file(struct part *part, const char *name, const char *full)
{
	snprintf(part->file, sizeof part->file, "%s/%s", part->order->prompts->dir, name);
	if (is_plain(name) && !access(part->file, R_OK)) {
		part_done(part);
	} else if (full) {
		prepare_url(part, full);
	} else {
		part_fail(part,
			  is_plain(name) ? "There is no file %.100s under prompts."
					 : "%.100s is no file name under prompts.",
			  name);
		part_done(part);
	}
}

static void prepare_sound(struct part *part, const struct prompt *prompt, const char *base_url)
{
	const char *text = prompt->text;
	char *full;

	if (!strncmp(text, "tone:", 5)) {
		snprintf(part->file, sizeof part->file, "%.100s", text);
		if (!tone_name_is_known(text + 5))
			part_fail(part, "There is no tone \"%.40s\"; possible: %s.", text + 5, TONE_NAMES);
		part_done(part);
		return;
	}
	full = weburl_resolve(base_url, text);
	if (full && (strstr(text, "://") || *text == '/'))
		prepare_url(part, full);
	else
		prepare_file(part, text, full);
	free(full);
}

static void prepare_part(struct part *part, const struct prompt *prompt, const char *base_url)
{
	switch (prompt->kind) {
	case PROMPT_TEXT:
		prepare_text(part, prompt);
		break;
	case PROMPT_SOUND:
		prepare_sound(part, prompt, base_url);
		break;
	case PROMPT_SILENCE:
		snprintf(part->file, sizeof part->file, "silence:%u", prompt->ms);
		part_done(part);
	}
}

int prompts_prepare(struct prompts *prompts, const struct prompt *list, size_t count, const char *base_url,
		    prompts_h *handler, void *arg)
{
	struct order *order = calloc(1, sizeof *order);

	if (!order)
		return ENOMEM;
	order->parts = calloc(count ? count : 1, sizeof *order->parts);
	order->files = json_array();
	if (!order->parts || !order->files) {
		free(order->parts);
		json_decref(order->files);
		free(order);
		return ENOMEM;
	}
	order->prompts = prompts;
	order->part_count = count;
	order->handler = handler;
	order->arg = arg;
	order->next = prompts->first;
	order->link = &prompts->first;
	if (order->next)
		order->next->link = &order->next;
	prompts->first = order;
	/* One more than there are parts: the order stays until all have been started. */
	order->waiting = count + 1;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(order->files, json_null());
	for (size_t i = 0; i < count; i++) {
		order->parts[i] = (struct part){ .order = order, .index = i };
		prepare_part(&order->parts[i], &list[i], base_url);
	}
	if (--order->waiting == 0)
		order_done(order);
	return 0;
}

/* Makes state-dir/prompts. Returns 0 or an errno. */
static int make_folder(struct prompts *prompts, const char *state_dir)
{
	size_t size = strlen(state_dir) + sizeof "/prompts";
	char *folder = malloc(size);
	int err = 0;

	if (!folder)
		return ENOMEM;
	snprintf(folder, size, "%s/prompts", state_dir);
	if (mkdir(folder, 0750) && errno != EEXIST)
		err = errno;
	/* The switch wants absolute paths. */
	else if (!(prompts->dir = realpath(folder, NULL)))
		err = errno;
	free(folder);
	return err;
}

int prompts_alloc(struct prompts **out, struct event_base *base, struct fetcher *fetcher,
		  const struct conf *conf)
{
	static const char *const made[] = { "say-", "get-", NULL };
	struct prompts *prompts = calloc(1, sizeof *prompts);
	int err;

	if (!prompts)
		return ENOMEM;
	err = make_folder(prompts, conf->state_dir);
	if (!err)
		err = cache_alloc(&prompts->cache, prompts->dir, made, conf->api.sound_cache);
	if (!err)
		err = sounds_alloc(&prompts->sounds, fetcher, prompts->cache, prompts->dir);
	if (!err)
		err = speech_alloc(&prompts->speech, base);
	if (!err)
		err = engines_alloc(&prompts->engines, base, conf);
	if (err)
		prompts_free(prompts);
	else
		*out = prompts;
	return err;
}

void prompts_free(struct prompts *prompts)
{
	if (!prompts)
		return;
	/* First the pool, whose handlers point into the orders. */
	speech_free(prompts->speech);
	while (prompts->first)
		order_free(prompts->first);
	engines_free(prompts->engines);
	sounds_free(prompts->sounds);
	cache_free(prompts->cache);
	free(prompts->dir);
	free(prompts);
}
