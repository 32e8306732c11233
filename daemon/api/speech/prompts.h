/* prompts: what a script wants heard, as files that the switch can play.
 *
 * Say is spoken once and kept under state-dir/prompts by the digest of voice and text; an http(s) URL is
 * fetched (and kept for a minute); a file name is looked up under state-dir/prompts; tones and pauses are
 * passed on by name.
 *
 * Threads: the event base's thread. Shutdown: prompts_free() forgets what is under way; handlers are not
 * called. */
#ifndef OFFHOOK_API_PROMPTS_H
#define OFFHOOK_API_PROMPTS_H

#include "daemon/api/script/step.h"

#include <jansson.h>

struct event_base;
struct fetcher;
struct prompts;

/* `files` (borrowed) is an array of absolute paths, tone: and silence: names; NULL when one could not be had,
 * then `error` says why in one sentence. */
typedef void prompts_h(json_t *files, const char *error, void *arg);

int prompts_alloc(struct prompts **out, struct event_base *base, struct fetcher *fetcher,
		  const char *state_dir) __attribute__((warn_unused_result));
void prompts_free(struct prompts *prompts);

/* Makes files of `count` steps (Say, Play, Pause), in order. `base_url` is what relative URLs are relative
 * to, or NULL. The handler is called once, perhaps before this returns. Returns 0 or ENOMEM (then it is not
 * called). */
int prompts_prepare(struct prompts *prompts, const struct step *steps, size_t count, const char *base_url,
		    prompts_h *handler, void *arg) __attribute__((warn_unused_result));

#endif
