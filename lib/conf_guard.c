/* See conf_guard.h. Every default of the section stands here. */
#include "lib/conf_guard.h"

#include "lib/conf_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* "ADDRESS" or "ADDRESS/BITS". Returns the family, or 0 when it is neither. */
static int parse_network(const char *text, uint8_t bytes[16], unsigned *bits)
{
	char address[INET6_ADDRSTRLEN];
	size_t n = strcspn(text, "/");
	int family;

	if (n >= sizeof(address))
		return 0;
	memcpy(address, text, n);
	address[n] = '\0';
	family = inet_pton(AF_INET, address, bytes) == 1    ? AF_INET
		 : inet_pton(AF_INET6, address, bytes) == 1 ? AF_INET6
							    : 0;
	*bits = family == AF_INET ? 32 : 128;
	if (text[n] == '/') {
		size_t digits = strspn(text + n + 1, "0123456789");
		unsigned most = *bits;

		if (digits == 0 || digits > 3 || text[n + 1 + digits])
			return 0;
		*bits = (unsigned)strtoul(text + n + 1, NULL, 10);
		if (*bits > most)
			return 0;
	}
	return family;
}

bool conf_network_holds(const char *network, const struct sockaddr_storage *address)
{
	uint8_t bytes[16], mine[16];
	unsigned bits;
	int family = parse_network(network, bytes, &bits), its = address->ss_family;

	if (its == AF_INET) {
		memcpy(mine, &((const struct sockaddr_in *)address)->sin_addr, 4);
	} else if (its == AF_INET6) {
		const struct in6_addr *a = &((const struct sockaddr_in6 *)address)->sin6_addr;
		bool v4 = IN6_IS_ADDR_V4MAPPED(a);

		memcpy(mine, v4 ? &a->s6_addr[12] : a->s6_addr, v4 ? 4 : 16);
		its = v4 ? AF_INET : AF_INET6;
	}
	if (family == 0 || family != its || memcmp(bytes, mine, bits / 8) != 0)
		return false;
	return bits % 8 == 0 || (bytes[bits / 8] ^ mine[bits / 8]) >> (8 - bits % 8) == 0;
}

static int read_list(struct conf_strings *out, const struct conf_section *section, const char *option,
		     const char *const *defaults, size_t count)
{
	if (conf_value_count(section, option) > 0)
		return conf_get_texts(section, option, out) ? 0 : ENOMEM;
	out->items = calloc(count, sizeof(char *));
	for (size_t i = 0; out->items && i < count; i++) {
		out->items[i] = strdup(defaults[i]);
		if (!out->items[i])
			return ENOMEM;
		out->count++;
	}
	return out->items ? 0 : ENOMEM;
}

bool conf_is_network(const char *text)
{
	uint8_t bytes[16];
	unsigned bits;

	return parse_network(text, bytes, &bits);
}

int conf_read_networks(struct conf_strings *out, const struct conf_section *section, const char *option,
		       const char *const *defaults, size_t count)
{
	if (read_list(out, section, option, defaults, count) != 0)
		return ENOMEM;
	/* "none" stands for an empty list, which this syntax takes for "not set" */
	for (size_t i = 0; i < out->count; i++)
		if (strcmp(out->items[i], "none") != 0 && !conf_is_network(out->items[i]))
			conf_fail(section, option, i,
				  "\"%.60s\" is wrong; allowed: ADDRESS, ADDRESS/BITS, none", out->items[i]);
	return 0;
}

/* What those who try passwords on strangers' switches are known to call themselves. */
static const char *const scanners[] = {
	"friendly-scanner", "friendly-request", "sipvicious", "sip-scan", "sipcli", "sundayddr", "iWar",
	"pplsip",	    "sipptk",		"smap",
};

int conf_guard_read(struct conf *conf, struct conf_reading *reading)
{
	static const char *const loopback[] = { "127.0.0.0/8", "::1/128" };
	struct conf_section section = conf_section_get(reading, "guard", 0);

	conf->guard.rate = 200;
	conf->guard.burst = 2000;
	conf->guard.max_failures = 20;
	conf->guard.max_names = 10;
	conf->guard.max_challenges = 200;
	conf->guard.window_s = 300;
	conf->guard.ban_s = 3600;
	conf->guard.max_sources = 10000;
	conf->guard.exempt_trunks = true;
	conf_get_number(&section, "rate", 0, 1000000, &conf->guard.rate);
	conf_get_number(&section, "burst", 1, 1000000, &conf->guard.burst);
	conf_get_number(&section, "max-failures", 0, 1000000, &conf->guard.max_failures);
	conf_get_number(&section, "max-names", 0, 64, &conf->guard.max_names);
	conf_get_number(&section, "max-challenges", 0, 1000000, &conf->guard.max_challenges);
	conf_get_time_s(&section, "window", 1, 86400, &conf->guard.window_s);
	conf_get_time_s(&section, "ban-time", 0, 30 * 86400, &conf->guard.ban_s);
	conf_get_size(&section, "max-sources", 16, 1000000, &conf->guard.max_sources);
	conf_get_bool(&section, "exempt-trunks", &conf->guard.exempt_trunks);
	if (read_list(&conf->guard.user_agents, &section, "user-agents", scanners,
		      sizeof(scanners) / sizeof(scanners[0])) != 0 ||
	    conf_read_networks(&conf->guard.exempt, &section, "exempt", loopback, 2) != 0)
		return ENOMEM;
	return 0;
}

static void free_strings(struct conf_strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->items[i]);
	free(strings->items);
}

void conf_guard_free(struct conf *conf)
{
	free_strings(&conf->guard.user_agents);
	free_strings(&conf->guard.exempt);
}
