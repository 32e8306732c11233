/* The table of bindings. Its file is in bindings_file.c. See bindings.h. */
#include "daemon/offhookd/phones/bindings.h"

#include "daemon/offhookd/phones/bindings_private.h"
#include "daemon/offhookd/phones/contact_uri.h"
#include "lib/clock.h"
#include "lib/file_writer.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum { CLOCK_JUMP_MS = 500, TICK_S = 1 };

static void binding_free(struct binding *b)
{
	free(b->uri);
	free(b->source);
	free(b->path);
	free(b->call_id);
	free(b->agent);
	free(b->instance);
	free(((struct bound *)b)->line);
	free(b);
}

static char *copy(const char *text, bool *failed)
{
	char *out = text ? strdup(text) : NULL;

	if (text && !out)
		*failed = true;
	return out;
}

static struct binding *binding_new(const struct bindings_wish *w)
{
	struct bound *bound = calloc(1, sizeof *bound);
	struct binding *b = bound ? &bound->binding : NULL;
	bool failed = false;

	if (!b)
		return NULL;
	b->uri = copy(w->uri, &failed);
	b->source = copy(w->source, &failed);
	b->path = copy(w->path, &failed);
	b->call_id = copy(w->call_id, &failed);
	b->agent = copy(w->agent, &failed);
	b->instance = copy(w->instance, &failed);
	b->cseq = w->cseq;
	b->q = w->q < 0 ? 1 : w->q;
	b->listener = w->listener;
	b->registered = b->refreshed = clock_utc_ms();
	b->refreshed_us = clock_mono_us();
	b->expires = b->registered + (int64_t)w->expires_s * 1000;
	if (failed) {
		binding_free(b);
		return NULL;
	}
	return b;
}

static struct bound_user *user_of(const struct bindings *bindings, const char *name)
{
	struct bound_user *user;

	HASH_FIND_STR(bindings->users, name, user);
	return user;
}

static struct bound_user *user_make(struct bindings *bindings, const char *name)
{
	struct bound_user *user = user_of(bindings, name);

	if (user)
		return user;
	user = calloc(1, sizeof *user);
	if (!user)
		return NULL;
	user->name = strdup(name);
	if (!user->name) {
		free(user);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, bindings->users, user->name, strlen(user->name), user);
	return user;
}

static void drop_user_if_empty(struct bindings *bindings, struct bound_user *user)
{
	if (user->list)
		return;
	HASH_DEL(bindings->users, user);
	free(user->name);
	free(user);
}

/* The binding that `wish` is about: the same address, or the same phone by its instance. */
static struct binding *find(const struct bound_user *user, const struct bindings_wish *wish)
{
	struct binding *b;

	DL_FOREACH(user->list, b)
	{
		if (contact_uri_equal(b->uri, wish->uri))
			return b;
		if (wish->instance && b->instance && strcmp(b->instance, wish->instance) == 0)
			return b;
	}
	return NULL;
}

static void changed(struct bindings *bindings, enum bindings_change change, const struct binding *b)
{
	bindings->dirty = true;
	if (bindings->change)
		bindings->change(change, b, bindings->arg);
}

static void remove_binding(struct bindings *bindings, struct bound_user *user, struct binding *b,
			   enum bindings_change change)
{
	DL_DELETE(user->list, b);
	user->count--;
	bindings->count--;
	bindings->bytes -= ((struct bound *)b)->length;
	changed(bindings, change, b);
	binding_free(b);
}

int bindings_check(const struct bindings *bindings, const struct bindings_wish *wish)
{
	const struct bound_user *user = user_of(bindings, wish->user);
	const struct binding *b = user ? find(user, wish) : NULL;

	if (b)
		return strcmp(b->call_id, wish->call_id) == 0 && wish->cseq <= b->cseq &&
			       wish->nonce_us <= b->refreshed_us
			   ? EALREADY
			   : 0;
	return wish->expires_s && wish->max_contacts == 0 ? ENOSPC : 0;
}

/* Which of a user's is to make room. */
static struct binding *find_victim(const struct bindings *bindings, const struct bound_user *user)
{
	struct binding *b, *victim = NULL;
	bool victim_gone = false;

