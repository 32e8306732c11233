/* live: what is said on a call, to a client of HTTP while it is said: as WAV, or in messages of a WebSocket.
 *
 * Concept. The switch is asked for a stream (call/streams.h) that leads to our own socket
 * (switch/audio_door.h); what comes there goes to the client. A client that is slower than the call is not
 * waited for: the switch drops the oldest audio, and the call's events say how much (dropped_ms).
 *
 * Threads: the event base's thread. Shutdown: lives_free() after the link, which owes
 * answers, and before the web server. */
#ifndef OFFHOOK_API_LIVE_H
#define OFFHOOK_API_LIVE_H

#include "daemon/api/call/desk.h"

struct audio_door;
struct event_base;
struct lives;
struct web_request;

/* `door` NULL: there is none, and nobody can listen. */
int lives_alloc(struct lives **out, struct event_base *base, struct audio_door *door)
    __attribute__((warn_unused_result));
/* Ends all. */
void lives_free(struct lives *lives);

struct live_wish {
	const char *call;
	const char *
	    track; /* static; inbound: what the far end says; outbound: what it hears; both: left and right */
	unsigned rate; /* 8000, 16000, 24000 Hz */
};

/* Why it cannot be heard, for the dialect to say. */
typedef void live_refuse_h(struct web_request *request, const struct fault *fault);

/* Answers the request, at once or later: with the audio until the call or the client ends it, or by
 * `refuse`. */
void live_open(struct lives *lives, const struct asker *by, const struct live_wish *wish,
	       struct web_request *request, live_refuse_h *refuse);

#endif
