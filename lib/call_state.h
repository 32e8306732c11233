/* call_state: the states of a call, the legal moves between them, and why a call ended.
 *
 * One table holds the moves. Whoever tries an illegal one has a bug: call_state_may_move() says no, the
 * caller logs it, and nobody ever sees the state. */
#ifndef OFFHOOK_LIB_CALL_STATE_H
#define OFFHOOK_LIB_CALL_STATE_H

#include <stdbool.h>

enum call_status {
	CALL_QUEUED,
	CALL_RINGING,
	CALL_IN_PROGRESS,
	CALL_COMPLETED,
	CALL_FAILED,
	CALL_BUSY,
	CALL_NO_ANSWER,
	CALL_CANCELED,
	CALL_STATUS_COUNT
};

/* Who ended a call. */
enum call_ender {
	CALL_ENDED_BY_NOBODY, /* it is not over */
	CALL_ENDED_BY_CALLER,
	CALL_ENDED_BY_CALLEE,
	CALL_ENDED_BY_API,
	CALL_ENDED_BY_SCRIPT,
	CALL_ENDED_BY_LIMIT,
	CALL_ENDED_BY_FAULT,
	CALL_ENDER_COUNT
};

enum call_direction { CALL_INBOUND, CALL_OUTBOUND };

/* "queued", "ringing", "in-progress", … as in the Telefonie API. */
const char *call_status_name(enum call_status status);
/* Returns 0, or EINVAL and leaves *out. */
int call_status_parse(const char *name, enum call_status *out);
/* Whether the call is over. */
bool call_status_is_final(enum call_status status);
/* Whether a call may go from one state to the other. A state to itself is no move. */
bool call_state_may_move(enum call_status from, enum call_status to);

/* "caller", "callee", "api", "script", "limit", "fault"; NULL for nobody. */
const char *call_ender_name(enum call_ender ender);
/* Returns 0, or EINVAL and leaves *out. */
int call_ender_parse(const char *name, enum call_ender *out);

/* "inbound", "outbound". */
const char *call_direction_name(enum call_direction direction);

/* The final status of a call that was refused with SIP response `code` (300 to 699) before it was answered:
 * 486 and 600 busy; 480 and 408 no-answer; 487 canceled; all else failed. */
enum call_status call_status_from_sip(int code);

/* Q.850 cause for a SIP response code, after RFC 3398 section 8.2.6.1 (ISUP mapping), and 16 for a normal BYE
 * (code 0 or 200). */
int call_q850_from_sip(int code);

/* SIP response code for a Q.850 cause, after RFC 3398 section 7.2.4.1; 500 for an unknown one. */
int call_sip_from_q850(int cause);

/* One plain sentence for what a SIP response code means for a call, e.g. "The phone is busy." Never NULL. */
const char *call_reason_from_sip(int code);

#endif
