/* SDP as phones and carriers write it, and what we write back. */
#include "daemon/offhookd/ua/sdp.h"
#include "daemon/offhookd/ua/sdp_kept.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static int parse(struct ua_sdp *out, const char *text)
{
	return ua_sdp_parse(out, text, strlen(text), NULL);
}

#define HEAD "v=0\r\no=- 123 7 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"

Test(sdp, reads_a_phones_offer)
{
	struct ua_sdp s;

	cr_assert_eq(parse(&s, HEAD "m=audio 4000 RTP/AVP 9 0 8 101\r\na=rtpmap:101 "
				    "telephone-event/8000\r\na=ptime:30\r\na=sendrecv\r\n"),
		     0);
	cr_assert_eq(s.codec_count, 3);
	cr_assert_str_eq(s.codecs[0].name, "G722");
	cr_assert_eq(s.codecs[0].clock_hz, 8000);
	cr_assert_str_eq(s.codecs[1].name, "PCMU");
	cr_assert_eq(s.codecs[1].pt, 0);
	cr_assert_eq(s.codecs[1].channels, 1);
	cr_assert_eq(s.dtmf_pt, 101);
	cr_assert_eq(s.ptime_ms, 30);
	cr_assert(s.send && s.receive);
	cr_assert_eq(ntohs(((struct sockaddr_in *)&s.rtp)->sin_port), 4000);
	cr_assert_eq(s.session_id, 123);
	cr_assert_eq(s.version, 7);
}

