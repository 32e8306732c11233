/* dial: connecting a caller with those who may answer.
 *
 * A dial belongs to its caller's call. It places child calls: one for each user (all ring at once), and, when
 * there is none or none answers, one that tries trunks in order. The first to answer is bridged with the
 * caller, the others are canceled. With `joined` (a number that dials, a phone calling a phone) the caller is
 * answered when the callee is, hears its ringing and early media, is refused with its refusal, and both end
 * together. Without (call.dial of a script) the caller lives on when the callee has gone, or nobody answers;
 * with `answers` it is answered when it is connected, and hears ringing and early media until then.
 *
 * With `screened` who answers is not connected yet: a program talks to it first, and then says
 * dial_connect().
 *
 * Hangs on the caller's call and on each child's (call/owner.h). Main thread only. */
#ifndef OFFHOOK_SWITCH_DIAL_H
#define OFFHOOK_SWITCH_DIAL_H

#include "daemon/offhookd/place/outbound.h"

struct dial;
struct place;

/* How it goes, for whoever began it in place of the caller (a transfer): the caller hears nothing of ringing
 * and refusals then. The last three end it, one of them comes always. */
struct dial_handlers {
	void (*ringing)(void *arg);
	/* Bridged: from now on the caller and who answered are an ordinary pair. */
	void (*answered)(void *arg);
	/* Nobody answered; `code`: why, as SIP says it. The caller lives. */
	void (*failed)(struct call *caller, int code, void *arg);
	/* The caller has gone, or goes its own way. */
	void (*dropped)(void *arg);
	void *arg;
};

/* One place to ring. */
struct dial_target {
	struct route route;
	json_t *headers;		 /* further ones of its INVITE, or NULL; borrowed */
	const char *username, *password; /* for challenges of a URI, or NULL */
	const char *id;			 /* of the call that is placed, or NULL: a new one */
	const struct media_amd *machine; /* how it is listened for who answers, or NULL: it is not */
};

enum { DIAL_TARGETS_MAX = 10 };

struct dial_params {
	const struct route *route;	   /* the only place, with trunks after users; or NULL */
	const struct dial_target *targets; /* instead: all ring at once */
	size_t target_count;
	const char *from, *from_name; /* NULL: the caller's */
	unsigned ring_s;	      /* 0: conf's */
	unsigned limit_s;	      /* who answers is hung up after so long; 0: as usual */
	bool joined, answers, screened;
	bool asks_refer; /* whom a callee transfers the caller to is told to the program, which decides */
	bool ringback;	 /* the answered caller hears a ringing tone */
	const char *const *ring_files; /* or these, for ever */
	size_t ring_file_count;
	const struct call *asker; /* whose rights count; NULL: the caller's */
	const char *account;	  /* that pays; NULL: the caller's */
	const struct dial_handlers
	    *handlers;		 /* copied; NULL: none. `joined` counts from the answer on then */
	const char *referred_by; /* Referred-By of a transfer (RFC 3892), or NULL */
};

/* Dials for `caller`. Returns 0; ENOENT when the route leads to nobody; EBUSY when it is dialling already;
 * ELOOP when its INVITE may be passed on no further (RFC 3261 section 8.1.1.6);
 * EPERM and EDQUOT as limits_check() for the asker; EAGAIN, EADDRINUSE, ENOMEM. No handler is called when it
 * fails. */
int dial_start(struct place *place, struct call *caller, const struct dial_params *params)
    __attribute__((warn_unused_result));

/* Connects the caller with the child that has answered. False: it is no such child of a dial of this caller.
 * The caller may be over afterwards. */
bool dial_connect(struct call *caller, struct call *child);

/* The child that has answered, NULL: nobody has; `joined`: caller and child end together. */
struct call *dial_answered(const struct call *caller, bool *joined);

/* The children that are alive, at most `max`; returns how many. */
size_t dial_children(const struct call *caller, struct call *out[], size_t max);

#endif
