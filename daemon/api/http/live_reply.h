/* live_reply: an answer whose body comes bit by bit, and whose end nobody knows beforehand.
 *
 * The connection is taken from HTTP, and closed behind the body: chunked (RFC 9112, section 7.1) for those
 * that speak HTTP/1.1, as it is for older ones. A client that takes nothing for a while is gone.
 *
 * Threads: the event base's thread. */
#ifndef OFFHOOK_API_LIVE_REPLY_H
#define OFFHOOK_API_LIVE_REPLY_H

#include "daemon/api/http/web.h"

struct live_reply;

struct live_reply_handlers {
	void (*drained)(void *arg); /* all that was added is sent */
	void (*closed)(void *arg);  /* the connection is gone: live_reply_free() is due */
	void *arg;
};

/* Answers 200; the request is the reply's from here on. Returns 0, or ENOMEM: the request stays, without an
 * answer. */
int live_reply_begin(struct live_reply **out, struct web_request *request, const char *type,
		     const struct live_reply_handlers *handlers) __attribute__((warn_unused_result));
/* `content` is drained into the body. */
void live_reply_add(struct live_reply *reply, struct evbuffer *content);
/* Bytes that the client has not taken. */
size_t live_reply_backlog(const struct live_reply *reply);
/* The body is whole: what waits is sent, then the connection ends and `closed` is called. */
void live_reply_end(struct live_reply *reply);
/* Closes the connection. NULL is allowed. */
void live_reply_free(struct live_reply *reply);

#endif
