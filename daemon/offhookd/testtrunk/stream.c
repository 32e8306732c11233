/* See stream.h. */
#include "daemon/offhookd/testtrunk/stream.h"

#include "lib/random.h"
#include "lib/socket_address.h"
#include "media/codec.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
	PAIRS_MAX = 50,	 /* ports that are tried for an even one whose neighbour is free */
	READS_MAX = 100, /* packets a tick */
	BEHIND_MAX = 10, /* frames that are made up for when the thread was late */
	RTP_HEADER = 12,
	MARKER = 0x80,
	KEYS_BEGIN = 50, /* frames after the answer */
	KEY_FRAMES = 5,	 /* it is held down so long */
	KEY_EVERY = 10,	 /* frames */
	KEY_VOLUME = 10, /* −dBm0 */
	EVENT_END = 0x80,
	END_TIMES = 3, /* RFC 4733 section 2.5.1.4 */
	FRAME_US = TEST_FRAME_MS * 1000,
};

/* ---- sockets ---- */

static socklen_t size_of(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

/* Port 0: any; *address has it then. Returns 0 or an errno. */
static int bind_socket(int *out, struct sockaddr_storage *address)
{
	socklen_t size = sizeof *address;
	int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err = 0;

	if (fd < 0)
		return errno;
	if (bind(fd, (struct sockaddr *)address, size_of(address)) ||
	    getsockname(fd, (struct sockaddr *)address, &size))
		err = errno;
	if (err)
		close(fd);
	else
		*out = fd;
	return err;
}

static int bind_pair(struct test_stream *s, const struct sockaddr_storage *where)
{
	int err = EADDRINUSE;

	for (int i = 0; i < PAIRS_MAX && err == EADDRINUSE; i++) {
		struct sockaddr_storage next;

		s->local = *where;
		socket_address_set_port(&s->local, 0);
		err = bind_socket(&s->rtp, &s->local);
		if (err)
			return err;
		next = s->local;
		socket_address_set_port(&next, socket_address_port(&s->local) + 1);
		err = socket_address_port(&s->local) % 2 ? EADDRINUSE : bind_socket(&s->rtcp, &next);
		if (err) {
			close(s->rtp);
			s->rtp = -1;
		}
	}
	return err;
}

int test_stream_open(struct test_stream *s, const struct test_plan *plan,
		     const struct sockaddr_storage *other, const struct sockaddr_storage *fallback)
{
	int err = EADDRNOTAVAIL;

	*s = (struct test_stream){ .rtp = -1, .rtcp = -1, .plan = *plan, .sound = { .kind = plan->sound } };
	s->ssrc = random_u32();
	s->timestamp = random_u32();
	s->sequence = (uint16_t)(random_u32() & 0x7fff);
	if (other)
		err = bind_pair(s, other);
	return err == EADDRNOTAVAIL ? bind_pair(s, fallback) : err;
}

void test_stream_close(struct test_stream *s)
{
	if (s->rtp >= 0)
		close(s->rtp);
	if (s->rtcp >= 0)
		close(s->rtcp);
	s->rtp = s->rtcp = -1;
	s->started = false;
}

void test_stream_set(struct test_stream *s, const struct test_offer *remote, int64_t now_us)
{
	s->remote = *remote;
	if (s->started)
		return;
	s->started = true;
	s->next_us = now_us + FRAME_US; /* once the answer is there */
}

/* ---- packets ---- */

/* What does not go out is lost, as in any network. */
static void transmit(const struct test_stream *s, const uint8_t *bytes, size_t size)
{
	ssize_t n =
	    sendto(s->rtp, bytes, size, 0, (const struct sockaddr *)&s->remote.rtp, size_of(&s->remote.rtp));

	(void)n;
}

/* Whether this packet is one of those that never arrive: one of each 100 / loss_percent, nobody knows which.
 */
static bool is_lost(struct test_stream *s)
{
	unsigned round = s->plan.loss_percent ? 100 / s->plan.loss_percent : 0;

	if (!round)
		return false;
	if (s->frame % round == 0)
		s->lost_in = random_u32() % round;
	return s->frame % round == s->lost_in;
}

/* Puts it aside for up to jitter_ms. It goes out at once when there is no room. */
static void delay(struct test_stream *s, const uint8_t *bytes, size_t size)
{
	unsigned steps = s->plan.jitter_ms / TEST_FRAME_MS, due = s->frame + random_u32() % (steps + 1);

	if (due < s->last_due)
		due = s->last_due;
	for (int i = 0; i < TEST_LATE_MAX && due > s->frame; i++) {
		if (s->late[i].due)
			continue;
		s->late[i].due = s->last_due = due;
		s->late[i].size = size;
		memcpy(s->late[i].bytes, bytes, size);
		return;
	}
	transmit(s, bytes, size);
}

/* Those whose time has come, in their order. */
static void transmit_late(struct test_stream *s)
{
	for (;;) {
		struct test_late *first = NULL;

		for (int i = 0; i < TEST_LATE_MAX; i++) {
			struct test_late *l = &s->late[i];

			/* of two for the same frame the one with the lower sequence number, which may have
			 * wrapped */
			if (l->due && l->due <= s->frame &&
			    (!first || (int16_t)((l->bytes[2] << 8 | l->bytes[3]) -
						 (first->bytes[2] << 8 | first->bytes[3])) < 0))
				first = l;
		}
		if (!first)
			return;
		transmit(s, first->bytes, first->size);
		first->due = 0;
	}
}

static void send_packet(struct test_stream *s, int type, bool marker, uint32_t timestamp,
			const uint8_t *payload, size_t size)
{
	uint8_t packet[TEST_PACKET_MAX] = { 0x80, (uint8_t)(type | (marker ? MARKER : 0)) };
	uint32_t words[2] = { htonl(timestamp), htonl(s->ssrc) };
	uint16_t sequence = htons(s->sequence++);

	if (size > sizeof packet - RTP_HEADER || !s->remote.takes)
		return;
	memcpy(packet + 2, &sequence, sizeof sequence);
	memcpy(packet + 4, words, sizeof words);
	memcpy(packet + RTP_HEADER, payload, size);
	if (is_lost(s))
		return;
	if (s->plan.jitter_ms)
		delay(s, packet, RTP_HEADER + size);
	else
		transmit(s, packet, RTP_HEADER + size);
}

static void send_sound(struct test_stream *s, const int16_t samples[TEST_FRAME])
{
	const struct codec_ops *ops = s->remote.codec == 0 ? &codec_pcmu_ops : &codec_pcma_ops;
	uint8_t payload[TEST_FRAME];
	size_t size = ops->encode(NULL, payload, sizeof payload, samples, TEST_FRAME);

	send_packet(s, s->remote.codec, !s->marked, s->timestamp, payload, size);
	s->marked = true;
}

/* ---- keys ---- */

/* One frame of a key (RFC 4733). Somebody who takes no events hears none. */
static void send_key(struct test_stream *s, char key, unsigned step)
{
	static const char keys[] = "0123456789*#";
	const char *at = strchr(keys, key);
	unsigned duration = (step + 1) * TEST_FRAME;
	bool last = step == KEY_FRAMES - 1;
	uint8_t event[4] = { (uint8_t)(at ? at - keys : 0), (uint8_t)(KEY_VOLUME | (last ? EVENT_END : 0)),
			     (uint8_t)(duration >> 8), (uint8_t)duration };

	if (step == 0)
		s->key_timestamp = s->timestamp;
	for (int i = 0; i < (last ? END_TIMES : 1); i++)
		send_packet(s, s->remote.events, step == 0, s->key_timestamp, event, sizeof event);
}

/* Whether a key is down in this frame, which was sent then. */
static bool press_keys(struct test_stream *s)
{
	unsigned at = s->frame - KEYS_BEGIN;

	if (s->plan.sound != TEST_DIGITS || s->remote.events < 0 || s->frame < KEYS_BEGIN ||
	    at / KEY_EVERY >= sizeof TEST_KEYS - 1 || at % KEY_EVERY >= KEY_FRAMES)
		return false;
	send_key(s, TEST_KEYS[at / KEY_EVERY], at % KEY_EVERY);
	return true;
}

/* ---- what is heard ---- */

/* Audio or an event of the other side goes back to it, under our own SSRC and numbers. */
static void echo(struct test_stream *s, const uint8_t *packet, size_t size)
{
	int type = packet[1] & ~MARKER;
	uint32_t timestamp;

	if (packet[0] != 0x80 || (type != s->remote.codec && type != s->remote.events))
		return;
	memcpy(&timestamp, packet + 4, sizeof timestamp);
	timestamp = ntohl(timestamp);
	if (!s->echoing)
		s->echo_offset = s->timestamp - timestamp;
	s->echoing = true;
	send_packet(s, type, packet[1] & MARKER, timestamp + s->echo_offset, packet + RTP_HEADER,
		    size - RTP_HEADER);
}

static void read_packets(struct test_stream *s)
{
	for (int i = 0; i < READS_MAX; i++) {
		uint8_t packet[TEST_PACKET_MAX];
		struct sockaddr_storage from = { 0 };
		socklen_t from_size = sizeof from;
		ssize_t n =
		    recvfrom(s->rtp, packet, sizeof packet, MSG_TRUNC, (struct sockaddr *)&from, &from_size);

		if (n < 0)
			return;
		if (s->started && s->plan.sound == TEST_ECHO && n > RTP_HEADER && n <= TEST_PACKET_MAX &&
		    socket_address_is_same(&from, &s->remote.rtp, true))
			echo(s, packet, (size_t)n);
	}
}

/* ---- the clock ---- */

static void send_frame(struct test_stream *s)
{
	int16_t samples[TEST_FRAME];

	transmit_late(s);
	if (s->plan.sound != TEST_ECHO && !press_keys(s)) {
		test_sound_read(&s->sound, samples);
		send_sound(s, samples);
	}
	s->timestamp += TEST_FRAME;
	s->frame++;
}

void test_stream_tick(struct test_stream *s, int64_t now_us)
{
	if (s->rtp < 0)
		return;
	read_packets(s);
	if (!s->started)
		return;
	if (now_us - s->next_us > BEHIND_MAX * FRAME_US)
		s->next_us = now_us;
	for (; s->next_us <= now_us; s->next_us += FRAME_US)
		send_frame(s);
}
