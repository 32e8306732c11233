/* See trunk.h. */
#include "daemon/offhookd/trunks/trunk.h"

#include "daemon/offhookd/trunks/trunk_private.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum { GOODBYE_S = 2 };

/* ---- where it is ---- */

static void look_up(struct trunk *trunk);

/* Once the registration that it had before is taken back: some registrars would take that for the new one. */
static void go(struct trunk *trunk)
{
	const struct trunk_leaving *l;

	if (!trunk->registration)
		return;
	DL_FOREACH(trunk->table->leaving, l)
	if (strcmp(l->name, trunk->conf->name) == 0)
		return;
	trunk_registration_go(trunk->registration);
}

static void on_hops(const struct ua_hop *hops, size_t count, unsigned ttl_s, void *arg)
{
	struct trunk *trunk = arg;
	char text[UA_HOP_TEXT_MAX] = "";

	trunk->lookup = NULL;
	trunk->resolved = true;
	/* servers that were known are better than none: DNS may be down and they may not */
	if (count) {
		memcpy(trunk->hops, hops, count * sizeof *hops);
		trunk->hop_count = count;
		ua_hop_text(&hops[0], text);
	}
	log_write(count ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN, count ? "trunk.resolved" : "trunk.unresolved",
		  NULL, "trunk=%s servers=%zu first=%s ttl_s=%u", trunk->conf->name, count, text, ttl_s);
	event_add(trunk->again, &(struct timeval){ ttl_s, 0 });
	trunk_update(trunk);
	if (count)
		go(trunk);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	look_up(arg);
}

static void look_up(struct trunk *trunk)
{
	char host[256];
	struct ua_lookup_params params = { host, 0, trunk->conf->transport, on_hops, trunk };
	int err;

	if (trunk->lookup || !trunk_split(trunk->conf, host, &params.port))
		return;
	err = ua_lookup_start(&trunk->lookup, trunk->table->ua, &params);
	if (err) {
		log_warn("trunk.unresolved", NULL, "trunk=%s error=%s", trunk->conf->name,
			 log_quote(strerror(err)));
		trunk->lookup = NULL;
		on_hops(NULL, 0, 30, trunk);
	}
}

/* ---- the table ---- */

static void stop(struct trunk *trunk)
{
	ua_lookup_cancel(trunk->lookup);
	trunk->lookup = NULL;
	if (trunk->again)
		event_free(trunk->again);
	trunk->again = NULL;
	trunk_registration_free(trunk->registration);
	trunk->registration = NULL;
	trunk_health_free(trunk->health);
	trunk->health = NULL;
}

static void begin(struct trunk *trunk)
{
	if (trunk->conf->registers && trunk_registration_alloc(&trunk->registration, trunk))
		log_error("trunk.no_memory", NULL, "trunk=%s", trunk->conf->name);
	if (trunk->conf->health_interval_s && !trunk->conf->registers_here &&
	    trunk_health_alloc(&trunk->health, trunk))
		log_error("trunk.no_memory", NULL, "trunk=%s", trunk->conf->name);
	if (trunk->again)
		look_up(trunk);
	else
		go(trunk);
	trunk_update(trunk);
}

/* Without it the trunk stays unresolved. */
static void find_built_in(struct trunk *trunk)
{
	const struct trunk_above *above = &trunk->table->above;
	int err = above->find_built_in(&trunk->hops[0].address, above->arg);

	trunk->resolved = true;
	trunk->hops[0].transport = CONF_UDP;
	if (err)
		log_error("trunk.not_built", NULL, "trunk=%s error=%s", trunk->conf->name,
			  log_quote(strerror(err)));
	else
		trunk->hop_count = 1;
}

