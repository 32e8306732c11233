/* events: the log of everything that happened to calls, and how far each switch has been heard. */
#ifndef OFFHOOK_API_STORE_EVENTS_H
#define OFFHOOK_API_STORE_EVENTS_H

#include "daemon/api/store/calls.h"

struct log_entry {
	int64_t nr;   /* order over all calls */
	int64_t n;    /* order within the call, from 1, without gaps */
	int64_t time; /* UTC ms */
	char call_id[40];
	char *type, *account;
	json_t *data; /* params of the switch's event */
};

void log_entry_clear(struct log_entry *entry);

/* Appends an event of `row`'s call, with row->last_event as its number (calls_apply() has counted it), and
 * the type and params of a switch's event. *nr gets its place in the order over all calls. */
int events_add(struct store *store, const struct call_row *row, int64_t time, const char *type,
	       const json_t *data, int64_t *nr) __attribute__((warn_unused_result));

typedef bool log_entry_h(const struct log_entry *entry, void *arg);
/* The events of a call after the nth, in order, at most `limit`. */
int events_of_call(struct store *store, int64_t call_nr, int64_t after, int64_t limit, log_entry_h *each,
		   void *arg) __attribute__((warn_unused_result));
/* The events of an account after `nr` and up to `upto` in the order over all calls, at most `limit`. */
int events_after(struct store *store, const char *account, int64_t nr, int64_t upto, int64_t limit,
		 log_entry_h *each, void *arg) __attribute__((warn_unused_result));

/* The newest place in the order over all calls; 0 without any event. */
int events_newest(struct store *store, int64_t *nr) __attribute__((warn_unused_result));

/* How far the events of one start of a switch are in the log: 0 for none. */
int64_t switch_seq(struct store *store, const char *id);
int switch_set_seq(struct store *store, const char *id, int64_t seq) __attribute__((warn_unused_result));
/* The switch heard last, and how far. Returns 0, ENOENT or EIO. */
int switch_newest(struct store *store, char id[40], int64_t *seq) __attribute__((warn_unused_result));

#endif
