/* sign: X-Twilio-Signature: HMAC-SHA1, keyed with the account's auth-token, of the URL as it is asked and the
 * form's parameters by name. */
#ifndef OFFHOOK_API_TWILIO_SIGN_H
#define OFFHOOK_API_TWILIO_SIGN_H

#include "daemon/api/net/sign_lines.h"

enum { SIGN_SIZE = 32 };

/* Writes the signature (base64) of a request for `url` with the form `body`, "" for GET. Without memory:
 * one that nobody can have expected. Returns `out`. */
char *twilio_sign(const struct conf_account *account, const char *url, const char *body, char out[SIGN_SIZE]);

/* Twilio's header line; SignalWire's own comes after it. */
sign_lines_h twilio_sign_lines, signalwire_sign_lines;

#endif
