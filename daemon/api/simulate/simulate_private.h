/* simulate_private: inside of a simulation, for simulate*.c alone. */
#ifndef OFFHOOK_API_SIMULATE_PRIVATE_H
#define OFFHOOK_API_SIMULATE_PRIVATE_H

#include "daemon/api/net/fetch.h"
#include "daemon/api/script/engine.h"
#include "daemon/api/simulate/simulate.h"
#include "daemon/api/simulate/stage.h"

/* A timer of the engine. */
struct timer {
	struct timer *next;
	struct event *event;
	struct tick tick;
};

struct simulation {
	const struct simulate_setup *with;
	struct story *story;
	const char *dialect;
	struct event_base *base;
	struct event *patience;
	struct store *store;
	struct bus *bus;
	struct fetcher *fetcher;
	struct link *link;
	struct scripts *scripts;
	struct ticks ticks;
	struct transcript transcript;
	struct stage stage;
	struct timer *timers;
	struct scripts_stage script_stage;
	struct fetch_stage fetch_stage;
	json_t *asked;				  /* by URL: how often a list was asked */
	json_t *requests[STORY_REQUESTS_MAX + 1]; /* of the transcript, by number */
	unsigned steps, request_count;
	const char *why; /* it ended, or NULL */
};

/* Of a fetch_stage; `arg` is the simulation: what is given is the answer, and all is written down. */
bool simulation_asked(unsigned number, const struct fetch_setup *setup, struct fetch_result *answer,
		      void *arg);
void simulation_answered(unsigned number, const struct fetch_result *result, void *arg);

#endif
