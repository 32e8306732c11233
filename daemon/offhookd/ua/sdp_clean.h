/* sdp_clean: the lines of a session description that are fit to be parsed. Pure. */
#ifndef OFFHOOK_UA_SDP_CLEAN_H
#define OFFHOOK_UA_SDP_CLEAN_H

#include <stddef.h>

/* Writes what is needed of `text` (v= o= s= c= t= m= a=), printable ASCII alone, with a NUL behind it.
 * Returns its length; 0 when there is a bad m= line, or more of something than anybody has. */
size_t ua_sdp_clean(char *out, size_t size, const char *text, size_t length)
    __attribute__((warn_unused_result));

#endif
