/* What our side of a call's session description is, and was. See call.h. */
#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/call/negotiate.h"
#include "daemon/offhookd/ua/sdp_kept.h"
#include "lib/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* ---- as it was said ---- */

void call_said(const struct call *call, struct ua_sdp *out)
{
	ua_sdp_recall(call->sdp->local, out);
}

void call_say(struct call *call, const struct ua_sdp *sdp)
{
	int err = ua_sdp_keep(&call->sdp->local, sdp);

	if (err)
		log_error("call.media_failed", call->id, "error=%s", log_quote(strerror(err)));
}

void call_say_for_now(struct call *call, const struct ua_sdp *sdp)
{
	call_forget_last(call);
	call->sdp->last = call->sdp->local;
	call->sdp->local = NULL;
	call_say(call, sdp);
}

void call_unsay(struct call *call)
{
	struct ua_sdp said, last;

	if (!call->sdp->last)
		return;
	call_said(call, &said);
	ua_sdp_recall(call->sdp->last, &last);
	last.version = said.version;
	call_say(call, &last);
	ua_sdp_forget_keys(&said);
	ua_sdp_forget_keys(&last);
	call_forget_last(call);
}

int call_accept(const struct call *call, struct media_remote *stream, const struct ua_sdp *answer)
{
	struct ua_sdp said;
	int err;

	call_said(call, &said);
	err = negotiate_accept(stream, &said, answer);
	ua_sdp_forget_keys(&said);
	return err;
}

void call_forget_last(struct call *call)
{
	ua_sdp_drop(call->sdp->last);
	call->sdp->last = NULL;
}

/* ---- where we are ---- */

static void set_address(struct sockaddr_storage *out, const char *host, uint16_t port)
{
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;

	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
	} else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
	}
}

static int index_of(int family)
{
	return family == AF_INET6 ? CONF_IPV6 : CONF_IPV4;
}

/* The family of its own description, else that which its SIP comes in; the other one where we have no address
 * of it. */
void leg_set_peer(struct leg *leg, const struct sockaddr_storage *peer, const struct ua_sdp *offer)
{
	const struct conf *conf = leg->call->calls->conf;
	int asked = offer ? offer->rtp.ss_family : AF_UNSPEC;

	leg->outside = !conf_is_local(conf, peer);
	address_take(&leg->peer, peer);
	leg->family = (asked != AF_UNSPEC ? asked : peer->ss_family) == AF_INET6 ? AF_INET6 : AF_INET;
	if (!conf->rtp.address[index_of(leg->family)])
		leg->family = leg->family == AF_INET6 ? AF_INET : AF_INET6;
}

/* What conf advertises is for those outside, and for all where the sockets are bound to every address. */
static const char *our_address(const struct leg *leg)
{
	const struct conf *conf = leg->call->calls->conf;
	int f = index_of(leg->family);
	const char *real = conf->rtp.address[f], *told = conf->rtp.advertise[f];
	bool any = strcmp(real, "0.0.0.0") == 0 || strcmp(real, "::") == 0;

	return told && (leg->outside || any) ? told : real;
}

void call_local_sdp(const struct leg *leg, struct ua_sdp *sdp)
{
	const struct call *call = leg->call;
	struct ua_sdp said;

	call_said(call, &said);
	sdp->session_id = said.session_id ? said.session_id : (uint64_t)call->created;
	sdp->version = said.version + 1;
	set_address(&sdp->rtp, our_address(leg), media_session_port(call->media));
}
