/* OPTIONS to somebody, to see whether they are there: see ua.h. */
#include "daemon/offhookd/ua/private.h"

#include <errno.h>
#include <event2/event.h>
#include <sofia-sip/nta.h>
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

struct ua_ping {
	enum ua_kind kind; /* first, as in struct ua_call */
	struct ua_ping *prev, *next;
	struct ua *ua;
	struct ua_agent *agent;
	nua_handle_t *nh;
	struct event *timeout;
	ua_ping_h *done;
	void *arg;
};

bool ua_is_connected(const struct ua *ua, const struct sockaddr_storage *from)
{
	return ua_connections_has(ua->connections, from);
}

void ua_ping_cancel(struct ua_ping *ping)
{
	if (!ping)
		return;
	DL_DELETE(ping->ua->pings, ping);
	if (ping->timeout)
		event_free(ping->timeout);
	if (ping->nh) {
		nua_handle_bind(ping->nh, NULL);
		nua_handle_destroy(ping->nh);
		ua_root_kick(ping->ua->root);
	}
	free(ping);
}

static void finish(struct ua_ping *ping, int code)
{
	ua_ping_h *done = ping->done;
	void *arg = ping->arg;

	ua_ping_cancel(ping);
	done(code, arg);
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	finish(arg, 0);
}

void ua_ping_on_event(struct ua_ping *ping, nua_event_t event, int status, const sip_t *sip)
{
	if (event == nua_r_options && status >= 200)
		/* when nobody answers NUA makes a status of its own, and NTA a message when it cannot be sent
		 */
		finish(ping, sip && !nta_is_internal_msg(nua_current_request(ping->agent->nua)) ? status : 0);
}

static int send_options(struct ua_ping *ping, struct ua_agent *agent, const struct ua_target *target)
{
	char from[300], to[UA_URI_MAX];

	snprintf(from, sizeof from, "<sip:%s>", ping->ua->domain);
	if ((size_t)snprintf(to, sizeof to, "<%s>", target->uri) >= sizeof to)
		return EINVAL;
	ping->nh = nua_handle(agent->nua, (struct ua_call *)(void *)ping, NUTAG_URL(target->uri),
			      SIPTAG_TO_STR(to), SIPTAG_FROM_STR(from), TAG_END());
	if (!ping->nh)
		return EINVAL;
	nua_options(ping->nh, TAG_IF(target->route, NTATAG_DEFAULT_PROXY(target->route)),
		    TAG_IF(target->path, NUTAG_INITIAL_ROUTE_STR(target->path)), TAG_END());
	ua_root_kick(ping->ua->root);
	return 0;
}

int ua_ping(struct ua_ping **out, struct ua *ua, const struct ua_ping_params *params)
{
	const struct timeval timeout = { params->timeout_ms / 1000, (params->timeout_ms % 1000) * 1000 };
	struct ua_agent *agent = ua_pick_agent(ua, &params->target);
	struct ua_ping *ping;
	int err = ENOMEM;

	if (!agent || agent->stopping)
		return EPROTONOSUPPORT;
	ping = calloc(1, sizeof *ping);
	if (!ping)
		return ENOMEM;
	ping->kind = UA_KIND_PING;
	ping->ua = ua;
	ping->agent = agent;
	ping->done = params->done;
	ping->arg = params->arg;
	DL_APPEND(ua->pings, ping);
	ping->timeout = evtimer_new(ua->base, on_timeout, ping);
	if (ping->timeout && evtimer_add(ping->timeout, &timeout) == 0)
		err = send_options(ping, agent, &params->target);
	if (err) {
		ua_ping_cancel(ping);
		return err;
	}
	*out = ping;
	return 0;
}
