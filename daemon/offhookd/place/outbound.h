/* outbound: calls that we place.
 *
 * Where such a call may go is its plan: groups of places tried one after the other, those of a group at once
 * (the contacts of a user: one group; each server of each trunk of a route: a group of its own). The first
 * place that answers has the call. A server of a trunk that is silent, cannot be reached or says 503 leads to
 * the next one of that trunk; a failure that the route lists leads to the next trunk; anything else ends the
 * call. */
#ifndef OFFHOOK_SWITCH_OUTBOUND_H
#define OFFHOOK_SWITCH_OUTBOUND_H

#include "daemon/offhookd/call/call.h"

struct binding;

struct plan_place {
	char *uri, *route, *path; /* see ua_target */
	enum conf_transport transport;
	int family, listener;
	unsigned group;
	struct conf_strings codecs; /* of a phone; none: all */
	enum conf_dtmf dtmf;
	enum conf_srtp srtp; /* of its user or, once it was rung, trunk */
	unsigned session_s;  /* session timer that it has asked for, 0: none */
	bool savp;	     /* it has refused an offer that left encryption open */
	char *to;	     /* number to be asked for there; NULL: the call's */
	char *trunk;	 /* name, or NULL; `uri` is then the contact of one that registers here, or NULL */
	bool redirected; /* `uri` is what a redirection said, and is asked for as it is */
};

enum { PLAN_FAILOVER_MAX = 32 };

struct plan {
	struct plan_place places[CALL_LEGS_MAX];
	size_t count;
	int failover_on[PLAN_FAILOVER_MAX]; /* as of its route */
	size_t failover_count;		    /* 0: the usual ones */
	char *unpaid;			    /* why a place was not asked: nobody would have paid */
	int unpaid_code;		    /* for it */
	bool passed_over;		    /* there is a trunk that is of no use now */
	struct event *trying;		    /* until the first response of a trunk */
	unsigned group;			    /* the one under way */
	int best_code;			    /* of the refusals so far */
	bool heard;			    /* somebody who was asked has said something */
	unsigned redirects;		    /* followed so far */
	char *user;			    /* name of the user it leads to, or NULL */
	bool busy;			    /* who has max-calls calls already */
};

/* An empty plan, or NULL without memory. */
struct plan *plan_alloc(void);
void plan_free(struct plan *plan);
/* Adds all contacts of a user as the next group. None registered: nothing is added. Returns 0 or ENOMEM. */
int plan_add_user(struct plan *plan, struct sw *sw, const struct conf_user *user)
    __attribute__((warn_unused_result));
/* Adds one contact as the next group. Returns 0 or an errno. */
int plan_add_binding(struct plan *plan, const struct binding *b) __attribute__((warn_unused_result));
/* Adds a URI as the next group, with what `like` (a place of this plan) has of trunk and credentials. */
int plan_add_uri(struct plan *plan, const char *uri, const struct plan_place *like)
    __attribute__((warn_unused_result));
/* Adds the trunks among `targets` as further groups, one for each of their servers, in the order that `route`
 * (NULL: that of the targets) says. Those that are down are passed over. `to`: the number to ask for, NULL:
 * the call's. Returns 0 or ENOMEM. */
int plan_add_trunks(struct plan *plan, struct sw *sw, const struct conf_route *route,
		    const struct conf_target *targets, size_t count, const char *to)
    __attribute__((warn_unused_result));
/* Whatever `route` leads to, apart from numbers that do not dial. Returns 0, ENOENT, ENOMEM. */
int plan_for_route(struct plan **out, struct sw *sw, const struct route *route)
    __attribute__((warn_unused_result));

struct originate_params {
	const char *id;	   /* NULL: a new one */
	struct plan *plan; /* taken over, also on failure */
	const char *account, *from, *from_name, *to, *tag;
	unsigned ring_s, limit_s; /* 0: conf's; none */
	json_t *headers;	  /* X-… to send, or NULL */
	struct dial *dial;	  /* NULL: on its own */
	struct call *parent;	  /* the caller, or NULL */
	bool record;
	unsigned record_channels;
	const char *record_file; /* NULL: one of our own */
	uint64_t claimed_by;
	bool emergency; /* route.emergency */
};

/* Places a call. It begins to ring from the loop, and ends from there too when there is nobody to call.
 * Returns 0 with *out borrowed, else as calls_add() and call_need_media(). */
int originate(struct call **out, struct sw *sw, const struct originate_params *params)
    __attribute__((warn_unused_result));

/* Handlers of ua for a leg of an outbound call. */
void outbound_on_progress(struct leg *leg, int code, const struct ua_sdp *sdp);
void outbound_on_answered(struct leg *leg, const struct ua_sdp *sdp, const char *trouble);
void outbound_on_refused(struct leg *leg, const struct ua_end *why);
/* The leg that had answered has ended. */
void outbound_on_hangup(struct call *call, const struct ua_end *why);

#endif
