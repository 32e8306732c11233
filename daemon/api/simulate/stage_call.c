/* A call of a simulation: its beginning, its state, its end. */
#include "daemon/api/simulate/stage.h"

#include "daemon/api/switch/link.h"
#include "lib/clock.h"
#include "lib/json_pick.h"
#include "lib/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *stage_fault(int code, const char *message)
{
	return json_pack("{s:i, s:s}", "code", code, "message", message);
}

json_t *stage_shown(const struct stage_call *call)
{
	return json_pack("{s:o}", "call", json_deep_copy(call->snapshot));
}

struct stage_call *stage_find(const struct stage *stage, const char *id)
{
	struct stage_call *call = stage->calls;

	while (call && (!id || strcmp(call->id, id)))
		call = call->next;
	return call;
}

/* ---- events ---- */

void stage_publish(struct stage *stage, const char *type, json_t *params)
{
	json_object_set_new(params, "switch", json_string(stage->switch_id));
	json_object_set_new(params, "seq", json_integer(++stage->seq));
	json_object_set_new(params, "time", json_integer(clock_utc_ms()));
	link_tell(stage->link, type, params);
	json_decref(params);
}

void stage_tell(const struct stage_call *call, const char *type, json_t *more)
{
	json_t *params = more ? more : json_object();

	json_object_set_new(params, "call", json_deep_copy(call->snapshot));
	stage_publish(call->stage, type, params);
}

static void set_text(struct stage_call *call, const char *name, const char *text)
{
	if (text)
		json_object_set_new(call->snapshot, name, json_string(text));
}

/* Its state, which the transcript has before what comes of it. */
static void tell_state(const struct stage_call *call)
{
	static const char *const members[] = {
		"status", "from", "to", "ended_by", "reason", "sip_code", NULL
	};
	json_t *what = json_object();

	json_pick_into(what, call->snapshot, members);
	transcript_add(call->stage->with.transcript, call->id, "call", what);
	stage_tell(call, "call.state", NULL);
}

void stage_state(struct stage_call *call, const char *status)
{
	const int64_t now = clock_utc_ms();

	set_text(call, "status", status);
	if (!strcmp(status, "ringing"))
		json_object_set_new(call->snapshot, "ringing", json_integer(now));
	if (!strcmp(status, "in-progress")) {
		json_object_set_new(call->snapshot, "answered", json_integer(now));
		json_object_set_new(call->snapshot, "codec", json_string("PCMU"));
		call->answered = true;
		tick_drop(&call->unwanted);
	}
	tell_state(call);
}

void stage_end(struct stage_call *call, const char *status, const char *by, int code, const char *reason)
{
	const int64_t now = clock_utc_ms();
	const int64_t answered = json_integer_value(json_object_get(call->snapshot, "answered"));

	if (call->over)
		return;
	call->over = true;
	tick_drop(&call->acting);
	tick_drop(&call->due);
	tick_drop(&call->leaving);
	tick_drop(&call->unwanted);
	call->stage->leaves(call);
	set_text(call, "status", status);
	set_text(call, "ended_by", by);
	set_text(call, "reason", reason);
	if (code)
		json_object_set_new(call->snapshot, "sip_code", json_integer(code));
	json_object_set_new(call->snapshot, "ended", json_integer(now));
	json_object_set_new(call->snapshot, "duration_ms", json_integer(answered ? now - answered : 0));
	tell_state(call);
	call->stage->ended(call);
}

/* ---- calls ---- */

struct stage_call *stage_call_new(struct stage *stage, const char *id, const char *name, const char *from,
				  const char *to, bool outbound, struct stage_call *parent)
{
	struct stage_call *call = stage->call_count < STAGE_CALLS_MAX ? calloc(1, sizeof *call) : NULL;
	struct stage_call **at = &stage->calls;
	char drawn[UUID_TEXT_SIZE];

	if (!call)
		return NULL;
	snprintf(call->id, sizeof call->id, "%s", id ? id : random_uuid(drawn));
	call->stage = stage;
	call->parent = parent;
	call->snapshot =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:b, s:s*}", "id", call->id, "account",
		      stage->with.account, "direction", outbound ? "outbound" : "inbound", "status", "queued",
		      "from", from, "to", to, "created", (json_int_t)clock_utc_ms(), "claimed", 1,
		      "parent_call_id", parent ? parent->id : NULL);
	if (!call->snapshot) {
		free(call);
		return NULL;
	}
	if (!outbound)
		set_text(call, "number", to);
	while (*at)
		at = &(*at)->next;
	*at = call;
	stage->call_count++;
	transcript_name(stage->with.transcript, call->id, name);
	tell_state(call);
	return call;
}
