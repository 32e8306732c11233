/* Twilio's and SignalWire's media streams: JSON texts with G.711 u-law in base64, 20 ms a message; numbers in
 * them are texts. SignalWire's may be L16 instead. */
#include "daemon/offhookd/stream/media_text.h"
#include "daemon/offhookd/stream/peer.h"
#include "daemon/offhookd/stream/protocol.h"

#include "lib/clock.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MULAW_RATE = 8000,
	ENVELOPE = 256, /* of a media message, without the audio and the stream's sid */
	PAYLOAD_MAX = FRAME_MAX * 2,
	TEXT_PIECE = 4096, /* of base64 that is decoded at once */
};

static const char *start_text(const struct peer *peer, const char *name)
{
	const char *text = json_string_value(json_object_get(peer->setup.start, name));

	return text ? text : "";
}

static json_t *numbered(uint64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, number);
	return json_string(text);
}

/* A message with what all but the first have. `name` of `body`, which is taken over. */
static void send_event(struct peer *peer, const char *event, const char *name, json_t *body)
{
	peer_send_json(peer, json_pack("{s:s,s:o,s:s,s:o}", "event", event, "sequenceNumber",
				       numbered(++peer->sequence), "streamSid", peer->sid, name, body));
}

static void opened(struct peer *peer)
{
	const json_t *custom = json_object_get(peer->setup.start, "customParameters");
	json_t *tracks = json_array();

	peer->sid = start_text(peer, "streamSid");
	peer->mulaw = peer->setup.rate == MULAW_RATE && !*start_text(peer, "codec");
	if (peer->setup.tracks & PEER_SAID)
		json_array_append_new(tracks, json_string("inbound"));
	if (peer->setup.tracks & PEER_HEARD)
		json_array_append_new(tracks, json_string("outbound"));
	peer_send_json(
	    peer, json_pack("{s:s,s:s,s:s}", "event", "connected", "protocol", "Call", "version", "1.0.0"));
	send_event(peer, "start", "start",
		   json_pack("{s:s,s:s,s:s,s:o,s:{s:s,s:i,s:i},s:o}", "accountSid",
			     start_text(peer, "accountSid"), "streamSid", start_text(peer, "streamSid"),
			     "callSid", start_text(peer, "callSid"), "tracks", tracks, "mediaFormat",
			     "encoding", peer->mulaw ? "audio/x-mulaw" : "audio/x-l16", "sampleRate",
			     (int)peer->setup.rate, "channels", 1, "customParameters",
			     custom ? json_deep_copy(custom) : json_object()));
}

static size_t encode(const struct peer *peer, uint8_t *out, const int16_t *in, size_t count)
{
	if (peer->mulaw)
		return codec_pcmu_ops.encode(NULL, out, PAYLOAD_MAX, in, count);
	memcpy(out, in, count * sizeof *in);
	return count * sizeof *in;
}

/* Written by hand: there are fifty a second of each call. */
static void send_media(struct peer *peer, unsigned track, const int16_t *samples, size_t count)
{
	uint8_t payload[PAYLOAD_MAX];
	char text[ENVELOPE + 64 + PAYLOAD_MAX * 4 / 3 + 8];
	int64_t ms = (clock_mono_us() - peer->started_us) / 1000;
	int n =
	    snprintf(text, sizeof text,
		     "{\"event\":\"media\",\"sequenceNumber\":\"%" PRIu64 "\",\"media\":{\"track\":\"%s\","
		     "\"chunk\":\"%" PRIu64 "\",\"timestamp\":\"%" PRId64 "\",\"payload\":\"",
		     ++peer->sequence, track ? "outbound" : "inbound", ++peer->chunks[track], ms);

	n += EVP_EncodeBlock((unsigned char *)text + n, payload, (int)encode(peer, payload, samples, count));
	n += snprintf(text + n, sizeof text - (size_t)n, "\"},\"streamSid\":\"%.60s\"}", peer->sid);
	peer_send_text(peer, text, (size_t)n);
}

static void audio(struct peer *peer, const int16_t *said, const int16_t *heard, size_t count)
{
	if (said)
		send_media(peer, 0, said, count);
	if (heard)
		send_media(peer, 1, heard, count);
}

