/* audio_door: where the switch brings the audio of calls that somebody here listens to.
 *
 * A Unix socket. Who wants a call's audio waits at the door with a token, and asks the switch for a stream of
 * the protocol "plain" with audio_guest_params(), whose first message has that token; behind it comes the
 * audio (doc/control-protocol.md). A connection that brings no token that is awaited is closed.
 *
 * Threads: the event base's thread. Shutdown: audio_door_free() when nobody waits any more. */
#ifndef OFFHOOK_API_AUDIO_DOOR_H
#define OFFHOOK_API_AUDIO_DOOR_H

#include <jansson.h>

struct audio_door;
struct audio_guest;
struct bufferevent;
struct event_base;

/* Opens it at `path`, in place of what a process that is gone has left there. Returns 0 or an errno. */
int audio_door_alloc(struct audio_door **out, struct event_base *base, const char *path)
    __attribute__((warn_unused_result));
void audio_door_free(struct audio_door *door);

/* The audio is here: `bev`, the receiver's, without callbacks and not enabled; bytes of it may have come. The
 * guest is gone. */
typedef void audio_came_h(struct bufferevent *bev, void *arg);

/* Waits; NULL without memory. */
struct audio_guest *audio_door_await(struct audio_door *door, audio_came_h *handler, void *arg);
/* Waits no more. NULL is allowed. */
void audio_guest_forget(struct audio_guest *guest);
/* New: url, protocol and start of call.stream, for this guest; NULL without memory. */
json_t *audio_guest_params(const struct audio_guest *guest);

#endif
