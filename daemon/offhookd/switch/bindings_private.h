/* bindings_private: what bindings.c and bindings_file.c share. */
#ifndef OFFHOOK_SWITCH_BINDINGS_PRIVATE_H
#define OFFHOOK_SWITCH_BINDINGS_PRIVATE_H

#include "daemon/offhookd/switch/bindings.h"

#include <uthash.h>

struct event;

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
	struct event *tick;
	bool dirty;
	bindings_change_h *change;
	void *arg;
};

/* Fills the table from its file. */
void bindings_file_read(struct bindings *bindings);
/* Replaces the file. Returns 0 or an errno (logged). */
int bindings_file_write(const struct bindings *bindings);

#endif
