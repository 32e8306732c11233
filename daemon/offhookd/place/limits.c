/* See limits.h. */
#include "daemon/offhookd/place/limits.h"

#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/trunks/trunk.h"

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

/* Whether all that a route may ring is trunks. */
static bool leads_to_trunks(const struct route *route)
{
	const struct conf_number *number = route->kind == ROUTE_NUMBER ? route->number : NULL;

	if (!number)
		return route->kind == ROUTE_TRUNKS;
	for (size_t i = 0; i < number->dial_count; i++)
		if (number->dial[i].kind == CONF_TO_USER)
			return false;
	return number->dial_count > 0;
}

int limits_check(const struct place *place, const char *account, const char *user, const struct route *route,
		 char reason[LIMITS_REASON_SIZE])
{
	int err = limits_check_route(place->conf, account, user, route, reason);

	/* trunks know us by our address: it would go out past all limits, and at nobody's cost */
	if (route->kind == ROUTE_URI && trunk_serves(place->trunks, route->to)) {
		snprintf(reason, LIMITS_REASON_SIZE, "%s", LIMITS_AT_TRUNK);
		return EPERM;
	}
	if (err || route->emergency || !leads_to_trunks(route))
		return err;
	return charge_check(place->money, account, route->to, reason);
}

const char *limits_user_of(const struct call *caller)
{
	return caller->direction == CALL_INBOUND ? caller->user : NULL;
}

bool limits_user_is_free(const struct calls *calls, const struct conf_user *user)
{
	return user->max_calls == 0 || calls_of_user(calls, user->name) < user->max_calls;
}
