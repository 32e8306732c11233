/* ear: who listens to a call, at the end of an HTTP request: audio goes in, and reaches the client as a body
 * of WAV without end, or, when the request asks for a WebSocket, as binary messages.
 *
 * A WebSocket has a text first, {"type": "start", "call_id", "track", "rate", "channels", "format":
 * "audio/l16"}, then messages of whole frames of 20 ms, 16 bits a sample, little-endian, both sides as left
 * and right; close code 1000 when the call is over. What the client says is not listened to.
 *
 * Threads: the event base's thread. */
#ifndef OFFHOOK_API_EAR_H
#define OFFHOOK_API_EAR_H

#include "daemon/api/http/web.h"

struct ear;

struct ear_format {
	const char *call, *track; /* inbound, outbound, both */
	unsigned rate;
};

struct ear_handlers {
	void (*drained)(void *arg); /* all that was added is sent */
	void (*closed)(void *arg);  /* the client is gone: ear_free() is due */
	void *arg;
};

/* Answers the request, which is the ear's from then on. Returns 0; ENOMEM: it is not answered; EPROTO: it was
 * answered that it is no proper WebSocket request. */
int ear_begin(struct ear **out, struct event_base *base, struct web_request *request,
	      const struct ear_format *format, const struct ear_handlers *handlers)
    __attribute__((warn_unused_result));
/* Whole frames are taken out of `content`. */
void ear_add(struct ear *ear, struct evbuffer *content);
/* Bytes that the client has not taken. */
size_t ear_backlog(const struct ear *ear);
/* There is no more: what waits is sent, then `closed` is called. */
void ear_end(struct ear *ear);
/* The process ends: says so where there is a way to. */
void ear_leave(struct ear *ear);
void ear_free(struct ear *ear); /* may be NULL */

#endif
