/* private: what the files of ua/ share. */
#ifndef OFFHOOK_UA_PRIVATE_H
#define OFFHOOK_UA_PRIVATE_H

#include "daemon/offhookd/digest/digest.h"
#include "daemon/offhookd/ua/intake.h"
#include "daemon/offhookd/ua/resolve.h"
#include "daemon/offhookd/ua/root.h"
#include "daemon/offhookd/ua/ua.h"

#define NUA_MAGIC_T  struct ua_agent
#define NUA_HMAGIC_T struct ua_call
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sresolv.h>
#include <sofia-sip/tport_tag.h>
#include <uthash.h>

enum {
	UA_AGENTS_MAX = UA_TLS_MAX,
	UA_URI_MAX = 512,
	UA_BLOCK_MAX = 8192,
	UA_SOFIA_MAX = 4 << 20, /* bytes that sofia-sip may take: more than the intake ever gives it */
	UA_RETRIES_MAX = 3,
	UA_UDP_SIZE = 1300, /* bytes of a request, when we do not know what the way takes */
	UA_HOST_MAX = 264,
	UA_CONTACT_MAX = UA_HOST_MAX + 48,
	UA_ORIGINS_MAX = 6,
};

/* One NUA: one address and port with one or more transports. */
struct ua_agent {
	struct ua *ua;
	nua_t *nua;
	int index;
	char host[64];
	uint16_t port;
	bool transports[CONF_TLS + 1];
	int family;
	bool down; /* nua_shutdown() is through */
	bool stopping;
};

struct ua {
	struct event_base *base;
	struct ua_root *root;
	struct ua_client *clients; /* client.c */
	sres_resolver_t *resolver; /* NULL: there is none */
	struct ua_agent agents[UA_AGENTS_MAX];
	size_t agent_count;
	struct ua_handlers handlers;
	void *arg;
	char domain[256], advertise[CONF_FAMILIES][UA_HOST_MAX]; /* "": not */
	bool (*is_local)(const struct sockaddr_storage *address, void *arg);
	size_t calls;
	size_t outside;	       /* calls with target.outside */
	struct ua_call *all;   /* what is alive */
	struct ua_call *by_id; /* origin.c */
	struct ua_ping *pings; /* under way */
	struct ua_way *byes;   /* the same; call_bye.c */
	ua_done_h *done;
	void *done_arg;
	struct event *deadline; /* of the shutdown */
	msg_mclass_t *mclass;	/* gate.c */
	struct ua_tls *tls;	/* NULL: no listener has it */
	struct ua_connections *connections;
	size_t message_max; /* bytes of a SIP message */
	bool keeps;	    /* calls are to outlive the process */
	bool draining;	    /* ua_set_draining() */
};

/* An address, IPv4 as ::ffff:… */
struct ua_origin {
	uint8_t bytes[16];
};

/* What a handle of NUA belongs to: the first member of either. */
enum ua_kind { UA_KIND_CALL, UA_KIND_PING, UA_KIND_BYE };

