/* See find.h. */
#include "daemon/offhookd/trace/find.h"

#include "daemon/offhookd/trace/ring.h"
#include "daemon/offhookd/trace/scan.h"
#include "daemon/offhookd/trace/show.h"
#include "daemon/offhookd/trace/sipline.h"
#include "lib/json_get.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 8, REGISTRATION_MAX = 8, EXCHANGE_US = 32000000 };

struct finding {
	json_t *links;	 /* an array */
	json_t *refused; /* likewise */
	json_t *calls;	 /* {id: true}: whose links are looked for */
	json_t *dialogs; /* {sip_call_id: call, or ""} */
	struct entry **messages;
	size_t count, bytes;
	bool truncated;
	json_t *rtp; /* an array */
};

/* ---- which calls, and which dialogs ---- */

static void want_call(struct finding *f, const char *id)
{
	if (id[0] && json_object_size(f->calls) < FIND_CALLS_MAX)
		json_object_set_new(f->calls, id, json_true());
}

static bool on_link(const struct entry *e, void *arg)
{
	struct finding *f = arg;
	json_t *link = e->kind == ENTRY_LINK ? show_link(e) : NULL;
	const char *dialog = json_member_text(link, "sip_call_id"), *known;

	if (e->kind != ENTRY_LINK)
		return true;
	if (!link) {
		json_array_append_new(f->refused, show_refusal(e));
		return true;
	}
	known = json_member_text(f->dialogs, dialog);
	if (!known[0] && json_object_size(f->dialogs) < FIND_DIALOGS_MAX) {
		want_call(f, json_member_text(link, "call"));
		want_call(f, json_member_text(link, "parent_call_id"));
		json_object_set_new(f->dialogs, dialog, json_string(json_member_text(link, "call")));
		json_array_append(f->links, link);
	}
	json_decref(link);
	return true;
}

static size_t keys_of(uint64_t *out, char what, const json_t *names)
{
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach((json_t *)names, name, value) out[n++] = ring_key(what, name, strlen(name));
	return n;
}

/* From caller to callee and back, until nobody new is found. */
static void find_links(struct finding *f, const char *folder)
{
	uint64_t keys[FIND_CALLS_MAX];

	for (size_t round = 0, before = 0; round < ROUNDS_MAX && json_object_size(f->calls) > before;
	     round++) {
		before = json_object_size(f->calls);
		scan_keys(folder, keys, keys_of(keys, 'c', f->calls), on_link, f);
	}
}

/* ---- their messages ---- */

static struct entry *copy_of(const struct entry *e)
{
	struct entry *copy = malloc(e->size);

	if (copy)
		memcpy(copy, e, e->size);
	return copy;
}

static bool keep(struct finding *f, const struct entry *e)
{
	struct entry *copy;

	f->truncated = f->count == FIND_MESSAGES_MAX || f->bytes + e->size > FIND_BYTES_MAX;
	if (f->truncated)
		return false;
	copy = copy_of(e);
	if (!copy)
		return false;
	f->messages[f->count++] = copy;
	f->bytes += e->size;
	return true;
}

static bool has_dialog(const struct finding *f, const struct entry *e, char name[256])
{
	struct sipline sip;

	if (!sipline_read(&sip, e->text, e->text_size) || sip.call_id.size > 255)
		return false;
	memcpy(name, sip.call_id.at, sip.call_id.size);
	name[sip.call_id.size] = '\0';
	return json_object_get(f->dialogs, name) != NULL;
}

static bool on_message(const struct entry *e, void *arg)
{
	struct finding *f = arg;
	char name[256];

	if (e->kind != ENTRY_MESSAGE || !has_dialog(f, e, name)) /* of another key with this hash */
		return true;
	return keep(f, e);
}

static int by_time(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;

	return x->time_us < y->time_us ? -1 : x->time_us > y->time_us;
}

static json_t *show_messages(const struct finding *f)
{
	json_t *list = json_array(), *one;
	char name[256];

	for (size_t i = 0; i < f->count; i++) {
		const char *call =
		    has_dialog(f, f->messages[i], name) ? json_member_text(f->dialogs, name) : "";

		one = show_message(f->messages[i], call[0] ? call : NULL);
		if (one)
			json_array_append_new(list, one);
	}
	return list;
}

static void forget_messages(struct finding *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->messages[i]);
	f->count = f->bytes = 0;
}

/* ---- the RTP headers of their media ---- */

static bool on_rtp(const struct entry *e, void *arg)
{
	struct finding *f = arg;
	const struct entry_rtp *rtp = entry_rtp(e);

	if (!rtp || !json_object_get(f->calls, rtp->call))
		return true;
	if (json_array_size(f->rtp) == FIND_RTP_MAX) {
		f->truncated = true;
		return false;
	}
	json_array_append_new(f->rtp, show_rtp(e));
	return true;
}

static void find_rtp(struct finding *f, const char *folder)
{
	uint64_t keys[FIND_CALLS_MAX];

	scan_keys(folder, keys, keys_of(keys, 'c', f->calls), on_rtp, f);
}

/* ---- the last registration of who takes part ---- */

