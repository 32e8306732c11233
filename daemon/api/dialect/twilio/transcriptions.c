/* Transcriptions of a call while it is spoken: begun and ended by REST. */
#include "daemon/api/call/transcriptions.h"

#include "daemon/api/dialect/twilio/call_part.h"
#include "daemon/api/dialect/twilio/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_MAX = 200, LANGUAGE_MAX = 35, HINTS_MAX = 8000 };

/* ---- beginning ---- */

static void on_started(const struct fault *fault, const char *id, void *arg)
{
	struct call_part *part = arg;

	if (fault) {
		ask_fail(part->ask, fault);
	} else {
		snprintf(part->id, sizeof part->id, "%s", id);
		call_part_answer(part, 201, "in-progress");
	}
	free(part);
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
			       view_dialect(ask->view), "inbound_label", inbound, "outbound_label", outbound)
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
	struct call_part *part = call_part_new(ask, "GT", "Transcriptions");
	struct fault fault;
	json_t *told;

	if (!part)
		return;
	read_wish(&ask->form, &wish);
	told = read_told(ask);
	wish.told = told;
	if (!ask_form_ok(ask) || !ask_arg_id(ask, 0, "CA", part->call)) {
		free(part);
	} else if (!fault_check_url(&fault, FIELD_CALLBACK,
				    json_string_value(json_object_get(told, "url")))) {
		ask_fail(ask, &fault);
		free(part);
	} else {
		snprintf(part->name, sizeof part->name, "%s", wish.name ? wish.name : "");
		transcription_start(&ask->by, part->call, &wish, on_started, part);
	}
	json_decref(told);
}

/* ---- ending ---- */

/* By its sid, or by the name that it was given. */
static void update(struct ask *ask)
{
	struct call_part *part = call_part_new(ask, "GT", "Transcriptions");
	struct transcription_found found;
	char id[ASK_ARG_SIZE];
	struct fault fault;

	if (!part)
		return;
	if (!call_part_read_stop(part)) {
		free(part);
		return;
	}
	if (!sid_read("GT", ask->args[1], id))
		snprintf(id, sizeof id, "%s", ask->args[1]);
	if (transcription_find(&ask->by, part->call, id, &found, &fault)) {
		snprintf(part->id, sizeof part->id, "%s", found.id);
		snprintf(part->name, sizeof part->name, "%s", found.name);
		transcription_stop(&ask->by, part->call, &found, call_part_on_stopped, part);
		return;
	}
	ask_fail(ask, &fault);
	free(part);
}

static const struct route routes[] = {
	ASK_LIST("POST", "Calls/*/Transcriptions", create),
	ASK_ONE("POST", "Calls/*/Transcriptions/*", update),
};

const struct ask_routes transcription_routes = { routes, sizeof routes / sizeof *routes };
