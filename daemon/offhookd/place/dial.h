/* dial: connecting a caller with those who may answer.
 *
 * A dial belongs to its caller's call. It places child calls: one for each user (all ring at once), and, when
 * there is none or none answers, one that tries trunks in order. The first to answer is bridged with the
 * caller, the others are canceled. With `joined` (a number that dials, a phone calling a phone) the caller is
 * answered when the callee is, hears its ringing and early media, is refused with its refusal, and both end
 * together. Without (call.dial of a script) the caller lives on when the callee has gone. */
#ifndef OFFHOOK_SWITCH_DIAL_H
#define OFFHOOK_SWITCH_DIAL_H

#include "daemon/offhookd/place/outbound.h"

struct dial_params {
	const struct route *route;
	const char *from, *from_name; /* NULL: the caller's */
	unsigned ring_s;	      /* 0: conf's */
	bool joined;
	bool ringback;		 /* the answered caller hears a ringing tone */
	struct call *transferor; /* of a transfer, NULL: none. It is told how it goes (transfer.h); `joined`
				    counts from the answer on */
	const char *referred_by; /* Referred-By of a transfer (RFC 3892), or NULL */
};

/* Dials for `caller`. Returns 0; ENOENT when the route leads to nobody; EBUSY when it is dialling already;
 * ELOOP when its INVITE may be passed on no further (RFC 3261 section 8.1.1.6);
 * EPERM and EDQUOT as limits_check() for the caller (or who transfers it); EAGAIN, EADDRINUSE, ENOMEM. */
int dial_start(struct call *caller, const struct dial_params *params) __attribute__((warn_unused_result));

/* The caller has gone, or does not want it any more. */
void dial_stop(struct call *caller);

/* Lets everybody go: the caller and who answered do not end together any more; children that ring are ended.
 */
void dial_release(struct dial *dial);

/* First child that is alive, or NULL. */
struct call *dial_first_child(const struct call *caller);

/* Told by an outbound call that is a child. */
void dial_on_ringing(struct dial *dial, struct call *child);
void dial_on_early_media(struct dial *dial, struct call *child);
void dial_on_answered(struct dial *dial, struct call *child);
void dial_on_ended(struct dial *dial, struct call *child, const struct call_why *why);

#endif
