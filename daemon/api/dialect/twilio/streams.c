/* Streams of a call: begun and ended by REST; one way, as Twilio has them. */
#include "daemon/api/call/streams.h"

#include "daemon/api/dialect/twilio/call_part.h"
#include "daemon/api/dialect/twilio/routes.h"
#include "daemon/api/dialect/twilio/script_form.h"
#include "lib/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_URL = 21205, PARAMETERS_MAX = 99 };

static void on_started(const struct fault *fault, void *arg)
{
	struct call_part *part = arg;

	if (fault)
		ask_fail(part->ask, fault);
	else
		call_part_answer(part, 201, "in-progress");
	free(part);
}

/* Parameter1.Name, Parameter1.Value, and so on to 99. */
static json_t *read_parameters(const struct form *form)
{
	json_t *out = json_object();
	char name[40];

	for (int i = 1; i <= PARAMETERS_MAX; i++) {
		const char *key, *value;

		snprintf(name, sizeof name, "Parameter%d.Name", i);
		key = form_text(form, name);
		snprintf(name, sizeof name, "Parameter%d.Value", i);
		value = form_text(form, name);
		if (key)
			json_object_set_new(out, key, json_string(value ? value : ""));
	}
	return out;
}

static json_t *params_of(struct ask *ask, const struct call_part *part, const char *url, const char *track)
{
	const struct script_form *form =
	    ask->view == VIEW_TWILIO ? &twilio_script_form : &signalwire_script_form;
	json_t *parameters = read_parameters(&ask->form);
	const struct script_stream stream = { .id = part->id, .url = url, .parameters = parameters };
	const struct script_told told = { .conf = ask->by.desk->conf,
					  .account = ask->by.account,
					  .call = part->call };
	json_t *params = form->stream(&told, &stream);

	json_object_set_new(params, "url", json_string(url));
	json_object_set_new(params, "stream", json_string(part->id));
	json_object_set_new(params, "track", json_string(track));
	if (*part->name)
		json_object_set_new(params, "name", json_string(part->name));
	json_decref(parameters);
	return params;
}

static void create(struct ask *ask)
{
	static const char *const tracks[] = { "inbound_track", "outbound_track", "both_tracks", NULL };
	static const char *const words[] = { "inbound", "outbound", "both" };
	struct form *form = &ask->form;
	const char *url = form_text(form, "Url"), *name = form_text(form, "Name");
	struct call_part *part = call_part_new(ask, "MZ", "Streams");
	struct stream_watch watch = { .name = name };
	bool post = true;
	int track = 0;

	if (!part)
		return;
	form_word(form, "Track", tracks, &track);
	watch.url = form_url(form, "StatusCallback");
	form_method(form, "StatusCallbackMethod", &post);
	watch.get = !post;
	if (!url || (strncmp(url, "wss://", 6) != 0 && strncmp(url, "ws://", 5) != 0))
		form_fail(form, CODE_URL, "Url must begin with wss:// or ws://.");
	if (name && strlen(name) >= sizeof part->name)
		form_fail(form, TROUBLE_PARAMETER, "Name is longer than %zu characters.",
			  sizeof part->name - 1);
	if (!ask_form_ok(ask) || !ask_arg_id(ask, 0, "CA", part->call)) {
		free(part);
		return;
	}
	snprintf(part->name, sizeof part->name, "%s", name ? name : "");
	random_uuid(part->id);
	stream_start(&ask->by, part->call, params_of(ask, part, url, words[track]), &watch, on_started, part);
}

/* By its sid, or by the name that it was given. */
static void update(struct ask *ask)
{
	struct call_part *part = call_part_new(ask, "MZ", "Streams");

	if (!part)
		return;
	if (!call_part_read_stop(part)) {
		free(part);
		return;
	}
	if (!sid_read("MZ", ask->args[1], part->id))
		snprintf(part->name, sizeof part->name, "%.199s", ask->args[1]);
	stream_stop(&ask->by, part->call, *part->name ? part->name : part->id, call_part_on_stopped, part);
}

static const struct route routes[] = {
	ASK_LIST("POST", "Calls/*/Streams", create),
	ASK_ONE("POST", "Calls/*/Streams/*", update),
};

const struct ask_routes stream_routes = { routes, sizeof routes / sizeof *routes };
