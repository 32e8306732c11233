/* run_queue_private: two calls, each with its run, that find each other: what who waits (run_queue.c) and who
 * takes (run_dequeue.c) say to each other. For these two alone. */
#ifndef OFFHOOK_API_RUN_QUEUE_PRIVATE_H
#define OFFHOOK_API_RUN_QUEUE_PRIVATE_H

#include "daemon/api/script/run_queue.h"

/* To who waits: taken by a call, it hears the announcement (no URL: none), then is connected. */
void queue_take(struct run *run, const char *agent, const struct step_hook *announcement);
/* Who took it has gone before they were connected. */
void queue_wait_again(struct run *run);

/* To those who take: `run` has come into the queue; who has waited for that longest takes it. */
void queue_serve(struct run *run, const char *name);
/* To who takes: the one it had has gone; they talk now. */
void queue_agent_again(struct run *run);
void queue_agent_bridged(struct run *run);

/* Of both: nothing is heard any more; a number for a form. */
void queue_stop_sound(const struct run *run);
void queue_add_number(json_t *form, const char *name, int64_t value);

#endif
