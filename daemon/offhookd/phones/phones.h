/* phones: our users' phones: who they are (auth), where they are (registrar, bindings), whether they are
 * there (keepalive), and who is kept out (bans).
 *
 * Main thread only. Whoever is above fills the first members and calls registrar_start(); bans are made
 * before, and the user agent comes when it is up (phones_start()). */
#ifndef OFFHOOK_PHONES_PHONES_H
#define OFFHOOK_PHONES_PHONES_H

#include "lib/conf.h"

#include <stdbool.h>

struct bans;
struct bindings;
struct control_events;
struct digest;
struct event_base;
struct keepalive;
struct refusals;

struct phones {
	struct event_base *base;
	const struct conf *conf;       /* in force; another after registrar_reloaded() */
	struct control_events *events; /* to publish registration.changed */
	/* A contact of this user has come or gone. */
	void (*changed)(const char *user, void *arg);
	/* Whether a host, as it stands in a URI, is what we are called. */
	bool (*is_ours)(const char *host, void *arg);
	void *arg;

	struct bans *bans; /* made and freed by whoever is above */
	struct digest *digest;
	struct bindings *bindings;
	struct keepalive *keepalive; /* NULL: before registrar_start(), and when the switch ends */
	struct refusals *refusals;
};

#endif
