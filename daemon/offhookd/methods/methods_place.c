/* call.originate: placing a call. */
#include "daemon/offhookd/methods/method.h"

#include "daemon/offhookd/call/machine.h"
#include "daemon/offhookd/money/charge.h"
#include "daemon/offhookd/place/arrive.h"
#include "daemon/offhookd/place/limits.h"
#include "daemon/offhookd/place/outbound.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/place/program.h"
#include "lib/call_header.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HEADER_NAME_MAX = 64, HEADER_VALUE_MAX = 512 };

/* ---- what may be asked ---- */

static bool is_header_name(const char *name)
{
	size_t n = 0;

	while (isalnum((unsigned char)name[n]) || (name[n] && strchr("-_.", name[n])))
		n++;
	return n <= HEADER_NAME_MAX && !name[n] && call_header_may_be_given(name);
}

static bool is_header_value(const char *text)
{
	size_t n = 0;

	while (text && text[n] && n <= HEADER_VALUE_MAX && !iscntrl((unsigned char)text[n]))
		n++;
	return text && n <= HEADER_VALUE_MAX && !text[n];
}

void check_headers(struct json_get *g, const json_t *headers)
{
	bool fit = json_object_size(headers) <= UA_HEADERS_MAX;
	const char *name, *trouble = NULL;
	json_t *value;

	json_object_foreach((json_t *)headers, name, value)
	{
		/* nothing in it may begin another header */
		if (!is_header_name(name) || !is_header_value(json_string_value(value)))
			fit = false;
		else if (!trouble)
			trouble = call_header_trouble(name, json_string_value(value));
	}
	if (!fit)
		json_get_fail(g, "headers",
			      "must hold at most %d headers (" CALL_HEADER_NAMES
			      ") with texts of at most %d characters",
			      UA_HEADERS_MAX, HEADER_VALUE_MAX);
	else if (trouble)
		json_get_fail(g, "headers", "cannot be sent (one of the headers): %s", trouble);
}

void check_ring(struct json_get *g, struct asked *a)
{
	check_headers(g, a->in.headers);
}

/* true, or {"file","channels","track","trim_silence"} */
static void read_record(struct json_get *g, struct method_in *in)
{
	json_t *record = json_object_get(g->object, "record");
	bool wanted = false;
	struct json_get sub;

	in->channels = 1;
	if (!json_is_object(record)) {
		if (json_get_bool(g, "record", false, &wanted))
			in->record = wanted;
		return;
	}
	in->record = 1;
	json_get_init(&sub, record);
	json_get_string(&sub, "file", false, &in->record_file);
	json_get_int(&sub, "channels", false, 1, 2, &in->channels);
	json_get_enum(&sub, "track", false, recording_tracks, &in->record_track);
	json_get_bool(&sub, "trim_silence", false, &in->record_trim);
	if (json_get_status(&sub))
		json_get_fail(g, "record", "%s", sub.error);
	if (in->record_file && in->record_file[0] != '/')
		json_get_fail(g, "record", "file must be an absolute path");
}

int methods_read_machine(const json_t *object, struct media_amd *how, struct json_get *g)
{
	static const char *const names[] = {
		"message_end", "timeout", "speech", "speech_end", "silence", NULL
	};
	int64_t timeout = 0, speech = 0, speech_end = 0, silence = 0;

	json_get_init(g, object);
	json_get_bool(g, "message_end", false, &how->message_end);
	json_get_int(g, "timeout", false, DETECT_TIMEOUT_MIN, DETECT_TIMEOUT_MAX, &timeout);
	json_get_int(g, "speech", false, DETECT_SPEECH_MIN, DETECT_SPEECH_MAX, &speech);
	json_get_int(g, "speech_end", false, DETECT_SPEECH_END_MIN, DETECT_SPEECH_END_MAX, &speech_end);
	json_get_int(g, "silence", false, DETECT_SILENCE_MIN, DETECT_SILENCE_MAX, &silence);
	json_get_only(g, names);
	how->timeout_ms = (unsigned)timeout;
	how->speech_ms = (unsigned)speech;
	how->speech_end_ms = (unsigned)speech_end;
	how->silence_ms = (unsigned)silence;
	return json_get_status(g);
}

void check_originate(struct json_get *g, struct asked *a)
{
	struct media_amd how = { 0 };
	struct json_get machine;

	if (a->in.machine_detection && methods_read_machine(a->in.machine_detection, &how, &machine))
		json_get_fail(g, "machine_detection", "%s", machine.error);
	read_record(g, &a->in);
	if (a->in.far)
		methods_read_far(g, a);
	else
		check_headers(g, a->in.headers);
}

/* `from` is a number of ours, and of the account when one is named. */
static const struct conf_account *owner_of(struct asked *a, char number[ROUTE_TEXT_MAX])
{
	const struct conf_account *owner = NULL;

	if (route_own_number(number, ROUTE_TEXT_MAX, a->in.from))
		owner = route_owner(a->m->conf, number);
	if (owner && (!a->in.account || strcmp(owner->name, a->in.account) == 0))
		return owner;
	methods_refuse(a, CONTROL_UNROUTABLE, "from", "\"from\" is not a number of ours.");
	return NULL;
}

