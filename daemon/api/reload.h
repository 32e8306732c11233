/* reload: the conf read again, by SIGHUP or because the switch has.
 *
 * One reload reaches both daemons: the switch says switch.reloaded, and a SIGHUP here asks the switch to
 * reload first, so that a conf that one of them refuses changes nothing in either. With a good one the
 * process begins anew in its place (the loop is left, main() starts the program again), which no call
 * notices; new certificates alone are taken up without. Threads: the event base's. */
#ifndef OFFHOOK_API_RELOAD_H
#define OFFHOOK_API_RELOAD_H

#include "lib/conf.h"

#include <event2/util.h>

struct event_base;
struct link;
struct web_server;

struct reload {
	struct event_base *base;
	const struct conf *conf; /* as it is used */
	struct web_server *web;
	struct link *link;
	const char *file;
	bool wanted; /* the process is to begin anew */
};

/* Loads the conf, or prints what is wrong with it. Returns 0 or an errno; *conf is the caller's. */
int reload_load(const char *file, struct conf **conf) __attribute__((warn_unused_result));

/* Of a signal event; `reload` is its argument. */
void reload_on_signal(evutil_socket_t number, short what, void *reload);
/* Of the link's switch.reloaded. */
void reload_on_switch(void *reload);

#endif
