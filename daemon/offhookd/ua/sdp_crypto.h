/* sdp_crypto: a=crypto lines (RFC 4568), with the suites of RFC 4568, RFC 6188 and RFC 7714. Pure functions.
 */
#ifndef OFFHOOK_UA_SDP_CRYPTO_H
#define OFFHOOK_UA_SDP_CRYPTO_H

#include "daemon/offhookd/ua/sdp.h"

enum { UA_SDP_CRYPTO_TEXT = 128 };

/* Reads what stands behind "a=crypto:". Returns 0, or EINVAL for a line that is of no use to us, with *out
 * untouched: it is malformed; its suite is none of ours; it has several keys; it demands what we do not do
 * (RFC 4568 section 6.3: KDR, FEC_ORDER, FEC_KEY, all of UNENCRYPTED_…, UNAUTHENTICATED_SRTP, and whatever is
 * unknown and not marked by "-" as not needed). WSH and the lifetime are only looked at for their form: our
 * window is wide enough, and it is for the sender to come with a new key. */
int ua_sdp_crypto_parse(struct ua_sdp_crypto *out, const char *text) __attribute__((warn_unused_result));

/* Writes that. Returns its length, or −1 when it does not fit. */
int ua_sdp_crypto_print(const struct ua_sdp_crypto *crypto, char out[UA_SDP_CRYPTO_TEXT]);

#endif
