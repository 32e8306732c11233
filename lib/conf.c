/* conf: see conf.h. The work is done by
 *
 *   conf_lexer, conf_source   the text: comments, includes, syntax and names checked, all errors found
 *   conf_options              libConfuse's tables, and the line of each value
 *   conf_value                values, from text to their type
 *   conf_settings             the sections that are there once, and their defaults
 *   conf_entries, conf_links  accounts, users, trunks, routes, numbers, and what joins them
 *   conf_sense, conf_doubts   what cannot be, or contradicts itself
 *   conf_index                the look-ups
 *   conf_numbers              numbers that programs set later */
#include "lib/conf.h"

#include "lib/conf_bus.h"
#include "lib/conf_doubts.h"
#include "lib/conf_entries.h"
#include "lib/conf_error.h"
#include "lib/conf_index.h"
#include "lib/conf_numbers.h"
#include "lib/conf_sense.h"
#include "lib/conf_options.h"
#include "lib/conf_settings.h"
#include "lib/conf_speech.h"
#include "lib/conf_switch.h"
#include "lib/fnv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void conf_free(struct conf *conf)
{
	if (!conf)
		return;
	conf_settings_free(conf);
	conf_entries_free(conf);
	conf_speech_free(conf);
	conf_switches_free(conf);
	conf_numbers_free(conf->set);
	conf_index_free(conf->index);
	conf_errors_free(&conf->warnings);
	for (size_t i = 0; i < conf->spot_count; i++)
		free(conf->spots[i].file);
	free(conf->spots);
	free(conf->file);
	free(conf->trace.hep_host);
	conf_bus_free(conf);
	free(conf);
}

void conf_mix(struct conf *conf, const char *bytes, size_t size)
{
	conf->fingerprint = fnv_add(conf->fingerprint ? conf->fingerprint : FNV_NONE, bytes, size);
}

/* Notes where files are named: whether they can be used is looked at by who uses them. */
static int note_spots(struct conf *conf, struct conf_reading *reading)
{
	static const struct {
		const char *section, *option, *name;
	} named[] = {
		{ "", "state-dir", "state-dir" },
		{ "", "run-dir", "run-dir" },
		{ "sip", "listen", "sip/listen" },
		{ "rtp", "address", "rtp/address" },
		{ "api", "listen", "api/listen" },
		{ "sip", "tls-certificate-file", "sip/tls-certificate-file" },
		{ "sip", "tls-key-file", "sip/tls-key-file" },
		{ "sip", "tls-ca-file", "sip/tls-ca-file" },
		{ "sip", "resolv-conf", "sip/resolv-conf" },
		{ "control", "listen", "control/listen" },
		{ "api", "tls-certificate-file", "api/tls-certificate-file" },
		{ "api", "tls-key-file", "api/tls-key-file" },
		{ "api", "ca-file", "api/ca-file" },
		{ "recordings", "key-file", "recordings/key-file" },
	};

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		struct conf_section section = conf_section_get(reading, named[i].section, 0);
		size_t count = conf_value_count(&section, named[i].option);
		struct conf_spot *spots =
		    count ? realloc(conf->spots, (conf->spot_count + count) * sizeof(*spots)) : NULL;

		if (count && !spots)
			return ENOMEM;
		conf->spots = spots ? spots : conf->spots;
		for (size_t j = 0; j < count; j++) {
			struct conf_place place = conf_place_of(&section, named[i].option, j);
			char *file = strdup(place.file);

			if (!file)
				return ENOMEM;
			conf->spots[conf->spot_count++] =
			    (struct conf_spot){ named[i].name, j, file, place.line };
		}
	}
	return 0;
}

static int build(struct conf *conf, const char *name, struct conf_reading *reading)
{
	int err;

	conf_mix(conf, reading->source.text, strlen(reading->source.text));
	conf->file = strdup(name);
	err = conf->file ? conf_numbers_alloc(&conf->set) : ENOMEM;
	if (err == 0)
		err = conf_settings_read(conf, reading);
	if (err == 0)
		err = conf_entries_read(conf, reading);
	if (err == 0)
		err = conf_speech_read(conf, reading);
	if (err == 0)
		err = conf_switches_read(conf, reading);
	if (err == 0)
		err = conf_index_build(conf);
	if (err == 0)
		err = conf_entries_link(conf, reading);
	if (err == 0)
		err = note_spots(conf, reading);
	if (err == 0)
		conf_sense_check(conf, reading);
	if (err == 0 && !reading->errors->count)
		conf_doubts_check(conf, reading);
	return err;
}

static int parse(struct conf **out, const char *name, const char *text, size_t length,
		 struct conf_errors *errors)
{
	struct conf_reading reading;
	struct conf *conf = NULL;
	int err;

	err = conf_reading_open(&reading, name, text, length, errors);
	if (err != 0)
		goto out;
	conf = calloc(1, sizeof(*conf));
	reading.warnings = conf ? &conf->warnings : NULL;
	err = conf ? build(conf, name, &reading) : ENOMEM;
	if (err == 0 && errors->count > 0)
		err = EINVAL;
	if (err != 0)
		goto out;
	*out = conf;
	conf = NULL;
out:
	if (err == ENOMEM)
		conf_errors_add(errors, name, 0, "out of memory");
	conf_reading_close(&reading);
	conf_free(conf);
	return err;
}

int conf_parse(struct conf **out, const char *name, const char *text, struct conf_errors *errors)
{
	memset(errors, 0, sizeof(*errors));
	return parse(out, name, text, strlen(text), errors);
}

int conf_load(struct conf **out, const char *path, struct conf_errors *errors)
{
	size_t length = 0;
	char *text = NULL;
	int err;

	memset(errors, 0, sizeof(*errors));
	err = conf_source_read_file(path, &text, &length);
	if (err != 0) {
		conf_errors_add(errors, path, 0, "%s; allowed: a conf file that can be read", strerror(err));
		return err;
	}
	err = parse(out, path, text, length, errors);
	free(text);
	return err;
}

int conf_strings_copy(struct conf_strings *out, const struct conf_strings *from)
{
	out->items = calloc(from->count ? from->count : 1, sizeof(*out->items));
	if (!out->items)
		return ENOMEM;
	for (; out->count < from->count; out->count++) {
		out->items[out->count] = strdup(from->items[out->count]);
		if (!out->items[out->count])
			return ENOMEM;
	}
	return 0;
}

void conf_strings_clear(struct conf_strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->items[i]);
	free(strings->items);
	strings->items = NULL;
	strings->count = 0;
}
