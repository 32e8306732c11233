/* See resolve.h. One query after the other: a look-up is made ahead of calls, and nobody waits for it. */
#include "daemon/offhookd/ua/resolve.h"

#include "daemon/offhookd/ua/private.h"
#include "lib/log.h"
#include "lib/random.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sofia-sip/sresolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	SERVICES_MAX = 6,
	SERVERS_MAX = 16,
	NAME_MAX_LENGTH = 256,
	TTL_MIN_S = 5,
	TTL_MAX_S = 3600,
	RETRY_S = 30
};

/* An SRV name to ask for. */
struct service {
	char name[NAME_MAX_LENGTH];
	enum conf_transport transport;
	unsigned order, preference; /* of its NAPTR */
};

/* A host to ask the addresses of. */
struct server {
	char name[NAME_MAX_LENGTH];
	enum conf_transport transport;
	uint16_t port;
	unsigned service, priority, weight;
};

struct ua_lookup {
	struct ua *ua;
	ua_lookup_h *handler;
	void *arg;
	char host[NAME_MAX_LENGTH];
	uint16_t port;
	enum conf_trunk_transport wanted;
	struct service services[SERVICES_MAX];
	size_t service_count, service_at;
	struct server servers[SERVERS_MAX];
	size_t server_count, server_at;
	bool v6; /* the AAAA of servers[server_at] are being asked for */
	struct ua_hop hops[UA_HOPS_MAX];
	size_t hop_count;
	uint32_t ttl_s;
	struct event *start;
	sres_query_t *query;
	void (*next)(struct ua_lookup *lookup, sres_record_t **answers);
};

/* ---- what we can send with ---- */

static bool can_send(const struct ua *ua, enum conf_transport transport, int family)
{
	for (size_t i = 0; i < ua->agent_count; i++)
		if (ua->agents[i].transports[transport] &&
		    (family == AF_UNSPEC || ua->agents[i].family == family))
			return true;
	return false;
}

static bool is_wanted(const struct ua_lookup *lookup, enum conf_transport transport)
{
	if (lookup->wanted != CONF_TRUNK_AUTO &&
	    (enum conf_transport)(lookup->wanted - CONF_TRUNK_UDP) != transport)
		return false;
	return can_send(lookup->ua, transport, AF_UNSPEC);
}

static enum conf_transport transport_or_udp(enum conf_trunk_transport wanted)
{
	return wanted == CONF_TRUNK_TLS ? CONF_TLS : wanted == CONF_TRUNK_TCP ? CONF_TCP : CONF_UDP;
}

static uint16_t default_port(enum conf_transport transport)
{
	return transport == CONF_TLS ? 5061 : 5060;
}

/* ---- the end ---- */

static void discard(struct ua_lookup *lookup)
{
	event_free(lookup->start);
	free(lookup);
}

static void finish(struct ua_lookup *lookup)
{
	unsigned ttl = lookup->hop_count == 0	   ? RETRY_S
		       : lookup->ttl_s < TTL_MIN_S ? TTL_MIN_S
		       : lookup->ttl_s > TTL_MAX_S ? TTL_MAX_S
						   : lookup->ttl_s;

	lookup->handler(lookup->hops, lookup->hop_count, ttl, lookup->arg);
	discard(lookup);
}

void ua_lookup_cancel(struct ua_lookup *lookup)
{
	if (!lookup)
		return;
	if (lookup->query)
		sres_query_bind(lookup->query, NULL, NULL);
	discard(lookup);
}

/* ---- asking ---- */

static void on_answer(sres_context_t *context, sres_query_t *query, sres_record_t **answers)
{
	struct ua_lookup *lookup = (struct ua_lookup *)context;

	(void)query;
	lookup->query = NULL;
	lookup->next(lookup, answers);
}

static void ask(struct ua_lookup *lookup, uint16_t type, const char *name,
		void (*next)(struct ua_lookup *lookup, sres_record_t **answers))
{
	sres_record_t **cached = sres_cached_answers(lookup->ua->resolver, type, name);

	lookup->next = next;
	if (cached) {
		next(lookup, cached);
		return;
	}
	ua_root_kick(lookup->ua->root);
	lookup->query = sres_query(lookup->ua->resolver, on_answer, (sres_context_t *)lookup, type, name);
	if (!lookup->query)
		next(lookup, NULL);
}

/* Whether the record is of this type; notes how long it may be kept. */
static bool is_good(struct ua_lookup *lookup, const sres_record_t *record, uint16_t type)
{
	const sres_common_t *r = record->sr_record;

	if (r->r_status != SRES_OK || r->r_type != type)
		return false;
	if (r->r_ttl < lookup->ttl_s)
		lookup->ttl_s = r->r_ttl;
	return true;
}

/* ---- A, AAAA ---- */

static void ask_addresses(struct ua_lookup *lookup);

