#include "lib/told_event.h"

#include "lib/call_state.h"

#include <string.h>

static bool is_one_of(const char *name, const char *const names[])
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

bool told_event_of_call(const char *name)
{
	static const char *const types[] = { "call.*",
					     "call.incoming",
					     "call.state",
					     "call.early_media",
					     "call.machine",
					     "call.digit",
					     "call.play_done",
					     "call.collect_done",
					     "call.record_started",
					     "call.record_done",
					     "call.record_stored",
					     "call.bridged",
					     "call.unbridged",
					     "call.quality",
					     "call.media_timeout",
					     "call.bye_undelivered",
					     "call.held",
					     "call.resumed",
					     "call.transferred",
					     "call.transfer_failed",
					     "call.refer_asked",
					     "call.speech",
					     "call.speech_error",
					     "call.voice",
					     "script.warning",
					     "script.error",
					     NULL };
	enum call_status status;

	return is_one_of(name, types) || !call_status_parse(name, &status);
}

bool told_event_of_conference(const char *name)
{
	static const char *const types[] = { "conference.*",
					     "conference.state",
					     "conference.participant",
					     "conference.play_done",
					     "conference.record_started",
					     "conference.record_done",
					     NULL };

	return is_one_of(name, types);
}

bool told_event_is(const char *name, const char *type, const char *status)
{
	const size_t length = strlen(name);

	if (length > 1 && name[length - 1] == '*')
		return !strncmp(type, name, length - 1);
	return !strcmp(type, name) || (status && !strcmp(type, "call.state") && !strcmp(status, name));
}
