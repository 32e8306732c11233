/* Vonage's WebSocket endpoint: text "websocket:connected", then binary frames of 20 ms, L16, both ways. */
#include "daemon/offhookd/stream/peer.h"
#include "daemon/offhookd/stream/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The headers of the endpoint stand in the first message beside what it always has. */
static void opened(struct peer *peer)
{
	char type[40];
	json_t *first;

	snprintf(type, sizeof type, "audio/l16;rate=%u", peer->setup.rate);
	first = json_pack("{s:s,s:s}", "event", "websocket:connected", "content-type", type);
	if (first && peer->setup.start)
		json_object_update_missing(first, peer->setup.start);
	peer_send_json(peer, first);
}

/* Little-endian, as are the machines that we run on. */
static void audio(struct peer *peer, const int16_t *said, const int16_t *heard, size_t count)
{
	const int16_t *what = said ? said : heard;

	peer_send_binary(peer, what, count * sizeof *what);
}

static void act(struct peer *peer, const char *action, const json_t *message)
{
	const json_t *payload = json_object_get(message, "payload");
	char *text;

	if (!strcmp(action, "clear")) {
		playout_clear(&peer->playout, peer->tap);
		peer_send_json(peer, json_pack("{s:s}", "event", "websocket:cleared"));
		return;
	}
	if (strcmp(action, "notify") != 0) {
		peer_note_strange(peer, "the action is neither clear nor notify");
		return;
	}
	text = payload ? json_dumps(payload, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("null");
	if (!text || !playout_mark(&peer->playout, text))
		peer_note_strange(peer, "too many or too long payloads of notify");
	free(text);
}

static void text(struct peer *peer, const char *bytes, size_t size)
{
	json_t *message = json_loadb(bytes, size, 0, NULL);
	const char *action = json_string_value(json_object_get(message, "action"));

	if (action)
		act(peer, action, message);
	else
		peer_note_strange(peer, "a text is no object with an action");
	json_decref(message);
}

static void binary(struct peer *peer, const char *bytes, size_t size)
{
	int16_t samples[1024];

	if (size % sizeof samples[0])
		peer_note_strange(peer, "a binary message has an odd number of bytes");
	for (size_t at = 0, n; size - at >= sizeof samples[0]; at += n) {
		n = size - at < sizeof samples ? (size - at) & ~(size_t)1 : sizeof samples;
		memcpy(samples, bytes + at, n);
		peer_said(peer, samples, n / sizeof samples[0]);
	}
}

static void digit(struct peer *peer, char key, unsigned duration_ms)
{
	const char text_of_it[2] = { key, '\0' };

	peer_send_json(peer, json_pack("{s:s,s:s,s:i}", "event", "websocket:dtmf", "digit", text_of_it,
				       "duration", (int)duration_ms));
}

static void played(struct peer *peer, const char *mark)
{
	peer_send_json(peer, json_pack("{s:s,s:o}", "event", "websocket:notify", "payload",
				       json_loads(mark, JSON_DECODE_ANY, NULL)));
}

static void closing(struct peer *peer)
{
	(void)peer;
}

const struct stream_protocol stream_protocol_vonage = {
	.name = "vonage",
	.opened = opened,
	.audio = audio,
	.text = text,
	.binary = binary,
	.digit = digit,
	.played = played,
	.closing = closing,
};
