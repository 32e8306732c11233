/* The far end of a session and the keys with it, as the main thread sees it: see session.c. */
#include "media/engine.h"
#include "media/order.h"
#include "media/secure.h"
#include "media/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void swap(struct secure **a, struct secure **b)
{
	struct secure *was = *a;
	*a = *b;
	*b = was;
}

static void carry_out_remote(struct stream *stream, struct order *order)
{
	if (order->far.new_seal)
		swap(&stream->seal, &order->far.seal);
	if (order->far.new_open)
		swap(&stream->open, &order->far.open);
	else if (order->far.open)
		order->far.open = secure_expect_restart(stream->open, order->far.open);
	stream_set_remote(stream, &order->far.remote);
}

/* The contexts that are of no use any more, and the keys in the order. */
static void forget_keys(struct order *order)
{
	secure_free(order->far.seal);
	secure_free(order->far.open);
	explicit_bzero(&order->far.remote.srtp, sizeof order->far.remote.srtp);
}

/* Contexts for the keys that have changed; and one to receive with the same key anew, should the far end do
 * so. */
static int make_contexts(struct order *order, const struct media_session *session,
			 const struct media_srtp *srtp)
{
	const struct media_srtp *now = &session->srtp;
	bool other = srtp->suite != now->suite;
	order->far.new_seal = other || memcmp(&srtp->send, &now->send, sizeof now->send) != 0;
	order->far.new_open = other || memcmp(&srtp->receive, &now->receive, sizeof now->receive) != 0;
	if (srtp->suite == MEDIA_SRTP_NONE)
		return 0;
	int err = 0;
	if (order->far.new_seal) /* its SSRC never changes */
		err =
		    secure_alloc_sender(&order->far.seal, srtp->suite, &srtp->send, session->stream->tx.ssrc);
	if (!err)
		err = secure_alloc_receiver(&order->far.open, srtp->suite, &srtp->receive);
	if (!err && order->far.new_open)
		err = secure_guess_rollovers(order->far.open, srtp->suite, &srtp->receive, srtp->rollovers);
	return err;
}

int media_session_set_remote(struct media_session *session, const struct media_remote *remote)
{
	if (!remote->codec || remote->pt < 0 || remote->pt > 127 || remote->dtmf_pt > 127)
		return EINVAL;
	struct order *order = order_new(session, carry_out_remote);
	if (!order)
		return ENOMEM;
	int err = make_contexts(order, session, &remote->srtp);
	if (err) {
		forget_keys(order);
		free(order);
		return err;
	}
	order->far.remote = *remote;
	order->carried_out = forget_keys;
	session->codec = remote->codec;
	session->srtp = remote->srtp;
	order_post(order);
	return 0;
}
