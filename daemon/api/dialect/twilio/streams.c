/* Streams of a call: begun and ended by REST; one way, as Twilio has them. */
#include "daemon/api/call/streams.h"

#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/dialect/twilio/routes.h"
#include "daemon/api/dialect/twilio/script_form.h"
#include "lib/clock.h"
#include "lib/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_URL = 21205, PARAMETERS_MAX = 99 };

/* What is asked for, until the switch has answered. */
struct order {
	struct ask *ask;
	char call[UUID_TEXT_SIZE], stream[UUID_TEXT_SIZE];
	char name[200];
	int status;
	const char *state;
};

static void answer(struct order *order)
{
	const struct view_of of = ask_view(order->ask);
	char sid[SID_SIZE], call[SID_SIZE], account[SID_SIZE], date[DATE_TEXT_SIZE];
	json_t *json;

	sid_write(of.view, "MZ", order->stream, sid);
	sid_write(of.view, "CA", order->call, call);
	json = json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s, s:o}", "sid", sid, "account_sid",
			 view_account_sid(&of, account), "call_sid", call, "name",
			 *order->name ? order->name : NULL, "status", order->state, "date_updated",
			 date_write(clock_utc_ms(), date), "uri",
			 view_uri(&of, "/Calls/%s/Streams/%s.json", call, sid));
	ask_done(order->ask, order->status, json);
}

static void on_done(const struct fault *fault, void *arg)
{
	struct order *order = arg;

	if (fault)
		ask_fail(order->ask, fault);
	else
		answer(order);
	free(order);
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

static json_t *params_of(struct ask *ask, const struct order *order, const char *url, const char *track)
{
	const struct script_form *form =
	    ask->view == VIEW_TWILIO ? &twilio_script_form : &signalwire_script_form;
	json_t *parameters = read_parameters(&ask->form);
	const struct script_stream stream = { .id = order->stream, .url = url, .parameters = parameters };
	const struct script_told told = { .conf = ask->by.desk->conf,
					  .account = ask->by.account,
					  .call = order->call };
	json_t *params = form->stream(&told, &stream);

	json_object_set_new(params, "url", json_string(url));
	json_object_set_new(params, "stream", json_string(order->stream));
	json_object_set_new(params, "track", json_string(track));
	if (*order->name)
		json_object_set_new(params, "name", json_string(order->name));
	json_decref(parameters);
	return params;
}

static struct order *order_new(struct ask *ask, int status, const char *state)
{
	struct order *order = calloc(1, sizeof *order);

	if (!order) {
		ask_refuse(ask, 503, 20503, "Out of memory.");
		return NULL;
	}
	order->ask = ask;
	order->status = status;
	order->state = state;
	return order;
}

static void create(struct ask *ask)
{
	static const char *const tracks[] = { "inbound_track", "outbound_track", "both_tracks", NULL };
	static const char *const words[] = { "inbound", "outbound", "both" };
	struct form *form = &ask->form;
	const char *url = form_text(form, "Url"), *name = form_text(form, "Name");
	struct order *order = order_new(ask, 201, "in-progress");
	struct stream_watch watch = { .name = name };
	bool post = true;
	int track = 0;

	if (!order)
		return;
	form_word(form, "Track", tracks, &track);
	watch.url = form_url(form, "StatusCallback");
	form_method(form, "StatusCallbackMethod", &post);
	watch.get = !post;
	if (!url || (strncmp(url, "wss://", 6) != 0 && strncmp(url, "ws://", 5) != 0))
		form_fail(form, CODE_URL, "Url must begin with wss:// or ws://.");
	if (name && strlen(name) >= sizeof order->name)
		form_fail(form, TROUBLE_PARAMETER, "Name is longer than %zu characters.",
			  sizeof order->name - 1);
	if (!ask_form_ok(ask) || !ask_arg_id(ask, 0, "CA", order->call)) {
		free(order);
		return;
	}
	snprintf(order->name, sizeof order->name, "%s", name ? name : "");
	random_uuid(order->stream);
	stream_start(&ask->by, order->call, params_of(ask, order, url, words[track]), &watch, on_done, order);
}

/* By its sid, or by the name that it was given. */
static void update(struct ask *ask)
{
	static const char *const statuses[] = { "stopped", NULL };
	struct order *order = order_new(ask, 200, "stopped");
	int status = -1;

	if (!order)
		return;
	if (!form_word(&ask->form, "Status", statuses, &status))
		form_fail(&ask->form, TROUBLE_PARAMETER, "Status must be stopped.");
	if (!ask_form_ok(ask) || !ask_arg_id(ask, 0, "CA", order->call)) {
		free(order);
		return;
	}
	if (!sid_read("MZ", ask->args[1], order->stream))
		snprintf(order->name, sizeof order->name, "%.199s", ask->args[1]);
	stream_stop(&ask->by, order->call, *order->name ? order->name : order->stream, on_done, order);
}

static const struct route routes[] = {
	ASK_LIST("POST", "Calls/*/Streams", create),
	ASK_ONE("POST", "Calls/*/Streams/*", update),
};

const struct ask_routes stream_routes = { routes, sizeof routes / sizeof *routes };
