/* bans: the guard at work: what conf says about it, what phones and strangers do, and who is told. */
#ifndef OFFHOOK_SWITCH_BANS_H
#define OFFHOOK_SWITCH_BANS_H

#include "daemon/offhookd/ua/ua.h"

#include <jansson.h>

struct bans;
struct phones;
struct control_events;
struct event_base;

struct bans_params {
	struct event_base *base;
	const struct conf *conf;       /* in force until bans_reloaded() */
	struct control_events *events; /* to publish guard.banned and guard.lifted */
	/* Whether a trunk of ours is there. */
	bool (*is_trunk)(const struct ua_source *source, void *arg);
	void *arg;
};

/* Returns 0 or ENOMEM. */
int bans_alloc(struct bans **out, const struct bans_params *params) __attribute__((warn_unused_result));
void bans_free(struct bans *bans);
/* `conf` is in force from now on. */
void bans_reloaded(struct bans *bans, const struct conf *conf);

/* Whether it shows that its sender gets what we send there: it is of a call of ours, or answers a challenge,
 * or is from the address and port that the user has registered from. */
bool bans_is_proven(const struct phones *phones, const struct ua_arrival *in);

/* May this message pass? */
bool bans_on_arrival(struct phones *phones, const struct ua_arrival *in);

/* May this connection be made? `crowded`: there are many already. */
bool bans_on_connection(struct bans *bans, const struct sockaddr_storage *from, bool crowded);

/* What became of credentials, or of their absence. */
void bans_on_challenge(struct bans *bans, const struct ua_source *source);
/* `attempt`: as for guard_on_failure(). */
void bans_on_failure(struct bans *bans, const struct ua_source *source, const char *name,
		     const char *attempt);
/* Whether credentials from there were wrong, lately. */
bool bans_has_failed(struct bans *bans, const struct ua_source *source);
void bans_on_success(struct bans *bans, const struct ua_source *source);

/* A REGISTER from `source` was refused for `reason` (a word): an event, so many of them a second, and
 * counted. `user`: who it said it was. */
void bans_tell_failed(struct bans *bans, const struct ua_source *source, const char *user, const char *reason,
		      const char *agent);

/* Adds the guard's counters to switch.status. */
void bans_status(const struct bans *bans, json_t *out);

/* bans.list: a new array. */
json_t *bans_list(const struct bans *bans);
/* bans.lift: returns 0, EINVAL (no numeric address) or ENOENT (not banned). */
int bans_lift(struct bans *bans, const char *address) __attribute__((warn_unused_result));

#endif