/* Numeric addresses are there at once; names wait for trunk_table_start(). */
static int set_up(struct trunk *trunk)
{
	char host[256];
	uint16_t port;

	trunk->hop_count = 0;
	trunk->resolved = false;
	trunk->tokens = trunk->conf->max_calls_per_second;
	trunk->tokens_at_us = clock_mono_us();
	if (trunk->conf->built_in)
		find_built_in(trunk);
	if (!trunk_split(trunk->conf, host, &port))
		return 0;
	trunk->has_port = port != 0;
	if (ua_hop_numeric(&trunk->hops[0], host, port, trunk->conf->transport)) {
		trunk->hop_count = 1;
		trunk->resolved = true;
		return 0;
	}
	trunk->again = evtimer_new(trunk->table->base, on_again, trunk);
	return trunk->again ? 0 : ENOMEM;
}

static void discard(struct trunk *trunk)
{
	stop(trunk);
	free(trunk);
}

static void forget(struct trunk *trunk)
{
	HASH_DEL(trunk->table->trunks, trunk);
	discard(trunk);
}

static int add(struct trunk_table *table, const struct conf_trunk *conf)
{
	struct trunk *trunk = calloc(1, sizeof *trunk);

	if (!trunk)
		return ENOMEM;
	trunk->table = table;
	trunk->conf = conf;
	HASH_ADD_KEYPTR(hh, table->trunks, conf->name, strlen(conf->name), trunk);
	if (set_up(trunk)) {
		forget(trunk);
		return ENOMEM;
	}
	trunk_update(trunk);
	if (table->started)
		begin(trunk);
	return 0;
}

int trunk_table_alloc(struct trunk_table **out, const struct trunk_table_params *params)
{
	struct trunk_table *table = calloc(1, sizeof *table);

	if (!table)
		return ENOMEM;
	table->base = params->base;
	table->conf = params->conf;
	table->events = params->events;
	table->above = params->above;
	trunk_line_key(table->line_key, table->conf->state_dir);
	for (size_t i = 0; i < table->conf->trunk_count; i++) {
		if (add(table, &table->conf->trunks[i])) {
			trunk_table_free(table);
			return ENOMEM;
		}
	}
	*out = table;
	return 0;
}

void trunk_table_start(struct trunk_table *table, struct ua *ua)
{
	table->ua = ua;
	table->started = true;
	for (struct trunk *t = table->trunks; t; t = t->hh.next)
		begin(t);
}

/* ---- the end ---- */

static void all_said(struct trunk_table *table)
{
	void (*done)(void *arg) = table->done;

	table->done = NULL;
	if (done)
		done(table->done_arg);
}

static void on_unregistered(void *arg)
{
	struct trunk_table *table = arg;

	if (--table->ending == 0)
		all_said(table);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	all_said(arg);
}

void trunk_table_stop(struct trunk_table *table, void (*done)(void *arg), void *arg)
{
	table->done = done;
	table->done_arg = arg;
	table->ending = 1;
	table->deadline = evtimer_new(table->base, on_deadline, table);
	if (table->deadline)
		event_add(table->deadline, &(struct timeval){ GOODBYE_S, 0 });
	for (struct trunk *t = table->trunks; t; t = t->hh.next) {
		if (!t->registration)
			continue;
		table->ending++;
		trunk_registration_end(t->registration, on_unregistered, table);
	}
	on_unregistered(table);
}

/* ---- what a reload has taken away ---- */

static void leave_freely(struct trunk_leaving *l)
{
	DL_DELETE(l->table->leaving, l);
	trunk_registration_free(l->registration);
	free(l->name);
	free(l);
}

static void on_left(void *arg)
{
	struct trunk_leaving *l = arg;
	struct trunk_table *table = l->table;
	struct trunk *again = trunk_find(table, l->name);

	leave_freely(l);
	if (again && table->started)
		go(again);
}

