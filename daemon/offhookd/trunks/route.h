/* route: what a dialled number or name leads to. Pure look-ups in a conf. */
#ifndef OFFHOOK_SWITCH_ROUTE_H
#define OFFHOOK_SWITCH_ROUTE_H

#include "lib/conf.h"

enum route_kind {
	ROUTE_NONE,
	ROUTE_USER,   /* .user */
	ROUTE_NUMBER, /* .number: one of ours, with what happens there */
	ROUTE_TRUNKS, /* .targets in order */
	ROUTE_URI,    /* a SIP URI of somebody else's: .to */
};

enum { ROUTE_TEXT_MAX = 256 };

struct route {
	enum route_kind kind;
	const struct conf_user *user;
	const struct conf_number *number;
	const struct conf_target *targets;
	size_t target_count;
	const struct conf_route *route; /* where they come from */
	char to[ROUTE_TEXT_MAX]; /* as it is to be recorded and dialled: E.164 where it is a number, a short
				    one as dialled */
	bool emergency;		 /* it goes out to an emergency number: no limit may stop it */
};

/* Takes what somebody of `account` (a name; NULL: nobody's country counts) has dialled: "+15550001001",
 * "15550001001", "tel:+1…", "alice", "user:alice" and "sip:alice@DOMAIN" (a domain of ours or none), "100",
 * "*97", and "030 1234567" where the account has a country. First a user's name, then one of our numbers,
 * then a user's number, then the routes. These see what route->to says: "+" and digits, or a short number as
 * it was dialled; an emergency number that no pattern takes so goes where the country's other numbers go.
 * Never fails: ROUTE_NONE. doc/numbers.md is the page about it. */
void route_find(struct route *out, const struct conf *conf, const char *account, const char *to);

/* The same for programs and scripts, who may also call SIP URIs of other domains (RFC 3261 section 19.1),
 * where conf's sip { dial-uris } allows it: route->to is the URI then, without its headers. */
void route_find_for_program(struct route *out, const struct conf *conf, const char *account, const char *to);
/* Whether `to`, that no route takes, is a SIP URI that could be called if conf allowed it. */
bool route_is_closed_uri(const struct conf *conf, const char *to);

/* The number of ours that `text` is: as conf has it, E.164 or short. False when it is none that could be. */
bool route_own_number(char *out, size_t size, const char *text);

/* One of ours: a number of conf or of a user; what `from` of a call may be. Returns the account it belongs
 * to, or NULL. */
const struct conf_account *route_owner(const struct conf *conf, const char *number);

/* Writes `text` in E.164 ("+" and digits, visual separators dropped) when it is a number; returns false when
 * it is not. */
bool route_e164(char *out, size_t size, const char *text);

#endif