static void add_hop(struct ua_lookup *lookup, const void *address, size_t size)
{
	struct ua_hop *hop;

	if (lookup->hop_count == UA_HOPS_MAX)
		return;
	hop = &lookup->hops[lookup->hop_count++];
	hop->transport = lookup->servers[lookup->server_at].transport;
	memcpy(&hop->address, address, size);
}

static void on_addresses(struct ua_lookup *lookup, sres_record_t **answers)
{
	uint16_t port = htons(lookup->servers[lookup->server_at].port);

	for (size_t i = 0; answers && answers[i]; i++) {
		struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = port };
		struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = port };

		if (!lookup->v6 && is_good(lookup, answers[i], sres_type_a)) {
			v4.sin_addr = answers[i]->sr_a->a_addr;
			add_hop(lookup, &v4, sizeof v4);
		} else if (lookup->v6 && is_good(lookup, answers[i], sres_type_aaaa)) {
			memcpy(&v6.sin6_addr, &answers[i]->sr_aaaa->aaaa_addr, sizeof v6.sin6_addr);
			add_hop(lookup, &v6, sizeof v6);
		}
	}
	sres_free_answers(lookup->ua->resolver, answers);
	lookup->server_at += lookup->v6;
	lookup->v6 = !lookup->v6;
	ask_addresses(lookup);
}

static void ask_addresses(struct ua_lookup *lookup)
{
	while (lookup->server_at < lookup->server_count && lookup->hop_count < UA_HOPS_MAX) {
		const struct server *s = &lookup->servers[lookup->server_at];

		if (can_send(lookup->ua, s->transport, lookup->v6 ? AF_INET6 : AF_INET)) {
			ask(lookup, lookup->v6 ? sres_type_aaaa : sres_type_a, s->name, on_addresses);
			return;
		}
		lookup->server_at += lookup->v6;
		lookup->v6 = !lookup->v6;
	}
	finish(lookup);
}

/* ---- SRV ---- */

static int compare_servers(const void *a, const void *b)
{
	const struct server *x = a, *y = b;

	if (x->service != y->service)
		return x->service < y->service ? -1 : 1;
	return x->priority < y->priority ? -1 : x->priority > y->priority;
}

/* RFC 2782: within a priority by weight, drawn by lot. */
static void draw(struct server *first, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++) {
		uint32_t sum = 0, at;
		size_t j = i;
		struct server s;

		for (size_t k = i; k < count; k++)
			sum += first[k].weight + 1;
		at = random_u32() % sum;
		while (at >= first[j].weight + 1)
			at -= first[j++].weight + 1;
		s = first[j];
		first[j] = first[i];
		first[i] = s;
	}
}

static void order_servers(struct ua_lookup *lookup)
{
	struct server *s = lookup->servers;

	qsort(s, lookup->server_count, sizeof *s, compare_servers);
	for (size_t i = 0, n; i < lookup->server_count; i += n) {
		for (n = 1; i + n < lookup->server_count && compare_servers(&s[i], &s[i + n]) == 0; n++)
			;
		draw(&s[i], n);
	}
}

static void add_server(struct ua_lookup *lookup, const char *name, uint16_t port,
		       enum conf_transport transport, const sres_srv_record_t *srv)
{
	struct server *s = &lookup->servers[lookup->server_count];

	if (lookup->server_count == SERVERS_MAX || strlen(name) >= sizeof s->name)
		return;
	snprintf(s->name, sizeof s->name, "%s", name);
	s->port = port;
	s->transport = transport;
	s->service = (unsigned)lookup->service_at;
	s->priority = srv ? srv->srv_priority : 0;
	s->weight = srv ? srv->srv_weight : 0;
	lookup->server_count++;
}

static void ask_service(struct ua_lookup *lookup);

static void on_servers(struct ua_lookup *lookup, sres_record_t **answers)
{
	enum conf_transport transport = lookup->services[lookup->service_at].transport;

	for (size_t i = 0; answers && answers[i]; i++) {
		const sres_srv_record_t *srv = answers[i]->sr_srv;

		/* a target of "." says that there is no such service */
		if (is_good(lookup, answers[i], sres_type_srv) && srv->srv_target &&
		    strcmp(srv->srv_target, ".") != 0)
			add_server(lookup, srv->srv_target, srv->srv_port, transport, srv);
	}
	sres_free_answers(lookup->ua->resolver, answers);
	lookup->service_at++;
	ask_service(lookup);
}

static void ask_service(struct ua_lookup *lookup)
{
	if (lookup->service_at < lookup->service_count) {
		ask(lookup, sres_type_srv, lookup->services[lookup->service_at].name, on_servers);
		return;
	}
	if (lookup->server_count == 0) {
		enum conf_transport transport = transport_or_udp(lookup->wanted);

		add_server(lookup, lookup->host, default_port(transport), transport, NULL);
	}
	order_servers(lookup);
	ask_addresses(lookup);
}

