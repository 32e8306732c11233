/* The switch as a whole: starting, reloading, ending. See sw.h. */
#include "daemon/offhookd/switch/sw.h"

#include "daemon/offhookd/control/events.h"
#include "daemon/offhookd/control/server.h"
#include "daemon/offhookd/switch/bans.h"
#include "daemon/offhookd/switch/bindings.h"
#include "daemon/offhookd/switch/digest.h"
#include "daemon/offhookd/switch/conference.h"
#include "daemon/offhookd/switch/inbound.h"
#include "daemon/offhookd/switch/keepalive.h"
#include "daemon/offhookd/switch/methods.h"
#include "daemon/offhookd/switch/outbound.h"
#include "daemon/offhookd/switch/registrar.h"
#include "daemon/offhookd/switch/spend.h"
#include "daemon/offhookd/switch/refer.h"
#include "daemon/offhookd/switch/transfer.h"
#include "daemon/offhookd/switch/trunk.h"
#include "lib/clock.h"
#include "lib/conf_error.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <netdb.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <utlist.h>

enum { PATH_SIZE = 4096, MEDIA_LOOK_MS = 5, MEDIA_WAIT_MS = 2000 };

/* ---- handlers of ua: to the call that a leg is of ---- */

static void on_progress(struct ua_call *ua, int code, const struct ua_sdp *sdp, void *arg)
{
	(void)ua;
	outbound_on_progress(arg, code, sdp);
}

static void on_answered(struct ua_call *ua, const struct ua_sdp *sdp, void *arg)
{
	(void)ua;
	outbound_on_answered(arg, sdp);
}

static void on_confirmed(struct ua_call *ua, const struct ua_sdp *sdp, void *arg)
{
	struct leg *leg = arg;

	(void)ua;
	call_on_confirmed(leg->call, sdp);
}

static void on_offer(struct ua_call *ua, const struct ua_sdp *sdp, void *arg)
{
	struct leg *leg = arg;

	(void)ua;
	call_on_offer(leg->call, sdp);
}

static void on_reoffered(struct ua_call *ua, int code, const struct ua_sdp *sdp, void *arg)
{
	struct leg *leg = arg;

	(void)ua;
	call_on_reoffered(leg->call, code, sdp);
}

static void on_refer(struct ua_call *ua, const struct ua_refer *refer, void *arg)
{
	struct leg *leg = arg;

	(void)ua;
	transfer_on_refer(leg->call, refer);
}

static void on_referred(struct ua_call *ua, int code, void *arg)
{
	struct leg *leg = arg;

	(void)ua;
	refer_on_progress(leg->call, code);
}

static void on_info_digit(struct ua_call *ua, char digit, unsigned duration_ms, void *arg)
{
	struct leg *leg = arg;

	(void)ua;
	call_on_digit(leg->call, digit, duration_ms, true);
}

static void on_ended(struct ua_call *ua, const struct ua_end *why, void *arg)
{
	struct leg *leg = arg;
	struct call *call = ref_hold(leg->call);

	(void)ua;
	if (call->direction == CALL_INBOUND)
		inbound_on_ended(call, why);
	else if (call->leg == leg)
		outbound_on_hangup(call, why);
	else
		outbound_on_refused(leg, why);
	ref_drop(call);
}

static const struct ua_handlers handlers = {
	.arrived = bans_on_arrival,
	.connected = bans_on_connection,
	.incoming = inbound_on_incoming,
	.reg = registrar_on_register,
	.progress = on_progress,
	.answered = on_answered,
	.confirmed = on_confirmed,
	.offer = on_offer,
	.reoffered = on_reoffered,
	.refer = on_refer,
	.referred = on_referred,
	.info_digit = on_info_digit,
	.ended = on_ended,
};

/* ---- events ---- */

void sw_publish(struct sw *sw, const char *method, json_t *params)
{
	control_events_publish(sw->events, method, params);
}

