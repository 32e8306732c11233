/* ua: the SIP user agent. sofia-sip's NUA inside the libevent loop, and the only place that sees a sofia
 * type.
 *
 * Concept. A struct ua_call is one dialog (or one INVITE that may become one). The switch makes calls with
 * ua_invite() and is told of new ones by handlers.incoming; what then happens to a dialog comes through the
 * handlers in our own words. SDP crosses this border as struct ua_sdp. Requests outside a dialog (REGISTER)
 * come as struct ua_request and are answered with ua_request_respond().
 *
 * Threads. Everything runs in the main thread, in the event base given to ua_alloc(). Handlers are called
 * from the loop, never from within a function of this header.
 *
 * Ownership. A ua_call belongs to whom it was given to; ua_call_close() gives it back (ending whatever is
 * still there: CANCEL, BYE or a refusal) and no handler mentions it any more. Strings in handler arguments
 * are valid during the call only.
 *
 * Shutdown. ua_shutdown() ends every dialog and calls `done` when all is said, or after a few seconds; then
 * ua_free(). */
#ifndef OFFHOOK_UA_H
#define OFFHOOK_UA_H

#include "daemon/offhookd/ua/connections.h"
#include "daemon/offhookd/ua/intake.h"
#include "daemon/offhookd/ua/sdp.h"
#include "daemon/offhookd/ua/tls.h"
#include "lib/conf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct event_base;
struct ua;
struct ua_call;
struct ua_request;

/* Where a request came from. */
struct ua_source {
	struct sockaddr_storage address;
	enum conf_transport transport;
	char text[80]; /* "udp:192.0.2.1:5060" */
	int listener;  /* which of our listeners it reached; for ua_target */
};

/* A header that we pass on: name and value. */
struct ua_header {
	const char *name, *value;
};

enum { UA_AUTH_MAX = 4, UA_HEADERS_MAX = 16 };

/* What is in a request that asks for something new. Absent members are NULL. */
struct ua_request_info {
	const char *method;
	struct ua_source source;
	const char *request_user, *request_host; /* of the request URI, %-escapes undone in the user */
	const char *request_uri;
	const char *from_user, *from_host, *from_display, *from_uri;
	const char *to_user, *to_host;
	const char *call_id;
	uint32_t cseq;
	const char *user_agent;
	const char *authorization[UA_AUTH_MAX]; /* values of Authorization and Proxy-Authorization */
	size_t authorization_count;
	int max_forwards; /* −1: none */
};

/* A new INVITE. */
struct ua_incoming {
	struct ua_request_info request;
	const struct ua_sdp *sdp; /* its offer; NULL: none, and then ours goes into the 2xx (late offer) */
	const char *sdp_trouble;  /* why its offer cannot be used, as the end of a sentence; NULL: it can */
	struct ua_header
	    headers[UA_HEADERS_MAX]; /* X-…, Diversion, History-Info, User-to-User, Referred-By */
	size_t header_count;
	const char *replaces; /* Call-ID of the call that it takes over (RFC 3891); "": none of ours; NULL: it
				 asks for none */
	bool replaces_early;  /* only if that has not been answered */
	bool returns; /* it may have passed through us before, and its Call-ID be that of a call of ours */
	const char
	    *asserted_user; /* P-Asserted-Identity, or Remote-Party-ID: to be believed from trunks only */
	bool wants_privacy; /* the caller's number is not to be shown */
};

/* One contact of a REGISTER. */
struct ua_contact {
	const char *uri;      /* "sip:alice@192.0.2.7:5060;transport=tcp" */
	long expires_s;	      /* −1: none given */
	float q;	      /* −1: none given */
	const char *instance; /* +sip.instance, or NULL */
};

enum { UA_CONTACTS_MAX = 16, UA_PATHS_MAX = 8 };

struct ua_register {
	struct ua_request_info request;
	struct ua_contact contacts[UA_CONTACTS_MAX];
	size_t contact_count;
	bool too_many;	  /* more contacts than that */
	bool all;	  /* Contact: * */
	long expires_s;	  /* Expires header; −1: none */
	const char *path; /* all Path values, comma separated, or NULL */
};

