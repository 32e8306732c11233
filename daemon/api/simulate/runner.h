/* runner: simulations in processes of their own, so that none delays this one, whatever is in it: this
 * program is started again for each (simulation_main() in daemon/api/simulation.h), is given the request, and
 * says what came of it.
 *
 * Bounded: so many at once, and each in what it may use of time, processor and memory. Threads: the event
 * base's thread. Shutdown: simulator_free() ends those that run and calls their handlers with an error. */
#ifndef OFFHOOK_API_RUNNER_H
#define OFFHOOK_API_RUNNER_H

#include <jansson.h>

struct event_base;
struct simulator;

enum { SIMULATION_PATIENCE_MS = 20000 };

/* `report` is borrowed; NULL: `error` says in one sentence why there is none. */
typedef void simulator_h(const json_t *report, const char *error, void *arg);

/* `conf_file` is that of this process, and stays. */
int simulator_alloc(struct simulator **out, struct event_base *base, const char *conf_file)
    __attribute__((warn_unused_result));
void simulator_free(struct simulator *simulator);

/* A request that story_read() takes, of that account. Returns 0, EAGAIN (too many run already), or another
 * errno. */
int simulator_run(struct simulator *simulator, const char *account, const json_t *request,
		  simulator_h *handler, void *arg) __attribute__((warn_unused_result));

#endif
