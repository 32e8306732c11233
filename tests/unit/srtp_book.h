/* SRTP and SRTCP by the book: the formulas of RFC 3711 (checked with its appendix B), RFC 6188 and RFC 7714
 * written once more, on OpenSSL, for tests of what media/secure.c makes. */
#ifndef OFFHOOK_TESTS_SRTP_BOOK_H
#define OFFHOOK_TESTS_SRTP_BOOK_H

#include "media/media.h"

enum { SRTP_BOOK_SALT = 14 };

struct formula {
	bool gcm;
	size_t key_size, salt_size, rtp_tag, rtcp_tag;
	uint8_t master_key[32], master_salt[SRTP_BOOK_SALT];
};

/* Of a suite with its master key and salt. */
void formula_for(struct formula *f, enum media_srtp_suite suite, const struct media_srtp_key *key);
/* Seals a packet of `size` bytes in place, which has room for its tail; returns its size then. `roc`: the
 * rollover counter; `number`: of the SRTCP packet. */
size_t by_the_book_rtp(const struct formula *f, uint8_t *p, size_t size, uint32_t roc);
size_t by_the_book_rtcp(const struct formula *f, uint8_t *p, size_t size, uint32_t number);

#endif
