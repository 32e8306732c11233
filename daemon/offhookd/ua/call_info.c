/* Digits by INFO (RFC 2976, as phones use it). See private.h. */
#define _GNU_SOURCE /* strcasestr */
#include "daemon/offhookd/ua/private.h"

#include <errno.h>
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
