/* Parts that need no engine: RTP headers, codecs, tones, the jitter buffer, sources, mailboxes. */
#include "tests/unit/media_support.h"

#include "media/codec.h"
#include "media/conceal.h"
#include "media/mailbox.h"
#include "media/rtp.h"
#include "media/source.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

TestSuite(media_parts, .timeout = 30);

Test(media_parts, rtp_headers)
{
	uint8_t b[64] = { 0x80, 0x80 | 8, 0x12, 0x34, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct rtp_packet p;
	cr_assert(rtp_parse_packet(&p, b, 12 + 20));
	cr_expect(p.marker && p.pt == 8 && p.seq == 0x1234 && p.timestamp == 0x01020304 &&
		  p.ssrc == 0x05060708);
	cr_expect_eq(p.payload_size, 20);
	cr_expect_not(rtp_parse_packet(&p, b, 11), "too short");
	b[0] = 0x81;
	cr_assert(rtp_parse_packet(&p, b, 40));
	cr_expect_eq(p.payload - b, 16, "one CSRC");
	cr_expect_not(rtp_parse_packet(&p, b, 15));
	b[0] = 0x90;
	put16(b + 14, 2);
	cr_assert(rtp_parse_packet(&p, b, 40));
	cr_expect_eq(p.payload - b, 12 + 4 + 8, "an extension of two words");
	cr_expect_not(rtp_parse_packet(&p, b, 20));
	b[0] = 0xa0;
	b[39] = 5;
	cr_assert(rtp_parse_packet(&p, b, 40));
	cr_expect_eq(p.payload_size, 40 - 12 - 5, "padding");
	b[39] = 29;
	cr_expect_not(rtp_parse_packet(&p, b, 40), "more padding than packet");
	b[39] = 0;
	cr_expect_not(rtp_parse_packet(&p, b, 40));
	b[0] = 0x40;
	cr_expect_not(rtp_parse_packet(&p, b, 40), "version 1");
}

Test(media_parts, codecs_are_found)
{
	cr_expect_eq(media_codec_static_pt(media_codec_find("pcmu", 0)), 0);
	cr_expect_eq(media_codec_static_pt(media_codec_find("PCMA", 8000)), 8);
	cr_expect_null(media_codec_find("PCMA", 16000));
	cr_expect_null(media_codec_find("GSM", 0));
	cr_expect_str_eq(media_codec_by_pt(8)->name, "PCMA");
	cr_expect_eq(media_codec_static_pt(media_codec_find("G722", 0)), 9, "at its clock of 8000");
	cr_expect_eq(media_codec_static_pt(media_codec_find("opus", 0)), -1);
	cr_expect_eq(media_codec_static_pt(media_codec_find("L16", 16000)), -1);
	cr_expect_str_eq(media_codec_by_pt(9)->name, "G722");
	cr_expect_null(media_codec_by_pt(11), "L16 at another rate");
	cr_expect_null(media_codec_by_pt(18));
	cr_expect_null(media_codec_by_pt(-1));
	cr_expect_null(media_codec_by_pt(96));
	cr_expect_not_null(media_codec_at(0));
	cr_expect_null(media_codec_at(1000));
}

/* ITU-T G.711: the known values at the ends and around zero, and codes that survive the way there and back.
 */
Test(media_parts, g711_is_g711)
{
	codec_g711_init();
	const struct codec_ops *u = codec_ops(media_codec_find("PCMU", 0)),
			       *a = codec_ops(media_codec_find("PCMA", 0));
	const int16_t in[] = { 0, 32767, -32768, 1000, -1000 };
	uint8_t out[5];
	u->encode(NULL, out, 5, in, 5);
	cr_expect_eq(out[0], 0xff);
	cr_expect_eq(out[1], 0x80);
	cr_expect_eq(out[2], 0x00);
	cr_expect_eq(out[3], 0xce);
	cr_expect_eq(out[4], 0x4e);
	a->encode(NULL, out, 5, in, 5);
	cr_expect_eq(out[0], 0xd5);
	cr_expect_eq(out[1], 0xaa);
	cr_expect_eq(out[2], 0x2a);
	for (unsigned code = 0; code < 256; code++) {
		const uint8_t byte = (uint8_t)code;
		int16_t sample;
		uint8_t again;
		a->decode(NULL, &sample, 1, &byte, 1);
		a->encode(NULL, &again, 1, &sample, 1);
		cr_expect_eq(again, byte, "A-law %u", code);
		u->decode(NULL, &sample, 1, &byte, 1);
		u->encode(NULL, &again, 1, &sample, 1);
		cr_expect(again == byte || (byte == 0x7f && again == 0xff), "µ-law %u", code);
	}
}

Test(media_parts, tones_have_their_frequency_level_and_cadence)
{
	struct tones t;
	int16_t s[8000];
	tones_start_pair(&t, 697, 1209, -10, 8000);
	cr_assert_eq(tones_read(&t, s, 8000), 8000);
	cr_expect_float_eq(level(s, 8000, 697, 8000), -13.14, 0.1);
	cr_expect_float_eq(level(s, 8000, 1209, 8000), -13.14, 0.1);
	cr_assert_eq(tones_start(&t, "busy", "us", 8000), 0);
	cr_assert_eq(tones_read(&t, s, 8000), 8000);
	cr_expect(t.round_over, "half a second on, half a second off");
	cr_expect_float_eq(level(s, 4000, 480, 8000), -16.14, 0.1);
	cr_expect_lt(level(s + 4000, 4000, 480, 8000), -90);
	cr_expect_eq(tones_start(&t, "busy", "xx", 8000), 0, "an unknown country has the default");
	cr_expect_eq(tones_start(&t, "noise", "us", 8000), ENOENT);
	cr_expect_eq(tones_start_digit(&t, 'x', 8000), EINVAL);
	cr_expect_eq(tones_start_digit(&t, 0, 8000), EINVAL);
}

Test(media_parts, sources_say_what_is_wrong)
{
	struct source *s;
	char error[SOURCE_ERROR_SIZE] = "";
	cr_expect_eq(source_open(&s, "/nonexistent.wav", 8000, error), ENOENT);
	cr_expect(strstr(error, "/nonexistent.wav") && strstr(error, "No such file"), "%s", error);
	cr_expect_eq(source_open(&s, "tone:", 8000, error), EINVAL);
	cr_expect_eq(source_open(&s, "silence:99999999999999999999", 8000, error), EINVAL);
	cr_assert_eq(source_open(&s, "silence:30", 8000, error), 0);
	int16_t samples[320];
	cr_expect_eq(source_read(s, samples, 160), 160);
	cr_expect_eq(source_read(s, samples, 160), 80);
	cr_expect_eq(source_read(s, samples, 160), 0);
	source_close(s);
}

struct letter {
	struct mail mail;
	unsigned sender, number;
};

enum { SENDERS = 4, LETTERS = 20000 };

static struct mailbox box;
static unsigned expected[SENDERS], arrived;

static void read_letter(struct mail *mail, void *owner)
{
	struct letter *l = (struct letter *)mail;
	(void)owner;
	cr_expect_eq(l->number, expected[l->sender]++, "in the order in which they were posted");
	arrived++;
}

static void *send_letters(void *arg)
{
	struct letter *letters = arg;
	for (unsigned i = 0; i < LETTERS; i++) {
		letters[i].mail.run = read_letter;
		letters[i].number = i;
		mailbox_post(&box, &letters[i].mail);
	}
	return NULL;
}

Test(media_parts, mailboxes_lose_nothing)
{
	pthread_t threads[SENDERS];
	struct letter *letters = calloc(SENDERS * LETTERS, sizeof *letters);
	cr_assert_eq(mailbox_open(&box), 0);
	for (unsigned i = 0; i < SENDERS; i++) {
		for (unsigned k = 0; k < LETTERS; k++)
			letters[i * LETTERS + k].sender = i;
		pthread_create(&threads[i], NULL, send_letters, letters + i * LETTERS);
	}
	while (arrived < SENDERS * LETTERS)
		mailbox_run(&box, NULL);
	for (unsigned i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	mailbox_close(&box);
	free(letters);
}

/* 5 % of frames lost from a voiced sound: little of it is missing, and nothing cracks. */
Test(media_parts, concealment_goes_on_with_what_was)
{
	struct conceal c;
	static int16_t in[8000], out[8000];
	for (int i = 0; i < 8000; i++)
		in[i] =
		    (int16_t)(6000 * sin(2 * M_PI * 150 * i / 8000) + 3000 * sin(2 * M_PI * 450 * i / 8000));
	conceal_init(&c, 8000);
	int steepest = 0;
	for (int i = 0; i < 8000; i += 160) {
		if (i / 160 % 20 == 7) {
			conceal_make(&c, out + i, 160);
		} else {
			memcpy(out + i, in + i, 160 * sizeof *in);
			conceal_heard(&c, out + i, 160);
		}
	}
	for (int i = 1; i < 8000; i++)
		steepest = abs(out[i] - out[i - 1]) > steepest ? abs(out[i] - out[i - 1]) : steepest;
	cr_expect_float_eq(level(out, 8000, 150, 8000), level(in, 8000, 150, 8000), 0.5);
	cr_expect_lt(steepest, 2500, "%d", steepest);
	int16_t gone[800];
	conceal_make(&c, gone, 800);
	cr_expect(gone[0] != 0 || gone[1] != 0);
	cr_expect_eq(gone[799], 0, "after 60 ms it is silent");
}
