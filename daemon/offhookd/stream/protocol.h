/* protocol: how a program expects a call's audio: the messages of a WebSocket, in each vendor's words. */
#ifndef OFFHOOK_STREAM_PROTOCOL_H
#define OFFHOOK_STREAM_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer;

struct stream_protocol {
	const char *name;
	void (*opened)(struct peer *peer);
	/* 20 ms at setup.rate; `said` or `heard` is NULL where it is not wanted. */
	void (*audio)(struct peer *peer, const int16_t *said, const int16_t *heard, size_t count);
	void (*text)(struct peer *peer, const char *text, size_t size);
	void (*binary)(struct peer *peer, const char *bytes, size_t size);
	void (*digit)(struct peer *peer, char digit, unsigned duration_ms);
	void (*played)(struct peer *peer, const char *mark);
	void (*closing)(struct peer *peer);
	void (*tick)(struct peer *peer); /* every 20 ms, or NULL */
};

/* "twilio" (and SignalWire), "vonage", "plain", "speech". NULL: there is none of that name. */
const struct stream_protocol *stream_protocol_find(const char *name);

extern const struct stream_protocol stream_protocol_twilio, stream_protocol_vonage, stream_protocol_plain,
    stream_protocol_speech;

#endif
