/* fetch: HTTP/1.1 and HTTP/2 requests of ours to others (scripts, prompts, webhooks): libcurl's multi
 * interface on the event loop.
 *
 * Every request has a deadline and a size limit. Certificates are checked, names in them too. Addresses that
 * conf denies are refused after name resolution, at every connection and on every hop. Redirects are followed
 * for GET, unless they are asked for: a request that is signed has to be signed anew for its next address.
 * Answers may be compressed; the limit is that of what they unfold to.
 *
 * A stage takes the network's place for requests that it has an answer to, and sees all others.
 *
 * Threads: the event base's thread. Shutdown: fetcher_free() cancels what is under way without calling its
 * handlers. */
#ifndef OFFHOOK_API_FETCH_H
#define OFFHOOK_API_FETCH_H

#include "lib/conf.h"
#include "lib/histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct fetcher;
struct fetch;

struct fetch_result {
	int status;	   /* HTTP status; 0 when there was no answer */
	const char *error; /* one sentence when there was no whole answer, else NULL */
	const char *body;  /* NUL-terminated */
	size_t size;
	const char *content_type; /* or NULL */
	const char *url;	  /* where it came from in the end */
	const char *redirect;	  /* where it says to go, when that was asked for and it does; else NULL */
	const char *cookies; /* all that are kept now, for `cookies` of a next request; NULL: they were not
				asked for */
	/* Values of its fields, or NULL. */
	const char *cache_control, *etag, *last_modified;
	int64_t duration_ms;
};

/* Called once, never from inside fetch_start(). `result` is borrowed. */
typedef void fetch_h(const struct fetch_result *result, void *arg);

enum { FETCH_HEADERS_MAX = 8 };

struct fetch_setup {
	const char *url;
	bool post;
	const char *body, *content_type;	/* of a POST; NULL for none */
	const char *headers[FETCH_HEADERS_MAX]; /* "Name: value"; ends with NULL */
	unsigned timeout_ms;
	size_t max_size;    /* of the answer's body [bytes] */
	bool tell_redirect; /* do not follow one, but say where it leads to */
	const char *
	    cookies; /* kept from an earlier answer, "" for none yet; NULL: cookies are not kept (RFC 6265) */
};

/* `conf`: api/deny-addresses and api/ca-file; it stays while the fetcher does. */
int fetcher_alloc(struct fetcher **out, struct event_base *base, const struct conf *conf)
    __attribute__((warn_unused_result));
void fetcher_free(struct fetcher *fetcher);

struct fetch_stage {
	/* A request begins; `number` will be told with its answer. False: it goes out to the network. True:
	 * *answer is what it gets; its texts stay until the handler was called. */
	bool (*asked)(unsigned number, const struct fetch_setup *setup, struct fetch_result *answer,
		      void *arg);
	/* Before the handler is called. Of one that is cancelled nothing is said. */
	void (*answered)(unsigned number, const struct fetch_result *result, void *arg);
	void *arg;
};
/* For simulations. `stage` stays while the fetcher does. */
void fetcher_set_stage(struct fetcher *fetcher, const struct fetch_stage *stage);
/* The class of the answer's status: 2 is 200 to 299; 0: there was no whole answer. */
unsigned fetch_result_class(const struct fetch_result *result);
/* Requests that have ended, since the start: by that class, and how long they took. */
struct fetch_stats {
	uint64_t answers[6];
	struct histogram seconds;
};
extern const struct histogram_bounds fetch_seconds_bounds;
const struct fetch_stats *fetcher_stats(const struct fetcher *fetcher);
/* Requests under way. */
unsigned fetcher_count(const struct fetcher *fetcher);

/* Starts a request; everything in `setup` is copied. *out is valid until the handler was called. Returns 0,
 * ENOMEM or EAGAIN (too many under way). */
int fetch_start(struct fetch **out, struct fetcher *fetcher, const struct fetch_setup *setup,
		fetch_h *handler, void *arg) __attribute__((warn_unused_result));
/* Ends it without calling the handler. NULL is allowed. */
void fetch_cancel(struct fetch *fetch);

#endif
