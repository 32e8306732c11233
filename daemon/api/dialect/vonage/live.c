/* What is played, said, pressed and heard in a call: /v1/calls/{uuid}/stream, talk, dtmf, input/dtmf. */
#include "daemon/api/call/calls.h"
#include "daemon/api/call/listen.h"
#include "daemon/api/dialect/vonage/ask.h"
#include "daemon/api/net/weburl.h"

#include <stdio.h>
#include <string.h>

static void announce(struct ask *ask, struct json_get *get, struct call_change *change, const char *done)
{
	int64_t loop = 1;

	json_get_int(get, "loop", false, 0, ANNOUNCE_LOOP_MAX, &loop);
	if (!vonage_params_ok(ask, get))
		return;
	change->loop = (unsigned)loop;
	ask->done = done;
	call_change(&ask->by, ask->id, change, vonage_on_call_done, ask);
}

void vonage_stream(struct ask *ask)
{
	struct call_change change = { .kind = CALL_CHANGE_ANNOUNCE };
	struct json_get get;

	json_get_init(&get, ask->body);
	vonage_param_url(&get, "stream_url", true, &change.what.play);
	if (change.what.play && !weburl_is_valid(change.what.play))
		json_get_fail(&get, "stream_url",
			      "stream_url must be a list of one absolute http or https URL.");
	announce(ask, &get, &change, "Stream started");
}

void vonage_talk(struct ask *ask)
{
	struct call_change change = { .kind = CALL_CHANGE_ANNOUNCE };
	struct json_get get;

	json_get_init(&get, ask->body);
	json_get_string(&get, "text", true, &change.what.say);
	json_get_string(&get, "language", false, &change.what.language);
	announce(ask, &get, &change, "Talk started");
}

static void stop(struct ask *ask, const char *done)
{
	const struct call_change change = { .kind = CALL_CHANGE_STOP };

	ask->done = done;
	call_change(&ask->by, ask->id, &change, vonage_on_call_done, ask);
}

void vonage_stop_stream(struct ask *ask)
{
	stop(ask, "Stream stopped");
}

void vonage_stop_talk(struct ask *ask)
{
	stop(ask, "Talk stopped");
}

/* 0-9 * #, and p for a pause of half a second. */
void vonage_digits(struct ask *ask)
{
	struct call_change change = { .kind = CALL_CHANGE_DIGITS };
	char digits[CALL_DIGITS_MAX + 1] = "";
	const char *text = "";
	struct json_get get;

	json_get_init(&get, ask->body);
	json_get_string(&get, "digits", true, &text);
	snprintf(digits, sizeof digits, "%s", text);
	for (char *c = digits; *c; c++)
		if (*c == 'p')
			*c = 'w';
	change.digits = digits;
	if (strlen(text) > CALL_DIGITS_MAX || !call_digits_are_fit(digits))
		json_get_fail(&get, "digits", "digits must be 1 to %d of 0-9 * #, and p for a pause.",
			      CALL_DIGITS_MAX);
	ask->done = "DTMF sent";
	if (vonage_params_ok(ask, &get))
		call_change(&ask->by, ask->id, &change, vonage_on_call_done, ask);
}

void vonage_listen(struct ask *ask)
{
	const char *url = NULL;
	bool post = true;
	struct json_get get;

	json_get_init(&get, ask->body);
	vonage_param_url(&get, "event_url", true, &url);
	vonage_param_method(&get, "event_method", &post);
	if (vonage_params_ok(ask, &get))
		call_listen(&ask->by, ask->id, url, post, vonage_on_call, ask);
}

void vonage_stop_listening(struct ask *ask)
{
	call_listen(&ask->by, ask->id, NULL, false, vonage_on_call, ask);
}