bool sw_has_subscribers(const struct sw *sw)
{
	return control_events_subscribers(sw->events) > 0;
}

static json_t *snapshot(void *arg)
{
	struct sw *sw = arg;
	json_t *calls = json_array();

	for (const struct call *c = sw->calls; c; c = c->hh.next)
		json_array_append_new(calls, call_snapshot(c));
	return json_pack("{s:o,s:o,s:o,s:o}", "calls", calls, "conferences", conference_list(sw),
			 "registrations", registrar_list(sw), "trunks", trunk_list(sw));
}

/* A call that was live when the last process ended: it is gone, and its record must say so. */
static void on_lost_call(const json_t *lost, void *arg)
{
	struct sw *sw = arg;
	json_t *call = json_copy((json_t *)lost);
	json_int_t answered = json_integer_value(json_object_get(call, "answered")), now = clock_utc_ms();

	json_object_set_new(call, "status", json_string("failed"));
	json_object_set_new(call, "ended", json_integer(now));
	json_object_set_new(call, "duration_ms", json_integer(answered ? now - answered : 0));
	json_object_set_new(call, "ended_by", json_string("fault"));
	json_object_set_new(call, "q850", json_integer(41));
	json_object_set_new(call, "reason", json_string("The switch was restarted while the call was up."));
	json_object_del(call, "bridge");
	json_object_del(call, "recording");
	sw_publish(sw, "call.state", json_pack("{s:o}", "call", call));
}

/* ---- starting ---- */

static int make_dirs(const struct conf *conf, char *error, size_t size)
{
	const char *dirs[] = { conf->state_dir, conf->run_dir };

	for (size_t i = 0; i < 2; i++) {
		if (mkdir(dirs[i], 0750) && errno != EEXIST) {
			int err = errno;

			snprintf(error, size, "cannot make %s: %s", dirs[i], strerror(err));
			return err;
		}
	}
	return 0;
}

static int start_events(struct sw *sw, char *error, size_t size)
{
	char journal[PATH_SIZE], id[UUID_TEXT_SIZE];
	struct control_events_config config = { random_uuid(id), journal, sw->conf->control.event_ring,
						sw->conf->control.journal_max };
	int err;

	snprintf(journal, sizeof journal, "%s/journal", sw->conf->state_dir);
	err = control_events_alloc(&sw->events, &config, snapshot, sw);
	if (err)
		snprintf(error, size, "cannot open the journal %s: %s", journal, strerror(err));
	return err;
}

static int start_control(struct sw *sw, char *error, size_t size)
{
	struct control_limits limits = { sw->conf->control.max_clients, sw->conf->control.max_backlog };
	const struct {
		const struct control_method *list;
		size_t count;
	} tables[] = { { call_methods, call_method_count },   { bridge_methods, bridge_method_count },
		       { place_methods, place_method_count }, { conference_methods, conference_method_count },
		       { rate_methods, rate_method_count },   { switch_methods, switch_method_count } };
	size_t n = 0;
	char path[PATH_SIZE];
	int err;

	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		n += tables[i].count;
	sw->methods = calloc(n, sizeof *sw->methods);
	if (!sw->methods)
		return ENOMEM;
	n = 0;
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		memcpy(sw->methods + n, tables[i].list, tables[i].count * sizeof *sw->methods);
		n += tables[i].count;
	}
	snprintf(path, sizeof path, "%s/control.sock", sw->conf->run_dir);
	err = control_server_alloc(&sw->control, sw->base, path, &limits, sw->methods, n, sw);
	if (err)
		snprintf(error, size, "cannot listen at %s: %s%s", path, strerror(err),
			 err == EADDRINUSE ? " (is another offhookd running?)" : "");
	else
		control_events_attach(sw->events, sw->control);
	return err;
}

static int start_spend(struct sw *sw, char *error, size_t size)
{
	char file[PATH_SIZE];
	int err;

	snprintf(file, sizeof file, "%s/spent.json", sw->conf->state_dir);
	err = spend_alloc(&sw->spend, sw->base, file);
	if (err)
		snprintf(error, size, "cannot keep %s: %s", file, strerror(err));
	return err;
}