	DL_FOREACH(user->list, b)
	{
		const bool gone = bindings->gone && bindings->gone(b, bindings->arg);

		if (!victim || gone > victim_gone ||
		    (gone == victim_gone && b->refreshed < victim->refreshed)) {
			victim = b;
			victim_gone = gone;
		}
	}
	return victim;
}

static void make_room(struct bindings *bindings, const struct bindings_wish *wish)
{
	struct bound_user *user = user_of(bindings, wish->user);

	while (user && user->count >= wish->max_contacts && user->list) {
		struct binding *victim = find_victim(bindings, user);

		log_info("user.contact_replaced", NULL, "user=%s contact=%s by=%s", log_quote(wish->user),
			 log_quote(victim->uri), log_quote(wish->uri));
		remove_binding(bindings, user, victim, BINDING_REMOVED);
	}
}

/* Puts `b` into the table, in the place of `old` or behind the others. Returns 0 or ENOMEM, and then `b` is
 * freed. */
static int put(struct bindings *bindings, const char *name, struct binding *old, struct binding *b)
{
	struct bound_user *user = user_make(bindings, name);

	if (!user) {
		binding_free(b);
		return ENOMEM;
	}
	b->user = user->name;
	if (!bindings_file_line((struct bound *)b)) {
		binding_free(b);
		drop_user_if_empty(bindings, user);
		return ENOMEM;
	}
	bindings->bytes += ((struct bound *)b)->length;
	if (b->expires < bindings->next_expiry)
		bindings->next_expiry = b->expires;
	if (old) {
		bindings->bytes -= ((struct bound *)old)->length;
		DL_REPLACE_ELEM(user->list, old, b);
		binding_free(old);
	} else {
		DL_APPEND(user->list, b);
		user->count++;
		bindings->count++;
	}
	changed(bindings, old ? BINDING_REFRESHED : BINDING_REGISTERED, b);
	return 0;
}

static int64_t offset_ms(void)
{
	return clock_utc_ms() - clock_mono_us() / 1000;
}

/* Our times are UTC, to be shown and kept; how long a contact lasts does not depend on whether somebody sets
 * the clock meanwhile: all of them go with it. */
static void follow_clock(struct bindings *bindings)
{
	int64_t offset = offset_ms(), jump = offset - bindings->offset_ms;
	struct bound_user *user, *next;
	struct binding *b;

	if (jump > -CLOCK_JUMP_MS && jump < CLOCK_JUMP_MS)
		return;
	bindings->offset_ms = offset;
	if (bindings->next_expiry != INT64_MAX)
		bindings->next_expiry += jump;
	HASH_ITER(hh, bindings->users, user, next)
	{
		DL_FOREACH(user->list, b)
		{
			b->expires += jump;
			b->registered += jump;
			b->refreshed += jump;
		}
	}
	bindings->dirty = true;
}

int bindings_set(struct bindings *bindings, const struct bindings_wish *wish)
{
	int err = bindings_check(bindings, wish);
	struct bound_user *user;
	struct binding *old, *b;

	if (err)
		return err;
	follow_clock(bindings);
	user = user_of(bindings, wish->user);
	old = user ? find(user, wish) : NULL;
	if (wish->expires_s == 0) {
		if (old) {
			remove_binding(bindings, user, old, BINDING_REMOVED);
			drop_user_if_empty(bindings, user);
		}
		return 0;
	}
	b = binding_new(wish);
	if (!b)
		return ENOMEM;
	if (old)
		b->registered = old->registered;
	else
		make_room(bindings, wish);
	return put(bindings, wish->user, old, b);
}

int bindings_restore(struct bindings *bindings, const struct bindings_wish *wish, int64_t registered,
		     int64_t expires)
{
	struct binding *b;
	int err = bindings_check(bindings, wish);

	if (err)
		return err;
	/* a file that somebody wrote by hand may hold one twice */
	if (user_of(bindings, wish->user) && find(user_of(bindings, wish->user), wish))
		return EEXIST;
	b = binding_new(wish);
	if (!b)
		return ENOMEM;
	b->registered = b->refreshed = registered;
	b->refreshed_us = 0;
	b->expires = expires;
	return put(bindings, wish->user, NULL, b);
}

