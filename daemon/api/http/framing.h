/* framing: where the messages of a connection end (RFC 9112), decided before anybody else reads them.
 *
 * A scanner that is shown a client's bytes and says of each run of them: let it pass, leave it out, put
 * something simpler in its place, or refuse. What could be read in two ways is refused, so that whoever
 * parses behind it cannot come to another end of a message: line ends are CRLF, a length is one number, the
 * only transfer coding is chunked, with sizes in plain hexadecimal. Chunk extensions and trailers, which
 * nobody here asks for, are left out.
 *
 * It allocates nothing and knows no library; a connection has one. */
#ifndef OFFHOOK_API_FRAMING_H
#define OFFHOOK_API_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FRAMING_HEAD_MAX = 16 * 1024, /* bytes of a request line with its header lines, or of trailers */
	FRAMING_LINE_MAX = 8 * 1024,  /* bytes of one of those lines */
	FRAMING_FIELDS_MAX = 100,     /* header lines */
	FRAMING_CHUNK_LINE_MAX = 256, /* bytes of a line with the size of a chunk */
};

/* What to do with the first `size` of the bytes that were shown. */
enum framing_what {
	FRAMING_MORE,	 /* keep them, and show them again with what comes behind them */
	FRAMING_PASS,	 /* they are good */
	FRAMING_DROP,	 /* leave them out */
	FRAMING_REPLACE, /* `text` stands for them */
	FRAMING_REFUSE,	 /* an error: answer it; nothing behind it counts, all is dropped from now on */
};

struct framing_part {
	enum framing_what what;
	size_t size;
	char text[24];	 /* NUL-terminated */
	bool head;	 /* passed, it is the head of a request */
	bool within;	 /* refused, it is in the body of a request whose head has passed */
	int status;	 /* of the refusal: 400, 413, 414, 417, 431, 501, 505 */
	const char *why; /* of the refusal, one sentence, static */
};

/* Members are the scanner's alone. */
struct framing {
	uint8_t state;
	bool one_one, chunked, has_length, has_host, has_expect, upgrade, bodyless, refused_head;
	uint16_t fields;
	uint32_t line; /* where the line begins that is looked at */
	uint32_t seen; /* no line end before that */
	uint64_t left; /* bytes of a body or a chunk to come */
	uint64_t body; /* bytes of the chunks so far */
	uint64_t body_max;
};

/* `body_max` in bytes: a larger body is refused with 413, as soon as its size is known. */
void framing_init(struct framing *framing, uint64_t body_max);

/* Looks at what of the connection has not been decided upon. `data` of `size` > 0 begins with what was left
 * by FRAMING_MORE. `data` is not looked at, and may be NULL, while framing_counts(). */
void framing_next(struct framing *framing, const char *data, size_t size, struct framing_part *part);
/* Whether only the number of bytes counts for now. */
bool framing_counts(const struct framing *framing);

/* A request asked to go on in another protocol (Upgrade): what is behind it waits, FRAMING_MORE, until it is
 * known whether that is HTTP. */
bool framing_waits(const struct framing *framing);
/* It is HTTP. */
void framing_go_on(struct framing *framing);
/* It is not: all that follows passes. */
void framing_let_through(struct framing *framing);
bool framing_is_through(const struct framing *framing);

/* Whether the request that was refused last asked for the head of an answer alone (HEAD). */
bool framing_wants_head(const struct framing *framing);

#endif