struct exchange {
	const char *user;
	int64_t until_us;
	struct entry *last[REGISTRATION_MAX]; /* oldest first */
	size_t count;
};

static bool on_registration(const struct entry *e, void *arg)
{
	struct exchange *x = arg;
	struct sipline sip;
	struct entry *copy;

	if (e->kind != ENTRY_MESSAGE || e->time_us > x->until_us ||
	    !sipline_read(&sip, e->text, e->text_size) || !sip_slice_is(&sip.to_user, x->user))
		return true;
	copy = copy_of(e);
	if (!copy)
		return false;
	if (x->count == REGISTRATION_MAX) {
		free(x->last[0]);
		memmove(x->last, x->last + 1, --x->count * sizeof *x->last);
	}
	x->last[x->count++] = copy;
	return true;
}

/* Of the last messages those that belong to the last one. */
static bool is_of_last(const struct exchange *x, const struct entry *e)
{
	const struct entry *last = x->last[x->count - 1];
	struct sipline a, b;

	return sipline_read(&a, e->text, e->text_size) && sipline_read(&b, last->text, last->text_size) &&
	       a.call_id.size == b.call_id.size && memcmp(a.call_id.at, b.call_id.at, a.call_id.size) == 0 &&
	       e->time_us + EXCHANGE_US > last->time_us;
}

static void add_registration(json_t *out, const char *folder, const char *user, int64_t until_us)
{
	struct exchange x = { .user = user, .until_us = until_us };
	uint64_t key = ring_key('u', user, strlen(user));

	scan_keys(folder, &key, 1, on_registration, &x);
	for (size_t i = 0; i < x.count; i++) {
		json_t *one = is_of_last(&x, x.last[i]) ? show_message(x.last[i], NULL) : NULL;

		if (one)
			json_array_append_new(out, one);
	}
	for (size_t i = 0; i < x.count; i++)
		free(x.last[i]);
}

static json_t *find_registrations(const struct finding *f, const char *folder)
{
	json_t *out = json_array(), *seen = json_object(), *link;
	int64_t until = f->count ? f->messages[f->count - 1]->time_us : INT64_MAX;
	size_t i;

	json_array_foreach(f->links, i, link)
	{
		const char *user = json_member_text(link, "line");

		if (!user[0] || json_object_get(seen, user))
			continue;
		json_object_set_new(seen, user, json_true());
		add_registration(out, folder, user, until);
	}
	json_decref(seen);
	return out;
}

json_t *find_call(const char *calls, const char *registrations, const char *call, const char *sip_call_id)
{
	struct finding f = { .links = json_array(),
			     .refused = json_array(),
			     .rtp = json_array(),
			     .calls = json_object(),
			     .dialogs = json_object() };
	uint64_t keys[FIND_DIALOGS_MAX];
	json_t *out;

	f.messages = calloc(FIND_MESSAGES_MAX, sizeof(struct entry *));
	if (!f.messages || !f.links || !f.calls || !f.dialogs || !f.rtp)
		out = NULL;
	else {
		if (call) {
			want_call(&f, call);
		} else {
			json_object_set_new(f.dialogs, sip_call_id, json_string(""));
			scan_keys(calls, keys, keys_of(keys, 's', f.dialogs), on_link, &f);
		}
		find_links(&f, calls);
		scan_keys(calls, keys, keys_of(keys, 's', f.dialogs), on_message, &f);
		find_rtp(&f, calls);
		qsort(f.messages, f.count, sizeof(struct entry *), by_time);
		out =
		    json_pack("{s:O,s:O,s:o,s:o,s:O,s:b}", "calls", f.links, "refused", f.refused, "messages",
			      show_messages(&f), "registrations", find_registrations(&f, registrations),
			      "rtp", f.rtp, "truncated", (int)f.truncated);
		forget_messages(&f);
	}
	free(f.messages);
	json_decref(f.rtp);
	json_decref(f.refused);
	json_decref(f.links);
	json_decref(f.calls);
	json_decref(f.dialogs);
	return out;
}

/* ---- what has come since ---- */

struct news {
	json_t *links, *messages;
	size_t bytes;
};

static bool on_news(const struct entry *e, void *arg)
{
	struct news *n = arg;
	json_t *one = e->kind == ENTRY_LINK ? show_link(e) : show_message(e, NULL);

	if (json_array_size(n->messages) == FIND_MESSAGES_MAX || n->bytes > FIND_BYTES_MAX / 2) {
		json_decref(one);
		return false;
	}
	n->bytes += e->size;
	if (one)
		json_array_append_new(e->kind == ENTRY_LINK ? n->links : n->messages, one);
	return true;
}

json_t *find_after(const char *calls, const char *after)
{
	struct news n = { json_array(), json_array(), 0 };
	uint64_t number = 0, at = 0;
	char place[48];

	if (after && sscanf(after, "%" SCNx64 ":%" SCNu64, &number, &at) == 2)
		scan_from(calls, &number, &at, on_news, &n);
	else
		scan_end(calls, &number, &at);
	snprintf(place, sizeof place, "%" PRIx64 ":%" PRIu64, number, at);
	return json_pack("{s:o,s:o,s:s}", "calls", n.links, "messages", n.messages, "after", place);
}
