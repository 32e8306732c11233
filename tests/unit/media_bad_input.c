/* Anything on an RTP or RTCP port: counted, dropped, and not a word about it. */
#include "tests/unit/media_support.h"

#include "media/rtp.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(media_bad_input, .timeout = 60, .fini = scratch_sweep);

static const double HEARD = -13.14;

static void over(struct world *w, struct media_session *s)
{
	media_session_close(s);
	cr_assert(world_wait_closed(w));
	world_free(w);
}

Test(media_bad_input, garbage_is_counted_and_harms_nobody)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	media_session_echo(s, true);
	far_meets(f, s);
	far_tone(f, 440, -10);
	cr_expect(far_hears(f, 440, HEARD));
	uint8_t bytes[1500];
	unsigned seed = 1;
	for (int i = 0; i < 2000; i++) {
		for (size_t k = 0; k < sizeof bytes; k++)
			bytes[k] = (uint8_t)rand_r(&seed);
		bytes[0] = (uint8_t)(i % 4 ? bytes[0] & 0x7f
					   : 0xbf); /* not version 2, or lengths that are not there */
		if (i % 4 == 0) {
			bytes[1] = 0;
			put16(bytes + 12 + 4 * 15 + 2, 0xffff);
		}
		far_send_raw(f, bytes, i % 7 == 0 ? (size_t)(i % 13) : sizeof bytes);
		if (i % 50 == 0)
			world_pass(w, f, 1);
	}
	uint8_t wrong[172] = { 0x80, 97 };
	far_send_raw(f, wrong, sizeof wrong);
	world_pass(w, f, 10);
	far_forget(f);
	cr_expect(far_hears(f, 440, HEARD), "the call goes on");
	struct media_stats stats = world_stats(w, s);
	cr_expect_eq(stats.rx_malformed, 2001, "%u", (unsigned)stats.rx_malformed);
	cr_expect_eq(stats.rx_lost, 0);
	over(w, s);
}

struct counted {
	struct media_session *session;
	uint64_t until;
};

static bool all_counted(struct world *w, void *arg)
{
	const struct counted *c = arg;
	struct media_stats stats = world_stats(w, c->session);
	return stats.rx_malformed + stats.rx_foreign >= c->until;
}

/* What scanners and confused neighbours send; returns its size. */
static size_t rubbish(unsigned kind, uint8_t *b, size_t room)
{
	static const uint8_t stun[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
	static const uint8_t dtls[13] = { 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff };
	static const char *const sip = "OPTIONS sip:100@127.0.0.1 SIP/2.0\r\n\r\n";
	memset(b, (int)kind, room);
	switch (kind % 8) {
	case 0:
		return 0;
	case 1:
		memcpy(b, stun, sizeof stun);
		return sizeof stun;
	case 2:
		memcpy(b, dtls, sizeof dtls);
		return 200;
	case 3:
		memcpy(b, sip, strlen(sip));
		return strlen(sip);
	case 4:
		return room; /* longer than any packet of ours */
	case 5:
		return 11;
	case 6:
		b[0] = 0x80;
		b[1] = 77; /* a payload type that nobody agreed on */
		return 172;
	default:
		b[0] = 0xbf; /* more of a header than there is */
		return 40;
	}
}

/* Each is counted and dropped, whoever sends it, on both ports; nothing is said about any; the call goes on.
 */
Test(media_bad_input, rubbish_at_volume)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU"), *stranger = world_far(w, "PCMU");
	uint8_t bytes[3000];
	media_session_echo(s, true);
	far_meets(f, s);
	stranger->to = f->to;
	far_tone(f, 440, -10);
	cr_expect(far_hears(f, 440, HEARD));
	int before = dup(STDERR_FILENO);
	FILE *said = tmpfile();
	fflush(stderr);
	dup2(fileno(said), STDERR_FILENO);
	struct counted c = { s, 0 };
	for (unsigned i = 0; i < 8000; i++) {
		size_t size = rubbish(i, bytes, sizeof bytes);
		struct far *from = i / 8 % 2 ? f : stranger;
		if (i % 3)
			far_send_raw(from, bytes, size);
		else
			sendto(f->rtcp_fd, bytes, size % 1500, 0, (struct sockaddr *)&f->rtcp_to,
			       sizeof(struct sockaddr_in));
		c.until++;
		if (i % 64 == 63)
			cr_assert(world_wait(w, all_counted, &c), "%u of %u", (unsigned)w->stats.rx_malformed,
				  (unsigned)c.until);
	}
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	cr_expect_eq(lseek(fileno(said), 0, SEEK_END), 0, "not a line is written");
	fclose(said);
	far_forget(f);
	cr_expect(far_hears(f, 440, HEARD), "the call goes on");
	struct media_stats stats = world_stats(w, s);
	cr_expect_eq(stats.rx_malformed + stats.rx_foreign, 8000, "%u and %u", (unsigned)stats.rx_malformed,
		     (unsigned)stats.rx_foreign);
	cr_expect_eq(stats.rx_lost, 0);
	over(w, s);
}
