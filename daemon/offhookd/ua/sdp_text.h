/* sdp_text: the lines and words of a session description (RFC 8866), as tolerant as can be: what is wrong
 * with one line is no reason to lose the others. Pure; nothing is copied, spans point into the text. */
#ifndef OFFHOOK_UA_SDP_TEXT_H
#define OFFHOOK_UA_SDP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct sdp_span {
	const char *at, *end;
};

/* Where reading is. Begin with {.at, .end} of the text, and zeros. */
struct sdp_reader {
	const char *at, *end;
	unsigned line; /* number of the line that was read last, from 1 */
};

/* "x=value"; blanks around it do not count. type 0: it is none of that kind. */
struct sdp_line {
	char type;
	struct sdp_span value;
};

/* Reads the next line that is not empty, ended by CR, LF or both. False at the end, which a NUL is too. */
bool sdp_next_line(struct sdp_reader *reader, struct sdp_line *out);

/* Takes the next word, without the blanks before it; they may be spaces or tabs, as many as there are. False:
 * there is none. */
bool sdp_next_word(struct sdp_span *from, struct sdp_span *out);

size_t sdp_length(struct sdp_span s);
bool sdp_is(struct sdp_span s, const char *text); /* without regard to case */
/* Whether it begins with `text`, in any case. */
bool sdp_begins(struct sdp_span s, const char *text);
/* All of it as a decimal number of at most `max`; −1: it is none. */
long sdp_number(struct sdp_span s, long max);
/* Copies it, cut at the size. */
void sdp_copy(char *out, size_t size, struct sdp_span s);
/* Takes off the part up to `c`, and `c`; all of it when there is none. Returns that part. */
struct sdp_span sdp_cut(struct sdp_span *s, char c);

#endif
