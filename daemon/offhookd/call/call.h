/* call: one leg: a dialog between the switch and one far end, with a state, a record and an id.
 *
 * Concept. A call owns its legs (struct leg: one for an inbound call; one for each contact that rings, for an
 * outbound one, of which the first to answer stays) and its media session. All changes of state go through
 * call_move() and call_end(), which publish. What it has here every call has; what it is for, and what only
 * some have, hangs on it (owner.h), and who counts or bills listens to all of them (calls.h).
 *
 * Life. calls_add() makes it live; call_end() is its last change of state; it stays in the table of ended
 * calls, without legs, until its media has said its last word and a minute has passed. Main thread only;
 * reference-counted (lib/ref.h): hold one across anything that may end it. */
#ifndef OFFHOOK_SWITCH_CALL_H
#define OFFHOOK_SWITCH_CALL_H

#include "daemon/offhookd/call/calls.h"
#include "daemon/offhookd/call/collect.h"
#include "daemon/offhookd/call/owner.h"
#include "daemon/offhookd/call/recording.h"
#include "daemon/offhookd/call/sdes.h"
#include "daemon/offhookd/ua/ua.h"
#include "lib/call_state.h"
#include "lib/random.h"
#include "media/media.h"

#include <event2/event_struct.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

struct call;
struct call_collect;

enum { CALL_LEGS_MAX = 16, CALL_ROUTED_MAX = 96 };

/* One dialog of a call. `ua` is NULL when it is over. */
struct leg {
	struct call *call;
	struct ua_call *ua;
	int family;		   /* of the address that it is told to send its audio to */
	bool outside;		   /* beyond the NAT in front of us: it is told what conf advertises */
	union address peer;	   /* where its signalling comes from, or goes to; AF_UNSPEC: not known */
	struct sdes_offered *keys; /* that it was offered, until somebody has answered; NULL: none */
};

/* What only a live call needs. */
struct ua_sdp_kept;

struct call_sdp {
	struct ua_sdp_kept *local; /* what we last said, or NULL */
	struct ua_sdp *offer;	   /* the caller's until it is answered, or NULL; owned */
	struct ua_sdp_kept *last;  /* `local` before an offer of ours whose answer may fail, or NULL */
};

struct call {
	UT_hash_handle hh;
	struct call *ended_prev, *ended_next; /* in calls->ended */
	struct calls *calls;
	char id[UUID_TEXT_SIZE], parent_id[UUID_TEXT_SIZE];

	enum call_direction direction;
	enum call_status status;
	char *account, *from, *to, *from_name, *user, *trunk, *number, *tag;
	json_t *headers; /* X-… of the far end's INVITE, or NULL */
	char source[80], sip_call_id[128];
	char routed[CALL_ROUTED_MAX]; /* what its route is, in words; "": nobody has said */
	json_t *tried;		      /* see story.h; NULL: nothing went wrong */

	/* UTC ms; 0: not yet. By the monotonic clock since `created`, so that their differences are true. */
	int64_t created, ringing, answered, ended;
	int64_t created_us; /* monotonic */
	enum call_ender ended_by;
	int sip_code, q850;
	char *reason;

	struct leg *legs; /* leg_count of them */
	size_t leg_count;
	struct leg *leg;	     /* the one that counts: inbound, or answered */
	const struct leg *early_leg; /* outbound: whose early media is heard */
	struct call_sdp *sdp;	     /* NULL when it is over */
	bool has_offer, early, negotiated;
	struct media_session *media;
	struct media_remote stream;
	union address heard_from;   /* its audio; AF_UNSPEC: nothing yet */
	enum conf_srtp srtp;	    /* of its user or trunk */
	enum conf_dtmf dtmf;	    /* likewise */
	bool in_clear;		    /* its messages, with the keys in them, go over UDP or TCP */
	bool said_in_clear;	    /* which was logged */
	struct conf_strings codecs; /* allowed by its trunk; none: all. Its own copy */

	struct call *peer; /* bridged with; both hold a reference */
	struct call *tied; /* ends with it; both hold a reference */
	struct call_owner *owners;

	bool hidden; /* the caller wants its number kept to ourselves */
	bool muted;
	bool deaf;	    /* hears nothing of whom it is connected with */
	bool held;	    /* by its far end */
	bool on_hold;	    /* by us */
	bool offering;	    /* our own offer is out in a 2xx; the answer comes with ACK */
	int max_forwards;   /* of its INVITE, inbound */
	struct event timer; /* ring time, claim time; after the answer: time limit */
	void (*on_timer)(struct call *call);
	unsigned limit_s; /* that was asked for, 0: none */
	bool asks_refer;  /* a blind transfer by its far end is told to the program, which decides */
	bool emergency;	  /* it goes out to an emergency number: neither limits nor credit end or refuse it */
	struct recording recordings[MEDIA_RECORDINGS_MAX]; /* in the order of their beginning; those that run
							      have `started` */
	struct media_machine machine; /* who has answered, when it was listened for and is known */
	struct call_collect *collect; /* digits being gathered, or NULL */
	bool media_open;	      /* the media session holds a reference, until MEDIA_CLOSED */
};

