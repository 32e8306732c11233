/* hearing: those who hear what callers say: which one a language has, what it is asked for.
 *
 * One interface for all: a stream of the call (call.stream, protocol "speech") to the server's URL, whose
 * first and last texts are given here, and whose answers the switch tells as call.speech in its own words.
 * There are servers of the conf, over WebSocket, in one of two protocols, and the recogniser of our own
 * (hearer.h), at a Unix socket, in the first of them.
 *
 * "jambonz", as its custom recognisers speak it: with "Authorization: Bearer KEY" go a text {"type":"start",
 * "language","format":"raw","encoding":"LINEAR16","sampleRateHz","interimResults","options"}, binary messages
 * of audio, and at the end {"type":"stop"}; back come {"type":"transcription","is_final","alternatives":
 * [{"transcript","confidence"}]} and {"type":"error","error"}, and the server closes. "vosk", as vosk-server
 * speaks it: {"config":{"sample_rate"}}, audio, {"eof":1}; {"partial"}, {"text"}. */
#ifndef OFFHOOK_API_HEARING_H
#define OFFHOOK_API_HEARING_H

#include "lib/conf.h"

#include <jansson.h>

struct hearer;

struct hearing_wish {
	const char *language; /* a tag; as hearing_language() takes it */
	const char *hints;    /* words and phrases with commas between, or NULL */
	bool profanity_filter;
	bool partials;	/* results that may still change are wanted */
	bool dictation; /* whatever is said is to be heard, not an answer to a question */
	bool wide;	/* the call has more than a telephone's frequencies */
};

/* The name of our own recogniser where a section's would stand. */
#define HEARING_BUILT_IN "built-in"

/* The language that is heard when that one is asked for; that of who asks for none (NULL, ""). */
const char *hearing_language(const char *asked);

/* Who hears it. */
struct hearing_server {
	const char *name, *url, *key;
	unsigned rate;
	bool vosk;
};

/* Finds who hears the language: the server for it, that for all languages, our own (`hearer`, or NULL), which
 * is started. Returns NULL and *out, else a sentence that says why nobody does. */
const char *hearing_find(const struct conf *conf, struct hearer *hearer, const struct hearing_wish *wish,
			 struct hearing_server *out);
/* New: params of call.stream that have the far end's audio heard, but for the call, the stream's id and who
 * is heard ("track"; the far end without it); NULL without memory. */
json_t *hearing_params(const struct hearing_server *server, const struct hearing_wish *wish);
/* The text that ends a request: what was heard until then is told. */
const char *hearing_stop(bool vosk);
/* Whether the call carries more than a telephone's frequencies, by its snapshot (NULL: no). */
bool hearing_is_wide(const json_t *snapshot);

#endif
