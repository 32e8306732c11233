/* hearing: servers that hear what callers say: which one a language has, what it is asked for, and what its
 * answers mean.
 *
 * The protocol is that of custom speech recognisers as others speak it, too: over a WebSocket with
 * "Authorization: Bearer KEY" go a text {"type":"start","language","format":"raw","encoding":"LINEAR16",
 * "sampleRateHz","interimResults","options"}, binary messages of audio, and at the end {"type":"stop"}; back
 * come {"type":"transcription","is_final","alternatives":[{"transcript","confidence"}]} and
 * {"type":"error","error"}, and the server closes. */
#ifndef OFFHOOK_API_HEARING_H
#define OFFHOOK_API_HEARING_H

#include "lib/conf.h"

#include <jansson.h>

/* The text that ends a request: what was heard until then is told. */
extern const char hearing_stop[];

/* The server for a language; that for all, if there is one; NULL: nobody hears it. */
const struct conf_speech *hearing_find(const struct conf *conf, const char *language);

struct hearing_wish {
	const char *language;
	const char *hints; /* words and phrases with commas between, or NULL */
	bool profanity_filter;
};
/* New: params of call.stream that have the far end's audio heard, but for the call and the stream's id; NULL
 * without memory. */
json_t *hearing_params(const struct conf_speech *server, const struct hearing_wish *wish);

enum hearing_kind { HEARING_NOTHING, HEARING_PARTIAL, HEARING_FINAL, HEARING_ERROR };

enum { HEARING_TEXT_MAX = 4000 };

/* What a message of a server says. */
struct hearing_said {
	enum hearing_kind kind;
	const char *text;   /* the best transcript, or the error; in `message`, never NULL */
	double confidence;  /* 0 to 1; below 0: it said none */
	const json_t *rest; /* all alternatives, an array, or NULL; in `message` */
	json_t *message;    /* to be freed */
};
/* Anything that is no such message, and a transcript without words, is HEARING_NOTHING. */
void hearing_read(const char *text, struct hearing_said *out);
void hearing_said_clear(struct hearing_said *said);

#endif
