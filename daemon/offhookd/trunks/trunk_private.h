/* trunk_private: what the files of trunk share. */
#ifndef OFFHOOK_SWITCH_TRUNK_PRIVATE_H
#define OFFHOOK_SWITCH_TRUNK_PRIVATE_H

#include "daemon/offhookd/trunks/trunk.h"
#include "daemon/offhookd/trunks/trunk_health.h"
#include "daemon/offhookd/trunks/trunk_line.h"
#include "daemon/offhookd/trunks/trunk_register.h"

#include <uthash.h>

struct event;

enum { TRUNK_REASON_MAX = 160 };

enum trunk_state {
	TRUNK_UP,
	TRUNK_RESOLVING,
	TRUNK_UNRESOLVED,
	TRUNK_IS_REGISTERING,
	TRUNK_IS_REJECTED,
	TRUNK_IS_UNREACHABLE,
	TRUNK_UNREGISTERED,
	TRUNK_DOWN,
};

struct trunk {
	UT_hash_handle hh;
	struct trunk_table *table;
	const struct conf_trunk *conf;
	size_t calls;
	struct ua_hop hops[UA_HOPS_MAX];
	size_t hop_count;
	bool has_port;		  /* conf says one */
	bool resolved;		  /* an answer has come */
	struct ua_lookup *lookup; /* under way */
	struct event *again;	  /* when to look up again; NULL: the address is numeric */
	double tokens;		  /* of max-calls-per-second */
	int64_t tokens_at_us;
	struct trunk_registration *registration; /* or NULL */
	char line[TRUNK_LINE_SIZE];		 /* the secret in the contact of it */
	struct trunk_health *health;		 /* or NULL */
	int64_t nearly_us; /* when it was last said that somebody is nearly it; 0: never */
	enum trunk_state state;
	char reason[TRUNK_REASON_MAX]; /* "" for none */
	char distrust[80];	       /* what was wrong with its certificate */
	int64_t distrusted_us;	       /* when; 0: never */
};

/* The registration of a trunk that a reload has taken away, or made anew: it is being taken back. */
struct trunk_leaving {
	struct trunk_leaving *prev, *next;
	struct trunk_table *table;
	struct trunk_registration *registration;
	char *name;
};

struct trunk_table {
	struct event_base *base;
	const struct conf *conf;
	struct control_events *events;
	struct ua *ua; /* NULL until it starts */
	struct trunk_above above;
	struct trunk *trunks; /* by name */
	bool started;
	unsigned char line_key[TRUNK_LINE_KEY_SIZE];
	struct trunk_leaving *leaving;
	size_t ending; /* registrations that are being taken back */
	void (*done)(void *arg);
	void *done_arg;
	struct event *deadline;
};

/* trunk_match.c: host and port of its address or proxy; port 0: none is said. False: it has neither. */
bool trunk_split(const struct conf_trunk *conf, char host[256], uint16_t *port);

/* trunk_state.c: works out the state again, and publishes it when it is another one. */
void trunk_update(struct trunk *trunk);
const char *trunk_state_name(enum trunk_state state);

#endif
