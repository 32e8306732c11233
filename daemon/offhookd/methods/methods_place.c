/* call.originate, call.dial and call.claim: placing calls and taking those that come in. */
#include "daemon/offhookd/methods/methods.h"

#include "daemon/offhookd/money/charge.h"
#include "daemon/offhookd/place/dial.h"
#include "daemon/offhookd/call/limits.h"
#include "daemon/offhookd/place/outbound.h"
#include "lib/control_frame.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { CLAIMED_RING_MS = 180000, RING_MAX_S = 3600, LIMIT_MAX_S = 7 * 86400 };

/* ---- what may be asked ---- */

bool methods_is_uuid(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23
			? text[i] != '-'
			: !isxdigit((unsigned char)text[i]) || isupper((unsigned char)text[i]))
			return false;
	return i == UUID_TEXT_SIZE - 1;
}

/* Only X- headers, of bounded size and without anything that could begin another header. */
static bool headers_are_fit(const json_t *headers)
{
	const char *name;
	json_t *value;

	if (json_object_size(headers) > UA_HEADERS_MAX)
		return false;
	json_object_foreach((json_t *)headers, name, value)
	{
		const char *text = json_string_value(value);

		if (strncasecmp(name, "X-", 2) != 0 || strlen(name) > 64 || !text || strlen(text) > 512)
			return false;
		/* the loop goes on from `name` as it is */
		for (const char *c = name; *c; c++)
			if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
				return false;
		for (; *text; text++)
			if (iscntrl((unsigned char)*text))
				return false;
	}
	return true;
}

struct wish {
	const char *to, *from, *id, *account, *from_name, *tag, *record_file;
	int64_t timeout, limit, channels;
	const json_t *headers;
	bool record, claim, dry_run;
	struct route route;
	char from_number[ROUTE_TEXT_MAX];
};

static void read_record(struct wish *w, struct json_get *g)
{
	json_t *record = json_object_get(g->object, "record");
	struct json_get sub;

	w->channels = 1;
	if (!json_is_object(record)) {
		json_get_bool(g, "record", false, &w->record);
		return;
	}
	w->record = true;
	json_get_init(&sub, record);
	json_get_string(&sub, "file", false, &w->record_file);
	json_get_int(&sub, "channels", false, 1, 2, &w->channels);
	if (json_get_status(&sub))
		json_get_fail(g, "record", "%s", sub.error);
	if (w->record_file && w->record_file[0] != '/')
		json_get_fail(g, "record", "file must be an absolute path");
}

static void read_wish(struct wish *w, struct json_get *g, const json_t *params)
{
	memset(w, 0, sizeof *w);
	w->claim = true;
	json_get_init(g, params);
	json_get_string(g, "to", true, &w->to);
	json_get_string(g, "from", true, &w->from);
	json_get_string(g, "id", false, &w->id);
	json_get_string(g, "account", false, &w->account);
	json_get_string(g, "from_name", false, &w->from_name);
	json_get_string(g, "tag", false, &w->tag);
	json_get_int(g, "timeout", false, 1, RING_MAX_S, &w->timeout);
	json_get_int(g, "time_limit", false, 1, LIMIT_MAX_S, &w->limit);
	json_get_object(g, "headers", false, &w->headers);
	json_get_bool(g, "claim", false, &w->claim);
	json_get_bool(g, "dry_run", false, &w->dry_run);
	read_record(w, g);
	if (w->id && !methods_is_uuid(w->id))
		json_get_fail(g, "id", "must be a UUID in lower case");
	if (w->headers && !headers_are_fit(w->headers))
		json_get_fail(g, "headers",
			      "must hold at most %d X- headers with texts of at most 512 characters",
			      UA_HEADERS_MAX);
}

static void unroutable(struct control_request *request, const char *field, const char *why)
{
	control_reply_error(request, CONTROL_UNROUTABLE, why, json_pack("{s:s}", "field", field));
}

void methods_reply_denied(struct control_request *request, int err, const char *reason)
{
	control_reply_error(request, err == EDQUOT ? CONTROL_PAYMENT : CONTROL_UNROUTABLE, reason,
			    json_pack("{s:s}", "field", "to"));
}

