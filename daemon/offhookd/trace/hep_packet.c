/* hep_head: the chunks of a HEP3 packet. Each has a vendor (0), a type, its length with this head, and a
 * value, all in network order. */
#include "daemon/offhookd/trace/hep.h"

#include "lib/conf.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum {
	CHUNK_HEAD = 6,
	HEAD = 6,
	CHUNK_FAMILY = 1,
	CHUNK_PROTOCOL = 2,
	CHUNK_SOURCE4 = 3,
	CHUNK_TARGET4 = 4,
	CHUNK_SOURCE6 = 5,
	CHUNK_TARGET6 = 6,
	CHUNK_SOURCE_PORT = 7,
	CHUNK_TARGET_PORT = 8,
	CHUNK_SECONDS = 9,
	CHUNK_MICROSECONDS = 10,
	CHUNK_TYPE = 11,
	CHUNK_NODE = 12,
	CHUNK_PAYLOAD = 15,
	CHUNK_CORRELATION = 17,
	FAMILY_IP4 = 2, /* whatever AF_INET6 is here, it is 10 there */
	FAMILY_IP6 = 10,
	TYPE_SIP = 1,
	CORRELATION_MAX = 128,
};

static unsigned char *put_u16(unsigned char *at, unsigned value)
{
	*at++ = (unsigned char)(value >> 8);
	*at++ = (unsigned char)value;
	return at;
}

static unsigned char *put_chunk(unsigned char *at, unsigned type, size_t size)
{
	at = put_u16(at, 0);
	at = put_u16(at, type);
	return put_u16(at, (unsigned)(CHUNK_HEAD + size));
}

static unsigned char *put_bytes(unsigned char *at, unsigned type, const void *bytes, size_t size)
{
	at = put_chunk(at, type, size);
	memcpy(at, bytes, size);
	return at + size;
}

static unsigned char *put_8(unsigned char *at, unsigned type, unsigned value)
{
	unsigned char byte = (unsigned char)value;

	return put_bytes(at, type, &byte, 1);
}

static unsigned char *put_16(unsigned char *at, unsigned type, unsigned value)
{
	return put_u16(put_chunk(at, type, 2), value);
}

static unsigned char *put_32(unsigned char *at, unsigned type, uint32_t value)
{
	uint32_t net = htonl(value);

	return put_bytes(at, type, &net, 4);
}

size_t hep_head(unsigned char out[HEP_HEAD_MAX], const struct hep_packet *p)
{
	const struct entry *m = p->message;
	bool sent = m->flags & ENTRY_SENT;
	const struct entry_address *from = sent ? &m->local : &m->remote, *to = sent ? &m->remote : &m->local;
	bool v6 = from->family == AF_INET6 || to->family == AF_INET6;
	size_t size = v6 ? 16 : 4,
	       cut = p->correlation_size < CORRELATION_MAX ? p->correlation_size : CORRELATION_MAX;
	unsigned char *at = out + HEAD;

	at = put_8(at, CHUNK_FAMILY, v6 ? FAMILY_IP6 : FAMILY_IP4);
	at = put_8(at, CHUNK_PROTOCOL, m->transport == CONF_UDP ? IPPROTO_UDP : IPPROTO_TCP);
	at = put_bytes(at, v6 ? CHUNK_SOURCE6 : CHUNK_SOURCE4, from->bytes, size);
	at = put_bytes(at, v6 ? CHUNK_TARGET6 : CHUNK_TARGET4, to->bytes, size);
	at = put_16(at, CHUNK_SOURCE_PORT, from->port);
	at = put_16(at, CHUNK_TARGET_PORT, to->port);
	at = put_32(at, CHUNK_SECONDS, (uint32_t)(m->time_us / 1000000));
	at = put_32(at, CHUNK_MICROSECONDS, (uint32_t)(m->time_us % 1000000));
	at = put_8(at, CHUNK_TYPE, TYPE_SIP);
	at = put_32(at, CHUNK_NODE, p->node);
	at = put_bytes(at, CHUNK_CORRELATION, p->correlation, cut);
	at = put_chunk(at, CHUNK_PAYLOAD, m->text_size);
	memcpy(out, "HEP3", 4);
	put_u16(out + 4, (unsigned)((size_t)(at - out) + m->text_size));
	return (size_t)(at - out);
}
