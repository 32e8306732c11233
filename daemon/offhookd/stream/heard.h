/* heard: what a server that recognises speech says, in our words; and how much of it calls are told.
 *
 * Two protocols are understood without being told which it is: {"type":"transcription","is_final",
 * "alternatives":[{"transcript","confidence"}]} and {"type":"error","error"}, and vosk-server's {"partial"},
 * {"text","result":[{"conf"}]} or {"alternatives":[{"text","confidence"}]}. */
#ifndef OFFHOOK_STREAM_HEARD_H
#define OFFHOOK_STREAM_HEARD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum heard_kind { HEARD_NOTHING, HEARD_PARTIAL, HEARD_FINAL, HEARD_ERROR };

enum { HEARD_TEXT_MAX = 4000, HEARD_ALTERNATIVES_MAX = 5 };

/* Reads a message. *out is new, where there is something: {"final", "text", "confidence"?, "alternatives"?:
 * [{"text","confidence"?}]} or {"error"}. Anything that is no such message, and a text without words or
 * longer than HEARD_TEXT_MAX, is HEARD_NOTHING. */
enum heard_kind heard_read(const char *text, size_t size, json_t **out);

/* How much of it is told: each thing is an event, which is kept. */
enum {
	HEARD_PARTIAL_MS = 250,	   /* between two partial results; the newest waits */
	HEARD_PARTIALS_MAX = 5000, /* of a stream */
	HEARD_FINALS = 20,	   /* at once, and */
	HEARD_FINAL_MS = 100,	   /* from then on between two */
};

struct heard_bound {
	int64_t partial_us, final_us; /* when the last one was told; when a further final one may be */
	unsigned partials;
	json_t *waiting; /* the newest partial result, or NULL */
	char *last;	 /* text of the partial result that was told, or NULL */
};

/* What may be told now of something that was heard (stolen); NULL: nothing. *lost: something is never told
 * that should be. */
json_t *heard_pass(struct heard_bound *bound, enum heard_kind kind, json_t *said, int64_t now_us, bool *lost);
/* What has waited and may be told now; NULL: nothing. */
json_t *heard_due(struct heard_bound *bound, int64_t now_us);
void heard_bound_clear(struct heard_bound *bound);

#endif
