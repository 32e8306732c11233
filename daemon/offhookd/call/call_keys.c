/* A call's keys for encrypted audio. See call.h and sdes.h. */
#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/ua/sdp_kept.h"
#include "lib/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int call_answer_keys(const struct call *call, struct ua_sdp *answer, struct media_remote *stream,
		     const struct ua_sdp *offer)
{
	return sdes_answer(answer, &stream->srtp, offer, call->srtp, &call->stream.srtp);
}

void call_offer_keys(const struct call *call, struct ua_sdp *offer)
{
	struct ua_sdp said;

	call_said(call, &said);
	sdes_offer(offer, call->srtp, said.savp, &call->stream.srtp);
	ua_sdp_forget_keys(&said);
}

int call_accept_keys(struct call *call, const struct leg *leg, const struct ua_sdp *answer,
		     struct media_remote *stream)
{
	struct sdes_offered offered = { .count = 0 };
	struct ua_sdp said;
	int err;

	call_said(call, &said);
	if (!leg)
		sdes_keep(&offered, &said);
	else if (leg->keys)
		offered = *leg->keys;
	err = sdes_accept(&said, &stream->srtp, &offered, answer, call->srtp);
	call_say(call, &said);
	ua_sdp_forget_keys(&said);
	sdes_forget(&offered);
	return err;
}

int call_keep_keys(struct leg *leg, const struct ua_sdp *offer)
{
	if (!offer->crypto_count)
		return 0;
	if (!leg->keys)
		leg->keys = malloc(sizeof *leg->keys);
	if (!leg->keys)
		return ENOMEM;
	sdes_keep(leg->keys, offer);
	return 0;
}

void call_forget_offered(struct call *call)
{
	for (size_t i = 0; i < call->leg_count; i++) {
		struct leg *leg = &call->legs[i];

		if (leg->keys)
			sdes_forget(leg->keys);
		free(leg->keys);
		leg->keys = NULL;
	}
}

void call_forget_keys(struct call *call)
{
	struct media_srtp *srtp = &call->stream.srtp; /* its suite is still told */

	call_forget_offered(call);
	explicit_bzero(&srtp->send, sizeof srtp->send);
	explicit_bzero(&srtp->receive, sizeof srtp->receive);
	if (!call->sdp)
		return;
	call_forget_last(call);
	ua_sdp_drop(call->sdp->local);
	call->sdp->local = NULL;
	if (call->sdp->offer)
		ua_sdp_forget_keys(call->sdp->offer);
}

void call_note_keys(struct call *call)
{
	const char *suite = media_srtp_name(call->stream.srtp.suite);

	if (!suite)
		return;
	log_debug("call.srtp", call->id, "suite=%s", suite);
	if (!call->in_clear || call->said_in_clear)
		return;
	call->said_in_clear = true;
	log_warn("call.srtp_in_clear", call->id, "suite=%s why=\"its keys are in SIP messages without TLS\"",
		 suite);
}
