/* form: what webhooks look like: a dialect hands one to hooks. */
#ifndef OFFHOOK_API_HOOK_FORM_H
#define OFFHOOK_API_HOOK_FORM_H

#include "daemon/api/switch/bus.h"
#include "lib/conf.h"

enum { HOOK_HEADER_SIZE = 256 };

struct hook_form {
	const char *dialect; /* as on a call's record */
	const char *content_type;
	/* The body that tells of an event of a call or a conference: a new string, or NULL without memory. */
	char *(*body)(const struct conf *conf, const struct bus_event *event);
	/* Writes the header line that signs `body`, sent by POST to `url` at `utc_ms`. */
	void (*sign)(const struct conf_account *account, const char *url, int64_t utc_ms, const char *body,
		     char header[HOOK_HEADER_SIZE]);
};

/* The form of a dialect in a list that ends with NULL; the first one's for a dialect that has none. */
const struct hook_form *hook_form_find(const struct hook_form *const forms[], const char *dialect);

#endif