/* ---- NAPTR ---- */

static void add_service(struct ua_lookup *lookup, const char *name, enum conf_transport transport,
			unsigned order, unsigned preference)
{
	struct service *s = &lookup->services[lookup->service_count];

	if (lookup->service_count == SERVICES_MAX || strlen(name) >= sizeof s->name ||
	    !is_wanted(lookup, transport))
		return;
	snprintf(s->name, sizeof s->name, "%s", name);
	s->transport = transport;
	s->order = order;
	s->preference = preference;
	lookup->service_count++;
}

static int compare_services(const void *a, const void *b)
{
	const struct service *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->preference < y->preference ? -1 : x->preference > y->preference;
}

static void on_services(struct ua_lookup *lookup, sres_record_t **answers)
{
	static const struct {
		const char *service, *prefix;
		enum conf_transport transport;
	} known[] = { { "SIP+D2U", "_sip._udp.", CONF_UDP },
		      { "SIP+D2T", "_sip._tcp.", CONF_TCP },
		      { "SIPS+D2T", "_sips._tcp.", CONF_TLS } };
	char name[NAME_MAX_LENGTH + 16];
	bool said;

	for (size_t i = 0; answers && answers[i]; i++) {
		const sres_naptr_record_t *na = answers[i]->sr_naptr;

		if (!is_good(lookup, answers[i], sres_type_naptr) || !na->na_flags ||
		    strcasecmp(na->na_flags, "s") != 0)
			continue;
		for (size_t k = 0; k < 3; k++)
			if (na->na_services && na->na_replace &&
			    strcasecmp(na->na_services, known[k].service) == 0)
				add_service(lookup, na->na_replace, known[k].transport, na->na_order,
					    na->na_prefer);
	}
	sres_free_answers(lookup->ua->resolver, answers);
	said = lookup->service_count > 0;
	qsort(lookup->services, lookup->service_count, sizeof *lookup->services, compare_services);
	/* none said: those that there may be all the same (RFC 3263 section 4.1) */
	for (unsigned k = 0; !said && k < 3; k++) {
		snprintf(name, sizeof name, "%s%s", known[k].prefix, lookup->host);
		add_service(lookup, name, known[k].transport, k, 0);
	}
	ask_service(lookup);
}

/* ---- starting ---- */

static void on_start(evutil_socket_t fd, short what, void *arg)
{
	struct ua_lookup *lookup = arg;

	(void)fd, (void)what;
	if (lookup->port == 0) {
		ask(lookup, sres_type_naptr, lookup->host, on_services);
		return;
	}
	add_server(lookup, lookup->host, lookup->port, transport_or_udp(lookup->wanted), NULL);
	ask_addresses(lookup);
}

bool ua_hop_numeric(struct ua_hop *out, const char *host, uint16_t port, enum conf_trunk_transport transport)
{
	struct ua_hop hop = { .transport = transport_or_udp(transport) };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	v4.sin_port = v6.sin6_port = htons(port ? port : default_port(hop.transport));
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
		memcpy(&hop.address, &v4, sizeof v4);
	else if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1)
		memcpy(&hop.address, &v6, sizeof v6);
	else
		return false;
	*out = hop;
	return true;
}

void ua_hop_uri(const struct ua_hop *hop, char out[UA_HOP_TEXT_MAX])
{
	char address[64];

	ua_format_address(address, sizeof address, &hop->address);
	snprintf(out, UA_HOP_TEXT_MAX, "sip:%s;transport=%s", address, conf_transport_name(hop->transport));
}

void ua_hop_text(const struct ua_hop *hop, char out[UA_HOP_TEXT_MAX])
{
	char address[64];

	ua_format_address(address, sizeof address, &hop->address);
	snprintf(out, UA_HOP_TEXT_MAX, "%s:%s", conf_transport_name(hop->transport), address);
}

int ua_lookup_start(struct ua_lookup **out, struct ua *ua, const struct ua_lookup_params *params)
{
	struct ua_lookup *lookup;

	if (!ua->resolver)
		return ENOSYS;
	if (strlen(params->host) >= NAME_MAX_LENGTH)
		return EINVAL;
	lookup = calloc(1, sizeof *lookup);
	if (!lookup)
		return ENOMEM;
	lookup->ua = ua;
	lookup->handler = params->handler;
	lookup->arg = params->arg;
	lookup->port = params->port;
	lookup->wanted = params->transport;
	lookup->ttl_s = TTL_MAX_S;
	strcpy(lookup->host, params->host);
	lookup->start = event_new(ua->base, -1, 0, on_start, lookup);
	if (!lookup->start) {
		free(lookup);
		return ENOMEM;
	}
	event_active(lookup->start, 0, 0);
	*out = lookup;
	return 0;
}
