/* To which of several switches a request goes: see link.h. */
#include "daemon/api/switch/link_private.h"

#include "daemon/api/store/calls.h"
#include "daemon/api/store/conferences.h"
#include "lib/conf.h"
#include "lib/control_frame.h"
#include "lib/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- who has what ---- */

struct one *link_by_name(const struct link *link, const char *name)
{
	for (size_t i = 0; i < link->count; i++)
		if (!strcmp(one_name(link->ones[i]), name))
			return link->ones[i];
	return NULL;
}

struct one *link_of_call(const struct link *link, const char *call)
{
	char name[SWITCH_NAME_SIZE];

	return calls_switch_of(link->setup.store, call, name) ? NULL : link_by_name(link, name);
}

struct one *link_of_conference(const struct link *link, const char *conference)
{
	char name[SWITCH_NAME_SIZE];

	return conferences_switch_of(link->setup.store, conference, name) ? NULL : link_by_name(link, name);
}

/* ---- where a new call goes ---- */

/* The user that `to` names: by name, number, or SIP address here; NULL: none. */
static const char *user_of(const struct conf *conf, const char *to)
{
	char name[128];
	const char *at = to && !strncmp(to, "sip:", 4) ? strchr(to, '@') : NULL;
	const struct conf_user *user;

	if (!to || !conf)
		return NULL;
	if (at && (size_t)(at - to - 4) < sizeof name) {
		memcpy(name, to + 4, (size_t)(at - to - 4));
		name[at - to - 4] = '\0';
		to = name;
	}
	user = conf_user_by_name(conf, to);
	if (!user)
		user = conf_user_by_number(conf, to);
	return user ? user->name : NULL;
}

static bool takes_calls(const struct one *one)
{
	return one_is_ready(one) && !one_load(one).draining;
}

/* Whether `a` is less full than `b`. */
static bool is_freer(const struct one *a, const struct one *b)
{
	struct one_load x = one_load(a), y = one_load(b);

	if (!x.max_calls || !y.max_calls)
		return x.calls < y.calls;
	return x.calls * y.max_calls < y.calls * x.max_calls;
}

/* The least full one but `not`; of those that are alike, each in its turn. */
static struct one *find_free(struct link *link, const struct one * not )
{
	struct one *best = NULL;

	link->turn++;
	for (size_t i = 0; i < link->count; i++) {
		struct one *one = link->ones[(link->turn + i) % link->count];

		if (one != not &&takes_calls(one) && (!best || is_freer(one, best)))
			best = one;
	}
	return best;
}

static struct one *find_of_user(const struct link *link, const char *to)
{
	const char *user = user_of(link->setup.conf, to);

	for (size_t i = 0; user && i < link->count; i++)
		if (one_has_user(link->ones[i], user))
			return link->ones[i];
	return NULL;
}

const char *link_choose(struct link *link, const char *to, const char *conference)
{
	struct one *one = conference ? link_of_conference(link, conference) : find_of_user(link, to);

	if (!one)
		one = find_free(link, NULL);
	if (!one || !*one_name(one))
		return NULL;
	one_placed(one);
	return one_name(one);
}

/* ---- placing ---- */

/* A call that is being placed; where the switch has no room for it, another one may have. */
struct placing {
	struct link *link;
	struct one *first;
	json_t *params;
	control_client_reply_h *reply;
	void *arg;
};

static void placing_done(struct placing *placing, const json_t *result, const json_t *error)
{
	if (placing->reply)
		placing->reply(result, error, placing->arg);
	json_decref(placing->params);
	free(placing);
}

static void on_second(const json_t *result, const json_t *error, void *arg)
{
	placing_done(arg, result, error);
}

/* Only what the switch itself has refused: of a connection that broke it is not known. */
static bool may_go_elsewhere(const struct placing *placing, const json_t *error)
{
	json_int_t code = json_integer_value(json_object_get(error, "code"));

	return (code == CONTROL_UNAVAILABLE || code == CONTROL_LIMIT) && one_is_ready(placing->first);
}

static void on_first(const json_t *result, const json_t *error, void *arg)
{
	struct placing *placing = arg;
	const char *id = json_string_value(json_object_get(placing->params, "id"));
	struct one *other =
	    error && may_go_elsewhere(placing, error) ? find_free(placing->link, placing->first) : NULL;

	if (!other || (id && calls_set_switch(placing->link->setup.store, id, one_name(other)))) {
		placing_done(placing, result, error);
		return;
	}
	log_info("call.placed_elsewhere", id, "switch=%s instead_of=%s", one_name(other),
		 one_name(placing->first));
	one_placed(other);
	if (one_call(other, "call.originate", json_incref(placing->params), on_second, placing))
		placing_done(placing, result, error);
}

