/* conf_speech: see conf_speech.h. */
#include "lib/conf_speech.h"

#include "lib/conf_entries.h"
#include "lib/conf_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 10000, AT_ONCE = 2, ARGUMENTS_MAX = 64, RATE_HZ = 16000 };

/* What braces in an argument may stand for. */
static const char *const places[] = { "{text}", "{file}", "{language}", "{voice}", NULL };

static void check_argument(const struct conf_section *section, size_t index, const char *argument)
{
	for (const char *at = argument; (at = strchr(at, '{')); at++) {
		size_t i = 0;

		while (places[i] && strncmp(at, places[i], strlen(places[i])))
			i++;
		if (!places[i]) {
			conf_fail(
			    section, "command", index,
			    "\"%.60s\" is wrong; allowed in braces: {text}, {file}, {language}, {voice}",
			    argument);
			return;
		}
	}
}

/* A server that listens. */
static void check_server(const struct conf_section *section, const struct conf_speech *speech)
{
	const char *url = speech->url, *key = speech->key;

	if (strncmp(url, "ws://", 5) != 0 && strncmp(url, "wss://", 6) != 0)
		conf_fail(section, "url", 0, "\"%.100s\" is wrong; allowed: ws://… or wss://…", url);
	for (; key && *key; key++)
		if ((unsigned char)*key < ' ' || *key == 0x7f) {
			conf_fail(section, "key", 0, "it has a control character in it");
			break;
		}
	if (speech->rate != 8000 && speech->rate != 16000 && speech->rate != 24000)
		conf_fail(section, "rate", 0, "\"%u\" is wrong; allowed: 8000, 16000, 24000", speech->rate);
	if (speech->command.count || speech->voices.count)
		conf_fail(
		    section, NULL, 0,
		    "speech \"%.64s\" has a url, to listen, beside what speaks; allowed: a section for each",
		    speech->name);
}

static void check_program(const struct conf_section *section, const struct conf_speech *speech)
{
	if (speech->key)
		conf_fail(section, "key", 0, "it is of a url, which speech \"%.64s\" has not", speech->name);
	if (!speech->command.count)
		conf_fail(section, NULL, 0,
			  "speech \"%.64s\" has no command; allowed: command = {\"/usr/bin/program\", "
			  "\"argument\"}, or a url of a server that listens",
			  speech->name);
	else if (strchr(speech->command.items[0], '{'))
		conf_fail(section, "command", 0, "\"%.60s\" is no program", speech->command.items[0]);
	if (speech->command.count > ARGUMENTS_MAX)
		conf_fail(section, "command", ARGUMENTS_MAX, "there are too many arguments; allowed: %d",
			  ARGUMENTS_MAX);
	for (size_t i = 1; i < speech->command.count; i++)
		check_argument(section, i, speech->command.items[i]);
	if (!speech->languages.count && !speech->voices.count)
		conf_fail(section, NULL, 0,
			  "speech \"%.64s\" would never be chosen; allowed: languages = {\"de\"}, voices = "
			  "{\"name\"}",
			  speech->name);
}

static void check(const struct conf_section *section, const struct conf_speech *speech)
{
	if (speech->url)
		check_server(section, speech);
	else
		check_program(section, speech);
	for (size_t i = 0; i < speech->languages.count; i++) {
		const char *tag = speech->languages.items[i];

		if (strlen(tag) < 2 || strlen(tag) > 20 ||
		    tag[strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")])
			conf_fail(
			    section, "languages", i,
			    "\"%.40s\" is wrong; allowed: a language's tag (BCP 47), as \"de\" or \"de-AT\"",
			    tag);
	}
}

/* False: out of memory. */
static bool read_protocol(struct conf_speech *speech, const struct conf_section *section)
{
	char *protocol = NULL;

	if (!conf_get_optional_text(section, "protocol", &protocol))
		return false;
	speech->vosk = protocol && !strcmp(protocol, "vosk");
	if (protocol && !speech->vosk && strcmp(protocol, "jambonz") != 0)
		conf_fail(section, "protocol", 0, "\"%.40s\" is wrong; allowed: jambonz, vosk", protocol);
	if (protocol && !speech->url)
		conf_fail(section, "protocol", 0, "it is of a url, which speech \"%.64s\" has not",
			  speech->name);
	free(protocol);
	return true;
}

static int read_one(struct conf_speech *speech, const struct conf_section *section)
{
	struct conf_place place;

	speech->timeout_ms = TIMEOUT_MS;
	speech->at_once = AT_ONCE;
	if (!conf_entry_title(section, &speech->name) ||
	    !conf_get_texts(section, "command", &speech->command) ||
	    !conf_get_texts(section, "languages", &speech->languages) ||
	    !conf_get_texts(section, "voices", &speech->voices) ||
	    !conf_get_optional_text(section, "url", &speech->url) ||
	    !conf_get_optional_text(section, "key", &speech->key))
		return ENOMEM;
	speech->rate = RATE_HZ;
	if (!read_protocol(speech, section))
		return ENOMEM;
	conf_get_number(section, "rate", 1, 1000000, &speech->rate);
	conf_get_bool(section, "ssml", &speech->ssml);
	conf_get_time_ms(section, "timeout", 100, 120000, &speech->timeout_ms);
	conf_get_number(section, "at-once", 1, 64, &speech->at_once);
	check(section, speech);
	place = conf_place_of(section, speech->url ? "url" : "command", 0);
	speech->line = place.line;
	speech->file = place.file ? strdup(place.file) : NULL;
	return place.file && !speech->file ? ENOMEM : 0;
}

int conf_speech_read(struct conf *conf, struct conf_reading *reading)
{
	const size_t count = conf_section_count(reading, "speech");
	int err = 0;

	conf->speeches = calloc(count ? count : 1, sizeof *conf->speeches);
	if (!conf->speeches)
		return ENOMEM;
	for (size_t i = 0; i < count && !err; i++) {
		struct conf_section section = conf_section_get(reading, "speech", i);

		conf->speech_count++;
		err = read_one(&conf->speeches[i], &section);
		for (size_t k = 0; k < i && !err; k++)
			if (!strcmp(conf->speeches[k].name, conf->speeches[i].name))
				conf_fail(&section, NULL, 0, "speech \"%.64s\" is there twice",
					  conf->speeches[i].name);
	}
	return err;
}

void conf_speech_free(struct conf *conf)
{
	for (size_t i = 0; i < conf->speech_count; i++) {
		struct conf_speech *speech = &conf->speeches[i];

		free(speech->name);
		free(speech->file);
		free(speech->url);
		free(speech->key);
		conf_strings_clear(&speech->command);
		conf_strings_clear(&speech->languages);
		conf_strings_clear(&speech->voices);
	}
	free(conf->speeches);
}
