/* SRTP and SRTCP as anybody may send them to a session with keys: nothing may be taken for genuine that is
 * not, and what is sealed is opened as it was. The first byte chooses the suite, RTP or RTCP, and a key
 * identifier. */
#include "media/rtp.h"
#include "media/secure.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SSRC = 0x01020304 };

/* A packet with `text` in it. */
static size_t dress(uint8_t *p, bool rtcp, const uint8_t *text, size_t size)
{
	size_t head = rtcp ? 8 : RTP_HEADER;
	memset(p, 0, head);
	p[0] = 0x80;
	p[1] = rtcp ? 200 : 0;
	put32(p + head - 4, SSRC);
	memcpy(p + head, text, size);
	return head + size;
}

static bool opens(struct secure *s, bool rtcp, uint8_t *p, size_t *size)
{
	return (rtcp ? secure_open_rtcp(s, p, size) : secure_open_rtp(s, p, size)) == SECURE_GOOD;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t raw[RTP_PACKET_MAX], sealed[RTP_PACKET_MAX + SECURE_TRAILER], plain[RTP_PACKET_MAX];
	struct secure *open, *seal, *named, *fresh;
	if (size < 1 || size > RTP_PACKET_MAX - RTP_HEADER)
		return 0;
	enum media_srtp_suite suite =
	    (enum media_srtp_suite)(1 + (data[0] & 7) % MEDIA_SRTP_AEAD_AES_256_GCM);
	bool rtcp = data[0] & 8;
	struct media_srtp_key key = { .bytes = { 1, 2, 3 } }, with_name = key;
	with_name.mki_size = (uint8_t)(1 + (data[0] >> 4 & 7));
	if (secure_alloc_receiver(&open, suite, &key) || secure_alloc_sender(&seal, suite, &key, SSRC) ||
	    secure_alloc_receiver(&named, suite, &with_name) || secure_alloc_receiver(&fresh, suite, &key))
		abort();
	size_t n = size - 1;
	if (data[0] & 0x80) /* whether it may begin anew */
		secure_free(secure_expect_restart(open, fresh));
	else
		secure_free(fresh);
	memcpy(raw, data + 1, n);
	if (opens(open, rtcp, raw,
		  &n)) /* nobody guesses a tag of 80 bits; one of 32 is found in no test either */
		abort();
	memcpy(raw, data + 1, n = size - 1);
	if (opens(named, rtcp, raw, &n))
		abort();
	n = dress(sealed, rtcp, data + 1, size - 1);
	memcpy(plain, sealed, n);
	size_t before = n;
	if (!(rtcp ? secure_seal_rtcp(seal, sealed, &n) : secure_seal_rtp(seal, sealed, &n)) ||
	    n > before + SECURE_TRAILER || !opens(open, rtcp, sealed, &n) || n != before ||
	    memcmp(plain, sealed, n) != 0)
		abort();
	secure_free(open);
	secure_free(seal);
	secure_free(named);
	return 0;
}
