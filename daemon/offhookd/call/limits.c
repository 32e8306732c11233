/* See limits.h. */
#include "daemon/offhookd/call/limits.h"

#include "daemon/offhookd/money/charge.h"
#include "daemon/offhookd/sw/sw.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The beginning in `list` that `number` has, or NULL. */
static const char *find_prefix(const struct conf_strings *list, const char *number)
{
	for (size_t i = 0; i < list->count; i++)
		if (strncmp(list->items[i], number, strlen(list->items[i])) == 0)
			return list->items[i];
	return NULL;
}

int limits_check_route(const struct conf *conf, const char *account_name, const char *user_name,
		       const struct route *route, char reason[LIMITS_REASON_SIZE])
{
	const struct conf_account *account = account_name ? conf_account_by_name(conf, account_name) : NULL;
	const struct conf_user *user = user_name ? conf_user_by_name(conf, user_name) : NULL;
	const char *denied;

	if (route->kind != ROUTE_TRUNKS || route->emergency)
		return 0;
	denied = find_prefix(&conf->sip.deny, route->to);
	if (!denied && account)
		denied = find_prefix(&account->deny, route->to);
	if (denied) {
		snprintf(reason, LIMITS_REASON_SIZE, "Calls to %.40s are denied.", denied);
		return EPERM;
	}
	if (user && user->may_call.count && !find_prefix(&user->may_call, route->to)) {
		snprintf(reason, LIMITS_REASON_SIZE, "User %.64s may not call %.40s.", user->name, route->to);
		return EPERM;
	}
	return 0;
}

int limits_check(const struct sw *sw, const char *account, const char *user, const struct route *route,
		 char reason[LIMITS_REASON_SIZE])
{
	int err = limits_check_route(sw->conf, account, user, route, reason);

	return err ? err : charge_check_route(sw, account, route, reason);
}

const char *limits_user_of(const struct call *caller)
{
	return caller->direction == CALL_INBOUND ? caller->user : NULL;
}

bool limits_user_is_free(const struct sw *sw, const struct conf_user *user)
{
	unsigned n = 0;

	if (user->max_calls == 0)
		return true;
	for (const struct call *c = sw->calls; c && n < user->max_calls; c = c->hh.next)
		if (c->user && strcmp(c->user, user->name) == 0)
			n++;
	return n < user->max_calls;
}

static unsigned least(unsigned a, unsigned b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

unsigned limits_duration(const struct call *call)
{
	const struct conf *conf = call->sw->conf;
	const struct conf_account *account = conf_account_by_name(conf, call->account);
	const struct conf_user *user = call->user ? conf_user_by_name(conf, call->user) : NULL;
	unsigned s = least(call->limit_s, conf->sip.max_duration_s);

	if (call->emergency)
		return 0;
	if (account)
		s = least(s, account->max_duration_s);
	return user ? least(s, user->max_duration_s) : s;
}
