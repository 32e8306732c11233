/* See bans.h. */
#include "daemon/offhookd/phones/bans.h"

#include "daemon/offhookd/digest/digest.h"
#include "daemon/offhookd/phones/guard.h"
#include "daemon/offhookd/control/events.h"
#include "daemon/offhookd/phones/phones.h"
#include "daemon/offhookd/phones/registrar.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct bans {
	const struct conf *conf;
	struct control_events *events;
	bool (*is_trunk)(const struct ua_source *source, void *arg);
	void *arg;
	struct guard *guard;
	struct event *tick;
	enum conf_transport transport; /* of the message that is being looked at */
	double told;		       /* events of registrations that failed that may still be told */
	int64_t told_us;
	uint64_t failed, untold;
};

enum { TOLD_A_SECOND = 10, TOLD_AT_ONCE = 50 };

static struct guard_limits limits_of(const struct conf *conf)
{
	return (struct guard_limits){
		.rate = conf->guard.rate,
		.burst = conf->guard.burst,
		.max_failures = conf->guard.max_failures,
		.max_names = conf->guard.max_names,
		.max_challenges = conf->guard.max_challenges,
		.window_s = conf->guard.window_s,
		.ban_s = conf->guard.ban_s,
		.max_sources = conf->guard.max_sources,
	};
}

/* ---- what the guard asks and says ---- */

static bool is_exempt(const struct sockaddr_storage *address, void *arg)
{
	struct bans *bans = arg;
	const struct conf *conf = bans->conf;
	struct ua_source source = { .address = *address, .transport = bans->transport };

	for (size_t i = 0; i < conf->guard.exempt.count; i++)
		if (conf_network_holds(conf->guard.exempt.items[i], address))
			return true;
	return conf->guard.exempt_trunks && bans->is_trunk(&source, bans->arg);
}

static json_t *ban_json(const struct guard_ban *ban)
{
	return json_pack("{s:s,s:s,s:I,s:I,s:I}", "address", ban->address, "reason",
			 guard_reason_name(ban->reason), "since", (json_int_t)ban->since, "until",
			 (json_int_t)ban->until, "dropped", (json_int_t)ban->dropped);
}

static void on_banned(const struct guard_ban *ban, void *arg)
{
	struct bans *bans = arg;

	log_warn("guard.banned", NULL, "address=%s reason=%s seconds=%lld", ban->address,
		 guard_reason_name(ban->reason), (long long)(ban->until - ban->since) / 1000);
	control_events_publish(bans->events, "guard.banned", ban_json(ban));
}

static void on_lifted(const struct guard_ban *ban, bool by_hand, void *arg)
{
	struct bans *bans = arg;
	json_t *params = ban_json(ban);

	log_info("guard.lifted", NULL, "address=%s by_hand=%d dropped=%llu", ban->address, by_hand,
		 (unsigned long long)ban->dropped);
	json_object_set_new(params, "end", json_string(by_hand ? "lifted" : "expired"));
	control_events_publish(bans->events, "guard.lifted", params);
}

/* ---- what happens ---- */

static bool is_scanner(const struct conf *conf, const char *agent)
{
	for (size_t i = 0; agent && i < conf->guard.user_agents.count; i++)
		if (strncasecmp(agent, conf->guard.user_agents.items[i],
				strlen(conf->guard.user_agents.items[i])) == 0)
			return true;
	return false;
}

bool bans_is_proven(const struct phones *phones, const struct ua_arrival *in)
{
	char source[UA_HOST_TEXT_MAX];

	return in->of_call ||
	       (in->from_user && registrar_is_from(phones, in->from_user, in->transport, &in->address)) ||
	       (in->nonce && digest_proves(phones->digest, in->nonce, ua_host_text(&in->address, source)));
}

bool bans_on_arrival(struct phones *phones, const struct ua_arrival *in)
{
	struct bans *bans = phones->bans;

	bans->transport = in->transport;
	if (!guard_admit(bans->guard, &in->address) &&
	    !(bans_is_proven(phones, in) && guard_admit_proven(bans->guard, &in->address)))
		return false;
	if (!is_scanner(bans->conf, in->user_agent))
		return true;
	if (in->transport == CONF_UDP) /* anybody may have sent it in another's name: not read, and no ban */
		return is_exempt(&in->address, bans);
	guard_on_agent(bans->guard, &in->address);
	return guard_admit(bans->guard, &in->address);
}

