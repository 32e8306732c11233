/* Whether a URI is one of ours. See private.h. */
#include "daemon/offhookd/ua/private.h"

#include "lib/socket_address.h"

#include <arpa/inet.h>
#include <sofia-sip/url.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* The address in `host` (IPv6 with or without brackets). 0: it is a name. */
static socklen_t read_address(const char *host, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	char bare[64];

	memset(out, 0, sizeof *out);
	snprintf(bare, sizeof bare, "%.*s", (int)strcspn(host + (host[0] == '['), "]"),
		 host + (host[0] == '['));
	if (inet_pton(AF_INET, bare, &v4->sin_addr) == 1) {
		out->ss_family = AF_INET;
		return sizeof *v4;
	}
	if (inet_pton(AF_INET6, bare, &v6->sin6_addr) == 1) {
		out->ss_family = AF_INET6;
		return sizeof *v6;
	}
	return 0;
}

/* Of this machine: a socket can be bound to it. */
static bool is_of_machine(const struct sockaddr_storage *address, socklen_t length)
{
	int fd = socket(address->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool own = fd >= 0 && bind(fd, (const struct sockaddr *)address, length) == 0;

	if (fd >= 0)
		close(fd);
	return own;
}

static bool is_any(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET
		   ? ((const struct sockaddr_in *)address)->sin_addr.s_addr == htonl(INADDR_ANY)
		   : IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static bool is_at(const struct ua_agent *agent, const char *host)
{
	const char *advertised = ua_advertised(agent);
	struct sockaddr_storage asked, own;
	socklen_t length = read_address(host, &asked);

	if (advertised && strcasecmp(advertised, host) == 0)
		return true;
	if (!length || !read_address(agent->host, &own))
		return strcasecmp(agent->host, host) == 0;
	return socket_address_is_same(&asked, &own, false) ||
	       (is_any(&own) && own.ss_family == asked.ss_family && is_of_machine(&asked, length));
}

/* The dot at the end of a name says only that it is whole (RFC 1034 section 3.1). */
static bool is_domain(const struct ua *ua, const char *host)
{
	size_t n = strlen(host);

	n -= n > 1 && host[n - 1] == '.';
	return strncasecmp(host, ua->domain, n) == 0 && ua->domain[n] == '\0';
}

bool ua_is_own_host(const struct ua *ua, const char *host)
{
	if (is_domain(ua, host))
		return true;
	for (size_t i = 0; i < ua->agent_count; i++)
		if (is_at(&ua->agents[i], host))
			return true;
	return false;
}

bool ua_is_own(const struct ua *ua, const url_t *url)
{
	const char *port = url->url_port && url->url_port[0] ? url->url_port : NULL;
	unsigned long wanted = port ? strtoul(port, NULL, 10) : url->url_type == url_sips ? 5061 : 5060;

	if (url->url_type == url_tel)
		return true;
	if ((url->url_type != url_sip && url->url_type != url_sips) || !url->url_host || !url->url_host[0])
		return false;
	if (!port && is_domain(ua, url->url_host))
		return true;
	for (size_t i = 0; i < ua->agent_count; i++)
		if (ua->agents[i].port == wanted &&
		    (is_domain(ua, url->url_host) || is_at(&ua->agents[i], url->url_host)))
			return true;
	return false;
}
