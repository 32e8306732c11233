/* events: the log of everything that happened to calls and conferences, and how far each switch has been
 * heard. */
#ifndef OFFHOOK_API_STORE_EVENTS_H
#define OFFHOOK_API_STORE_EVENTS_H

#include "daemon/api/store/calls.h"

struct log_entry {
	int64_t nr;		/* order over all */
	int64_t n;		/* order within its call or conference, from 1, without gaps */
	int64_t time;		/* UTC ms */
	char call_id[40];	/* what it is about: a call, else "" */
	char conference_id[40]; /* or a conference, else "" */
	char *type, *account;
	json_t *data; /* params of the switch's event */
};

/* What an event is about, as the log has it: the nr of a call, or minus the nr of a conference. */
static inline int64_t log_of_conference(int64_t nr)
{
	return -nr;
}

void log_entry_clear(struct log_entry *entry);

struct log_new {
	int64_t about; /* the nr of a call, or log_of_conference() */
	int64_t n, time;
	const char *account, *type;
	const json_t *data;
	const char *text; /* the data as JSON, where it is at hand; NULL: it is not */
};

/* Appends an event (calls_apply() or conferences_apply() has counted it). *nr gets its place in the order
 * over all. */
int events_add(struct store *store, const struct log_new *event, int64_t *nr)
    __attribute__((warn_unused_result));

typedef bool log_entry_h(const struct log_entry *entry, void *arg);
/* The events of a call or a conference after the nth, in order, at most `limit`. */
int events_about(struct store *store, int64_t about, int64_t after, int64_t limit, log_entry_h *each,
		 void *arg) __attribute__((warn_unused_result));
/* The number of the newest event of that type; 0: there is none. */
int events_last_n(struct store *store, int64_t about, const char *type, int64_t *n)
    __attribute__((warn_unused_result));
/* Of the data of the newest event of that type, of its `member`: those members (NULL ends `names`) as a new
 * object. Returns 0, ENOENT or EIO. */
int events_last_of(struct store *store, int64_t about, const char *type, const char *member,
		   const char *const names[], json_t **out) __attribute__((warn_unused_result));
/* The events of an account after `nr` and up to `upto` in the order over all, at most `limit`. */
int events_after(struct store *store, const char *account, int64_t nr, int64_t upto, int64_t limit,
		 log_entry_h *each, void *arg) __attribute__((warn_unused_result));

/* The same of all accounts, without an end. */
int events_of_all(struct store *store, int64_t nr, int64_t limit, log_entry_h *each, void *arg)
    __attribute__((warn_unused_result));

/* The newest place in that order; 0 without any event. */
int events_newest(struct store *store, int64_t *nr) __attribute__((warn_unused_result));

/* How far the events of one start of a switch are in the log: 0 for none. */
int64_t switch_seq(struct store *store, const char *id);
/* `name`: of the switch, in the conf; "": the only one. */
int switch_set_seq(struct store *store, const char *name, const char *id, int64_t seq)
    __attribute__((warn_unused_result));
/* The start of that switch heard last, and how far. Returns 0, ENOENT or EIO. */
int switch_newest(struct store *store, const char *name, char id[40], int64_t *seq)
    __attribute__((warn_unused_result));

#endif
