/* method: what the files of methods share: a row of the table, what a method is asked, and answers. */
#ifndef OFFHOOK_METHODS_METHOD_H
#define OFFHOOK_METHODS_METHOD_H

#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/conference/conference.h"
#include "daemon/offhookd/methods/methods.h"
#include "daemon/offhookd/stream/streams.h"
#include "media/media.h"
#include "lib/json_get.h"

#include <stddef.h>

enum {
	METHODS_FILES_MAX = 64, /* to play one after the other */
	METHODS_DIGITS_MAX = 64,
	METHODS_NAME_MAX = 200,
};

/* All parameters that there are; a method's are those of its row. Texts are the request's; absent ones NULL,
 * 0, or −1 where the row says so. */
struct method_in {
	const char *account, *coaches, *digits, *file, *finish_on, *from, *from_name, *id, *label, *name,
	    *reason, *recording, *tag, *to, *with, *address, *user, *contact, *stop, *stream, *subprotocol,
	    *text, *url, *after, *sip_call_id;
	int64_t channels, code, digit_timeout, duration, gain, loop, max_digits, max_duration,
	    max_participants, rate, silence, silence_timeout, speech, speech_end, time_limit, timeout;
	int barge_in, beep, exit_beep, claim, collect, deaf, drain, dry_run, ends, failed, hangup, hold,
	    keep_silence, mask_digits, moderator, muted, on, paused, record, ringback, trim_silence,
	    wait;				     /* 0, 1 or −1 */
	int by, beep_at, direction, protocol, track; /* index of a word */
	const json_t *far, *hears, *speaks_to, *headers, *machine_detection, *numbers, *start, *targets;
	const char *password, *tone, *username;
	int ask_refer, brief, screen, message_end, speaks, drains, begins;
	const char *files[METHODS_FILES_MAX];
	size_t file_count;
	const char *record_file; /* of call.originate's record, with `channels` */
	bool record_trim;
	int record_track; /* index of a word: enum media_track */
};

/* A request, read and checked. */
struct asked {
	struct methods *m;
	struct control_request *request; /* to be answered once */
	struct call *call;		 /* where the row says one; held meanwhile */
	struct conference *conference;	 /* likewise */
	struct method_in in;
};

/* Whose state must allow it. */
enum method_of {
	OF_SWITCH,
	OF_CALL,	    /* that is known, live or lately ended */
	OF_LIVE_CALL,	    /* that is not over */
	OF_ANSWERED_CALL,   /* that is in progress */
	OF_RINGING_CALL,    /* that came in, was not answered, and is no other client's */
	OF_RECORDED_CALL,   /* that is live and being recorded */
	OF_CONFERENCE,	    /* that is alive */
	OF_CONFERENCE_CALL, /* both a conference and a live call */
};

enum method_kind {
	PARAM_TEXT,
	PARAM_PATH,
	PARAM_UUID,
	PARAM_INT,
	PARAM_BOOL,
	PARAM_WORD,
	PARAM_OBJECT,
	PARAM_ARRAY,
	PARAM_FILES
};

struct method_param {
	const char *name; /* NULL: the end */
	enum method_kind kind;
	bool required;
	size_t at; /* in struct method_in */
	int64_t min, max, absent;
	const char *const *words; /* ends with NULL */
};

struct method {
	const char *name;
	enum method_of of;
	void (*run)(struct asked *asked);
	const struct method_param *params; /* NULL: none */
	/* What no row can say: fails `g`. NULL: nothing. */
	void (*check)(struct json_get *g, struct asked *asked);
};

extern const struct method methods_table[]; /* the last has no name */

/* Whether a text is a UUID as calls have it. */
bool methods_is_uuid(const char *text);
/* params.c: reads what the row lists; an error sticks in `g`. */
void methods_read(struct method_in *out, struct json_get *g, const struct method_param *params);

/* Whether a program that is there, and not the one that asks, has the call. */
bool methods_is_anothers(const struct asked *asked);

/* Answers. */
/* The call as an answer has it: its snapshot, or, when a brief answer is asked for, its id and status. */
json_t *methods_call_told(const struct asked *asked);
void methods_reply_call(struct asked *asked);	    /* {"call": snapshot} */
void methods_reply_conference(struct asked *asked); /* {"conference": snapshot} */
/* 0: {"call": snapshot}; else the error that it is to a client. */
void methods_reply_done(struct asked *asked, int err);
void methods_refuse(struct asked *asked, int code, const char *field, const char *why); /* field NULL: none */
/* What limits_check() said (`err`: EPERM, EDQUOT): 422 or 402, about "to". */
void methods_reply_denied(struct asked *asked, int err, const char *reason);

