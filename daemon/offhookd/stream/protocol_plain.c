/* Our own: a text, given by whoever asked for the stream, then binary messages of 20 ms, L16, little-endian;
 * of both tracks what the far end says stands left and what it hears right. Texts that come are told of,
 * audio that comes is heard. A last text, when there is one. */
#include "daemon/offhookd/stream/peer.h"
#include "daemon/offhookd/stream/protocol.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 65536 }; /* bytes: it becomes an event, which is kept */

static void opened(struct peer *peer)
{
	if (peer->setup.start)
		peer_send_json(peer, json_incref(peer->setup.start));
}

static void audio(struct peer *peer, const int16_t *said, const int16_t *heard, size_t count)
{
	int16_t both[2 * FRAME_MAX];

	if (!said || !heard) {
		peer_send_binary(peer, said ? said : heard, count * sizeof both[0]);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		both[2 * i] = said[i];
		both[2 * i + 1] = heard[i];
	}
	peer_send_binary(peer, both, 2 * count * sizeof both[0]);
}

static void spoke(struct peer *peer, const char *bytes, size_t size)
{
	struct peer_report *report = NULL;

	if (size > TEXT_MAX)
		peer_note_strange(peer, "a text of more than 64 KiB: it is dropped");
	else if (peer_may_say(peer))
		report = calloc(1, sizeof *report);
	if (!report)
		return;
	report->about = peer->about;
	report->kind = PEER_SPOKE;
	report->text = strndup(bytes, size);
	peer->world->report(report, peer->world->arg);
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
	if (peer->setup.stop)
		peer_send_text(peer, peer->setup.stop, strlen(peer->setup.stop));
}

static void binary(struct peer *peer, const char *bytes, size_t size)
{
	stream_protocol_vonage.binary(peer, bytes, size);
}

const struct stream_protocol stream_protocol_plain = {
	.name = "plain",
	.opened = opened,
	.audio = audio,
	.text = spoke,
	.binary = binary,
	.digit = digit,
	.played = played,
	.closing = closing,
};
