/* registrar: REGISTER of our users' phones (RFC 3261 section 10, RFC 3327 Path), and where their phones can
 * be reached. */
#ifndef OFFHOOK_SWITCH_REGISTRAR_H
#define OFFHOOK_SWITCH_REGISTRAR_H

#include "daemon/offhookd/ua/ua.h"

#include <jansson.h>

struct sw;
struct plan;
struct conf_user;

/* Loads what was registered before, and watches for expiry. Returns 0, or an errno with a sentence in
 * `error`. */
int registrar_start(struct sw *sw, char *error, size_t error_size) __attribute__((warn_unused_result));
void registrar_stop(struct sw *sw);
/* A new conf is in force: contacts of users that are no more are removed. */
void registrar_reloaded(struct sw *sw);

/* Handler of ua. `arg` is the struct sw. */
void registrar_on_register(struct ua_request *request, const struct ua_register *in, void *arg);

/* Live contacts of all users. */
size_t registrar_count(const struct sw *sw);
/* registration.list and user.list */
json_t *registrar_list(const struct sw *sw);
json_t *registrar_users(const struct sw *sw);

#endif
