/* child: a program run beside us on the event loop: what it reads is given, what it writes is gathered, and
 * it ends in time.
 *
 * It gets no descriptor of ours but its three: input, output, and the errors of ours or none. It leads a
 * process group of its own, which is killed when it takes too long, writes too much or is not wanted any
 * more; what it has started goes with it.
 *
 * Threads: the event base's thread. Shutdown: child_kill() each; handlers are not called. SIGPIPE has to be
 * ignored. */
#ifndef OFFHOOK_LIB_CHILD_H
#define OFFHOOK_LIB_CHILD_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct child;

struct child_result {
	const char *error;  /* one sentence without a full stop when it did not end well, else NULL */
	const char *output; /* NUL-terminated */
	size_t size;
};

/* Called once, never from inside child_start(). `result` is borrowed; the child is gone. */
typedef void child_h(const struct child_result *result, void *arg);

struct child_setup {
	struct event_base *base;
	const char *const *argv; /* ends with NULL; the first is looked up in PATH when it has no "/" */
	const char *input;	 /* copied; may be NULL */
	size_t input_size;
	size_t max_output; /* [bytes] */
	unsigned timeout_ms;
	bool quiet; /* what it writes to its errors is dropped */
};

/* *out is valid until the handler was called. Returns 0 or an errno: ENOENT, there is no such program. */
int child_start(struct child **out, const struct child_setup *setup, child_h *handler, void *arg)
    __attribute__((warn_unused_result));
/* Ends it without calling the handler. NULL is allowed. */
void child_kill(struct child *child);

/* Whether there is such a program: a path, or a name in PATH. */
bool child_program_is_there(const char *name);

#endif
