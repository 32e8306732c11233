#include "daemon/offhookd/call/whereabouts.h"

#include "lib/log.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { TEXT_SIZE = INET6_ADDRSTRLEN + 10 };

/* "192.0.2.1:4000", "[2001:db8::1]:4000"; NULL: not known. */
static const char *text_of(const union address *a, char out[TEXT_SIZE])
{
	char host[INET6_ADDRSTRLEN];

	if (a->any.sa_family == AF_INET && inet_ntop(AF_INET, &a->in.sin_addr, host, sizeof host))
		snprintf(out, TEXT_SIZE, "%s:%u", host, ntohs(a->in.sin_port));
	else if (a->any.sa_family == AF_INET6 && inet_ntop(AF_INET6, &a->in6.sin6_addr, host, sizeof host))
		snprintf(out, TEXT_SIZE, "[%s]:%u", host, ntohs(a->in6.sin6_port));
	else
		return NULL;
	return out;
}

void whereabouts_write(struct json_text *out, const union address *said, const union address *from,
		       const union address *to)
{
	char text[TEXT_SIZE];

	json_text_string(out, "said", text_of(said, text));
	json_text_string(out, "from", text_of(from, text));
	json_text_string(out, "to", text_of(to, text));
}

void whereabouts_write_call(struct json_text *out, const struct call *call)
{
	union address said, to;

	if (!call->negotiated)
		return;
	address_take(&said, &call->stream.rtp);
	to = address_known(&call->heard_from) ? call->heard_from : said;
	json_text_open(out, "media");
	whereabouts_write(out, &said, &call->heard_from, &to);
	json_text_close(out);
}

/* Not to be reached from the Internet (RFC 1918, RFC 6598, RFC 3927, RFC 4193). */
static bool is_private(const union address *a)
{
	uint32_t v4;

	if (a->any.sa_family == AF_INET6)
		return (a->in6.sin6_addr.s6_addr[0] & 0xfe) == 0xfc;
	if (a->any.sa_family != AF_INET)
		return false;
	v4 = ntohl(a->in.sin_addr.s_addr);
	return v4 >> 24 == 10 || v4 >> 20 == 0xac1 || v4 >> 16 == 0xc0a8 || v4 >> 22 == 0x191 ||
	       v4 >> 16 == 0xa9fe;
}

/* It names an address that only its own network knows, and its signalling comes from another. */
static bool is_behind_nat(const struct call *call, const union address *said)
{
	union address signal = call->stream.signal;

	if (!address_known(&signal) || !is_private(said))
		return false;
	*address_port(&signal) = *address_port((union address *)(uintptr_t)said);
	return !address_equal(&signal, said);
}

static const char *likely_cause(const struct call *call, const union address *said, const union address *told)
{
	if (address_known(&call->heard_from))
		return "It was heard before: its network or its NAT may have changed.";
	if (is_behind_nat(call, said))
		return "It is behind a NAT, and nothing of it has come through.";
	if (call->leg && call->leg->outside && is_private(told))
		return "It was told a private address of ours: rtp { advertise } is to name the public one.";
	return "A firewall, or UDP ports that are not forwarded.";
}

/* Who is not heard, what its description named (`said`), and where it was told to send to (`told`). */
static const char *find_unheard(const struct call *call, union address *said, union address *told)
{
	const char *who = call->user ? call->user : call->trunk ? call->trunk : call->number;
	struct ua_sdp ours;

	address_take(said, &call->stream.rtp);
	*told = (union address){ 0 };
	if (call->sdp) {
		call_said(call, &ours);
		address_take(told, &ours.rtp);
		ua_sdp_forget_keys(&ours);
	}
	return who ? who : call->to;
}

void whereabouts_warn(const struct call *call)
{
	char from[TEXT_SIZE] = "", to[TEXT_SIZE] = "";
	union address said, told;
	const char *who = find_unheard(call, &said, &told);

	text_of(&said, from);
	text_of(&told, to);
	log_warn("call.one_way", call->id, "not_heard=%s from=%s to=%s why=%s", log_quote(who),
		 from[0] ? from : "-", to[0] ? to : "-", log_quote(likely_cause(call, &said, &told)));
}

json_t *whereabouts_one_way(const struct call *call)
{
	char from[TEXT_SIZE], to[TEXT_SIZE];
	union address said, told;
	const char *who = find_unheard(call, &said, &told);

	return json_pack("{s:s*, s:s*, s:s*, s:s*, s:b}", "not_heard", who, "said", text_of(&said, from),
			 "to", text_of(&told, to), "likely", likely_cause(call, &said, &told), "nat",
			 (int)is_behind_nat(call, &said));
}

void whereabouts_moved(const struct call *call)
{
	char from[TEXT_SIZE] = "";

	text_of(&call->heard_from, from);
	log_info("call.media_moved", call->id, "from=%s", from);
}
