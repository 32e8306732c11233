/* frame: where a SIP message ends in a stream of bytes (RFC 3261 section 18.3), found out before anything
 * else reads it.
 *
 * A connection gives us bytes; what they claim about their length is looked at here, strictly: one
 * Content-Length, decimal digits alone, within the limit. What follows a header section is read by what that
 * says, so that nobody can make us and sofia-sip see different messages in the same bytes. Line ends are CRLF
 * or LF; a CR alone is none, and neither that nor NUL may stand in a header section.
 *
 * Pure, and it remembers how far it has looked: bytes that trickle in are looked at once. */
#ifndef OFFHOOK_UA_FRAME_H
#define OFFHOOK_UA_FRAME_H

#include <stdbool.h>
#include <stddef.h>

enum {
	UA_FRAME_LINES_MAX = 1000, /* header lines of a message */
	UA_FRAME_PAUSE_MAX = 8,	   /* bytes of a keep-alive that are passed on at a time */
};

enum ua_frame_state {
	UA_FRAME_MORE,	/* the message is not there yet */
	UA_FRAME_WHOLE, /* it is, and ends at `length` */
	UA_FRAME_PAUSE, /* empty lines before a message: `length` bytes of keep-alive (RFC 5626) */
	UA_FRAME_BAD,	/* nothing that follows can be made sense of; see `code` and `why` */
};

/* Zeroed before the first look at a message. */
struct ua_frame {
	size_t scanned, line; /* bytes looked at; where the line begins that is being read */
	unsigned lines;
	size_t head;	 /* bytes of the header section with its empty line; 0: its end is not there yet */
	size_t length;	 /* of the message, known with its head */
	int code;	 /* to answer with: 400, 413, 513; 0: it is no SIP, say nothing */
	const char *why; /* in a few words */
};

/* Looks at text[0…size), the beginning of what has not been passed on. `max`: bytes that a message may have.
 */
enum ua_frame_state ua_frame_look(struct ua_frame *frame, const char *text, size_t size, size_t max);

/* The Content-Length of a header section (its first line too). Returns 1, 0 (there is none) or −1 (there are
 * several, or it is no number). A number too great for a size_t is SIZE_MAX. */
int ua_frame_content_length(const char *head, size_t size, size_t *out) __attribute__((warn_unused_result));

#endif