void bindings_remove_user(struct bindings *bindings, const char *name)
{
	struct bound_user *user = user_of(bindings, name);
	struct binding *b, *next;

	if (!user)
		return;
	DL_FOREACH_SAFE(user->list, b, next)
	remove_binding(bindings, user, b, BINDING_REMOVED);
	drop_user_if_empty(bindings, user);
}

size_t bindings_drop(struct bindings *bindings, const char *name, const char *uri)
{
	struct bound_user *user = user_of(bindings, name);
	struct binding *b, *next;
	size_t n = 0;

	if (!user)
		return 0;
	DL_FOREACH_SAFE(user->list, b, next)
	{
		if (uri && strcmp(b->uri, uri) != 0)
			continue;
		remove_binding(bindings, user, b, BINDING_REMOVED);
		n++;
	}
	drop_user_if_empty(bindings, user);
	return n;
}

const struct binding *bindings_of(const struct bindings *bindings, const char *name)
{
	const struct bound_user *user = user_of(bindings, name);

	return user ? user->list : NULL;
}

void bindings_each(const struct bindings *bindings, bindings_each_h *each, void *arg)
{
	for (const struct bound_user *u = bindings->users; u; u = u->hh.next)
		for (const struct binding *b = u->list; b; b = b->next)
			each(b, arg);
}

size_t bindings_count(const struct bindings *bindings)
{
	return bindings->count;
}

/* ---- expiry, writing ---- */

static void expire(struct bindings *bindings)
{
	int64_t now = clock_utc_ms();
	struct bound_user *user, *next_user;
	struct binding *b, *next;

	follow_clock(bindings);
	/* set too early by contacts that were refreshed or removed since, never too late */
	if (now < bindings->next_expiry)
		return;
	bindings->next_expiry = INT64_MAX;
	HASH_ITER(hh, bindings->users, user, next_user)
	{
		DL_FOREACH_SAFE(user->list, b, next)
		{
			if (b->expires <= now)
				remove_binding(bindings, user, b, BINDING_EXPIRED);
			else if (b->expires < bindings->next_expiry)
				bindings->next_expiry = b->expires;
		}
		drop_user_if_empty(bindings, user);
	}
}

static void write_if_dirty(struct bindings *bindings)
{
	if (!bindings->dirty || !bindings_file_write(bindings))
		return;
	bindings->dirty = false;
	bindings->written_us = clock_mono_us();
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct bindings *bindings = arg;
	/* a second, and one more for each MiB: much is written less often */
	int64_t pause_us = 900000 + (int64_t)(bindings->bytes >> 20) * 1000000;

	(void)fd, (void)what;
	expire(bindings);
	if (clock_mono_us() - bindings->written_us >= pause_us)
		write_if_dirty(bindings);
}

int bindings_alloc(struct bindings **out, struct event_base *base, const char *file,
		   bindings_change_h *change, void *arg)
{
	struct bindings *bindings = calloc(1, sizeof *bindings);

	if (!bindings)
		return ENOMEM;
	bindings->next_expiry = INT64_MAX;
	bindings->offset_ms = offset_ms();
	bindings->file = strdup(file);
	bindings->tick = event_new(base, -1, EV_PERSIST, on_tick, bindings);
	if (!bindings->file || file_writer_alloc(&bindings->writer, file) || !bindings->tick ||
	    event_add(bindings->tick, &(struct timeval){ TICK_S, 0 })) {
		bindings_free(bindings);
		return ENOMEM;
	}
	bindings_file_read(bindings);
	bindings->dirty = false;
	bindings->change = change;
	bindings->arg = arg;
	*out = bindings;
	return 0;
}

void bindings_set_gone(struct bindings *bindings, bindings_gone_h *gone)
{
	bindings->gone = gone;
}

void bindings_free(struct bindings *bindings)
{
	if (!bindings)
		return;
	if (bindings->writer)
		write_if_dirty(bindings);
	file_writer_free(bindings->writer);
	bindings->change = NULL;
	while (bindings->users)
		bindings_remove_user(bindings, bindings->users->name);
	if (bindings->tick)
		event_free(bindings->tick);
	free(bindings->file);
	free(bindings);
}
