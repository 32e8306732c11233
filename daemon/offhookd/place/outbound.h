/* outbound: calls that we place, by a plan (plan.h): group by group, those of a group at once. The first
 * place that answers has the call. A server of a trunk that is silent, cannot be reached or says 503 leads to
 * the next one of that trunk; a failure that the route lists leads to the next trunk; anything else ends the
 * call.
 *
 * The plan hangs on the call (call/owner.h) while it is live. Main thread only. */
#ifndef OFFHOOK_SWITCH_OUTBOUND_H
#define OFFHOOK_SWITCH_OUTBOUND_H

#include "daemon/offhookd/place/plan.h"

struct originate_params {
	const char *id;	   /* NULL: a new one */
	struct plan *plan; /* taken over, also on failure */
	const char *account, *from, *from_name, *to, *tag;
	unsigned ring_s, limit_s; /* 0: conf's; none */
	bool asks_refer;	  /* see dial.h */
	json_t *headers;	  /* X-… to send, or NULL */
	struct call_owner *owner; /* whom it is for, told from the first ring on; NULL: on its own */
	const struct call_owner_ops *owner_ops;
	struct call *parent; /* the caller, or NULL */
	bool record;
	unsigned record_channels;
	enum media_track record_track;
	bool record_trim;	 /* silence at both ends is left out */
	const char *record_file; /* NULL: one of our own */
	uint64_t claimed_by;
	bool emergency; /* route.emergency */
};

/* Places a call. It begins to ring from the loop, and ends from there too when there is nobody to call.
 * Returns 0 with *out borrowed, else as calls_add() and call_need_media(). */
int originate(struct call **out, struct place *place, const struct originate_params *params)
    __attribute__((warn_unused_result));

/* Handlers of ua for a leg of an outbound call. */
void outbound_on_progress(struct leg *leg, int code, const struct ua_sdp *sdp);
void outbound_on_answered(struct leg *leg, const struct ua_sdp *sdp, const char *trouble);
void outbound_on_refused(struct leg *leg, const struct ua_end *why);
/* The leg that had answered has ended. */
void outbound_on_hangup(struct call *call, const struct ua_end *why);

#endif
