/* blank: takes the secrets out of a SIP message, a "*" for each of their bytes, so that lengths stay as they
 * were: digest responses, other credentials, passwords in URIs, keys of SDES (RFC 4568), of key-mgmt and k=
 * lines, passwords of ICE, and digits in the body of INFO, which may be a PIN. */
#ifndef OFFHOOK_TRACE_BLANK_H
#define OFFHOOK_TRACE_BLANK_H

#include "daemon/offhookd/trace/sipline.h"

/* `sip` is of this text. */
void blank_secrets(char *text, size_t size, const struct sipline *sip);

#endif
