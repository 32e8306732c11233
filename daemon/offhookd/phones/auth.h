/* auth: users prove themselves by digest (RFC 7616, RFC 8760); the same work and the same answer for users
 * that do not exist. */
#ifndef OFFHOOK_SWITCH_AUTH_H
#define OFFHOOK_SWITCH_AUTH_H

#include "daemon/offhookd/ua/ua.h"
#include "lib/conf.h"

struct phones;

enum { AUTH_TEXT_MAX = 512, AUTH_CHALLENGES = 2 };

struct auth_result {
	const struct conf_user *user; /* NULL: not proven; answer with refusal */
	struct ua_refusal refusal;    /* 401 or 407 with challenges, 403 */
	struct ua_header headers[AUTH_CHALLENGES];
	char texts[AUTH_CHALLENGES][AUTH_TEXT_MAX];
	bool attempted;	    /* there were credentials, and they were wrong */
	bool unknown;	    /* and there is no such user: for the admin's eyes alone */
	int64_t nonce_us;   /* proven: when the nonce was given out [clock_mono_us()] */
	char username[128]; /* that they were for, or "" */
};

/* Checks the credentials of a request. `proxy`: challenge with 407 (calls), else with 401 (REGISTER).
 * `out->refusal` points into *out. */
void auth_check(struct phones *phones, const struct ua_request_info *request, bool proxy,
		struct auth_result *out);

/* Logs a request that was not let in: a challenge at debug level, wrong credentials as a warning. */
void auth_log(const struct ua_request_info *request, const struct auth_result *result);

#endif
