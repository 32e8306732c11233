/* The user agent: its listeners, and where NUA's events go. */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <sofia-sip/nta.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/tport_tag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "config.h"

enum {
	UDP_BUFFER = 4 << 20, /* bytes the kernel may hold for us */
	SEND_QUEUE = 1024,    /* messages waiting on a slow TCP connection */
	SHUTDOWN_S = 4,	      /* for far ends to answer our farewells */
	TCP_WAIT_MS = 2000, /* for a connection that is tried because a request is long for UDP; then it goes
			       by UDP all the same */
};

#define ALLOWED "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, INFO, UPDATE, PRACK, REFER, NOTIFY"

/* ---- events ---- */

static bool is_down(const struct ua *ua)
{
	for (size_t i = 0; i < ua->agent_count; i++)
		if (!ua->agents[i].down)
			return false;
	return true;
}

static void say_done(struct ua *ua)
{
	ua_done_h *done = ua->done;

	ua->done = NULL;
	if (done)
		done(ua->done_arg);
}

static void on_shutdown(struct ua_agent *agent, int status)
{
	if (status < 200)
		return;
	agent->down = true;
	if (is_down(agent->ua))
		say_done(agent->ua);
}

/* Far ends that answer neither BYE nor CANCEL would hold us for half a minute. */
static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct ua *ua = arg;

	(void)fd, (void)what;
	log_warn("sip.shutdown_cut_short", NULL, "calls=%zu", ua->calls);
	say_done(ua);
}

static int state_of(tagi_t tags[])
{
	const tagi_t *t = tl_find(tags, nutag_callstate);

	return t ? (int)t->t_value : nua_callstate_init;
}

static void on_call_event(nua_event_t event, int status, const char *phrase, struct ua_call *call,
			  const sip_t *sip, tagi_t tags[])
{
	switch (event) {
	case nua_i_update:
		ua_call_on_update(call, sip);
		break;
	case nua_r_invite:
		ua_call_on_response(call, status, phrase, sip);
		break;
	case nua_i_ack:
		ua_call_on_ack(call, sip);
		break;
	case nua_i_info:
		ua_call_on_info(call, sip);
		break;
	case nua_i_refer:
		ua_call_on_refer(call, sip, tags);
		break;
	case nua_r_bye:
		if (!ua_call_answer_challenge(call, status, sip)) {
			ua_call_bye_again(call, status);
			ua_call_on_own_bye(call);
		}
		break;
	case nua_r_prack:
	case nua_r_update:
	case nua_r_notify:
		ua_call_answer_challenge(call, status, sip);
		break;
	case nua_r_info:
		if (status >= 200 && !ua_call_answer_challenge(call, status, sip))
			ua_call_on_info_response(call);
		break;
	case nua_r_refer:
		if (!ua_call_answer_challenge(call, status, sip))
			ua_call_on_refer_response(call, status);
		break;
	case nua_i_notify:
		ua_call_on_notify(call, sip);
		break;
	case nua_i_bye:
		ua_call_on_bye(call, sip);
		break;
	case nua_i_cancel:
		ua_call_on_cancel(call, sip);
		break;
	case nua_i_error:
		ua_call_on_error(call, status, phrase);
		break;
	case nua_i_state:
		ua_call_on_state(call, state_of(tags));
		break;
	default:
		break;
	}
}

/* An INFO that is of no call, or a REFER (see gate.c). */
static void refuse_outside(nua_t *nua, nua_handle_t *nh, const sip_t *sip)
{
	if (sip && sip->sip_request && strcmp(sip->sip_request->rq_method_name, "REFER") == 0)
		nua_respond(nh, SIP_403_FORBIDDEN, NUTAG_WITH_THIS(nua), TAG_END());
	else
		nua_respond(nh, SIP_481_NO_CALL, NUTAG_WITH_THIS(nua), TAG_END());
}

/* What a status means: when nothing came from the far end it is the stack's own, and its words mislead. */
static const char *said_by(nua_t *nua, int status, const char *phrase, const sip_t *sip)
{
	if (status < 300 || status == 408 || (sip && !nta_is_internal_msg(nua_current_request(nua))))
		return phrase;
	return "it cannot be reached";
}

