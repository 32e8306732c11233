/* See conf_recordings.h. */
#include "lib/conf_recordings.h"

#include "lib/conf_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const conf_sounds[] = { "wav", "mp3", "ogg", NULL };

int conf_sound_find(const char *name)
{
	for (int i = 0; conf_sounds[i]; i++)
		if (strcmp(conf_sounds[i], name) == 0)
			return i;
	return -1;
}

const char *conf_sound_type(enum conf_sound sound)
{
	static const char *const types[] = {
		[CONF_WAV] = "audio/wav", [CONF_MP3] = "audio/mpeg", [CONF_OGG] = "audio/ogg"
	};

	return types[sound];
}

static void read_format(const struct conf_section *section, enum conf_sound *out)
{
	const char *name = conf_value(section, "format", 0);
	int found = name ? conf_sound_find(name) : -1;

	if (found >= 0)
		*out = (enum conf_sound)found;
	else if (name)
		conf_fail(section, "format", 0, "unknown format; allowed: \"wav\", \"mp3\", \"ogg\"");
}

/* Whether all of it may stand in a URL's path and in its signature as it is. */
static bool is_plain(const char *text, const char *others)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr(others, *text))
			return false;
	return true;
}

/* The host of the endpoint, and nothing behind it but what names no object. */
static void check_endpoint(const struct conf_section *section, const struct conf_s3 *s3)
{
	const char *host = strstr(s3->endpoint, "://");

	if (!conf_is_web_url(s3->endpoint) || !host || strpbrk(host + 3, "/?#@"))
		conf_fail(section, "endpoint", 0,
			  "no endpoint; allowed: \"https://HOST\" or \"http://HOST\", with a port perhaps");
}

static void check_s3(const struct conf_section *section, const struct conf_s3 *s3)
{
	static const char *const needed[] = { "endpoint", "region", "key", "secret" };
	const char *const given[] = { s3->endpoint, s3->region, s3->key, s3->secret };

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		if (given[i])
			continue;
		conf_fail(section, NULL, 0, "needs endpoint, region, key and secret: %s is not set",
			  needed[i]);
		break;
	}
	if (s3->endpoint)
		check_endpoint(section, s3);
	if (s3->bucket && !is_plain(s3->bucket, ".-"))
		conf_fail(section, "bucket", 0,
			  "no name of a bucket; allowed: letters, digits, \".\" and \"-\"");
	if (s3->prefix && (!is_plain(s3->prefix, ".-_/") || s3->prefix[0] == '/' ||
			   strstr(s3->prefix, "//") || strstr(s3->prefix, "..")))
		conf_fail(section, "prefix", 0,
			  "no beginning of names; allowed: letters, digits, \".\", \"-\", \"_\", and \"/\" "
			  "between them");
	if (s3->region && !is_plain(s3->region, "-"))
		conf_fail(section, "region", 0, "no region; allowed: letters, digits and \"-\"");
}

static int read_s3(struct conf_s3 *s3, const struct conf_section *above)
{
	struct conf_section section = conf_section_inside(above, "s3", "recordings/s3");

	if (!section.cfg)
		return 0;
	if (!conf_get_text(&section, "endpoint", &s3->endpoint) ||
	    !conf_get_optional_text(&section, "bucket", &s3->bucket) ||
	    !conf_get_text(&section, "region", &s3->region) || !conf_get_text(&section, "key", &s3->key) ||
	    !conf_get_text(&section, "secret", &s3->secret) ||
	    !conf_get_optional_text(&section, "prefix", &s3->prefix) ||
	    !conf_get_optional_text(&section, "ca-file", &s3->ca_file))
		return ENOMEM;
	conf_get_bool(&section, "keep-local", &s3->keep_local);
	check_s3(&section, s3);
	return 0;
}

int conf_recordings_read(struct conf *conf, struct conf_reading *reading)
{
	struct conf_section section = conf_section_get(reading, "recordings", 0);

	conf->recordings.format = CONF_WAV;
	read_format(&section, &conf->recordings.format);
	if (!conf_get_optional_text(&section, "key-file", &conf->recordings.key_file))
		return ENOMEM;
	return section.cfg ? read_s3(&conf->recordings.s3, &section) : 0;
}

void conf_recordings_free(struct conf *conf)
{
	struct conf_s3 *s3 = &conf->recordings.s3;

	free(conf->recordings.key_file);
	free(s3->endpoint);
	free(s3->bucket);
	free(s3->region);
	free(s3->key);
	free(s3->secret);
	free(s3->prefix);
	free(s3->ca_file);
}
