/* client: requests of our own outside any dialog: REGISTER to a carrier, OPTIONS to see whether it is there.
 *
 * A client keeps what a series of requests has in common (Call-ID, CSeq, what it was challenged with) and has
 * one request under way at a time. It answers challenges itself. Main thread only; the handler is called from
 * the loop, once for each request. */
#ifndef OFFHOOK_UA_CLIENT_H
#define OFFHOOK_UA_CLIENT_H

#include "daemon/offhookd/ua/resolve.h"

struct ua_client;

/* The final response; 408 when there was none in time. */
struct ua_client_answer {
	int code;
	const char *phrase;
	long expires_s;	     /* granted to our contact, 0: it is not kept, −1: not said */
	long min_expires_s;  /* −1: not said */
	long retry_after_s;  /* 0: not said */
	const char *trouble; /* of a 401 or 407: why the challenge was not answered, as a sentence; NULL: we
				are refused */
	const char *host;    /* of a 301 or 302: where its first Contact leads, IPv6 in brackets; else NULL */
	uint16_t port;	     /* of it; 0: none given */
};

typedef void ua_client_h(const struct ua_client_answer *answer, void *arg);

struct ua_client_params {
	const char *username, *password; /* for challenges, or NULL */
	ua_client_h *handler;
	void *arg;
};

/* Returns 0 or ENOMEM. */
int ua_client_alloc(struct ua_client **out, struct ua *ua, const struct ua_client_params *params)
    __attribute__((warn_unused_result));
/* Forgets what is under way. */
void ua_client_free(struct ua_client *client);

struct ua_client_request {
	const char *method, *uri; /* "REGISTER", "sip:carrier.example" */
	const char *from, *to;	  /* URIs */
	struct ua_hop hop;
	const char *contact_user, *contact_line; /* of our Contact: its user, and a secret that comes back in
						    requests; NULL: none */
	long expires_s;				 /* −1: not said */
	unsigned timeout_ms;
};

/* Sends it, in place of what is under way. Returns 0, EPROTONOSUPPORT (no listener of ours has its
 * transport), EINVAL, ENOMEM. */
int ua_client_send(struct ua_client *client, const struct ua_client_request *request)
    __attribute__((warn_unused_result));

#endif