struct ua_call {
	enum ua_kind kind;
	struct ua_call *prev, *next; /* ua->all */
	struct ua *ua;
	struct ua_agent *agent;
	nua_handle_t *nh;
	void *arg;
	bool outgoing;
	bool answered;	 /* 2xx sent or received */
	bool confirmed;	 /* our 2xx has been acknowledged */
	bool offered;	 /* a re-INVITE or UPDATE waits for our answer */
	msg_t *offer;	 /* that request, held; NUA answers the first INVITE it finds if it is not told */
	bool late;	 /* our 2xx carries the offer */
	bool ended;	 /* handlers.ended was called */
	bool closed;	 /* the switch has given it back */
	bool terminated; /* NUA has nothing more to do for it */
	bool referring;	 /* a REFER waits for our answer */
	char refer_event[32]; /* Event of its NOTIFYs; "": none is open */
	bool pinned;	      /* see ua_target */
	bool outside;	      /* likewise */
	bool barred;	      /* an INVITE of it was not sent */
	char call_id[128];
	char tag[20];		      /* of our From, outgoing */
	uint32_t cseq;		      /* of our last INVITE, outgoing, before there is a dialog */
	char contact[UA_CONTACT_MAX]; /* what we call ourselves there; "": as NUA does */
	struct ua_retry *retry;	      /* what it takes to answer a challenge, or NULL */
	char *username, *password;    /* for challenges within the dialog, or NULL */
	unsigned challenges;	      /* of them in a row */
	struct ua_digits *digits;     /* NULL: none was ever sent by INFO */
	struct event *expiry;	      /* call_expiry.c; or NULL */
	bool refreshing;	      /* a re-INVITE of NUA, for the session timer, is on its way */
	char *route;		      /* where the INVITE went, when what follows goes elsewhere; or NULL */
	struct ua_way *way;	      /* call_bye.c; or NULL */
	struct ua_name *name;	      /* of the far end's audio, being looked up; or NULL */
	struct ua_offer *reoffer;     /* NULL: we have never made one within the call */
	UT_hash_handle hh;	      /* ua->by_id */
	struct ua_call *same_id;      /* the next with this Call-ID */
	bool indexed;
	struct ua_kept *kept;			  /* call_kept.c; or NULL */
	bool resuming;				  /* of an earlier process, and we have had no answer yet */
	bool waits;				  /* ua_call_wait() */
	char remote_tag[64];			  /* of the INVITE that has come */
	uint32_t remote_cseq;			  /* the same */
	uint64_t remote_branch;			  /* the same: ua_merged_branch() */
	struct ua_origin origins[UA_ORIGINS_MAX]; /* where its far end may be */
	size_t origin_count;
};

/* A request outside a dialog, alive during its handler. */
struct ua_request {
	struct ua_agent *agent;
	nua_handle_t *nh;
	bool answered;
};

/* ua_intake.c: what comes and goes is told from now on. */
void ua_start_intake(struct ua *ua, const struct ua_params *params);

void ua_event(nua_event_t event, int status, char const *phrase, nua_t *nua, struct ua_agent *agent,
	      nua_handle_t *nh, struct ua_call *call, sip_t const *sip, tagi_t tags[]);

/* gate.c */
int ua_gate_alloc(struct ua *ua) __attribute__((warn_unused_result));
void ua_gate_free(struct ua *ua);

/* lenient.c */
/* Makes a message class take From, To, Contact and CSeq in shapes that phones and carriers send. */
void ua_lenient_install(msg_mclass_t *mc);
/* `value` of a header with one address, or a `list` of them, with display names in quotes where they need
 * them; of a list without the entries that cannot be read. A text of `home`; NULL without memory. */
char *ua_lenient_address(su_home_t *home, const char *value, bool list);
/* An entry that was left out since this was last asked for; "": none. */
const char *ua_lenient_left_out(void);

/* origin.c */
/* Calls by Call-ID; the others with the same one follow by ->same_id. */
void ua_index_add(struct ua_call *call);
void ua_index_remove(struct ua_call *call);
struct ua_call *ua_index_find(struct ua *ua, const char *call_id);
/* From now on its requests may come from there. */
void ua_origin_add(struct ua_call *call, const struct sockaddr_storage *address);
/* From where this INVITE, or response to it, has come, and where it says that its sender is. */
void ua_origin_note(struct ua_call *call, const sip_t *sip);
bool ua_origin_holds(const struct ua_call *call, const struct sockaddr_storage *address);
/* Whether a request may pass to its call, if it is of one. False: it has been answered. */
bool ua_origin_admits(struct ua *ua, const sip_t *sip, const struct sockaddr_storage *from);

/* merged.c */
/* Tells the topmost Via of one INVITE from that of another. */
uint64_t ua_merged_branch(const sip_t *sip);
/* Whether this is no INVITE that has come already by another way (RFC 3261 section 8.2.2.2). False: it has
 * been answered, with 482; or it has been sent again after its 2xx was acknowledged, and needs no answer. */