/* `from` is a number of ours, and of the account when one is named. */
static const struct conf_account *owner_of(struct control_request *request, const struct conf *conf,
					   struct wish *w)
{
	const struct conf_account *owner = NULL;

	if (route_own_number(w->from_number, sizeof w->from_number, w->from))
		owner = route_owner(conf, w->from_number);
	if (!owner || (w->account && strcmp(owner->name, w->account) != 0)) {
		unroutable(request, "from", "\"from\" is not a number of ours.");
		return NULL;
	}
	return owner;
}

static bool find_route(struct control_request *request, const struct conf *conf, const char *account,
		       struct wish *w)
{
	route_find(&w->route, conf, account, w->to);
	if (w->route.kind == ROUTE_NUMBER && w->route.number->action != CONF_NUMBER_DIAL) {
		unroutable(request, "to", "That number is answered by the switch itself and rings no phone.");
		return false;
	}
	if (w->route.kind == ROUTE_NONE) {
		unroutable(request, "to", "No user, number or route takes \"to\".");
		return false;
	}
	return true;
}

/* ---- originate ---- */

static int64_t least(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* What it would cost, and how long it could last. */
static void add_limits(json_t *out, const struct sw *sw, const struct conf_account *account,
		       const struct wish *w, bool trunk)
{
	const unsigned most[] = { (unsigned)w->limit, sw->conf->sip.max_duration_s, account->max_duration_s };
	char prefix[RATE_PREFIX_SIZE];
	struct rate rate;
	int64_t s = -1;

	for (size_t i = 0; i < 3; i++)
		s = least(s, most[i] ? (int64_t)most[i] : -1);
	if (trunk && account->deck &&
	    rate_deck_find(account->deck->rates, RATE_OUTBOUND, w->route.to, &rate, prefix)) {
		s = least(s, charge_seconds_left(sw, account, &rate));
		json_object_set_new(out, "rate", charge_rate_json(&rate, prefix));
	}
	if (s >= 0)
		json_object_set_new(out, "max_duration", json_integer(s));
}

static void reply_dry_run(struct control_request *request, const struct sw *sw,
			  const struct conf_account *account, const struct wish *w)
{
	const struct conf *conf = sw->conf;
	const struct route *route = &w->route;
	char text[160] = "";
	const struct conf_target *targets =
	    route->kind == ROUTE_NUMBER ? route->number->dial : route->targets;
	json_t *out;

	if (route->kind == ROUTE_USER)
		snprintf(text, sizeof text, "user:%s", route->user->name);
	else if (targets[0].kind == CONF_TO_USER)
		snprintf(text, sizeof text, "user:%s", conf->users[targets[0].index].name);
	else
		snprintf(text, sizeof text, "trunk:%s", conf->trunks[targets[0].index].name);
	out = json_pack("{s:s}", "route", text);
	add_limits(out, sw, account, w, text[0] == 't');
	control_reply(request, out);
}

static void reply_failure(struct control_request *request, struct sw *sw, const struct wish *w, int err)
{
	struct call *known = w->id ? calls_find(sw, w->id) : NULL;

	if (err == EEXIST && known)
		control_reply_error(request, CONTROL_CONFLICT, "There is a call with this id already.",
				    json_pack("{s:s,s:o}", "field", "id", "call", call_snapshot(known)));
	else if (err == EAGAIN)
		control_reply_error(request, CONTROL_LIMIT, "max-calls is reached.", NULL);
	else
		control_reply_error(request, CONTROL_UNAVAILABLE, strerror(err), NULL);
}

static void place(struct control_request *request, struct sw *sw, struct wish *w,
		  const struct conf_account *account)
{
	struct originate_params p = {
		.id = w->id,
		.account = account->name,
		.from = w->from_number,
		.from_name = w->from_name,
		.to = w->route.to,
		.tag = w->tag,
		.ring_s = (unsigned)w->timeout,
		.limit_s = (unsigned)w->limit,
		.headers = (json_t *)w->headers,
		.record = w->record,
		.record_channels = (unsigned)w->channels,
		.record_file = w->record_file,
		.emergency = w->route.emergency,
		.claimed_by = w->claim ? control_request_peer(request) : 0,
	};
	struct call *call;
	int err = plan_for_route(&p.plan, sw, &w->route);

	if (!err)
		err = originate(&call, sw, &p);
	if (err)
		reply_failure(request, sw, w, err);
	else
		methods_reply_call(request, call);
}

static void originate_method(struct control_request *request, const json_t *params, void *arg)
{
	const struct conf_account *account;
	struct sw *sw = arg;
	char reason[LIMITS_REASON_SIZE];
	struct json_get g;
	struct wish w;
	int err;

	read_wish(&w, &g, params);
	if (!methods_params_ok(request, &g))
		return;
	account = owner_of(request, sw->conf, &w);
	if (!account || !find_route(request, sw->conf, account->name, &w))
		return;
	err = limits_check(sw, account->name, NULL, &w.route, reason);
	if (err)
		methods_reply_denied(request, err, reason);
	else if (w.dry_run)
		reply_dry_run(request, sw, account, &w);
	else if (sw->draining)
		control_reply_error(request, CONTROL_UNAVAILABLE, "The switch is draining.", NULL);
	else
		place(request, sw, &w, account);
}

/* ---- dial ---- */

static void dial_method(struct control_request *request, const json_t *params, void *arg)
{
	const char *to = NULL, *from = NULL, *from_name = NULL;
	char reason[LIMITS_REASON_SIZE];
	int64_t timeout = 0;
	bool ringback = false;
	struct sw *sw = arg;
	struct route route;
	struct json_get g;
	struct call *call;
	int err;

	json_get_init(&g, params);
	json_get_string(&g, "to", true, &to);
	json_get_string(&g, "from", false, &from);
	json_get_string(&g, "from_name", false, &from_name);
	json_get_int(&g, "timeout", false, 1, RING_MAX_S, &timeout);
	json_get_bool(&g, "ringback", false, &ringback);
	call = methods_live_call(request, sw, &g);
	if (!call)
		return;
	route_find(&route, sw->conf, call->account, to);
	ref_hold(call);
	err = dial_start(call, &(struct dial_params){ .route = &route,
						      .from = from,
						      .from_name = from_name,
						      .ring_s = (unsigned)timeout,
						      .joined = call->status != CALL_IN_PROGRESS,
						      .ringback = ringback });
	if (err == ENOENT)
		unroutable(request, "to", "No user, number or route takes \"to\".");
	else if (err == ELOOP)
		unroutable(request, "to", "The call has passed through too many hops.");
	else if ((err == EPERM || err == EDQUOT) &&
		 limits_check(sw, call->account, limits_user_of(call), &route, reason))
		methods_reply_denied(request, err, reason);
	else if (err == EBUSY)
		control_reply_error(request, CONTROL_CONFLICT, "The call is dialling already.", NULL);
	else if (err)
		control_reply_error(request, err == EAGAIN ? CONTROL_LIMIT : CONTROL_UNAVAILABLE,
				    strerror(err), NULL);
	else
		methods_reply_call(request, dial_first_child(call));
	ref_drop(call);
}

/* ---- claim ---- */

/* Whoever claimed it has forgotten it, or is gone. */
static void on_forgotten(struct call *call)
{
	call_end(call,
		 &(struct call_why){ .status = CALL_NO_ANSWER,
				     .by = CALL_ENDED_BY_LIMIT,
				     .code = 480,
				     .reason = "The program that took the call did not answer it in time." });
}

static void claim(struct control_request *request, const json_t *params, void *arg)
{
	uint64_t client = control_request_peer(request);
	struct sw *sw = arg;
	struct json_get g;
	struct call *call;

	json_get_init(&g, params);
	call = methods_live_call(request, sw, &g);
	if (!call)
		return;
	if (call->claimed_by && call->claimed_by != client &&
	    control_server_has_peer(sw->control, call->claimed_by)) {
		control_reply_error(request, CONTROL_CONFLICT, "Another client has claimed the call.", NULL);
		return;
	}
	call->claimed_by = client;
	if (call->waiting) {
		call->waiting = false;
		call_set_timer(call, CLAIMED_RING_MS, on_forgotten);
	}
	methods_reply_call(request, call);
}

const struct control_method place_methods[] = {
	{ "call.originate", originate_method },
	{ "call.dial", dial_method },
	{ "call.claim", claim },
};
const size_t place_method_count = sizeof place_methods / sizeof place_methods[0];
