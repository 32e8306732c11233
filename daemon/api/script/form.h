/* form: what the requests for scripts look like: a dialect hands one to the engine. */
#ifndef OFFHOOK_API_SCRIPT_FORM_H
#define OFFHOOK_API_SCRIPT_FORM_H

#include "lib/conf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { SCRIPT_HEADER_SIZE = 256 };

/* The call that asks. */
struct script_told {
	const struct conf *conf;
	const struct conf_account *account;
	const char *call, *from, *to, *status;
	bool inbound;
};

struct script_form {
	const char *dialect; /* as on a call's record */
	/* The parameters of a request, as application/x-www-form-urlencoded: a new string, or NULL without
	 * memory. `more` (or NULL) has what the step before has come to, texts by these names: digits,
	 * recording (its id), recording_duration [s], dial_status, dial_call, dial_duration [s], conference,
	 * error_code, error_url, error. */
	char *(*parameters)(const struct script_told *told, const json_t *more);
	/* Writes the header line that signs a request for `url` at `utc_ms`; `body` is "" for GET. */
	void (*sign)(const struct conf_account *account, const char *url, int64_t utc_ms, const char *body,
		     char header[SCRIPT_HEADER_SIZE]);
};

/* The form of a dialect in a list that ends with NULL; the first one's for a dialect that has none. */
const struct script_form *script_form_find(const struct script_form *const forms[], const char *dialect);

#endif
