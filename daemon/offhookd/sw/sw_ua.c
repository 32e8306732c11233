/* What ua tells, to the part that it is for; of a dialog, to the call that the leg is of. See sw_private.h.
 */
#include "daemon/offhookd/sw/sw_private.h"

#include "daemon/offhookd/phones/auth.h"
#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/phones/keepalive.h"
#include "daemon/offhookd/phones/registrar.h"
#include "daemon/offhookd/place/inbound.h"
#include "daemon/offhookd/place/outbound.h"
#include "daemon/offhookd/place/overload.h"
#include "daemon/offhookd/place/refer.h"
#include "daemon/offhookd/place/transfer.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/ref.h"

#include <stdio.h>
#include <string.h>

static bool on_arrival(const struct ua_arrival *in, void *arg)
{
	struct sw *sw = arg;

	return bans_on_arrival(&sw->phones, in);
}

static bool on_connection(const struct sockaddr_storage *from, bool crowded, void *arg)
{
	const struct sw *sw = arg;

	return bans_on_connection(sw->phones.bans, from, crowded);
}

static void on_disconnected(void *arg)
{
	const struct sw *sw = arg;

	if (sw->phones.keepalive)
		keepalive_on_disconnected(sw->phones.keepalive);
}

static bool is_busy(int64_t late_us, void *arg)
{
	struct sw *sw = arg;

	return overload_is_near(&sw->place, late_us);
}

static enum ua_weight on_weigh(const struct ua_fresh *request, unsigned *retry_after_s, void *arg)
{
	struct sw *sw = arg;

	return overload_weigh(&sw->place, request, retry_after_s);
}

static bool is_barred(const struct sockaddr_storage *address, void *arg)
{
	const struct sw *sw = arg;
	char text[UA_HOST_TEXT_MAX];

	if (!trunk_serves_address(sw->trunks, address))
		return false;
	log_warn("call.uri_at_trunk", NULL, "address=%s", ua_host_text(address, text));
	return true;
}

static void on_message(const struct ua_wire_message *m, void *arg)
{
	struct sw *sw = arg;

	trace_put(sw->trace, &(struct trace_message){ .sent = m->sent,
						      .transport = (uint8_t)m->transport,
						      .local = m->local,
						      .remote = m->remote,
						      .parts = m->parts,
						      .part_count = m->part_count });
}

static void on_unwanted(void *arg)
{
	const struct sw *sw = arg;

	trace_take_back(sw->trace);
}

static void on_incoming(struct ua_call *ua, const struct ua_incoming *in, void *arg)
{
	struct sw *sw = arg;

	inbound_on_incoming(&sw->place, ua, in);
}

static void on_register(struct ua_request *request, const struct ua_register *in, void *arg)
{
	struct sw *sw = arg;

	registrar_on_register(&sw->phones, request, in);
}

/* ---- of a dialog: `arg` is the leg ---- */

static void on_progress(struct ua_call *ua, int code, const struct ua_sdp *sdp, void *arg)
{
	(void)ua;
	outbound_on_progress(arg, code, sdp);
}

static void on_answered(struct ua_call *ua, const struct ua_sdp *sdp, const char *trouble, void *arg)
{
	(void)ua;
	outbound_on_answered(arg, sdp, trouble);
}

static void on_confirmed(struct ua_call *ua, const struct ua_sdp *sdp, const char *trouble, void *arg)
{
	struct leg *leg = arg;

	(void)ua;
	call_on_confirmed(leg->call, sdp, trouble);
}

static void on_found(struct ua_call *ua, const struct sockaddr_storage *rtp,
		     const struct sockaddr_storage *rtcp, void *arg)
{
	(void)ua;
	call_on_found(arg, rtp, rtcp);
}

static void on_offer(struct ua_call *ua, const struct ua_sdp *sdp, void *arg)
{
	struct leg *leg = arg;

	(void)ua;
	call_on_offer(leg->call, sdp);
}

