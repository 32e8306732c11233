/* switch/bindings: where the phones of each user can be reached (RFC 3261 section 10.3), kept over a restart.
 *
 * A user has contacts; REGISTER adds, refreshes and removes them, all of one request or none. One timer
 * removes those whose time is over. All are written to one JSON file (a new file that takes the old one's
 * place), by a thread, at most once a second and at the end.
 *
 * Threads: the main thread; the file has a thread of its own.
 * Shutdown: bindings_free() writes what has not been written and waits for it. No contact is removed by it.
 */
#ifndef OFFHOOK_SWITCH_BINDINGS_H
#define OFFHOOK_SWITCH_BINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct bindings;

/* A contact of a user. Everything belongs to the table; it may go at the next change. Texts are never NULL
 * unless it says so. */
struct binding {
	const struct binding *next; /* of the same user: by q, greatest first, then the one that came last */
	const char *user;
	const char *uri;      /* as the phone said it, without name and parameters of the header */
	const char *source;   /* "udp:192.0.2.1:5060": where its REGISTER came from */
	const char *call_id;  /* of that REGISTER */
	const char *path;     /* value of its Path headers, or NULL (RFC 3327) */
	const char *agent;    /* or NULL */
	const char *instance; /* +sip.instance, or NULL */
	uint32_t cseq;
	unsigned q;	    /* thousandths, 1000 when not said */
	int64_t registered; /* first seen, UTC ms */
	int64_t expires;    /* UTC ms */
};

enum binding_change { BINDING_REGISTERED, BINDING_REFRESHED, BINDING_REMOVED, BINDING_EXPIRED };

/* "registered", "refreshed", "removed", "expired", as registration.changed says. */
const char *binding_change_name(enum binding_change change);

/* A contact came, was refreshed, or is going right now (it can no longer be found). Must not change the
 * table. */
typedef void bindings_changed_h(const struct binding *binding, enum binding_change change, void *arg);

/* Makes the table, and reads `file` (NULL: nothing is kept) when it is there; what has expired since is left
 * out, and a file that cannot be understood is set aside as FILE.bad, with a warning. `changed` may be NULL
 * and is not called for what is read. Returns 0, ENOMEM, or the errno of a file that cannot be read. */
int bindings_alloc(struct bindings **out, struct event_base *base, const char *file,
		   bindings_changed_h *changed, void *arg) __attribute__((warn_unused_result));
void bindings_free(struct bindings *bindings);

struct bindings_contact {
	const char *uri;
	const char *instance; /* or NULL */
	unsigned q;	      /* thousandths */
	unsigned expires_s;   /* 0 removes; limits are the caller's to apply */
};

/* One REGISTER. */
struct bindings_update {
	const char *user;
	const char *call_id;
	uint32_t cseq;
	const char *source;
	const char *path, *agent; /* or NULL */
	size_t max_contacts;	  /* of the user, after the update */
	bool remove_all;	  /* "Contact: *" with Expires 0; then there are no contacts here */
	const struct bindings_contact *contacts;
	size_t count;
};

/* Does it all or nothing, and calls `changed` for each contact. Returns 0; EALREADY when one of the contacts
 * was set by the same Call-ID with this CSeq or a greater one (an old request: RFC 3261 10.3 step 7 has it
 * fail); ENOSPC when there would be more than max_contacts; ENOMEM. */
int bindings_update(struct bindings *bindings, const struct bindings_update *update)
    __attribute__((warn_unused_result));

/* First contact of the user, or NULL; the others by ->next. */
const struct binding *bindings_of(const struct bindings *bindings, const char *user);

/* Contacts of all users. */
size_t bindings_count(const struct bindings *bindings);

/* Calls `handler` for each contact of each user, in no order; it must not change the table. */
typedef void bindings_each_h(const struct binding *binding, void *arg);
void bindings_each(const struct bindings *bindings, bindings_each_h *handler, void *arg);

/* Removes all contacts of a user, or of every user that `keep` says false of (after a reload). */
void bindings_remove_user(struct bindings *bindings, const char *user);
typedef bool bindings_keep_h(const char *user, void *arg);
void bindings_sweep(struct bindings *bindings, bindings_keep_h *keep, void *arg);

#endif
