/* See pcapng.h. */
#include "lib/pcapng.h"

#include "lib/json_get.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINKTYPE_RAW = 101, /* a packet begins with its IP header */
	FLOWS_MAX = 64,	    /* of TCP */
	HEADERS_MAX = 60,
	TEXT_MAX = 65000,
	UDP_HEADER = 8,
	RTP_HEADER = 12, /* without what may follow it (RFC 3550) */
};

struct end {
	int family;
	uint8_t bytes[16];
	uint16_t port;
};

/* How many bytes went there and back; the sequence numbers. */
struct flow {
	struct end local, remote;
	uint32_t sent, received;
};

struct writer {
	FILE *out;
	struct flow flows[FLOWS_MAX];
	size_t flow_count;
};

/* ---- blocks ---- */

static void put32(FILE *out, uint32_t value)
{
	fwrite(&value, sizeof value, 1, out); /* in this machine's order, as the magic says */
}

static void put16(FILE *out, uint16_t value)
{
	fwrite(&value, sizeof value, 1, out);
}

static void pad(FILE *out, size_t size)
{
	static const char zeroes[4];

	fwrite(zeroes, 1, (4 - size % 4) % 4, out);
}

static void write_start(FILE *out)
{
	put32(out, 0x0a0d0d0a); /* section header block */
	put32(out, 28);
	put32(out, 0x1a2b3c4d);
	put16(out, 1);
	put16(out, 0);
	put32(out, UINT32_MAX); /* its length is not told */
	put32(out, UINT32_MAX);
	put32(out, 28);
	put32(out, 1); /* interface description block; microseconds are the default */
	put32(out, 20);
	put16(out, LINKTYPE_RAW);
	put16(out, 0);
	put32(out, 0);
	put32(out, 20);
}

static void write_packet(FILE *out, int64_t time_us, bool sent, const char *comment, const uint8_t *headers,
			 size_t header_size, const void *text, size_t text_size, size_t left_out)
{
	size_t size = header_size + text_size, padded = (size + 3) & ~(size_t)3;
	size_t comment_size = strlen(comment), comment_padded = (comment_size + 3) & ~(size_t)3;
	size_t options = 8 + (comment_size ? 4 + comment_padded : 0) + 4;
	uint32_t total = (uint32_t)(32 + padded + options);

	put32(out, 6); /* enhanced packet block */
	put32(out, total);
	put32(out, 0);
	put32(out, (uint32_t)((uint64_t)time_us >> 32));
	put32(out, (uint32_t)time_us);
	put32(out, (uint32_t)size);
	put32(out, (uint32_t)(size + left_out)); /* as it was on the wire */
	fwrite(headers, 1, header_size, out);
	fwrite(text, 1, text_size, out);
	pad(out, size);
	if (comment_size) {
		put16(out, 1); /* opt_comment */
		put16(out, (uint16_t)comment_size);
		fwrite(comment, 1, comment_size, out);
		pad(out, comment_size);
	}
	put16(out, 2); /* epb_flags */
	put16(out, 4);
	put32(out, sent ? 2 : 1); /* outbound, inbound */
	put32(out, 0);		  /* opt_endofopt */
	put32(out, total);
}

/* ---- headers of packets ---- */

static void set16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void set32(uint8_t *at, uint32_t value)
{
	set16(at, value >> 16);
	set16(at + 2, value & 0xffff);
}

static uint32_t sum(uint32_t before, const void *bytes, size_t size)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < size; i++)
		before += i % 2 ? b[i] : (uint32_t)b[i] << 8;
	return before;
}

static uint16_t fold(uint32_t value)
{
	while (value >> 16)
		value = (value & 0xffff) + (value >> 16);
	return (uint16_t)~value;
}

static size_t address_size(const struct end *end)
{
	return end->family == AF_INET6 ? 16 : 4;
}

/* Writes the IP header for `payload` bytes (RFC 791, RFC 8200); returns its size. */
static size_t write_ip(uint8_t *h, const struct end *from, const struct end *to, int protocol, size_t payload)
{
	if (from->family == AF_INET6) {
		h[0] = 0x60;
		set16(h + 4, payload);
		h[6] = (uint8_t)protocol;
		h[7] = 64;
		memcpy(h + 8, from->bytes, 16);
		memcpy(h + 24, to->bytes, 16);
		return 40;
	}
	h[0] = 0x45;
	set16(h + 2, 20 + payload);
	h[8] = 64;
	h[9] = (uint8_t)protocol;
	memcpy(h + 12, from->bytes, 4);
	memcpy(h + 16, to->bytes, 4);
	set16(h + 10, fold(sum(0, h, 20)));
	return 20;
}

