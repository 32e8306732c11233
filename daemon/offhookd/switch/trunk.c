/* See trunk.h. */
#include "daemon/offhookd/switch/trunk.h"

#include "daemon/offhookd/switch/sw.h"
#include "lib/log.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESSES_MAX = 8 };

struct trunk_addresses {
	struct sockaddr_storage list[ADDRESSES_MAX];
	size_t count;
	bool has_port;
};

struct trunk_table {
	struct trunk_addresses *trunks; /* as in conf */
	size_t count;
};

/* "host:port", "host", "[v6]:port", "v6" */
static bool split(const char *address, char *host, size_t host_size, char *port, size_t port_size)
{
	const char *end, *colon;

	if (address[0] == '[') {
		end = strchr(address, ']');
		if (!end)
			return false;
		snprintf(host, host_size, "%.*s", (int)(end - address - 1), address + 1);
		snprintf(port, port_size, "%s", end[1] == ':' ? end + 2 : "");
		return true;
	}
	colon = strchr(address, ':');
	if (colon && strchr(colon + 1, ':'))
		colon = NULL;
	snprintf(host, host_size, "%.*s", colon ? (int)(colon - address) : (int)strlen(address), address);
	snprintf(port, port_size, "%s", colon ? colon + 1 : "");
	return true;
}

static void resolve(struct trunk_addresses *out, const struct conf_trunk *trunk)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *list = NULL;
	char host[256], port[16];
	int err;

	if (!split(trunk->address, host, sizeof host, port, sizeof port))
		return;
	out->has_port = port[0] != '\0';
	err = getaddrinfo(host, out->has_port ? port : "5060", &hints, &list);
	if (err) {
		log_warn("trunk.unresolved", NULL, "trunk=%s address=%s error=%s", trunk->name,
			 log_quote(trunk->address), log_quote(gai_strerror(err)));
		return;
	}
	for (struct addrinfo *ai = list; ai && out->count < ADDRESSES_MAX; ai = ai->ai_next)
		memcpy(&out->list[out->count++], ai->ai_addr, ai->ai_addrlen);
	freeaddrinfo(list);
}

int trunk_table_alloc(struct trunk_table **out, const struct conf *conf)
{
	struct trunk_table *table = calloc(1, sizeof *table);

	if (!table)
		return ENOMEM;
	table->trunks = calloc(conf->trunk_count ? conf->trunk_count : 1, sizeof *table->trunks);
	if (!table->trunks) {
		free(table);
		return ENOMEM;
	}
	table->count = conf->trunk_count;
	for (size_t i = 0; i < conf->trunk_count; i++)
		resolve(&table->trunks[i], &conf->trunks[i]);
	*out = table;
	return 0;
}

void trunk_table_free(struct trunk_table *table)
{
	if (!table)
		return;
	free(table->trunks);
	free(table);
}

static bool same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b, bool ports)
{
	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET) {
		const struct sockaddr_in *x = (const void *)a, *y = (const void *)b;

		return x->sin_addr.s_addr == y->sin_addr.s_addr && (!ports || x->sin_port == y->sin_port);
	}
	if (a->ss_family == AF_INET6) {
		const struct sockaddr_in6 *x = (const void *)a, *y = (const void *)b;

		return IN6_ARE_ADDR_EQUAL(&x->sin6_addr, &y->sin6_addr) &&
		       (!ports || x->sin6_port == y->sin6_port);
	}
	return false;
}

const struct conf_trunk *trunk_match(const struct trunk_table *table, const struct conf *conf,
				     const struct ua_source *source)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct trunk_addresses *t = &table->trunks[i];

		for (size_t j = 0; j < t->count; j++)
			if (same_address(&t->list[j], &source->address,
					 t->has_port && source->transport == CONF_UDP))
				return &conf->trunks[i];
	}
	return NULL;
}

json_t *trunk_list(const struct sw *sw)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sw->conf->trunk_count; i++) {
		const struct conf_trunk *trunk = &sw->conf->trunks[i];
		int calls = 0;

		for (const struct call *c = sw->calls; c; c = c->hh.next)
			calls += c->trunk && strcmp(c->trunk, trunk->name) == 0;
		json_array_append_new(
		    list, json_pack("{s:s,s:s,s:s,s:s,s:i}", "name", trunk->name, "address", trunk->address,
				    "account", trunk->account->name, "state",
				    sw->trunks->trunks[i].count ? "up" : "unresolved", "calls", calls));
	}
	return list;
}
