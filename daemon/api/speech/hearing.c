#include "daemon/api/speech/hearing.h"

#include "daemon/api/speech/hearer.h"
#include "daemon/api/speech/language.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HINTS_MAX = 500, NARROW_HZ = 8000, WIDE_HZ = 16000 };

const char *hearing_language(const char *asked)
{
	return asked && *asked ? asked : "en-US";
}

const char *hearing_stop(bool vosk)
{
	return vosk ? "{\"eof\":1}" : "{\"type\":\"stop\"}";
}

bool hearing_is_wide(const json_t *snapshot)
{
	const char *codec = json_string_value(json_object_get(snapshot, "codec"));

	return codec && strncasecmp(codec, "PCM", 3) != 0;
}

static const struct conf_speech *of_conf(const struct conf *conf, const char *language)
{
	const struct conf_speech *found = NULL;
	int best = -1;

	for (size_t i = 0; i < conf->speech_count; i++) {
		const struct conf_speech *server = &conf->speeches[i];
		const int fits = language_fit(&server->languages, language);

		if (server->url && (fits || !server->languages.count) && fits > best) {
			best = fits;
			found = server;
		}
	}
	return found;
}

static bool is_english(const char *language)
{
	return !strncasecmp(language, "en", 2) && (!language[2] || language[2] == '-' || language[2] == '_');
}

static const char *find_built_in(const struct conf *conf, struct hearer *hearer,
				 const struct hearing_wish *wish, struct hearing_server *out)
{
	const char *why = NULL;

	if (!is_english(hearing_language(wish->language)))
		return "No speech section of the conf has a url for this language, and the built-in "
		       "recogniser "
		       "knows English alone.";
	if (!conf->api.hear)
		return "No speech section of the conf has a url for this language, and api { hear } turns "
		       "the "
		       "built-in recogniser off.";
	if (wish->dictation && (!wish->hints || !*wish->hints))
		return "The built-in recogniser hears phrases that are expected: give hints, or the conf a "
		       "speech "
		       "section with the url of a server that takes dictation.";
	*out = (struct hearing_server){ .name = HEARING_BUILT_IN, .rate = wish->wide ? WIDE_HZ : NARROW_HZ };
	out->url = hearer_need(hearer, &why);
	return out->url ? NULL : why;
}

const char *hearing_find(const struct conf *conf, struct hearer *hearer, const struct hearing_wish *wish,
			 struct hearing_server *out)
{
	const struct conf_speech *server = of_conf(conf, hearing_language(wish->language));

	if (!server)
		return find_built_in(conf, hearer, wish, out);
	*out = (struct hearing_server){ .name = server->name,
					.url = server->url,
					.key = server->key,
					.rate = server->rate,
					.vosk = server->vosk };
	return NULL;
}

/* "a, b": ["a", "b"]. */
static json_t *hints_of(const char *text)
{
	json_t *hints = json_array();

	for (const char *at = text; at && *at && json_array_size(hints) < HINTS_MAX;) {
		const char *next = strchr(at, ',');
		size_t size = next ? (size_t)(next - at) : strlen(at);

		while (size && isspace((unsigned char)*at))
			at++, size--;
		while (size && isspace((unsigned char)at[size - 1]))
			size--;
		if (size)
			json_array_append_new(hints, json_stringn(at, size));
		at = next ? next + 1 : NULL;
	}
	return hints;
}

static json_t *start_of(const struct hearing_server *server, const struct hearing_wish *wish)
{
	if (server->vosk)
		return json_pack("{s:{s:i, s:b}}", "config", "sample_rate", (int)server->rate, "words", 1);
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:b, s:{s:o, s:b}}", "type", "start", "language",
			 hearing_language(wish->language), "format", "raw", "encoding", "LINEAR16",
			 "sampleRateHz", (int)server->rate, "interimResults", wish->partials, "options",
			 "hints", hints_of(wish->hints), "profanityFilter", wish->profanity_filter);
}

json_t *hearing_params(const struct hearing_server *server, const struct hearing_wish *wish)
{
	json_t *start = start_of(server, wish);
	json_t *headers = server->key
			      ? json_pack("{s:o}", "Authorization", json_sprintf("Bearer %s", server->key))
			      : json_object();

	if (start && headers)
		return json_pack("{s:s, s:s, s:s, s:i, s:o, s:o, s:s}", "url", server->url, "protocol",
				 "speech", "track", "inbound", "rate", (int)server->rate, "headers", headers,
				 "start", start, "stop", hearing_stop(server->vosk));
	json_decref(start);
	json_decref(headers);
	return NULL;
}