/* Why a dialog ended, in the far end's words. */
struct ua_end {
	int code;	     /* SIP response code; 0 for a BYE */
	int q850;	     /* from Reason or X-Asterisk…; 0: none */
	const char *phrase;  /* or NULL */
	bool barred;	     /* handlers.barred: it was not sent */
	bool unheard;	     /* the code is our own: nothing came from the far end */
	bool lapsed;	     /* the time that its INVITE allowed (Expires) was over before an answer */
	bool expired;	     /* its session timer ran out: the far end has gone without a word */
	const char *contact; /* of a redirection (3xx), or NULL */
	bool leads_back;     /* that contact is ourselves */
	long retry_after_s;  /* 0: none */
	const char
	    *unanswered; /* of a 401 or 407: why it was not answered, as a sentence; NULL: it was, in vain */
	unsigned min_se_s; /* of a 422: the shortest session timer that it takes; 0: none */
};

/* A REFER within a call (RFC 3515): its far end wants its partner connected with somebody else. */
struct ua_refer {
	const char *to_user, *to_uri; /* Refer-To; to_uri without headers */
	const char *to_host;	      /* its host; NULL: it has none (tel:) */
	const char *from_host;	      /* of who asks: what it calls us, where that is a phone */
	/* the call to take over (RFC 3891), NULL: a blind transfer */
	const char *replaces;	 /* Call-ID; "": none of ours */
	const char *referred_by; /* header value, or NULL */
};

/* A message that has arrived, of whatever worth. */
struct ua_arrival {
	struct sockaddr_storage address;
	enum conf_transport transport;
	const char *method;	/* NULL: a response */
	const char *user_agent; /* User-Agent or Server, or NULL */
	const char *nonce;	/* of its first credentials, or NULL */
	const char *from_user;	/* or NULL */
	bool of_call;		/* it has the Call-ID of a call of ours */
};

enum { UA_HOST_TEXT_MAX = 48, UA_SOURCE_TEXT_MAX = 80 };
/* "udp:192.0.2.1:5060". Returns `out`. */
const char *ua_source_text(enum conf_transport transport, const struct sockaddr_storage *address,
			   char out[UA_SOURCE_TEXT_MAX]);
/* The address without its port. Returns `out`. */
const char *ua_host_text(const struct sockaddr_storage *address, char out[UA_HOST_TEXT_MAX]);

enum { UA_STRANGER_MAX = 2048 };

struct ua_handlers {
	/* A message's headers were read, and nothing else was done. Returns false to drop it without a word
	 * (over TCP and TLS nothing more is read from that connection then). Must be quick, and must not call
	 * ua. NULL: all pass. */
	bool (*arrived)(const struct ua_arrival *in, void *arg);
	/* Somebody connects by TCP or TLS: whether to let them in. Under the same conditions. NULL: all but
	 * the crowded. */
	ua_connected_h *connected;
	/* Some of those connections have ended. NULL: nobody asks. */
	ua_disconnected_h *disconnected;
	/* A request of this call comes from where its far end has not been known to be. Returns 0 to take it
	 * (and what else comes from there), or the code to answer with, 403, or 407 with challenges as header
	 * lines in `headers`. Under the same conditions. NULL: 403 */
	int (*stranger)(void *call_arg, const struct ua_request_info *request, char headers[UA_STRANGER_MAX],
			void *arg);
	/* Whether new requests are to be weighed before they are read, and what is to become of one; see
	   intake.h. Under the same conditions. NULL: all are taken */
	bool (*busy)(int64_t late_us, void *arg);
	enum ua_weight (*weigh)(const struct ua_fresh *request, unsigned *retry_after_s, void *arg);
	/* An INVITE of a call with target.outside is about to be sent to `address`, which DNS may have named:
	 * true: it must not be. To be quick. NULL: all may */
	bool (*barred)(const struct sockaddr_storage *address, void *arg);
	/* See intake.h; they are told of every message. NULL: nobody asks */
	void (*message)(const struct ua_wire_message *message, void *arg);
	void (*unwanted)(void *arg);
	/* A new INVITE. The handler owns `call` from now on and must answer it, at once or later. */
	void (*incoming)(struct ua_call *call, const struct ua_incoming *in, void *arg);
	/* A REGISTER; answer with ua_request_respond(), at once or later. */
	void (*reg)(struct ua_request *request, const struct ua_register *in, void *arg);

	/* These are about a call, `arg` is what ua_call_set_arg() or ua_invite() gave. */

