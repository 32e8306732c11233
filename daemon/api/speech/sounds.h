/* sounds: sounds that are elsewhere, fetched by HTTP and kept as files as long as their servers say; then
 * they are asked for by their validators. Two who want the same at once wait for one request.
 *
 * Threads: the event base's thread. Shutdown: sounds_free() forgets what is under way; handlers are not
 * called. */
#ifndef OFFHOOK_API_SOUNDS_H
#define OFFHOOK_API_SOUNDS_H

struct cache;
struct fetcher;
struct sounds;
struct sounds_wait;

/* `file`: the absolute path, NULL when it could not be had: then `error` is one sentence. */
typedef void sounds_h(const char *file, const char *error, void *arg);

/* `folder` and `cache` stay. Returns 0 or ENOMEM. */
int sounds_alloc(struct sounds **out, struct fetcher *fetcher, struct cache *cache, const char *folder)
    __attribute__((warn_unused_result));
void sounds_free(struct sounds *sounds);

/* Gets the sound of an absolute http or https URL. *wait is for sounds_forget(), and NULL when the handler
 * was called already. Returns 0 or ENOMEM (then it is not called). */
int sounds_get(struct sounds *sounds, const char *url, sounds_h *handler, void *arg,
	       struct sounds_wait **wait) __attribute__((warn_unused_result));
/* The handler is not called any more. NULL is allowed. */
void sounds_forget(struct sounds_wait *wait);

#endif
