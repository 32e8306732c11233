/* bindings_private: what bindings.c and bindings_file.c share. */
#ifndef OFFHOOK_SWITCH_BINDINGS_PRIVATE_H
#define OFFHOOK_SWITCH_BINDINGS_PRIVATE_H

#include "daemon/offhookd/phones/bindings.h"

#include <uthash.h>

struct event;
struct file_writer;

/* A binding, and its line of the file, made when it changes so that writing the file is copying. */
struct bound {
	struct binding binding; /* first */
	char *line;
	size_t length;
};

struct bound_user {
	UT_hash_handle hh;
	char *name;
	struct binding *list;
	size_t count;
};

struct bindings {
	struct bound_user *users;
	size_t count;
	char *file;
	struct file_writer *writer;
	struct event *tick;
	bool dirty;
	size_t bytes;	     /* of all lines */
	int64_t written_us;  /* when the file was last given to the writer */
	int64_t offset_ms;   /* UTC less the monotonic clock */
	int64_t next_expiry; /* UTC ms: nothing expires before */
	bindings_change_h *change;
	bindings_gone_h *gone;
	void *arg;
};

/* Puts back a contact that was read. Returns as bindings_set(). */
int bindings_restore(struct bindings *bindings, const struct bindings_wish *wish, int64_t registered,
		     int64_t expires) __attribute__((warn_unused_result));

/* Makes the line of the file. Returns false without memory. */
bool bindings_file_line(struct bound *bound);
/* Fills the table from its file. */
void bindings_file_read(struct bindings *bindings);
/* Gives all lines to the writer. Returns false without memory. */
bool bindings_file_write(struct bindings *bindings);

#endif
