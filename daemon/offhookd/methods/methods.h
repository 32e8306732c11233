/* methods: what clients of the control socket may ask for (doc/control-protocol.md), in terms of the switch.
 * All of them stand in one table (table.c): name, whose state must allow it, parameters, function.
 *
 * Main thread only. Whoever is above fills the members before the first request. */
#ifndef OFFHOOK_METHODS_METHODS_H
#define OFFHOOK_METHODS_METHODS_H

#include "daemon/offhookd/control/server.h"
#include "lib/conf.h"

#include <stdint.h>

struct calls;
struct conferences;
struct control_events;
struct kept_numbers;
struct media_engine;
struct money;
struct phones;
struct streams;
struct place;
struct tally;
struct trace;
struct trunk_table;
struct ua;

struct methods {
	const struct conf *conf; /* in force */
	struct calls *calls;
	struct conferences *conferences;
	struct control_events *events;
	struct control_server *server;
	struct kept_numbers *numbers;
	struct media_engine *media;
	struct money *money;
	struct phones *phones;
	struct place *place;
	struct streams *streams;
	struct tally *tally;
	struct trace *trace;
	struct trunk_table *trunks;
	struct ua *ua;
	int64_t started; /* UTC ms */
	/* Loads the conf again: 0 with the names of what needs a restart (a new array), or an errno with what
	 * is wrong; and ends the switch. */
	int (*reload)(json_t **needs_restart, struct conf_errors *errors, void *arg);
	void (*end)(bool drain, void *arg);
	/* No new call is let in from now on, or they are again. EBUSY: the switch is about to end. */
	int (*drain)(bool on, void *arg);
	void *arg;

	struct control_method *list; /* methods_init()'s */
};

/* What control_server_alloc() is to be given, with the struct methods as its argument; methods_free() frees
 * it. Returns 0 or ENOMEM. */
int methods_init(struct methods *methods, const struct control_method **list, size_t *count)
    __attribute__((warn_unused_result));
void methods_free(struct methods *methods);

#endif
