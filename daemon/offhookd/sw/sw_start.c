/* Starting the switch. See sw.h. */
#include "daemon/offhookd/sw/sw_private.h"

#include "daemon/offhookd/control/server.h"
#include "daemon/offhookd/money/spend.h"
#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/phones/keepalive.h"
#include "daemon/offhookd/phones/registrar.h"
#include "daemon/offhookd/trunks/kept_numbers.h"
#include "lib/clock.h"
#include "lib/control_tls.h"
#include "lib/log.h"
#include "lib/pid_lock.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
	char journal[SW_PATH_SIZE], id[UUID_TEXT_SIZE];
	struct control_events_config config = { .switch_id = random_uuid(id),
						.journal_dir = journal,
						.ring_max = sw->conf->control.event_ring,
						.journal_max = sw->conf->control.journal_max,
						.lasting_methods = sw_lasting_methods(),
						.lasting = sw_read_lasting };
	int err;

	snprintf(journal, sizeof journal, "%s/journal", sw->conf->state_dir);
	err = control_events_alloc(&sw->events, &config, sw_snapshot, sw);
	if (err)
		snprintf(error, size, "cannot open the journal %s: %s", journal, strerror(err));
	snprintf(journal, sizeof journal, "%s/alive", sw->conf->state_dir);
	return err ? err : alive_alloc(&sw->alive, journal);
}

/* For other machines. */
static int open_doors(struct sw *sw, char *error, size_t size)
{
	const struct conf *conf = sw->conf;
	int err = 0;

	if (!conf->control.listen_count)
		return 0;
	err = control_tls_alloc(&sw->control_tls, &conf->control.tls, true, error, size);
	for (size_t i = 0; i < conf->control.listen_count && !err; i++) {
		const struct conf_listen *listen = &conf->control.listen[i];
		struct sockaddr_storage to;
		unsigned length = control_tls_address(listen->host, listen->port, &to);

		err = control_server_listen(sw->control, sw->control_tls, &to, length);
		if (err)
			snprintf(error, size, "cannot listen at tls:%s:%u: %s", listen->host, listen->port,
				 strerror(err));
	}
	return err;
}

static int start_control(struct sw *sw, char *error, size_t size)
{
	struct control_limits limits = { sw->conf->control.max_clients, sw->conf->control.max_backlog };
	char path[SW_PATH_SIZE];
	const struct control_method *list;
	size_t count;
	int err = methods_init(&sw->methods, &list, &count);

	if (err)
		return err;
	snprintf(path, sizeof path, "%s/control.sock", sw->conf->run_dir);
	err = control_server_alloc(&sw->control, sw->base, path, &limits, list, count, &sw->methods);
	if (err)
		control_server_explain(path, err, error, size);
	else
		control_events_attach(sw->events, sw->control);
	sw->methods.server = sw->control;
	return err ? err : open_doors(sw, error, size);
}

static int start_spend(struct sw *sw, char *error, size_t size)
{
	char file[SW_PATH_SIZE];
	int err;

	snprintf(file, sizeof file, "%s/spent.json", sw->conf->state_dir);
	err = spend_alloc(&sw->money.spend, sw->base, file);
	if (err)
		snprintf(error, size, "cannot keep %s: %s", file, strerror(err));
	return err;
}

static int start_numbers(struct sw *sw, char *error, size_t size)
{
	char file[SW_PATH_SIZE];
	int err;

	snprintf(file, sizeof file, "%s/numbers.json", sw->conf->state_dir);
	err = kept_numbers_alloc(&sw->methods.numbers, sw->base, file, sw->conf);
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

static void on_media(const struct media_event *event, void *arg)
{
	(void)arg;
	if (!conference_on_media(event) && event->session_arg)
		call_on_media(event);
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
					      .handler = on_media,
					      .arg = sw };
	const char *culprit = params.address;
	int err = try_address(params.address);

	if (!err && params.other_address) {
		culprit = params.other_address;
		err = try_address(culprit);
	}
	if (!err)
		err = media_engine_alloc(&sw->media, sw->base, &params);
	sw->calls.media = sw->conferences.media = sw->methods.media = sw->media;
	if (err)
		snprintf(error, size, "cannot start the media engine on %s: %s", culprit, strerror(err));
	return err;
}

static bool on_tls_peer(const struct sockaddr_storage *address, struct ua_tls_peer *out, void *arg)
{
	const struct sw *sw = arg;

	return trunk_tls_peer(sw->trunks, address, out);
}

static void on_tls_distrusted(const struct sockaddr_storage *address, const char *why, void *arg)
{
	const struct sw *sw = arg;

	trunk_distrust(sw->trunks, address, why);
}

