/* api: requests of offhookctl to the HTTP API that the conf describes. */
#ifndef OFFHOOK_CTL_API_H
#define OFFHOOK_CTL_API_H

#include "daemon/ctl/ctl.h"

#include <stddef.h>

/* Posts `size` bytes of media type `type` to a path under /v1/voice as the first account, and waits for the
 * answer. Returns CTL_OK with the JSON of a 2xx answer in *out (a new reference), or says why not and returns
 * another exit code. */
int api_post(const struct ctl *ctl, const char *path, const char *type, const char *body, size_t size,
	     json_t **out);

/* Gets a path under /v1/voice as each account that has a key, since an account sees its own alone: *out is a
 * new array of the answers. Returns CTL_OK, or says why not, unless `quiet`, and returns another exit code.
 */
int api_get(const struct ctl *ctl, const char *path, bool quiet, json_t **out);

/* Gets a path of something that one account has: *out is the first good answer. Returns CTL_OK, or says why
 * not, and returns another exit code. */
int api_get_one(const struct ctl *ctl, const char *path, json_t **out);

/* Writes a text as it stands in a query, escaped. False: it is longer than `size`, or there is no memory. */
bool api_escape(const char *text, char *out, size_t size);

#endif
