/* accept: which media type a request wants (RFC 9110, section 12.5.1), where JSON is what it gets else. */
#ifndef OFFHOOK_API_ACCEPT_H
#define OFFHOOK_API_ACCEPT_H

#include <stdbool.h>

/* Whether `accept`, the header's value or NULL, names exactly that type, and does not rather want JSON. */
bool accept_prefers(const char *accept, const char *type);

#endif
