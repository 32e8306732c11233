/* web: HTTP/1.1 for the API layer, with and without TLS: listeners, limits, one request from arrival to
 * reply.
 *
 * Wraps libevent's evhttp. A handler is called when a request is complete; it replies at once or later,
 * exactly once, with one of the web_reply functions, after which the request is gone. Errors are RFC 9457
 * problem documents.
 *
 * Limits: connections (further ones wait in the kernel's queue), header bytes, body bytes (413), idle time,
 * the time that a request or a TLS handshake takes to come (408). A request that is being worked on is not
 * read from, so a client cannot push more than one at a time.
 *
 * Threads: everything on the event base's thread. Shutdown: web_server_free() drops all connections; requests
 * that nobody answered yet must be answered (or forgotten with web_request_abandon()) before. */
#ifndef OFFHOOK_API_WEB_H
#define OFFHOOK_API_WEB_H

#include "daemon/api/http/query.h"
#include "lib/conf.h"
#include "lib/histogram.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct evbuffer;
struct json_text;
struct web_server;
struct web_request;

enum { WEB_SEGMENTS_MAX = 10, WEB_ID_SIZE = 65 };

/* One request; fields are read-only for handlers. */
struct web_request {
	struct web_server *server;
	struct evhttp_request *http;
	const char *method;		  /* "GET", …; "?" for one that HTTP does not know */
	const char *path;		  /* as sent, for log lines */
	char *segments[WEB_SEGMENTS_MAX]; /* path split at '/', decoded */
	size_t segment_count;
	struct query query;
	const char *body; /* NUL-terminated, not NULL */
	size_t body_size;
	char *storage[3]; /* what the pointers above point into */
	int fd;		  /* of its connection */
	bool for_metrics; /* came in where conf has metrics-listen */
	int64_t started_us;
	char id[WEB_ID_SIZE]; /* in the answer and the log, to find one by the other; or "" */
};

/* A complete request with a decodable path and query. */
typedef void web_request_h(struct web_request *request, void *arg);

/* The body of the answer to a request for `path` (as sent) that comes to no handler: it cannot be decoded, is
 * too long, breaks the framing. New, or NULL: there is none but the usual. `*type` is its media type. */
typedef json_t *web_problem_h(const char *path, int status, const char *why, const char **type, void *arg);

/* Listens on all of `conf`'s API addresses, then on those for metrics, which the handler is to tell apart. On
 * failure nothing listens and *error (of `size` bytes) says which address and why. */
int web_server_alloc(struct web_server **out, struct event_base *base, const struct conf *conf,
		     web_request_h *handler, void *arg, char *error, size_t size)
    __attribute__((warn_unused_result));
void web_server_free(struct web_server *server);
/* Who says what is wrong at some path in its own words; until then all is a problem document. */
void web_server_set_problems(struct web_server *server, web_problem_h *problem, void *arg);

/* Port of the nth listener, for port 0. */
uint16_t web_server_port(const struct web_server *server, size_t listener);

/* A line of the log for each listener of `conf`. */
void web_server_tell(const struct web_server *server, const struct conf *conf);

/* Answers by their status, 1xx to 5xx, and how long they took; since the start. */
struct web_stats {
	uint64_t answers[6]; /* [2] is those of 200 to 299 */
	struct histogram seconds;
	unsigned connections; /* about so many: never too low */
};
extern const struct histogram_bounds web_seconds_bounds;
/* `out` is borrowed, and stays up to date. */
const struct web_stats *web_server_stats(struct web_server *server);

/* Whether `conf`'s certificates can be used. Returns 0, or EINVAL with *error in one sentence. */
int web_server_check(const struct conf *conf, char *error, size_t size) __attribute__((warn_unused_result));
/* Whether a certificate or key has changed since it was read. */
bool web_server_has_new_certificates(const struct web_server *server);
/* Reads the certificates anew: new connections get them, old ones stay. On failure (EINVAL, with *error)
 * those that could not be read are as they were. */
int web_server_renew(struct web_server *server, char *error, size_t size) __attribute__((warn_unused_result));

/* Value of a request header, or NULL. */
const char *web_header(const struct web_request *request, const char *name);
/* Adds a header to the reply to come. */
void web_reply_header(struct web_request *request, const char *name, const char *value);

/* Replies. `json` is stolen. */
void web_reply_json(struct web_request *request, int code, json_t *json);
/* With a media type other than application/json, or application/problem+json for errors. */
void web_reply_json_as(struct web_request *request, int code, const char *type, json_t *json);
/* JSON that is written already: a whole text, whose memory goes over to the reply; `out` is empty afterwards.
 */
void web_reply_json_text(struct web_request *request, int code, struct json_text *out);
void web_reply_empty(struct web_request *request, int code);
/* `content` is drained. `type` is the media type. */
void web_reply_buffer(struct web_request *request, int code, const char *type, struct evbuffer *content);
/* `field` is the parameter at fault or NULL. */
void web_reply_problem(struct web_request *request, int code, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The body of a problem document; NULL without memory. `code` is for programs; NULL: what the status says. */
json_t *web_problem(int status, const char *code, const char *field, const char *detail);
/* "Not Found" … */
const char *web_status_text(int code);

/* Takes the connection away from HTTP, for WebSocket: returns its bufferevent, which lives until
 * web_request_abandon(), that closes it. */
struct bufferevent *web_request_take(struct web_request *request);
/* Forgets a request without a reply and closes its connection. */
void web_request_abandon(struct web_request *request);
/* Frees a request that was replied to; for web*.c alone. */
void web_request_free(struct web_request *request);

#endif
