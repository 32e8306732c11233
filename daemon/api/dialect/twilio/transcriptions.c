/* Transcriptions of a call while it is spoken: begun and ended by REST. */
#include "daemon/api/call/transcriptions.h"

#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/dialect/twilio/routes.h"
#include "lib/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_MAX = 200, LANGUAGE_MAX = 35, HINTS_MAX = 8000 };

/* What is asked for, until the switch has answered. */
struct order {
	struct ask *ask;
	char call[UUID_TEXT_SIZE];
	struct transcription_found one;
};

static struct order *order_new(struct ask *ask)
{
	struct order *order = calloc(1, sizeof *order);

	if (order)
		order->ask = ask;
	else
		ask_refuse(ask, 503, 20503, "Out of memory.");
	return order;
}

static void answer(struct order *order, int status, const char *state)
{
	const struct view_of of = ask_view(order->ask);
	char sid[SID_SIZE], call[SID_SIZE], account[SID_SIZE], date[DATE_TEXT_SIZE];
	json_t *json;

	sid_write(of.view, "GT", order->one.id, sid);
	sid_write(of.view, "CA", order->call, call);
	json = json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s, s:o}", "sid", sid, "account_sid",
			 view_account_sid(&of, account), "call_sid", call, "name",
			 *order->one.name ? order->one.name : NULL, "status", state, "date_updated",
			 date_write(clock_utc_ms(), date), "uri",
			 view_uri(&of, "/Calls/%s/Transcriptions/%s.json", call, sid));
	ask_done(order->ask, status, json);
}

/* ---- beginning ---- */

static void on_started(const struct fault *fault, const char *id, void *arg)
{
	struct order *order = arg;

	if (fault) {
		ask_fail(order->ask, fault);
	} else {
		snprintf(order->one.id, sizeof order->one.id, "%s", id);
		answer(order, 201, "in-progress");
	}
	free(order);
}

static const char *bounded(struct form *form, const char *name, size_t max)
{
	const char *text = form_text(form, name);

	if (text && strlen(text) > max)
		form_fail(form, TROUBLE_PARAMETER, "%s is longer than %zu characters.", name, max);
	return text;
}

/* Who is told, or NULL: nobody. */
static json_t *read_told(struct ask *ask)
{
	struct form *form = &ask->form;
	const char *url = form_url(form, "StatusCallbackUrl");
	const char *inbound = bounded(form, "InboundTrackLabel", LABEL_MAX);
	const char *outbound = bounded(form, "OutboundTrackLabel", LABEL_MAX);
	bool post = true;

	form_method(form, "StatusCallbackMethod", &post);
	return url ? json_pack("{s:s, s:b, s:s, s:s*, s:s*}", "url", url, "get", !post, "dialect",
			       ask->view == VIEW_TWILIO ? "twilio" : "signalwire", "inbound_label", inbound,
			       "outbound_label", outbound)
		   : NULL;
}

static void read_wish(struct form *form, struct transcription_wish *wish)
{
	static const char *const tracks[] = { "both_tracks", "inbound_track", "outbound_track", NULL };
	static const char *const words[] = { "both", "inbound", "outbound" };
	int track = 0;

	form_word(form, "Track", tracks, &track);
	wish->track = words[track];
	wish->name = bounded(form, "Name", TRANSCRIPTION_NAME_SIZE - 1);
	wish->heard.language = bounded(form, "LanguageCode", LANGUAGE_MAX);
	wish->heard.hints = bounded(form, "Hints", HINTS_MAX);
	form_bool(form, "PartialResults", &wish->heard.partials);
	form_bool(form, "ProfanityFilter", &wish->heard.profanity_filter);
}

static void create(struct ask *ask)
{
	struct transcription_wish wish = { .heard = { .dictation = true, .profanity_filter = true } };
	struct order *order = order_new(ask);
	struct fault fault;
	json_t *told;

	if (!order)
		return;
	read_wish(&ask->form, &wish);
	told = read_told(ask);
	wish.told = told;
	if (!ask_form_ok(ask) || !ask_arg_id(ask, 0, "CA", order->call)) {
		free(order);
	} else if (!fault_check_url(&fault, FIELD_CALLBACK,
				    json_string_value(json_object_get(told, "url")))) {
		ask_fail(ask, &fault);
		free(order);
	} else {
		snprintf(order->one.name, sizeof order->one.name, "%s", wish.name ? wish.name : "");
		transcription_start(&ask->by, order->call, &wish, on_started, order);
	}
	json_decref(told);
}

/* ---- ending ---- */

static void on_stopped(const struct fault *fault, void *arg)
{
	struct order *order = arg;

	if (fault)
		ask_fail(order->ask, fault);
	else
		answer(order, 200, "stopped");
	free(order);
}

/* By its sid, or by the name that it was given. */
static void update(struct ask *ask)
{
	static const char *const statuses[] = { "stopped", NULL };
	struct order *order = order_new(ask);
	char id[ASK_ARG_SIZE];
	struct fault fault;
	int status = -1;

	if (!order)
		return;
	if (!form_word(&ask->form, "Status", statuses, &status))
		form_fail(&ask->form, TROUBLE_PARAMETER, "Status must be stopped.");
	if (!ask_form_ok(ask) || !ask_arg_id(ask, 0, "CA", order->call)) {
		free(order);
		return;
	}
	if (!sid_read("GT", ask->args[1], id))
		snprintf(id, sizeof id, "%s", ask->args[1]);
	if (transcription_find(&ask->by, order->call, id, &order->one, &fault)) {
		transcription_stop(&ask->by, order->call, &order->one, on_stopped, order);
		return;
	}
	ask_fail(ask, &fault);
	free(order);
}

static const struct route routes[] = {
	ASK_LIST("POST", "Calls/*/Transcriptions", create),
	ASK_ONE("POST", "Calls/*/Transcriptions/*", update),
};

const struct ask_routes transcription_routes = { routes, sizeof routes / sizeof *routes };
