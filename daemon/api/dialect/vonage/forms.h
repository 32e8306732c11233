/* forms: what the webhooks of the Vonage API and the requests for its scripts look like: JSON with its
 * fields, signed by a token (HS256) with the account's vonage-signature-secret that has the digest of the
 * body; unsigned without a secret. */
#ifndef OFFHOOK_API_VONAGE_FORMS_H
#define OFFHOOK_API_VONAGE_FORMS_H

#include "daemon/api/hook/form.h"
#include "daemon/api/script/form.h"

extern const struct hook_form vonage_hook_form;
extern const struct script_form vonage_script_form;

#endif
