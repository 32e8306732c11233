/* See show.h. */
#include "daemon/offhookd/trace/show.h"

#include "daemon/offhookd/trace/sipline.h"
#include "lib/conf.h"
#include "lib/utf8.h"
#include "media/rtp.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *address(const struct entry_address *a)
{
	char host[INET6_ADDRSTRLEN] = "", text[INET6_ADDRSTRLEN + 16];

	if (!a->family || !inet_ntop(a->family, a->bytes, host, sizeof host))
		return NULL;
	snprintf(text, sizeof text, a->family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, a->port);
	return json_string(text);
}

/* What is no text has a "?" for each of its bytes. */
static json_t *text_of(const char *bytes, size_t size)
{
	char *copy = malloc(size + 1);
	json_t *out;

	if (!copy)
		return NULL;
	memcpy(copy, bytes, size);
	copy[size] = '\0';
	for (size_t at = 0; at < size;) {
		size_t n = utf8_length((unsigned char *)copy + at);

		if (n == 0)
			copy[at] = '?';
		at += n ? n : 1;
	}
	out = json_stringn(copy, size);
	free(copy);
	return out;
}

static json_t *slice(const struct sip_slice *s)
{
	return s->at ? text_of(s->at, s->size) : NULL;
}

json_t *show_message(const struct entry *entry, const char *call)
{
	/* it has stood on a disk */
	const char *transport =
	    conf_transport_name(entry->transport <= CONF_TLS ? entry->transport : CONF_UDP);
	struct sipline sip;
	json_t *out;

	if (!sipline_read(&sip, entry->text, entry->text_size))
		return NULL;
	out = json_pack("{s:I,s:b,s:s,s:o*,s:o*,s:s*,s:o*,s:o*,s:o*,s:o*,s:o*}", "time_us",
			(json_int_t)entry->time_us, "sent", (int)((entry->flags & ENTRY_SENT) != 0),
			"transport", transport, "local", address(&entry->local), "remote",
			address(&entry->remote), "call", call, "method", slice(&sip.method), "sip_call_id",
			slice(&sip.call_id), "from_user", slice(&sip.from_user), "to_user",
			slice(&sip.to_user), "request_user", slice(&sip.request_user));
	if (!out)
		return NULL;
	if (sip.code) {
		json_object_set_new(out, "code", json_integer(sip.code));
		json_object_set_new(out, "phrase", sip.phrase.at ? slice(&sip.phrase) : json_string(""));
	}
	if (entry->flags & ENTRY_CUT)
		json_object_set_new(out, "cut", json_true());
	json_object_set_new(out, "text", text_of(entry->text, entry->text_size));
	return out;
}

json_t *show_link(const struct entry *entry)
{
	json_t *link = json_loadb(entry->text, entry->text_size, 0, NULL);

	if (json_is_string(json_object_get(link, "call")) &&
	    json_is_string(json_object_get(link, "sip_call_id")))
		return link;
	json_decref(link);
	return NULL;
}

json_t *show_refusal(const struct entry *entry)
{
	json_t *one = json_loadb(entry->text, entry->text_size, 0, NULL);

	if (json_is_string(json_object_get(one, "why"))) {
		json_object_set_new(one, "time_us", json_integer(entry->time_us));
		return one;
	}
	json_decref(one);
	return NULL;
}

static json_t *packet(const struct entry *entry, const struct entry_packet *p)
{
	return json_pack("[I,i,i,i,I,i]", (json_int_t)(entry->time_us + (int64_t)p->after_ms * 1000),
			 p->head[1] & 0x7f, p->head[1] >> 7, get16(p->head + 2),
			 (json_int_t)get32(p->head + 4), p->size);
}

json_t *show_rtp(const struct entry *entry)
{
	const struct entry_rtp *rtp = entry_rtp(entry);
	json_t *packets = rtp ? json_array() : NULL;

	if (!packets)
		return NULL;
	for (uint32_t i = 0; i < rtp->count; i++)
		json_array_append_new(packets, packet(entry, &rtp->packets[i]));
	return json_pack("{s:s,s:b,s:o*,s:o*,s:I,s:o}", "call", rtp->call, "sent",
			 (int)((entry->flags & ENTRY_SENT) != 0), "local", address(&entry->local), "remote",
			 address(&entry->remote), "ssrc", (json_int_t)rtp->ssrc, "packets", packets);
}
