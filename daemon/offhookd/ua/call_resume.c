/* A call of a process that is no more: see ua.h. */
#include "daemon/offhookd/ua/call_kept.h"

#include "lib/hex.h"

#include <errno.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Requests that NUA may have sent since it was last seen: CSeq goes on behind them. */
enum { BEYOND = 1000 };

static struct ua_agent *find_agent(struct ua *ua, const json_t *kept)
{
	const char *host = json_string_value(json_object_get(kept, "host"));
	json_int_t port = json_integer_value(json_object_get(kept, "port"));
	json_int_t transport = json_integer_value(json_object_get(kept, "transport"));

	for (size_t i = 0; host && i < ua->agent_count; i++)
		if (strcmp(ua->agents[i].host, host) == 0 && ua->agents[i].port == port && transport >= 0 &&
		    transport <= CONF_TLS && ua->agents[i].transports[transport])
			return &ua->agents[i];
	return NULL;
}

static void take_origins(struct ua_call *call, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *text = json_string_value(one);
		struct ua_origin *origin = &call->origins[call->origin_count];

		if (text && call->origin_count < UA_ORIGINS_MAX && strlen(text) == 2 * sizeof origin->bytes &&
		    hex_read(origin->bytes, sizeof origin->bytes, text) == sizeof origin->bytes)
			call->origin_count++;
	}
}

static char *text_of(struct ua_kept *kept, const json_t *from, const char *name)
{
	const char *text = json_string_value(json_object_get(from, name));

	return text ? su_strdup(kept->home, text) : NULL;
}

/* What was kept, into a call that is there. False: it is not whole. */
static bool take(struct ua_call *call, const json_t *from)
{
	struct ua_kept *kept = call->kept;
	const char *call_id = json_string_value(json_object_get(from, "call_id"));
	const char *contact = json_string_value(json_object_get(from, "contact"));

	kept->local = text_of(kept, from, "local");
	kept->remote = text_of(kept, from, "remote");
	kept->target = text_of(kept, from, "target");
	kept->routes = text_of(kept, from, "routes");
	kept->proxy = text_of(kept, from, "proxy");
	kept->transport = (enum conf_transport)json_integer_value(json_object_get(from, "transport"));
	kept->updates = json_is_true(json_object_get(from, "updates"));
	kept->cseq = (uint32_t)json_integer_value(json_object_get(from, "cseq")) + BEYOND;
	if (!kept->local || !kept->remote || !kept->target || !call_id ||
	    strlen(call_id) >= sizeof call->call_id)
		return false;
	strcpy(call->call_id, call_id);
	snprintf(call->contact, sizeof call->contact, "%s", contact ? contact : "");
	take_origins(call, json_object_get(from, "origins"));
	return true;
}

int ua_resume(struct ua_call **out, struct ua *ua, const json_t *kept, void *arg)
{
	struct ua_agent *agent = find_agent(ua, kept);
	struct ua_call *call;
	int err = EBADMSG;

	if (!agent)
		return EADDRNOTAVAIL;
	call = ua_call_new(agent, json_is_true(json_object_get(kept, "outgoing")));
	if (!call)
		return ENOMEM;
	call->arg = arg;
	call->kept = calloc(1, sizeof *call->kept);
	if (call->kept) {
		su_home_init(call->kept->home);
		err = take(call, kept) ? 0 : EBADMSG;
	}
	if (!err) {
		call->answered = call->confirmed = call->pinned = true;
		call->cseq = call->kept->cseq;
		call->resuming = true;
		ua_index_add(call);
		call->nh = nua_handle(agent->nua, call, SIPTAG_CALL_ID_STR(call->call_id),
				      SIPTAG_FROM_STR(call->kept->local), SIPTAG_TO_STR(call->kept->remote),
				      NUTAG_URL(call->kept->target), TAG_END());
	}
	if (!err && !call->nh)
		err = EBADMSG;
	if (err) {
		ua_call_destroy(call);
		return err;
	}
	/* who refreshes the session (RFC 4028): as in call_events.c */
	nua_set_hparams(call->nh, NUTAG_RETRY_COUNT(UA_RETRIES_MAX),
			NUTAG_UPDATE_REFRESH(call->kept->updates),
			TAG_IF(!call->kept->updates, NUTAG_SESSION_REFRESHER(nua_remote_refresher)),
			TAG_IF(call->kept->proxy, NTATAG_DEFAULT_PROXY(call->kept->proxy)), TAG_END());
	*out = call;
	return 0;
}

/* The host and port of a route of ours that leads by TCP or TLS. */
static bool read_connection(struct sockaddr_storage *out, const char *route)
{
	char address[80];
	int size = sizeof *out;

	if (!strstr(route, ";transport=tcp") && !strstr(route, ";transport=tls"))
		return false;
	snprintf(address, sizeof address, "%.*s", (int)strcspn(route + 4, ";"), route + 4);
	return strncmp(route, "sip:", 4) == 0 &&
	       evutil_parse_sockaddr_port(address, (struct sockaddr *)out, &size) == 0;
}

/* A proxy that wants to stay on the path has said where it listens. */
bool ua_call_lacks_connection(const struct ua_call *call, struct sockaddr_storage *was)
{
	const struct ua_kept *kept = call->resuming ? call->kept : NULL;

	memset(was, 0, sizeof *was);
	return kept && kept->proxy && !kept->routes && read_connection(was, kept->proxy) &&
	       !ua_is_connected(call->ua, was);
}

const char *ua_call_target(const struct ua_call *call)
{
	return call->kept && call->kept->target ? call->kept->target : "";
}

void ua_call_wait(struct ua_call *call)
{
	call->waits = true;
}

void ua_call_go_by(struct ua_call *call, const char *route)
{
	struct ua_kept *kept = call->kept;

	call->waits = false;
	if (kept) {
		kept->proxy = route ? su_strdup(kept->home, route) : NULL;
		nua_set_hparams(call->nh, NTATAG_DEFAULT_PROXY(kept->proxy), TAG_END());
	}
	ua_call_reoffer_now(call);
}