/* Whether a socket can be bound to a numeric address: 0, or the errno. */
static int try_address(const char *address)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_DGRAM }, *info;
	int fd, err = 0;

	if (getaddrinfo(address, NULL, &hints, &info))
		return EADDRNOTAVAIL;
	fd = socket(info->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, info->ai_addr, info->ai_addrlen))
		err = errno;
	if (fd >= 0)
		close(fd);
	freeaddrinfo(info);
	return err;
}

static int start_media(struct sw *sw, char *error, size_t size)
{
	const struct conf *conf = sw->conf;
	const char *v4 = conf->rtp.address[CONF_IPV4], *v6 = conf->rtp.address[CONF_IPV6];
	struct media_engine_params params = { .address = v4 ? v4 : v6,
					      .other_address = v4 ? v6 : NULL,
					      .port_min = conf->rtp.port_min,
					      .port_max = conf->rtp.port_max,
					      .workers = conf->rtp.workers,
					      .handler = sw_on_media,
					      .arg = sw };
	const char *culprit = params.address;
	int err = try_address(params.address);

	if (!err && params.other_address) {
		culprit = params.other_address;
		err = try_address(culprit);
	}
	if (!err)
		err = media_engine_alloc(&sw->media, sw->base, &params);
	if (err)
		snprintf(error, size, "cannot start the media engine on %s: %s", culprit, strerror(err));
	return err;
}

static bool on_tls_peer(const struct sockaddr_storage *address, struct ua_tls_peer *out, void *arg)
{
	const struct sw *sw = arg;

	return trunk_tls_peer(sw->trunks, address, out);
}

static struct ua_tls_params tls_params(struct sw *sw, const struct conf *conf, char folder[PATH_SIZE])
{
	snprintf(folder, PATH_SIZE, "%s/tls", conf->state_dir);
	return (struct ua_tls_params){
		.certificates = conf->sip.certificates,
		.ca_file = conf->sip.tls_ca_file,
		.folder = folder,
		.peer = on_tls_peer,
		.arg = sw,
		.verify_clients = conf->sip.tls_verify_clients,
		.min_version = conf->sip.tls_min_version,
	};
}

static bool listens_to_tls(const struct conf *conf)
{
	for (size_t i = 0; i < conf->sip.listen_count; i++)
		if (conf->sip.listen[i].transport == CONF_TLS)
			return true;
	return false;
}

static bool is_local(const struct sockaddr_storage *address, void *arg)
{
	const struct sw *sw = arg;

	return conf_is_local(sw->conf, address);
}

static struct ua_connection_limits connection_limits(const struct conf *conf)
{
	return (struct ua_connection_limits){ .max = conf->sip.max_connections,
					      .max_of_source = conf->sip.max_connections_of_source,
					      .message_ms = conf->sip.message_timeout_ms,
					      .idle_s = conf->sip.idle_timeout_s };
}

static int start_ua(struct sw *sw, char *error, size_t size)
{
	const struct conf *conf = sw->conf;
	char folder[PATH_SIZE];
	struct ua_tls_params tls = tls_params(sw, conf, folder);
	struct ua_params params = { .listen = conf->sip.listen,
				    .listen_count = conf->sip.listen_count,
				    .domain = conf->sip.domain,
				    .advertise = { conf->sip.advertise[CONF_IPV4],
						   conf->sip.advertise[CONF_IPV6] },
				    .is_local = is_local,
				    .session_timer_s = conf->sip.session_timer_s,
				    .session_timer_min_s = conf->sip.session_timer_min_s,
				    .tls = listens_to_tls(conf) ? &tls : NULL,
				    .connections = connection_limits(conf),
				    .resolv_conf = conf->sip.resolv_conf,
				    .handlers = handlers,
				    .arg = sw };

	return ua_alloc(&sw->ua, sw->base, &params, error, size);
}

