/* outbound_private: what the files of outbound share. */
#ifndef OFFHOOK_SWITCH_OUTBOUND_PRIVATE_H
#define OFFHOOK_SWITCH_OUTBOUND_PRIVATE_H

#include "daemon/offhookd/place/outbound.h"

/* An outbound call's placing: hangs on it while it is live. */
struct outbound {
	struct call_owner owner; /* first */
	struct plan *plan;	 /* owned */
	bool record;		 /* once it is answered */
	unsigned record_channels;
	enum media_track record_track;
	bool record_trim;
	char *record_file; /* NULL: one of our own */
};

/* outbound_ring.c */
/* Of an outbound call that is live. */
struct outbound *outbound_of(const struct call *call);
struct plan *outbound_plan(const struct call *call);
/* Hangs it on the call. */
void outbound_own(struct call *call, struct outbound *outbound);
/* Rings the current group. Returns how many of it are ringing. */
size_t outbound_ring_group(struct call *call);
/* Goes on until a group rings. False: there is none left. */
bool outbound_ring_next(struct call *call);
/* Asks place `i`, which has refused, once more. False: it cannot be asked. */
bool outbound_ring_again(struct call *call, size_t i);
/* Passes over further servers of the trunk that was tried last. */
void outbound_leave_trunk(struct plan *plan);
/* Whether a place is a further server of the trunk that was tried last: its call has been admitted. */
bool outbound_is_further_server(const struct plan *plan, size_t i);
/* The trunk has said something. */
void outbound_stop_expecting(struct call *call);

/* outbound_refused.c */
/* Timer: a trunk has said nothing for its try-timeout. */
void outbound_on_silence(int fd, short what, void *call);

/* outbound.c */
/* Takes the plan over, also on failure; one that needs none has none. NULL without memory. */
struct outbound *outbound_make(const struct originate_params *params);
/* It has been answered: everybody is told, and what is to begin with the answer begins. */
void outbound_up(struct call *call);
/* Ends a call that its far end does not take; `reason` NULL: from the code. */
void outbound_fail(struct call *call, int code, const char *reason, int q850);

#endif