static bool find_route(struct asked *a, const char *account, struct route *out)
{
	const char *why = NULL;

	route_find_for_program(out, a->m->conf, account, a->in.to);
	if (arrive_answers_route(out))
		why = "That number is answered by the switch itself and rings no phone; a trunk that leads "
		      "back "
		      "here calls it as somebody outside would (doc/testing.md).";
	if (out->kind == ROUTE_NONE)
		why = route_is_closed_uri(a->m->conf, a->in.to)
			  ? "SIP URIs of other domains are not called: the conf says so (sip { dial-uris })."
			  : "No user, number or route takes \"to\".";
	if (why)
		methods_refuse(a, CONTROL_UNROUTABLE, "to", why);
	return !why;
}

/* ---- originate ---- */

static int64_t least(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* What it would cost, and how long it could last. */
static void add_limits(const struct asked *a, json_t *out, const struct conf_account *account,
		       const struct route *route, bool trunk)
{
	const unsigned most[] = { (unsigned)a->in.time_limit, a->m->conf->sip.max_duration_s,
				  account->max_duration_s };
	char prefix[RATE_PREFIX_SIZE];
	struct rate rate;
	int64_t s = -1;

	for (size_t i = 0; i < 3; i++)
		s = least(s, most[i] ? (int64_t)most[i] : -1);
	if (trunk && account->deck &&
	    rate_deck_find(account->deck->rates, RATE_OUTBOUND, route->to, &rate, prefix)) {
		s = least(s, charge_seconds_left(a->m->money, account, &rate));
		json_object_set_new(out, "rate", charge_rate_json(&rate, prefix));
	}
	if (s >= 0)
		json_object_set_new(out, "max_duration", json_integer(s));
}

static void reply_dry_run(struct asked *a, const struct conf_account *account, const struct route *route)
{
	const struct conf *conf = a->m->conf;
	const struct conf_target *targets =
	    route->kind == ROUTE_NUMBER ? route->number->dial : route->targets;
	char text[160] = "";
	json_t *out;

	if (a->in.far)
		snprintf(text, sizeof text, "program:%.150s", a->in.url);
	else if (route->kind == ROUTE_USER)
		snprintf(text, sizeof text, "user:%s", route->user->name);
	else if (route->kind == ROUTE_URI)
		snprintf(text, sizeof text, "uri:%.150s", route->to);
	else if (targets[0].kind == CONF_TO_USER)
		snprintf(text, sizeof text, "user:%s", conf->users[targets[0].index].name);
	else
		snprintf(text, sizeof text, "trunk:%s", conf->trunks[targets[0].index].name);
	out = json_pack("{s:s}", "route", text);
	add_limits(a, out, account, route, text[0] == 't');
	control_reply(a->request, out);
}

static void reply_failure(struct asked *a, int err)
{
	struct call *known = a->in.id ? calls_find(a->m->calls, a->in.id) : NULL;

	if (err == EEXIST && known)
		control_reply_error(a->request, CONTROL_CONFLICT, "There is a call with this id already.",
				    json_pack("{s:s,s:o}", "field", "id", "call", call_snapshot(known)));
	else if (err == EAGAIN)
		methods_refuse(a, CONTROL_LIMIT, NULL, "max-calls is reached.");
	else
		methods_refuse(a, CONTROL_UNAVAILABLE, NULL, strerror(err));
}

static int ring(struct call **out, const struct asked *a, struct originate_params *p,
		const struct route *route)
{
	const struct stream_wish far = methods_far_wish(&a->in);
	int err;

	if (a->in.far)
		return program_call(out, a->m->place, a->m->streams, p, &far);
	err = plan_for_route(&p->plan, a->m->place, route, a->in.username, a->in.password);
	return err ? err : originate(out, a->m->place, p);
}

static void place_call(struct asked *a, const struct conf_account *account, const char *from,
		       const struct route *route)
{
	const struct method_in *in = &a->in;
	struct originate_params p = {
		.id = in->id,
		.account = account->name,
		.from = from,
		.from_name = in->from_name,
		.to = in->far ? in->to : route->to,
		.tag = in->tag,
		.ring_s = (unsigned)in->timeout,
		.limit_s = (unsigned)in->time_limit,
		.headers = in->far ? NULL : (json_t *)in->headers,
		.record = in->record,
		.record_channels = (unsigned)in->channels,
		.record_file = in->record_file,
		.record_track = (enum media_track)in->record_track,
		.record_trim = in->record_trim,
		.emergency = route->emergency,
		.claimed_by = in->claim ? control_request_peer(a->request) : 0,
	};
	struct media_amd how = { 0 };
	struct json_get g;
	struct call *call;
	int err = ring(&call, a, &p, route);

	if (in->machine_detection)
		(void)methods_read_machine(in->machine_detection, &how, &g); /* it was checked */
	if (!err && in->machine_detection && !call_is_over(call))
		err = call_detect_at_answer(call, &how);
	if (err)
		reply_failure(a, err);
	else
		control_reply(a->request, json_pack("{s:o}", "call", call_snapshot(call)));
}

void method_call_originate(struct asked *a)
{
	char from[ROUTE_TEXT_MAX], reason[LIMITS_REASON_SIZE];
	const struct conf_account *account = owner_of(a, from);
	struct route route = { 0 };
	int err;

	if (!account || (!a->in.far && !find_route(a, account->name, &route)))
		return;
	err = limits_check(a->m->place, account->name, NULL, &route, reason);
	if (err)
		methods_reply_denied(a, err, reason);
	else if (a->in.dry_run)
		reply_dry_run(a, account, &route);
	else if (a->m->place->draining)
		methods_refuse(a, CONTROL_UNAVAILABLE, NULL, "The switch is draining.");
	else
		place_call(a, account, from, &route);
}