void ua_event(nua_event_t event, int status, char const *phrase, nua_t *nua, struct ua_agent *agent,
	      nua_handle_t *nh, struct ua_call *call, sip_t const *sip, tagi_t tags[])
{
	log_debug("sip.event", NULL, "event=%s status=%d phrase=%s", nua_event_name(event), status,
		  log_quote(phrase));
	if ((event == nua_r_method || event == nua_r_register || event == nua_r_options) && nh &&
	    ua_client_on_response(agent->ua, nh, status, said_by(nua, status, phrase, sip), sip))
		return;
	if (event == nua_r_shutdown) {
		on_shutdown(agent, status);
	} else if (call && call->kind == UA_KIND_PING) {
		ua_ping_on_event((struct ua_ping *)(void *)call, event, status, sip);
	} else if (call && call->kind == UA_KIND_BYE) {
		if (event == nua_r_method)
			ua_way_on_response((struct ua_way *)(void *)call, status, sip);
	} else if (event == nua_i_invite && sip) {
		ua_call_on_invite(agent, nh, call, sip);
	} else if (call) {
		on_call_event(event, status, phrase, call, sip, tags);
	} else if (nh && nh != nua_default(nua) && (event < nua_r_set_params || event == nua_i_register)) {
		/* a request outside any call: NUA has made a handle for it, and the application ends it */
		if (event == nua_i_register && sip)
			ua_request_on_register(agent, nh, sip);
		else if (event == nua_i_info)
			refuse_outside(nua, nh, sip);
		if (event != nua_i_state && event != nua_i_terminated)
			nua_handle_destroy(nh);
	}
}

/* ---- listeners ---- */

static struct ua_agent *agent_for(struct ua *ua, const struct conf_listen *listen)
{
	struct ua_agent *agent;

	for (size_t i = 0; i < ua->agent_count; i++) {
		agent = &ua->agents[i];
		if (listen->port && agent->port == listen->port && strcmp(agent->host, listen->host) == 0 &&
		    agent->transports[CONF_TLS] == (listen->transport == CONF_TLS))
			return agent;
	}
	if (ua->agent_count == UA_AGENTS_MAX)
		return NULL;
	agent = &ua->agents[ua->agent_count];
	agent->index = (int)ua->agent_count++;
	agent->ua = ua;
	agent->port = listen->port;
	agent->family = strchr(listen->host, ':') ? AF_INET6 : AF_INET;
	snprintf(agent->host, sizeof agent->host, "%s", listen->host);
	return agent;
}

/* UDP and TCP together are what a sip: URL without transport means; a list of transports crashes this
 * sofia-sip. */
static void bind_url(const struct ua_agent *agent, char *out, size_t size)
{
	bool udp = agent->transports[CONF_UDP], tcp = agent->transports[CONF_TCP],
	     v6 = agent->family == AF_INET6;
	const char *scheme = agent->transports[CONF_TLS] ? "sips" : "sip";
	const char *transport = udp && tcp ? ""
				: udp	   ? ";transport=udp"
				: tcp	   ? ";transport=tcp"
					   : ";transport=tls";
	char port[8] = "*";

	if (agent->port)
		snprintf(port, sizeof port, "%u", agent->port);
	if (ua_advertised(agent))
		snprintf(out, size, "%s:%s:%s%s;maddr=%s%s%s", scheme, ua_advertised(agent), port, transport,
			 v6 ? "[" : "", agent->host, v6 ? "]" : "");
	else
		snprintf(out, size, "%s:%s%s%s:%s%s", scheme, v6 ? "[" : "", agent->host, v6 ? "]" : "", port,
			 transport);
}

