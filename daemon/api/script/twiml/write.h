/* write: documents that are made here. */
#ifndef OFFHOOK_API_TWIML_WRITE_H
#define OFFHOOK_API_TWIML_WRITE_H

#include <stdbool.h>

/* A document that sends `digits` and then goes on with `rest`: what stands behind the start tag of another's
 * root, its end tag with it; NULL: with the document at `url`, asked for by GET or POST; NULL, too: ends. A
 * new string, or NULL without memory. */
char *write_digits(const char *digits, const char *rest, const char *url, bool get);

#endif
