/* pcapng: the messages of a trace (doc/control-protocol.md) as a capture file that Wireshark, tshark and
 * sngrep open (draft-ietf-opsawg-pcapng). Each message is one packet, in IP and UDP or TCP headers made for
 * it: what came by TLS is in clear, as UDP. RTP packets are there with their headers only, of their full
 * size; what was encrypted looks as if it were not. All are in the order of their times.
 *
 * Pure. `trace` is what call.trace answers; registrations are in it, too, and each packet's comment has the
 * id of its call. */
#ifndef OFFHOOK_LIB_PCAPNG_H
#define OFFHOOK_LIB_PCAPNG_H

#include <jansson.h>
#include <stddef.h>

/* The file, malloc'ed, with its size in *size; NULL without memory. */
char *pcapng_write(const json_t *trace, size_t *size);

#endif
