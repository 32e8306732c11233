/* See refer.h. */
#include "daemon/offhookd/place/refer.h"

#include "daemon/offhookd/sw/sw.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "daemon/offhookd/trunks/trunk_call.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
static int write_uri(char out[TRUNK_CALL_TEXT], const struct call *call, const char *number)
{
	const struct conf *conf = call->sw->conf;
	const struct trunk *trunk = trunk_find(call->sw->trunks, call->trunk);
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

int refer_call(struct call *call, const char *to, struct call *with)
{
	const char *name = to ? to : with->direction == CALL_INBOUND ? with->from : with->to;
	char uri[TRUNK_CALL_TEXT], by[TRUNK_CALL_TEXT];
	int err;

	if (call->referred_to)
		return EBUSY;
	if (!call->leg || (with && !with->leg))
		return ENOTCONN;
	err = write_uri(uri, to ? call : with, name);
	if (!err)
		err = write_uri(by, call, call->direction == CALL_INBOUND ? call->to : call->from);
	if (err)
		return err;
	call->referred_to = strdup(name);
	if (!call->referred_to)
		return ENOMEM;
	err = ua_call_refer(call->leg->ua, uri, by, with ? with->leg->ua : NULL);
	if (err) {
		free(call->referred_to);
		call->referred_to = NULL;
		return err;
	}
	log_info("call.refer_sent", call->id, "to=%s with=%s", log_quote(uri), with ? with->id : "");
	return 0;
}

void refer_on_progress(struct call *call, int code)
{
	char *to = call->referred_to;

	if (!to || code < 200 || call_is_over(call))
		return;
	call->referred_to = NULL;
	log_info("call.refer_done", call->id, "to=%s code=%d", log_quote(to), code);
	if (code < 300) {
		call_publish(call, "call.transferred", json_pack("{s:s}", "to", to));
		call_end(call, &(struct call_why){ .status = CALL_COMPLETED,
						   .by = CALL_ENDED_BY_API,
						   .reason = "The call was transferred." });
	} else {
		call_publish(call, "call.transfer_failed", json_pack("{s:s,s:i}", "to", to, "code", code));
	}
	free(to);
}