/* Of UDP and TCP, with the pseudo header of RFC 768 and RFC 9293. */
static uint16_t checksum(const struct end *from, const struct end *to, int protocol, const uint8_t *header,
			 size_t header_size, const char *text, size_t text_size)
{
	uint32_t s =
	    sum((uint32_t)(protocol + (int)(header_size + text_size)), from->bytes, address_size(from));
	uint16_t out;

	s = sum(s, to->bytes, address_size(to));
	s = sum(s, header, header_size);
	out = fold(sum(s, text, text_size));
	return out || protocol != IPPROTO_UDP ? out : 0xffff;
}

static bool same(const struct end *a, const struct end *b)
{
	return a->family == b->family && a->port == b->port && memcmp(a->bytes, b->bytes, 16) == 0;
}

static struct flow *flow_of(struct writer *w, const struct end *local, const struct end *remote)
{
	for (size_t i = 0; i < w->flow_count; i++)
		if (same(&w->flows[i].local, local) && same(&w->flows[i].remote, remote))
			return &w->flows[i];
	if (w->flow_count == FLOWS_MAX)
		w->flow_count = 0;
	w->flows[w->flow_count] = (struct flow){ *local, *remote, 1, 1 };
	return &w->flows[w->flow_count++];
}

static size_t write_udp(uint8_t *h, const struct end *from, const struct end *to, const char *text,
			size_t size)
{
	size_t ip = write_ip(h, from, to, IPPROTO_UDP, 8 + size);

	set16(h + ip, from->port);
	set16(h + ip + 2, to->port);
	set16(h + ip + 4, 8 + size);
	set16(h + ip + 6, checksum(from, to, IPPROTO_UDP, h + ip, 8, text, size));
	return ip + 8;
}

static size_t write_tcp(struct writer *w, uint8_t *h, const struct end *local, const struct end *remote,
			bool sent, const char *text, size_t size)
{
	struct flow *flow = flow_of(w, local, remote);
	const struct end *from = sent ? local : remote, *to = sent ? remote : local;
	size_t ip = write_ip(h, from, to, IPPROTO_TCP, 20 + size);
	uint8_t *tcp = h + ip;

	set16(tcp, from->port);
	set16(tcp + 2, to->port);
	set32(tcp + 4, sent ? flow->sent : flow->received);
	set32(tcp + 8, sent ? flow->received : flow->sent);
	tcp[12] = 5 << 4;
	tcp[13] = 0x18; /* PSH, ACK */
	set16(tcp + 14, 65535);
	set16(tcp + 16, checksum(from, to, IPPROTO_TCP, tcp, 20, text, size));
	*(sent ? &flow->sent : &flow->received) += (uint32_t)size;
	return ip + 20;
}

/* ---- messages and RTP ---- */

/* "192.0.2.1:5060", "[2001:db8::1]:5060"; of what is neither, a zero address of `family`. */
static void read_end(struct end *out, const char *text, int family)
{
	const char *colon = strrchr(text, ':');
	char host[64];

	*out = (struct end){ .family = text[0] == '[' ? AF_INET6 : colon ? AF_INET : family };
	if (!colon)
		return;
	snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
	if (text[0] == '[') {
		host[strcspn(host, "]")] = '\0';
		memmove(host, host + 1, strlen(host));
	}
	inet_pton(out->family, host, out->bytes);
	out->port = (uint16_t)atoi(colon + 1);
}

static void read_ends(const json_t *of, struct end *local, struct end *remote)
{
	read_end(remote, json_member_text(of, "remote"), AF_INET);
	read_end(local, json_member_text(of, "local"), remote->family);
	if (local->family != remote->family)
		read_end(local, "", remote->family);
}

static void write_message(struct writer *w, const json_t *message)
{
	const json_t *value = json_object_get(message, "text");
	const char *text = json_string_value(value) ? json_string_value(value) : "";
	size_t size = json_string_length(value) < TEXT_MAX ? json_string_length(value) : TEXT_MAX, n;
	bool sent = json_is_true(json_object_get(message, "sent"));
	uint8_t headers[HEADERS_MAX] = { 0 };
	struct end local, remote;

	read_ends(message, &local, &remote);
	if (strcmp(json_member_text(message, "transport"), "tcp") !=
	    0) /* on the port of TLS, what is in clear is none */
		n = write_udp(headers, sent ? &local : &remote, sent ? &remote : &local, text, size);
	else
		n = write_tcp(w, headers, &local, &remote, sent, text, size);
	write_packet(w->out, json_integer_value(json_object_get(message, "time_us")), sent,
		     json_member_text(message, "call"), headers, n, text, size, 0);
}

