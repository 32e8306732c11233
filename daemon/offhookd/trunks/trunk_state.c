/* The state of a trunk, as it is told: trunk.list and trunk.changed. See trunk.h. */
#include "daemon/offhookd/control/events.h"
#include "daemon/offhookd/trunks/trunk_private.h"
#include "lib/log.h"

#include <stdio.h>
#include <string.h>

const char *trunk_state_name(enum trunk_state state)
{
	static const char *const names[] = { "up",	 "resolving",	"unresolved",	"registering",
					     "rejected", "unreachable", "unregistered", "down" };

	return names[state];
}

bool trunk_is_usable(const struct trunk *trunk)
{
	const struct trunk_above *above = &trunk->table->above;

	if (trunk->conf->registers_here)
		return above->is_registered(trunk->conf->username, above->arg);
	return trunk->hop_count > 0 &&
	       (!trunk->health || trunk_health_state(trunk->health) == TRUNK_HEALTH_UP);
}

const char *trunk_reason(const struct trunk *trunk)
{
	return trunk->reason;
}

static enum trunk_state work_out(const struct trunk *trunk, char reason[TRUNK_REASON_MAX])
{
	static const enum trunk_state states[] = { [TRUNK_REGISTERING] = TRUNK_IS_REGISTERING,
						   [TRUNK_REGISTERED] = TRUNK_UP,
						   [TRUNK_REJECTED] = TRUNK_IS_REJECTED,
						   [TRUNK_REG_UNREACHABLE] = TRUNK_IS_UNREACHABLE };

	reason[0] = '\0';
	if (trunk->hop_count == 0 && !trunk->conf->registers_here) {
		if (trunk->conf->built_in)
			snprintf(reason, TRUNK_REASON_MAX, "The built-in trunk could not be started.");
		else
			snprintf(reason, TRUNK_REASON_MAX, "DNS has no server for %.100s.",
				 trunk->conf->proxy ? trunk->conf->proxy : trunk->conf->address);
		return trunk->resolved ? TRUNK_UNRESOLVED : TRUNK_RESOLVING;
	}
	if (trunk->conf->registers_here && !trunk_is_usable(trunk)) {
		snprintf(reason, TRUNK_REASON_MAX, "It has not registered here as %.64s.",
			 trunk->conf->username);
		return TRUNK_UNREGISTERED;
	}
	if (trunk->health && trunk_health_state(trunk->health) != TRUNK_HEALTH_UP) {
		snprintf(reason, TRUNK_REASON_MAX, "%s", trunk_health_reason(trunk->health));
		return trunk_health_state(trunk->health) == TRUNK_HEALTH_DOWN ? TRUNK_DOWN
									      : TRUNK_IS_UNREACHABLE;
	}
	if (!trunk->registration)
		return trunk->conf->registers ? TRUNK_IS_REGISTERING : TRUNK_UP;
	snprintf(reason, TRUNK_REASON_MAX, "%s", trunk_registration_reason(trunk->registration));
	return states[trunk_registration_state(trunk->registration)];
}

static json_t *state_json(const struct trunk *trunk, const char *name_key)
{
	json_t *out =
	    json_pack("{s:s,s:s}", name_key, trunk->conf->name, "state", trunk_state_name(trunk->state));

	if (out && trunk->reason[0])
		json_object_set_new(out, "reason", json_string(trunk->reason));
	return out;
}

void trunk_update(struct trunk *trunk)
{
	char reason[TRUNK_REASON_MAX];
	enum trunk_state state = work_out(trunk, reason);
	bool changed = state != trunk->state || strcmp(reason, trunk->reason) != 0;

	trunk->state = state;
	memcpy(trunk->reason, reason, sizeof reason);
	if (!changed || !trunk->table->started)
		return;
	log_write(state == TRUNK_UP ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "trunk_state", NULL,
		  "trunk=%s state=%s reason=%s", trunk->conf->name, trunk_state_name(state),
		  log_quote(reason));
	control_events_publish(trunk->table->events, "trunk.changed", state_json(trunk, "trunk"));
}

/* Whether anybody has been asked whether it is there: "up" is a hope else. */
static bool is_asked(const struct trunk *trunk)
{
	return trunk->registration || trunk->conf->registers_here || trunk->conf->built_in ||
	       (trunk->health && trunk_health_is_known(trunk->health));
}

static const char *hope(const struct trunk *trunk)
{
	return trunk->health ? "It has not answered OPTIONS yet."
			     : "It is neither registered with nor asked: health-interval would.";
}

json_t *trunk_list(const struct trunk_table *table)
{
	json_t *list = json_array();

	for (size_t i = 0; i < table->conf->trunk_count; i++) {
		const struct conf_trunk *conf = &table->conf->trunks[i];
		const struct trunk *trunk = trunk_find(table, conf->name);
		json_t *one, *servers;

		if (!trunk)
			continue;
		one = state_json(trunk, "name");
		servers = json_array();
		for (size_t k = 0; k < trunk->hop_count; k++) {
			char text[UA_HOP_TEXT_MAX];

			ua_hop_text(&trunk->hops[k], text);
			json_array_append_new(servers, json_string(text));
		}
		json_object_set_new(one, "asked", json_boolean(is_asked(trunk)));
		if (!is_asked(trunk) && trunk->state == TRUNK_UP && !trunk->reason[0])
			json_object_set_new(one, "reason", json_string(hope(trunk)));
		json_object_set_new(one, "address", json_string(conf->address ? conf->address : ""));
		json_object_set_new(one, "account", json_string(conf->account->name));
		json_object_set_new(one, "calls", json_integer((json_int_t)trunk->calls));
		json_object_set_new(one, "servers", servers);
		if (trunk->registration && trunk_registration_until(trunk->registration))
			json_object_set_new(one, "registered_until",
					    json_integer(trunk_registration_until(trunk->registration)));
		json_array_append_new(list, one);
	}
	return list;
}
