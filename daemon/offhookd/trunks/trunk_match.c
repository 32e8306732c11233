/* Finding a trunk, by name or by address: see trunk.h. */
#include "daemon/offhookd/trunks/trunk_private.h"

#include "lib/clock.h"
#include "lib/conf_value.h"
#include "lib/log.h"
#include "lib/socket_address.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NEARLY_PAUSE_US = 10000000, DISTRUST_US = 60000000 };

bool trunk_split(const struct conf_trunk *conf, char host[256], uint16_t *port)
{
	const char *address = conf->proxy ? conf->proxy : conf->address;

	*port = 0;
	return address && conf_split_host_port(address, host, 256, port);
}

static bool is_in(const struct conf_network *network, const struct sockaddr_storage *a)
{
	const uint8_t *bytes = a->ss_family == AF_INET6
				   ? ((const struct sockaddr_in6 *)a)->sin6_addr.s6_addr
				   : (const uint8_t *)&((const struct sockaddr_in *)a)->sin_addr;
	unsigned whole = network->bits / 8, rest = network->bits % 8;

	if (a->ss_family != network->family || memcmp(bytes, network->address, whole) != 0)
		return false;
	return rest == 0 || ((bytes[whole] ^ network->address[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

static bool is_from(const struct trunk *trunk, const struct ua_source *source)
{
	if (trunk->conf->built_in)
		return false; /* it never calls, and who shares its address is not it */
	for (size_t i = 0; i < trunk->hop_count; i++)
		if (socket_address_is_same(&trunk->hops[i].address, &source->address,
					   trunk->has_port && source->transport == CONF_UDP))
			return true;
	for (size_t i = 0; i < trunk->conf->network_count; i++)
		if (is_in(&trunk->conf->networks[i], &source->address))
			return true;
	return false;
}

const struct conf_trunk *trunk_by_source(const struct trunk_table *table, const struct ua_source *source)
{
	for (const struct trunk *t = table->trunks; t; t = t->hh.next)
		if (is_from(t, source))
			return t->conf;
	return NULL;
}

/* ---- who is at a URI ---- */

/* "host:port" at the beginning of a text; port 0: it says none. */
static void read_host(char host[256], unsigned long *port, const char *text)
{
	size_t n = text[0] == '[' ? strcspn(text, "]") + (strchr(text, ']') != NULL) : strcspn(text, ":;?>");

	snprintf(host, 256, "%.*s", (int)(n < 255 ? n : 255), text);
	*port = text[n] == ':' ? strtoul(text + n + 1, NULL, 10) : 0;
	n = strlen(host);
	if (n > 1 && host[n - 1] == '.')
		host[n - 1] = '\0';
}

static bool is_named(const char *address, const char *wanted)
{
	char host[256];
	uint16_t port;

	return address && conf_split_host_port(address, host, sizeof host, &port) &&
	       strcasecmp(host, wanted) == 0;
}

static bool is_loopback(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET ? ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 == 127
				       : IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)a)->sin6_addr);
}

/* "::ffff:192.0.2.1" is 192.0.2.1. */
static void unmap(struct sockaddr_storage *a)
{
	const struct sockaddr_in6 six = *(const struct sockaddr_in6 *)a;
	struct sockaddr_in four = { .sin_family = AF_INET };

	if (a->ss_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&six.sin6_addr))
		return;
	memcpy(&four.sin_addr, six.sin6_addr.s6_addr + 12, 4);
	memset(a, 0, sizeof *a);
	memcpy(a, &four, sizeof four);
}

static bool serves_address(const struct trunk *t, struct sockaddr_storage *address, unsigned long port)
{
	const bool here = is_loopback(address);

	socket_address_set_port(address, (unsigned)(port ? port : 5060));
	for (size_t i = 0; i < t->hop_count; i++)
		if (socket_address_is_same(&t->hops[i].address, address, here))
			return true;
	for (size_t i = 0; i < t->conf->network_count && !here; i++)
		if (is_in(&t->conf->networks[i], address))
			return true;
	return false;
}

static bool serves_host(const struct trunk_table *table, const char *text)
{
	struct sockaddr_storage address;
	char host[256], uri[264];
	unsigned long port;
	bool numeric;

	read_host(host, &port, text);
	snprintf(uri, sizeof uri, "sip:%s", host);
	numeric = ua_uri_address(&address, uri);
	if (numeric)
		unmap(&address);
	for (const struct trunk *t = table->trunks; t; t = t->hh.next) {
		if (t->conf->built_in)
			continue;
		if (numeric ? serves_address(t, &address, port)
			    : is_named(t->conf->address, host) || is_named(t->conf->proxy, host))
			return true;
	}
	return false;
}

