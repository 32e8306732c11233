/* place: who is rung for whom. Calls come in (inbound.h) and are placed (outbound.h) here; a dial (dial.h)
 * connects a caller with those who may answer, a plan says where a call may go, a claim (claim.h) gives one
 * to a program, and transfers (transfer.h, refer.h) connect it with somebody else.
 *
 * Main thread only. Whoever is above fills the first members; conf is another one after a reload. */
#ifndef OFFHOOK_PLACE_PLACE_H
#define OFFHOOK_PLACE_PLACE_H

#include "daemon/offhookd/place/pressure.h"
#include "lib/conf.h"

#include <stdbool.h>
#include <stdint.h>

struct calls;
struct conferences;
struct event_base;
struct money;
struct phones;
struct trunk_table;
struct ua;

enum { OVERLOAD_NUMBERS = 32 };

/* What was found out about a short number. */
struct overload_number {
	uint64_t conf; /* fingerprint of which */
	char text[8];
	bool is_emergency;
};

struct place {
	struct event_base *base;
	const struct conf *conf;
	struct ua *ua;
	struct calls *calls;
	struct phones *phones;
	struct trunk_table *trunks;
	struct money *money;
	struct conferences *conferences;
	/* somebody was not let in, and has no call */
	void (*refused_h)(const char *sip_call_id, int code, const char *why, void *arg);
	bool (*has_programs)(void *arg); /* that could take a call */
	void *arg;

	size_t max_sessions; /* of media, by its ports and our descriptors */
	bool draining;	     /* no new call is let in */
	uint64_t refused;    /* calls, by a limit */
	struct pressure pressure;
	struct {
		int64_t worst_us; /* delay since the last line in the log */
		uint64_t refused, untold, untold_calls, untold_strangers;
		const char *why; /* the last one */
		bool telling;
		struct overload_number numbers[OVERLOAD_NUMBERS];
	} overload; /* see overload.h */
};

#endif
