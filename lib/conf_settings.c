/* conf_settings: see conf_settings.h. Every default of these sections stands here. */
#include "lib/conf_settings.h"

#include "lib/conf_api.h"
#include "lib/conf_certificates.h"
#include "lib/conf_guard.h"
#include "lib/conf_recordings.h"
#include "lib/conf_bus.h"
#include "lib/conf_switch.h"
#include "lib/conf_trace.h"
#include "lib/conf_net.h"
#include "lib/conf_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NONCE_SECRET_MIN = 32 };

static void set_default_limits(struct conf *conf)
{
	conf->log.level = LOG_LEVEL_INFO;
	conf->sip.max_calls = 8000;
	conf->sip.max_calls_per_second = 1500;
	conf->sip.max_delay_ms = 100;
	conf->sip.register_min_s = 60;
	conf->sip.register_max_s = 7200;
	conf->sip.register_default_s = 3600;
	conf->sip.nonce_life_s = 300;
	conf->sip.session_timer_s = 1800;
	conf->sip.session_timer_min_s = 90;
	conf->sip.ring_timeout_s = 60;
	conf->sip.claim_timeout_ms = 3000;
	conf->sip.max_duration_s = 12 * 3600;
	conf->sip.keepalive_s = 60;
	conf->sip.max_connections = 10000;
	conf->sip.max_connections_of_source = 300;
	conf->sip.max_message_size = 64 << 10;
	conf->sip.message_timeout_ms = 20000;
	conf->control.max_clients = 32;
	conf->control.max_backlog = 8 << 20;
	conf->control.event_ring = 10000;
	conf->control.journal_max = 256 << 20;
}

static bool set_text(char **out, const char *text)
{
	*out = strdup(text);
	return *out != NULL;
}

static bool set_default_texts(struct conf *conf)
{
	return set_text(&conf->state_dir, "/var/lib/offhook") && set_text(&conf->run_dir, "/run/offhook");
}

static bool read_folder(const struct conf_section *top, const char *option, char **out)
{
	const char *text = conf_value(top, option, 0);
	size_t n;

	if (!conf_get_text(top, option, out))
		return false;
	/* Unix socket paths end at 107 bytes, and "/control.sock" is put behind it. */
	if (text && text[0] && (text[0] != '/' || strlen(text) > 90))
		conf_fail(top, option, 0,
			  "\"%.100s\" is wrong; allowed: an absolute path of at most 90 bytes", text);
	for (n = strlen(*out); n > 1 && (*out)[n - 1] == '/'; n--)
		(*out)[n - 1] = '\0';
	return true;
}

static void read_log(struct conf *conf, struct conf_reading *reading)
{
	struct conf_section section = conf_section_get(reading, "log", 0);
	const char *text = conf_value(&section, "level", 0);

	if (text && log_level_parse(text, &conf->log.level) != 0)
		conf_fail(&section, "level", 0, "\"%.60s\" is wrong; allowed: debug, info, warn, error",
			  text);
}

/* Takes "udp:" or "http://" off the front. Returns what follows, or NULL. */
static const char *take_transport(const char *text, enum conf_transport first, enum conf_transport last,
				  enum conf_transport *out)
{
	for (int i = (int)first; i <= (int)last; i++) {
		const char *name = conf_transport_name((enum conf_transport)i);
		size_t n = strlen(name);
		const char *mark = i >= CONF_HTTP ? "://" : ":";

		if (strncmp(text, name, n) == 0 && strncmp(text + n, mark, strlen(mark)) == 0) {
			*out = (enum conf_transport)i;
			return text + n + strlen(mark);
		}
	}
	return NULL;
}

