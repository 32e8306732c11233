/* sdp_reading: what the files that read a session description share; see sdp.h. */
#ifndef OFFHOOK_UA_SDP_READING_H
#define OFFHOOK_UA_SDP_READING_H

#include "daemon/offhookd/ua/sdp.h"
#include "daemon/offhookd/ua/sdp_text.h"

#include <netinet/in.h>

enum { SDP_PT_COUNT = 128, SDP_PORT_MAX = 65535 };

/* An address of a c= line. */
struct sdp_where {
	bool there;
	struct sockaddr_storage address; /* AF_UNSPEC: it is a name */
	struct ua_sdp_name name;
};

enum sdp_mode { SDP_MODE_NONE, SDP_MODE_INACTIVE, SDP_MODE_SENDONLY, SDP_MODE_RECVONLY, SDP_MODE_SENDRECV };

/* What stands for a payload type. */
struct sdp_map {
	char name[24];
	unsigned clock_hz, channels;
	struct sdp_span fmtp;
};

/* An m= line of audio that we may be able to take, and what has come for it so far. */
struct sdp_audio {
	struct ua_sdp sdp;
	unsigned port;
	uint8_t formats[SDP_PT_COUNT];
	size_t format_count;
	struct sdp_map maps[SDP_PT_COUNT];
	struct sdp_where where;
	struct sdp_span rtcp;
	enum sdp_mode mode;
	bool fingerprint, has_xr;
};

/* A description, as far as it has been read. */
struct sdp_reading {
	struct sdp_reader text;
	struct ua_sdp_notes *notes;
	struct ua_sdp *out;
	struct ua_sdp_line lines[UA_SDP_LINES_MAX];
	size_t line_count;
	uint64_t session_id;
	uint32_t version;
	int best, declined; /* indices of lines; −1: none */
	bool others;	    /* lines that are no audio for us, and not declined */
	bool has_version, too_many, dtls, unreadable, nowhere;
	bool in_media, in_audio;
	struct sdp_where where; /* of the session */
	enum sdp_mode mode;
	bool fingerprint;
	unsigned xr;
	struct sdp_audio audio;
};

/* sdp_where.c */
/* "IN IP4 192.0.2.1", with "/ttl" or not; a name is to be looked up (RFC 8866 section 5.7). False: it is
 * none. */
bool sdp_read_where(struct sdp_where *out, struct sdp_span value);
/* 0.0.0.0 or ::, by which one is put on hold. */
bool sdp_is_unspecified(const struct sockaddr_storage *a);

/* sdp_attribute.c: an a= line of the audio line, or of the session. */
void sdp_take_attribute(struct sdp_reading *r, struct sdp_span value);

/* sdp_audio.c: all of an audio line has been read; whether it is to be taken. Nothing without one. */
void sdp_finish_audio(struct sdp_reading *r);

/* sdp_read.c */
/* Keeps a word about the line that is being read, for the log. */
void sdp_note(struct sdp_reading *r, const char *what);

#endif
