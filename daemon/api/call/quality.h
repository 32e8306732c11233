/* quality: how a call sounded: totals, every second of it, and what was bad. */
#ifndef OFFHOOK_API_CALL_QUALITY_H
#define OFFHOOK_API_CALL_QUALITY_H

#include "daemon/api/call/desk.h"
#include "daemon/api/store/quality.h"

struct call_quality {
	const char *call;	       /* its id */
	bool final;		       /* the call is over; else the totals so far, without seconds */
	const json_t *stats;	       /* totals as the switch tells them, or NULL */
	const json_t *alerts;	       /* array of {time (UTC ms), what, …} */
	const struct quality *seconds; /* NULL while the call is up */
};

typedef void call_quality_h(const struct fault *fault, const struct call_quality *quality, void *arg);

/* `with_seconds`: only one that is over will do. */
void call_quality_get(const struct asker *by, const char *id, bool with_seconds, call_quality_h *handler,
		      void *arg);

/* Of the totals of a call whose media is over, as the switch told them, those members (NULL ends `names`):
 * new, or NULL. */
json_t *call_stats_of(const struct desk *desk, const struct call_row *row, const char *const names[]);

#endif