static void read_one_listen(const struct conf_section *section, const char *option, size_t index,
			    const char *text, bool web, struct conf_listen *out)
{
	const char *rest =
	    take_transport(text, web ? CONF_HTTP : CONF_UDP, web ? CONF_HTTPS : CONF_TLS, &out->transport);
	static const uint16_t ports[] = {
		[CONF_UDP] = 5060, [CONF_TCP] = 5060, [CONF_TLS] = 5061, [CONF_HTTP] = 80, [CONF_HTTPS] = 443,
	};

	if (!rest) {
		conf_fail(section, option, index, "\"%.60s\" has no such transport; allowed: %s", text,
			  web ? "http://ADDRESS:PORT, https://ADDRESS:PORT"
			      : "udp, tcp, tls, as in udp:127.0.0.1:5060");
		return;
	}
	out->port = ports[out->transport];
	if (!conf_split_host_port(rest, out->host, sizeof(out->host), &out->port) ||
	    !conf_is_address(out->host))
		conf_fail(section, option, index,
			  "\"%.60s\" is no address; allowed: %s%sADDRESS:PORT, where ADDRESS is numeric, "
			  "IPv6 in brackets",
			  text, conf_transport_name(out->transport), web ? "://" : ":");
}

int conf_listen_read(const struct conf_section *section, const char *option, bool web,
		     const char *const defaults[], struct conf_listen **out, size_t *out_count)
{
	size_t given = conf_value_count(section, option), count = given;
	struct conf_listen *listen;

	while (given == 0 && defaults[count])
		count++;
	listen = calloc(count ? count : 1, sizeof(*listen));
	if (!listen)
		return ENOMEM;
	*out = listen;
	*out_count = count;
	for (size_t i = 0; i < count; i++) {
		read_one_listen(section, option, i, given ? conf_value(section, option, i) : defaults[i], web,
				&listen[i]);
		for (size_t j = 0; j < i; j++) {
			if (listen[i].port != 0 && memcmp(&listen[i], &listen[j], sizeof(listen[i])) == 0)
				conf_fail(section, option, i, "\"%.60s\" is there twice",
					  conf_value(section, option, i));
		}
	}
	return 0;
}

static void read_digest(struct conf *conf, const struct conf_section *section)
{
	static const char *const names[] = { "SHA-256", "MD5" };
	size_t given = conf_value_count(section, "digest");

	conf->sip.digest_count = 2;
	conf->sip.digest[0] = CONF_DIGEST_SHA256;
	conf->sip.digest[1] = CONF_DIGEST_MD5;
	if (given)
		conf->sip.digest_count = 0;
	for (size_t i = 0; i < given; i++) {
		const char *text = conf_value(section, "digest", i);
		unsigned algorithm = strcasecmp(text, names[0]) == 0 ? CONF_DIGEST_SHA256 : CONF_DIGEST_MD5;

		bool twice = conf->sip.digest_count == 2 || (i > 0 && conf->sip.digest[0] == algorithm);

		if (twice || strcasecmp(text, names[algorithm]) != 0)
			conf_fail(section, "digest", i,
				  "\"%.40s\" is wrong; allowed: SHA-256 and MD5, each once", text);
		else
			conf->sip.digest[conf->sip.digest_count++] = algorithm;
	}
}

/* Certificates of the listeners with tls:. offhookd looks into the files; others may not even be able to read
 * them. */
static int read_tls(struct conf *conf, const struct conf_section *section)
{
	const char *version = conf_value(section, "tls-min-version", 0);

	conf->sip.tls_min_version = 12;
	if (conf_read_certificates(section, conf->sip.listen, conf->sip.listen_count, CONF_TLS, "tls",
				   &conf->sip.tls_certificate_files, &conf->sip.tls_key_files,
				   &conf->sip.certificates) != 0 ||
	    !conf_get_optional_text(section, "tls-ca-file", &conf->sip.tls_ca_file))
		return ENOMEM;
	conf_get_bool(section, "tls-verify-clients", &conf->sip.tls_verify_clients);
	conf->sip.dial_uris = true;
	conf_get_bool(section, "dial-uris", &conf->sip.dial_uris);
	if (version && strcmp(version, "1.3") == 0)
		conf->sip.tls_min_version = 13;
	else if (version && strcmp(version, "1.2") != 0)
		conf_fail(section, "tls-min-version", 0, "\"%.20s\" is wrong; allowed: 1.2, 1.3", version);
	if (conf->sip.tls_verify_clients && !conf->sip.tls_ca_file)
		conf_fail(section, "tls-verify-clients", 0, "needs tls-ca-file");
	return 0;
}

