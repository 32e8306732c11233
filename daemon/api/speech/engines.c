#include "daemon/api/speech/engines.h"

#include "daemon/api/speech/language.h"
#include "daemon/api/speech/sound_file.h"
#include "daemon/api/speech/voices.h"
#include "daemon/api/speech/wav.h"
#include "lib/child.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAITING_MAX = 256, WAV_MAX = 64 << 20, ARGUMENTS_MAX = 64 };

/* One of the conf, and who waits for it. */
struct engine {
	const struct conf_speech *conf;
	struct engines *all;
	unsigned running, waiting;
	struct engine_job *first, **last; /* those that wait */
};

struct engine_job {
	struct engine_job *next;
	struct engine *engine;
	struct child *child; /* NULL: it waits */
	char *text, *language, *voice, *file;
	char part[SOUND_PATH_SIZE]; /* that the program writes, or "" */
	engine_h *handler;	    /* NULL: it was forgotten */
	void *arg;
	struct engine_job *next_run, **link; /* of those that run */
};

struct engines {
	struct event_base *base;
	const struct conf *conf;
	struct engine *list;
	struct engine_job *running;
};

int engines_alloc(struct engines **out, struct event_base *base, const struct conf *conf)
{
	struct engines *engines = calloc(1, sizeof *engines);

	if (!engines)
		return ENOMEM;
	engines->base = base;
	engines->conf = conf;
	engines->list = calloc(conf->speech_count ? conf->speech_count : 1, sizeof *engines->list);
	if (!engines->list) {
		free(engines);
		return ENOMEM;
	}
	for (size_t i = 0; i < conf->speech_count; i++)
		engines->list[i] = (struct engine){ .conf = &conf->speeches[i],
						    .all = engines,
						    .last = &engines->list[i].first };
	*out = engines;
	return 0;
}

static void job_free(struct engine_job *job)
{
	if (*job->part)
		unlink(job->part);
	free(job->text);
	free(job->language);
	free(job->voice);
	free(job->file);
	free(job);
}

static void stop_running(struct engine_job *job)
{
	*job->link = job->next_run;
	if (job->next_run)
		job->next_run->link = job->link;
	job->engine->running--;
	job->child = NULL;
}

void engines_free(struct engines *engines)
{
	if (!engines)
		return;
	while (engines->running) {
		struct engine_job *job = engines->running;

		child_kill(job->child);
		stop_running(job);
		job_free(job);
	}
	for (size_t i = 0; i < engines->conf->speech_count; i++) {
		while (engines->list[i].first) {
			struct engine_job *job = engines->list[i].first;

			engines->list[i].first = job->next;
			job_free(job);
		}
	}
	free(engines->list);
	free(engines);
}

/* ---- who ---- */

/* The voice as the conf writes it, or NULL. */
static const char *own_voice(const struct conf_speech *speech, const char *voice)
{
	for (size_t i = 0; voice && i < speech->voices.count; i++)
		if (!strcasecmp(speech->voices.items[i], voice))
			return speech->voices.items[i];
	return NULL;
}

/* The one that it speaks with: its first, when it was not chosen for one of them. */
static const char *voice_of(const struct conf_speech *speech, const struct speech_text *what)
{
	const char *own = own_voice(speech, what->voice);

	return own ? own : speech->voices.count ? speech->voices.items[0] : "";
}

/* Nothing but a tag. */
static bool is_tag(const char *language)
{
	return !language[strspn(language,
				"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")];
}

/* That of the text, or of the voice's name, or English. */
static const char *language_of(const struct speech_text *what, struct voice *voice)
{
	voice_find(what->voice, voice);
	if (what->language && is_tag(what->language))
		return what->language;
	return *voice->language ? voice->language : "en-US";
}

const struct conf_speech *engines_find(const struct engines *engines, const struct speech_text *what)
{
	const struct conf *conf = engines->conf;
	const struct conf_speech *found = NULL;
	struct voice voice;
	const char *language = language_of(what, &voice);
	int best = 0;

	for (size_t i = 0; i < conf->speech_count; i++)
		if (own_voice(&conf->speeches[i], what->voice))
			return &conf->speeches[i];
	for (size_t i = 0; i < conf->speech_count; i++) {
		const struct conf_speech *engine = &conf->speeches[i];
		const int fits = engine->url ? 0 : language_fit(&engine->languages, language);

		if (fits > best) {
			best = fits;
			found = engine;
		}
	}
	return found;
}

char *engines_voice(const struct conf_speech *engine, const struct speech_text *what,
		    char out[ENGINE_VOICE_SIZE])
{
	struct voice voice;

	snprintf(out, ENGINE_VOICE_SIZE, "engine-%.64s-%.24s-%.80s", engine->name, language_of(what, &voice),
		 voice_of(engine, what));
	return out;
}

/* ---- one text ---- */

static void begin_next(struct engine *engine);

/* A whole file. NULL: there is none, or it is too large. */
static char *read_file(const char *name, size_t *size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	char *bytes = NULL;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= WAV_MAX)
		bytes = malloc((size_t)st.st_size);
	if (bytes && read(fd, bytes, (size_t)st.st_size) != st.st_size) {
		free(bytes);
		bytes = NULL;
	}
	*size = bytes ? (size_t)st.st_size : 0;
	if (fd >= 0)
		close(fd);
	return bytes;
}

