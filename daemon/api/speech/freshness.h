/* freshness: how long a fetched thing may be used without asking, and what to ask with afterwards (RFC 9111,
 * RFC 9110 section 13). Plain data. */
#ifndef OFFHOOK_API_FRESHNESS_H
#define OFFHOOK_API_FRESHNESS_H

#include <stdbool.h>
#include <stdint.h>

enum { VALIDATOR_SIZE = 200 };

struct freshness {
	int64_t until_us;				     /* monotonic; used without asking before */
	char etag[VALIDATOR_SIZE], modified[VALIDATOR_SIZE]; /* "": none */
};

/* From the fields of an answer; each may be NULL. Where the answer says nothing of it, `usual_s` seconds. */
void freshness_read(struct freshness *out, int64_t now_us, const char *cache_control, const char *etag,
		    const char *last_modified, unsigned usual_s);

/* Writes the line of the request that asks whether it is still the same; false: there is nothing to ask with.
 */
bool freshness_question(const struct freshness *freshness, char out[VALIDATOR_SIZE + 32]);

#endif
