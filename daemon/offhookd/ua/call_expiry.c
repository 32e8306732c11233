/* An INVITE that its caller has limited by an Expires header (RFC 3261 section 13.3.1). See private.h. */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"

#include <event2/event.h>

enum { EXPIRY_MAX_S = 86400 }; /* one that allows more is as good as none */

static void on_expired(evutil_socket_t fd, short what, void *arg)
{
	static const struct ua_end lapsed = { .code = 487, .phrase = "Request Terminated", .lapsed = true };
	struct ua_call *call = arg;

	(void)fd, (void)what;
	if (!ua_call_is_listening(call) || call->answered)
		return;
	log_info("sip.invite_expired", NULL, "sip_call_id=%s", log_quote(call->call_id));
	ua_call_reject(call, &(struct ua_refusal){ .code = 487 });
	call->ua->handlers.ended(call, &lapsed, call->arg); /* may close it, and then it is gone */
}

void ua_call_watch_expiry(struct ua_call *call, const sip_t *sip)
{
	const sip_expires_t *expires = sip->sip_expires;
	struct timeval left = { 0 };

	/* a date is of RFC 2543; with 0 nobody could ever answer, and that is not meant */
	if (!expires || expires->ex_date || !expires->ex_delta || expires->ex_delta > EXPIRY_MAX_S)
		return;
	left.tv_sec = (time_t)expires->ex_delta;
	call->expiry = evtimer_new(call->ua->base, on_expired, call);
	if (call->expiry)
		evtimer_add(call->expiry, &left);
}

void ua_call_forget_expiry(struct ua_call *call)
{
	if (call->expiry)
		event_free(call->expiry);
	call->expiry = NULL;
}
