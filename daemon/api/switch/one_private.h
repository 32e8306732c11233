/* one_private: inside of one, for one*.c alone. */
#ifndef OFFHOOK_API_ONE_PRIVATE_H
#define OFFHOOK_API_ONE_PRIVATE_H

#include "daemon/api/switch/one.h"

struct event;

/* An event of a start of the switch. */
struct mark {
	char switch_id[40];
	int64_t seq;
};

/* What is known of one that has a name. */
struct watch {
	struct event *tick;  /* asks how it is */
	struct event *death; /* it has been lost for too long */
	int64_t asked_us;    /* since when the question waits for its answer; 0: none does */
	bool gave_up;	     /* its calls have failed, as far as we know */
	struct one_load load;
	int64_t placed;	 /* and not in the load yet; of them those */
	int64_t counted; /* that will be in the answer to the question under way */
	json_t *users;	 /* user → an object whose members are contacts */
};

struct one {
	struct one_setup setup;
	struct control_client *client;
	struct ingest *ingest;
	struct event *restart; /* after a failed commit: connect anew and ask for the events again */
	bool ready, snapshot_due;
	/* The event up to which all must be heard before others go on from there, and the newest on disk. */
	struct mark due, safe;
	bool told;	      /* that it is ready, and all is heard */
	struct check *checks; /* under way */
	link_stage_h *stage;  /* in place of the switch, or NULL */
	void *stage_arg;
	struct watch watch;
};

/* one_watch.c. Of one without a name they do nothing. Returns 0 or ENOMEM. */
int watch_start(struct one *one) __attribute__((warn_unused_result));
void watch_stop(struct one *one);
void watch_link(struct one *one, bool up);
/* It is subscribed: what it has is looked at. */
void watch_subscribed(struct one *one);
void watch_event(struct one *one, const char *method, const json_t *params);

#endif
