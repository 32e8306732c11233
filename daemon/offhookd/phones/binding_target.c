/* See binding_target.h. */
#include "daemon/offhookd/phones/binding_target.h"

#include <errno.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static enum conf_transport transport_of(const char *source)
{
	return strncmp(source, "tls:", 4) == 0	 ? CONF_TLS
	       : strncmp(source, "tcp:", 4) == 0 ? CONF_TCP
						 : CONF_UDP;
}

bool binding_connection(struct sockaddr_storage *out, const struct binding *binding)
{
	const char *address = strchr(binding->source, ':');
	int size = sizeof *out;

	memset(out, 0, sizeof *out);
	return address && transport_of(binding->source) != CONF_UDP &&
	       evutil_parse_sockaddr_port(address + 1, (struct sockaddr *)out, &size) == 0;
}

static bool same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	char one[UA_HOST_TEXT_MAX], other[UA_HOST_TEXT_MAX];

	return strcmp(ua_host_text(a, one), ua_host_text(b, other)) == 0;
}

/* The port of a SIP URI, or of the first in angle brackets; what its scheme has when it says none. 0: it is
 * none. */
static unsigned long port_of(const char *text)
{
	const char *open = strchr(text, '<'), *uri = open ? open + 1 : text, *colon = strchr(uri, ':'), *at;
	const char *host, *port, *stop = uri + strcspn(uri, ";?>");

	if (!colon || colon > stop)
		return 0;
	at = memchr(uri, '@', (size_t)(stop - uri));
	host = (at ? at : colon) + 1;
	port = host[0] == '[' ? host + strcspn(host, "]") : host;
	port += strcspn(port, ":;?>");
	if (*port == ':')
		return strtoul(port + 1, NULL, 10);
	return strncasecmp(uri, "sips:", 5) == 0 ? 5061 : 5060;
}

/* A route to the host that `b` was registered from, at the port that `uri` says. */
static int route_to_host(struct binding_target *out, const struct binding *b,
			 const struct sockaddr_storage *source, const char *uri)
{
	unsigned long port = port_of(uri);
	char host[UA_HOST_TEXT_MAX];
	bool v6 = source->ss_family == AF_INET6;

	if (port == 0 || port > 65535)
		return ENOTCONN;
	snprintf(out->route, sizeof out->route, "sip:%s%s%s:%lu;transport=%.3s", v6 ? "[" : "",
		 ua_host_text(source, host), v6 ? "]" : "", port, b->source);
	return 0;
}

/* For one whose connection has gone: where its Contact, or the proxy that its Path names first, may listen.
 * Whatever these say, nothing is sent to another host than the one that it was registered from: who chooses
 * what we send and where to would call out through our trunks, who know us by our address. */
static int route_back(struct binding_target *out, const struct binding *b)
{
	struct sockaddr_storage contact, source;

	if (!binding_connection(&source, b))
		return ENOTCONN;
	if (b->path)
		return route_to_host(out, b, &source, b->path);
	if (!ua_uri_address(&contact, b->uri) || !same_host(&source, &contact))
		return ENOTCONN;
	return route_to_host(out, b, &source, b->uri);
}

/* The source is "udp:192.0.2.7:5060". */
int binding_target(struct binding_target *out, const struct binding *binding, bool connected)
{
	const char *source = binding->source, *address = strchr(source, ':');
	int err;

	if (!address)
		return EINVAL;
	if (connected)
		snprintf(out->route, sizeof out->route, "sip:%s;transport=%.3s", address + 1, source);
	err = connected ? 0 : route_back(out, binding);
	out->target = (struct ua_target){ .uri = binding->uri,
					  .route = out->route,
					  .path = binding->path,
					  .transport = transport_of(source),
					  .family = address[1] == '[' ? AF_INET6 : AF_INET,
					  .listener = binding->listener };
	return err;
}
