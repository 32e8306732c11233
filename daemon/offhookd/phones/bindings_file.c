/* Bindings on disk: a JSON array, replaced whole. See bindings.h. */
#include "daemon/offhookd/phones/bindings_private.h"

#include "lib/clock.h"
#include "lib/file_writer.h"
#include "lib/json_file.h"
#include "lib/json_get.h"
#include "lib/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void put(json_t *to, const char *name, const char *value)
{
	if (value)
		json_object_set_new(to, name, json_string(value));
}

bool bindings_file_line(struct bound *bound)
{
	const struct binding *b = &bound->binding;
	json_t *one = json_object();

	put(one, "user", b->user);
	put(one, "uri", b->uri);
	put(one, "source", b->source);
	put(one, "path", b->path);
	put(one, "call_id", b->call_id);
	put(one, "agent", b->agent);
	put(one, "instance", b->instance);
	json_object_set_new(one, "cseq", json_integer(b->cseq));
	json_object_set_new(one, "q", json_real(b->q));
	json_object_set_new(one, "expires", json_integer(b->expires));
	json_object_set_new(one, "registered", json_integer(b->registered));
	json_object_set_new(one, "listener", json_integer(b->listener));
	bound->line = json_dumps(one, JSON_COMPACT);
	bound->length = bound->line ? strlen(bound->line) : 0;
	json_decref(one);
	return bound->line != NULL;
}

/* One contact a line, with commas between. */
bool bindings_file_write(struct bindings *bindings)
{
	size_t length = bindings->bytes + 2 * bindings->count + 4;
	char *text = malloc(length), *at = text;

	if (!text)
		return false;
	*at++ = '[';
	for (const struct bound_user *u = bindings->users; u; u = u->hh.next) {
		for (const struct binding *b = u->list; b; b = b->next) {
			const struct bound *bound = (const struct bound *)b;

			if (at > text + 1)
				*at++ = ',';
			*at++ = '\n';
			memcpy(at, bound->line, bound->length);
			at += bound->length;
		}
	}
	memcpy(at, "\n]\n", 3);
	file_writer_put(bindings->writer, text, (size_t)(at + 3 - text));
	return true;
}

static void take(struct bindings *bindings, const json_t *one)
{
	int64_t cseq = 0, expires = 0, registered = 0, listener = 0, now = clock_utc_ms();
	struct bindings_wish wish = { .max_contacts = SIZE_MAX };
	struct json_get g;

	json_get_init(&g, one);
	json_get_string(&g, "user", true, &wish.user);
	json_get_string(&g, "uri", true, &wish.uri);
	json_get_string(&g, "source", true, &wish.source);
	json_get_string(&g, "path", false, &wish.path);
	json_get_string(&g, "call_id", true, &wish.call_id);
	json_get_string(&g, "agent", false, &wish.agent);
	json_get_string(&g, "instance", false, &wish.instance);
	json_get_int(&g, "cseq", true, 0, UINT32_MAX, &cseq);
	json_get_int(&g, "expires", true, 0, INT64_MAX, &expires);
	json_get_int(&g, "registered", false, 0, INT64_MAX, &registered);
	json_get_int(&g, "listener", false, 0, 1000, &listener);
	wish.q = (float)json_number_value(json_object_get(one, "q"));
	if (json_get_status(&g)) {
		log_warn("registrations.skipped", NULL, "file=%s field=%s error=%s",
			 log_quote(bindings->file), g.field, log_quote(g.error));
		return;
	}
	if (expires <= now)
		return;
	wish.cseq = (uint32_t)cseq;
	wish.expires_s = (unsigned)((expires - now + 999) / 1000);
	wish.listener = (int)listener;
	if (bindings_restore(bindings, &wish, registered > 0 ? registered : now, expires))
		log_warn("registrations.skipped", NULL, "user=%s", log_quote(wish.user));
}

void bindings_file_read(struct bindings *bindings)
{
	json_t *all = json_file_read(bindings->file, JSON_ARRAY, LOG_LEVEL_WARN, "registrations.broken"),
	       *one;
	size_t i;

	json_array_foreach(all, i, one) take(bindings, one);
	json_decref(all);
}
