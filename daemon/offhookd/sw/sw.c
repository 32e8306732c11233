/* The switch as a whole: what it says, reloading, ending. See sw.h; starting is in sw_start.c. */
#include "daemon/offhookd/sw/sw_private.h"

#include "daemon/offhookd/control/events.h"
#include "daemon/offhookd/control/server.h"
#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/phones/bindings.h"
#include "daemon/offhookd/conference/conference.h"
#include "daemon/offhookd/phones/digest.h"
#include "daemon/offhookd/phones/keepalive.h"
#include "daemon/offhookd/phones/registrar.h"
#include "daemon/offhookd/money/spend.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/conf_error.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum { MEDIA_LOOK_MS = 5, MEDIA_WAIT_MS = 2000 };

/* ---- events ---- */

void sw_publish(struct sw *sw, const char *method, json_t *params)
{
	control_events_publish(sw->events, method, params);
}

bool sw_has_subscribers(const struct sw *sw)
{
	return control_events_subscribers(sw->events) > 0;
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
	char folder[SW_PATH_SIZE], error[512];
	struct ua_tls_params tls = sw_tls_params(sw, conf, folder);
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
	connections = sw_connection_limits(conf);
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
