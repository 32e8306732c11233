/* See plan.h. */
#define _GNU_SOURCE /* strcasestr */
#include "daemon/offhookd/place/plan.h"

#include "daemon/offhookd/phones/binding_target.h"
#include "daemon/offhookd/phones/keepalive.h"
#include "daemon/offhookd/phones/phones.h"
#include "daemon/offhookd/place/limits.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/random.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TRUNK_SERVERS_TRIED = 4 }; /* for one call */

struct plan *plan_alloc(struct place *place)
{
	struct plan *plan = calloc(1, sizeof *plan);

	if (plan)
		plan->place = place;
	return plan;
}

static void place_clear(struct plan_place *p)
{
	free(p->uri);
	free(p->route);
	free(p->path);
	free(p->trunk);
	free(p->to);
	free(p->username);
	free(p->password);
	conf_strings_clear(&p->codecs);
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->count; i++)
		place_clear(&plan->places[i]);
	if (plan->trying)
		event_free(plan->trying);
	free(plan->user);
	free(plan->unpaid);
	free(plan);
}

static unsigned next_group(const struct plan *plan)
{
	return plan->count ? plan->places[plan->count - 1].group + 1 : 0;
}

/* The next free place; NULL when the plan is full: what is beyond is not rung. */
static struct plan_place *next_place(struct plan *plan, unsigned group)
{
	struct plan_place *p;

	if (plan->count == CALL_LEGS_MAX)
		return NULL;
	p = &plan->places[plan->count++];
	p->group = group;
	p->listener = -1;
	return p;
}

static int keep(char **out, const char *text)
{
	if (!text)
		return 0;
	*out = strdup(text);
	return *out ? 0 : ENOMEM;
}

/* One to whom no way is left is left out. */
static int add_binding(struct plan *plan, const struct binding *b, unsigned group,
		       const struct conf_strings *codecs, enum conf_srtp srtp, enum conf_dtmf dtmf)
{
	const struct keepalive *keepalive = plan->place->phones->keepalive;
	char why[KEEPALIVE_WHY_MAX];
	struct plan_place *p;
	struct binding_target at;
	int err = keepalive_target(keepalive, &at, b);

	if (keepalive_why(keepalive, b, why)[0])
		snprintf(plan->unreachable, sizeof plan->unreachable, "%s", why);
	if (err)
		return err == ENOTCONN ? 0 : err;
	p = next_place(plan, group);
	if (!p)
		return 0;
	p->listener = at.target.listener;
	p->transport = at.target.transport;
	p->family = at.target.family;
	p->srtp = srtp;
	p->dtmf = dtmf;
	err = keep(&p->uri, at.target.uri);
	if (!err)
		err = keep(&p->path, at.target.path);
	if (!err)
		err = keep(&p->route, at.target.route);
	if (!err)
		err = conf_strings_copy(&p->codecs, codecs);
	return err;
}

/* Whether some contact is known not to be dead: then the dead ones are left alone. */
static bool anyone_reachable(const struct phones *phones, const struct conf_user *user)
{
	for (const struct binding *b = bindings_of(phones->bindings, user->name); b; b = b->next)
		if (keepalive_is_reachable(phones->keepalive, b))
			return true;
	return false;
}

/* The first that is said counts. */
static void say_route(struct plan *plan, const char *kind, const char *name)
{
	if (!plan->routed[0])
		snprintf(plan->routed, sizeof plan->routed, "%s%.80s", kind, name);
}

int plan_add_user(struct plan *plan, const struct conf_user *user)
{
	const struct phones *phones = plan->place->phones;
	unsigned group = next_group(plan);
	int err = plan->user ? 0 : keep(&plan->user, user->name);
	bool all = !anyone_reachable(phones, user);

	say_route(plan, "user ", user->name);
	if (!limits_user_is_free(plan->place->calls, user)) {
		plan->busy = true;
		return err;
	}
	for (const struct binding *b = bindings_of(phones->bindings, user->name); b && !err; b = b->next)
		if (all || keepalive_is_reachable(phones->keepalive, b))
			err = add_binding(plan, b, group, &user->codecs, user->srtp, user->dtmf);
	return err;
}

/* ---- trunks ---- */

static int add_hop(struct plan *plan, const struct conf_trunk *trunk, const struct ua_hop *hop)
{
	struct plan_place *p = next_place(plan, next_group(plan));
	char route[UA_HOP_TEXT_MAX];
	int err;

	if (!p)
		return 0;
	p->transport = hop->transport;
	p->family = hop->address.ss_family;
	ua_hop_uri(hop, route);
	err = keep(&p->route, route);
	return err ? err : keep(&p->trunk, trunk->name);
}

/* Why the first of them is of no use is told. */
static void pass_over(struct plan *plan, const struct conf_trunk *conf, const struct trunk *trunk)
{
	const char *why = trunk ? trunk_reason(trunk) : "";

	if (plan->passed[0])
		return;
	plan->passed_for = why[0] != '\0';
	snprintf(plan->passed, sizeof plan->passed, "%.64s%s%.120s", conf->name,
		 why[0] ? ": " : " is not up.", why);
}

