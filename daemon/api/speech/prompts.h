/* prompts: what is to be heard, as files that the switch can play.
 *
 * What is spoken is kept by the digest of voice and text; what an http(s) URL has, as long as its server
 * says; both up to a size, under state-dir/prompts. Other names are files there, or else relative to the
 * document that names them; tones and pauses are passed on by name.
 *
 * Threads: the event base's thread. Shutdown: prompts_free() forgets what is under way; handlers are not
 * called. */
#ifndef OFFHOOK_API_PROMPTS_H
#define OFFHOOK_API_PROMPTS_H

#include <jansson.h>
#include <stdint.h>

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
 * could not be had: then `error` says of the first of them why, in one sentence; else it is NULL. */
typedef void prompts_h(json_t *files, const char *error, void *arg);

/* `cache_bytes`: what may be kept of spoken texts and fetched sounds together. Returns 0, ENOMEM, or an errno
 * of the folder. */
int prompts_alloc(struct prompts **out, struct event_base *base, struct fetcher *fetcher,
		  const char *state_dir, uint64_t cache_bytes) __attribute__((warn_unused_result));
void prompts_free(struct prompts *prompts);

/* Makes files of `count` prompts, in order. `base_url` is what relative URLs are relative to, or NULL. The
 * handler is called once, perhaps before this returns. Returns 0 or ENOMEM (then it is not called). */
int prompts_prepare(struct prompts *prompts, const struct prompt *list, size_t count, const char *base_url,
		    prompts_h *handler, void *arg) __attribute__((warn_unused_result));

#endif
