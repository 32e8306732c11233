/* ncco: a document that is given in a request. */
#ifndef OFFHOOK_API_VONAGE_NCCO_H
#define OFFHOOK_API_VONAGE_NCCO_H

#include "lib/json_get.h"

/* The document as text, when it compiles; else NULL, and an error about `name` in *get. New. */
char *vonage_ncco(struct json_get *get, const char *name, const json_t *document);

#endif