static int64_t number(const json_t *list, size_t i)
{
	return json_integer_value(json_array_get(list, i));
}

/* Of a run of packets the one that is [time_us, payload type, marker, sequence number, timestamp, bytes]. */
static void write_rtp(struct writer *w, const json_t *run, const json_t *packet)
{
	bool sent = json_is_true(json_object_get(run, "sent"));
	size_t size = (size_t)number(packet, 5), left_out = size > RTP_HEADER ? size - RTP_HEADER : 0, ip;
	uint8_t h[HEADERS_MAX] = { 0 }, rtp[RTP_HEADER] = { 0x80 };
	struct end local, remote;

	read_ends(run, &local, &remote);
	rtp[1] = (uint8_t)(number(packet, 1) | number(packet, 2) << 7);
	set16(rtp + 2, (size_t)number(packet, 3));
	set32(rtp + 4, (uint32_t)number(packet, 4));
	set32(rtp + 8, (uint32_t)json_integer_value(json_object_get(run, "ssrc")));
	ip = write_ip(h, sent ? &local : &remote, sent ? &remote : &local, IPPROTO_UDP,
		      UDP_HEADER + RTP_HEADER + left_out);
	set16(h + ip, sent ? local.port : remote.port);
	set16(h + ip + 2, sent ? remote.port : local.port);
	set16(h + ip + 4, UDP_HEADER + RTP_HEADER + left_out); /* no checksum: it is of what is not there */
	write_packet(w->out, number(packet, 0), sent, json_member_text(run, "call"), h, ip + UDP_HEADER, rtp,
		     RTP_HEADER, left_out);
}

/* What is to be written, by time. */
struct item {
	int64_t time_us;
	size_t order;
	const json_t *run; /* of RTP; NULL: `what` is a message */
	const json_t *what;
};

static int by_time(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static size_t count_packets(const json_t *runs)
{
	json_t *run;
	size_t i, n = 0;

	json_array_foreach((json_t *)runs, i, run) n += json_array_size(json_object_get(run, "packets"));
	return n;
}

static size_t add_messages(struct item *out, size_t n, const json_t *messages)
{
	json_t *message;
	size_t i;

	json_array_foreach((json_t *)messages, i, message)
	{
		out[n] = (struct item){ json_integer_value(json_object_get(message, "time_us")), n, NULL,
					message };
		n++;
	}
	return n;
}

static size_t add_packets(struct item *out, size_t n, const json_t *runs)
{
	json_t *run, *packet;
	size_t i, j;

	json_array_foreach((json_t *)runs, i, run)
	{
		json_array_foreach(json_object_get(run, "packets"), j, packet)
		{
			out[n] = (struct item){ number(packet, 0), n, run, packet };
			n++;
		}
	}
	return n;
}

/* False without memory. */
static bool write_all(struct writer *w, const json_t *trace)
{
	const json_t *messages = json_object_get(trace, "messages"), *runs = json_object_get(trace, "rtp");
	const json_t *registrations = json_object_get(trace, "registrations");
	struct item *items =
	    calloc(json_array_size(registrations) + json_array_size(messages) + count_packets(runs) + 1,
		   sizeof *items);
	size_t n;

	if (!items)
		return false;
	n = add_messages(items, 0, registrations);
	n = add_messages(items, n, messages);
	n = add_packets(items, n, runs);
	qsort(items, n, sizeof *items, by_time);
	for (size_t i = 0; i < n; i++)
		if (items[i].run)
			write_rtp(w, items[i].run, items[i].what);
		else
			write_message(w, items[i].what);
	free(items);
	return true;
}

char *pcapng_write(const json_t *trace, size_t *size)
{
	struct writer *w = calloc(1, sizeof *w);
	char *bytes = NULL;
	bool bad = true;

	if (w && (w->out = open_memstream(&bytes, size)) != NULL) {
		write_start(w->out);
		bad = !write_all(w, trace) || ferror(w->out) != 0;
		bad = fclose(w->out) != 0 || bad;
	}
	free(w);
	if (!bad)
		return bytes;
	free(bytes);
	return NULL;
}
