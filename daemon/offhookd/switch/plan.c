/* Where an outbound call may go: see outbound.h. */
#define _GNU_SOURCE /* strcasestr */
#include "daemon/offhookd/switch/bindings.h"
#include "daemon/offhookd/switch/limits.h"
#include "daemon/offhookd/switch/outbound.h"
#include "daemon/offhookd/switch/sw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct plan *plan_alloc(void)
{
	return calloc(1, sizeof(struct plan));
}

static void place_clear(struct plan_place *p)
{
	free(p->uri);
	free(p->route);
	free(p->path);
	free(p->trunk);
	free(p->username);
	free(p->password);
	for (size_t i = 0; i < p->codecs.count; i++)
		free(p->codecs.items[i]);
	free(p->codecs.items);
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->count; i++)
		place_clear(&plan->places[i]);
	free(plan->user);
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

/* "udp:192.0.2.7:5060" → where to send: phones behind NAT are reached only where they came from. */
static int route_from_source(struct plan_place *p, const char *source)
{
	const char *address = strchr(source, ':');
	char route[160];

	if (!address)
		return EINVAL;
	p->transport = strncmp(source, "tls:", 4) == 0	 ? CONF_TLS
		       : strncmp(source, "tcp:", 4) == 0 ? CONF_TCP
							 : CONF_UDP;
	p->family = address[1] == '[' ? AF_INET6 : AF_INET;
	snprintf(route, sizeof route, "sip:%s;transport=%.3s", address + 1, source);
	return keep(&p->route, route);
}

static int copy_codecs(struct conf_strings *out, const struct conf_strings *from)
{
	out->items = calloc(from->count ? from->count : 1, sizeof *out->items);
	if (!out->items)
		return ENOMEM;
	for (; out->count < from->count; out->count++) {
		out->items[out->count] = strdup(from->items[out->count]);
		if (!out->items[out->count])
			return ENOMEM;
	}
	return 0;
}

static int add_binding(struct plan *plan, const struct binding *b, unsigned group,
		       const struct conf_strings *codecs)
{
	struct plan_place *p = next_place(plan, group);
	int err;

	if (!p)
		return 0;
	p->listener = b->listener;
	err = keep(&p->uri, b->uri);
	if (!err)
		err = keep(&p->path, b->path);
	if (!err)
		err = route_from_source(p, b->source);
	if (!err)
		err = copy_codecs(&p->codecs, codecs);
	return err;
}

int plan_add_user(struct plan *plan, struct sw *sw, const struct conf_user *user)
{
	unsigned group = next_group(plan);
	int err = plan->user ? 0 : keep(&plan->user, user->name);

	if (!limits_user_is_free(sw, user)) {
		plan->busy = true;
		return err;
	}
	for (const struct binding *b = bindings_of(sw->bindings, user->name); b && !err; b = b->next)
		err = add_binding(plan, b, group, &user->codecs);
	return err;
}

int plan_add_trunk(struct plan *plan, const struct conf_trunk *trunk, const char *to)
{
	struct plan_place *p = next_place(plan, next_group(plan));
	char uri[512];
	int err;

	if (!p)
		return 0;
	p->transport = CONF_UDP;
	p->family = trunk->address[0] == '[' ? AF_INET6 : AF_UNSPEC;
	snprintf(uri, sizeof uri, "sip:%s@%s", to, trunk->address);
	err = keep(&p->uri, uri);
	if (!err)
		err = keep(&p->trunk, trunk->name);
	if (!err)
		err = keep(&p->username, trunk->username);
	if (!err)
		err = keep(&p->password, trunk->password);
	if (!err)
		err = copy_codecs(&p->codecs, &trunk->codecs);
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
	err = keep(&p->uri, uri);
	if (!err)
		err = keep(&p->trunk, like->trunk);
	if (!err)
		err = keep(&p->username, like->username);
	if (!err)
		err = keep(&p->password, like->password);
	if (!err)
		err = copy_codecs(&p->codecs, &like->codecs);
	return err;
}

static int add_target(struct plan *plan, struct sw *sw, const struct conf_target *target, const char *to)
{
	const struct conf *conf = sw->conf;

	if (target->kind == CONF_TO_TRUNK)
		return plan_add_trunk(plan, &conf->trunks[target->index], to);
	return plan_add_user(plan, sw, &conf->users[target->index]);
}

int plan_for_route(struct plan **out, struct sw *sw, const struct route *route)
{
	const struct conf_target *targets =
	    route->kind == ROUTE_NUMBER ? route->number->dial : route->targets;
	size_t count = route->kind == ROUTE_NUMBER ? route->number->dial_count : route->target_count;
	struct plan *plan;
	int err = 0;

	if (route->kind == ROUTE_NONE)
		return ENOENT;
	plan = plan_alloc();
	if (!plan)
		return ENOMEM;
	if (route->kind == ROUTE_USER)
		err = plan_add_user(plan, sw, route->user);
	for (size_t i = 0; route->kind != ROUTE_USER && !err && i < count; i++)
		err = add_target(plan, sw, &targets[i], route->to);
	if (err) {
		plan_free(plan);
		return err;
	}
	*out = plan;
	return 0;
}