/* Says good-bye to its registrar, if it has one. */
static void leave(struct trunk *trunk)
{
	struct trunk_leaving *l = trunk->registration ? calloc(1, sizeof *l) : NULL;

	if (l)
		l->name = strdup(trunk->conf->name);
	if (!l || !l->name) {
		free(l);
		return;
	}
	l->table = trunk->table;
	l->registration = trunk->registration;
	DL_APPEND(trunk->table->leaving, l);
	trunk->registration = NULL;
	trunk_registration_end(l->registration, on_left, l);
}

void trunk_table_free(struct trunk_table *table)
{
	struct trunk_leaving *l, *next_l;
	struct trunk *trunk, *next;

	if (!table)
		return;
	if (table->deadline)
		event_free(table->deadline);
	DL_FOREACH_SAFE(table->leaving, l, next_l)
	leave_freely(l);
	HASH_ITER(hh, table->trunks, trunk, next)
	forget(trunk);
	free(table);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Whether a trunk goes on as it is with another conf. trunk_line_make() looks at the same. */
static bool is_same(const struct conf_trunk *a, const struct conf_trunk *b)
{
	return same_text(a->address, b->address) && same_text(a->proxy, b->proxy) &&
	       same_text(a->domain, b->domain) && same_text(a->username, b->username) &&
	       same_text(a->password, b->password) && a->transport == b->transport &&
	       a->registers == b->registers && a->registers_here == b->registers_here &&
	       a->built_in == b->built_in && a->register_expires_s == b->register_expires_s &&
	       a->health_interval_s == b->health_interval_s;
}

void trunk_table_reload(struct trunk_table *table, const struct conf *conf)
{
	struct trunk *old = table->trunks, *trunk, *next;

	table->conf = conf;
	table->trunks = NULL;
	for (trunk = old; trunk; trunk = trunk->hh.next) {
		const struct conf_trunk *c = conf_trunk_by_name(conf, trunk->conf->name);

		if (!c || !is_same(trunk->conf, c))
			leave(trunk);
	}
	for (size_t i = 0; i < conf->trunk_count; i++) {
		const struct conf_trunk *c = &conf->trunks[i];

		HASH_FIND_STR(old, c->name, trunk);
		if (trunk && is_same(trunk->conf, c)) {
			HASH_DEL(old, trunk);
			trunk->conf = c;
			HASH_ADD_KEYPTR(hh, table->trunks, c->name, strlen(c->name), trunk);
		} else if (add(table, c)) {
			log_error("trunk.no_memory", NULL, "trunk=%s", c->name);
		} else {
			/* calls of a trunk that is made anew are counted anew */
			trunk_find(table, c->name)->calls = table->above.calls_of(c->name, table->above.arg);
		}
	}
	HASH_ITER(hh, old, trunk, next)
	{
		HASH_DEL(old, trunk);
		discard(trunk);
	}
}

/* ---- how much it may ---- */

void trunk_on_binding(struct trunk_table *table, const char *user)
{
	for (struct trunk *t = table->trunks; table->started && t; t = t->hh.next)
		if (t->conf->registers_here && strcmp(t->conf->username, user) == 0)
			trunk_update(t);
}

void trunk_count_call(struct trunk_table *table, const char *name, int by)
{
	struct trunk *trunk = trunk_find(table, name);

	if (trunk && (by > 0 || trunk->calls > 0))
		trunk->calls += (size_t)by;
}

const char *trunk_admit(struct trunk *trunk)
{
	double limit = trunk->conf->max_calls_per_second;
	int64_t now = clock_mono_us();

	if (trunk->conf->max_calls && trunk->calls > trunk->conf->max_calls)
		return "max-calls of the trunk is reached";
	if (limit == 0)
		return NULL;
	trunk->tokens += (double)(now - trunk->tokens_at_us) / 1e6 * limit;
	trunk->tokens_at_us = now;
	if (trunk->tokens > limit)
		trunk->tokens = limit;
	if (trunk->tokens < 1)
		return "max-calls-per-second of the trunk is reached";
	trunk->tokens -= 1;
	return NULL;
}