/* Changes the state and publishes; an illegal move is logged and not made. Not for final states: call_end().
 */
void call_move(struct call *call, enum call_status to);

/* Why a call ends. */
struct call_why {
	enum call_status status; /* wanted; completed when it had been answered, whatever this says */
	enum call_ender by;
	int code;		/* SIP response code that ended it, or that refuses it; 0: none */
	int q850;		/* 0: from code */
	const char *reason;	/* one sentence; NULL: from code */
	unsigned retry_after_s; /* for a refusal */
	int warning;		/* code of a Warning header with the reason, for a refusal; 0: none */
	const char
	    *leads_to; /* the number of ours where its far end wants the caller to go instead; or NULL */
	bool lost;     /* the switch itself ends: an answered call fails, too */
};

/* Codes of Warning (RFC 3261 section 20.43): of RTP/AVP, RTP/SAVP; of codecs; and of anything else. */
enum { CALL_WARNING_TRANSPORT = 302, CALL_WARNING_FORMAT = 305, CALL_WARNING_OTHER = 399 };

enum { CALL_TROUBLE_MAX = 200 };
/* One sentence about a description of `who` that cannot be used, for call_why.reason. */
const char *call_sdp_trouble(char out[CALL_TROUBLE_MAX], const char *who, const char *trouble);

/* Ends it in every respect: legs, media, recording, bridge, dial. Does nothing to one that is over. */
void call_end(struct call *call, const struct call_why *why);

/* Gives it a media session, unless it has one. Returns 0, EADDRINUSE without an RTP port, EMFILE, ENOMEM. */
int call_need_media(struct call *call) __attribute__((warn_unused_result));
/* One on this RTP port, of a call that is gone on with (call_kept.h). Returns 0, EADDRINUSE …, as above. */
int call_take_media(struct call *call, uint16_t port) __attribute__((warn_unused_result));

/* The number or name of who is at the far end. */
static inline const char *call_far_number(const struct call *call)
{
	return call->direction == CALL_INBOUND ? call->from : call->to;
}

/* The account of the user or trunk at the far end; of neither, the call's own. Not always the account whose
 * call it is: one to a number is the number's, one to a user the caller's. */
const char *call_far_account(const struct call *call);

/* Whether it is over. */
static inline bool call_is_over(const struct call *call)
{
	return call_status_is_final(call->status);
}

/* For calls_add(): a queued call that is in no table. Returns 0 with a reference, or ENOMEM. */
int call_alloc(struct call **out, struct calls *calls, const struct call_params *params)
    __attribute__((warn_unused_result));

/* Another trunk, or none: whose call it counts as from now on. */
void call_set_trunk(struct call *call, const char *trunk);

/* The snapshot of doc/control-protocol.md: a new reference, or NULL without memory. */
json_t *call_snapshot(const struct call *call);

/* Publishes event `method` about it: params {"call": snapshot} and `more` (stolen, may be NULL). */
void call_publish(struct call *call, const char *method, json_t *more);
/* Tells listeners of its new state, then publishes call.state. */
void call_publish_state(struct call *call);
/* The final call.quality, from MEDIA_CLOSED. */
void call_publish_quality(struct call *call, const struct media_event *event);
/* What media counted: a new object, or NULL without memory. */
json_t *call_stats_json(const struct media_stats *stats);
/* Tells listeners of a dialog of it. */
void call_tell_dialog(const struct call *call, const char *sip_call_id);
/* Tells listeners of one call more or less of its trunk, if it has one. */
void call_tell_trunk(const struct call *call, int by);

/* Notes where a leg's far end is; `offer`: its own, or NULL. Before call_need_media() when the call is
 * inbound. */
void leg_set_peer(struct leg *leg, const struct sockaddr_storage *peer, const struct ua_sdp *offer);
/* Our side's description, as it was said last: all 0 when nothing was. Not of a call that is over. */
void call_said(const struct call *call, struct ua_sdp *out);
/* That is what it is from now on. */
void call_say(struct call *call, const struct ua_sdp *sdp);
/* The same of an offer within the call, until its answer has come (call_forget_last()) or has not
 * (call_unsay(): all is what it was but for the version that was said, RFC 6141 section 3.4). */
void call_say_for_now(struct call *call, const struct ua_sdp *sdp);
void call_unsay(struct call *call);
/* What an answer to it makes of the stream. Returns as negotiate_accept() does. */
int call_accept(const struct call *call, struct media_remote *stream, const struct ua_sdp *answer)
    __attribute__((warn_unused_result));
