/* told_event: the names of what happens to calls and conferences, for those who choose what they are told of:
 * a type ("call.record_done"), all of a kind ("call.*"), or a call's status ("completed"), which means that
 * the call has come to it. */
#ifndef OFFHOOK_TOLD_EVENT_H
#define OFFHOOK_TOLD_EVENT_H

#include <stdbool.h>

#define TOLD_EVENTS_OF_CALLS                                                                            \
	"queued, ringing, in-progress, completed, failed, busy, no-answer, canceled; call.* or one of " \
	"call.incoming, call.state, call.early_media, call.machine, call.digit, call.play_done, "       \
	"call.collect_done, "                                                                           \
	"call.record_started, call.record_done, call.record_stored, call.bridged, call.unbridged, "     \
	"call.quality, call.media_timeout, call.bye_undelivered, call.held, call.resumed, "             \
	"call.transferred, "                                                                            \
	"call.transfer_failed, "                                                                        \
	"call.refer_asked, script.warning, script.error"
#define TOLD_EVENTS_OF_CONFERENCES                                                                \
	"conference.* or one of conference.state, conference.participant, conference.play_done, " \
	"conference.record_started, conference.record_done"

/* Whether that can be told of a call, or of a conference. */
bool told_event_of_call(const char *name);
bool told_event_of_conference(const char *name);

/* Whether an event of `type`, after which the call has `status` (NULL: it is a conference's), is one of
 * `name`. */
bool told_event_is(const char *name, const char *type, const char *status);

#endif
