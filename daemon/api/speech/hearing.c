#include "daemon/api/speech/hearing.h"

#include "daemon/api/speech/language.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { HINTS_MAX = 500 };

const char hearing_stop[] = "{\"type\":\"stop\"}";

const struct conf_speech *hearing_find(const struct conf *conf, const char *language)
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

json_t *hearing_params(const struct conf_speech *server, const struct hearing_wish *wish)
{
	json_t *start = json_pack("{s:s, s:s, s:s, s:s, s:i, s:b, s:{s:o, s:b}}", "type", "start", "language",
				  wish->language, "format", "raw", "encoding", "LINEAR16", "sampleRateHz",
				  (int)server->rate, "interimResults", 1, "options", "hints",
				  hints_of(wish->hints), "profanityFilter", wish->profanity_filter);
	json_t *headers = server->key
			      ? json_pack("{s:o}", "Authorization", json_sprintf("Bearer %s", server->key))
			      : json_object();

	if (start && headers)
		return json_pack("{s:s, s:s, s:s, s:i, s:o, s:o, s:s}", "url", server->url, "protocol",
				 "plain", "track", "inbound", "rate", (int)server->rate, "headers", headers,
				 "start", start, "stop", hearing_stop);
	json_decref(start);
	json_decref(headers);
	return NULL;
}

static bool has_words(const char *text)
{
	return text[strspn(text, " \t\r\n")] != '\0';
}

static void read_transcription(struct hearing_said *out)
{
	const json_t *alternatives = json_object_get(out->message, "alternatives");
	const json_t *best = json_array_get(alternatives, 0);
	const char *text = json_string_value(json_object_get(best, "transcript"));
	const json_t *confidence = json_object_get(best, "confidence");

	if (!text || !has_words(text) || strlen(text) > HEARING_TEXT_MAX)
		return;
	out->kind = json_is_true(json_object_get(out->message, "is_final")) ? HEARING_FINAL : HEARING_PARTIAL;
	out->text = text;
	out->rest = alternatives;
	if (json_is_number(confidence) && json_number_value(confidence) >= 0 &&
	    json_number_value(confidence) <= 1)
		out->confidence = json_number_value(confidence);
}

void hearing_read(const char *text, struct hearing_said *out)
{
	const char *type, *error;

	*out = (struct hearing_said){ .text = "", .confidence = -1 };
	out->message = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	type = json_string_value(json_object_get(out->message, "type"));
	if (type && !strcmp(type, "transcription")) {
		read_transcription(out);
	} else if (type && !strcmp(type, "error")) {
		error = json_string_value(json_object_get(out->message, "error"));
		out->kind = HEARING_ERROR;
		out->text = error ? error : "";
	}
}

void hearing_said_clear(struct hearing_said *said)
{
	json_decref(said->message);
	*said = (struct hearing_said){ .text = "" };
}
