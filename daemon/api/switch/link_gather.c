/* Requests that go to all switches, whose answers are told as one: see link_private.h. */
#include "daemon/api/switch/link_private.h"

#include "lib/control_frame.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

struct gather {
	struct gather *next, **link;
	struct event *later; /* answers, where nobody was asked */
	enum gathering kind;
	size_t waiting;
	json_t *result, *error; /* so far */
	control_client_reply_h *reply;
	void *arg;
};

/* Who asked, until the answer; the gather may have gone. */
struct asked {
	struct gather *gather;
	const struct one *one;
};

static void gather_free(struct gather *gather)
{
	*gather->link = gather->next;
	if (gather->next)
		gather->next->link = gather->link;
	if (gather->later)
		event_free(gather->later);
	json_decref(gather->result);
	json_decref(gather->error);
	free(gather);
}

static void finish(struct gather *gather)
{
	control_client_reply_h *reply = gather->reply;
	json_t *result = gather->result, *error = result ? NULL : gather->error;
	void *arg = gather->arg;

	json_incref(result);
	json_incref(error);
	gather_free(gather);
	if (reply)
		reply(result, error, arg);
	json_decref(result);
	json_decref(error);
}

static struct gather *gather_new(struct link *link, enum gathering kind, control_client_reply_h *reply,
				 void *arg)
{
	struct gather *gather = calloc(1, sizeof *gather);

	if (!gather)
		return NULL;
	gather->kind = kind;
	gather->reply = reply;
	gather->arg = arg;
	gather->next = link->gathers;
	gather->link = &link->gathers;
	if (gather->next)
		gather->next->link = &gather->next;
	link->gathers = gather;
	return gather;
}

/* ---- answers ---- */

/* Each item says whose it is. */
static void add_items(json_t *to, const json_t *items, const char *name)
{
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)items, i, item)
	{
		json_t *copy = json_is_object(item) ? json_copy(item) : json_incref(item);

		if (json_is_object(copy))
			json_object_set_new(copy, "switch", json_string(name));
		json_array_append_new(to, copy);
	}
}

/* A user is in the confs of all switches, and has registered with any of them: he is told of once. */
static void add_users(json_t *to, const json_t *users)
{
	json_t *user, *known = NULL;
	size_t i, k;

	json_array_foreach((json_t *)users, i, user)
	{
		const char *name = json_string_value(json_object_get(user, "name"));

		json_array_foreach(to, k, known)
		{
			const char *other = json_string_value(json_object_get(known, "name"));

			if (name && other && !strcmp(name, other))
				break;
		}
		if (k == json_array_size(to))
			json_array_append_new(to, json_copy(user));
		else
			json_object_set_new(
			    known, "contacts",
			    json_integer(json_integer_value(json_object_get(known, "contacts")) +
					 json_integer_value(json_object_get(user, "contacts"))));
	}
}

static void merge(struct gather *gather, const json_t *result, const char *name)
{
	const char *key;
	json_t *value;

	if (!gather->result)
		gather->result = json_object();
	json_object_foreach((json_t *)result, key, value)
	{
		json_t *known = json_object_get(gather->result, key);

		if (!known) {
			known = json_is_array(value) ? json_array() : json_incref(value);
			json_object_set_new(gather->result, key, known);
		}
		if (!json_is_array(value) || !json_is_array(known))
			continue;
		if (!strcmp(key, "users"))
			add_users(known, value);
		else
			add_items(known, value, name);
	}
}

static void on_answer(const json_t *result, const json_t *error, void *arg)
{
	struct asked *asked = arg;
	struct gather *gather = asked->gather;

	if (error && !gather->error)
		gather->error = json_incref((json_t *)error);
	else if (!error && gather->kind == GATHER_ALL)
		merge(gather, result, one_name(asked->one));
	else if (!error && !gather->result)
		gather->result = json_deep_copy(result);
	else if (!error && gather->kind == GATHER_SUM)
		gather_add_figures(gather->result, result);
	free(asked);
	if (--gather->waiting == 0)
		finish(gather);
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	finish(arg);
}

/* ---- questions ---- */

static int answer_later(struct link *link, struct gather *gather, int code, const char *message)
{
	static const struct timeval at_once = { 0, 0 };

	gather->error = json_pack("{s:i, s:s}", "code", code, "message", message);
	gather->later = evtimer_new(link->setup.base, on_later, gather);
	if (gather->error && gather->later && !evtimer_add(gather->later, &at_once))
		return 0;
	gather_free(gather);
	return ENOMEM;
}

int gather_refuse(struct link *link, int code, const char *message, control_client_reply_h *reply, void *arg)
{
	struct gather *gather = gather_new(link, GATHER_ANY_GOOD, reply, arg);

	return gather ? answer_later(link, gather, code, message) : ENOMEM;
}

int gather_start(struct link *link, enum gathering kind, const char *method, json_t *params,
		 control_client_reply_h *reply, void *arg)
{
	struct gather *gather = gather_new(link, kind, reply, arg);

	for (size_t i = 0; gather && i < link->count; i++) {
		struct asked *asked = one_is_ready(link->ones[i]) ? malloc(sizeof *asked) : NULL;

		if (!asked)
			continue;
		*asked = (struct asked){ gather, link->ones[i] };
		/* A copy: whoever sends it takes it. */
		if (one_call(link->ones[i], method, json_deep_copy(params), on_answer, asked))
			free(asked);
		else
			gather->waiting++;
	}
	json_decref(params);
	if (!gather)
		return ENOMEM;
	return gather->waiting ? 0
			       : answer_later(link, gather, CONTROL_UNAVAILABLE, "no switch is connected");
}

void gather_end(struct link *link)
{
	while (link->gathers)
		gather_free(link->gathers);
}