bool ua_merged_admits(struct ua *ua, const sip_t *sip, const struct sockaddr_storage *from);
/* The 2xx to the INVITE that has made this call was acknowledged. */
void ua_merged_confirmed(struct ua_call *call);

/* call_bye.c */
/* Keeps, of the 2xx to our INVITE, what it takes to end the call by the way of the INVITE. */
void ua_call_note_way(struct ua_call *call, const sip_t *sip);
/* The response to our BYE: when it cannot have arrived, it is sent once more that way, challenges to that one
 * are answered, and handlers.undelivered tells what came of it. */
void ua_call_bye_again(struct ua_call *call, int status);
/* A call of an earlier process that has not said its re-INVITE, or has no answer to it, is ended: NUA knows
 * no dialog yet. */
struct ua_kept;
void ua_call_leave(struct ua_call *call, const struct ua_kept *kept);
void ua_way_on_response(struct ua_way *way, int status, const sip_t *sip);
/* Without a word; NULL is ignored. */
void ua_way_free(struct ua_way *way);

/* call_kept.c */
/* Notes what the dialog is made of: from the INVITE that has come, from the answer to ours. Nothing without
 * ua->keeps. */
void ua_kept_note_invite(struct ua_call *call, const sip_t *sip, const char *proxy);
void ua_kept_note_answer(struct ua_call *call, const sip_t *sip);
/* Where requests go whatever those say, or NULL. */
void ua_kept_note_way(struct ua_call *call, const char *proxy);
/* A request or a response within it. */
void ua_kept_note_request(struct ua_call *call, const sip_t *sip);
void ua_kept_note_response(struct ua_call *call, int status, const sip_t *sip);
/* The re-INVITE by which a call is gone on with. */
void ua_kept_send_first(struct ua_call *call, const char *sdp);
/* A response has come, before NUA reads it. */
void ua_kept_complete(struct ua *ua, msg_t *msg, sip_t *sip);
/* NULL is ignored. */
void ua_kept_free(struct ua_kept *kept);

/* call_expiry.c */
/* A new INVITE: when the time of its Expires header is over before it has a final answer, it gets 487, and
 * handlers.ended tells of it. Nothing without the header. */
void ua_call_watch_expiry(struct ua_call *call, const sip_t *sip);
void ua_call_forget_expiry(struct ua_call *call);

/* ping.c */
void ua_ping_on_event(struct ua_ping *ping, nua_event_t event, int status, const sip_t *sip);

/* call.c */
/* The agent to send with; NULL: no listener of ours has the transport and family. */
struct ua_agent *ua_pick_agent(struct ua *ua, const struct ua_target *target);

/* call_events.c */
void ua_call_on_invite(struct ua_agent *agent, nua_handle_t *nh, struct ua_call *call, const sip_t *sip);
void ua_call_on_update(struct ua_call *call, const sip_t *sip);
/* A provisional response has come that asks for a PRACK: before NUA sees it. */
void ua_call_expect_prack(struct ua_call *call);
void ua_call_on_response(struct ua_call *call, int status, const char *phrase, const sip_t *sip);
void ua_call_on_ack(struct ua_call *call, const sip_t *sip);
void ua_call_on_info(struct ua_call *call, const sip_t *sip);
void ua_call_on_refer(struct ua_call *call, const sip_t *sip, tagi_t tags[]);
void ua_call_on_own_bye(struct ua_call *call);
void ua_call_on_bye(struct ua_call *call, const sip_t *sip);
void ua_call_on_cancel(struct ua_call *call, const sip_t *sip);
void ua_call_on_error(struct ua_call *call, int status, const char *phrase);
void ua_call_on_state(struct ua_call *call, int state);
/* Whether the switch is still to hear of it. */
bool ua_call_is_listening(const struct ua_call *call);
/* Answers the request that NUA has just told of. */
void ua_call_answer_this(struct ua_call *call, int code, const char *phrase);
/* call_refer.c: Call-ID of the dialog that a Replaces names with all three of its parts, or "": there is
 * none. Some phones have the tags the wrong way round. */