	/* 1xx to our INVITE, also 100 from the next hop; `sdp` is early media's answer or NULL. */
	void (*progress)(struct ua_call *call, int code, const struct ua_sdp *sdp, void *arg);
	/* 2xx to our INVITE (already acknowledged); `sdp` NULL: no answer in it, or one that cannot be used,
	 * and then `trouble` says why, as the end of a sentence. */
	void (*answered)(struct ua_call *call, const struct ua_sdp *sdp, const char *trouble, void *arg);
	/* ACK of our 2xx; `sdp` is the answer to our late offer, or NULL; `trouble` likewise. */
	void (*confirmed)(struct ua_call *call, const struct ua_sdp *sdp, const char *trouble, void *arg);
	/* The address behind the name in the description that was told of last (ua_sdp.name): of RTP and
	 * RTCP (AF_UNSPEC: RTP's port + 1). */
	void (*found)(struct ua_call *call, const struct sockaddr_storage *rtp,
		      const struct sockaddr_storage *rtcp, void *arg);
	/* The other side changes the session by re-INVITE or UPDATE: answer with ua_call_reply_offer(). `sdp`
	 * NULL: it wants our offer. sdp->declined: it holds by port 0. */
	void (*offer)(struct ua_call *call, const struct ua_sdp *sdp, void *arg);
	/* What became of ua_call_reoffer(): the response's code, and the answer that it brought or NULL. 491:
	 * our description is to be offered anew. */
	void (*reoffered)(struct ua_call *call, int code, const struct ua_sdp *sdp, void *arg);
	/* A digit by INFO. */
	void (*info_digit)(struct ua_call *call, char digit, unsigned duration_ms, void *arg);
	/* A REFER: answer at once with ua_call_refer_reply(), then tell how it goes with
	 * ua_call_refer_notify(). */
	void (*refer)(struct ua_call *call, const struct ua_refer *refer, void *arg);
	/* How a transfer goes that ua_call_refer() has asked for, as a SIP response code; one of 200 and
	 * above is the last word. */
	void (*referred)(struct ua_call *call, int code, void *arg);
	/* Our BYE could not be delivered where the far end's Contact says: `code` came instead of an answer,
	 * 408, 503 … `again`: what came when it was sent once more the way of the INVITE; 0: there was no
	 * other way. The call was closed before, `sip_call_id` is its Call-ID, `arg` that of ua_params. */
	void (*undelivered)(const char *sip_call_id, int code, int again, void *arg);
	/* It is over: refused, canceled, hung up, or broken. The last word about it, still to be closed. */
	void (*ended)(struct ua_call *call, const struct ua_end *end, void *arg);
};

struct ua_params {
	const struct conf_listen *listen;
	size_t listen_count;
	const char *domain;
	const char *advertise[CONF_FAMILIES]; /* host for Contact and Via, IPv6 in brackets, or NULL */
	/* Whether an address is of the local network, and not to be told what is advertised; NULL: none is.
	 */
	bool (*is_local)(const struct sockaddr_storage *address, void *arg);
	unsigned session_timer_s,
	    session_timer_min_s; /* RFC 4028: what we ask for (0: nothing), and the least that we take */
	const struct ua_tls_params *tls; /* when a listener has it; else NULL */
	struct ua_connection_limits connections;
	bool keeps;		 /* calls are to outlive the process: ua_call_keep() */
	const char *resolv_conf; /* file with the name servers, or NULL: the system's */
	struct ua_handlers handlers;
	void *arg; /* for handlers.incoming and .reg, is_local */
};

/* Binds the listeners. Returns 0, EADDRINUSE, EADDRNOTAVAIL … with the culprit in error, or ENOMEM. */
int ua_alloc(struct ua **out, struct event_base *base, const struct ua_params *params, char *error,
	     size_t error_size) __attribute__((warn_unused_result));

/* Reads the certificates again, for connections that are yet to come. Returns 0 (also when there is no TLS),
 * or an errno with what is wrong in `error`; nothing has changed then. `listen` is what params->certificates
 * are of: listeners that are not in it keep theirs. */
int ua_reload_tls(struct ua *ua, const struct conf_listen *listen, size_t listen_count,
		  const struct ua_tls_params *params, char *error, size_t error_size)
    __attribute__((warn_unused_result));

/* Whether OPTIONS outside calls are answered with 503: no new calls are wanted. */
void ua_set_draining(struct ua *ua, bool draining);

