/* stateless: answers to requests that nothing is kept of (RFC 3261 sections 8.2.7 and 16.7), made from the
 * request's text alone: too long, broken, or more than we can take now. */
#ifndef OFFHOOK_UA_STATELESS_H
#define OFFHOOK_UA_STATELESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { UA_STATELESS_MAX = 8192 };

struct ua_stateless {
	int code;
	const char *phrase;
	const char *headers;		       /* further lines, each with its CRLF; NULL: none */
	const char *tag;		       /* for To */
	const struct sockaddr_storage *source; /* it came by UDP from there; NULL: by a connection */
};

/* Writes the answer to a request whose header section begins at `text` (all of it need not be there). Returns
 * its length, or 0: it is no request, an ACK, lacks what a response needs, or is longer than out. */
size_t ua_stateless_write(char out[UA_STATELESS_MAX], const char *text, size_t size,
			  const struct ua_stateless *answer);

/* Where the answer to a request that came by UDP goes (RFC 3261 section 18.2.2, RFC 3581). False: it has no
 * Via. */
bool ua_stateless_target(struct sockaddr_storage *out, const char *text, size_t size,
			 const struct sockaddr_storage *source);

/* The value of the first header field of that name, as it stands there; NULL: there is none. `compact`: its
 * other name, or '\0'. */
const char *ua_stateless_find(const char *text, size_t size, const char *name, char compact, size_t *length);

/* The user of the first SIP, SIPS or tel URI there, as it is written, a password left out; "": it has none,
 * or it is longer than `room`. */
void ua_stateless_user(char *out, size_t room, const char *value, size_t length);

/* How many fields of that name there are. */
unsigned ua_stateless_count(const char *text, size_t size, const char *name, char compact);

#endif