struct ua_tls_params sw_tls_params(struct sw *sw, const struct conf *conf, char folder[SW_PATH_SIZE])
{
	snprintf(folder, SW_PATH_SIZE, "%s/tls", conf->state_dir);
	return (struct ua_tls_params){
		.certificates = conf->sip.certificates,
		.ca_file = conf->sip.tls_ca_file,
		.folder = folder,
		.peer = on_tls_peer,
		.distrusted = on_tls_distrusted,
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

static int start_ua(struct sw *sw, char *error, size_t size)
{
	const struct conf *conf = sw->conf;
	char folder[SW_PATH_SIZE];
	struct ua_tls_params tls = sw_tls_params(sw, conf, folder);
	struct ua_params params = { .listen = conf->sip.listen,
				    .listen_count = conf->sip.listen_count,
				    .domain = conf->sip.domain,
				    .advertise = { conf->sip.advertise[CONF_IPV4],
						   conf->sip.advertise[CONF_IPV6] },
				    .is_local = is_local,
				    .session_timer_s = conf->sip.session_timer_s,
				    .session_timer_min_s = conf->sip.session_timer_min_s,
				    .tls = listens_to_tls(conf) ? &tls : NULL,
				    .connections = sw_connection_limits(conf),
				    .keeps = conf->resume,
				    .resolv_conf = conf->sip.resolv_conf,
				    .handlers = sw_ua_handlers,
				    .arg = sw };

	int err = ua_alloc(&sw->ua, sw->base, &params, error, size);

	sw->place.ua = sw->methods.ua = sw->ua;
	return err;
}

static int start_trace(struct sw *sw, char *error, size_t size)
{
	char folder[SW_PATH_SIZE];
	struct trace_params params = { .base = sw->base,
				       .folder = folder,
				       .limits = sw_trace_limits(sw->conf) };
	int err;

	snprintf(folder, sizeof folder, "%s/trace", sw->conf->state_dir);
	err = trace_alloc(&sw->trace, &params);
	if (err)
		snprintf(error, size, "cannot keep %s: %s", folder, strerror(err));
	sw->methods.trace = sw->trace;
	return err;
}

static bool is_registered(const char *user, void *arg)
{
	const struct sw *sw = arg;

	return sw->phones.bindings && bindings_of(sw->phones.bindings, user);
}

static size_t calls_of(const char *trunk, void *arg)
{
	const struct sw *sw = arg;

	return calls_of_trunk(&sw->calls, trunk);
}

/* It is where calls go out from: at our first UDP listener. It stays once it is there. */
static int find_built_in(struct sockaddr_storage *out, void *arg)
{
	struct sw *sw = arg;
	const struct conf_listen *listen = sw->conf->sip.listen;
	size_t i = 0;
	int err = 0;

	while (i < sw->conf->sip.listen_count && listen[i].transport != CONF_UDP)
		i++;
	if (!sw->testtrunk)
		err = i < sw->conf->sip.listen_count ? testtrunk_start(&sw->testtrunk, listen[i].host)
						     : EAFNOSUPPORT;
	if (!err)
		*out = *testtrunk_address(sw->testtrunk);
	return err;
}

static int start_trunks(struct sw *sw)
{
	struct trunk_table_params params = { .base = sw->base,
					     .conf = sw->conf,
					     .events = sw->events,
					     .above = { is_registered, find_built_in, calls_of, sw } };
	int err = trunk_table_alloc(&sw->trunks, &params);

	sw->place.trunks = sw->methods.trunks = sw->trunks;
	return err;
}

static bool is_trunk(const struct ua_source *source, void *arg)
{
	const struct sw *sw = arg;

	return trunk_by_source(sw->trunks, source) != NULL;
}

static int start_phones(struct sw *sw, char *error, size_t size)
{
	struct bans_params params = {
		.base = sw->base, .conf = sw->conf, .events = sw->events, .is_trunk = is_trunk, .arg = sw
	};
	int err = bans_alloc(&sw->phones.bans, &params);

	return err ? err : registrar_start(&sw->phones, error, size);
}

static int start_resume(struct sw *sw, char *error, size_t size)
{
	enum { KEPT_MAX = 16384 };
	char file[SW_PATH_SIZE];
	size_t most = sw->conf->sip.max_calls;
	struct resume_params params = { .base = sw->base,
					.file = file,
					.calls_max = most < KEPT_MAX ? most : KEPT_MAX,
					.place = &sw->place,
					.money = &sw->money };
	int err;

	if (!sw->conf->resume)
		return 0;
	snprintf(file, sizeof file, "%s/calls", sw->conf->state_dir);
	err = resume_alloc(&sw->resume, &params);
	if (err)
		snprintf(error, size, "cannot keep %s: %s", file, strerror(err));
	return err;
}

static int start(struct sw *sw, char *error, size_t size)
{
	int err = make_dirs(sw->conf, error, size);

	if (!err)
		err = pid_lock_take(&sw->lock, sw->conf->state_dir, "offhookd", error, size);
	snprintf(error, err ? 0 : size, "no memory");
	if (!err)
		err = start_events(sw, error, size);
	sw_wire(sw);
	if (!err)
		err = tally_alloc(&sw->tally, &sw->calls);
	sw->methods.tally = sw->tally;
	if (!err)
		err = start_trunks(sw);
	if (!err)
		err = start_phones(sw, error, size);
	if (!err)
		err = start_spend(sw, error, size);
	if (!err)
		err = start_numbers(sw, error, size);
	if (!err)
		err = start_trace(sw, error, size);
	if (!err)
		err = start_control(sw, error, size);
	if (!err)
		err = start_media(sw, error, size);
	if (!err)
		err = streams_alloc(&sw->streams, sw->base, sw->conf);
	sw->methods.streams = sw->streams;
	if (!err)
		err = start_ua(sw, error, size);
	if (!err)
		err = start_resume(sw, error, size);
	return err;
}

int sw_alloc(struct sw **out, struct event_base *base, struct conf *conf, char *error, size_t error_size)
{
	struct sw *sw = calloc(1, sizeof *sw);
	int err;

	if (!sw)
		return ENOMEM;
	sw->base = base;
	sw->lock = -1;
	sw->conf = conf;
	err = start(sw, error, error_size);
	if (err) {
		sw->conf = NULL; /* the caller's */
		sw_free(sw);
		return err;
	}
	control_events_recover(sw->events, sw_on_lost, sw);
	alive_begin(sw->alive);
	trunk_table_start(sw->trunks, sw->ua);
	keepalive_start(sw->phones.keepalive, sw->ua);
	resume_finish(sw->resume);
	*out = sw;
	return 0;
}
