/* owner: whom a call is for, and what only some calls have.
 *
 * Concept. A call does not know why it is there. Whoever has a use for it hangs a struct call_owner on it,
 * with a table of what it wants to be told: the dial that it is rung for, the dial that connects it, its
 * conference, the client that has claimed it, the plan of where it may go, what it costs. There may be
 * several; the last to come is told first. An owner is part of a struct of theirs, which stays until `ended`
 * or `free`, or until they take it off again.
 *
 * Main thread only. Any of these functions may end the call: hold a reference across what tells owners. */
#ifndef OFFHOOK_CALL_OWNER_H
#define OFFHOOK_CALL_OWNER_H

#include <stdbool.h>

struct call;
struct call_owner;
struct call_why;
struct json_text;

typedef void call_owner_h(struct call_owner *owner, struct call *call);

/* Each may be NULL. */
struct call_owner_ops {
	/* An outbound call rings; with `early_media` its far end sends sound already. May come several times.
	 */
	void (*ringing)(struct call_owner *owner, struct call *call, bool early_media);
	/* An outbound call was answered. */
	call_owner_h *answered;
	/* Its media is about to go elsewhere: it ends, or is bridged with another call. */
	call_owner_h *leaves;
	/* It, or the call that it is bridged with, is to go its own way: call_sever(). */
	call_owner_h *severed;
	/* Its far end has pressed a key. */
	void (*digit)(struct call_owner *owner, struct call *call, char digit, unsigned duration_ms);
	/* Keys are pressed at its far end, which is no phone but the owner's. */
	void (*pressed)(struct call_owner *owner, const char *digits, unsigned duration_ms);
	/* It is over, and that was published. The owner is off the call already. */
	void (*ended)(struct call_owner *owner, struct call *call, const struct call_why *why);
	/* Adds members to its snapshot. */
	void (*write)(const struct call_owner *owner, struct json_text *out);
	/* The call is forgotten; for owners without `ended`, which stay until then. */
	call_owner_h *free;
};

struct call_owner {
	const struct call_owner_ops *ops;
	struct call_owner *next;
};

/* Hangs it on the call; takes it off (nothing happens when it is not there). */
void call_own(struct call *call, struct call_owner *owner, const struct call_owner_ops *ops);
void call_disown(struct call *call, struct call_owner *owner);

/* The newest one with this table, or NULL. */
struct call_owner *call_owner_with(const struct call *call, const struct call_owner_ops *ops);

/* Telling all of them. */
void call_tell_ringing(struct call *call, bool early_media);
void call_tell_answered(struct call *call);
void call_tell_leaves(struct call *call);
void call_tell_severed(struct call *call);
void call_tell_digit(struct call *call, char digit, unsigned duration_ms);
void call_tell_pressed(struct call *call, const char *digits, unsigned duration_ms);
void call_tell_ended(struct call *call, const struct call_why *why);
void call_write_owners(const struct call *call, struct json_text *out);
void call_free_owners(struct call *call);

#endif