static void take_samples(struct peer *peer, const uint8_t *bytes, size_t size)
{
	int16_t samples[1024];

	while (size > 0) {
		size_t n = size < sizeof samples / 2 ? size : sizeof samples / 2;

		if (peer->mulaw) {
			peer_said(peer, samples, codec_pcmu_ops.decode(NULL, samples, n, bytes, n));
		} else {
			memcpy(samples, bytes, n & ~(size_t)1);
			peer_said(peer, samples, n / 2);
		}
		bytes += n;
		size -= n;
	}
}

/* Base64 in pieces, each of whole groups: nothing is allocated, however much is said at once. False: it is
 * none. */
static bool take_payload(struct peer *peer, const char *payload, size_t size)
{
	uint8_t bytes[TEXT_PIECE / 4 * 3];

	if (size == 0 || size % 4)
		return false;
	for (size_t at = 0, n; at < size; at += n) {
		int got;

		n = size - at < TEXT_PIECE ? size - at : TEXT_PIECE;
		got = EVP_DecodeBlock(bytes, (const unsigned char *)payload + at, (int)n);
		if (got < 0)
			return false;
		if (at + n == size)
			got -= (payload[size - 1] == '=') + (payload[size - 2] == '=');
		take_samples(peer, bytes, (size_t)got);
	}
	return true;
}

static void take_media(struct peer *peer, const char *payload, size_t size)
{
	if (!take_payload(peer, payload, size))
		peer_note_strange(peer, "media.payload is no base64");
}

static void take(struct peer *peer, const char *event, const json_t *message)
{
	const json_t *payload;
	const char *name;

	if (!strcmp(event, "media")) {
		payload = json_object_get(json_object_get(message, "media"), "payload");
		take_media(peer, json_string_value(payload), json_string_length(payload));
	} else if (!strcmp(event, "mark")) {
		name = json_string_value(json_object_get(json_object_get(message, "mark"), "name"));
		if (!name || !playout_mark(&peer->playout, name))
			peer_note_strange(peer,
					  name ? "too many marks, or one too long" : "mark.name is missing");
	} else if (!strcmp(event, "clear")) {
		playout_clear(&peer->playout, peer->tap);
	} else {
		peer_note_strange(peer, "the event is none of media, mark, clear");
	}
}

static void text(struct peer *peer, const char *bytes, size_t size)
{
	const char *payload, *event;
	size_t payload_size;
	json_t *message;

	if (peer->setup.speaks && media_text_payload(bytes, size, &payload, &payload_size)) {
		take_media(peer, payload, payload_size);
		return;
	}
	message = json_loadb(bytes, size, 0, NULL);
	event = json_string_value(json_object_get(message, "event"));
	if (!event)
		peer_note_strange(peer, "a message is no JSON object with an event");
	else if (!peer->setup.speaks)
		peer_note_strange(peer, "messages are taken on a stream of both directions alone");
	else
		take(peer, event, message);
	json_decref(message);
}

static void binary(struct peer *peer, const char *bytes, size_t size)
{
	(void)bytes, (void)size;
	peer_note_strange(peer, "messages are texts");
}

static void digit(struct peer *peer, char key, unsigned duration_ms)
{
	const char text_of_it[2] = { key, '\0' };

	(void)duration_ms;
	if (peer->setup.speaks)
		send_event(peer, "dtmf", "dtmf",
			   json_pack("{s:s,s:s}", "track", "inbound_track", "digit", text_of_it));
}

static void played(struct peer *peer, const char *mark)
{
	send_event(peer, "mark", "mark", json_pack("{s:s}", "name", mark));
}

static void closing(struct peer *peer)
{
	send_event(peer, "stop", "stop",
		   json_pack("{s:s,s:s}", "accountSid", start_text(peer, "accountSid"), "callSid",
			     start_text(peer, "callSid")));
}

const struct stream_protocol stream_protocol_twilio = {
	.name = "twilio",
	.opened = opened,
	.audio = audio,
	.text = text,
	.binary = binary,
	.digit = digit,
	.played = played,
	.closing = closing,
};