const char *ua_find_replaced(struct ua *ua, const sip_replaces_t *replaces);
struct ua_call *ua_call_new(struct ua_agent *agent, bool outgoing);
void ua_call_destroy(struct ua_call *call);

/* contact.c */
/* The name that conf advertises in the agent's family, or NULL. */
const char *ua_advertised(const struct ua_agent *agent);
/* The host by which `peer` reaches the agent, IPv6 in brackets. */
void ua_own_host(const struct ua_agent *agent, const struct sockaddr_storage *peer, char out[UA_HOST_MAX]);
/* Fills `out` with the Contact for `peer` where it is not the one that NUA would write; else leaves it alone.
 */
void ua_own_contact(const struct ua_agent *agent, const struct sockaddr_storage *peer,
		    enum conf_transport transport, char out[UA_CONTACT_MAX]);

/* own.c: whether a URI leads to ourselves: our domain, or an address and port that we listen on or advertise;
 * a tel: URI says no host, and is for whoever is asked. */
bool ua_is_own(const struct ua *ua, const url_t *url);

/* call.c: sends the INVITE, `credentials` with it (header lines) or NULL, on a new handle. Returns 0, EINVAL
 * or ENOMEM. */
int ua_call_send_invite(struct ua_call *call, const struct ua_invite_params *p, const char *credentials)
    __attribute__((warn_unused_result));

/* names.c: looks up the name in the newest description of a call's far end, in place of an earlier one;
 * handlers.found tells of its address. Nothing when it has none. */
void ua_call_find_name(struct ua_call *call, const struct ua_sdp *sdp);
void ua_name_free(struct ua_name *name);

/* client.c: false when no client has sent on this handle. */
bool ua_client_on_response(struct ua *ua, nua_handle_t *nh, int status, const char *phrase, const sip_t *sip);

/* call_auth.c: challenges to our INVITE (RFC 3261 section 22). */
/* Keeps what the INVITE was made of. Returns 0 or ENOMEM. */
int ua_retry_alloc(struct ua_retry **out, const struct ua_invite_params *p)
    __attribute__((warn_unused_result));
void ua_retry_free(struct ua_retry *retry);
/* Answers the challenge in `sip` by a second INVITE, on a new handle. False: it cannot, or its credentials
 * were refused. */
bool ua_call_retry(struct ua_call *call, const sip_t *sip);
/* Why not, as a sentence; NULL: they were refused. `retry` may be NULL. */
const char *ua_retry_trouble(const struct ua_retry *retry);
/* Where requests within the dialog go, from the 2xx. */
void ua_retry_note_target(struct ua_retry *retry, const sip_t *sip);
/* Header lines with credentials for a request within the dialog, from what the INVITE was challenged with;
 * NULL: none. */
const char *ua_retry_credentials(struct ua_retry *retry, const char *method, char out[UA_BLOCK_MAX]);

/* call_info.c: digits that we send. */
void ua_digits_free(struct ua_digits *digits);
/* The last response to an INFO of ours. */
void ua_call_on_info_response(struct ua_call *call);

/* call_refer.c: what becomes of a REFER of ours. */
void ua_call_on_refer_response(struct ua_call *call, int status);
void ua_call_on_notify(struct ua_call *call, const sip_t *sip);

/* call_offer.c: re-INVITEs of ours. */
void ua_offer_free(struct ua_offer *offer);
/* Whether the last one was refused: NUA takes some refusals (RFC 5057) for the end of the call, and hangs up.
 */
bool ua_call_reoffer_has_failed(const struct ua_call *call);
/* The offer that has waited for a way to its far end, if there is one. */
void ua_call_reoffer_now(struct ua_call *call);
/* A re-INVITE has been sent, by us or by NUA. */
void ua_call_note_reinvite(struct ua_call *call);
/* A response to a re-INVITE that was no challenge to be answered. */
void ua_call_on_reoffer_response(struct ua_call *call, int status, const sip_t *sip);