/* Fills o= and c= and our port of our side's description to that leg, one version further than the last. */
void call_local_sdp(const struct leg *leg, struct ua_sdp *sdp);

/* An inbound call: 180, 183 with media, 200. They do what is missing before them: media settles the codec,
 * `prefer` when it is offered. False: it is over (perhaps just now, with 488 for want of a codec or 503 for
 * want of a port). */
bool call_ring(struct call *call);
/* With headers for the 180, an object of texts or NULL; with some, also when it rings already. */
bool call_ring_with(struct call *call, const json_t *headers);
bool call_early_media(struct call *call, const struct media_codec *prefer);
bool call_answer(struct call *call, const struct media_codec *prefer);

/* Tells listeners that its description, what is spoken, who hears whom, or what was paid for it has changed.
 */
void call_tell_changed(struct call *call);

/* Tells media where its far end is and what it speaks (call->stream). */
void call_set_far_end(struct call *call);

/* call_keys.c: the answer's keys of an offer that negotiate_answer() has taken, into `answer` and `stream`.
 * Returns 0 or a sdes_error. */
int call_answer_keys(const struct call *call, struct ua_sdp *answer, struct media_remote *stream,
		     const struct ua_sdp *offer) __attribute__((warn_unused_result));
/* Adds keys to our own offer. */
void call_offer_keys(const struct call *call, struct ua_sdp *offer);
/* The keys of an answer to what `leg` was offered (NULL: to call->sdp->local), into `stream`. Returns 0 or a
 * sdes_error. */
int call_accept_keys(struct call *call, const struct leg *leg, const struct ua_sdp *answer,
		     struct media_remote *stream) __attribute__((warn_unused_result));
/* Keeps of an offer what its answer needs. Returns 0 or ENOMEM. */
int call_keep_keys(struct leg *leg, const struct ua_sdp *offer) __attribute__((warn_unused_result));
/* Wipes what was offered: somebody has answered, or nobody will. */
void call_forget_offered(struct call *call);
/* Forgets call->sdp->last. */
void call_forget_last(struct call *call);
/* Wipes all keys of a call that is over. */
void call_forget_keys(struct call *call);
/* Logs that audio is encrypted, and that the keys can be read by others when they can. */
void call_note_keys(struct call *call);
/* Ends an inbound call with 488 for a sdes_error. */
void call_refuse_keys(struct call *call, int error);

/* Joins two calls' media and publishes call.bridged for both; leaves earlier bridges first. Both have media.
 */
void call_bridge(struct call *a, struct call *b);
void call_unbridge(struct call *call);

/* From now on both end when one does, until one is tied to another, or untied. */
void call_tie(struct call *a, struct call *b);
void call_untie(struct call *call);

/* A call goes its own way: it is not bridged any more, and does not end with its partner, caller or callee.
 */
void call_sever(struct call *call);

/* One shot: `on_timer` after `ms`, replacing what was set; 0 only cancels. */
void call_set_timer(struct call *call, unsigned ms, void (*on_timer)(struct call *call));

/* Sets the time limit of an answered call, when it has one. */
void call_start_limit(struct call *call);

/* Takes its far end's audio away from others (true), or gives it back. */
void call_set_muted(struct call *call, bool muted);
void call_set_deaf(struct call *call, bool deaf);
/* After a change of muted, deaf or on_hold. */
void call_tell_media_muted(struct call *call);

/* Says our description again by a re-INVITE, with the codec in use alone; it changes nothing else. */
void call_reoffer(struct call *call);

/* Puts its far end on hold with a re-INVITE (RFC 3264 section 8.4), or takes it back. What it refuses or does
 * not understand changes nothing: it is not heard all the same. */
void call_set_on_hold(struct call *call, bool on_hold);

/* Presses digits at its far end, in the way that its user or trunk has. Returns 0 or an errno. */
int call_send_digits(struct call *call, const char *digits, unsigned duration_ms)
    __attribute__((warn_unused_result));

/* How media's work ended: "completed", "stopped", "failed". */
const char *media_end_name(enum media_end end);
/* What media says about a call; its session_arg is one. */
void call_on_media(const struct media_event *event);
/* A digit of its far end, by INFO or in its audio. */
void call_on_digit(struct call *call, char digit, unsigned duration_ms, bool by_info);

/* Handlers of ua for an established leg. */
void call_on_reoffered(struct call *call, int code, const struct ua_sdp *sdp);
void call_on_offer(struct call *call, const struct ua_sdp *sdp);
void call_on_confirmed(struct call *call, const struct ua_sdp *sdp, const char *trouble);
/* The address of a far end that its description has named. */
void call_on_found(struct leg *leg, const struct sockaddr_storage *rtp, const struct sockaddr_storage *rtcp);

#endif
