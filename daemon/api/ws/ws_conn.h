/* ws_conn: one WebSocket connection (RFC 6455), from the upgrade of an HTTP request to its end; framing by
 * wslay.
 *
 * Text messages in and out; pings are sent and answered by itself. What is sent waits in memory until the far
 * end reads: ws_conn_backlog() says how much, the owner bounds it. `closed` is called once, from the loop,
 * when the connection is gone (never from inside a function of this module); the owner frees it then or
 * earlier.
 *
 * Limits: WS_MESSAGE_MAX bytes a message (close code 1009); while WS_UNREAD_MAX bytes wait for the far end,
 * it is not read from. Threads: the event base's thread. Shutdown: ws_conn_free() drops the connection
 * without a close frame and without calling `closed`. */
#ifndef OFFHOOK_API_WS_CONN_H
#define OFFHOOK_API_WS_CONN_H

#include "daemon/api/http/web.h"

enum { WS_MESSAGE_MAX = 256 * 1024, WS_UNREAD_MAX = 1024 * 1024 };

struct ws_conn;

struct ws_handlers {
	void (*message)(const char *text, size_t size, void *arg); /* valid UTF-8, not NUL-terminated */
	void (*drained)(void *arg); /* everything sent so far has left this process */
	void (*closed)(void *arg);
	void *arg;
};

/* Whether the request asks for a WebSocket at all. */
bool ws_conn_is_asked(const struct web_request *request);
/* Whether it does so as it should; it is answered with what is wrong when not. */
bool ws_conn_check(struct web_request *request);
/* Upgrades `request`. When it is no proper WebSocket request it is answered with what is wrong, and EPROTO
 * returned; ENOMEM is answered too. In all cases the request is no longer the caller's. */
int ws_conn_alloc(struct ws_conn **out, struct event_base *base, struct web_request *request,
		  const struct ws_handlers *handlers) __attribute__((warn_unused_result));
void ws_conn_free(struct ws_conn *conn);

void ws_conn_send(struct ws_conn *conn, const char *text, size_t size);
/* A binary message. */
void ws_conn_send_binary(struct ws_conn *conn, const void *bytes, size_t size);
/* Sends a close frame behind everything that waits; `closed` follows when the far end has answered, or after
 * a while. */
void ws_conn_close(struct ws_conn *conn, int code, const char *reason);
/* The same for a process that is about to end: what the kernel takes at once still goes out. */
void ws_conn_close_now(struct ws_conn *conn, int code, const char *reason);
/* Bytes sent that the far end has not taken. */
size_t ws_conn_backlog(const struct ws_conn *conn);

#endif
