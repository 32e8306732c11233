/* Addresses of a session description: c= lines. See sdp_reading.h. */
#include "daemon/offhookd/ua/sdp_reading.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_host_name(struct sdp_span s)
{
	bool letter = false;

	if (sdp_length(s) >= UA_SDP_HOST_MAX || s.at == s.end)
		return false;
	for (; s.at < s.end; s.at++) {
		bool alpha = (*s.at | 32) >= 'a' && (*s.at | 32) <= 'z';

		letter |= alpha;
		if (!alpha && (*s.at < '0' || *s.at > '9') && *s.at != '-' && *s.at != '.' && *s.at != '_')
			return false;
	}
	return letter;
}

static bool read_numeric(struct sockaddr_storage *out, struct sdp_span host)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	char text[INET6_ADDRSTRLEN];

	memset(out, 0, sizeof *out);
	if (sdp_length(host) >= 2 && *host.at == '[' && host.end[-1] == ']')
		host.at++, host.end--;
	if (sdp_length(host) >= sizeof text)
		return false;
	sdp_copy(text, sizeof text, host);
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
		v4->sin_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
		v6->sin6_family = AF_INET6;
	else
		return false;
	return true;
}

bool sdp_read_where(struct sdp_where *out, struct sdp_span value)
{
	struct sdp_span net, family, host;
	const char *slash;

	if (!sdp_next_word(&value, &net) || !sdp_next_word(&value, &family) || !sdp_next_word(&value, &host))
		return false;
	slash = memchr(host.at, '/', sdp_length(host));
	if (slash)
		host.end = slash;
	memset(out, 0, sizeof *out);
	out->there = read_numeric(&out->address, host);
	if (!out->there && is_host_name(host)) {
		out->there = true;
		sdp_copy(out->name.host, sizeof out->name.host, host);
		out->name.family = sdp_is(family, "IP6") ? AF_INET6 : AF_INET;
	}
	return out->there;
}

bool sdp_is_unspecified(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr == htonl(INADDR_ANY);
	return a->ss_family == AF_INET6 &&
	       IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)a)->sin6_addr);
}
