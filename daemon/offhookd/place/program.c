/* See program.h. */
#include "daemon/offhookd/place/program.h"

#include "daemon/offhookd/place/claim.h"
#include "daemon/offhookd/place/outbound_private.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/stream/streams.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES_HZ = 16000, Q850_NO_ANSWER = 19, L16_PT = 96 /* said to nobody */ };

/* What its refusal would be if it were a phone. */
static int code_of(enum peer_error why, int status)
{
	if (why == PEER_TIMEOUT)
		return 408;
	if (why == PEER_NAME)
		return 404;
	if (why == PEER_DENIED)
		return 403;
	return status >= 400 && status < 600 ? status : 503;
}

static void on_started(struct call *call)
{
	if (!call_is_over(call))
		outbound_up(call);
}

static void on_gone(struct call *call, enum peer_error why, int status, const char *error)
{
	const bool closed = why == PEER_CLOSED;
	struct call_why end = { .status = CALL_COMPLETED,
				.by = closed || status ? CALL_ENDED_BY_CALLEE : CALL_ENDED_BY_FAULT };
	char reason[PEER_ERROR_MAX + 80];

	if (call->answered && closed) {
		call_end(call, &end);
		return;
	}
	if (!call->answered) {
		end.code = code_of(why, status);
		end.status = call_status_from_sip(end.code);
	}
	snprintf(reason, sizeof reason, "The program at the WebSocket %s: %.*s.",
		 call->answered ? "was lost" : "did not take the call", PEER_ERROR_MAX,
		 *error ? error : peer_error_name(why));
	end.reason = reason;
	call_end(call, &end);
}

static const struct stream_far far = { on_started, on_gone };

static void on_ring_time(struct call *call)
{
	call_end(call,
		 &(struct call_why){ .status = CALL_NO_ANSWER,
				     .by = CALL_ENDED_BY_LIMIT,
				     .q850 = Q850_NO_ANSWER,
				     .reason = "The program at the WebSocket did not answer in time." });
}

static int add(struct call **out, struct place *place, const struct originate_params *p)
{
	struct call_params params = { .id = p->id,
				      .direction = CALL_OUTBOUND,
				      .account = p->account,
				      .from = p->from,
				      .to = p->to,
				      .from_name = p->from_name,
				      .tag = p->tag };
	struct outbound *outbound;
	int err = calls_add(out, place->calls, &params);

	if (err)
		return err;
	outbound = outbound_make(p);
	if (!outbound)
		return ENOMEM;
	outbound_own(*out, outbound);
	(*out)->limit_s = p->limit_s;
	return claim_take(*out, p->claimed_by);
}

/* Media whose far end is the tap of a stream. Keys go to it as messages. */
static int open_media(struct call *call)
{
	int err = call_need_media(call);

	if (err)
		return err;
	call->stream = (struct media_remote){ .codec = media_codec_find("L16", SAMPLES_HZ),
					      .pt = L16_PT,
					      .dtmf_pt = -1,
					      .send = true,
					      .receive = true,
					      .by_tap = true };
	call->dtmf = CONF_DTMF_INFO;
	call->negotiated = true;
	call_set_far_end(call);
	return 0;
}

int program_call(struct call **out, struct place *place, struct streams *streams,
		 const struct originate_params *params, const struct stream_wish *wish)
{
	struct stream_wish own = *wish;
	struct call *call = NULL;
	char id[UUID_TEXT_SIZE];
	int err = add(&call, place, params);

	own.far = &far;
	if (!err)
		err = open_media(call);
	if (!err)
		err = stream_begin(streams, call, &own, id);
	if (err) {
		if (call)
			call_end(call, &(struct call_why){
					   .status = CALL_FAILED,
					   .by = CALL_ENDED_BY_FAULT,
					   .code = 503,
					   .reason = "The switch has no port or memory left for it." });
		return err;
	}
	call_set_timer(call, (params->ring_s ? params->ring_s : place->conf->sip.ring_timeout_s) * 1000,
		       on_ring_time);
	*out = call;
	return 0;
}