Test(sdp, takes_the_first_audio_and_keeps_the_rest_for_declining)
{
	struct ua_sdp s;
	char text[UA_SDP_TEXT_MAX];

	cr_assert_eq(parse(&s, HEAD
			   "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 4000 RTP/AVP 0\r\n"
			   "m=audio 4002 RTP/AVP 8\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"),
		     0);
	cr_assert_eq(s.line_count, 4);
	cr_assert_str_eq(s.codecs[0].name, "PCMU");
	cr_assert_gt(ua_sdp_print(&s, text, sizeof text), 0);
	cr_assert_not_null(strstr(text, "m=video 0 RTP/AVP 96\r\nm=audio 4000 RTP/AVP 0\r\n"));
	cr_assert_not_null(strstr(text, "m=audio 0 RTP/AVP 8\r\n"));
	cr_assert_not_null(strstr(text, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
}

Test(sdp, an_rtpmap_without_a_rate_is_passed_over)
{
	struct ua_sdp s;

	cr_assert_eq(parse(&s, HEAD "m=audio 4000 RTP/AVP 0 12\r\na=rtpmap:12 LPC\r\nm=video 3227 RTP/AVP "
				    "31\r\na=rtpmap:31 LPC\r\n"),
		     0);
	cr_assert_str_eq(s.codecs[0].name, "PCMU");
	cr_assert_eq(s.line_count, 2);
}

Test(sdp, knows_both_ways_of_hold)
{
	struct ua_sdp s;

	cr_assert_eq(parse(&s, HEAD "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n"), 0);
	cr_assert(s.send && !s.receive);
	cr_assert_eq(parse(&s, "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio "
			       "4000 RTP/AVP 0\r\n"),
		     0);
	cr_assert(!s.receive);
}

Test(sdp, refuses_what_it_cannot_speak)
{
	struct ua_sdp s;

	cr_assert_eq(parse(&s, HEAD "m=audio 0 RTP/AVP 0\r\n"), ENOENT);
	cr_assert_eq(parse(&s, HEAD "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n"), ENOENT);
	cr_assert_eq(parse(&s, HEAD "m=video 4000 RTP/AVP 96\r\n"), ENOENT);
	cr_assert_eq(parse(&s, "garbage"), EBADMSG);
	cr_assert_eq(parse(&s, ""), EBADMSG);
}

Test(sdp, reads_rtcp_and_its_mux)
{
	struct ua_sdp s;

	cr_assert_eq(parse(&s, HEAD "m=audio 4000 RTP/AVP 0\r\na=rtcp:4777\r\na=rtcp-mux\r\n"), 0);
	cr_assert(s.rtcp_mux);
	cr_assert_eq(ntohs(((struct sockaddr_in *)&s.rtcp)->sin_port), 4777);
	cr_assert_eq(((struct sockaddr_in *)&s.rtcp)->sin_addr.s_addr, inet_addr("192.0.2.1"));
}

Test(sdp, extended_reports_that_are_wanted)
{
	struct ua_sdp s;
	char text[UA_SDP_TEXT_MAX];

	cr_assert_eq(parse(&s, HEAD "m=audio 4000 RTP/AVP 0\r\n"), 0);
	cr_assert_eq(s.xr, 0);
	cr_assert_eq(parse(&s, HEAD
			   "m=audio 4000 RTP/AVP 0\r\n"
			   "a=rtcp-xr:pkt-loss-rle=80  rcvr-rtt=sender:40 voip-metrics-not voip-metrics\r\n"),
		     0);
	cr_assert_eq(s.xr, UA_SDP_XR_RTT | UA_SDP_XR_VOIP);
	cr_assert_gt(ua_sdp_print(&s, text, sizeof text), 0);
	cr_assert_not_null(strstr(text, "\r\na=rtcp-xr:rcvr-rtt=all voip-metrics\r\n"));
	cr_assert_eq(parse(&s, HEAD "a=rtcp-xr:stat-summary=loss,dup\r\nm=audio 4000 RTP/AVP 0\r\n"), 0);
	cr_assert_eq(s.xr, UA_SDP_XR_SUMMARY, "of the whole session");
	cr_assert_eq(parse(&s, HEAD "m=audio 4000 RTP/AVP 0\r\na=rtcp-xr\r\n"), 0);
	cr_assert_eq(s.xr, 0);
}

Test(sdp, what_it_writes_it_reads)
{
	struct ua_sdp a, b;
	char text[UA_SDP_TEXT_MAX];
	int n;

	cr_assert_eq(
	    parse(&a, HEAD
		  "m=audio 4000 RTP/AVP 96 0 97\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n"
		  "a=rtpmap:97 telephone-event/48000\r\na=recvonly\r\n"),
	    0);
	cr_assert_eq(a.dtmf_clock_hz, 48000);
	n = ua_sdp_print(&a, text, sizeof text);
	cr_assert_gt(n, 0);
	cr_assert_eq((size_t)n, strlen(text));
	cr_assert_eq(ua_sdp_parse(&b, text, (size_t)n, NULL), 0);
	cr_assert_eq(b.codec_count, 2);
	cr_assert_str_eq(b.codecs[0].name, "opus");
	cr_assert_eq(b.codecs[0].channels, 2);
	cr_assert_str_eq(b.codecs[0].fmtp, "useinbandfec=1");
	cr_assert(!b.send && b.receive);
	cr_assert_eq(ua_sdp_print(&a, text, 40), -1, "too small a buffer is an error");
}

Test(sdp, ipv6)
{
	struct ua_sdp s;
	char text[UA_SDP_TEXT_MAX];

	cr_assert_eq(
	    parse(&s,
		  "v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"),
	    0);
	cr_assert_eq(s.rtp.ss_family, AF_INET6);
	cr_assert_gt(ua_sdp_print(&s, text, sizeof text), 0);
	cr_assert_not_null(strstr(text, "c=IN IP6 ::1\r\n"));
}

/* What is no line of the audio's is no reason to lose the call. PCMU at 4000 must come out of each. */
static const char *const taken[] = {
	HEAD "m=audio 4000 RTP/AVP 0 \r\n",
	HEAD "m=audio 4000/2 RTP/AVP 0\r\n",
	HEAD "m=audio  4000\tRTP/AVP \t 0\r\n",
	HEAD "m=audio 4000 rtp/avp 0\r\n",
	HEAD "m=audio 4000 RTP/AVP 0 255 128 x 0\r\n",
	HEAD "m=audio 4000 RTP/AVP 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 0\r\n",
	HEAD "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000/\r\n",
	HEAD "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0\tPCMU/8000\r\na=rtpmap:x\r\na=rtpmap:\r\n",
	HEAD "m=audio 4000 RTP/AVP 0\r\na=\r\na=:\r\na\r\nnonsense\r\n a=sendrecv\r\nz\r\n",
	HEAD "z=1 2 3\r\nr=1 2 3\r\nk=x\r\nb=AS:x\r\nm=audio 4000 RTP/AVP 0\r\nb=\r\n",
	HEAD
	"m=video 0 RTP/AVP\r\nm=audio 4000 RTP/AVP 0\r\nm=audio 0 RTP/AVP\r\nm=application 9 TCP/MRCPv2\r\n",
	HEAD "m=video 5000 RTP/AVP 255 128 - * H264\r\nm=audio 4000 RTP/AVP 0\r\n",
	HEAD "m=video -1 RTP/AVP 97\r\nm=video $ RTP/AVP 97\r\nm=video\r\nm=\r\nm=audio 4000 RTP/AVP 0\r\n",
	HEAD "m=audio 4000 RTP/AVP 0\r\nm=video 5000 RTP/AVP 97\r\nc=IN IP4 \r\nc=x\r\na=sendonly\r\n",
	HEAD "m=video 5000 RTP/AVP 97\r\na=inactive\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n",
	HEAD "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\nm=audio 4000 RTP/AVP 0\r\n",
	HEAD "m=audio 4000 RTP/AVP 0\r\na=fingerprint:sha-256 AA:BB\r\na=setup:actpass\r\n",
	HEAD "m=1 1 x 1\r\nm=2 1 x 1\r\nm=3 1 x 1\r\nm=4 1 x 1\r\nm=5 1 x 1\r\nm=6 1 x 1\r\nm=7 1 x 1\r\nm=8 "
	     "1 x 1\r\n"
	     "m=audio 4000 RTP/AVP 0\r\n",
	("v=0\r\no=My Phone 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 "
	 "RTP/AVP 0\r\n"),
	"v=0\r\no=\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n",
	"v=0\r\no=- 2026x 3.5 IN IP4\r\nc=IN IP4 192.0.2.1/127\r\nm=audio 4000 RTP/AVP 0\r\n",
	"\r\nv=0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN\tIP4  192.0.2.1 \r\n",
	"m=audio 4000 RTP/AVP 0\nc=IN IP4 192.0.2.1\n",
	"v=0\rc=IN IP4 192.0.2.1\rm=audio 4000 RTP/AVP 0\r",
};

Test(sdp, what_is_not_ours_is_passed_over)
{
	struct ua_sdp s;
	char out[UA_SDP_TEXT_MAX];

	for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
		const struct sockaddr_in *rtp = (const struct sockaddr_in *)&s.rtp;

		cr_assert_eq(parse(&s, taken[i]), 0, "%zu: %s", i, s.trouble);
		cr_assert_eq(s.codec_count, 1, "%zu", i);
		cr_assert_str_eq(s.codecs[0].name, "PCMU", "%zu", i);
		cr_assert_eq(ntohs(rtp->sin_port), 4000, "%zu", i);
		cr_assert_eq(rtp->sin_addr.s_addr, inet_addr("192.0.2.1"), "%zu", i);
		cr_assert(s.send && s.receive, "%zu", i);
		cr_assert_gt(ua_sdp_print(&s, out, sizeof out), 0, "%zu", i);
	}
}

Test(sdp, long_lists_and_long_lines)
{
	char text[8000] = HEAD "m=audio 4000 RTP/AVP", *at = text + strlen(text);
	struct ua_sdp s;

	for (int pt = 127; pt >= 0; pt--)
		at += sprintf(at, " %d", pt);
	at += sprintf(at, "\r\na=rtpmap:100 telephone-event/8000\r\na=key-mgmt:mikey ");
	memset(at, 'A', 4000);
	strcpy(at + 4000, "\r\na=ptime:30\r\n");
	cr_assert_eq(parse(&s, text), 0);
	cr_assert_str_eq(s.codecs[s.codec_count - 1].name, "PCMU");
	cr_assert_eq(s.dtmf_pt, 100);
	cr_assert_eq(s.ptime_ms, 30);
}

Test(sdp, declined_lines_have_a_format_and_no_odd_character)
{
	struct ua_sdp s;
	char out[UA_SDP_TEXT_MAX];

	cr_assert_eq(
	    parse(&s, HEAD "m=video 0 RTP/AVP\r\nm=a\x01\xffz x\r\nm=audio 4000 RTP/AVP 0\r\nm=\r\n"), 0);
	cr_assert_gt(ua_sdp_print(&s, out, sizeof out), 0);
	cr_assert_not_null(
	    strstr(out, "m=video 0 RTP/AVP 0\r\nm=a__z 0 RTP/AVP 0\r\nm=audio 4000 RTP/AVP 0\r\n"));
	cr_assert_not_null(strstr(out, "m=audio 0 RTP/AVP 0\r\n"));
}

Test(sdp, says_why_it_cannot_be_used)
{
	static const struct {
		const char *text;
		int err;
		const char *trouble;
	} cases[] = {
		{ "", EBADMSG, "no session description" },
		{ "garbage", EBADMSG, "no session description" },
		{ HEAD, ENOENT, "no session description" },
		{ HEAD "m=video 4000 RTP/AVP 96\r\n", ENOENT, "no audio" },
		{ HEAD "m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n", ENOENT, "DTLS" },
		{ HEAD "m=audio 4000 RTP/SAVP 0\r\na=fingerprint:sha-256 AA\r\n", ENOENT, "DTLS" },
		{ HEAD "a=fingerprint:sha-256 AA\r\nm=audio 4000 RTP/SAVPF 0\r\n", ENOENT, "DTLS" },
		{ HEAD "m=audio 0 RTP/AVP 0\r\n", ENOENT, "port 0" },
		{ HEAD "m=audio $ RTP/AVP 0\r\n", ENOENT, "cannot be read" },
		{ HEAD "m=audio 65536 RTP/AVP 0\r\n", ENOENT, "cannot be read" },
		{ HEAD "m=audio RTP/AVP 0\r\n", ENOENT, "cannot be read" },
		{ HEAD "m=audio 400nt/8\xd0\xcf mtp:101 0-15\r\n", ENOENT, "cannot be read" },
		{ "v=0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 ???\r\n", ENOENT, "no address" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ua_sdp s;

		cr_assert_eq(parse(&s, cases[i].text), cases[i].err, "%zu", i);
		cr_assert_not_null(s.trouble, "%zu", i);
		cr_assert_not_null(strstr(s.trouble, cases[i].trouble), "%zu: %s", i, s.trouble);
	}
}

Test(sdp, tells_what_it_passed_over)
{
	static const char text[] = HEAD "m=audio 4000 RTP/AVP 0 300\r\nnonsense\r\nm=video $ RTP/AVP 97\r\n"
					"c=x\r\na=rtpmap:x\r\n";
	struct ua_sdp_notes notes;
	struct ua_sdp s;

	cr_assert_eq(ua_sdp_parse(&s, text, strlen(text), &notes), 0);
	cr_assert_eq(notes.count, 3, "what belongs to other media is not looked at: %s", notes.text);
	cr_assert_str_eq(notes.text, "line 6: a format that is no payload type; line 7: no line of a "
				     "description; line 8: no m= that can be read");
	cr_assert_eq(ua_sdp_parse(&s, taken[0], strlen(taken[0]), &notes), 0);
	cr_assert_eq(notes.count, 0);
}

Test(sdp, a_name_in_place_of_an_address_is_left_to_be_looked_up)
{
	struct ua_sdp s;

	cr_assert_eq(
	    parse(&s, "v=0\r\nc=IN IP4 media-1.phone.example\r\nm=audio 4000 RTP/AVP 0\r\na=rtcp:4007\r\n"),
	    0);
	cr_assert_eq(s.rtp.ss_family, AF_UNSPEC);
	cr_assert_str_eq(s.name.host, "media-1.phone.example");
	cr_assert_eq(s.name.family, AF_INET);
	cr_assert_eq(s.name.port, 4000);
	cr_assert_eq(s.name.rtcp_port, 4007);
	cr_assert(s.send && s.receive);
	cr_assert_eq(parse(&s, "v=0\r\nc=IN IP6 gw\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP6 [::1]\r\n"), 0);
	cr_assert_eq(s.rtp.ss_family, AF_INET6);
	cr_assert_str_eq(s.name.host, "");
}

Test(sdp, port_0_is_told_of)
{
	struct ua_sdp s;
	char out[UA_SDP_TEXT_MAX];

	cr_assert_eq(parse(&s, HEAD "m=video 0 RTP/AVP 97\r\nm=audio 0 RTP/AVP 0\r\n"), ENOENT);
	cr_assert(s.declined && s.lines[1].ours);
	s.rtp.ss_family = AF_INET;
	cr_assert_gt(ua_sdp_print(&s, out, sizeof out), 0);
	cr_assert_not_null(strstr(out, "m=audio 0 RTP/AVP"));
	cr_assert_eq(parse(&s, HEAD "m=audio 0 RTP/AVP 0\r\nm=audio 4000 RTP/AVP 0\r\n"), 0);
	cr_assert_not(s.declined);
}

Test(sdp, more_than_anybody_has)
{
	static char many[40000];
	struct ua_sdp sdp;

	strcpy(many, HEAD "m=audio 4000 RTP/AVP 0\r\n");
	for (int i = 0; i < 3000; i++)
		strcat(many, "a=x:1\r\n");
	cr_assert_eq(parse(&sdp, many), 0);
	for (int i = 0; i < 2000; i++)
		strcat(many, "a=x:1\r\n");
	cr_assert_eq(parse(&sdp, many), EBADMSG);
	strcpy(many, HEAD "m=audio 4000 RTP/AVP 0\r\n");
	for (int i = 0; i < UA_SDP_LINES_MAX; i++)
		strcat(many, "m=video 5000 RTP/AVP 97\r\n");
	cr_assert_eq(parse(&sdp, many), EBADMSG);
	cr_assert_not_null(strstr(sdp.trouble, "media lines"));
}

Test(sdp, kept_is_what_it_was)
{
	static const char *const texts[] = {
		HEAD "m=audio 4000 RTP/AVP 0\r\n",
		HEAD "m=video 5000 RTP/AVP 97\r\nm=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 "
		     "telephone-event/8000\r\n"
		     "a=fmtp:101 0-15\r\nm=image 0 udptl t38\r\n",
		HEAD "m=audio 4002 RTP/SAVP 0\r\n"
		     "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
		     "m=audio 4000 RTP/AVP 0\r\n",
		HEAD "c=IN IP4 phone.example\r\nm=audio 4000 RTP/AVP 0\r\n",
	};
	struct ua_sdp_kept *kept = NULL;
	struct ua_sdp sdp, again;

	ua_sdp_recall(NULL, &again);
	cr_assert_eq(again.codec_count + again.line_count + again.crypto_count, 0);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		memset(&sdp, 0, sizeof sdp);
		cr_assert_eq(parse(&sdp, texts[i]), 0);
		cr_assert_eq(ua_sdp_keep(&kept, &sdp), 0);
		ua_sdp_recall(kept, &again);
		cr_assert_eq(again.codec_count, sdp.codec_count);
		cr_assert_eq(again.line_count, sdp.line_count);
		cr_assert_eq(again.crypto_count, sdp.crypto_count);
		cr_assert_arr_eq(again.codecs, sdp.codecs, sdp.codec_count * sizeof *sdp.codecs);
		cr_assert_arr_eq(again.lines, sdp.lines, sdp.line_count * sizeof *sdp.lines);
		cr_assert_arr_eq(again.crypto, sdp.crypto, sdp.crypto_count * sizeof *sdp.crypto);
		cr_assert_str_eq(again.name.host, sdp.name.host);
		cr_assert_eq(again.plain.there, sdp.plain.there);
		cr_assert_arr_eq(&again.rtp, &sdp.rtp, sizeof sdp.rtp);
	}
	cr_assert(sdp.name.host[0]);
	ua_sdp_drop(kept);
}
