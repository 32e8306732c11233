/* plan: where a call may go: groups of places tried one after the other, those of a group at once. The
 * contacts of a user are one group; each server of each trunk of a route is a group of its own.
 *
 * Main thread only. A plan belongs to who made it until originate() takes it over. */
#ifndef OFFHOOK_PLACE_PLAN_H
#define OFFHOOK_PLACE_PLAN_H

#include "daemon/offhookd/call/story.h"
#include "daemon/offhookd/trunks/route.h"

struct event;
struct place;

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
	char *trunk; /* name, or NULL; `uri` is then the contact of one that registers here, or NULL */
	char *username, *password; /* for challenges of a URI that is called as it is, or NULL */
	bool outside;		   /* a URI that is called as it is */
	bool redirected;	   /* `uri` is what a redirection said, and is asked for as it is */
};

enum { PLAN_FAILOVER_MAX = 32 };

struct plan {
	struct place *place; /* whose phones and trunks they are */
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
	char unreachable[120];	      /* why a contact of its user is thought not to be there; "": none is */
	char *user;		      /* name of the user it leads to, or NULL */
	bool busy;		      /* who has max-calls calls already */
	char routed[CALL_ROUTED_MAX]; /* what led here, in words */
	char passed[STORY_WHY_MAX];   /* the first trunk that is of no use now, and why */
	bool passed_for;	      /* that is known */
};

/* An empty plan, or NULL without memory. */
struct plan *plan_alloc(struct place *place);
void plan_free(struct plan *plan);
/* Adds all contacts of a user as the next group. None registered: nothing is added. Returns 0 or ENOMEM. */
int plan_add_user(struct plan *plan, const struct conf_user *user) __attribute__((warn_unused_result));
/* Adds a URI as the next group, with what `like` (a place of this plan) has of trunk and credentials. */
int plan_add_uri(struct plan *plan, const char *uri, const struct plan_place *like)
    __attribute__((warn_unused_result));
/* Adds a SIP URI of somebody else's as the next group; `username` and `password` (NULL: none) answer its
 * challenges. Returns 0 or ENOMEM. */
int plan_add_outside(struct plan *plan, const char *uri, const char *username, const char *password)
    __attribute__((warn_unused_result));
/* Adds the trunks among `targets` as further groups, one for each of their servers, in the order that `route`
 * (NULL: that of the targets) says. Those that are down are passed over. `to`: the number to ask for, NULL:
 * the call's. Returns 0 or ENOMEM. */
int plan_add_trunks(struct plan *plan, const struct conf_route *route, const struct conf_target *targets,
		    size_t count, const char *to) __attribute__((warn_unused_result));
/* Adds all that a number dials. Returns 0 or ENOMEM. */
int plan_add_number(struct plan *plan, const struct conf_number *number) __attribute__((warn_unused_result));
/* Whatever `route` leads to, apart from numbers that do not dial; `username` and `password` are for a URI.
 * Returns 0, ENOENT, ENOMEM. */
int plan_for_route(struct plan **out, struct place *place, const struct route *route, const char *username,
		   const char *password) __attribute__((warn_unused_result));

#endif
