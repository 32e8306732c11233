/* web_private: inside of the web server: its listeners and connections, shared by web*.c alone. */
#ifndef OFFHOOK_API_WEB_PRIVATE_H
#define OFFHOOK_API_WEB_PRIVATE_H

#include "daemon/api/http/web.h"

struct bufferevent;
struct event;
struct evhttp;
struct evconnlistener;
struct web_tls;
struct web_lingering;

/* One address; each has an evhttp of its own, so that a connection knows where it came in. */
struct web_listener {
	struct web_server *server;
	struct evhttp *http;
	struct evconnlistener *socket;
	struct web_tls *tls; /* NULL: without */
	uint16_t port;
	bool for_metrics;
};

struct web_server {
	struct event_base *base;
	struct web_listener *listeners;
	size_t listener_count;
	struct event *resume; /* listeners are paused until it fires */
	struct event *sweep;  /* looks for connections that are too slow */
	unsigned connections; /* accepted since the last exact count, plus that count: never too low */
	unsigned connections_max, connections_of_source;
	size_t body_max;
	bool access_log;
	struct web_stats stats;
	uint64_t requests;		 /* so many had no id of their own */
	char id_prefix[9];		 /* theirs begin with it */
	struct web_lingering *lingering; /* refused, on their way out */
	web_request_h *handler;
	void *arg;
	web_problem_h *problem; /* NULL: the usual one */
	void *problem_arg;
};

struct evhttp_request;
/* An evhttp request is complete; `arg` is its listener (web.c). */
void web_on_request(struct evhttp_request *http, void *arg);

/* The connection of a request. */
struct bufferevent *web_bufferevent(struct web_request *request);
/* What a request that comes to no handler is answered with: new, or NULL without memory. `*type` is its media
 * type. */
json_t *web_problem_of(const struct web_request *request, int status, const char *why, const char **type);

/* Answers with that. */
void web_answer_problem(struct web_request *request, int status, const char *why);
/* The path of a request's target with its query, without "http://host:port" where it is absolute. */
const char *web_target_path(const char *target);

/* Answers a request whose framing is wrong, takes its connection from evhttp and ends it (web_refuse.c).
 * `why` is one sentence; `head_alone`: without the body of the answer. */
void web_refuse(struct web_request *request, int status, const char *why, bool head_alone);
/* Ends those that are on their way out. */
void web_refuse_stop(struct web_server *server);

/* Gives a request its id: the one that it came with in X-Request-Id, if it may be one, or a new one, when one
 * is asked for or written in the log. */
void web_request_name(struct web_request *request);
/* A request is answered with `code`: counts it, and writes a line of the log. */
void web_log(const struct web_request *request, int code);

/* Opens one more of conf's addresses (web_listen.c). On failure *error says which and why. */
int web_listen(struct web_server *server, const struct conf *conf, size_t index, char *error, size_t size)
    __attribute__((warn_unused_result));
void web_listener_clear(struct web_listener *listener);
/* Counts the connections; when there are as many as may be, ends idle ones of the source that has most,
 * should it have more than its share, then those that have been idle longest: others get in a moment later
 * (web_crowd.c). */
unsigned crowd_thin(const struct web_server *server);
/* The event `resume`: an event callback; arg is the web server. */
void web_resume_accepting(int fd, short what, void *arg);

#endif
