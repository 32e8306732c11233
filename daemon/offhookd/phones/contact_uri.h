/* contact_uri: whether two addresses of phones are the same (RFC 3261 section 19.1.4). No SIP types; pure
 * functions. */
#ifndef OFFHOOK_CONTACT_URI_H
#define OFFHOOK_CONTACT_URI_H

#include <stdbool.h>

/* Both "sip:…" or "sips:…". Host, scheme and parameters in any case, escapes undone, parameters in any order;
 * one that only one of them has counts only when it is transport, user, ttl, method or maddr. What is no such
 * URI is compared as text. */
bool contact_uri_equal(const char *a, const char *b);

#endif