static int start_agent(struct ua_agent *agent, const struct ua_params *params, char *error, size_t error_size)
{
	char url[UA_URI_MAX];

	bind_url(agent, url, sizeof url);
	errno = 0;
	agent->nua = nua_create(
	    ua_root_su(agent->ua->root), ua_event, agent, NUTAG_URL(url), NUTAG_MEDIA_ENABLE(0),
	    NUTAG_AUTOALERT(0), NUTAG_AUTOANSWER(0), NUTAG_ENABLEMESSAGE(0), NUTAG_PATH_ENABLE(0),
	    NUTAG_OUTBOUND("no-natify no-validate"), SIPTAG_ALLOW_STR(ALLOWED),
	    NUTAG_APPL_METHOD("INVITE, REGISTER, UPDATE, REFER, INFO"),
	    NUTAG_SESSION_TIMER(params->session_timer_s), NUTAG_MIN_SE(params->session_timer_min_s),
	    NUTAG_RETRY_COUNT(0),
	    SIPTAG_SUPPORTED_STR(params->session_timer_s ? "100rel, timer, replaces" : "100rel, replaces"),
	    SIPTAG_USER_AGENT_STR("Offhook/" PACKAGE_VERSION),
	    NUTAG_DETECT_NETWORK_UPDATES(NUA_NW_DETECT_NOTHING), NTATAG_MAXSIZE(UA_SOFIA_MAX),
	    NTATAG_SERVER_RPORT(1), NTATAG_SIP_T4(TCP_WAIT_MS), NTATAG_UDP_MTU(UINT16_MAX),
	    NTATAG_BAD_REQ_MASK(sip_mask_request), NTATAG_BAD_RESP_MASK(sip_mask_response),
	    NTATAG_MCLASS(agent->ua->mclass), TPTAG_PONG2PING(1), TPTAG_UDP_RMEM(UDP_BUFFER),
	    TPTAG_UDP_WMEM(UDP_BUFFER), TPTAG_QUEUESIZE(SEND_QUEUE),
	    TAG_IF(params->resolv_conf, SRESTAG_RESOLV_CONF(params->resolv_conf)),
	    TAG_IF(agent->ua->tls, TPTAG_CERTIFICATE(agent->ua->tls ? ua_tls_folder(agent->ua->tls) : NULL)),
	    TAG_END());
	if (!agent->nua) {
		int err = errno ? errno : EADDRINUSE;

		snprintf(error, error_size, "cannot listen on %s: %s", url, strerror(err));
		return err;
	}
	return 0;
}

/* sofia-sip speaks only when its own variables ask it to (NUA_DEBUG=9, NTA_DEBUG, TPORT_DEBUG, TPORT_LOG=1).
 */
static void quiet_sofia(void)
{
	extern su_log_t nua_log[], nta_log[], tport_log[], su_log_default[];
	su_log_t *logs[] = { nua_log, nta_log, tport_log, su_log_default };

	for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++)
		if (!logs[i]->log_env || !getenv(logs[i]->log_env))
			su_log_set_level(logs[i], 0);
}

/* ---- certificates ---- */

static const struct conf_certificate *certificate_of(const struct ua_agent *agent,
						     const struct conf_listen *listen, size_t count,
						     const struct conf_certificate *certificates)
{
	for (size_t i = 0; i < count; i++)
		if (listen[i].transport == CONF_TLS && listen[i].port == agent->port &&
		    strcmp(listen[i].host, agent->host) == 0)
			return &certificates[i];
	return NULL;
}

int ua_reload_tls(struct ua *ua, const struct conf_listen *listen, size_t listen_count,
		  const struct ua_tls_params *params, char *error, size_t error_size)
{
	struct conf_certificate certificates[UA_TLS_MAX] = { 0 };

	if (!ua->tls)
		return 0;
	for (size_t i = 0; i < ua->agent_count; i++) {
		const struct conf_certificate *its =
		    certificate_of(&ua->agents[i], listen, listen_count, params->certificates);

		if (ua->agents[i].transports[CONF_TLS] && its)
			certificates[i] = *its;
	}
	return ua_tls_apply(ua->tls, params, certificates, error, error_size);
}

static int start_tls(struct ua *ua, const struct ua_params *params, char *error, size_t error_size)
{
	for (size_t i = 0; i < params->listen_count; i++)
		if (params->listen[i].transport == CONF_TLS)
			return ua_tls_alloc(&ua->tls, params->tls, &params->tls->certificates[i], error,
					    error_size);
	return 0;
}

static int start_agents(struct ua *ua, const struct ua_params *params, char *error, size_t error_size)
{
	for (size_t i = 0; i < params->listen_count; i++) {
		struct ua_agent *agent;

		if (params->listen[i].transport > CONF_TLS)
			return EINVAL;
		agent = agent_for(ua, &params->listen[i]);
		if (!agent) {
			snprintf(error, error_size, "more than %d SIP addresses to listen on", UA_AGENTS_MAX);
			return EINVAL;
		}
		agent->transports[params->listen[i].transport] = true;
	}
	if (params->tls) {
		int err = start_tls(ua, params, error, error_size);

		if (err)
			return err;
	}
	for (size_t i = 0; i < ua->agent_count; i++) {
		int err;

		if (ua->tls)
			ua_tls_begin(ua->tls, (int)i);
		err = start_agent(&ua->agents[i], params, error, error_size);

		if (err)
			return err;
	}
	return ua->tls
		   ? ua_reload_tls(ua, params->listen, params->listen_count, params->tls, error, error_size)
		   : 0;
}

