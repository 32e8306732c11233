/* a=crypto lines as phones write them (RFC 4568), the profiles that they stand under, and what we write. */
#include "daemon/offhookd/ua/sdp.h"
#include "daemon/offhookd/ua/sdp_crypto.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define HEAD  "v=0\r\no=- 123 7 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define KEY30 "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
#define KEY28 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="
#define KEY46 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLQ=="

static int parse(struct ua_sdp *out, const char *text)
{
	return ua_sdp_parse(out, text, strlen(text), NULL);
}

Test(sdp_crypto, reads_what_phones_write)
{
	struct ua_sdp_crypto c;

	cr_assert_eq(ua_sdp_crypto_parse(&c, "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30), 0);
	cr_assert_eq(c.tag, 1);
	cr_assert_str_eq(c.suite, "AES_CM_128_HMAC_SHA1_80");
	cr_assert_eq(c.key_size, 30);
	cr_assert_arr_eq(c.key, "YS___semctl () {\t220;}\n}\nunles", 30);
	cr_assert_eq(c.mki_size, 0);
	cr_assert_eq(ua_sdp_crypto_parse(&c, "0 AES_CM_128_HMAC_SHA1_32 inline:" KEY30 "|2^20"), 0);
	cr_assert_eq(c.tag, 0);
	cr_assert_eq(ua_sdp_crypto_parse(&c, "22 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^31|1:1"), 0);
	cr_assert_eq(c.mki_size, 1);
	cr_assert_eq(c.mki[0], 1);
	cr_assert_eq(ua_sdp_crypto_parse(&c, "3  AES_256_CM_HMAC_SHA1_80\tinline:" KEY46 "|1066:4"), 0);
	cr_assert_eq(c.key_size, 46);
	cr_assert_eq(c.key[45], 45);
	cr_assert_arr_eq(c.mki, "\0\0\4\x2a", 4);
	cr_assert_eq(ua_sdp_crypto_parse(&c, "4 aead_aes_128_gcm INLINE:" KEY28 " WSH=128 -NEW=1"), 0);
	cr_assert_eq(c.key[27], 27);
	cr_assert_eq(
	    ua_sdp_crypto_parse(&c, "4 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw"), 0,
	    "without its padding");
}

Test(sdp_crypto, leaves_lines_that_it_cannot_use)
{
	static const char *const bad[] = {
		"",
		"1",
		"1 AES_CM_128_HMAC_SHA1_80",
		"x AES_CM_128_HMAC_SHA1_80 inline:" KEY30,
		"-1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30,
		"1234567890 AES_CM_128_HMAC_SHA1_80 inline:" KEY30,
		"1 F8_128_HMAC_SHA1_80 inline:" KEY30,
		"1 AES_192_CM_HMAC_SHA1_80 inline:" KEY30,
		"1 AES_CM_128_HMAC_SHA1_80 uri:" KEY30,
		"1 AES_CM_128_HMAC_SHA1_80 inline:",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY28,
		"1 AES_256_CM_HMAC_SHA1_80 inline:" KEY30,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "AAAA",
		"1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGV!",
		"1 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw===",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^49",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|0",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|soon",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^20|1:0",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^20|1:9",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^20|256:1",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^20|1:1|1:1",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|2^20|1:4;inline:" KEY30 "|2^20|2:4",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " UNENCRYPTED_SRTP",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " UNENCRYPTED_SRTCP",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " UNAUTHENTICATED_SRTP",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " KDR=1",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " FEC_ORDER=FEC_SRTP",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " WSH=64 NEW=1",
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct ua_sdp_crypto c = { .tag = 77 };

		cr_assert_eq(ua_sdp_crypto_parse(&c, bad[i]), EINVAL, "%s", bad[i]);
		cr_assert_eq(c.tag, 77);
	}
}

Test(sdp_crypto, what_it_writes_it_reads)
{
	static const char *const lines[] = {
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30,
		"2 AES_256_CM_HMAC_SHA1_32 inline:" KEY46,
		"999999999 AEAD_AES_128_GCM inline:" KEY28,
	};

	for (size_t i = 0; i < 3; i++) {
		struct ua_sdp_crypto c;
		char text[UA_SDP_CRYPTO_TEXT];

		cr_assert_eq(ua_sdp_crypto_parse(&c, lines[i]), 0);
		cr_assert_eq((size_t)ua_sdp_crypto_print(&c, text), strlen(lines[i]));
		cr_assert_str_eq(text, lines[i]);
	}
}

Test(sdp_crypto, all_profiles_are_read_and_written)
{
	static const char *const protos[] = { "RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF" };

	for (size_t i = 0; i < 4; i++) {
		struct ua_sdp s;
		char text[UA_SDP_TEXT_MAX], line[64];

		snprintf(text, sizeof text,
			 HEAD "m=video 5000 %s 96\r\nm=audio 4000 %s 0\r\na=crypto:5 AES_CM_128_HMAC_SHA1_80 "
			      "inline:" KEY30 "\r\n",
			 protos[i], protos[i]);
		cr_assert_eq(parse(&s, text), 0, "%s", protos[i]);
		cr_assert_eq(s.savp, i >= 2);
		cr_assert_eq(s.feedback, i % 2 == 1);
		cr_assert_eq(s.crypto_count, 1);
		cr_assert_eq(s.crypto[0].tag, 5);
		cr_assert_eq(s.codec_count, 1);
		cr_assert_gt(ua_sdp_print(&s, text, sizeof text), 0);
		snprintf(line, sizeof line, "m=audio 4000 %s 0\r\n", protos[i]);
		cr_assert_not_null(strstr(text, line));
		snprintf(line, sizeof line, "m=video 0 %s 96\r\n", protos[i]);
		cr_assert_not_null(strstr(text, line), "declined in its own words");
		cr_assert_not_null(strstr(text, "a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "\r\n"));
	}
}

Test(sdp_crypto, of_two_lines_with_the_same_audio_the_encrypted_one_is_taken)
{
	static const char secure[] =
	    "m=audio 4000 RTP/SAVP 0 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "\r\n";
	static const char plain[] = "m=audio 4002 RTP/AVP 0 8\r\na=rtcp:4005\r\n";

	for (int order = 0; order < 2; order++) {
		struct ua_sdp s;
		char text[1024];

		snprintf(text, sizeof text, "%s%s%s", HEAD, order ? plain : secure, order ? secure : plain);
		cr_assert_eq(parse(&s, text), 0);
		cr_assert_eq(s.crypto_count, 1);
		cr_assert(s.savp && s.plain.there && s.lines[order].ours && !s.lines[!order].ours);
		cr_assert_eq(ntohs(((struct sockaddr_in *)&s.rtp)->sin_port), 4000);
		ua_sdp_use_plain(&s);
		cr_assert(!s.savp && s.crypto_count == 0 && s.lines[!order].ours && !s.lines[order].ours);
		cr_assert_eq(ntohs(((struct sockaddr_in *)&s.rtp)->sin_port), 4002);
		cr_assert_eq(ntohs(((struct sockaddr_in *)&s.rtcp)->sin_port), 4005);
	}
}

Test(sdp_crypto, a_plain_line_goes_before_an_encrypted_one_without_a_key_for_us)
{
	struct ua_sdp s;

	cr_assert_eq(parse(&s, HEAD "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 F8_128_HMAC_SHA1_80 inline:" KEY30
				    "\r\nm=audio 4002 RTP/AVP 8\r\n"),
		     0);
	cr_assert(!s.savp && s.lines[1].ours && !s.plain.there);
	cr_assert_str_eq(s.codecs[0].name, "PCMA");
	cr_assert_eq(
	    parse(&s, HEAD "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 F8_128_HMAC_SHA1_80 inline:" KEY30 "\r\n"),
	    0);
	cr_assert(s.savp && s.crypto_count == 0);
}

Test(sdp_crypto, more_lines_than_there_is_room_for)
{
	struct ua_sdp s;
	char text[4000] = HEAD "m=audio 4000 RTP/SAVP 0\r\na=crypto:9 NO_SUCH_SUITE inline:AAAA\r\n";

	for (int i = 0; i < 20; i++)
		strcat(text, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "\r\n");
	cr_assert_eq(parse(&s, text), 0);
	cr_assert_eq(s.crypto_count, UA_SDP_CRYPTO_MAX);
	ua_sdp_forget_keys(&s);
	cr_assert_eq(s.crypto[0].key[0], 0);
}