static void on_reoffered(struct ua_call *ua, int code, const struct ua_sdp *sdp, void *arg)
{
	struct leg *leg = arg;

	(void)ua;
	call_on_reoffered(leg->call, code, sdp);
}

static void on_refer(struct ua_call *ua, const struct ua_refer *refer, void *arg)
{
	struct sw *sw = ua_arg(ua);
	struct leg *leg = arg;

	transfer_on_refer(&sw->place, leg->call, refer);
}

static void on_referred(struct ua_call *ua, int code, void *arg)
{
	struct leg *leg = arg;

	(void)ua;
	refer_on_progress(leg->call, code);
}

static void on_info_digit(struct ua_call *ua, char digit, unsigned duration_ms, void *arg)
{
	struct leg *leg = arg;

	(void)ua;
	call_on_digit(leg->call, digit, duration_ms, true);
}

static bool is_at_trunk(const struct sw *sw, const char *name, const struct ua_source *source)
{
	const struct conf_trunk *trunk = conf_trunk_by_name(sw->conf, name);

	return trunk_is_at(sw->trunks, name, source) ||
	       (trunk && trunk->registers_here &&
		registrar_is_at(&sw->phones, trunk->username, &source->address));
}

/* A phone that has registered from there since, another address of the trunk, or a user who proves to be
 * one. */
static int on_stranger(void *call_arg, const struct ua_request_info *request, char headers[UA_STRANGER_MAX],
		       void *arg)
{
	struct sw *sw = arg;
	const struct leg *leg = call_arg;
	const struct call *call = leg ? leg->call : NULL;
	struct auth_result result;
	size_t used = 0;

	if (!call || (!call->user && !call->trunk))
		return 403;
	if (call->trunk && is_at_trunk(sw, call->trunk, &request->source))
		return 0;
	if (!call->user)
		return 403;
	if (registrar_is_at(&sw->phones, call->user, &request->source.address))
		return 0;
	auth_check(&sw->phones, request, true, &result);
	if (result.user)
		return strcmp(result.user->name, call->user) == 0 ? 0 : 403;
	auth_log(request, &result);
	for (size_t i = 0; i < result.refusal.header_count && used < UA_STRANGER_MAX; i++)
		used += (size_t)snprintf(headers + used, UA_STRANGER_MAX - used, "%s: %s\r\n",
					 result.refusal.headers[i].name, result.refusal.headers[i].value);
	return result.refusal.code == 407 && used < UA_STRANGER_MAX ? 407 : 403;
}

static void on_undelivered(const char *sip_call_id, int code, int again, void *arg)
{
	struct sw *sw = arg;
	struct call *call = calls_find_ended_dialog(&sw->calls, sip_call_id);
	json_t *more;

	if (!call)
		return;
	more = json_pack("{s:i}", "code", code);
	if (again && more)
		json_object_set_new(more, "again", json_integer(again));
	call_publish(call, "call.bye_undelivered", more);
}

static void on_ended(struct ua_call *ua, const struct ua_end *why, void *arg)
{
	struct leg *leg = arg;
	struct call *call = ref_hold(leg->call);

	(void)ua;
	if (call->direction == CALL_INBOUND)
		inbound_on_ended(call, why);
	else if (call->leg == leg)
		outbound_on_hangup(call, why);
	else
		outbound_on_refused(leg, why);
	ref_drop(call);
}

const struct ua_handlers sw_ua_handlers = {
	.arrived = on_arrival,
	.stranger = on_stranger,
	.connected = on_connection,
	.disconnected = on_disconnected,
	.busy = is_busy,
	.weigh = on_weigh,
	.barred = is_barred,
	.message = on_message,
	.unwanted = on_unwanted,
	.incoming = on_incoming,
	.reg = on_register,
	.progress = on_progress,
	.answered = on_answered,
	.confirmed = on_confirmed,
	.found = on_found,
	.offer = on_offer,
	.reoffered = on_reoffered,
	.refer = on_refer,
	.referred = on_referred,
	.info_digit = on_info_digit,
	.undelivered = on_undelivered,
	.ended = on_ended,
};
