/* Every method of the control socket: its name, whose state must allow it, its function, its parameters. A
 * parameter's row says the least and the most that it may be, and what it is when it is absent. */
#include "daemon/offhookd/methods/method.h"

enum {
	LOOPS_MAX = 1000000,
	RING_MAX_S = 3600,
	LIMIT_MAX_S = 7 * 86400,
	GAIN_MIN_DB = -40,
	GAIN_MAX_DB = 20,
	PARTICIPANTS_MAX = 100000,
	RECORD_MAX_S = 86400,
};

static const char *const enders[] = { "api", "script", NULL };
static const char *const beeps[] = { "none", "enter", "exit", "both", NULL };
static const char *const directions[] = { "outbound", "inbound", NULL };
static const char *const protocols[] = { "twilio", "vonage", "plain", "speech", NULL };
static const char *const tracks[] = { "inbound", "outbound", "both", NULL };

#define AT(member) offsetof(struct method_in, member)
#define PARAMS(...)                   \
	(const struct method_param[]) \
	{                             \
		__VA_ARGS__,          \
		{                     \
			.name = NULL  \
		}                     \
	}
/* The name of a parameter is that of its member, but for those that say otherwise. */
#define TEXT(member)                                                 \
	{                                                            \
#member, PARAM_TEXT, true, AT(member), 0, 0, 0, NULL \
	}
#define TEXT_OR(member)                                               \
	{                                                             \
#member, PARAM_TEXT, false, AT(member), 0, 0, 0, NULL \
	}
#define PATH_OR(member)                                               \
	{                                                             \
#member, PARAM_PATH, false, AT(member), 0, 0, 0, NULL \
	}
#define UUID_OR(member)                                               \
	{                                                             \
#member, PARAM_UUID, false, AT(member), 0, 0, 0, NULL \
	}
#define OBJECT_OR(member)                                               \
	{                                                               \
#member, PARAM_OBJECT, false, AT(member), 0, 0, 0, NULL \
	}
#define OBJECT_AS(name, member)                                      \
	{                                                            \
		name, PARAM_OBJECT, false, AT(member), 0, 0, 0, NULL \
	}
#define ARRAY_OR(member)                                               \
	{                                                              \
#member, PARAM_ARRAY, false, AT(member), 0, 0, 0, NULL \
	}
#define INT_OR(member, min, max, absent)                                      \
	{                                                                     \
#member, PARAM_INT, false, AT(member), min, max, absent, NULL \
	}
#define BOOL(member)                                                 \
	{                                                            \
#member, PARAM_BOOL, true, AT(member), 0, 0, 0, NULL \
	}
#define BOOL_OR(member, absent)                                            \
	{                                                                  \
#member, PARAM_BOOL, false, AT(member), 0, 0, absent, NULL \
	}
#define WORD_OR(name, member, words)                                \
	{                                                           \
		name, PARAM_WORD, false, AT(member), 0, 0, 0, words \
	}
#define FILES(needed)                                                  \
	{                                                              \
		"files", PARAM_FILES, needed, AT(files), 0, 0, 0, NULL \
	}
#define MUSIC                                                         \
	{                                                             \
		"music", PARAM_FILES, false, AT(files), 0, 0, 0, NULL \
	}
/* How a call takes part in a conference; what is absent stays as it is. */
#define HOW_BUT_MUTED BOOL_OR(moderator, -1), BOOL_OR(ends, -1), BOOL_OR(hangup, -1), BOOL_OR(exit_beep, -1)

