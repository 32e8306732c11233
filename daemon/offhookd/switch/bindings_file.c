/* Bindings on disk: a JSON array, replaced whole. See bindings.h. */
#include "daemon/offhookd/switch/bindings_private.h"

#include "lib/clock.h"
#include "lib/json_get.h"
#include "lib/log.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put(json_t *to, const char *name, const char *value)
{
	if (value)
		json_object_set_new(to, name, json_string(value));
}

static void add(const struct binding *b, void *arg)
{
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
	json_array_append_new(arg, one);
}

static int replace(const char *file, const json_t *all)
{
	char temporary[PATH_MAX];
	FILE *f;
	int err = 0;

	if ((size_t)snprintf(temporary, sizeof temporary, "%s.new", file) >= sizeof temporary)
		return ENAMETOOLONG;
	f = fopen(temporary, "w");
	if (!f)
		return errno;
	if (json_dumpf(all, f, JSON_COMPACT) || fflush(f) || fsync(fileno(f)))
		err = errno ? errno : EIO;
	if (fclose(f) && !err)
		err = errno;
	if (!err && rename(temporary, file))
		err = errno;
	return err;
}

int bindings_file_write(const struct bindings *bindings)
{
	json_t *all = json_array();
	int err;

	if (!all)
		return ENOMEM;
	bindings_each(bindings, add, all);
	err = replace(bindings->file, all);
	json_decref(all);
	if (err)
		log_error("registrations.unwritten", NULL, "file=%s error=%s", log_quote(bindings->file),
			  log_quote(strerror(err)));
	return err;
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
	if (bindings_set(bindings, &wish))
		log_warn("registrations.skipped", NULL, "user=%s", log_quote(wish.user));
}

void bindings_file_read(struct bindings *bindings)
{
	char aside[PATH_MAX];
	json_error_t error;
	json_t *all, *one;
	size_t i;

	if (access(bindings->file, F_OK))
		return;
	all = json_load_file(bindings->file, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_array(all)) {
		snprintf(aside, sizeof aside, "%s.broken", bindings->file);
		log_warn("registrations.broken", NULL, "file=%s error=%s kept_as=%s",
			 log_quote(bindings->file), log_quote(error.text), log_quote(aside));
		rename(bindings->file, aside);
	}
	json_array_foreach(all, i, one) take(bindings, one);
	json_decref(all);
}
