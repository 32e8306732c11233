#include "lib/deny.h"

#include <arpa/inet.h>
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

/* Where the IPv4 address may stand behind a NAT64 prefix of our own choice: RFC 6052, section 2.2, for
 * prefixes of 48, 56, 64 and 96 bits. */
static bool holds_local_nat64(const struct conf_strings *networks, const uint8_t b[16])
{
	static const uint8_t places[][4] = {
		{ 6, 7, 9, 10 }, { 7, 9, 10, 11 }, { 9, 10, 11, 12 }, { 12, 13, 14, 15 }
	};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const uint8_t *at = places[i], four[4] = { b[at[0]], b[at[1]], b[at[2]], b[at[3]] };

		/* What is left of a shorter prefix is zero. */
		if ((four[0] || i == 3) && holds4(networks, four))
			return true;
	}
	return false;
}

/* Whether `bytes` begin with the first `bits` (whole bytes) of `prefix`. */
static bool begins(const uint8_t bytes[16], const char *prefix, unsigned bits)
{
	struct in6_addr six;

	return inet_pton(AF_INET6, prefix, &six) == 1 && !memcmp(bytes, &six, bits / 8);
}

/* IPv4 addresses in IPv6 ones: mapped and compatible (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052,
 * 8215), 6to4 (RFC 3056), Teredo (RFC 4380), ISATAP (RFC 5214). */
static bool holds_embedded(const struct conf_strings *networks, const uint8_t b[16])
{
	const uint8_t client[4] = { b[12] ^ 0xff, b[13] ^ 0xff, b[14] ^ 0xff, b[15] ^ 0xff };

	if (begins(b, "::ffff:0:0", 96) || begins(b, "::", 96) || begins(b, "::ffff:0:0:0", 96) ||
	    begins(b, "64:ff9b::", 96))
		return holds4(networks, b + 12);
	if (begins(b, "64:ff9b:1::", 48))
		return holds_local_nat64(networks, b);
	if (begins(b, "2002::", 16))
		return holds4(networks, b + 2);
	if (begins(b, "2001::", 32))
		return holds4(networks, b + 4) || holds4(networks, client);
	return (b[8] & ~2) == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe && holds4(networks, b + 12);
}

static bool holds6(const struct conf_strings *networks, const struct in6_addr *six)
{
	struct sockaddr_storage address = { .ss_family = AF_INET6 };
	bool self = IN6_IS_ADDR_UNSPECIFIED(six) || IN6_IS_ADDR_LOOPBACK(six);

	((struct sockaddr_in6 *)&address)->sin6_addr = self ? in6addr_loopback : *six;
	return in_any(networks, &address) || (!self && holds_embedded(networks, six->s6_addr));
}

bool deny_holds(const struct conf_strings *networks, const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return holds4(networks, (const uint8_t *)&((const struct sockaddr_in *)address)->sin_addr);
	if (address->sa_family == AF_INET6)
		return holds6(networks, &((const struct sockaddr_in6 *)address)->sin6_addr);
	return true;
}