static int start(struct sw *sw, char *error, size_t size)
{
	int err = make_dirs(sw->conf, error, size);

	snprintf(error, err ? 0 : size, "no memory");
	if (!err)
		err = trunk_table_alloc(&sw->trunks, sw);
	if (!err)
		err = bans_alloc(&sw->bans, sw);
	if (!err)
		err = registrar_start(sw, error, size);
	if (!err)
		err = start_spend(sw, error, size);
	if (!err)
		err = start_events(sw, error, size);
	if (!err)
		err = start_control(sw, error, size);
	if (!err)
		err = start_media(sw, error, size);
	if (!err)
		err = start_ua(sw, error, size);
	return err;
}

int sw_alloc(struct sw **out, struct event_base *base, struct conf *conf, char *error, size_t error_size)
{
	struct sw *sw = calloc(1, sizeof *sw);
	int err;

	if (!sw)
		return ENOMEM;
	sw->base = base;
	sw->conf = conf;
	sw->started = clock_utc_ms();
	sw->rate.at_us = clock_mono_us();
	sw->rate.tokens = conf->sip.max_calls_per_second;
	err = start(sw, error, error_size);
	if (err) {
		sw->conf = NULL; /* the caller's */
		sw_free(sw);
		return err;
	}
	control_events_recover(sw->events, on_lost_call, sw);
	trunk_table_start(sw->trunks);
	*out = sw;
	return 0;
}

/* ---- reloading ---- */

static bool same_listen(const struct conf_listen *a, size_t na, const struct conf_listen *b, size_t nb)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (a[i].transport != b[i].transport || a[i].port != b[i].port ||
		    strcmp(a[i].host, b[i].host) != 0)
			return false;
	return true;
}

static bool same_texts(char *const a[CONF_FAMILIES], char *const b[CONF_FAMILIES])
{
	for (int f = 0; f < CONF_FAMILIES; f++)
		if (a[f] && b[f] ? strcmp(a[f], b[f]) != 0 : a[f] != b[f])
			return false;
	return true;
}

/* What a reload cannot change is said, and stays as it was. */
static void warn_of_fixed(const struct conf *old, const struct conf *new)
{
	if (!same_listen(old->sip.listen, old->sip.listen_count, new->sip.listen, new->sip.listen_count))
		log_warn("conf.needs_restart", NULL, "name=%s", "sip/listen");
	if (!same_texts(old->rtp.address, new->rtp.address) || old->rtp.port_min != new->rtp.port_min ||
	    old->rtp.port_max != new->rtp.port_max || old->rtp.workers != new->rtp.workers)
		log_warn("conf.needs_restart", NULL, "name=%s", "rtp");
	if (!same_texts(old->sip.advertise, new->sip.advertise))
		log_warn("conf.needs_restart", NULL, "name=%s", "sip/advertise");
	if (strcmp(old->state_dir, new->state_dir) != 0 || strcmp(old->run_dir, new->run_dir) != 0)
		log_warn("conf.needs_restart", NULL, "name=%s", "state-dir, run-dir");
}

/* Certificates, also when only the files have changed. */
static int reload_tls(struct sw *sw, const struct conf *conf, struct conf_errors *errors)
{
	char folder[PATH_SIZE], error[512];
	struct ua_tls_params tls = tls_params(sw, conf, folder);
	int err = ua_reload_tls(sw->ua, conf->sip.listen, conf->sip.listen_count, &tls, error, sizeof error);

	if (err)
		conf_errors_add(errors, conf->file, 0, "sip/tls-certificate-file: %s", error);
	return err;
}

