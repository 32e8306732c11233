/* Digits by INFO (RFC 2976, as phones use it). See private.h. */
#include "daemon/offhookd/ua/private.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void ua_call_on_info(struct ua_call *call, const sip_t *sip)
{
	unsigned duration_ms;
	char digit;
	int err;

	if (!ua_call_is_listening(call)) {
		ua_call_answer_this(call, SIP_481_NO_CALL);
		return;
	}
	err = sip ? ua_read_digit(sip, &digit, &duration_ms) : ENOENT;
	if (err == ENOENT) { /* some phones ping with it */
		ua_call_answer_this(call, SIP_200_OK);
	} else if (err == ENOTSUP) {
		nua_respond(call->nh, SIP_415_UNSUPPORTED_MEDIA, NUTAG_WITH_THIS(call->agent->nua),
			    SIPTAG_ACCEPT_STR("application/dtmf-relay, application/dtmf, "
					      "application/vnd.nortelnetworks.digits, audio/telephone-event"),
			    TAG_END());
	} else if (err) {
		ua_call_answer_this(call, SIP_400_BAD_REQUEST);
	} else {
		ua_call_answer_this(call, SIP_200_OK);
		call->ua->handlers.info_digit(call, digit, duration_ms, call->arg);
	}
}

/* ---- sending ---- */

enum { DIGITS_QUEUE = 128 };

/* One INFO at a time is on its way: over UDP two could change places. */
struct ua_digits {
	char queue[DIGITS_QUEUE];
	unsigned duration_ms[DIGITS_QUEUE];
	size_t count;
	bool sent; /* its response is awaited */
	struct event *timer;
};

void ua_digits_free(struct ua_digits *digits)
{
	if (!digits)
		return;
	if (digits->timer)
		event_free(digits->timer);
	free(digits);
}

static void send_next(struct ua_call *call);

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	send_next(arg);
}

static void send_next(struct ua_call *call)
{
	struct ua_digits *d = call->digits;
	char digit = d->queue[0], body[64];
	int ms = digit == 'W' ? 1000 : 500;
	unsigned duration_ms = d->duration_ms[0];

	if (!d->count || d->sent || !ua_call_is_listening(call))
		return;
	d->count--;
	memmove(d->queue, d->queue + 1, d->count);
	memmove(d->duration_ms, d->duration_ms + 1, d->count * sizeof d->duration_ms[0]);
	if (digit == 'w' || digit == 'W') {
		event_add(d->timer, &(struct timeval){ ms / 1000, ms % 1000 * 1000 });
		return;
	}
	snprintf(body, sizeof body, "Signal=%c\r\nDuration=%u\r\n", digit, duration_ms);
	d->sent = true;
	nua_info(call->nh, SIPTAG_CONTENT_TYPE_STR("application/dtmf-relay"), SIPTAG_PAYLOAD_STR(body),
		 TAG_END());
	ua_root_kick(call->ua->root);
}

int ua_call_send_digits(struct ua_call *call, const char *digits, unsigned duration_ms)
{
	struct ua_digits *d = call->digits;

	if (!ua_call_is_listening(call) || !call->answered)
		return ENOTCONN;
	if (!d) {
		d = calloc(1, sizeof *d);
		if (d)
			d->timer = evtimer_new(call->ua->base, on_pause_over, call);
		if (!d || !d->timer) {
			free(d);
			return ENOMEM;
		}
		call->digits = d;
	}
	if (d->count + strlen(digits) > DIGITS_QUEUE)
		return ENOBUFS;
	for (; *digits; digits++) {
		d->duration_ms[d->count] = duration_ms;
		d->queue[d->count++] = *digits;
	}
	if (!evtimer_pending(d->timer, NULL))
		send_next(call);
	return 0;
}

void ua_call_on_info_response(struct ua_call *call)
{
	if (!call->digits)
		return;
	call->digits->sent = false;
	send_next(call);
}
