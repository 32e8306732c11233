/* sessions: people who logged in with an API key in a browser, and are known by a cookie from then on.
 *
 * The key is never given back: a page has nothing to keep, and the cookie (HttpOnly, SameSite=Strict) is a
 * random word that means something to this process alone. A cookie comes by itself with whatever a browser
 * sends here, so it counts only where the request is from our own pages: the browser's Sec-Fetch-Site and
 * Origin must not say otherwise (ports are not part of a cookie's site, they are of an origin), and a request
 * that changes something has the header X-Offhook-Console, which no form and no foreign page can send.
 *
 * A session ends SESSION_LIFE_S after the log-in, at the log-out, and with the process. There are at most
 * SESSIONS_MAX: the oldest one makes room. Only digests of the words are kept.
 *
 * Threads: the event base's thread. */
#ifndef OFFHOOK_API_SESSIONS_H
#define OFFHOOK_API_SESSIONS_H

#include "daemon/api/http/web.h"

enum { SESSIONS_MAX = 1000, SESSION_LIFE_S = 12 * 3600 };

/* What a page of ours says of itself in requests that change something. */
#define SESSION_HEADER "X-Offhook-Console"

struct sessions;

/* Returns 0 or ENOMEM. `conf` outlives the sessions. */
int sessions_alloc(struct sessions **out, const struct conf *conf) __attribute__((warn_unused_result));
void sessions_free(struct sessions *sessions);

/* Whether the request comes from a page of ours, and by its own doing when it changes something. */
bool sessions_is_ours(const struct sessions *sessions, const struct web_request *request);
/* Begins a session: the reply to come sets its cookie. */
void sessions_begin(struct sessions *sessions, struct web_request *request,
		    const struct conf_account *account, bool only_reads);
/* The account of the request's session, or NULL: it has none, it is over, or the request is not from a page
 * of ours. */
const struct conf_account *sessions_account(struct sessions *sessions, const struct web_request *request);
/* Whether that session's key may read alone. */
bool sessions_only_reads(struct sessions *sessions, const struct web_request *request);
/* Ends the request's session, if it has one: the reply to come takes the cookie back. */
void sessions_end(struct sessions *sessions, struct web_request *request);

#endif
