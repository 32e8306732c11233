/* sdp_private: what the files of sdp share. */
#ifndef OFFHOOK_UA_SDP_PRIVATE_H
#define OFFHOOK_UA_SDP_PRIVATE_H

#include "daemon/offhookd/ua/sdp.h"

enum { UA_SDP_XR_FORMATS = 3 };

/* Formats of a=rtcp-xr (RFC 3611 section 5.1). */
struct ua_sdp_xr_format {
	unsigned flag;
	const char *name, *value; /* what we write behind the name */
};
extern const struct ua_sdp_xr_format ua_sdp_xr_formats[UA_SDP_XR_FORMATS];

/* sdp.c: one more line that we could take, number `line` of the description; *best is the one so far, −1 for
 * none. */
void ua_sdp_weigh(struct ua_sdp *out, const struct ua_sdp *sdp, size_t line, int *best);

#endif