typedef void ua_done_h(void *arg);
void ua_shutdown(struct ua *ua, ua_done_h *done, void *arg);
void ua_free(struct ua *ua);

/* Fills *out when the host of a URI is numeric; its port stays 0. */
bool ua_uri_address(struct sockaddr_storage *out, const char *uri);

/* Whether a host is what we are called: our domain, an address that we listen on (of this machine, where we
 * listen on any), or advertise. IPv6 with or without brackets. */
bool ua_is_own_host(const struct ua *ua, const char *host);

/* ---- outgoing calls ---- */

struct ua_target {
	const char *uri;   /* request URI */
	const char *route; /* where to send it instead, a sip: URI with numeric host; or NULL */
	const char *path;  /* Route headers, comma separated (RFC 3327), or NULL */
	enum conf_transport transport;
	int family;	/* AF_INET or AF_INET6, AF_UNSPEC when unknown */
	int listener;	/* ua_source.listener it registered through, or −1 */
	bool pinned;	/* requests within the dialog go to `route` too, whatever Contact says */
	bool outside;	/* handlers.barred is asked of where it goes */
	bool stays_udp; /* also when it is too long for that by RFC 3261 section 18.1.1: TCP would not get
			   there */
};

struct ua_invite_params {
	struct ua_target target;
	const char *from_user, *from_display; /* display may be NULL */
	const char *to_uri;
	const struct ua_sdp *offer;
	const struct ua_header *headers;
	size_t header_count;
	const char *from_host;		 /* NULL: our domain */
	const char *username, *password; /* to answer a digest challenge with, or NULL */
	int max_forwards;		 /* 0 to 255 */
	unsigned session_s;		 /* session timer to ask for, and the least; 0: conf's */
	void *arg;			 /* for the handlers */
};

/* Sends INVITE. Returns 0, EINVAL (bad URI) or ENOMEM. */
int ua_invite(struct ua_call **out, struct ua *ua, const struct ua_invite_params *params)
    __attribute__((warn_unused_result));

/* ---- is somebody there? ---- */

struct ua_ping;
/* `code`: of the answer; 0: there was none. The ping is gone. */
typedef void ua_ping_h(int code, void *arg);

struct ua_ping_params {
	struct ua_target target;
	unsigned timeout_ms;
	ua_ping_h *done;
	void *arg;
};

/* Whether somebody is connected to us from there, by TCP or TLS. */
bool ua_is_connected(const struct ua *ua, const struct sockaddr_storage *from);

/* Sends OPTIONS. Returns 0, EPROTONOSUPPORT (no listener for it), EINVAL (bad URI) or ENOMEM. */
int ua_ping(struct ua_ping **out, struct ua *ua, const struct ua_ping_params *params)
    __attribute__((warn_unused_result));
/* Without a word to `done`. NULL is ignored. */
void ua_ping_cancel(struct ua_ping *ping);

/* ---- calls ---- */

void ua_call_set_arg(struct ua_call *call, void *arg);
/* With what challenges to our requests within the dialog are answered; those of ua_invite() need no mention.
 * Returns 0, EINVAL (none, too long) or ENOMEM. */
int ua_call_set_credentials(struct ua_call *call, const char *username, const char *password)
    __attribute__((warn_unused_result));
/* What ua_params.arg was, for handlers about a call. */
void *ua_arg(const struct ua_call *call);
/* Call-ID of the dialog. */
const char *ua_call_id(const struct ua_call *call);

/* 1xx to an incoming INVITE: 180, or 183 with `answer` for early media. */
void ua_call_ring(struct ua_call *call, int code, const struct ua_sdp *answer);
/* 180 with headers: how it sounds while it rings (Alert-Info) and the like. */
void ua_call_ring_with(struct ua_call *call, const struct ua_header *headers, size_t header_count);
/* 200 to an incoming INVITE; `sdp` is the answer, or our offer when there was none. */
void ua_call_accept(struct ua_call *call, const struct ua_sdp *sdp);
/* Answers handlers.offer. */
void ua_call_reply_offer(struct ua_call *call, const struct ua_sdp *sdp);
/* Refuses what handlers.offer asked (488 …). `warning`: code of a Warning header (RFC 3261 section 20.43)
 * with the sentence `why`, which may be NULL. */
void ua_call_refuse_offer(struct ua_call *call, int code, int warning, const char *why);

