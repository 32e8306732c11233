/* Servers that recognise speech: a text, given by whoever asked for the stream, then binary messages of 20
 * ms, L16, little-endian, and a last text. What they say is told as words (heard.h), within bounds. */
#include "daemon/offhookd/stream/peer.h"
#include "daemon/offhookd/stream/protocol.h"

#include "lib/clock.h"

#include <stdlib.h>

static void tell(struct peer *peer, json_t *said)
{
	struct peer_report *report = said ? calloc(1, sizeof *report) : NULL;

	if (report) {
		report->about = peer->about;
		report->kind = PEER_WORDS;
		report->text = json_dumps(said, JSON_COMPACT);
		peer->world->report(report, peer->world->arg);
	}
	json_decref(said);
}

static void text(struct peer *peer, const char *bytes, size_t size)
{
	bool lost;
	json_t *said;
	const enum heard_kind kind = heard_read(bytes, size, &said);

	tell(peer, heard_pass(&peer->heard, kind, said, clock_mono_us(), &lost));
	if (lost)
		peer_note_strange(peer, "more than 10 results a second: those beyond are dropped");
}

static void tick(struct peer *peer)
{
	tell(peer, heard_due(&peer->heard, clock_mono_us()));
}

/* So much of speech is no cough. */
enum { BEGIN_MS = 200 };

static void opened(struct peer *peer)
{
	voice_init(&peer->voice, BEGIN_MS, 0);
	stream_protocol_plain.opened(peer);
}

static void audio(struct peer *peer, const int16_t *said, const int16_t *heard, size_t count)
{
	const int16_t *in = said ? said : heard;
	const size_t piece = count / 2; /* of 20 ms */

	stream_protocol_plain.audio(peer, said, heard, count);
	if (!peer->setup.begins || peer->begun)
		return;
	for (size_t at = 0; piece && at + piece <= count && !peer->begun; at += piece)
		peer->begun = voice_hear(&peer->voice, in + at, piece) == VOICE_BEGAN;
	if (peer->begun)
		tell(peer, json_pack("{s:b}", "begun", 1));
}

static void binary(struct peer *peer, const char *bytes, size_t size)
{
	(void)peer, (void)bytes, (void)size;
}

static void digit(struct peer *peer, char key, unsigned duration_ms)
{
	(void)peer, (void)key, (void)duration_ms;
}

static void played(struct peer *peer, const char *mark)
{
	(void)peer, (void)mark;
}

static void closing(struct peer *peer)
{
	stream_protocol_plain.closing(peer);
}

const struct stream_protocol stream_protocol_speech = {
	.name = "speech",
	.opened = opened,
	.audio = audio,
	.text = text,
	.binary = binary,
	.digit = digit,
	.played = played,
	.closing = closing,
	.tick = tick,
};
