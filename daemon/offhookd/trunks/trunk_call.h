/* trunk_call: an INVITE as a trunk wants it: numbers in its writing, and the caller's where it looks for
 * them. */
#ifndef OFFHOOK_SWITCH_TRUNK_CALL_H
#define OFFHOOK_SWITCH_TRUNK_CALL_H

#include "daemon/offhookd/ua/ua.h"
#include "lib/conf.h"

enum { TRUNK_CALL_TEXT = 512, TRUNK_CALL_HEADERS = 3 };

/* Who calls whom, in our own terms. */
struct trunk_call_wish {
	const char *to;		      /* E.164 where it is a number */
	const char *from, *from_name; /* name may be NULL */
	const char *contact;	      /* of a trunk that registers here: whose host to send to; else NULL */
	const char *domain;	      /* ours */
	bool hidden;		      /* the caller wants its number kept */
};

struct trunk_call {
	char uri[TRUNK_CALL_TEXT], to[TRUNK_CALL_TEXT]; /* request URI and To */
	char from_user[TRUNK_CALL_TEXT], from_host[256];
	const char *from_display; /* or NULL */
	struct ua_header headers[TRUNK_CALL_HEADERS];
	size_t header_count;
	char texts[TRUNK_CALL_HEADERS][TRUNK_CALL_TEXT];
};

/* Fills *out, which points into itself and into *wish. */
void trunk_call_dress(struct trunk_call *out, const struct conf_trunk *trunk,
		      const struct trunk_call_wish *wish);

#endif