const struct method methods_table[] = {
	{ "call.get", OF_CALL, method_call_get, NULL, NULL },
	{ "call.list", OF_SWITCH, method_call_list, NULL, NULL },
	{ "call.stats", OF_LIVE_CALL, method_call_stats, NULL, NULL },
	{ "call.ring", OF_RINGING_CALL, method_call_ring, PARAMS(OBJECT_OR(headers), BOOL_OR(brief, 0)),
	  check_ring },
	{ "call.answer", OF_RINGING_CALL, method_call_answer, NULL, NULL },
	{ "call.reject", OF_RINGING_CALL, method_call_reject,
	  PARAMS(WORD_OR("by", by, enders), INT_OR(code, 400, 699, 603)), NULL },
	{ "call.hangup", OF_LIVE_CALL, method_call_hangup,
	  PARAMS(WORD_OR("by", by, enders), INT_OR(code, 400, 699, 0), TEXT_OR(reason), BOOL_OR(failed, 0),
		 BOOL_OR(brief, 0)),
	  NULL },
	{ "call.claim", OF_LIVE_CALL, method_call_claim, NULL, NULL },

	{ "call.play", OF_ANSWERED_CALL, method_call_play,
	  PARAMS(FILES(true), INT_OR(loop, 0, LOOPS_MAX, 1), BOOL_OR(barge_in, 0),
		 INT_OR(gain, GAIN_MIN_DB, GAIN_MAX_DB, 0), BOOL_OR(brief, 0)),
	  NULL },
	{ "call.stop", OF_ANSWERED_CALL, method_call_stop, PARAMS(BOOL_OR(collect, 1)), NULL },
	{ "call.collect", OF_ANSWERED_CALL, method_call_collect,
	  PARAMS(INT_OR(max_digits, 1, COLLECT_DIGITS_MAX, COLLECT_DIGITS_MAX), TEXT_OR(finish_on),
		 INT_OR(timeout, 1, 3600, 5), INT_OR(digit_timeout, 1, 3600, 3), BOOL_OR(brief, 0)),
	  check_finish_on },
	{ "call.send_digits", OF_ANSWERED_CALL, method_call_send_digits,
	  PARAMS(TEXT(digits), INT_OR(duration, 40, 6000, 100)), check_digits },
	{ "call.record", OF_LIVE_CALL, method_call_record,
	  PARAMS(UUID_OR(id), PATH_OR(file), INT_OR(channels, 1, 2, 1),
		 WORD_OR("track", record_track, recording_tracks), INT_OR(max_duration, 1, RECORD_MAX_S, 0),
		 INT_OR(silence_timeout, 1, 3600, 0), BOOL_OR(beep, 0), BOOL_OR(trim_silence, 0),
		 BOOL_OR(mask_digits, 0)),
	  NULL },
	{ "call.record_stop", OF_RECORDED_CALL, method_call_record_stop, PARAMS(TEXT_OR(recording)), NULL },
	{ "call.record_pause", OF_RECORDED_CALL, method_call_record_pause,
	  PARAMS(BOOL(paused), BOOL_OR(keep_silence, 0), TEXT_OR(recording)), NULL },
	{ "call.mute", OF_ANSWERED_CALL, method_call_mute, PARAMS(BOOL(muted)), NULL },
	{ "call.limit", OF_LIVE_CALL, method_call_limit, PARAMS(INT_OR(time_limit, 1, LIMIT_MAX_S, 0)),
	  NULL },
	{ "call.deaf", OF_ANSWERED_CALL, method_call_deaf, PARAMS(BOOL(deaf)), NULL },
	{ "call.echo", OF_ANSWERED_CALL, method_call_echo, PARAMS(BOOL(on)), NULL },

	{ "call.bridge", OF_ANSWERED_CALL, method_call_bridge, PARAMS(TEXT(with)), NULL },
	{ "call.connect", OF_LIVE_CALL, method_call_connect, PARAMS(TEXT(with)), NULL },
	{ "call.unbridge", OF_ANSWERED_CALL, method_call_unbridge, NULL, NULL },
	{ "call.hold", OF_ANSWERED_CALL, method_call_hold, PARAMS(BOOL(hold), FILES(false)), NULL },
	{ "call.transfer", OF_ANSWERED_CALL, method_call_transfer,
	  PARAMS(TEXT(to), INT_OR(timeout, 1, RING_MAX_S, 0)), NULL },
	{ "call.refer", OF_ANSWERED_CALL, method_call_refer, PARAMS(TEXT_OR(to), TEXT_OR(with)),
	  check_to_or_with },

	{ "call.originate", OF_SWITCH, method_call_originate,
	  PARAMS(TEXT(to), TEXT(from), UUID_OR(id), TEXT_OR(account), TEXT_OR(from_name), TEXT_OR(tag),
		 INT_OR(timeout, 1, RING_MAX_S, 0), INT_OR(time_limit, 1, LIMIT_MAX_S, 0), OBJECT_OR(headers),
		 OBJECT_OR(machine_detection), TEXT_OR(username), TEXT_OR(password), BOOL_OR(claim, 1),
		 BOOL_OR(dry_run, 0), OBJECT_AS("stream", far)),
	  check_originate },
	{ "call.dial", OF_LIVE_CALL, method_call_dial,
	  PARAMS(TEXT_OR(to), ARRAY_OR(targets), TEXT_OR(from), TEXT_OR(from_name),
		 INT_OR(timeout, 1, RING_MAX_S, 0), INT_OR(time_limit, 1, LIMIT_MAX_S, 0),
		 BOOL_OR(ringback, 0), TEXT_OR(tone), FILES(false), BOOL_OR(screen, 0),
		 BOOL_OR(ask_refer, 0)),
	  check_dial },

	{ "call.detect_machine", OF_ANSWERED_CALL, method_call_detect_machine,
	  PARAMS(BOOL_OR(on, 1), BOOL_OR(message_end, 0),
		 INT_OR(timeout, DETECT_TIMEOUT_MIN, DETECT_TIMEOUT_MAX, 0),
		 INT_OR(speech, DETECT_SPEECH_MIN, DETECT_SPEECH_MAX, 0),
		 INT_OR(speech_end, DETECT_SPEECH_END_MIN, DETECT_SPEECH_END_MAX, 0),
		 INT_OR(silence, DETECT_SILENCE_MIN, DETECT_SILENCE_MAX, 0)),
	  NULL },
	{ "call.voice_activity", OF_ANSWERED_CALL, method_call_voice_activity,
	  PARAMS(BOOL_OR(on, 1), INT_OR(speech, 20, 5000, 0), INT_OR(silence, 50, 30000, 0)), NULL },
	{ "call.stream", OF_LIVE_CALL, method_call_stream,
	  PARAMS(TEXT(url), UUID_OR(stream), TEXT_OR(name), WORD_OR("protocol", protocol, protocols),
		 WORD_OR("track", track, tracks), INT_OR(rate, 8000, 24000, 8000), BOOL_OR(speaks, 0),
		 OBJECT_OR(headers), TEXT_OR(subprotocol), OBJECT_OR(start), TEXT_OR(stop),
		 BOOL_OR(drains, 0), BOOL_OR(begins, 0)),
	  check_stream },
	{ "call.stream_stop", OF_LIVE_CALL, method_call_stream_stop, PARAMS(TEXT_OR(stream)), NULL },
	{ "call.stream_say", OF_LIVE_CALL, method_call_stream_say, PARAMS(TEXT(stream), TEXT(text)), NULL },

	{ "conference.create", OF_SWITCH, method_conference_create,
	  PARAMS(TEXT(name), UUID_OR(id), TEXT_OR(account), INT_OR(max_participants, 1, PARTICIPANTS_MAX, 0),
		 BOOL_OR(wait, 0), BOOL_OR(record, 0), BOOL_OR(trim_silence, 0),
		 WORD_OR("beep", beep_at, beeps), MUSIC),
	  check_conference },
	{ "conference.list", OF_SWITCH, method_conference_list, NULL, NULL },
	{ "conference.get", OF_CONFERENCE, method_conference_get, NULL, NULL },
	{ "conference.play", OF_CONFERENCE, method_conference_play,
	  PARAMS(INT_OR(loop, 0, LOOPS_MAX, 1), FILES(true)), NULL },
	{ "conference.stop", OF_CONFERENCE, method_conference_stop, NULL, NULL },
	{ "conference.record", OF_CONFERENCE, method_conference_record,
	  PARAMS(UUID_OR(id), PATH_OR(file), BOOL_OR(beep, 0), BOOL_OR(trim_silence, 0)), NULL },
	{ "conference.record_stop", OF_CONFERENCE, method_conference_record_stop, NULL, NULL },
	{ "conference.record_pause", OF_CONFERENCE, method_conference_record_pause,
	  PARAMS(BOOL(paused), BOOL_OR(keep_silence, 0)), NULL },
	{ "conference.end", OF_CONFERENCE, method_conference_end, NULL, NULL },

	{ "conference.add", OF_CONFERENCE_CALL, method_conference_add,
	  PARAMS(BOOL_OR(muted, -1), BOOL_OR(hold, -1), BOOL_OR(deaf, -1), HOW_BUT_MUTED, TEXT_OR(coaches),
		 TEXT_OR(label), ARRAY_OR(speaks_to), ARRAY_OR(hears)),
	  check_coaches },
	{ "conference.change", OF_LIVE_CALL, method_conference_change,
	  PARAMS(BOOL_OR(muted, -1), BOOL_OR(hold, -1), BOOL_OR(deaf, -1), HOW_BUT_MUTED, TEXT_OR(coaches),
		 TEXT_OR(label), ARRAY_OR(speaks_to), ARRAY_OR(hears)),
	  check_coaches },
	{ "conference.remove", OF_LIVE_CALL, method_conference_remove, NULL, NULL },
	{ "conference.mute", OF_LIVE_CALL, method_conference_mute,
	  PARAMS(BOOL(muted), BOOL_OR(hold, -1), BOOL_OR(deaf, -1), HOW_BUT_MUTED, TEXT_OR(coaches)),
	  check_coaches },
	{ "conference.hold", OF_LIVE_CALL, method_conference_hold,
	  PARAMS(FILES(false), BOOL(hold), BOOL_OR(muted, -1), BOOL_OR(deaf, -1), HOW_BUT_MUTED,
		 TEXT_OR(coaches)),
	  check_coaches },
	{ "conference.deaf", OF_LIVE_CALL, method_conference_deaf,
	  PARAMS(BOOL(deaf), BOOL_OR(muted, -1), BOOL_OR(hold, -1), HOW_BUT_MUTED, TEXT_OR(coaches)),
	  check_coaches },
	{ "conference.coach", OF_LIVE_CALL, method_conference_coach,
	  PARAMS(TEXT(coaches), BOOL_OR(muted, -1), BOOL_OR(hold, -1), BOOL_OR(deaf, -1), HOW_BUT_MUTED),
	  check_coaches },

	{ "rate.find", OF_SWITCH, method_rate_find,
	  PARAMS(TEXT(to), TEXT_OR(account), WORD_OR("direction", direction, directions)), check_number },
	{ "account.list", OF_SWITCH, method_account_list, NULL, NULL },

	{ "call.trace", OF_SWITCH, method_call_trace,
	  PARAMS({ "call", PARAM_UUID, false, AT(id), 0, 0, 0, NULL }, TEXT_OR(sip_call_id)), check_trace },
	{ "trace.read", OF_SWITCH, method_trace_read, PARAMS(TEXT_OR(after)), NULL },
	{ "switch.status", OF_SWITCH, method_switch_status, NULL, NULL },
	{ "switch.metrics", OF_SWITCH, method_switch_metrics, NULL, NULL },
	{ "switch.reload", OF_SWITCH, method_switch_reload, NULL, NULL },
	{ "switch.drain", OF_SWITCH, method_switch_drain, PARAMS(BOOL_OR(on, 1)), NULL },
	{ "switch.shutdown", OF_SWITCH, method_switch_shutdown, PARAMS(BOOL_OR(drain, 0)), NULL },
	{ "bans.list", OF_SWITCH, method_bans_list, NULL, NULL },
	{ "bans.lift", OF_SWITCH, method_bans_lift, PARAMS(TEXT(address)), NULL },
	{ "registration.list", OF_SWITCH, method_registration_list, NULL, NULL },
	{ "registration.remove", OF_SWITCH, method_registration_remove, PARAMS(TEXT(user), TEXT_OR(contact)),
	  NULL },
	{ "user.list", OF_SWITCH, method_user_list, NULL, NULL },
	{ "trunk.list", OF_SWITCH, method_trunk_list, NULL, NULL },
	{ "number.set", OF_SWITCH, method_number_set, PARAMS(ARRAY_OR(numbers)), check_numbers_set },
	{ "number.remove", OF_SWITCH, method_number_remove, PARAMS(ARRAY_OR(numbers)), check_numbers },
	{ "number.list", OF_SWITCH, method_number_list, NULL, NULL },
	{ NULL, OF_SWITCH, NULL, NULL, NULL },
};
