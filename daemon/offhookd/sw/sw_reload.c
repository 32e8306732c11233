/* Reading the conf again. See sw.h. */
#include "daemon/offhookd/sw/sw_private.h"

#include "daemon/offhookd/control/server.h"
#include "daemon/offhookd/trunks/kept_numbers.h"
#include "lib/conf_error.h"
#include "lib/conf_files.h"
#include "lib/conf_numbers.h"
#include "lib/control_tls.h"
#include "lib/log.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

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
		if (!same_text(a[f], b[f]))
			return false;
	return true;
}

/* What a reload cannot change, in both daemons: offhook-api begins anew in its place and takes up everything
 * but the folders that it shares with the switch. Each is said, and stays as it was. */
static json_t *list_fixed(const struct conf *old, const struct conf *new)
{
	const struct {
		const char *name;
		bool same;
	} fixed[] = {
		{ "state-dir", same_text(old->state_dir, new->state_dir) },
		{ "run-dir", same_text(old->run_dir, new->run_dir) },
		{ "resume", old->resume == new->resume },
		{ "sip/listen", same_listen(old->sip.listen, old->sip.listen_count, new->sip.listen,
					    new->sip.listen_count) },
		{ "sip/domain", same_text(old->sip.domain, new->sip.domain) },
		{ "sip/advertise", same_texts(old->sip.advertise, new->sip.advertise) },
		{ "sip/session-timer", old->sip.session_timer_s == new->sip.session_timer_s },
		{ "sip/session-timer-min", old->sip.session_timer_min_s == new->sip.session_timer_min_s },
		{ "sip/nonce-secret", same_text(old->sip.nonce_secret, new->sip.nonce_secret) },
		{ "sip/resolv-conf", same_text(old->sip.resolv_conf, new->sip.resolv_conf) },
		{ "rtp/address", same_texts(old->rtp.address, new->rtp.address) },
		{ "rtp/ports",
		  old->rtp.port_min == new->rtp.port_min && old->rtp.port_max == new->rtp.port_max },
		{ "rtp/workers", old->rtp.workers == new->rtp.workers },
		{ "control/listen", same_listen(old->control.listen, old->control.listen_count,
						new->control.listen, new->control.listen_count) },
		{ "control/event-ring", old->control.event_ring == new->control.event_ring },
		{ "control/journal-max", old->control.journal_max == new->control.journal_max },
	};
	json_t *names = json_array();

	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
		if (fixed[i].same)
			continue;
		log_warn("conf.needs_restart", NULL, "name=%s", fixed[i].name);
		json_array_append_new(names, json_string(fixed[i].name));
	}
	return names;
}

static void swap(char **a, char **b)
{
	char *kept = *a;

	*a = *b;
	*b = kept;
}

/* Of what a reload cannot change, the values that are looked at again and again while it runs. */
static void keep_fixed(struct conf *old, struct conf *new)
{
	swap(&old->state_dir, &new->state_dir);
	swap(&old->run_dir, &new->run_dir);
	swap(&old->sip.domain, &new->sip.domain);
	for (int f = 0; f < CONF_FAMILIES; f++) {
		swap(&old->sip.advertise[f], &new->sip.advertise[f]);
		swap(&old->rtp.address[f], &new->rtp.address[f]);
	}
	new->rtp.port_min = old->rtp.port_min;
	new->rtp.port_max = old->rtp.port_max;
	new->sip.session_timer_s = old->sip.session_timer_s;
	new->sip.session_timer_min_s = old->sip.session_timer_min_s;
}

/* Certificates, also when only the files have changed. */
static int reload_tls(struct sw *sw, const struct conf *conf, struct conf_errors *errors)
{
	char folder[SW_PATH_SIZE], error[512];
	struct ua_tls_params tls = sw_tls_params(sw, conf, folder);
	int err = ua_reload_tls(sw->ua, conf->sip.listen, conf->sip.listen_count, &tls, error, sizeof error);

	if (err) {
		conf_errors_add(errors, conf->file, 0, "sip/tls-certificate-file: %s", error);
		return err;
	}
	if (sw->control_tls && conf->control.listen_count)
		err = control_tls_renew(sw->control_tls, &conf->control.tls, error, sizeof error);
	if (err)
		conf_errors_add(errors, conf->file, 0, "control/%s", error);
	return err;
}

int sw_reload(struct sw *sw, json_t **needs_restart, struct conf_errors *errors)
{
	struct ua_connection_limits connections;
	struct conf *conf, *old = sw->conf;
	int err = conf_load_for(&conf, sw->conf->file, CONF_OF_SWITCH, errors);

	if (err)
		return err;
	err = reload_tls(sw, conf, errors);
	if (err) {
		conf_free(conf);
		return err;
	}
	*needs_restart = list_fixed(old, conf);
	keep_fixed(old, conf);
	conf_numbers_move(conf, old);
	kept_numbers_move(sw->methods.numbers, conf);
	sw->conf = conf;
	sw_wire_conf(sw);
	conf_free(old);
	log_set_level(conf->log.level);
	conf_log_warnings(conf);
	control_server_set_limits(
	    sw->control, &(struct control_limits){ conf->control.max_clients, conf->control.max_backlog });
	connections = sw_connection_limits(conf);
	ua_limit_connections(sw->ua, &connections);
	log_info("conf.reloaded", NULL, "file=%s users=%zu trunks=%zu numbers=%zu", log_quote(conf->file),
		 conf->user_count, conf->trunk_count, conf->number_count);
	control_events_publish(sw->events, "switch.reloaded",
			       json_pack("{s:O?}", "needs_restart", *needs_restart));
	return 0;
}
