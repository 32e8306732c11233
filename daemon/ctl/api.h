/* api: requests of offhookctl to the HTTP API that the conf describes, as the first account of it. */
#ifndef OFFHOOK_CTL_API_H
#define OFFHOOK_CTL_API_H

#include "daemon/ctl/ctl.h"

#include <stddef.h>

/* Posts `size` bytes of media type `type` to a path under /v1/voice, and waits for the answer. Returns CTL_OK
 * with the JSON of a 2xx answer in *out (a new reference), or says why not and returns another exit code. */
int api_post(const struct ctl *ctl, const char *path, const char *type, const char *body, size_t size,
	     json_t **out);

#endif
