/* See conf_net.h. */
#include "lib/conf_net.h"

#include "lib/conf_guard.h"
#include "lib/conf_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int family_of(const char *host)
{
	return strchr(host, ':') ? CONF_IPV6 : CONF_IPV4;
}

static bool is_wildcard(const char *address)
{
	return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

/* A copy as it stands in a URI: IPv6 in brackets. */
static char *for_uri(const char *host)
{
	bool v6 = family_of(host) == CONF_IPV6;
	size_t size = strlen(host) + 3;
	char *out = malloc(size);

	if (out)
		snprintf(out, size, "%s%s%s", v6 ? "[" : "", host, v6 ? "]" : "");
	return out;
}

/* ---- sip ---- */

static int read_domain(struct conf *conf, const struct conf_section *sip)
{
	const char *text = conf_value(sip, "domain", 0);

	if (text && !conf_is_host(text))
		conf_fail(sip, "domain", 0, "\"%.100s\" is wrong; allowed: a host name or a numeric address",
			  text);
	conf->sip.domain = for_uri(text ? text : conf->sip.listen[0].host);
	return conf->sip.domain ? 0 : ENOMEM;
}

/* One for each family; a name is good for both. */
static int read_advertise(struct conf *conf, const struct conf_section *sip)
{
	for (size_t i = 0; i < conf_value_count(sip, "advertise"); i++) {
		const char *text = conf_value(sip, "advertise", i);
		bool name = !conf_is_address(text), taken = false;

		if (!conf_is_host(text)) {
			conf_fail(sip, "advertise", i,
				  "\"%.100s\" is wrong; allowed: a host name or a numeric address", text);
			continue;
		}
		for (int f = 0; f < CONF_FAMILIES; f++) {
			if (!name && f != family_of(text))
				continue;
			taken = taken || conf->sip.advertise[f];
			free(conf->sip.advertise[f]);
			conf->sip.advertise[f] = for_uri(text);
			if (!conf->sip.advertise[f])
				return ENOMEM;
		}
		if (taken)
			conf_fail(
			    sip, "advertise", i,
			    "\"%.100s\" is one too many; allowed: one of IPv4, one of IPv6, or one name",
			    text);
	}
	return 0;
}

static int read_aliases(struct conf *conf, const struct conf_section *sip)
{
	size_t count = conf_value_count(sip, "aliases");

	conf->sip.aliases.items = count ? calloc(count, sizeof *conf->sip.aliases.items) : NULL;
	if (count && !conf->sip.aliases.items)
		return ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *text = conf_value(sip, "aliases", i);
		char *copy = for_uri(text);

		if (!copy)
			return ENOMEM;
		conf->sip.aliases.items[conf->sip.aliases.count++] = copy;
		if (!conf_is_host(text))
			conf_fail(sip, "aliases", i,
				  "\"%.100s\" is wrong; allowed: a host name or a numeric address", text);
	}
	return 0;
}

int conf_read_names(struct conf *conf, const struct conf_section *sip)
{
	/* Who comes from there cannot have come through the NAT in front of us. */
	static const char *const local[] = { "127.0.0.0/8",    "10.0.0.0/8",	 "172.16.0.0/12",
					     "192.168.0.0/16", "169.254.0.0/16", "::1/128",
					     "fc00::/7",       "fe80::/10" };

	if (read_domain(conf, sip) != 0 || read_advertise(conf, sip) != 0 || read_aliases(conf, sip) != 0)
		return ENOMEM;
	return conf_read_networks(&conf->sip.local_networks, sip, "local-networks", local,
				  sizeof(local) / sizeof(local[0]));
}

bool conf_is_local(const struct conf *conf, const struct sockaddr_storage *address)
{
	for (size_t i = 0; i < conf->sip.local_networks.count; i++)
		if (conf_network_holds(conf->sip.local_networks.items[i], address))
			return true;
	return false;
}

/* ---- rtp ---- */

