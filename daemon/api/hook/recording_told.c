#include "daemon/api/hook/recording_told.h"

#include "daemon/api/store/recordings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool recording_told_is(const struct bus_event *event)
{
	const char *what = strchr(event->type, '.');

	return what && (!strcmp(what, ".record_started") || !strcmp(what, ".record_done"));
}

void recording_told_clear(struct recording_told *told)
{
	free(told->url);
	free(told->dialect);
	json_decref(told->data);
	memset(told, 0, sizeof *told);
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* What has become of it, in the word that callbacks are chosen by. */
static const char *status_of(const json_t *recording)
{
	const char *status = text_of(recording, "status");

	if (!status)
		return "in-progress";
	if (strcmp(status, "completed"))
		return "failed";
	return json_integer_value(json_object_get(recording, "duration_ms")) ? "completed" : "absent";
}

/* When nothing was chosen: whatever it came to. */
static bool is_chosen(const json_t *events, const char *status)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)events, i, item)
	{
		if (!strcmp(json_string_value(item), status))
			return true;
	}

	return !events && strcmp(status, "in-progress");
}

/* Of its own, or that of its call when it is the one that the call's wish asked for. */
static void find_callback(const struct bus_event *event, const struct recording_row *row, const char *status,
			  struct recording_told *out)
{
	const json_t *own = json_object_get(row->options, "callback");
	const json_t *wish = event->row ? event->row->options : event->conference->options;
	const char *asked_for = event->row ? "call" : "conference";
	const char *dialect = text_of(row->options, "dialect"), *url = NULL, *method;

	if (own && is_chosen(json_object_get(own, "events"), status)) {
		url = text_of(own, "url");
		out->get = json_is_true(json_object_get(own, "get"));
	} else if (!own && (!row->source || !strcmp(row->source, asked_for)) &&
		   is_chosen(json_object_get(wish, "recording_status_callback_events"), status)) {
		url = text_of(wish, "recording_status_callback");
		method = text_of(wish, "recording_status_callback_method");
		out->get = method && !strcmp(method, "GET");
	}
	out->url = url ? strdup(url) : NULL;
	if (!dialect && !event->row)
		dialect = text_of(wish, "dialect");
	out->dialect = dialect ? strdup(dialect) : NULL;
}

static json_t *data_of(const struct bus_event *event, const struct recording_row *row, const char *status)
{
	json_t *data = json_copy((json_t *)event->data);
	json_t *recording = json_copy(json_object_get(data, "recording"));
	const char *track = text_of(row->options, "track");

	json_object_set_new(recording, "told", json_string(status));
	if (row->source)
		json_object_set_new(recording, "source", json_string(row->source));
	if (track)
		json_object_set_new(recording, "track", json_string(track));
	if (data && !json_object_set_new(data, "recording", recording))
		return data;
	json_decref(data);
	return NULL;
}

int recording_told_read(struct store *store, const struct bus_event *event, struct recording_told *out)
{
	const json_t *recording = json_object_get(event->data, "recording");
	const char *id = text_of(recording, "id"), *status = status_of(recording);
	struct recording_row row = { 0 };
	int err = id ? recordings_get_any(store, id, &row) : ENOENT;

	memset(out, 0, sizeof *out);
	if (err == EIO)
		return EIO;
	find_callback(event, &row, status, out);
	if (out->url && !(out->data = data_of(event, &row, status)))
		err = ENOMEM;
	else
		err = 0;
	recording_row_clear(&row);
	return err;
}
