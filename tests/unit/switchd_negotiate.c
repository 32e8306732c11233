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