/* "16384-32767": whole pairs of an even port for RTP and the odd one above it for RTCP. */
static void read_ports(struct conf *conf, const struct conf_section *section)
{
	const char *text = conf_value(section, "ports", 0);
	unsigned long min = 0, max = 0;
	char *end = NULL;

	if (!text)
		return;
	if (text[0] >= '0' && text[0] <= '9')
		min = strtoul(text, &end, 10);
	if (end && *end == '-' && end[1] >= '0' && end[1] <= '9')
		max = strtoul(end + 1, &end, 10);
	if (!end || *end != '\0' || min < 1024 || max > 65536 || min % 2 != 0 || min >= max) {
		conf_fail(
		    section, "ports", 0,
		    "\"%.60s\" is wrong; allowed: FIRST-LAST with an even first and a greater last port, "
		    "1024 to 65535",
		    text);
		return;
	}
	if (max % 2 == 0) { /* as other switches write it, whose last port is never used */
		max--;
		conf_warn(section, "ports", 0, "%s: the last port is %lu, the odd one of a pair", text, max);
	}
	conf->rtp.port_min = (uint16_t)min;
	conf->rtp.port_max = (uint16_t)max;
}

/* Numeric addresses, one for each family. */
static int read_addresses(const struct conf_section *section, const char *option, char *out[CONF_FAMILIES])
{
	for (size_t i = 0; i < conf_value_count(section, option); i++) {
		const char *text = conf_value(section, option, i);
		int family = family_of(text);

		if (!conf_is_address(text)) {
			conf_fail(section, option, i, "\"%.60s\" is wrong; allowed: a numeric address", text);
		} else if (out[family]) {
			conf_fail(section, option, i,
				  "\"%.60s\" is one too many; allowed: one of IPv4, one of IPv6", text);
		} else {
			out[family] = strdup(text);
			if (!out[family])
				return ENOMEM;
		}
	}
	return 0;
}

/* Phones that reach us in a family need an address of it for their audio: that of the first listener, when
 * none is said. */
static int default_addresses(struct conf *conf)
{
	for (size_t i = 0; i < conf->sip.listen_count; i++) {
		const char *host = conf->sip.listen[i].host;
		int family = family_of(host);

		if (!host[0] || conf->rtp.address[family])
			continue;
		conf->rtp.address[family] = strdup(host);
		if (!conf->rtp.address[family])
			return ENOMEM;
	}
	return 0;
}

int conf_read_rtp(struct conf *conf, struct conf_reading *reading)
{
	struct conf_section section = conf_section_get(reading, "rtp", 0);

	conf->rtp.port_min = 16384;
	conf->rtp.port_max = 32767;
	conf->rtp.timeout_s = 60;
	if (read_addresses(&section, "address", conf->rtp.address) != 0 ||
	    read_addresses(&section, "advertise", conf->rtp.advertise) != 0 || default_addresses(conf) != 0)
		return ENOMEM;
	for (int f = 0; f < CONF_FAMILIES; f++)
		if (conf->rtp.address[f] && !conf->rtp.advertise[f] && is_wildcard(conf->rtp.address[f]))
			conf_fail(
			    &section, "address", 0,
			    "phones cannot send to %s; allowed: an address of this machine, or set advertise",
			    conf->rtp.address[f]);
	read_ports(conf, &section);
	conf_get_number(&section, "workers", 0, 256, &conf->rtp.workers);
	conf_get_time_s(&section, "timeout", 0, 86400, &conf->rtp.timeout_s);
	conf_get_time_s(&section, "hold-timeout", 0, 86400, &conf->rtp.hold_timeout_s);
	return 0;
}

void conf_net_free(struct conf *conf)
{
	free(conf->sip.domain);
	conf_strings_clear(&conf->sip.aliases);
	conf_strings_clear(&conf->sip.local_networks);
	for (int f = 0; f < CONF_FAMILIES; f++) {
		free(conf->sip.advertise[f]);
		free(conf->rtp.address[f]);
		free(conf->rtp.advertise[f]);
	}
}