/* The functions of the table, by file. */
void method_call_get(struct asked *asked);
void method_call_list(struct asked *asked);
void method_call_stats(struct asked *asked);
void method_call_ring(struct asked *asked);
void method_call_answer(struct asked *asked);
void method_call_reject(struct asked *asked);
void method_call_hangup(struct asked *asked);
void method_call_claim(struct asked *asked);

void method_call_play(struct asked *asked);
void method_call_stop(struct asked *asked);
void method_call_collect(struct asked *asked);
void method_call_send_digits(struct asked *asked);
void method_call_record(struct asked *asked);
void method_call_record_stop(struct asked *asked);
void method_call_record_pause(struct asked *asked);
void method_call_detect_machine(struct asked *asked);
void method_call_voice_activity(struct asked *asked);
void method_call_mute(struct asked *asked);
void method_call_limit(struct asked *asked);
void method_call_deaf(struct asked *asked);
void method_call_echo(struct asked *asked);
void check_finish_on(struct json_get *g, struct asked *asked);
void check_digits(struct json_get *g, struct asked *asked);

void method_call_stream(struct asked *asked);
void method_call_stream_stop(struct asked *asked);
void method_call_stream_say(struct asked *asked);
void check_stream(struct json_get *g, struct asked *asked);
/* The "stream" of call.originate: the far end is a program. Its members take the places of those of
 * call.stream. */
void methods_read_far(struct json_get *g, struct asked *asked);
struct stream_wish methods_far_wish(const struct method_in *in);

void method_call_bridge(struct asked *asked);
void method_call_connect(struct asked *asked);
void method_call_unbridge(struct asked *asked);
void method_call_hold(struct asked *asked);
void method_call_transfer(struct asked *asked);
void method_call_refer(struct asked *asked);
void check_to_or_with(struct json_get *g, struct asked *asked);

void method_call_originate(struct asked *asked);
void method_call_dial(struct asked *asked);
void check_originate(struct json_get *g, struct asked *asked);
void check_dial(struct json_get *g, struct asked *asked);
/* Bounds of how it is listened for who answers. [ms] */
enum {
	DETECT_TIMEOUT_MIN = 3000,
	DETECT_TIMEOUT_MAX = 120000,
	DETECT_SPEECH_MIN = 1000,
	DETECT_SPEECH_MAX = 6000,
	DETECT_SPEECH_END_MIN = 500,
	DETECT_SPEECH_END_MAX = 5000,
	DETECT_SILENCE_MIN = 2000,
	DETECT_SILENCE_MAX = 10000
};
/* How it is listened for who answers; returns 0 or EINVAL with what is wrong in `g`. */
int methods_read_machine(const json_t *object, struct media_amd *how, struct json_get *g);
/* Fails `g` where headers are none that a program may give; NULL is fine. */
void check_headers(struct json_get *g, const json_t *headers);
void check_ring(struct json_get *g, struct asked *asked);

void method_conference_create(struct asked *asked);
void method_conference_list(struct asked *asked);
void method_conference_get(struct asked *asked);
void method_conference_play(struct asked *asked);
void method_conference_stop(struct asked *asked);
void method_conference_record(struct asked *asked);
void method_conference_record_stop(struct asked *asked);
void method_conference_record_pause(struct asked *asked);
void method_conference_end(struct asked *asked);
void check_conference(struct json_get *g, struct asked *asked);

void method_conference_add(struct asked *asked);
void method_conference_remove(struct asked *asked);
void method_conference_change(struct asked *asked);
void method_conference_mute(struct asked *asked);
void method_conference_hold(struct asked *asked);
void method_conference_deaf(struct asked *asked);
void method_conference_coach(struct asked *asked);
void check_coaches(struct json_get *g, struct asked *asked);

void method_rate_find(struct asked *asked);
void method_account_list(struct asked *asked);
void check_number(struct json_get *g, struct asked *asked);

/* What switch.status says of the switch: a new object. */
json_t *methods_status(const struct methods *methods);
void method_switch_metrics(struct asked *asked);
void method_call_trace(struct asked *asked);
void method_trace_read(struct asked *asked);
void check_trace(struct json_get *g, struct asked *asked);

void method_switch_status(struct asked *asked);
void method_switch_reload(struct asked *asked);
void method_switch_drain(struct asked *asked);
void method_switch_shutdown(struct asked *asked);
void method_bans_list(struct asked *asked);
void method_bans_lift(struct asked *asked);
void method_registration_remove(struct asked *asked);
void method_registration_list(struct asked *asked);
void method_user_list(struct asked *asked);
void method_trunk_list(struct asked *asked);

void method_number_set(struct asked *asked);
void method_number_remove(struct asked *asked);
void method_number_list(struct asked *asked);
void check_numbers_set(struct json_get *g, struct asked *asked);
void check_numbers(struct json_get *g, struct asked *asked);

#endif
