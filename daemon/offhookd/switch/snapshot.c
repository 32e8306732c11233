/* A call as JSON: doc/control-protocol.md, "A call". */
#include "daemon/offhookd/switch/call.h"
#include "daemon/offhookd/switch/sw.h"

static void put_text(json_t *to, const char *name, const char *value)
{
	if (value && value[0])
		json_object_set_new_nocheck(to, name, json_string(value));
}

static void put_time(json_t *to, const char *name, int64_t ms)
{
	if (ms)
		json_object_set_new_nocheck(to, name, json_integer(ms));
}

static void put_flag(json_t *to, const char *name, bool value)
{
	if (value)
		json_object_set_new_nocheck(to, name, json_true());
}

static void put_ending(json_t *out, const struct call *call)
{
	if (!call->ended)
		return;
	put_time(out, "ended", call->ended);
	json_object_set_new_nocheck(out, "duration_ms",
				    json_integer(call->answered ? call->ended - call->answered : 0));
	put_text(out, "ended_by", call_ender_name(call->ended_by));
	if (call->sip_code)
		json_object_set_new_nocheck(out, "sip_code", json_integer(call->sip_code));
	if (call->q850)
		json_object_set_new_nocheck(out, "q850", json_integer(call->q850));
	put_text(out, "reason", call->reason);
}

static void put_media(json_t *out, const struct call *call)
{
	if (call->peer)
		put_text(out, "bridge", call->peer->id);
	put_text(out, "conference", call->conference);
	if (call->recording.started && !call->ended)
		json_object_set_new_nocheck(out, "recording", call_recording_json(call));
	put_flag(out, "held", call->held);
	put_flag(out, "muted", call->muted);
	if (call->negotiated && call->stream.codec)
		put_text(out, "codec", call->stream.codec->name);
}

json_t *call_snapshot(const struct call *call)
{
	json_t *out = json_object();

	if (!out)
		return NULL;
	put_text(out, "id", call->id);
	put_text(out, "parent_call_id", call->parent_id);
	put_text(out, "account", call->account);
	put_text(out, "direction", call_direction_name(call->direction));
	put_text(out, "status", call_status_name(call->status));
	/* these are always there, empty or not */
	json_object_set_new(out, "from", json_string(call->from));
	json_object_set_new(out, "to", json_string(call->to));
	put_text(out, "from_name", call->from_name);
	put_text(out, "user", call->user);
	put_text(out, "trunk", call->trunk);
	put_text(out, "number", call->number);
	put_time(out, "created", call->created);
	put_time(out, "ringing", call->ringing);
	put_time(out, "answered", call->answered);
	put_ending(out, call);
	put_media(out, call);
	put_flag(out, "claimed", call->claimed_by != 0);
	put_text(out, "source", call->source);
	put_text(out, "sip_call_id", call->sip_call_id);
	if (call->headers && json_object_size(call->headers))
		json_object_set_nocheck(out, "headers", call->headers);
	put_text(out, "tag", call->tag);
	return out;
}

void call_publish(struct call *call, const char *method, json_t *more)
{
	json_t *params = json_object();

	json_object_set_new_nocheck(params, "call", call_snapshot(call));
	if (more)
		json_object_update(params, more);
	json_decref(more);
	sw_publish(call->sw, method, params);
}
