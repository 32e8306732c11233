/* Which call talks with which, and which end together. See call.h. */
#include "daemon/offhookd/call/call.h"
#include "lib/log.h"
#include "lib/ref.h"

static void publish_bridge(struct call *call, const char *method, const struct call *with)
{
	if (!call_is_over(call))
		call_publish(call, method, json_pack("{s:s}", "with", with->id));
}

void call_bridge(struct call *a, struct call *b)
{
	if (a->peer == b)
		return;
	call_unbridge(a);
	call_unbridge(b);
	call_tell_leaves(a);
	call_tell_leaves(b);
	if (media_session_bridge(a->media, b->media)) {
		log_error("call.bridge_failed", a->id, "with=%s", b->id);
		return;
	}
	a->peer = ref_hold(b);
	b->peer = ref_hold(a);
	log_info("call.bridged", a->id, "with=%s", b->id);
	publish_bridge(a, "call.bridged", b);
	publish_bridge(b, "call.bridged", a);
}

void call_unbridge(struct call *call)
{
	struct call *peer = call->peer;

	if (!peer)
		return;
	call->peer = peer->peer = NULL;
	if (call->media)
		media_session_unbridge(call->media);
	publish_bridge(call, "call.unbridged", peer);
	publish_bridge(peer, "call.unbridged", call);
	ref_drop(peer);
	ref_drop(call);
}

void call_tie(struct call *a, struct call *b)
{
	call_untie(a);
	call_untie(b);
	a->tied = ref_hold(b);
	b->tied = ref_hold(a);
}

void call_untie(struct call *call)
{
	struct call *other = call->tied;

	if (!other)
		return;
	call->tied = other->tied = NULL;
	ref_drop(other);
	ref_drop(call);
}

void call_sever(struct call *call)
{
	struct call *peer = ref_hold(call->peer);

	call_untie(call);
	call_tell_severed(call);
	if (peer)
		call_tell_severed(peer);
	call_unbridge(call);
	ref_drop(peer);
}

/* Our side of hold silences it, too. */
void call_tell_media_muted(struct call *call)
{
	if (call->media)
		media_session_mute(call->media, call->on_hold || call->muted, call->deaf);
	call_tell_changed(call);
}

void call_set_muted(struct call *call, bool muted)
{
	call->muted = muted;
	call_tell_media_muted(call);
}

void call_set_deaf(struct call *call, bool deaf)
{
	call->deaf = deaf;
	call_tell_media_muted(call);
}