static int read_sip(struct conf *conf, struct conf_reading *reading)
{
	static const char *const defaults[] = { "udp:127.0.0.1:5060", "tcp:127.0.0.1:5060", NULL };
	struct conf_section section = conf_section_get(reading, "sip", 0);

	if (conf_listen_read(&section, "listen", false, defaults, &conf->sip.listen,
			     &conf->sip.listen_count) != 0)
		return ENOMEM;
	if (conf_read_names(conf, &section) != 0 ||
	    !conf_get_optional_text(&section, "resolv-conf", &conf->sip.resolv_conf) ||
	    !conf_get_optional_text(&section, "nonce-secret", &conf->sip.nonce_secret))
		return ENOMEM;
	if (read_tls(conf, &section) != 0)
		return ENOMEM;
	conf_get_number(&section, "max-calls", 1, 1000000, &conf->sip.max_calls);
	conf_get_number(&section, "max-calls-per-second", 1, 100000, &conf->sip.max_calls_per_second);
	conf_get_time_ms(&section, "max-delay", 10, 10000, &conf->sip.max_delay_ms);
	conf_get_number(&section, "max-connections", 1, 1000000, &conf->sip.max_connections);
	conf_get_number(&section, "max-connections-of-source", 1, 1000000,
			&conf->sip.max_connections_of_source);
	conf_get_size(&section, "max-message-size", 4 << 10, 1 << 20, &conf->sip.max_message_size);
	conf_get_time_ms(&section, "message-timeout", 500, 600000, &conf->sip.message_timeout_ms);
	conf_get_time_s(&section, "register-min", 1, 86400, &conf->sip.register_min_s);
	conf_get_time_s(&section, "register-max", 1, 604800, &conf->sip.register_max_s);
	conf_get_time_s(&section, "register-default", 1, 604800, &conf->sip.register_default_s);
	conf_get_time_s(&section, "nonce-life", 1, 86400, &conf->sip.nonce_life_s);
	if (conf->sip.nonce_secret && strlen(conf->sip.nonce_secret) < NONCE_SECRET_MIN)
		conf_fail(&section, "nonce-secret", 0, "it has %zu characters; allowed: %d and more",
			  strlen(conf->sip.nonce_secret), NONCE_SECRET_MIN);
	read_digest(conf, &section);
	conf_get_time_s(&section, "session-timer", 0, 86400, &conf->sip.session_timer_s);
	conf_get_time_s(&section, "session-timer-min", 1, 3600, &conf->sip.session_timer_min_s);
	if (conf->sip.session_timer_s && conf->sip.session_timer_s < conf->sip.session_timer_min_s)
		conf_fail(&section, "session-timer", 0, "%u s is less than session-timer-min (%u s)",
			  conf->sip.session_timer_s, conf->sip.session_timer_min_s);
	conf_get_time_s(&section, "ring-timeout", 1, 3600, &conf->sip.ring_timeout_s);
	conf_get_time_ms(&section, "claim-timeout", 100, 60000, &conf->sip.claim_timeout_ms);
	conf_get_time_s(&section, "max-duration", 0, 30 * 86400, &conf->sip.max_duration_s);
	conf_get_time_s(&section, "keepalive", 0, 3600, &conf->sip.keepalive_s);
	if (!conf_get_prefixes(&section, "deny", &conf->sip.deny))
		return ENOMEM;
	conf->sip.idle_timeout_s = conf->sip.register_max_s + 60;
	conf_get_time_s(&section, "idle-timeout", 1, 7 * 86400, &conf->sip.idle_timeout_s);
	if (conf->sip.register_min_s > conf->sip.register_max_s)
		conf_fail(&section, "register-min", 0, "%u s is more than register-max (%u s)",
			  conf->sip.register_min_s, conf->sip.register_max_s);
	else if (conf_value(&section, "register-default", 0) &&
		 (conf->sip.register_default_s < conf->sip.register_min_s ||
		  conf->sip.register_default_s > conf->sip.register_max_s))
		conf_fail(&section, "register-default", 0,
			  "%u s is wrong; allowed: register-min to register-max (%u to %u s)",
			  conf->sip.register_default_s, conf->sip.register_min_s, conf->sip.register_max_s);
	if (conf->sip.register_default_s > conf->sip.register_max_s)
		conf->sip.register_default_s = conf->sip.register_max_s;
	if (conf->sip.register_default_s < conf->sip.register_min_s)
		conf->sip.register_default_s = conf->sip.register_min_s;
	return 0;
}

