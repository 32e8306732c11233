/* call_state: see call_state.h. */
#include "lib/call_state.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char *const status_names[CALL_STATUS_COUNT] = {
	[CALL_QUEUED] = "queued",	[CALL_RINGING] = "ringing",   [CALL_IN_PROGRESS] = "in-progress",
	[CALL_COMPLETED] = "completed", [CALL_FAILED] = "failed",     [CALL_BUSY] = "busy",
	[CALL_NO_ANSWER] = "no-answer", [CALL_CANCELED] = "canceled",
};

static const char *const ender_names[CALL_ENDER_COUNT] = {
	[CALL_ENDED_BY_CALLER] = "caller", [CALL_ENDED_BY_CALLEE] = "callee", [CALL_ENDED_BY_API] = "api",
	[CALL_ENDED_BY_SCRIPT] = "script", [CALL_ENDED_BY_LIMIT] = "limit",   [CALL_ENDED_BY_FAULT] = "fault",
};

#define BIT(status) (1u << (status))
#define UNANSWERED  (BIT(CALL_FAILED) | BIT(CALL_BUSY) | BIT(CALL_NO_ANSWER) | BIT(CALL_CANCELED))

/* Where a call may go from each state. A far end may answer without ever ringing (a 200 without a 180). */
static const unsigned moves[CALL_STATUS_COUNT] = {
	[CALL_QUEUED] = BIT(CALL_RINGING) | BIT(CALL_IN_PROGRESS) | UNANSWERED,
	[CALL_RINGING] = BIT(CALL_IN_PROGRESS) | UNANSWERED,
	/* an answered call fails only with the switch itself: when it is restarted while the call is up */
	[CALL_IN_PROGRESS] = BIT(CALL_COMPLETED) | BIT(CALL_FAILED),
};

/* What a SIP response code means for a call, one row a code. */
struct meaning {
	int code;
	int q850;
	const char *reason;
};

static const struct meaning meanings[] = {
	{ 400, 41, "The far end could not understand the request." },
	{ 401, 21, "The far end asked for credentials that we do not have." },
	{ 402, 21, "The far end asks for payment." },
	{ 403, 21, "The far end forbids the call." },
	{ 404, 1, "The number or user does not exist." },
	{ 405, 63, "The far end does not allow calls." },
	{ 406, 79, "The far end cannot give an acceptable answer." },
	{ 407, 21, "A proxy asked for credentials that we do not have." },
	{ 408, 102, "The far end did not answer the request in time." },
	{ 410, 22, "The number or user is no longer there." },
	{ 413, 127, "The request was too large for the far end." },
	{ 414, 127, "The address was too long for the far end." },
	{ 415, 79, "The far end does not know the kind of session offered." },
	{ 416, 127, "The far end does not know the kind of address." },
	{ 420, 127, "The far end does not know a required extension." },
	{ 421, 127, "The far end needs an extension that we do not have." },
	{ 423, 127, "The far end finds the interval too short." },
	{ 480, 18, "The phone is not reachable right now." },
	{ 481, 41, "The far end no longer knows the call." },
	{ 482, 25, "The call went round in a loop." },
	{ 483, 25, "The call passed through too many hops." },
	{ 484, 28, "The number is incomplete." },
	{ 485, 1, "The number is ambiguous." },
	{ 486, 17, "The phone is busy." },
	{ 487, 16, "The call was canceled." },
	{ 488, 65, "The two ends have no codec in common." },
	{ 500, 41, "The far end had an internal error." },
	{ 501, 79, "The far end does not support this kind of call." },
	{ 502, 38, "A gateway on the way had an error." },
	{ 503, 41, "The far end is overloaded or out of service." },
	{ 504, 102, "A gateway on the way waited in vain." },
	{ 505, 127, "The far end does not know this version of SIP." },
	{ 513, 127, "The message was too large for the far end." },
	{ 600, 17, "The phone is busy everywhere." },
	{ 603, 21, "The call was declined." },
	{ 604, 1, "The number or user does not exist anywhere." },
	{ 606, 65, "The session offered is acceptable nowhere." },
	{ 607, 21, "The call was declined as unwanted." },
	{ 608, 21, "The call was rejected on its way." },
};

