/* guard: who may talk to us at all. Counts what each source address does wrong, and bans those that look like
 * scanners: their messages are dropped unread, and nothing is said to them.
 *
 * A source is an IPv4 address or an IPv6 /64. Each has a token bucket of messages, and counts within a
 * window: wrong credentials, different names that they were wrong for, challenges that nobody answered. Right
 * credentials clear the counts, and make the source harder to ban for a while. Whether a name exists plays no
 * part, so that a ban tells nothing about it.
 *
 * A source of UDP can be forged. What is told of here is to be proven: by a connection, or by credentials
 * that answer a nonce of ours that was sent there. Where a source has used up its share, messages that prove
 * as much have one of their own, so that a flood in somebody's name does not silence him.
 *
 * Pure: no sockets, no timers, no conf; the time comes from lib/clock. Bounded: when the table is full, the
 * source that was silent longest makes room, those that are banned last. Main thread only. */
#ifndef OFFHOOK_SWITCH_GUARD_H
#define OFFHOOK_SWITCH_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct guard;

enum { GUARD_ADDRESS_SIZE = 64, GUARD_NAMES_MAX = 64 };

struct guard_limits {
	unsigned rate, burst;	 /* messages a second from one source; 0: any number */
	unsigned max_failures;	 /* wrong credentials within the window before a ban; 0: any number */
	unsigned max_names;	 /* different names among them, at most GUARD_NAMES_MAX; 0: any number */
	unsigned max_challenges; /* unanswered challenges within the window; 0: any number */
	unsigned window_s, ban_s;
	size_t max_sources;
};

/* Why a source is banned. */
enum guard_reason { GUARD_AGENT, GUARD_FAILURES, GUARD_NAMES, GUARD_CHALLENGES };
const char *guard_reason_name(enum guard_reason reason);

struct guard_ban {
	char address[GUARD_ADDRESS_SIZE]; /* "192.0.2.7", "2001:db8:1:2::/64" */
	enum guard_reason reason;
	int64_t since, until; /* UTC ms */
	uint64_t dropped;     /* messages since then */
};

/* Told of each ban, and of its end: `lifted` by somebody, else because its time was over or its room was
 * needed. */
struct guard_handlers {
	void (*banned)(const struct guard_ban *ban, void *arg);
	void (*lifted)(const struct guard_ban *ban, bool by_hand, void *arg);
	/* Whether this source is never to be banned nor limited. Asked only when it would be. */
	bool (*exempt)(const struct sockaddr_storage *source, void *arg);
	void *arg;
};

/* Returns 0 or ENOMEM. */
int guard_alloc(struct guard **out, const struct guard_limits *limits, const struct guard_handlers *handlers)
    __attribute__((warn_unused_result));
void guard_set_limits(struct guard *guard, const struct guard_limits *limits);
void guard_free(struct guard *guard);

/* A message has come. Returns false when it is to be dropped: its source is banned or too fast. */
bool guard_admit(struct guard *guard, const struct sockaddr_storage *source);
/* For one that guard_admit() has just refused, and that proves where it comes from. */
bool guard_admit_proven(struct guard *guard, const struct sockaddr_storage *source);

/* Its User-Agent is that of a scanner. */
void guard_on_agent(struct guard *guard, const struct sockaddr_storage *source);
/* It was challenged; it may well answer. */
void guard_on_challenge(struct guard *guard, const struct sockaddr_storage *source);
/* Its credentials for `name` were wrong. `attempt`: what was tried, where the same thing is the same text
 * however often it is tried (and then counts once); NULL: that cannot be told. */
void guard_on_failure(struct guard *guard, const struct sockaddr_storage *source, const char *name,
		      const char *attempt);
/* Whether credentials from there were wrong, lately. */
bool guard_has_failed(struct guard *guard, const struct sockaddr_storage *source);
/* Its credentials were right. */
void guard_on_success(struct guard *guard, const struct sockaddr_storage *source);

/* Ends the ban of an address as guard_list() writes it (or any address of an IPv6 /64). Returns 0, EINVAL (no
 * address) or ENOENT. */
int guard_lift(struct guard *guard, const char *address) __attribute__((warn_unused_result));
/* Ends the bans whose time is over; to be called once a second or so. */
void guard_expire(struct guard *guard);

typedef void guard_each_h(const struct guard_ban *ban, void *arg);
void guard_list(const struct guard *guard, guard_each_h *each, void *arg);

struct guard_stats {
	size_t sources, bans;		       /* now */
	uint64_t bans_total, dropped, limited; /* messages of banned sources; of those that were too fast */
};
void guard_stats(const struct guard *guard, struct guard_stats *out);

#endif
