/* See conf_api.h. Every default of the section stands here. */
#include "lib/conf_api.h"

#include "lib/conf_certificates.h"
#include "lib/conf_guard.h"
#include "lib/conf_settings.h"
#include "lib/conf_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where clouds keep what is only for the machine itself, and link-local addresses, where most of that is. */
static const char *const metadata[] = {
	"169.254.0.0/16",  "fe80::/10",	    "fd00:ec2::254", "fd20:ce::254", "fd00:c1::a9fe:a9fe",
	"100.100.100.200", "168.63.129.16", "192.0.0.192",   NULL,
};
/* All that the registries of RFC 6890 do not give to the internet, and multicast. */
static const char *const internal[] = {
	"0.0.0.0/8",	  "10.0.0.0/8",	    "100.64.0.0/10",
	"127.0.0.0/8",	  "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24",	  "192.0.2.0/24",   "192.88.99.0/24",
	"192.168.0.0/16", "198.18.0.0/15",  "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
	"168.63.129.16",  "::/128",	    "::1/128",
	"100::/64",	  "2001:db8::/32",  "3fff::/20",
	"5f00::/16",	  "fc00::/7",	    "fe80::/10",
	"fec0::/10",	  "ff00::/8",	    NULL,
};

/* What stands for several networks, or NULL. */
static const char *const *group_of(const char *word)
{
	if (strcmp(word, "metadata") == 0)
		return metadata;
	return strcmp(word, "internal") == 0 ? internal : NULL;
}

static int add_text(struct conf_strings *to, const char *text)
{
	char **items = realloc(to->items, (to->count + 1) * sizeof(*items));

	if (!items)
		return ENOMEM;
	to->items = items;
	items[to->count] = strdup(text);
	if (!items[to->count])
		return ENOMEM;
	to->count++;
	return 0;
}

static int read_denied(struct conf *conf, const struct conf_section *section)
{
	static const char option[] = "deny-addresses";
	size_t count = conf_value_count(section, option);

	for (size_t i = 0; i < count || i == 0; i++) {
		const char *text = count > 0 ? conf_value(section, option, i) : "metadata";
		const char *const one[] = { text, NULL }, *const *names = group_of(text);

		if (!names && strcmp(text, "none") != 0 && !conf_is_network(text))
			conf_fail(
			    section, option, i,
			    "\"%.60s\" is wrong; allowed: ADDRESS, ADDRESS/BITS, metadata, internal, none",
			    text);
		for (names = names ? names : one; *names; names++)
			if (add_text(&conf->api.deny_addresses, *names) != 0)
				return ENOMEM;
	}
	return 0;
}

/* scheme://host[:port], nothing behind it. */
static bool is_origin(const char *text)
{
	const char *host = strstr(text, "://");

	return host && host > text && host[3] && !strpbrk(host + 3, "/?#@ \t,*");
}

static void check_origins(const struct conf_section *section, const struct conf_strings *origins)
{
	for (size_t i = 0; i < origins->count; i++) {
		const char *text = origins->items[i];

		if (strcmp(text, "*") != 0 && !is_origin(text))
			conf_fail(
			    section, "cors-origins", i,
			    "\"%.100s\" is wrong; allowed: https://HOST, https://HOST:PORT (no path), *",
			    text);
	}
}

/* The address of the first listener, as a URL. */
static char *default_public_url(const struct conf *conf)
{
	const struct conf_listen *listen = &conf->api.listen[0];
	bool v6 = strchr(listen->host, ':') != NULL;
	char text[128];

	snprintf(text, sizeof(text), "%s://%s%s%s:%u", listen->transport == CONF_HTTPS ? "https" : "http",
		 v6 ? "[" : "", listen->host, v6 ? "]" : "", listen->port);
	return strdup(text);
}

static int read_public_url(struct conf *conf, const struct conf_section *section)
{
	conf->api.public_url = default_public_url(conf);
	if (!conf->api.public_url || !conf_get_text(section, "public-url", &conf->api.public_url))
		return ENOMEM;
	if (conf_value(section, "public-url", 0) && !conf_is_web_url(conf->api.public_url))
		conf_fail(section, "public-url", 0, "\"%.100s\" is wrong; allowed: http://… or https://…",
			  conf->api.public_url);
	for (size_t n = strlen(conf->api.public_url); n > 0 && conf->api.public_url[n - 1] == '/'; n--)
		conf->api.public_url[n - 1] = '\0';
	return 0;
}

