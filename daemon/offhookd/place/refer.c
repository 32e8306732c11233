/* See refer.h. */
#include "daemon/offhookd/place/refer.h"

#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "daemon/offhookd/trunks/trunk_call.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What the far end of a call has been asked to call in place of it. */
struct referral {
	struct call_owner owner; /* first */
	char *to;
};

static void on_ended(struct call_owner *owner, struct call *call, const struct call_why *why)
{
	struct referral *referral = (struct referral *)owner;

	(void)call, (void)why;
	free(referral->to);
	free(referral);
}

static const struct call_owner_ops referral_ops = { .ended = on_ended };

static bool is_uri(const char *text)
{
	return strncasecmp(text, "sip:", 4) == 0 || strncasecmp(text, "sips:", 5) == 0 ||
	       strncasecmp(text, "tel:", 4) == 0;
}

/* A number or a name; nothing of which ends a URI or a header. */
static bool is_user(const char *text)
{
	return text[0] && strlen(text) < 128 &&
	       strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+*#-_.") ==
		   strlen(text);
}

static bool is_clean(const char *text)
{
	return strlen(text) < TRUNK_CALL_TEXT && !strpbrk(text, "<>\" \t\r\n");
}

/* `number` as the far end of `call` knows it: in the writing of its trunk, else at our domain. */
static int write_uri(const struct place *place, char out[TRUNK_CALL_TEXT], const struct call *call,
		     const char *number)
{
	const struct conf *conf = place->conf;
	const struct trunk *trunk = trunk_find(place->trunks, call->trunk);
	struct trunk_call_wish wish = { .to = number, .from = call->to, .domain = conf->sip.domain };
	struct trunk_call dress;

	if (is_uri(number) && is_clean(number)) {
		snprintf(out, TRUNK_CALL_TEXT, "%s", number);
		return 0;
	}
	if (!is_user(number))
		return EINVAL;
	if (trunk) {
		trunk_call_dress(&dress, trunk_conf(trunk), &wish);
		snprintf(out, TRUNK_CALL_TEXT, "%s", dress.to);
	} else {
		snprintf(out, TRUNK_CALL_TEXT, "sip:%.*s%s%s@%s", (int)strcspn(number, "#"), number,
			 strchr(number, '#') ? "%23" : "", strchr(number, '#') ? strchr(number, '#') + 1 : "",
			 conf->sip.domain);
	}
	return 0;
}

static struct referral *make(const char *to)
{
	struct referral *referral = calloc(1, sizeof *referral);

	if (referral)
		referral->to = strdup(to);
	if (referral && referral->to)
		return referral;
	free(referral);
	return NULL;
}

int refer_call(const struct place *place, struct call *call, const char *to, struct call *with)
{
	const char *name = to ? to : call_far_number(with);
	char uri[TRUNK_CALL_TEXT], by[TRUNK_CALL_TEXT];
	struct referral *referral;
	int err;

	if (call_owner_with(call, &referral_ops))
		return EBUSY;
	if (!call->leg || (with && !with->leg))
		return ENOTCONN;
	err = write_uri(place, uri, to ? call : with, name);
	if (!err)
		err = write_uri(place, by, call, call->direction == CALL_INBOUND ? call->to : call->from);
	if (err)
		return err;
	referral = make(name);
	if (!referral)
		return ENOMEM;
	err = ua_call_refer(call->leg->ua, uri, by, with ? with->leg->ua : NULL);
	if (err) {
		on_ended(&referral->owner, call, NULL);
		return err;
	}
	call_own(call, &referral->owner, &referral_ops);
	log_info("call.refer_sent", call->id, "to=%s with=%s", log_quote(uri), with ? with->id : "");
	return 0;
}

void refer_on_progress(struct call *call, int code)
{
	struct referral *referral = (struct referral *)call_owner_with(call, &referral_ops);

	if (!referral || code < 200 || call_is_over(call))
		return;
	call_disown(call, &referral->owner);
	log_info("call.refer_done", call->id, "to=%s code=%d", log_quote(referral->to), code);
	if (code < 300) {
		call_publish(call, "call.transferred", json_pack("{s:s}", "to", referral->to));
		call_end(call, &(struct call_why){ .status = CALL_COMPLETED,
						   .by = CALL_ENDED_BY_API,
						   .reason = "The call was transferred." });
	} else {
		call_publish(call, "call.transfer_failed",
			     json_pack("{s:s,s:i}", "to", referral->to, "code", code));
	}
	on_ended(&referral->owner, call, NULL);
}