bool bans_on_connection(struct bans *bans, const struct sockaddr_storage *from, bool crowded)
{
	bans->transport = CONF_TCP;
	return guard_admit(bans->guard, from) && (!crowded || is_exempt(from, bans));
}

void bans_on_challenge(struct bans *bans, const struct ua_source *source)
{
	if (source->transport == CONF_UDP)
		return; /* who sees no answer of ours cannot be blamed for giving none */
	bans->transport = source->transport;
	guard_on_challenge(bans->guard, &source->address);
}

void bans_on_failure(struct bans *bans, const struct ua_source *source, const char *name, const char *attempt)
{
	bans->transport = source->transport;
	guard_on_failure(bans->guard, &source->address, name, attempt);
}

bool bans_has_failed(struct bans *bans, const struct ua_source *source)
{
	return guard_has_failed(bans->guard, &source->address);
}

void bans_on_success(struct bans *bans, const struct ua_source *source)
{
	guard_on_success(bans->guard, &source->address);
}

void bans_tell_failed(struct bans *bans, const struct ua_source *source, const char *user, const char *reason,
		      const char *agent)
{
	int64_t now = clock_mono_us();
	json_t *params;

	bans->failed++;
	bans->told += (double)(now - bans->told_us) / 1e6 * TOLD_A_SECOND;
	bans->told_us = now;
	if (bans->told > TOLD_AT_ONCE)
		bans->told = TOLD_AT_ONCE;
	if (bans->told < 1) {
		bans->untold++;
		return;
	}
	bans->told -= 1;
	params = json_pack("{s:s,s:s,s:s}", "user", user, "source", source->text, "reason", reason);
	if (params && agent)
		json_object_set_new(params, "agent", json_string(agent));
	if (params) /* else what it says is no text */
		control_events_publish(bans->events, "registration.failed", params);
}

/* ---- what is told ---- */

void bans_status(const struct bans *bans, json_t *out)
{
	struct guard_stats stats;

	guard_stats(bans->guard, &stats);
	json_object_set_new(out, "bans", json_integer((json_int_t)stats.bans));
	json_object_set_new(out, "bans_total", json_integer((json_int_t)stats.bans_total));
	json_object_set_new(out, "banned_messages", json_integer((json_int_t)stats.dropped));
	json_object_set_new(out, "limited_messages", json_integer((json_int_t)stats.limited));
	json_object_set_new(out, "registrations_failed", json_integer((json_int_t)bans->failed));
}

static void add_ban(const struct guard_ban *ban, void *arg)
{
	json_array_append_new(arg, ban_json(ban));
}

json_t *bans_list(const struct bans *bans)
{
	json_t *list = json_array();

	guard_list(bans->guard, add_ban, list);
	return list;
}

int bans_lift(struct bans *bans, const char *address)
{
	return guard_lift(bans->guard, address);
}

/* ---- life ---- */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct bans *bans = arg;

	(void)fd, (void)what;
	guard_expire(bans->guard);
}

int bans_alloc(struct bans **out, const struct bans_params *params)
{
	static const struct timeval second = { 1, 0 };
	struct bans *bans = calloc(1, sizeof *bans);
	struct guard_limits limits = limits_of(params->conf);
	struct guard_handlers handlers = { on_banned, on_lifted, is_exempt, bans };

	if (!bans)
		return ENOMEM;
	bans->conf = params->conf;
	bans->events = params->events;
	bans->is_trunk = params->is_trunk;
	bans->arg = params->arg;
	bans->told = TOLD_AT_ONCE;
	bans->told_us = clock_mono_us();
	bans->tick = event_new(params->base, -1, EV_PERSIST, on_tick, bans);
	if (!bans->tick || event_add(bans->tick, &second) || guard_alloc(&bans->guard, &limits, &handlers)) {
		bans_free(bans);
		return ENOMEM;
	}
	*out = bans;
	return 0;
}

void bans_free(struct bans *bans)
{
	if (!bans)
		return;
	if (bans->tick)
		event_free(bans->tick);
	guard_free(bans->guard);
	free(bans);
}

void bans_reloaded(struct bans *bans, const struct conf *conf)
{
	struct guard_limits limits = limits_of(conf);

	bans->conf = conf;
	guard_set_limits(bans->guard, &limits);
}
