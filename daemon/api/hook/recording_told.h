/* recording_told: who is told that a recording has begun, or what came of it: whom it was begun for, else who
 * placed the call that was to be recorded from its answer on. */
#ifndef OFFHOOK_API_RECORDING_TOLD_H
#define OFFHOOK_API_RECORDING_TOLD_H

#include "daemon/api/switch/bus.h"

struct recording_told {
	char *url; /* owned; NULL: nobody is told */
	bool get;
	char *dialect; /* in whose words, owned; NULL: as its call or conference */
	/* The event's data with more in its "recording": "told" ("in-progress", "completed", "absent",
	 * "failed"), "source", "track". Owned. */
	json_t *data;
};

/* Whether the event is one of a recording. */
bool recording_told_is(const struct bus_event *event);
/* Reads it; *out is empty when nobody is told. Returns 0, EIO or ENOMEM. */
int recording_told_read(struct store *store, const struct bus_event *event, struct recording_told *out)
    __attribute__((warn_unused_result));
void recording_told_clear(struct recording_told *told);

#endif
