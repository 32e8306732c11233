/* route: what a dialled number or name leads to. Pure look-ups in a conf. */
#ifndef OFFHOOK_SWITCH_ROUTE_H
#define OFFHOOK_SWITCH_ROUTE_H

#include "lib/conf.h"

enum route_kind {
	ROUTE_NONE,
	ROUTE_USER,   /* .user */
	ROUTE_NUMBER, /* .number: one of ours, with what happens there */
	ROUTE_TRUNKS, /* .targets in order */
};

enum { ROUTE_TEXT_MAX = 256 };

struct route {
	enum route_kind kind;
	const struct conf_user *user;
	const struct conf_number *number;
	const struct conf_target *targets;
	size_t target_count;
	const struct conf_route *route; /* where they come from */
	char to[ROUTE_TEXT_MAX];	/* as it is to be recorded and dialled: E.164 where it is a number */
};

/* Takes "+15550001001", "15550001001", "tel:+1…", "alice", "user:alice" and "sip:alice@DOMAIN" (a domain of
 * ours or none). First one of our numbers, then a user's number, then a user's name, then the routes. Never
 * fails: ROUTE_NONE. `domain` may be NULL for any. */
void route_find(struct route *out, const struct conf *conf, const char *to);

/* One of ours: a number of conf or of a user; what `from` of a call may be. Returns the account it belongs
 * to, or NULL. */
const struct conf_account *route_owner(const struct conf *conf, const char *number);

/* Writes `text` in E.164 ("+" and digits, visual separators dropped) when it is a number; returns false when
 * it is not. */
bool route_e164(char *out, size_t size, const char *text);

#endif
