/* What comes over a stream's socket: the answer to the upgrade, WebSocket frames, messages in each protocol's
 * words, and a far end that closes; with the connection of a pair in place of one over the network, and a tap
 * that plays a frame a tick.
 *
 * The first byte: the protocol (2 bits), whether it speaks, a socket of this machine, a bare answer of the
 * data itself in place of a good one, bare bytes in place of records, the rate. A record: what it is (text,
 * binary, ping, close, a fragment, a tick, a digit, the end), its size in two bytes, and its bytes. */
#include "daemon/offhookd/stream/peer.h"
#include "daemon/offhookd/stream/peer_dial.h"
#include "daemon/offhookd/stream/protocol.h"
#include "lib/clock.h"
#include "lib/random.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SPEAKS = 4, LOCAL = 8, BARE_ANSWER = 16, BARE = 32, RATE_AT = 6, ROUNDS = 4 };

/* ---- a tap that the far end hears at once ---- */

struct media_tap {
	unsigned given, taken;
	bool heard, over, released;
	int16_t frame[FRAME_MAX];
};

bool tap_peek(const struct media_tap *tap, struct tap_frame *out)
{
	*out = (struct tap_frame){ 8000, 160, tap->frame, tap->frame };
	return tap->heard;
}

void tap_next(struct media_tap *tap)
{
	tap->heard = false;
}

unsigned tap_lost(const struct media_tap *tap)
{
	(void)tap;
	return 0;
}

unsigned tap_rate(const struct media_tap *tap)
{
	(void)tap;
	return 8000;
}

bool tap_speak(struct media_tap *tap, const int16_t *samples, unsigned count)
{
	if (count != 160 || tap->given - tap->taken >= TAP_SPOKEN_MAX)
		abort();
	memcpy(tap->frame, samples, count * sizeof *samples);
	tap->given++;
	return true;
}

unsigned tap_given(const struct media_tap *tap)
{
	return tap->given;
}

unsigned tap_taken(const struct media_tap *tap)
{
	return tap->taken;
}

void tap_drop(struct media_tap *tap)
{
	tap->taken = tap->given;
}

bool tap_over(const struct media_tap *tap)
{
	return tap->over;
}

void tap_release(struct media_tap *tap)
{
	tap->released = true;
}

/* ---- a connection that stands at once ---- */

struct peer_dial {
	struct event *event;
	peer_dialled_h *handler;
	void *arg;
	struct peer_world *world;
};

static struct bufferevent *far_end;
static bool is_local;

static void dialled(evutil_socket_t fd, short what, void *arg)
{
	struct peer_dial *dial = arg;
	struct bufferevent *pair[2];
	(void)fd, (void)what;
	if (bufferevent_pair_new(dial->world->base, BEV_OPT_DEFER_CALLBACKS, pair))
		abort();
	far_end = pair[1];
	bufferevent_enable(far_end, EV_READ | EV_WRITE);
	dial->handler(pair[0], PEER_FINE, NULL, dial->arg);
}

struct peer_dial *peer_dial_new(struct peer_world *world, const struct peer_setup *setup,
				peer_dialled_h *handler, void *arg)
{
	struct peer_dial *dial = calloc(1, sizeof *dial);
	(void)setup;
	if (!dial)
		abort();
	*dial = (struct peer_dial){ event_new(world->base, -1, 0, dialled, dial), handler, arg, world };
	event_active(dial->event, 0, 0);
	return dial;
}

void peer_dial_names(const struct peer_dial *dial, const char **host, const char **target)
{
	(void)dial;
	*host = is_local ? NULL : "example.net";
	*target = "/audio";
}

void peer_dial_free(struct peer_dial *dial)
{
	event_free(dial->event);
	free(dial);
}

void conf_strings_clear(struct conf_strings *strings)
{
	*strings = (struct conf_strings){ 0 };
}

/* ---- what is told ---- */

static unsigned ended, strange;
static bool is_gone;

static void on_report(struct peer_report *report, void *arg)
{
	(void)arg;
	if (ended)
		abort(); /* the last one was the last */
	ended += report->kind == PEER_ENDED;
	strange += report->kind == PEER_STRANGE;
	if (strange > 1 || !memchr(report->error, '\0', sizeof report->error) ||
	    !peer_error_name(report->why))
		abort();
	peer_report_free(report);
}

static void on_gone(struct peer *peer, void *arg)
{
	(void)peer, (void)arg;
	if (is_gone)
		abort();
	is_gone = true;
}

/* ---- the far end ---- */