int sw_reload(struct sw *sw, struct conf_errors *errors)
{
	struct ua_connection_limits connections;
	struct conf *conf, *old = sw->conf;
	int err = conf_load(&conf, sw->conf->file, errors);

	if (err)
		return err;
	err = reload_tls(sw, conf, errors);
	if (err) {
		conf_free(conf);
		return err;
	}
	warn_of_fixed(old, conf);
	sw->conf = conf;
	trunk_table_reload(sw->trunks);
	conf_free(old);
	log_set_level(conf->log.level);
	control_server_set_limits(
	    sw->control, &(struct control_limits){ conf->control.max_clients, conf->control.max_backlog });
	bans_reloaded(sw->bans);
	connections = connection_limits(conf);
	ua_limit_connections(sw->ua, &connections);
	registrar_reloaded(sw);
	log_info("conf.reloaded", NULL, "file=%s users=%zu trunks=%zu numbers=%zu", log_quote(conf->file),
		 conf->user_count, conf->trunk_count, conf->number_count);
	sw_publish(sw, "switch.reloaded", json_object());
	return 0;
}

/* ---- ending ---- */

/* The last words of media (recordings that are complete, the quality of calls) are told before the end. */
static void wait_for_media(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval look = { .tv_usec = MEDIA_LOOK_MS * 1000 };
	struct sw *sw = arg;

	(void)fd, (void)what;
	if (media_engine_sessions(sw->media) + media_engine_rooms(sw->media) > 0 &&
	    sw->media_looks++ < MEDIA_WAIT_MS / MEDIA_LOOK_MS &&
	    !event_base_once(sw->base, -1, EV_TIMEOUT, wait_for_media, sw, &look))
		return;
	event_base_loopbreak(sw->base);
}

static void on_ua_down(void *arg)
{
	struct sw *sw = arg;

	sw->ua_down = true;
	wait_for_media(-1, 0, sw);
}

static void on_trunks_left(void *arg)
{
	struct sw *sw = arg;

	ua_shutdown(sw->ua, on_ua_down, sw);
}

static void stop_now(struct sw *sw)
{
	struct call *call, *next;

	if (sw->stopping)
		return;
	sw->stopping = sw->draining = true;
	log_info("switch.stopping", NULL, "calls=%zu", sw->call_count);
	HASH_ITER(hh, sw->calls, call, next)
	{
		/* ending one may end others, the next among them */
		ref_hold(call);
		call_end(call,
			 &(struct call_why){ .status = CALL_FAILED,
					     .by = CALL_ENDED_BY_FAULT,
					     .code = 503,
					     .q850 = 41,
					     .lost = true,
					     .reason = "The switch was shut down while the call was up." });
		ref_drop(call);
		next = sw->calls;
	}
	conference_end_all(sw);
	keepalive_free(sw->keepalive);
	sw->keepalive = NULL;
	trunk_table_stop(sw->trunks, on_trunks_left, sw);
}

void sw_shutdown(struct sw *sw, bool drain)
{
	if (!drain || sw->call_count == 0) {
		stop_now(sw);
		return;
	}
	if (sw->draining)
		return;
	sw->draining = true;
	log_info("switch.draining", NULL, "calls=%zu", sw->call_count);
	sw_publish(sw, "switch.draining", json_object());
}

void sw_call_gone(struct sw *sw)
{
	if (sw->draining && !sw->stopping && sw->call_count == 0)
		stop_now(sw);
}

void sw_free(struct sw *sw)
{
	struct call *call, *next;

	if (!sw)
		return;
	media_engine_free(sw->media);
	DL_FOREACH_SAFE2(sw->ended, call, next, ended_next)
	{
		HASH_DELETE(hh, sw->ended_table, call);
		DL_DELETE2(sw->ended, call, ended_prev, ended_next);
		if (call->media_open)
			ref_drop(call);
		ref_drop(call);
	}
	spend_free(sw->spend);
	sw->spend = NULL;
	trunk_table_free(sw->trunks);
	if (sw->ua_down)
		ua_free(sw->ua);
	control_events_free(sw->events);
	control_server_free(sw->control);
	registrar_stop(sw);
	bans_free(sw->bans);
	conf_free(sw->conf);
	free(sw->methods);
	free(sw);
}
