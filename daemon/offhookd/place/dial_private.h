/* dial_private: what the files of dial share. */
#ifndef OFFHOOK_PLACE_DIAL_PRIVATE_H
#define OFFHOOK_PLACE_DIAL_PRIVATE_H

#include "daemon/offhookd/place/dial.h"

enum { CHILDREN_MAX = 16 };

/* A child, and the dial on it. */
struct child {
	struct call_owner owner; /* first */
	struct dial *dial;
	struct call *call; /* held */
};

struct dial {
	struct call_owner owner; /* first: on the caller */
	struct place *place;
	struct call *caller;		      /* owns us */
	struct child *children[CHILDREN_MAX]; /* NULL when over */
	size_t count;
	struct plan *later;    /* trunks to try when no user answers */
	struct call *answered; /* one of the children */
	struct call *early;    /* whose early media the caller hears */
	struct dial_handlers handlers;
	bool is_watched; /* there are handlers, and the last word was not said */
	char *account;	 /* that pays */
	char *from, *from_name, *to;
	char *referred_by;
	unsigned ring_s, limit_s;
	bool joined, rings; /* ends with who answers; hears it ring, and is answered with it */
	bool screened, starting, asks_refer;
	int best_code;
	char *leads_to; /* the number of ours, one that we answer, where a callee wants the caller to go; or
			   NULL */
};

/* dial_child.c: what hangs on the caller, and on each child. */
extern const struct call_owner_ops dial_caller_ops, dial_child_ops;

/* The dial of a caller, or NULL. */
struct dial *dial_of(const struct call *caller);
/* Lets go of a child's call. */
void dial_drop(struct child *child);
/* Takes it off its caller, who is told no more. */
void dial_detach(struct dial *dial);
void dial_free(struct dial *dial);
/* Rings the trunks that were kept for when no user answers. Returns 0 or as originate(). */
int dial_try_later(struct dial *dial);

#endif