static void turn(struct event_base *base)
{
	for (int i = 0; i < ROUNDS; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void answer(void)
{
	struct evbuffer *in = bufferevent_get_input(far_end), *out = bufferevent_get_output(far_end);
	static const char field[] = "Sec-WebSocket-Key: ";
	const struct evbuffer_ptr at = evbuffer_search(in, field, sizeof field - 1, NULL);
	unsigned char text[60], digest[SHA_DIGEST_LENGTH], accept[32];
	if (at.pos < 0)
		return;
	evbuffer_drain(in, (size_t)at.pos + sizeof field - 1);
	evbuffer_copyout(in, text, 24);
	memcpy(text + 24, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", 36);
	SHA1(text, sizeof text, digest);
	EVP_EncodeBlock(accept, digest, sizeof digest);
	evbuffer_add_printf(out,
			    "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			    "Sec-WebSocket-Accept: %s\r\n\r\n",
			    (char *)accept);
}

static void send_frame(unsigned first, const uint8_t *bytes, size_t size)
{
	struct evbuffer *out = bufferevent_get_output(far_end);
	const uint8_t small[] = { (uint8_t)first, (uint8_t)size },
		      large[] = { (uint8_t)first, 126, (uint8_t)(size >> 8), (uint8_t)size };
	if (is_local)
		evbuffer_add(out, bytes, size);
	else if (size < 126)
		evbuffer_add(out, small, sizeof small);
	else
		evbuffer_add(out, large, sizeof large);
	if (is_local)
		evbuffer_add(out, "\n", 1);
	else
		evbuffer_add(out, bytes, size);
}

static void tick(struct peer *peer, struct media_tap *tap)
{
	clock_test_advance(20);
	tap->heard = true;
	tap->taken += tap->taken != tap->given;
	peer_tick(peer);
}

static void send_record(struct peer *peer, struct media_tap *tap, uint8_t what, const uint8_t *bytes,
			size_t size)
{
	static const uint8_t opcodes[] = { 0x81, 0x82, 0x89, 0x88, 0x01, 0x80, 0x02 };
	if (what % 10 < sizeof opcodes)
		send_frame(opcodes[what % 10], bytes, size);
	else if (what % 10 == 7)
		tick(peer, tap);
	else if (what % 10 == 9)
		bufferevent_flush(far_end, EV_WRITE, BEV_FINISHED);
	else
		peer_digit(peer, size ? (char)bytes[0] : '#', 100);
}

static void talk(struct peer *peer, struct media_tap *tap, uint8_t how, const uint8_t *data, size_t size)
{
	struct event_base *base = peer->world->base;
	if (how & BARE) {
		bufferevent_write(far_end, data, size);
		turn(base);
		tick(peer, tap);
	}
	while (!(how & BARE) && size >= 3 && !is_gone) {
		size_t n = (size_t)data[1] << 8 | data[2];
		if (n > size - 3)
			n = size - 3;
		send_record(peer, tap, data[0], data + 3, n);
		data += 3 + n;
		size -= 3 + n;
		turn(base);
		if (evbuffer_get_length(bufferevent_get_input(far_end)) > 4096)
			evbuffer_drain(bufferevent_get_input(far_end), SIZE_MAX);
	}
}

static struct peer *peer_make(uint8_t how, struct media_tap *tap)
{
	static const char *const names[] = { "twilio", "vonage", "plain", "twilio" };
	static const unsigned rates[] = { 8000, 16000, 24000, 8000 };
	struct peer_setup setup = { .url = strdup("ws://example.net/audio"),
				    .protocol = stream_protocol_find(names[how & 3]),
				    .rate = rates[how >> RATE_AT],
				    .tracks = PEER_BOTH,
				    .speaks = how & SPEAKS,
				    .start = json_pack("{s:s}", "streamSid", "MZ1") };
	return peer_new(&setup, tap, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct peer_world world = { .base = event_base_new(), .report = on_report, .gone = on_gone };
	struct media_tap tap = { 0 };
	struct peer *peer;
	if (size < 1 || !world.base) {
		event_base_free(world.base);
		return 0;
	}
	clock_test_freeze(1700000000000, 1000000);
	random_test_seed(1);
	far_end = NULL;
	ended = strange = 0;
	is_gone = false;
	is_local = data[0] & LOCAL;
	peer = peer_make(data[0], &tap);
	peer_start(peer, &world);
	turn(world.base);
	if (!is_local && !(data[0] & BARE_ANSWER))
		answer();
	turn(world.base);
	talk(peer, &tap, data[0], data + 1, size - 1);
	tap.over = true;
	peer_tick(peer);
	peer_stop(peer);
	if (ended != 1 || !tap.released)
		abort();
	turn(world.base);
	peer_free(peer);
	turn(world.base);
	if (far_end)
		bufferevent_free(far_end);
	turn(world.base);
	event_base_free(world.base);
	return 0;
}
