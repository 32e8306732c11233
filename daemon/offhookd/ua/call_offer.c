/* Offers of ours within a call: re-INVITE (RFC 3261 section 14). See private.h. */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

enum { GLARES_MAX = 8 }; /* of one offer, before it is given up */

/* An offer that is on its way, or waits for its turn. */
struct ua_offer {
	char *sdp;  /* NULL: the switch is to be asked for one */
	bool sent;  /* its answer is awaited */
	bool newer; /* `sdp` has come since it was sent */
	unsigned glares;
	int failed; /* code of the last one that was refused, 0: none */
	struct event *timer;
};

/* It may hold keys. */
static void forget(struct ua_offer *offer)
{
	if (offer->sdp)
		explicit_bzero(offer->sdp, strlen(offer->sdp));
	free(offer->sdp);
	offer->sdp = NULL;
}

void ua_offer_free(struct ua_offer *offer)
{
	if (!offer)
		return;
	if (offer->timer)
		event_free(offer->timer);
	forget(offer);
	free(offer);
}

static void send_offer(struct ua_call *call)
{
	struct ua_offer *offer = call->reoffer;

	offer->sent = true;
	offer->newer = false;
	if (call->resuming)
		ua_kept_send_first(call, offer->sdp);
	else
		nua_invite(call->nh, SIPTAG_CONTENT_TYPE_STR("application/sdp"),
			   SIPTAG_PAYLOAD_STR(offer->sdp), TAG_END());
	ua_root_kick(call->ua->root);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct ua_call *call = arg;

	(void)fd, (void)what;
	if (!ua_call_is_listening(call) || call->reoffer->sent)
		return;
	if (call->reoffer->sdp)
		send_offer(call);
	else
		call->ua->handlers.reoffered(call, 491, NULL, call->arg);
}

/* Both offered at once. Who has made the Call-ID waits from 2.1 to 4 s, the other one up to 2 s, in steps of
 * 10 ms: one of them is first then (RFC 3261 section 14.1). */
static void wait_and_send(struct ua_call *call)
{
	struct ua_offer *offer = call->reoffer;
	unsigned ms;

	offer->sent = false;
	ms = call->outgoing ? 2100 + 10 * (random_u32() % 191) : 10 * (random_u32() % 201);
	if (!offer->timer)
		offer->timer = evtimer_new(call->ua->base, on_timer, call);
	if (offer->timer)
		event_add(offer->timer, &(struct timeval){ ms / 1000, ms % 1000 * 1000 });
}

/* Makes room for an offer. */
static bool prepare(struct ua_call *call)
{
	if (!call->reoffer)
		call->reoffer = calloc(1, sizeof *call->reoffer);
	return call->reoffer;
}

int ua_call_reoffer(struct ua_call *call, const struct ua_sdp *sdp)
{
	char text[UA_SDP_TEXT_MAX], *copy;

	if (!ua_call_is_listening(call) || !call->answered)
		return ENOTCONN;
	if (ua_sdp_print(sdp, text, sizeof text) < 0)
		return EINVAL;
	copy = prepare(call) ? strdup(text) : NULL;
	explicit_bzero(text, sizeof text);
	if (!copy)
		return ENOMEM;
	forget(call->reoffer);
	call->reoffer->sdp = copy;
	call->reoffer->glares = 0;
	if (call->reoffer->sent || call->refreshing || call->waits)
		call->reoffer->newer = true;
	else if (!call->reoffer->timer || !evtimer_pending(call->reoffer->timer, NULL))
		send_offer(call);
	return 0;
}

void ua_call_reoffer_now(struct ua_call *call)
{
	if (call->reoffer && call->reoffer->newer && !call->reoffer->sent && ua_call_is_listening(call))
		send_offer(call);
}

bool ua_call_reoffer_has_failed(const struct ua_call *call)
{
	return call->reoffer && call->reoffer->failed >= 300;
}

/* A refresh of the session has met an offer of the far end: it is made again with what is true then. */
static void on_refused_refresh(struct ua_call *call, int status)
{
	if (!prepare(call))
		return;
	call->reoffer->failed = status;
	if (status == 491 && (!call->reoffer->timer || !evtimer_pending(call->reoffer->timer, NULL))) {
		if (!call->reoffer->newer)
			forget(call->reoffer);
		wait_and_send(call);
	}
}

void ua_call_note_reinvite(struct ua_call *call)
{
	if (!call->reoffer || !call->reoffer->sent)
		call->refreshing = true;
}

static void on_refresh_response(struct ua_call *call, int status)
{
	call->refreshing = false;
	if (status >= 300)
		on_refused_refresh(call, status);
	if (call->reoffer && call->reoffer->newer && status != 491)
		send_offer(call); /* it has waited */
}

void ua_call_on_reoffer_response(struct ua_call *call, int status, const sip_t *sip)
{
	struct ua_offer *offer = call->reoffer;
	struct ua_sdp sdp;
	int err;

	if (status < 200 || !ua_call_is_listening(call))
		return;
	if (call->refreshing) {
		on_refresh_response(call, status);
		return;
	}
	if (!offer || !offer->sent)
		return;
	call->resuming = call->resuming && status >= 300;
	if (status == 491 || status == 900) { /* 900: NUA has one of its own on the way */
		if (++offer->glares < GLARES_MAX) {
			wait_and_send(call);
			return;
		}
		status = 488;
	}
	offer->sent = false;
	offer->failed = status;
	if (offer->newer) {
		send_offer(call);
		return;
	}
	forget(offer);
	err = status < 300 ? ua_read_sdp(&sdp, sip) : ENOENT;
	if (!err)
		ua_call_find_name(call, &sdp);
	log_debug("sip.reoffered", NULL, "sip_call_id=%s code=%d", log_quote(call->call_id), status);
	call->ua->handlers.reoffered(call, status, err ? NULL : &sdp, call->arg);
}