bool trunk_serves_address(const struct trunk_table *table, const struct sockaddr_storage *address)
{
	struct sockaddr_storage a = *address;
	unsigned port = socket_address_port(address);

	if (a.ss_family != AF_INET && a.ss_family != AF_INET6)
		return false;
	unmap(&a);
	for (const struct trunk *t = table->trunks; t; t = t->hh.next)
		if (!t->conf->built_in && serves_address(t, &a, port))
			return true;
	return false;
}

bool trunk_serves(const struct trunk_table *table, const char *uri)
{
	const char *host = strchr(uri, ':');

	if (host && !strchr(uri, '@') && serves_host(table, host + 1))
		return true;
	for (const char *at = strchr(uri, '@'); at; at = strchr(at + 1, '@'))
		if (serves_host(table, at + 1))
			return true;
	for (const char *param = strchr(uri, ';'); param; param = strchr(param + 1, ';'))
		if (strncasecmp(param, ";maddr=", 7) == 0 && serves_host(table, param + 7))
			return true;
	return false;
}

void trunk_tell_nearly(struct trunk_table *table, const struct ua_source *source)
{
	int64_t now = clock_mono_us();

	for (struct trunk *t = table->trunks; t; t = t->hh.next)
		for (size_t i = 0; i < t->hop_count; i++) {
			char text[UA_HOP_TEXT_MAX];

			if (t->conf->built_in ||
			    !socket_address_is_same(&t->hops[i].address, &source->address, false) ||
			    (t->nearly_us && now - t->nearly_us < NEARLY_PAUSE_US))
				continue;
			t->nearly_us = now;
			ua_hop_text(&t->hops[i], text);
			log_warn("trunk.nearly", NULL, "trunk=%s source=%s server=%s why=%s", t->conf->name,
				 source->text, text,
				 log_quote("A call came from this trunk's address and another port, and was "
					   "asked for a password. If it is the trunk: leave the port out of "
					   "address, or add the address to from."));
		}
}

bool trunk_is_at(const struct trunk_table *table, const char *name, const struct ua_source *source)
{
	const struct trunk *trunk = trunk_find(table, name);

	return trunk && is_from(trunk, source);
}

/* The trunk that has a TLS server there, and its host; NULL: none has. */
static struct trunk *with_tls_server(const struct trunk_table *table, const struct sockaddr_storage *address,
				     char host[256])
{
	uint16_t port;

	for (struct trunk *t = table->trunks; t; t = t->hh.next)
		for (size_t i = 0; i < t->hop_count; i++)
			if (t->hops[i].transport == CONF_TLS &&
			    socket_address_is_same(&t->hops[i].address, address, true) &&
			    trunk_split(t->conf, host, &port))
				return t;
	return NULL;
}

bool trunk_tls_peer(const struct trunk_table *table, const struct sockaddr_storage *address,
		    struct ua_tls_peer *out)
{
	char host[256];
	const struct trunk *t = with_tls_server(table, address, host);

	if (!t)
		return false;
	snprintf(out->name, sizeof out->name, "%s", host);
	out->verify = t->conf->tls_verify;
	return true;
}

void trunk_distrust(struct trunk_table *table, const struct sockaddr_storage *address, const char *why)
{
	char host[256];
	struct trunk *t = with_tls_server(table, address, host);

	if (!t)
		return;
	snprintf(t->distrust, sizeof t->distrust, "%s", why);
	t->distrusted_us = clock_mono_us();
	log_warn("trunk.distrusted", NULL, "trunk=%s host=%s why=%s", t->conf->name, log_quote(host),
		 log_quote(why));
}

const char *trunk_distrusted(const struct trunk *t)
{
	return t->distrusted_us && clock_mono_us() - t->distrusted_us < DISTRUST_US ? t->distrust : NULL;
}

const struct conf_trunk *trunk_match(const struct trunk_table *table, const struct ua_request_info *request)
{
	const char *line = request->request_uri ? strstr(request->request_uri, ";line=") : NULL;

	for (const struct trunk *t = table->trunks; line && t; t = t->hh.next)
		if (t->registration && strncmp(line + 6, t->line, TRUNK_LINE_SIZE - 1) == 0)
			return t->conf;
	return trunk_by_source(table, &request->source);
}

struct trunk *trunk_find(const struct trunk_table *table, const char *name)
{
	struct trunk *trunk = NULL;

	if (name)
		HASH_FIND_STR(table->trunks, name, trunk);
	return trunk;
}

const struct conf_trunk *trunk_conf(const struct trunk *trunk)
{
	return trunk->conf;
}

size_t trunk_hops(const struct trunk *trunk, const struct ua_hop **out)
{
	*out = trunk->hops;
	return trunk->hop_count;
}
