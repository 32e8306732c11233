/* registrar: REGISTER of our users' phones (RFC 3261 section 10, RFC 3327 Path), and where their phones can
 * be reached. */
#ifndef OFFHOOK_SWITCH_REGISTRAR_H
#define OFFHOOK_SWITCH_REGISTRAR_H

#include "daemon/offhookd/ua/ua.h"

#include <jansson.h>

struct phones;

/* Loads what was registered before, and watches for expiry. Returns 0, or an errno with a sentence in
 * `error`. */
int registrar_start(struct phones *phones, char *error, size_t error_size)
    __attribute__((warn_unused_result));
void registrar_stop(struct phones *phones);
/* `conf` is in force from now on: contacts of users that are no more are removed. */
void registrar_reloaded(struct phones *phones, const struct conf *conf);

/* A REGISTER. */
void registrar_on_register(struct phones *phones, struct ua_request *request, const struct ua_register *in);

/* Removes a contact of a user, or with NULL all of them, until it registers again. Returns how many. */
size_t registrar_remove(struct phones *phones, const char *user, const char *contact);

/* Live contacts of all users. */
size_t registrar_count(const struct phones *phones);
/* Users whose last REGISTER was refused: refusals.h. */
json_t *registrar_refused(const struct phones *phones);
/* registration.list and user.list */
json_t *registrar_list(const struct phones *phones);
json_t *registrar_users(const struct phones *phones);

/* Whether a contact of this user was registered from that address. */
bool registrar_is_at(const struct phones *phones, const char *user, const struct sockaddr_storage *address);
/* The same with its transport and port. */
bool registrar_is_from(const struct phones *phones, const char *user, enum conf_transport transport,
		       const struct sockaddr_storage *address);

#endif
