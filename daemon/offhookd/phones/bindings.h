/* bindings: where users' phones can be reached (RFC 3261 section 10.3). No SIP types.
 *
 * Kept in memory by user, and in state-dir/registrations.json so that phones are reachable after a restart
 * without registering again. The file is replaced whole by a thread of its own (lib/file_writer), at most
 * once a second after a change (less often when it is large), and at the end.
 *
 * Main thread only. bindings_free() writes what is unwritten and waits for it. */
#ifndef OFFHOOK_SWITCH_BINDINGS_H
#define OFFHOOK_SWITCH_BINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct bindings;

/* One contact of a user. Texts are owned by the table; NULL where there is none. */
struct binding {
	struct binding *prev, *next; /* of this user, newest last */
	const char *user;
	char *uri, *source, *path, *call_id, *agent, *instance;
	uint32_t cseq;
	float q;		     /* 1 unless said */
	int64_t expires, registered; /* UTC ms */
	int64_t refreshed;	     /* UTC ms: when its phone last registered it */
	int64_t refreshed_us;	     /* the same by clock_mono_us(); 0: before we were started */
	int listener;		     /* index of ours that it registered through */
};

enum bindings_change { BINDING_REGISTERED, BINDING_REFRESHED, BINDING_REMOVED, BINDING_EXPIRED };

/* Told of every change; the binding is still (or no more) in the table, and valid during the call. */
typedef void bindings_change_h(enum bindings_change change, const struct binding *binding, void *arg);

/* Whether a phone is known to be there no more: then it makes room for others first. */
typedef bool bindings_gone_h(const struct binding *binding, void *arg);

/* Loads `file` (absent is fine; one that cannot be read is renamed aside with a warning). Expired ones are
 * dropped. Returns 0 or ENOMEM. */
int bindings_alloc(struct bindings **out, struct event_base *base, const char *file,
		   bindings_change_h *change, void *arg) __attribute__((warn_unused_result));
/* Without it all are there. `arg` is that of bindings_alloc(). */
void bindings_set_gone(struct bindings *bindings, bindings_gone_h *gone);
void bindings_free(struct bindings *bindings);

/* What a REGISTER says about one contact. */
struct bindings_wish {
	const char *user, *uri, *source, *path, *call_id, *agent, *instance;
	uint32_t cseq;
	float q;
	unsigned expires_s; /* 0: remove it */
	int listener;
	size_t max_contacts; /* of this user */
	int64_t nonce_us;    /* when the nonce that its credentials answer was given out [clock_mono_us()]; 0:
				not known */
};

/* Whether bindings_set() would be refused: ENOSPC when there may be none; EALREADY for a CSeq of the same
 * Call-ID that is not newer (RFC 3261 10.3, step 7). Phones whose Call-ID is made of what they are begin anew
 * after a start: who answers a nonce that was given out after the last registration comes later than that. */
int bindings_check(const struct bindings *bindings, const struct bindings_wish *wish)
    __attribute__((warn_unused_result));

/* Adds, refreshes or removes it. Returns 0, or as bindings_check(), or ENOMEM. A contact with the same
 * instance, or at the same address (contact_uri.h), replaces the older one. Past max_contacts one of the
 * others makes room: one that is known to be gone, else the one whose phone has not been heard for longest:
 * who registers now has the password and is there. */
int bindings_set(struct bindings *bindings, const struct bindings_wish *wish)
    __attribute__((warn_unused_result));

/* Removes all of a user (Contact: *). */
void bindings_remove_user(struct bindings *bindings, const char *user);

/* Removes one contact (its URI as bindings_of() has it), or with NULL all of a user. Returns how many there
 * were. */
size_t bindings_drop(struct bindings *bindings, const char *user, const char *uri);

/* First of a user's, NULL for none; go on with ->next. */
const struct binding *bindings_of(const struct bindings *bindings, const char *user);

/* Calls `each` for all. */
typedef void bindings_each_h(const struct binding *binding, void *arg);
void bindings_each(const struct bindings *bindings, bindings_each_h *each, void *arg);

size_t bindings_count(const struct bindings *bindings);

#endif
