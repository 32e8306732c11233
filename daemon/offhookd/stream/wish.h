/* wish: what is asked of a stream (streams.h), and what its connection is to be for it. */
#ifndef OFFHOOK_STREAM_WISH_H
#define OFFHOOK_STREAM_WISH_H

#include "daemon/offhookd/stream/peer.h"

#include <jansson.h>

struct call;
struct conf;

/* Of a stream that is the far end of its call (media_remote.by_tap) and not beside it. Such a one is no
 * stream of the call to others: it is in no list, is not stopped by itself, and ends with the call or ends
 * it. */
struct stream_far {
	void (*started)(struct call *call);
	/* The connection is gone, or never was there: `why` is not PEER_FINE; `status` of HTTP, or 0. */
	void (*gone)(struct call *call, enum peer_error why, int status, const char *error);
};

/* What is asked for; texts are copied. */
struct stream_wish {
	const char *id;	      /* UUID, or NULL: a new one */
	const char *name;     /* or NULL */
	const char *url;      /* ws://, wss://, unix:PATH */
	const char *protocol; /* "twilio", "vonage", "plain", "speech" */
	unsigned rate;	      /* 8000, 16000, 24000 */
	unsigned tracks;      /* of PEER_SAID, PEER_HEARD */
	bool speaks;
	const json_t *headers;	      /* of the upgrade, an object of texts, or NULL */
	const char *subprotocol;      /* or NULL */
	const json_t *start;	      /* an object, or NULL */
	const char *stop;	      /* or NULL */
	const struct stream_far *far; /* or NULL */
	bool drains, begins;	      /* as peer_setup has them */
};

/* Fills `setup`, all zeros, with copies. Returns 0, EINVAL (headers, the protocol's name) or ENOMEM; in any
 * case peer_setup_clear() frees it. `conf`: api/deny-addresses. */
int stream_wish_fill(struct peer_setup *setup, const struct stream_wish *wish, const struct conf *conf)
    __attribute__((warn_unused_result));

#endif
