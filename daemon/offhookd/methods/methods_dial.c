/* call.dial: a caller is connected with whom it asks for. */
#include "daemon/offhookd/methods/method.h"

#include "daemon/offhookd/place/arrive.h"
#include "daemon/offhookd/place/dial.h"
#include "daemon/offhookd/place/limits.h"
#include "daemon/offhookd/place/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TONE_SIZE = 40 };

/* ---- what may be asked ---- */

static void check_target(struct json_get *g, const json_t *one)
{
	struct json_get sub, how;
	const char *text;
	const json_t *headers = NULL, *machine = NULL;
	struct media_amd amd = { 0 };

	if (!json_is_object(one)) {
		json_get_fail(g, "targets", "must hold objects");
		return;
	}
	json_get_init(&sub, one);
	json_get_string(&sub, "to", true, &text);
	if (json_get_string(&sub, "id", false, &text) && !methods_is_uuid(text))
		json_get_fail(&sub, "id", "must be a UUID in lower case");
	json_get_string(&sub, "username", false, &text);
	json_get_string(&sub, "password", false, &text);
	if (json_get_object(&sub, "headers", false, &headers))
		check_headers(&sub, headers);
	if (json_get_object(&sub, "machine_detection", false, &machine) &&
	    methods_read_machine(machine, &amd, &how))
		json_get_fail(&sub, "machine_detection", "%s", how.error);
	if (json_get_status(&sub))
		json_get_fail(g, "targets", "%s: %s", sub.field, sub.error);
}

void check_dial(struct json_get *g, struct asked *a)
{
	const json_t *one;
	size_t i;

	if (!a->in.to == !a->in.targets)
		json_get_fail(g, "to", "give either \"to\" or \"targets\"");
	if (a->in.targets &&
	    (!json_array_size(a->in.targets) || json_array_size(a->in.targets) > DIAL_TARGETS_MAX))
		json_get_fail(g, "targets", "must hold 1 to %d places", DIAL_TARGETS_MAX);
	json_array_foreach((json_t *)a->in.targets, i, one) check_target(g, one);
	if (a->in.tone && (strlen(a->in.tone) >= TONE_SIZE - sizeof "tone:"))
		json_get_fail(g, "tone", "is too long");
}

/* ---- dialling ---- */

/* As it was checked; NULL: who answers is not asked about. */
static const struct media_amd *read_how(const json_t *one, struct media_amd *out)
{
	const json_t *machine = json_object_get(one, "machine_detection");
	struct json_get g;

	*out = (struct media_amd){ 0 };
	return machine && !methods_read_machine(machine, out, &g) ? out : NULL;
}

/* Fills the places that lead to somebody; returns how many they are. */
static size_t read_targets(struct asked *a, struct dial_target out[DIAL_TARGETS_MAX],
			   struct media_amd machines[DIAL_TARGETS_MAX])
{
	const json_t *one;
	size_t i, count = 0;

	json_array_foreach((json_t *)a->in.targets, i, one)
	{
		struct dial_target *t = &out[count];

		*t = (struct dial_target){ .headers = json_object_get(one, "headers"),
					   .username = json_string_value(json_object_get(one, "username")),
					   .password = json_string_value(json_object_get(one, "password")),
					   .id = json_string_value(json_object_get(one, "id")),
					   .machine = read_how(one, &machines[count]) };
		route_find_for_program(&t->route, a->m->conf, a->call->account,
				       json_string_value(json_object_get(one, "to")));
		if (t->route.kind != ROUTE_NONE && !arrive_answers_route(&t->route))
			count++;
	}
	return count;
}

static void reply_children(struct asked *a)
{
	struct call *children[DIAL_TARGETS_MAX];
	size_t count = dial_children(a->call, children, DIAL_TARGETS_MAX);
	json_t *calls = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(calls, call_snapshot(children[i]));
	control_reply(a->request, json_pack("{s:O, s:o}", "call",
					    count ? json_array_get(calls, 0) : json_null(), "calls", calls));
}

/* Whether one of the places is denied to the caller; answers why then. */
static bool is_denied(struct asked *a, const struct dial_target *targets, size_t count)
{
	char reason[LIMITS_REASON_SIZE];

	for (size_t i = 0; i < count; i++) {
		int err = limits_check(a->m->place, a->call->account, limits_user_of(a->call),
				       &targets[i].route, reason);

		if (err) {
			methods_reply_denied(a, err, reason);
			return true;
		}
	}
	return false;
}

static void refuse_dial(struct asked *a, int err, const struct dial_target *targets, size_t count)
{
	if (err == ENOENT)
		methods_refuse(a, CONTROL_UNROUTABLE, "to",
			       route_is_closed_uri(a->m->conf, a->in.to)
				   ? "SIP URIs of other domains are not called: the conf says so "
				     "(sip { dial-uris })."
				   : "No user, number or route takes \"to\".");
	else if (err == ELOOP)
		methods_refuse(a, CONTROL_UNROUTABLE, "to", "The call has passed through too many hops.");
	else if ((err == EPERM || err == EDQUOT) && is_denied(a, targets, count))
		return;
	else if (err == EEXIST)
		methods_refuse(a, CONTROL_CONFLICT, "id", "There is a call with this id already.");
	else if (err == EBUSY)
		methods_refuse(a, CONTROL_CONFLICT, NULL, "The call is dialling already.");
	else
		methods_refuse(a, err == EAGAIN ? CONTROL_LIMIT : CONTROL_UNAVAILABLE, NULL, strerror(err));
}

/* "tone:ringback/de" of "de". */
static const char *ring_tone(const char *country, char out[TONE_SIZE])
{
	snprintf(out, TONE_SIZE, "tone:ringback/%s", country);
	return out;
}

void method_call_dial(struct asked *a)
{
	struct dial_target targets[DIAL_TARGETS_MAX];
	struct media_amd machines[DIAL_TARGETS_MAX];
	char tone[TONE_SIZE];
	const char *tones[] = { a->in.tone ? ring_tone(a->in.tone, tone) : NULL };
	struct dial_params params = { .from = a->in.from,
				      .from_name = a->in.from_name,
				      .ring_s = (unsigned)a->in.timeout,
				      .limit_s = (unsigned)a->in.time_limit,
				      .answers = a->call->status != CALL_IN_PROGRESS,
				      .screened = a->in.screen,
				      .asks_refer = a->in.ask_refer,
				      .ringback = a->in.ringback,
				      .ring_files = a->in.file_count ? a->in.files : tones,
				      .ring_file_count =
					  a->in.file_count ? a->in.file_count : a->in.tone != NULL };
	int err = ENOENT;

	if (a->in.to) {
		route_find_for_program(&targets[0].route, a->m->conf, a->call->account, a->in.to);
		if (targets[0].route.kind != ROUTE_URI)
			params.route = &targets[0].route;
		else
			params.target_count = 1;
		targets[0].headers = NULL;
		targets[0].username = targets[0].password = targets[0].id = NULL;
		targets[0].machine = NULL;
	} else {
		params.target_count = read_targets(a, targets, machines);
	}
	params.targets = targets;
	if (params.route || params.target_count)
		err = dial_start(a->m->place, a->call, &params);
	if (err)
		refuse_dial(a, err, targets, params.route ? 1 : params.target_count);
	else
		reply_children(a);
}
