/* trunk: the trunks of conf at work: where they are, which requests are theirs, how many calls they have,
 * what state they are in.
 *
 * A trunk's servers ("hops") come from its address (or proxy): at once when that is numeric, else by DNS
 * (ua/resolve.h), asked ahead of calls and again when the answer has grown old. A request is a trunk's when
 * it comes from one of its hops or networks, or names the contact that we registered with it. A hop with a
 * port in conf is known over UDP by address and port; over TCP and TLS, where the far end's port is any, and
 * without a port, by the address alone.
 *
 * Main thread only. trunk_table_stop() says good-bye to those that we are registered with; trunk_table_free()
 * whenever it likes. */
#ifndef OFFHOOK_SWITCH_TRUNK_H
#define OFFHOOK_SWITCH_TRUNK_H

#include "daemon/offhookd/ua/resolve.h"
#include "daemon/offhookd/ua/ua.h"
#include "lib/conf.h"

#include <jansson.h>

struct trunk;
struct trunk_table;
struct control_events;
struct event_base;

/* What trunks ask whoever is above them. */
struct trunk_above {
	/* Whether a phone of this user is registered with us. */
	bool (*is_registered)(const char *user, void *arg);
	/* Where the built-in test trunk is, which begins with the first question. Returns 0 or an errno. */
	int (*find_built_in)(struct sockaddr_storage *out, void *arg);
	/* How many live calls go through the trunk of this name. */
	size_t (*calls_of)(const char *trunk, void *arg);
	void *arg;
};

struct trunk_table_params {
	struct event_base *base;
	const struct conf *conf;       /* in force until trunk_table_reload() */
	struct control_events *events; /* to publish trunk.changed */
	struct trunk_above above;
};

/* Makes the trunks of conf; they begin to work with trunk_table_start(). Returns 0 or ENOMEM. */
int trunk_table_alloc(struct trunk_table **out, const struct trunk_table_params *params)
    __attribute__((warn_unused_result));
/* Once the user agent is up: resolves, registers, asks after their health. */
void trunk_table_start(struct trunk_table *table, struct ua *ua);
/* `conf` is in force from now on. Trunks whose address, account or registration have changed begin anew;
 * calls live on. */
void trunk_table_reload(struct trunk_table *table, const struct conf *conf);
/* Unregisters where we are registered; `done` is called when that is said, or has taken too long. */
void trunk_table_stop(struct trunk_table *table, void (*done)(void *arg), void *arg);
void trunk_table_free(struct trunk_table *table);

/* The trunk whose request this is, or NULL. */
const struct conf_trunk *trunk_match(const struct trunk_table *table, const struct ua_request_info *request);

/* The trunk that has a server or network there, or NULL. */
const struct conf_trunk *trunk_by_source(const struct trunk_table *table, const struct ua_source *source);

/* Whether a SIP URI leads to a server, or into a network, of a trunk, as far as that is known without asking
 * DNS: by its host, or its maddr. On this machine it is the port that says whose a server is. */
bool trunk_serves(const struct trunk_table *table, const char *uri);

/* The same of an address. */
bool trunk_serves_address(const struct trunk_table *table, const struct sockaddr_storage *address);

/* Says in the log, now and then, when somebody whom no trunk was found for is at the address of one, from
 * another port than the conf says. */
void trunk_tell_nearly(struct trunk_table *table, const struct ua_source *source);

/* Whether the trunk of that name has a server or network there. */
bool trunk_is_at(const struct trunk_table *table, const char *name, const struct ua_source *source);

/* The trunk that has a TLS server there has shown a certificate that is not trusted: logged, and kept. */
void trunk_distrust(struct trunk_table *table, const struct sockaddr_storage *address, const char *why);
/* What was wrong with its certificate within the last minute, or NULL. */
const char *trunk_distrusted(const struct trunk *trunk);

/* The name of the trunk that has a TLS server at that address and port, and whether it must prove it. False:
 * none has. */
bool trunk_tls_peer(const struct trunk_table *table, const struct sockaddr_storage *address,
		    struct ua_tls_peer *out);

/* By name; NULL: there is none (any more). */
struct trunk *trunk_find(const struct trunk_table *table, const char *name);
const struct conf_trunk *trunk_conf(const struct trunk *trunk);
/* The servers to send to, in order. */
size_t trunk_hops(const struct trunk *trunk, const struct ua_hop **out);

/* Why it is as it is, in one sentence; "": there is nothing to say. Good until its state changes. */
const char *trunk_reason(const struct trunk *trunk);

/* Whether it is of use to send calls to it now. */
bool trunk_is_usable(const struct trunk *trunk);

/* A contact of this user has come or gone. */
void trunk_on_binding(struct trunk_table *table, const char *user);

/* A call has become the trunk's (by +1) or is no more (by −1). `name` NULL or unknown: nothing. */
void trunk_count_call(struct trunk_table *table, const char *name, int by);

/* Whether one of its calls, counted already, may go out now. NULL: yes, and it counts for
 * max-calls-per-second; else why not. */
const char *trunk_admit(struct trunk *trunk);

/* trunk.list */
json_t *trunk_list(const struct trunk_table *table);

#endif
