/* By which address the far end reaches us. What conf advertises is for those outside; phones of the local
 * network, behind the same NAT as we, are told the real one. Via carries the advertised one for all: answers
 * go where the request came from (RFC 3581). */
#include "daemon/offhookd/ua/private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool ua_uri_address(struct sockaddr_storage *out, const char *uri)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const char *host = strchr(uri, ':'), *at;
	char text[INET6_ADDRSTRLEN];
	size_t n;

	host = host ? host + 1 : uri;
	at = strchr(host, '@');
	host = at ? at + 1 : host;
	if (host[0] == '[')
		n = strcspn(++host, "]");
	else
		n = strcspn(host, ":;?>");
	if (n >= sizeof text)
		return false;
	memcpy(text, host, n);
	text[n] = '\0';
	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		memcpy(out, &v4, sizeof v4);
	else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
		memcpy(out, &v6, sizeof v6);
	else
		return false;
	return true;
}

const char *ua_advertised(const struct ua_agent *agent)
{
	const char *name = agent->ua->advertise[agent->family == AF_INET6 ? CONF_IPV6 : CONF_IPV4];

	return name[0] ? name : NULL;
}

/* The address that the kernel would send from. */
static bool kernels_choice(const struct sockaddr_storage *peer, char out[UA_HOST_MAX])
{
	struct sockaddr_storage to = *peer, local = { 0 };
	socklen_t size = sizeof local;
	int fd = socket(peer->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	in_port_t *port = to.ss_family == AF_INET6 ? &((struct sockaddr_in6 *)&to)->sin6_port
						   : &((struct sockaddr_in *)&to)->sin_port;
	bool known;

	if (*port == 0)
		*port = htons(5060); /* nothing is sent */
	known = fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 &&
		getsockname(fd, (struct sockaddr *)&local, &size) == 0;
	if (fd >= 0)
		close(fd);
	if (known) {
		char text[80];

		ua_format_address(text, sizeof text, &local);
		*strrchr(text, ':') = '\0';
		snprintf(out, UA_HOST_MAX, "%s", text);
	}
	return known;
}

static bool is_wildcard(const struct ua_agent *agent)
{
	return strcmp(agent->host, "0.0.0.0") == 0 || strcmp(agent->host, "::") == 0;
}

void ua_own_host(const struct ua_agent *agent, const struct sockaddr_storage *peer, char out[UA_HOST_MAX])
{
	const char *advertised = ua_advertised(agent);
	bool local = agent->ua->is_local && agent->ua->is_local(peer, agent->ua->arg);

	snprintf(out, UA_HOST_MAX, agent->family == AF_INET6 ? "[%s]" : "%s", agent->host);
	if (advertised && !local)
		snprintf(out, UA_HOST_MAX, "%s", advertised);
	else if (is_wildcard(agent) && !kernels_choice(peer, out) && advertised)
		snprintf(out, UA_HOST_MAX, "%s", advertised);
}

void ua_own_contact(const struct ua_agent *agent, const struct sockaddr_storage *peer,
		    enum conf_transport transport, char out[UA_CONTACT_MAX])
{
	const char *advertised = ua_advertised(agent);
	char host[UA_HOST_MAX];

	/* NUA would write no transport over TCP, which means UDP; over TLS a sips: address, which phones and
	 * carriers that have no more than TLS do not all take; of several addresses any. */
	if (peer->ss_family != agent->family || (!advertised && transport == CONF_UDP && !is_wildcard(agent)))
		return;
	ua_own_host(agent, peer, host);
	snprintf(out, UA_CONTACT_MAX, "<sip:%s:%u%s%s>", host, agent->port,
		 transport == CONF_UDP ? "" : ";transport=",
		 transport == CONF_UDP ? "" : conf_transport_name(transport));
}