static const struct {
	int cause;
	int code;
} sip_codes[] = {
	{ 1, 404 },  { 2, 404 },   { 3, 404 },	 { 16, 480 },  { 17, 486 }, { 18, 408 }, { 19, 480 },
	{ 20, 480 }, { 21, 403 },  { 22, 410 },	 { 23, 410 },  { 26, 404 }, { 27, 502 }, { 28, 484 },
	{ 29, 501 }, { 31, 480 },  { 34, 503 },	 { 38, 503 },  { 41, 503 }, { 42, 503 }, { 47, 503 },
	{ 55, 403 }, { 57, 403 },  { 58, 503 },	 { 65, 488 },  { 70, 488 }, { 79, 501 }, { 87, 403 },
	{ 88, 503 }, { 102, 504 }, { 111, 500 }, { 127, 500 },
};

static const struct meaning *find_meaning(int code)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].code == code)
			return &meanings[i];
	}
	return NULL;
}

/* Index of `name`, or -1. */
static int find_name(const char *const names[], int count, const char *name)
{
	for (int i = 0; i < count; i++) {
		if (name && names[i] && strcmp(names[i], name) == 0)
			return i;
	}
	return -1;
}

const char *call_status_name(enum call_status status)
{
	return (unsigned)status < CALL_STATUS_COUNT ? status_names[status] : "unknown";
}

int call_status_parse(const char *name, enum call_status *out)
{
	int i = find_name(status_names, CALL_STATUS_COUNT, name);

	if (i < 0)
		return EINVAL;
	*out = (enum call_status)i;
	return 0;
}

bool call_status_is_final(enum call_status status)
{
	return (unsigned)status < CALL_STATUS_COUNT && moves[status] == 0;
}

bool call_state_may_move(enum call_status from, enum call_status to)
{
	return (unsigned)from < CALL_STATUS_COUNT && (unsigned)to < CALL_STATUS_COUNT &&
	       (moves[from] & BIT(to)) != 0;
}

const char *call_ender_name(enum call_ender ender)
{
	return (unsigned)ender < CALL_ENDER_COUNT ? ender_names[ender] : NULL;
}

int call_ender_parse(const char *name, enum call_ender *out)
{
	int i = find_name(ender_names, CALL_ENDER_COUNT, name);

	if (i < 0)
		return EINVAL;
	*out = (enum call_ender)i;
	return 0;
}

const char *call_direction_name(enum call_direction direction)
{
	return direction == CALL_INBOUND ? "inbound" : "outbound";
}

enum call_status call_status_from_sip(int code)
{
	switch (code) {
	case 486:
	case 600:
		return CALL_BUSY;
	case 408:
	case 480:
		return CALL_NO_ANSWER;
	case 487:
		return CALL_CANCELED;
	default:
		return CALL_FAILED;
	}
}

int call_q850_from_sip(int code)
{
	const struct meaning *meaning = find_meaning(code);

	if (code == 0 || (code >= 200 && code < 300))
		return 16;
	/* 31: normal, unspecified */
	return meaning ? meaning->q850 : 31;
}

int call_sip_from_q850(int cause)
{
	for (size_t i = 0; i < sizeof(sip_codes) / sizeof(sip_codes[0]); i++) {
		if (sip_codes[i].cause == cause)
			return sip_codes[i].code;
	}
	return 500;
}

const char *call_reason_from_sip(int code)
{
	const struct meaning *meaning = find_meaning(code);

	if (meaning)
		return meaning->reason;
	if (code == 0 || (code >= 200 && code < 300))
		return "The call ended normally.";
	if (code >= 300 && code < 400)
		return "The far end redirected the call elsewhere.";
	if (code >= 400 && code < 500)
		return "The far end refused the request.";
	if (code >= 500 && code < 600)
		return "The far end had an error.";
	if (code >= 600 && code < 700)
		return "The call was refused everywhere.";
	return "The call ended for an unknown reason.";
}