static int read_control(struct conf *conf, struct conf_reading *reading)
{
	struct conf_section section = conf_section_get(reading, "control", 0);

	conf_get_number(&section, "max-clients", 1, 1000, &conf->control.max_clients);
	conf_get_size(&section, "max-backlog", 64 << 10, UINT64_C(1) << 30, &conf->control.max_backlog);
	conf_get_size(&section, "event-ring", 16, 1 << 20, &conf->control.event_ring);
	conf_get_size(&section, "journal-max", 1 << 20, UINT64_C(1) << 40, &conf->control.journal_max);
	return conf_control_listen_read(conf, &section);
}

static void read_amd(struct conf *conf, struct conf_reading *reading)
{
	struct conf_section section = conf_section_get(reading, "amd", 0);

	conf_get_time_ms(&section, "timeout", 3000, 120000, &conf->amd.timeout_ms);
	conf_get_time_ms(&section, "speech", 1000, 6000, &conf->amd.speech_ms);
	conf_get_time_ms(&section, "speech-end", 500, 5000, &conf->amd.speech_end_ms);
	conf_get_time_ms(&section, "silence", 2000, 10000, &conf->amd.silence_ms);
}

int conf_settings_read(struct conf *conf, struct conf_reading *reading)
{
	struct conf_section top = conf_section_get(reading, "", 0);

	set_default_limits(conf);
	if (!set_default_texts(conf) || !read_folder(&top, "state-dir", &conf->state_dir) ||
	    !read_folder(&top, "run-dir", &conf->run_dir))
		return ENOMEM;
	conf_get_bool(&top, "resume", &conf->resume);
	read_log(conf, reading);
	read_amd(conf, reading);
	if (read_control(conf, reading) != 0 || conf_guard_read(conf, reading) != 0 ||
	    conf_trace_read(conf, reading) != 0 || conf_bus_read(conf, reading) != 0 ||
	    conf_recordings_read(conf, reading) != 0 || read_sip(conf, reading) != 0 ||
	    conf_read_rtp(conf, reading) != 0)
		return ENOMEM;
	return conf_api_read(conf, reading);
}

void conf_settings_free(struct conf *conf)
{
	conf_guard_free(conf);
	free(conf->state_dir);
	free(conf->run_dir);
	free(conf->sip.listen);
	free(conf->sip.certificates);
	conf_strings_clear(&conf->sip.tls_certificate_files);
	conf_strings_clear(&conf->sip.tls_key_files);
	free(conf->sip.tls_ca_file);
	for (size_t i = 0; i < conf->sip.deny.count; i++)
		free(conf->sip.deny.items[i]);
	free(conf->sip.deny.items);
	free(conf->sip.resolv_conf);
	free(conf->sip.nonce_secret);
	conf_net_free(conf);
	conf_api_free(conf);
	conf_recordings_free(conf);
}
