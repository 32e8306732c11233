/* quality: the seconds of a call's media, as the switch told them when it was closed: a blob of
 * QUALITY_SECOND_SIZE bytes a second, both directions, kept as long as the call's record. */
#ifndef OFFHOOK_API_STORE_QUALITY_H
#define OFFHOOK_API_STORE_QUALITY_H

#include "daemon/api/store/store.h"

#include <jansson.h>

enum {
	QUALITY_SECOND_SIZE = 19,
	QUALITY_SECONDS_MAX = 16384, /* further ones are left out */
	QUALITY_MOS_SCALE = 50,
};

/* One second, or what is worst in several, counters summed. "In" is what we received, "out" what the far end
 * says that it received. */
struct quality_second {
	uint16_t packets_in, lost_in, late_in;
	uint16_t concealed_ms;
	uint16_t jitter_in, jitter_out; /* [0.1 ms] */
	uint16_t rtt_ms, buffer_ms;
	uint8_t loss_out_percent;
	uint8_t mos_in, mos_out; /* times QUALITY_MOS_SCALE; 0: not known */
};

struct quality {
	int64_t ended;	   /* when the media was closed [UTC ms] */
	unsigned length_s; /* of one element of `seconds` */
	struct quality_second *seconds;
	size_t count;
};

void quality_clear(struct quality *quality);
/* Keeps `seconds`, an array as in doc/control-protocol.md, of the call with that number. Returns 0, EINVAL
 * when it is none, ENOMEM or EIO. */
int quality_put(struct store *store, int64_t call_nr, int64_t ended, int64_t length_s, const json_t *seconds)
    __attribute__((warn_unused_result));
/* Returns 0, ENOENT, ENOMEM or EIO. */
int quality_get(struct store *store, int64_t call_nr, struct quality *out)
    __attribute__((warn_unused_result));

#endif