/* Changes the session by re-INVITE; handlers.reoffered tells what became of it, also after the far end has
 * made an offer at the same time (491). While one is on its way, the newest of further ones waits. Returns 0,
 * ENOTCONN (not answered, or over), EINVAL or ENOMEM. */
int ua_call_reoffer(struct ua_call *call, const struct ua_sdp *sdp) __attribute__((warn_unused_result));

/* Asks the far end to call `to` (a URI) in place of this call; with `replaced`, to take our place in that
 * call. handlers.referred tells how it goes; the call lives until it is closed, or the far end hangs up.
 * `by`: URI of who asks. Returns 0, ENOTCONN, EINVAL or ENOMEM. */
int ua_call_refer(struct ua_call *call, const char *to, const char *by, const struct ua_call *replaced)
    __attribute__((warn_unused_result));

/* Presses digits by INFO, one after the other, behind those that are on their way: 0-9 * # A-D, w and W a
 * pause of 0.5 and 1 s. Returns 0, ENOTCONN, ENOBUFS (more than a hundred wait) or ENOMEM. */
int ua_call_send_digits(struct ua_call *call, const char *digits, unsigned duration_ms)
    __attribute__((warn_unused_result));

/* Answers handlers.refer, from within it: 202, or a refusal. */
void ua_call_refer_reply(struct ua_call *call, int code);
/* Tells how the transfer goes, as a SIP response code; one of 200 and above is the last word. */
void ua_call_refer_notify(struct ua_call *call, int code);

struct ua_refusal {
	int code;			 /* 300 to 699 */
	const char *phrase;		 /* NULL: the standard one */
	unsigned retry_after_s;		 /* 0: none */
	const struct ua_header *headers; /* challenges and the like */
	size_t header_count;
};

/* Refuses an incoming INVITE. Follow with ua_call_close(). */
void ua_call_reject(struct ua_call *call, const struct ua_refusal *refusal);

enum { UA_Q850_ELSEWHERE = 26 }; /* non-selected user clearing: what it is in the terms of Q.850 */
#define UA_REASON_ELSEWHERE \
	"SIP;cause=200;text=\"Call completed elsewhere\"" /* no call was missed (RFC 3326) */

/* Ends it whatever its state, by BYE, CANCEL or 480 with `reason` as a Reason header (RFC 3326) or NULL, and
 * gives it back. */
void ua_call_close(struct ua_call *call, const char *reason);

/* ---- calls that outlive the process ---- */

/* What it takes to go on with an answered call in another process: a JSON object without descriptions and
 * passwords, the caller's to drop. It changes with each request. NULL: the call is not answered or over, or
 * params.keeps was not asked for. */
json_t *ua_call_keep(const struct ua_call *call);
/* Goes on with one that was kept. Nothing is sent by that: ua_call_reoffer() is to follow, and before its
 * answer the far end's own requests are refused. Returns 0; EADDRNOTAVAIL (we listen no more where it was);
 * EBADMSG (it is not whole); ENOMEM. */
int ua_resume(struct ua_call **out, struct ua *ua, const json_t *kept, void *arg)
    __attribute__((warn_unused_result));

/* Whether a call that is gone on with was reached by a connection of its far end (TCP, TLS), which is no
 * more; `was`: from where that came. */
bool ua_call_lacks_connection(const struct ua_call *call, struct sockaddr_storage *was);
/* Its far end's Contact, as it was kept; "" for a call that was not. Valid until the next request within it.
 */
const char *ua_call_target(const struct ua_call *call);
/* What is to be offered to it waits, until ua_call_go_by(): by `route`, a sip: URI with numeric host, or
 * NULL: where its Contact says. */
void ua_call_wait(struct ua_call *call);
void ua_call_go_by(struct ua_call *call, const char *route);

/* ---- requests outside dialogs ---- */

/* Answers and frees it. `headers` may hold Contact, Date, WWW-Authenticate … */
void ua_request_respond(struct ua_request *request, const struct ua_refusal *response);

/* ---- connections ---- */

void ua_limit_connections(struct ua *ua, const struct ua_connection_limits *limits);
void ua_count_connections(struct ua *ua, struct ua_connection_stats *out);

/* ---- for status ---- */

/* Dialogs and INVITEs that exist. */
size_t ua_call_count(const struct ua *ua);

#endif