/* Listeners of GET /metrics alone: without a key, so without the certificates of the others, too. */
static int read_metrics_listen(struct conf *conf, const struct conf_section *section)
{
	static const char option[] = "metrics-listen";
	static const char *const none[] = { NULL };

	if (conf_listen_read(section, option, true, none, &conf->api.metrics_listen,
			     &conf->api.metrics_listen_count) != 0)
		return ENOMEM;
	for (size_t i = 0; i < conf->api.metrics_listen_count; i++) {
		const struct conf_listen *one = &conf->api.metrics_listen[i];

		if (one->transport == CONF_HTTPS)
			conf_fail(section, option, i,
				  "\"%.60s\" is wrong; allowed: http://ADDRESS:PORT; over TLS, /metrics is "
				  "read from "
				  "listen, with an API key",
				  conf_value(section, option, i));
		for (size_t k = 0; k < conf->api.listen_count; k++)
			if (one->port != 0 && one->port == conf->api.listen[k].port &&
			    strcmp(one->host, conf->api.listen[k].host) == 0)
				conf_fail(section, option, i, "\"%.60s\" is in listen, too",
					  conf_value(section, option, i));
	}
	return 0;
}

int conf_api_read(struct conf *conf, struct conf_reading *reading)
{
	static const char *const defaults[] = { "http://127.0.0.1:8080", NULL };
	struct conf_section section = conf_section_get(reading, "api", 0);

	conf->api.max_body = 1 << 20;
	conf->api.sound_cache = 256u << 20;
	conf->api.hear = true;
	conf->api.max_connections = 1000;
	conf->api.idle_timeout_s = 60;
	conf->api.request_timeout_s = 20;
	conf->api.webhook_retry_s = 86400;
	if (conf_listen_read(&section, "listen", true, defaults, &conf->api.listen,
			     &conf->api.listen_count) != 0 ||
	    read_metrics_listen(conf, &section) != 0 || read_public_url(conf, &section) != 0 ||
	    conf_read_certificates(&section, conf->api.listen, conf->api.listen_count, CONF_HTTPS, "https",
				   &conf->api.tls_certificate_files, &conf->api.tls_key_files,
				   &conf->api.certificates) != 0 ||
	    !conf_get_optional_text(&section, "ca-file", &conf->api.ca_file) ||
	    !conf_get_texts(&section, "cors-origins", &conf->api.cors_origins) ||
	    read_denied(conf, &section) != 0)
		return ENOMEM;
	check_origins(&section, &conf->api.cors_origins);
	conf_get_bool(&section, "access-log", &conf->api.access_log);
	conf_get_bool(&section, "hear", &conf->api.hear);
	conf_get_size(&section, "max-body", 1 << 10, 1 << 30, &conf->api.max_body);
	conf_get_size(&section, "sound-cache", 1 << 20, 1ll << 40, &conf->api.sound_cache);
	conf_get_number(&section, "max-connections", 1, 100000, &conf->api.max_connections);
	conf->api.max_connections_of_source = (conf->api.max_connections + 1) / 2;
	conf_get_number(&section, "max-connections-of-source", 1, 100000,
			&conf->api.max_connections_of_source);
	conf_get_time_s(&section, "idle-timeout", 1, 86400, &conf->api.idle_timeout_s);
	conf_get_time_s(&section, "request-timeout", 1, 3600, &conf->api.request_timeout_s);
	conf_get_time_s(&section, "webhook-retry", 0, 30 * 86400, &conf->api.webhook_retry_s);
	conf_get_number(&section, "keep-records", 0, 36500, &conf->api.keep_records_days);
	conf_get_number(&section, "keep-recordings", 0, 36500, &conf->api.keep_recordings_days);
	return 0;
}

void conf_api_free(struct conf *conf)
{
	free(conf->api.listen);
	free(conf->api.metrics_listen);
	free(conf->api.public_url);
	free(conf->api.certificates);
	free(conf->api.ca_file);
	conf_strings_clear(&conf->api.tls_certificate_files);
	conf_strings_clear(&conf->api.tls_key_files);
	conf_strings_clear(&conf->api.deny_addresses);
	conf_strings_clear(&conf->api.cors_origins);
}
