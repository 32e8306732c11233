/* sdp: session descriptions in our own words (RFC 8866, RFC 3264), with keys for SRTP (RFC 4568).
 *
 * A struct ua_sdp is the one audio stream that we take part in, and what else was offered, so that an answer
 * can decline it line by line. Plain data, no ownership; it may hold keys. */
#ifndef OFFHOOK_UA_SDP_H
#define OFFHOOK_UA_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { UA_SDP_CODECS_MAX = 16, UA_SDP_LINES_MAX = 24, UA_SDP_TEXT_MAX = 3072 };
enum { UA_SDP_CRYPTO_MAX = 8, UA_SDP_KEY_MAX = 46, UA_SDP_MKI_MAX = 8, UA_SDP_HOST_MAX = 128 };

struct ua_sdp_codec {
	char name[24]; /* as in rtpmap */
	unsigned clock_hz;
	unsigned channels;
	int pt;
	char fmtp[96]; /* "" for none */
};

/* An m-line of an offer, enough of it to decline it. */
struct ua_sdp_line {
	char media[16], proto[24], formats[23];
	bool ours; /* the one that we take */
};

/* a=crypto: the key of what its writer sends. */
struct ua_sdp_crypto {
	uint32_t tag;
	const char *suite; /* as in RFC 4568, RFC 6188, RFC 7714; static */
	uint8_t key_size, mki_size;
	uint8_t key[UA_SDP_KEY_MAX], mki[UA_SDP_MKI_MAX]; /* master key and salt */
};

/* An address that is given by name, to be looked up (RFC 8866 section 5.7). */
struct ua_sdp_name {
	char host[UA_SDP_HOST_MAX]; /* "": none */
	int family;
	uint16_t port, rtcp_port; /* rtcp_port 0: not said */
};

/* The same audio without encryption, as another line of the offer. */
struct ua_sdp_plain {
	bool there, feedback, rtcp_mux;
	size_t line;
	struct sockaddr_storage rtp, rtcp;
	struct ua_sdp_name name;
};

enum { UA_SDP_XR_RTT = 1, UA_SDP_XR_VOIP = 2, UA_SDP_XR_SUMMARY = 4 };

struct ua_sdp {
	struct sockaddr_storage rtp;  /* where its writer receives; AF_UNSPEC: at `name` */
	struct sockaddr_storage rtcp; /* from a=rtcp (RFC 3605); AF_UNSPEC: rtp's port + 1 */
	bool rtcp_mux;
	size_t codec_count;
	int dtmf_pt; /* telephone-event, −1: none */
	unsigned dtmf_clock_hz;
	int dtmf_other_pt; /* one more of another clock (RFC 4733 section 7.1.1), 0: none */
	unsigned dtmf_other_clock_hz;
	unsigned ptime_ms; /* 0: not said */
	unsigned xr;	   /* UA_SDP_XR_…: extended reports (RFC 3611) that its writer would like to have */
	bool send, receive; /* from the writer's side; both false: inactive */
	size_t line_count;
	uint64_t session_id; /* o= line */
	uint32_t version;
	bool savp, feedback; /* RTP/SAVP…, RTP/…F (RFC 4585) */
	size_t crypto_count;
	bool declined; /* its audio has port 0: as an offer within a call it means hold. It has no codecs then
			*/
	const char *trouble; /* why it cannot be used, as the end of a sentence; NULL: it can */

	/* The large ones stand last: sdp_kept leaves out what is not used of them. */
	struct ua_sdp_name name;
	struct ua_sdp_plain plain;			/* of an offer */
	struct ua_sdp_crypto crypto[UA_SDP_CRYPTO_MAX]; /* those that we can use, in the writer's order */
	struct ua_sdp_codec
	    codecs[UA_SDP_CODECS_MAX]; /* those that we know, in the writer's order, telephone-event apart */
	struct ua_sdp_line lines[UA_SDP_LINES_MAX]; /* of an offer; an answer repeats those of the offer */
};

/* What was passed over because it could not be read. */
struct ua_sdp_notes {
	unsigned count;
	char text[200]; /* "line 7: no m= that can be read; line 9: …": the first of them */
};

/* Reads `text`. What is not ours in it (other media, attributes, lines that nobody can read) is passed over;
 * `notes`, unless NULL, tells of what is broken. Returns 0; EBADMSG when it is no SDP or has more m-lines
 * than we can answer; ENOENT when it has no audio over RTP/AVP, AVPF, SAVP or SAVPF that is not declined
 * (lines are filled all the same): out->trouble says why then. Of several such lines it is, among those with
 * a codec of ours, the first with a key, else the first that is plain, else the first; a phone that would
 * like encryption may offer the same audio both ways. A line with DTLS-SRTP alone (RFC 5763) is none of ours.
 * A connection address of 0.0.0.0 or :: means that the writer does not want to receive (RFC 2543 hold). A
 * name in place of an address is left to be looked up. */
int ua_sdp_parse(struct ua_sdp *out, const char *text, size_t length, struct ua_sdp_notes *notes)
    __attribute__((warn_unused_result));

/* Takes the line without encryption, when there is one. */
void ua_sdp_use_plain(struct ua_sdp *sdp);
/* Wipes the keys. */
void ua_sdp_forget_keys(struct ua_sdp *sdp);

/* Writes it. With lines (an answer), every line is repeated, all but ours with port 0; without, one audio
 * line. Returns the length, or −1 when it does not fit. */
int ua_sdp_print(const struct ua_sdp *sdp, char *out, size_t size);

#endif
