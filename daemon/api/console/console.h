/* console: the pages at /console: static files, compiled in, and the log-in that they need.
 *
 * The pages are plain modules of JavaScript without a build step. They use the Voice API as any program may;
 * what lets them in is the session of http/sessions.h:
 *
 *     GET    /console            the page; its files are below, under fixed names
 *     POST   /console/session    {"key"}: logs in
 *     GET    /console/session    {"account", "version"}; {} when nobody is logged in
 *     DELETE /console/session    logs out
 *
 * A browser may run and fetch nothing but what is here: Content-Security-Policy says so with every file.
 *
 * Threads: the event base's thread. */
#ifndef OFFHOOK_API_CONSOLE_H
#define OFFHOOK_API_CONSOLE_H

#include "daemon/api/http/router.h"

struct sessions;

/* What the pages are made from. */
struct console {
	const struct conf *conf;
	struct sessions *sessions;
};

/* Fills in what is at its paths. `console` lives as long as the table. */
void console_table(struct route_table *table, const struct console *console);

#endif
