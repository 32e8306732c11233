/* Digits by INFO (RFC 2976, as phones use it). See private.h. */
#define _GNU_SOURCE /* strcasestr */
#include "daemon/offhookd/ua/private.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* application/dtmf-relay: "Signal=5\r\nDuration=160"; application/dtmf: "5". Returns 0 with the digit, or
 * EBADMSG. */
static int read_digit(const char *type, const char *body, char *digit, unsigned *duration_ms)
{
	const char *signal = body, *duration = strcasestr(body, "Duration");
	int ms = 0;

	if (strcasecmp(type, "application/dtmf-relay") == 0) {
		signal = strcasestr(body, "Signal");
		signal = signal ? strchr(signal, '=') : NULL;
		signal = signal ? signal + 1 : "";
	}
	signal += strspn(signal, " \t\r\n");
	if (!*signal || !strchr("0123456789*#ABCDabcd", *signal))
		return EBADMSG;
	*digit = *signal >= 'a' ? (char)(*signal - 32) : *signal;
	if (signal[1] >= '0' && signal[1] <= '9') { /* an event of RFC 4733 by its number */
		if (signal[0] != '1' || signal[1] > '5')
			return EBADMSG;
		*digit = "*#ABCD"[signal[1] - '0'];
	}
	if (duration && strchr(duration, '='))
		ms = atoi(strchr(duration, '=') + 1);
	*duration_ms = ms > 0 && ms < 60000 ? (unsigned)ms : 160;
	return 0;
}

/* Some phones ping with an INFO that has no body. */
void ua_call_on_info(struct ua_call *call, const sip_t *sip)
{
	const char *type = sip && sip->sip_content_type ? sip->sip_content_type->c_type : "";
	unsigned duration_ms;
	char body[128], digit;
	size_t n;

	if (!ua_call_is_listening(call)) {
		ua_call_answer_this(call, SIP_481_NO_CALL);
		return;
	}
	if (!sip || !sip->sip_payload || sip->sip_payload->pl_len == 0) {
		ua_call_answer_this(call, SIP_200_OK);
		return;
	}
	n = sip->sip_payload->pl_len < sizeof body - 1 ? sip->sip_payload->pl_len : sizeof body - 1;
	memcpy(body, sip->sip_payload->pl_data, n);
	body[n] = '\0';
	if (strcasecmp(type, "application/dtmf-relay") != 0 && strcasecmp(type, "application/dtmf") != 0) {
		nua_respond(call->nh, SIP_415_UNSUPPORTED_MEDIA, NUTAG_WITH_THIS(call->agent->nua),
			    SIPTAG_ACCEPT_STR("application/dtmf-relay, application/dtmf"), TAG_END());
	} else if (read_digit(type, body, &digit, &duration_ms)) {
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
