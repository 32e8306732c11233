/* sdp_clean: the lines of a session description that are fit to be parsed. Pure. */
#ifndef OFFHOOK_UA_SDP_CLEAN_H
#define OFFHOOK_UA_SDP_CLEAN_H

#include <stddef.h>

enum { UA_SDP_PROTOS_MAX = 32, UA_SDP_PROTO_SIZE = 24 };

/* The protocols of the m= lines, in their order. */
struct ua_sdp_protos {
	char names[UA_SDP_PROTOS_MAX][UA_SDP_PROTO_SIZE];
	size_t count;
};

/* Writes what is needed of `text` (v= o= s= c= t= m= a=), printable ASCII alone, with a NUL behind it. All
 * profiles of RTP are RTP/AVP in it; *protos has what they were. Returns its length; 0 when there is a bad m=
 * line, or more of something than anybody has. */
size_t ua_sdp_clean(char *out, size_t size, const char *text, size_t length, struct ua_sdp_protos *protos)
    __attribute__((warn_unused_result));

#endif