/* challenge.c: challenges within a dialog. */
void ua_challenge_init(void);
/* A response to a request of ours, other than the first INVITE. True: it was a challenge, and has been
 * answered. One that cannot be answered ends the request. */
bool ua_call_answer_challenge(struct ua_call *call, int status, const sip_t *sip);

/* auth.c: credentials for those who challenge us. */
enum { UA_ASKED_MAX = 4, UA_TRIES_MAX = 4 };
struct ua_auth {
	struct {
		struct digest_asked *asked; /* owned */
		bool proxy;
		uint32_t uses;
	} list[UA_ASKED_MAX];
	size_t count;
	unsigned tries;
	const char
	    *trouble; /* why a challenge was not answered, as a sentence; NULL: it was, or refused us */
};
/* Takes the challenges of a 401 or 407. True: there is something new to answer with; false: nothing that we
 * can answer, or what was sent before was wrong (auth->trouble is NULL then, else the reason). */
bool ua_auth_take(struct ua_auth *auth, const sip_t *sip);
void ua_auth_forget(struct ua_auth *auth);
/* Header lines that answer all that was taken; NULL: none. use->count is ours to fill in. */
const char *ua_auth_headers(struct ua_auth *auth, const struct digest_use *use, char out[UA_BLOCK_MAX]);

/* request.c */
/* Seconds of an expires parameter; 3600 when it is malformed, `none` when it is empty. */
long ua_read_expires(const char *text, long none);
void ua_request_on_register(struct ua_agent *agent, nua_handle_t *nh, const sip_t *sip);
/* The digit in the body of an INFO, and how long it is [ms]. 0; ENOENT: no body; ENOTSUP: a body of another
 * kind; EBADMSG. */
int ua_read_digit(const sip_t *sip, char *digit, unsigned *duration_ms) __attribute__((warn_unused_result));

/* multipart.c: the part with application/sdp, in place, or NULL. `boundary`: value of the parameter, or NULL.
 */
const char *ua_multipart_sdp(const char *body, size_t length, const char *boundary, size_t *sdp_length);

/* message.c: from sofia's structures to ours. Texts live in `home` */
void ua_read_request(struct ua_request_info *out, struct ua_agent *agent, const sip_t *sip, su_home_t *home);
/* The same without its source. */
void ua_read_headers(struct ua_request_info *out, const sip_t *sip, su_home_t *home);
/* The value of an Authorization, WWW-Authenticate … header, or NULL. */
char *ua_read_auth(const msg_auth_t *au, su_home_t *home);
/* All Path values, comma separated, or NULL. */
char *ua_read_path(const sip_t *sip, su_home_t *home);
/* 0, ENOENT (no body), EBADMSG (body that is no SDP for us; no audio of ours counts as that too, with *out
 * filled, and out->trouble) */
int ua_read_sdp(struct ua_sdp *out, const sip_t *sip);
size_t ua_read_x_headers(struct ua_header *out, size_t max, const sip_t *sip, su_home_t *home);
int ua_read_reason(const sip_t *sip, int *q850);
/* Writes "Name: value\r\n" for each; a name or value with control characters is left out. NULL when there are
 * none. */
const char *ua_header_block(char out[UA_BLOCK_MAX], const struct ua_header *headers, size_t count);
/* The address that a message has come from. False: it is one of our own making, or `msg` is NULL; `out` is
 * all zeroes then. */
bool ua_message_source(struct sockaddr_storage *out, msg_t *msg);
void ua_source_from(struct ua_source *out, struct ua_agent *agent, const sip_t *sip);
/* "host:port", with brackets around IPv6. */
void ua_format_address(char *out, size_t size, const struct sockaddr_storage *a);
/* User of P-Asserted-Identity, else of Remote-Party-ID; NULL: none. */
const char *ua_read_asserted(const sip_t *sip, su_home_t *home);
/* Whether the caller asks that its number be kept to ourselves (RFC 3323, RFC 3325). */
bool ua_read_privacy(const sip_t *sip);
/* That of the topmost Via. */
enum conf_transport ua_transport_of(const sip_t *sip);

#endif