int ua_alloc(struct ua **out, struct event_base *base, const struct ua_params *params, char *error,
	     size_t error_size)
{
	struct ua *ua = calloc(1, sizeof *ua);
	int err;

	if (!ua)
		return ENOMEM;
	ua->base = base;
	ua->handlers = params->handlers;
	ua->arg = params->arg;
	snprintf(ua->domain, sizeof ua->domain, "%s", params->domain);
	for (int f = 0; f < CONF_FAMILIES; f++)
		snprintf(ua->advertise[f], sizeof ua->advertise[f], "%s",
			 params->advertise[f] ? params->advertise[f] : "");
	ua->is_local = params->is_local;
	ua->keeps = params->keeps;
	snprintf(error, error_size, "no memory");
	quiet_sofia();
	ua_challenge_init();
	err = ua_root_alloc(&ua->root, base);
	if (err)
		snprintf(error, error_size, "cannot drive the SIP stack: %s", strerror(err));
	else
		err = ua_connections_alloc(&ua->connections, base, &params->connections,
					   params->handlers.connected, params->arg);
	if (!err) {
		ua_connections_set_disconnected(ua->connections, params->handlers.disconnected);
		err = ua_gate_alloc(ua);
	}
	if (!err) {
		ua_start_intake(ua, params);
		ua_intake_listening(true);
		err = start_agents(ua, params, error, error_size);
		ua_intake_listening(false);
	}
	if (!err)
		ua->resolver = sres_resolver_create(ua_root_su(ua->root), params->resolv_conf, TAG_END());
	if (!err && !ua->resolver)
		log_warn("sip.no_resolver", NULL, "file=%s", log_quote(params->resolv_conf));
	if (err) {
		/* NUA cannot be destroyed before an orderly shutdown, and the process is about to end: it is
		 * kept where a leak checker finds it. */
		static struct ua *volatile half_started;

		half_started = ua;
		(void)half_started;
		return err;
	}
	*out = ua;
	return 0;
}

void ua_set_draining(struct ua *ua, bool draining)
{
	ua->draining = draining;
}

void ua_shutdown(struct ua *ua, ua_done_h *done, void *arg)
{
	const struct timeval deadline = { SHUTDOWN_S, 0 };

	if (!ua->deadline) {
		ua->deadline = evtimer_new(ua->base, on_deadline, ua);
		if (ua->deadline)
			evtimer_add(ua->deadline, &deadline);
	}
	ua->done = done;
	ua->done_arg = arg;
	for (size_t i = 0; i < ua->agent_count; i++) {
		if (!ua->agents[i].stopping) {
			ua->agents[i].stopping = true;
			nua_shutdown(ua->agents[i].nua);
		}
	}
	ua_root_kick(ua->root);
}

/* What could not be taken down, still reachable. */
static struct ua *volatile abandoned;

void ua_free(struct ua *ua)
{
	struct ua_call *call, *next;

	if (!ua)
		return;
	if (ua->deadline)
		event_free(ua->deadline);
	if (!is_down(ua)) {
		/* NUA cannot be destroyed before it is through; the process is about to end */
		abandoned = ua;
		return;
	}
	DL_FOREACH_SAFE(ua->all, call, next)
	ua_call_destroy(call);
	while (ua->byes)
		ua_way_free(ua->byes);
	for (size_t i = 0; i < ua->agent_count; i++)
		nua_destroy(ua->agents[i].nua);
	if (ua->resolver)
		sres_resolver_destroy(ua->resolver);
	ua_root_free(ua->root);
	ua_gate_free(ua);
	ua_intake_stop();
	ua_connections_free(ua->connections);
	ua_tls_free(ua->tls);
	free(ua);
}

void ua_limit_connections(struct ua *ua, const struct ua_connection_limits *limits)
{
	ua_connections_set_limits(ua->connections, limits);
	ua->message_max = limits->message_max;
	ua_intake_set_max(limits->message_max);
}

void ua_count_connections(struct ua *ua, struct ua_connection_stats *out)
{
	ua_connections_stats(ua->connections, out);
}

size_t ua_call_count(const struct ua *ua)
{
	return ua->calls;
}
