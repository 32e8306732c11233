/* prompts: what is to be heard, as files that the switch can play.
 *
 * What is spoken is spoken by an engine of the conf that has its voice or language (engines.h), else by one
 * of our own (speech.h), also when that of the conf fails: then that is said. It is kept by the digest of
 * voice and text; what an http(s) URL has, as long as its server says; both up to a size, under
 * state-dir/prompts. Other names are files there, or else relative to the document that names them; tones and
 * pauses are passed on by name.
 *
 * Threads: the event base's thread. Shutdown: prompts_free() forgets what is under way; handlers are not
 * called. */
#ifndef OFFHOOK_API_PROMPTS_H
#define OFFHOOK_API_PROMPTS_H

#include "lib/conf.h"

#include <jansson.h>

struct event_base;
struct fetcher;
struct prompts;

enum prompt_kind { PROMPT_TEXT, PROMPT_SOUND, PROMPT_SILENCE };

struct prompt {
	enum prompt_kind kind;
	const char *text; /* what is said; or URL, file name or tone:NAME */
	/* Of PROMPT_TEXT; each may be NULL. */
	const char *markup; /* the text as SSML */
	const char *voice, *language;
	unsigned ms; /* of PROMPT_SILENCE */
};

/* `files` (borrowed) has for each prompt an absolute path, or a tone: or silence: name, or null for one that
 * could not be had. `error` says in one sentence what went wrong with the first that could not be had, or not
 * as it was wanted; else it is NULL. */
typedef void prompts_h(json_t *files, const char *error, void *arg);

/* `conf`: state-dir, api/sound-cache, speech; it stays. The sound-cache is what may be kept of spoken texts
 * and fetched sounds together. Returns 0, ENOMEM, or an errno of the folder. */
int prompts_alloc(struct prompts **out, struct event_base *base, struct fetcher *fetcher,
		  const struct conf *conf) __attribute__((warn_unused_result));
void prompts_free(struct prompts *prompts);

/* Makes files of `count` prompts, in order. `base_url` is what relative URLs are relative to, or NULL. The
 * handler is called once, perhaps before this returns. Returns 0 or ENOMEM (then it is not called). */
int prompts_prepare(struct prompts *prompts, const struct prompt *list, size_t count, const char *base_url,
		    prompts_h *handler, void *arg) __attribute__((warn_unused_result));

#endif
