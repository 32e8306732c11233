/* run_queue: inside of the engine: callers that wait, and who takes them. */
#ifndef OFFHOOK_API_RUN_QUEUE_H
#define OFFHOOK_API_RUN_QUEUE_H

#include "daemon/api/script/run_steps.h"

struct store;

void run_begin_enqueue(struct run *run, const struct step *step);
void run_begin_leave(struct run *run, const struct step *step);
void run_enqueue_event(struct run *run, const struct step *step, const struct bus_event *event);
bool run_enqueue_over(struct run *run, const struct step *step);
void run_enqueue_check(struct run *run, const struct step *step);
void run_enqueue_leave(struct run *run, const struct step *step);
void run_enqueue_heard(struct run *run);
void run_enqueue_failed(struct run *run);

void run_begin_dequeue(struct run *run, const struct step *step);
void run_dequeue_event(struct run *run, const struct step *step, const struct bus_event *event);
bool run_dequeue_over(struct run *run, const struct step *step);
void run_dequeue_check(struct run *run, const struct step *step);
void run_dequeue_leave(struct run *run, const struct step *step);
void run_dequeue_timer(struct run *run);

/* At the start: those leave their queues whose runs are gone. Returns 0 or EIO. */
int run_queues_purge(struct scripts *scripts, struct store *store) __attribute__((warn_unused_result));

#endif
