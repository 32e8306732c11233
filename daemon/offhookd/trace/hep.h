/* hep: a copy of each message to a server that collects them, such as Homer, in HEP version 3 (EEP,
 * https://github.com/sipcapture/HEP).
 *
 * Concept. One datagram a message, without its secrets, as it is filed. Its correlation id is the id of its
 * call, or, of a call that another one has rung, of that one: so both are found together. A message that
 * comes before it is known whose it is waits a moment for that; what is nobody's goes with its Call-ID. Best
 * effort: nothing waits for the collector; what cannot be sent is counted.
 *
 * Threads. The writer's alone. A name of a host is looked up by a thread of the C library; until it is found,
 * what comes is lost, and counted. */
#ifndef OFFHOOK_TRACE_HEP_H
#define OFFHOOK_TRACE_HEP_H

#include "daemon/offhookd/trace/entry.h"
#include "daemon/offhookd/trace/sipline.h"

#include <stdbool.h>
#include <stdint.h>

struct hep;

struct hep_stats {
	uint64_t sent, lost;
};

/* Returns 0 or ENOMEM. Sends nothing until hep_set(). */
int hep_alloc(struct hep **out) __attribute__((warn_unused_result));
/* Where to; `host`: a name or a numeric address, NULL: nowhere. `node`: our capture id there. The same again
 * changes nothing. */
void hep_set(struct hep *hep, const char *host, uint16_t port, uint32_t node);
/* Whose the messages of a dialog are from now on: an ENTRY_LINK. */
void hep_link(struct hep *hep, const struct entry *link);
/* Sends it, or keeps it back a moment. `sip` is of its text. */
void hep_put(struct hep *hep, const struct entry *message, const struct sipline *sip);
/* Sends what has waited long enough. Returns in how many milliseconds to come again; 0: nothing waits. */
unsigned hep_tend(struct hep *hep, int64_t now_us);
void hep_get_stats(const struct hep *hep, struct hep_stats *out);
/* What waits is sent. NULL is allowed. */
void hep_free(struct hep *hep);

enum { HEP_HEAD_MAX = 256 };
struct hep_packet {
	const struct entry *message;
	const char *correlation;
	size_t correlation_size; /* at most 128 */
	uint32_t node;
};
/* What stands before the text of the message: at most HEP_HEAD_MAX bytes; returns how many. */
size_t hep_head(unsigned char out[HEP_HEAD_MAX], const struct hep_packet *packet);

#endif
