/* reach: calls that were taken up, whose phones were reached by a connection of theirs that has gone.
 *
 * Concept. A phone on TCP or TLS connects again, and registers, once it sees that its connection was closed.
 * Until then its call has its audio, and what is to be said to it waits. It goes by the first new connection
 * that its user has registered by: from the same host, or with the Contact that it has in the call. Nobody
 * else than that user has shown its password there. When none has come in time, it is tried where the
 * Contact of the call may listen, if that is at the host where it was; else the call is given up.
 *
 * Main thread only. */
#ifndef OFFHOOK_RESUME_REACH_H
#define OFFHOOK_RESUME_REACH_H

struct call;
struct event_base;
struct phones;
struct reach;
struct ua;

/* The calls that wait for longer than we wait are given to this. */
typedef void reach_lost_h(struct call *call);

struct reach_params {
	struct event_base *base;
	const struct phones *phones;
	struct ua *ua;
	reach_lost_h *lost;
};

/* Returns 0 or ENOMEM. */
int reach_alloc(struct reach **out, const struct reach_params *params) __attribute__((warn_unused_result));
/* NULL is ignored. Before the calls are freed. */
void reach_free(struct reach *reach);

/* Waits for its phone, if that is one that must come to us. */
void reach_again(struct reach *reach, struct call *call);

#endif
