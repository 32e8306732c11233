/* See calls.h. */
#include "daemon/offhookd/call/calls.h"

#include "daemon/offhookd/call/call.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

enum { ENDED_KEEP_MS = 60000, ENDED_MAX = 4096 };

void calls_listen(struct calls *calls, struct call_listener *listener)
{
	struct call_listener **at = &calls->listeners;

	while (*at)
		at = &(*at)->next;
	listener->next = NULL;
	*at = listener;
}

void calls_unlisten(struct calls *calls, struct call_listener *listener)
{
	LL_DELETE(calls->listeners, listener);
}

int calls_add(struct call **out, struct calls *calls, const struct call_params *params)
{
	struct call *call;
	int err;

	if (calls->count >= calls->conf->sip.max_calls && !params->emergency)
		return EAGAIN;
	if (params->id && calls_find(calls, params->id))
		return EEXIST;
	err = call_alloc(&call, calls, params);
	if (err)
		return err;
	HASH_ADD_STR(calls->live, id, call);
	calls->count++;
	calls->total++;
	log_info("call.new", call->id, "direction=%s from=%s to=%s user=%s trunk=%s source=%s parent=%s",
		 call_direction_name(call->direction), log_quote(call->from), log_quote(call->to),
		 log_quote(call->user), log_quote(call->trunk), call->source, call->parent_id);
	call_tell_trunk(call, 1);
	call_publish_state(call);
	*out = call;
	return 0;
}

void calls_take_up(struct call *call)
{
	struct calls *calls = call->calls;

	HASH_ADD_STR(calls->live, id, call);
	calls->count++;
	calls->total++;
	call_tell_trunk(call, 1);
}

struct call *calls_find(const struct calls *calls, const char *id)
{
	struct call *call;

	HASH_FIND_STR(calls->live, id, call);
	if (!call)
		HASH_FIND_STR(calls->ended_table, id, call);
	return call;
}

struct call *calls_find_dialog(const struct calls *calls, const char *sip_call_id)
{
	for (struct call *c = calls->live; c; c = c->hh.next)
		if (strcmp(c->sip_call_id, sip_call_id) == 0)
			return c;
	return NULL;
}

struct call *calls_find_ended_dialog(const struct calls *calls, const char *sip_call_id)
{
	for (struct call *c = calls->ended; c; c = c->ended_next)
		if (strcmp(c->sip_call_id, sip_call_id) == 0)
			return c;
	return NULL;
}

static bool same(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

size_t calls_of_user(const struct calls *calls, const char *user)
{
	size_t n = 0;

	for (const struct call *c = calls->live; c; c = c->hh.next)
		n += same(c->user, user);
	return n;
}

size_t calls_of_trunk(const struct calls *calls, const char *trunk)
{
	size_t n = 0;

	for (const struct call *c = calls->live; c; c = c->hh.next)
		n += same(c->trunk, trunk);
	return n;
}

json_t *calls_list(const struct calls *calls)
{
	json_t *list = json_array();

	for (const struct call *c = calls->live; c; c = c->hh.next)
		json_array_append_new(list, call_snapshot(c));
	return list;
}

/* ---- those that have ended ---- */

static void forget(struct calls *calls, struct call *call)
{
	HASH_DELETE(hh, calls->ended_table, call);
	DL_DELETE2(calls->ended, call, ended_prev, ended_next);
	calls->ended_count--;
	ref_drop(call);
}

/* Those that ended a while ago, and those beyond what is kept. */
static void forget_old(struct calls *calls)
{
	int64_t before = clock_utc_ms() - ENDED_KEEP_MS;

	while (calls->ended && (calls->ended->ended < before || calls->ended_count > ENDED_MAX))
		forget(calls, calls->ended);
}

void calls_retire(struct call *call)
{
	struct calls *calls = call->calls;

	HASH_DELETE(hh, calls->live, call);
	calls->count--;
	call_tell_trunk(call, -1);
	HASH_ADD_STR(calls->ended_table, id, call);
	DL_APPEND2(calls->ended, call, ended_prev, ended_next);
	calls->ended_count++;
	forget_old(calls);
	for (struct call_listener *l = calls->listeners; l; l = l->next)
		if (l->gone)
			l->gone(l->arg);
}

void calls_free(struct calls *calls)
{
	while (calls->ended) {
		struct call *call = calls->ended;

		if (call->media_open) /* media's: it will not say its last word any more */
			ref_drop(call);
		forget(calls, call);
	}
}