static int place(struct link *link, json_t *params, control_client_reply_h *reply, void *arg)
{
	const char *id = json_string_value(json_object_get(params, "id"));
	struct one *one = id ? link_of_call(link, id) : NULL;
	struct placing *placing;

	if (!one)
		one = find_of_user(link, json_string_value(json_object_get(params, "to")));
	if (!one)
		one = find_free(link, NULL);
	if (!one) {
		json_decref(params);
		return gather_refuse(link, CONTROL_UNAVAILABLE, "no switch takes new calls", reply, arg);
	}
	placing = calloc(1, sizeof *placing);
	if (!placing) {
		json_decref(params);
		return ENOMEM;
	}
	*placing = (struct placing){ link, one, params, reply, arg };
	/* It is sent once more, perhaps. */
	if (!one_call(one, "call.originate", json_incref(params), on_first, placing))
		return 0;
	json_decref(params);
	free(placing);
	return ENOMEM;
}

/* ---- everything else ---- */

static bool is_among(const char *method, const char *const list[])
{
	while (*list && strcmp(*list, method) != 0)
		list++;
	return *list != NULL;
}

/* What is of one call or conference, and of another one with it; `apart`: they are on different switches. */
static struct one *find_owner(const struct link *link, const json_t *params, bool *apart)
{
	const char *call = json_string_value(json_object_get(params, "call"));
	const char *with = json_string_value(json_object_get(params, "with"));
	const char *conference = json_string_value(json_object_get(params, "conference"));
	struct one *one = call ? link_of_call(link, call) : NULL;
	struct one *other = with ? link_of_call(link, with) : NULL;

	if (!other && conference)
		other = link_of_conference(link, conference);
	*apart = one && other && one != other;
	return one ? one : other;
}

/* Whether the conference of that name, which a script's call is to join, is at another switch than `one`:
 * there would be two of them, each without the others. */
static bool is_elsewhere(const struct link *link, const json_t *params, const struct one *one)
{
	const char *account = json_string_value(json_object_get(params, "account"));
	const char *name = json_string_value(json_object_get(params, "name"));
	struct conference_row row;
	bool elsewhere;

	if (!one || !account || !name || conferences_get_named(link->setup.store, account, name, &row))
		return false;
	elsewhere = row.on && strcmp(row.on, one_name(one)) != 0;
	conference_row_clear(&row);
	return elsewhere;
}

/* Whose a new conference is: that of the call that wants it, or the one that was chosen when its record was
 * written. */
static struct one *of_new_conference(const struct link *link, const json_t *params, struct one *of_call)
{
	const char *id = json_string_value(json_object_get(params, "id"));

	if (!of_call)
		return id ? link_of_conference(link, id) : NULL;
	if (id && conferences_set_switch(link->setup.store, id, one_name(of_call)))
		log_warn("conference.store_failed", NULL, "conference=%s", id);
	return of_call;
}

int link_route(struct link *link, const char *method, json_t *params, control_client_reply_h *reply,
	       void *arg)
{
	static const char *const lists[] = { "registration.list", "trunk.list",	 "user.list",
					     "bans.list",	  "number.list", "call.list",
					     "conference.list",	  NULL };
	static const char *const every[] = { "registration.remove", "bans.lift",     "number.set",
					     "number.remove",	    "switch.reload", NULL };
	bool apart = false, of_one = json_object_get(params, "call") || json_object_get(params, "conference");
	struct one *one = of_one ? find_owner(link, params, &apart) : NULL;

	if (!strcmp(method, "call.originate"))
		return place(link, params, reply, arg);
	if (is_among(method, lists))
		return gather_start(link, GATHER_ALL, method, params, reply, arg);
	if (!strcmp(method, "switch.metrics"))
		return gather_start(link, GATHER_SUM, method, params, reply, arg);
	if (apart) {
		json_decref(params);
		return gather_refuse(link, CONTROL_CONFLICT,
				     "They are on different switches, which cannot be joined.", reply, arg);
	}
	if (!strcmp(method, "conference.create") && is_elsewhere(link, params, one)) {
		json_decref(params);
		return gather_refuse(
		    link, CONTROL_CONFLICT,
		    "The conference is on another switch than the call, which cannot join it.", reply, arg);
	}
	if (!strcmp(method, "conference.create"))
		one = of_new_conference(link, params, one);
	/* Of a call that nobody has told of yet, whoever has it knows. */
	if (is_among(method, every) || (of_one && !one))
		return gather_start(link, GATHER_ANY_GOOD, method, params, reply, arg);
	if (!one)
		one = find_free(link, NULL);
	for (size_t i = 0; !one && i < link->count; i++)
		one = one_is_ready(link->ones[i]) ? link->ones[i] : NULL;
	if (one)
		return one_call(one, method, params, reply, arg);
	json_decref(params);
	return gather_refuse(link, CONTROL_UNAVAILABLE, "no switch is connected", reply, arg);
}