static int add_trunk(struct plan *plan, const struct conf_trunk *conf)
{
	const struct phones *phones = plan->place->phones;
	const struct trunk *trunk = trunk_find(plan->place->trunks, conf->name);
	const struct ua_hop *hops;
	size_t count;
	int err = 0;

	if (!trunk || !trunk_is_usable(trunk)) {
		pass_over(plan, conf, trunk);
		plan->passed_over = true;
		return 0;
	}
	count = trunk_hops(trunk, &hops);
	for (size_t i = 0; !err && i < count && i < TRUNK_SERVERS_TRIED; i++)
		err = add_hop(plan, conf, &hops[i]);
	if (!conf->registers_here)
		return err;
	for (const struct binding *b = bindings_of(phones->bindings, conf->username); b && !err;
	     b = b->next) {
		size_t before = plan->count;

		err = add_binding(plan, b, next_group(plan), &conf->codecs, conf->srtp, conf->dtmf);
		if (!err && plan->count > before)
			err = keep(&plan->places[plan->count - 1].trunk, conf->name);
	}
	return err;
}

int plan_add_uri(struct plan *plan, const char *uri, const struct plan_place *like)
{
	struct plan_place *p = next_place(plan, next_group(plan));
	int err;

	if (!p)
		return ENOSPC;
	p->transport = strcasestr(uri, "transport=tcp")	  ? CONF_TCP
		       : strcasestr(uri, "transport=tls") ? CONF_TLS
							  : CONF_UDP;
	p->family = strchr(uri, '[') ? AF_INET6 : AF_UNSPEC;
	p->redirected = true;
	err = keep(&p->uri, uri);
	return err ? err : keep(&p->trunk, like->trunk);
}

int plan_add_outside(struct plan *plan, const char *uri, const char *username, const char *password)
{
	struct plan_place none = { .trunk = NULL };
	int err = plan_add_uri(plan, uri, &none);
	struct plan_place *p = err ? NULL : &plan->places[plan->count - 1];

	say_route(plan, "", uri);
	if (p) {
		p->outside = true;
		if (strncasecmp(uri, "sips:", 5) == 0)
			p->transport = CONF_TLS;
	}
	if (!err)
		err = keep(&p->username, username);
	return err ? err : keep(&p->password, password);
}

/* Draws an order by weight; those of weight 0 come last, as they are. */
static void draw_order(size_t *order, const unsigned *weights, size_t count)
{
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = 0; weights && i + 1 < count; i++) {
		uint32_t sum = 0, at;
		size_t j = i, k;

		for (k = i; k < count; k++)
			sum += weights[order[k]];
		if (sum == 0)
			return;
		for (at = random_u32() % sum; at >= weights[order[j]]; j++)
			at -= weights[order[j]];
		k = order[j];
		memmove(&order[i + 1], &order[i], (j - i) * sizeof *order);
		order[i] = k;
	}
}

int plan_add_trunks(struct plan *plan, const struct conf_route *route, const struct conf_target *targets,
		    size_t count, const char *to)
{
	size_t first = plan->count;
	size_t *order = calloc(count ? count : 1, sizeof *order);
	int err = 0;

	if (!order)
		return ENOMEM;
	if (route)
		say_route(plan, "route ", route->pattern);
	else if (count && targets[0].kind == CONF_TO_TRUNK)
		say_route(plan, "trunk ", plan->place->conf->trunks[targets[0].index].name);
	if (route)
		plan->failover_count = 0;
	for (size_t i = 0; route && i < route->failover_count && i < PLAN_FAILOVER_MAX; i++)
		plan->failover_on[plan->failover_count++] = route->failover_on[i];
	draw_order(order, route && route->to == targets ? route->weights : NULL, count);
	for (size_t i = 0; !err && i < count; i++)
		if (targets[order[i]].kind == CONF_TO_TRUNK)
			err = add_trunk(plan, &plan->place->conf->trunks[targets[order[i]].index]);
	for (size_t i = first; !err && i < plan->count; i++)
		err = keep(&plan->places[i].to, to);
	free(order);
	return err;
}

static int plan_add_targets(struct plan *plan, const struct conf_route *route,
			    const struct conf_target *targets, size_t count)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		if (targets[i].kind == CONF_TO_USER)
			err = plan_add_user(plan, &plan->place->conf->users[targets[i].index]);
	return err ? err : plan_add_trunks(plan, route, targets, count, NULL);
}

int plan_add_number(struct plan *plan, const struct conf_number *number)
{
	say_route(plan, "number ", number->number);
	return plan_add_targets(plan, NULL, number->dial, number->dial_count);
}

int plan_for_route(struct plan **out, struct place *place, const struct route *route, const char *username,
		   const char *password)
{
	const struct conf_target *targets =
	    route->kind == ROUTE_NUMBER ? route->number->dial : route->targets;
	size_t count = route->kind == ROUTE_NUMBER ? route->number->dial_count : route->target_count;
	struct plan *plan;
	int err = 0;

	if (route->kind == ROUTE_NONE)
		return ENOENT;
	plan = plan_alloc(place);
	if (!plan)
		return ENOMEM;
	if (route->kind == ROUTE_NUMBER)
		say_route(plan, "number ", route->number->number);
	if (route->kind == ROUTE_USER)
		err = plan_add_user(plan, route->user);
	else if (route->kind == ROUTE_URI)
		err = plan_add_outside(plan, route->to, username, password);
	else
		err = plan_add_targets(plan, route->route, targets, count);
	if (err) {
		plan_free(plan);
		return err;
	}
	*out = plan;
	return 0;
}
