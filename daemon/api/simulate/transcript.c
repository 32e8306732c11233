#include "daemon/api/simulate/transcript.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int transcript_begin(struct transcript *transcript, const struct ticks *ticks)
{
	*transcript = (struct transcript){ .ticks = ticks, .list = json_array(), .names = json_object() };
	if (transcript->list && transcript->names)
		return 0;
	transcript_end(transcript);
	return ENOMEM;
}

void transcript_end(struct transcript *transcript)
{
	json_decref(transcript->list);
	json_decref(transcript->names);
	transcript->list = transcript->names = NULL;
}

void transcript_name(struct transcript *transcript, const char *call, const char *name)
{
	json_object_set_new(transcript->names, call, json_string(name));
}

const char *transcript_name_of(const struct transcript *transcript, const char *call)
{
	const char *name = json_string_value(json_object_get(transcript->names, call));

	return name ? name : call;
}

json_t *transcript_add(struct transcript *transcript, const char *call, const char *type, json_t *what)
{
	json_t *entry = json_pack("{s:I, s:s*, s:s}", "at_ms", (json_int_t)transcript->ticks->now_ms, "call",
				  call ? transcript_name_of(transcript, call) : NULL, "type", type);

	if (json_array_size(transcript->list) >= TRANSCRIPT_MAX || !entry) {
		transcript->more++;
		json_decref(entry);
		json_decref(what);
		return NULL;
	}
	json_object_update_missing(entry, what);
	json_decref(what);
	json_array_append_new(transcript->list, entry);
	return entry;
}

static void add_pair(json_t *out, char *pair)
{
	char *value = strchr(pair, '='), *name, *text;

	if (value)
		*value++ = '\0';
	for (char *c = value; c && (c = strchr(c, '+'));)
		*c++ = ' ';
	name = curl_easy_unescape(NULL, pair, 0, NULL);
	text = curl_easy_unescape(NULL, value ? value : "", 0, NULL);
	if (name && *name)
		json_object_set_new(out, name, json_string(text ? text : ""));
	curl_free(name);
	curl_free(text);
}

json_t *transcript_body(const char *body)
{
	json_t *json = *body == '{' || *body == '[' ? json_loads(body, 0, NULL) : NULL;
	char *copy = json ? NULL : strdup(body), *rest = copy;

	if (json || !copy)
		return json;
	json = json_object();
	for (char *pair; (pair = strsep(&rest, "&"));)
		if (*pair)
			add_pair(json, pair);
	free(copy);
	return json;
}