/* Makes the file of what the program has made. Returns NULL, or why not. */
static const char *keep(const struct engine_job *job, const struct child_result *result)
{
	size_t size = result->size;
	char *bytes = *job->part ? read_file(job->part, &size) : malloc(size + 1);
	const char *error = NULL;

	if (bytes && !*job->part)
		memcpy(bytes, result->output, size);
	if (!bytes)
		return *job->part ? "it has written no file" : "out of memory";
	if (wav_mend(bytes, size))
		error = "what it gave is no WAV file with sound in it";
	else if (sound_file_write(job->file, bytes, size))
		error = "its file could not be kept";
	free(bytes);
	return error;
}

/* The job is over; `error` says why it `failed` (a verb), or is NULL. */
static void end(struct engine_job *job, const char *failed, const char *error)
{
	const char *name = job->engine->conf->name;
	char sentence[300];

	stop_running(job);
	if (error) {
		snprintf(sentence, sizeof sentence, "The speech engine \"%s\" %s: %s", name, failed, error);
		log_warn("speech.engine_failed", NULL, "engine=%s error=%s", log_quote(name),
			 log_quote(error));
	}
	if (job->handler)
		job->handler(error ? sentence : NULL, job->arg);
	job_free(job);
}

static void on_end(const struct child_result *result, void *arg)
{
	struct engine_job *job = arg;
	struct engine *engine = job->engine;
	const char *error = result->error ? result->error : job->handler ? keep(job, result) : NULL;

	end(job, "failed", error);
	begin_next(engine);
}

/* An argument with what stands for its braces; a new string, or NULL. */
static char *fill(const struct engine_job *job, const char *argument)
{
	const struct {
		const char *name, *value;
	} places[] = { { "{text}", job->text },
		       { "{file}", job->part },
		       { "{language}", job->language },
		       { "{voice}", job->voice } };
	const char *const begin = argument;
	char *out = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&out, &size);

	while (stream && *argument) {
		size_t i = 0;

		while (i < 4 && strncmp(argument, places[i].name, strlen(places[i].name)))
			i++;
		if (i < 4) {
			/* a text is no option */
			if (argument == begin && *places[i].value == '-')
				putc(' ', stream);
			fputs(places[i].value, stream);
			argument += strlen(places[i].name);
		} else {
			putc(*argument++, stream);
		}
	}
	if (!stream || fclose(stream)) {
		free(out);
		return NULL;
	}
	return out;
}

static bool has_place(const struct conf_speech *speech, const char *place)
{
	for (size_t i = 1; i < speech->command.count; i++)
		if (strstr(speech->command.items[i], place))
			return true;
	return false;
}

static int spawn(struct engine_job *job)
{
	const struct conf_speech *conf = job->engine->conf;
	const bool on_input = !has_place(conf, "{text}");
	const char *argv[ARGUMENTS_MAX + 1];
	size_t count = 0;
	struct child_setup setup = { .base = job->engine->all->base,
				     .argv = argv,
				     .input = on_input ? job->text : NULL,
				     .input_size = strlen(job->text),
				     .max_output = WAV_MAX,
				     .timeout_ms = conf->timeout_ms,
				     .quiet = true };
	char suffix[17];
	int err = 0;

	if (has_place(conf, "{file}"))
		snprintf(job->part, sizeof job->part, "%s.%s.wav", job->file, random_hex(suffix, 8));
	while (count < conf->command.count && count < ARGUMENTS_MAX && !err) {
		argv[count] = fill(job, conf->command.items[count]);
		if (argv[count])
			count++;
		else
			err = ENOMEM;
	}
	argv[count] = NULL;
	if (!err)
		err = child_start(&job->child, &setup, on_end, job);
	while (count > 0)
		free((char *)argv[--count]);
	return err;
}

static void run(struct engine_job *job)
{
	struct engines *all = job->engine->all;
	int err;

	job->next_run = all->running;
	job->link = &all->running;
	if (job->next_run)
		job->next_run->link = &job->next_run;
	all->running = job;
	job->engine->running++;
	err = spawn(job);
	if (err)
		end(job, "could not be started", strerror(err));
}

static void begin_next(struct engine *engine)
{
	while (engine->first && engine->running < engine->conf->at_once) {
		struct engine_job *job = engine->first;

		engine->first = job->next;
		if (!job->next)
			engine->last = &engine->first;
		engine->waiting--;
		if (job->handler)
			run(job);
		else
			job_free(job);
	}
}

static struct engine *engine_of(struct engines *engines, const struct conf_speech *conf)
{
	return &engines->list[conf - engines->conf->speeches];
}

int engines_say(struct engines *engines, const struct conf_speech *conf, const struct speech_text *what,
		const char *file, engine_h *handler, void *arg, struct engine_job **out)
{
	struct engine *engine = engine_of(engines, conf);
	struct engine_job *job = engine->waiting < WAITING_MAX ? calloc(1, sizeof *job) : NULL;
	struct voice voice;

	if (!job)
		return engine->waiting < WAITING_MAX ? ENOMEM : EAGAIN;
	job->engine = engine;
	job->text = strdup(conf->ssml && what->markup ? what->markup : what->text);
	job->language = strdup(language_of(what, &voice));
	job->voice = strdup(voice_of(conf, what));
	job->file = strdup(file);
	job->handler = handler;
	job->arg = arg;
	if (!job->text || !job->language || !job->voice || !job->file) {
		job_free(job);
		return ENOMEM;
	}
	*engine->last = job;
	engine->last = &job->next;
	engine->waiting++;
	*out = job;
	begin_next(engine);
	return 0;
}

void engines_forget(struct engine_job *job)
{
	if (job)
		job->handler = NULL;
}
