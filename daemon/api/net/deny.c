#include "daemon/api/net/deny.h"

#include <netinet/in.h>
#include <string.h>

static bool in_any(const struct conf_strings *networks, const struct sockaddr_storage *address)
{
	for (size_t i = 0; i < networks->count; i++)
		if (conf_network_holds(networks->items[i], address))
			return true;
	return false;
}

static bool holds4(const struct conf_strings *networks, const uint8_t bytes[4])
{
	static const uint8_t nobody[4] = { 0, 0, 0, 0 }, loopback[4] = { 127, 0, 0, 1 };
	struct sockaddr_storage address = { .ss_family = AF_INET };

	memcpy(&((struct sockaddr_in *)&address)->sin_addr, memcmp(bytes, nobody, 4) ? bytes : loopback, 4);
	return in_any(networks, &address);
}

static bool holds6(const struct conf_strings *networks, const struct in6_addr *six)
{
	static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b }, none[12] = { 0 };
	struct sockaddr_storage address = { .ss_family = AF_INET6 };
	const uint8_t *bytes = six->s6_addr;

	((struct sockaddr_in6 *)&address)->sin6_addr = IN6_IS_ADDR_UNSPECIFIED(six) ? in6addr_loopback : *six;
	if (in_any(networks, &address))
		return true;
	if (IN6_IS_ADDR_V4MAPPED(six) || !memcmp(bytes, nat64, sizeof nat64))
		return holds4(networks, bytes + 12);
	if (!memcmp(bytes, none, sizeof none) && !IN6_IS_ADDR_UNSPECIFIED(six) && !IN6_IS_ADDR_LOOPBACK(six))
		return holds4(networks, bytes + 12);
	return bytes[0] == 0x20 && bytes[1] == 0x02 && holds4(networks, bytes + 2);
}

bool deny_holds(const struct conf_strings *networks, const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return holds4(networks, (const uint8_t *)&((const struct sockaddr_in *)address)->sin_addr);
	if (address->sa_family == AF_INET6)
		return holds6(networks, &((const struct sockaddr_in6 *)address)->sin6_addr);
	return true;
}
