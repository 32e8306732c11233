/* SDP as phones and carriers write it, and what we write back. */
#include "daemon/offhookd/ua/sdp.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static int parse(struct ua_sdp *out, const char *text)
{
	return ua_sdp_parse(out, text, strlen(text));
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
	cr_assert_eq(parse(&s, "v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\nc=IN IP4 phone.example\r\nt=0 0\r\nm=audio "
			       "4000 RTP/AVP 0\r\n"),
		     ENOENT);
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
	cr_assert_eq(ua_sdp_parse(&b, text, (size_t)n), 0);
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

Test(sdp, lines_that_are_not_fit_never_reach_the_parser)
{
	static const char head[] =
	    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";
	static const char *const bad[] = {
		"m=audio 400nt/8\xd0\xcf\xcf\xf2\xf5\x9e\xc2\x98mtp:101 0-15\r\n", /* made the parser take all
										      memory */
		"m=audio 4000 RTP/AVP\r\n",
		"m=audio RTP/AVP 0\r\n",
		"m=audio 4000/99999 RTP/AVP 0\r\n",
		"m=audio 4000000 RTP/AVP 0\r\n",
		"m= 4000 RTP/AVP 0\r\n",
		"nonsense\r\n",
	};
	static char many[40000];
	struct ua_sdp sdp;
	char text[600];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(text, sizeof text, "%s%s", head, bad[i]);
		cr_assert_eq(ua_sdp_parse(&sdp, text, strlen(text)), EBADMSG, "%zu", i);
	}
	snprintf(text, sizeof text, "%sz=1 2 3\r\nr=1 2 3\r\nk=x\r\nm=audio 4000 RTP/AVP 0 \r\n", head);
	cr_assert_eq(ua_sdp_parse(&sdp, text, strlen(text)), 0);
	strcpy(many, head);
	for (int i = 0; i < 3000; i++)
		strcat(many, "a=x:1\r\n");
	cr_assert_eq(ua_sdp_parse(&sdp, many, strlen(many)), EBADMSG);
}
