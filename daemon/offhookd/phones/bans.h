/* bans: the guard at work: what conf says about it, what phones and strangers do, and who is told. */
#ifndef OFFHOOK_SWITCH_BANS_H
#define OFFHOOK_SWITCH_BANS_H

#include "daemon/offhookd/control/server.h"
#include "daemon/offhookd/ua/ua.h"

struct bans;
struct sw;

/* Returns 0 or ENOMEM. */
int bans_alloc(struct bans **out, struct sw *sw) __attribute__((warn_unused_result));
void bans_free(struct bans *bans);
/* A new conf is in force. */
void bans_reloaded(struct bans *bans);

/* Handler of ua: may this message pass? `arg` is the struct sw. */
bool bans_on_arrival(const struct ua_arrival *in, void *arg);

/* Handler of ua: may this connection be made? */
bool bans_on_connection(const struct sockaddr_storage *from, bool crowded, void *arg);

/* What became of credentials, or of their absence. */
void bans_on_challenge(struct bans *bans, const struct ua_source *source);
void bans_on_failure(struct bans *bans, const struct ua_source *source, const char *name);
void bans_on_success(struct bans *bans, const struct ua_source *source);

/* Adds the guard's counters to switch.status. */
void bans_status(const struct bans *bans, json_t *out);

/* bans.list and bans.lift */
void bans_method_list(struct control_request *request, const json_t *params, void *arg);
void bans_method_lift(struct control_request *request, const json_t *params, void *arg);

#endif
