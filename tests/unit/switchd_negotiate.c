/* Offers and answers (RFC 3264). */
#include "daemon/offhookd/call/negotiate.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static struct ua_sdp sdp_with(const char *const names[], const int pts[], size_t n)
{
	struct ua_sdp s = {
		.dtmf_pt = 101, .dtmf_clock_hz = 8000, .send = true, .receive = true, .codec_count = n
	};

	s.rtp.ss_family = AF_INET;
	for (size_t i = 0; i < n; i++) {
		strcpy(s.codecs[i].name, names[i]);
		s.codecs[i].clock_hz = 8000;
		s.codecs[i].channels = 1;
		s.codecs[i].pt = pts[i];
	}
	return s;
}

Test(negotiate, the_offer_follows_the_caller)
{
	struct ua_sdp caller = sdp_with((const char *[]){ "G729", "PCMA", "PCMU" }, (int[]){ 18, 8, 0 }, 3),
		      offer = { 0 };

	negotiate_offer(&offer, NULL, &caller);
	cr_assert_str_eq(offer.codecs[0].name, "PCMA");
	cr_assert_str_eq(offer.codecs[1].name, "PCMU");
	cr_assert_eq(offer.dtmf_pt, 101);
	for (size_t i = 0; i < offer.codec_count; i++)
		for (size_t j = 0; j < i; j++)
			cr_assert_neq(offer.codecs[i].pt, offer.codecs[j].pt);
}

Test(negotiate, the_offer_holds_only_what_is_allowed)
{
	char *items[] = { "PCMU" };
	struct conf_strings allowed = { items, 1 };
	struct ua_sdp caller = sdp_with((const char *[]){ "PCMA", "PCMU" }, (int[]){ 8, 0 }, 2),
		      offer = { 0 };

	negotiate_offer(&offer, &allowed, &caller);
	cr_assert_eq(offer.codec_count, 1);
	cr_assert_str_eq(offer.codecs[0].name, "PCMU");
}

Test(negotiate, the_answer_prefers_the_other_legs_codec)
{
	struct ua_sdp offer = sdp_with((const char *[]){ "PCMU", "PCMA" }, (int[]){ 0, 8 }, 2),
		      answer = { 0 };
	struct media_remote stream;

	cr_assert_eq(negotiate_answer(&answer, &stream, &offer, NULL, media_codec_find("PCMA", 8000)), 0);
	cr_assert_eq(answer.codec_count, 1);
	cr_assert_eq(answer.codecs[0].pt, 8);
	cr_assert_eq(stream.pt, 8);
	cr_assert_eq(stream.ptime_ms, 20);
	cr_assert_eq(stream.dtmf_pt, 101);
	cr_assert_eq(negotiate_answer(&answer, &stream, &offer, NULL, NULL), 0);
	cr_assert_eq(answer.codecs[0].pt, 0);
}

Test(negotiate, extended_reports_are_answered_and_not_asked_for)
{
	struct ua_sdp offer = sdp_with((const char *[]){ "PCMU" }, (int[]){ 0 }, 1), answer = { 0 };
	struct media_remote stream;

	cr_assert_eq(negotiate_answer(&answer, &stream, &offer, NULL, NULL), 0);
	cr_assert_eq(answer.xr, 0);
	cr_assert_eq(stream.xr, 0);
	offer.xr = UA_SDP_XR_VOIP | UA_SDP_XR_RTT;
	cr_assert_eq(negotiate_answer(&answer, &stream, &offer, NULL, NULL), 0);
	cr_assert_eq(answer.xr, offer.xr);
	cr_assert_eq(stream.xr, (unsigned)MEDIA_XR_VOIP | MEDIA_XR_RTT);
}

Test(negotiate, nothing_in_common)
{
	struct ua_sdp offer = sdp_with((const char *[]){ "G729", "GSM" }, (int[]){ 18, 3 }, 2),
		      answer = { 0 };
	struct media_remote stream;

	cr_assert_eq(negotiate_answer(&answer, &stream, &offer, NULL, NULL), ENOENT);
}

Test(negotiate, directions_are_mirrored)
{
	struct ua_sdp offer = sdp_with((const char *[]){ "PCMU" }, (int[]){ 0 }, 1), answer = { 0 };
	struct media_remote stream;

	offer.receive = false; /* the far end holds us */
	cr_assert_eq(negotiate_answer(&answer, &stream, &offer, NULL, NULL), 0);
	cr_assert(!answer.send && answer.receive);
	cr_assert(!stream.send && stream.receive);
}

Test(negotiate, an_answer_with_a_codec_we_did_not_offer_is_no_answer)
{
	struct ua_sdp offer = { 0 }, answer = sdp_with((const char *[]){ "PCMA" }, (int[]){ 8 }, 1);
	char *items[] = { "PCMU" };
	struct conf_strings allowed = { items, 1 };
	struct media_remote stream;

	negotiate_offer(&offer, &allowed, NULL);
	cr_assert_eq(negotiate_accept(&stream, &offer, &answer), ENOENT);
	strcpy(answer.codecs[0].name, "PCMU");
	answer.codecs[0].pt = 0;
	cr_assert_eq(negotiate_accept(&stream, &offer, &answer), 0);
	cr_assert_eq(stream.codec, media_codec_find("PCMU", 8000));
}

static const struct media_format *format(const struct media_remote *stream, unsigned pt)
{
	for (unsigned i = 0; i < stream->format_count; i++)
		if (stream->formats[i].pt == pt)
			return &stream->formats[i];
	return NULL;
}

Test(negotiate, what_may_come_goes_by_the_numbers_of_our_description)
{
	struct ua_sdp offer = { 0 },
		      answer = sdp_with((const char *[]){ "PCMA", "opus" }, (int[]){ 8, 111 }, 2);
	struct media_remote stream;

	negotiate_offer(&offer, NULL, NULL);
	answer.codecs[1].clock_hz = 48000;
	answer.codecs[1].channels = 2;
	answer.dtmf_pt = 110;
	cr_assert_eq(negotiate_accept(&stream, &offer, &answer), 0);
	for (size_t i = 0; i < offer.codec_count; i++) {
		const struct media_format *f = format(&stream, (unsigned)offer.codecs[i].pt);

		cr_assert(f && f->codec, "%s was offered", offer.codecs[i].name);
		cr_expect_str_eq(f->codec->name, offer.codecs[i].name);
	}
	cr_assert(format(&stream, 111), "the far end's own number");
	cr_expect_eq(format(&stream, 111)->codec, media_codec_find("opus", 0));
	cr_expect_eq(format(&stream, 8)->send_pt, 8);
	cr_expect_eq(format(&stream, 0)->send_pt, -1, "it takes no PCMU");
	for (unsigned pt = 101; pt <= 110; pt += pt == 102 ? 8 : 1) {
		cr_assert(format(&stream, pt), "%u", pt);
		cr_expect_null(format(&stream, pt)->codec);
	}
	cr_expect_eq(format(&stream, 102)->clock_hz, 48000);
	negotiate_forget_events(&stream);
	cr_expect_null(format(&stream, 101));
	cr_expect(format(&stream, 0));
}

Test(negotiate, a_list_offers_its_codecs_at_each_of_their_rates)
{
	char *items[] = { "L16" };
	struct conf_strings allowed = { items, 1 };
	struct ua_sdp offer = { 0 };

	negotiate_offer(&offer, &allowed, NULL);
	cr_assert_eq(offer.codec_count, 2);
	cr_expect_neq(offer.codecs[0].clock_hz, offer.codecs[1].clock_hz);
	cr_expect_neq(offer.codecs[0].pt, offer.codecs[1].pt);
}
