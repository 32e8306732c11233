/* sipline: as much of a SIP message's text as it takes to file it. Any text is taken; nothing is copied. */
#ifndef OFFHOOK_TRACE_SIPLINE_H
#define OFFHOOK_TRACE_SIPLINE_H

#include <stdbool.h>
#include <stddef.h>

/* A part of the text. */
struct sip_slice {
	const char *at; /* NULL: there is none */
	size_t size;
};

struct sipline {
	struct sip_slice method;  /* of the request, or that CSeq names */
	struct sip_slice call_id; /* never empty */
	struct sip_slice from_user, to_user, request_user;
	struct sip_slice phrase; /* of a response */
	int code;		 /* of a response; 0: a request */
	bool credentials;	 /* it may have some: a header whose name says so */
	size_t head;		 /* bytes before the body */
};

/* False: it is no SIP message, or has no Call-ID or CSeq. */
bool sipline_read(struct sipline *out, const char *text, size_t size);
bool sip_slice_is(const struct sip_slice *slice, const char *text);

/* The next line of `text` from *at on, without its end, continuation lines with it; *at moves behind it.
 * False: there is none, or it is the empty one that ends the head (*at is behind it then). */
bool sipline_next(const char *text, size_t size, size_t *at, struct sip_slice *line);
/* The value of a header line whose name is `name`, or, of one letter, `compact`. */
bool sipline_value(const struct sip_slice *line, const char *name, char compact, struct sip_slice *value);

#endif
