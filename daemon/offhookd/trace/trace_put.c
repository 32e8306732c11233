/* What the main thread puts into a trace. See trace.h. */
#include "daemon/offhookd/trace/entry.h"
#include "daemon/offhookd/trace/ring.h"
#include "daemon/offhookd/trace/trace_own.h"
#include "lib/clock.h"
#include "lib/socket_address.h"
#include "media/media.h"

#include <netinet/in.h>
#include <string.h>

static void set_address(struct entry_address *out, const struct sockaddr_storage *from)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;

	memset(out, 0, sizeof *out);
	if (!from || (from->ss_family != AF_INET && from->ss_family != AF_INET6))
		return;
	out->family = from->ss_family;
	out->port = (uint16_t)socket_address_port(from);
	if (from->ss_family == AF_INET)
		memcpy(out->bytes, &v4->sin_addr, 4);
	else
		memcpy(out->bytes, &v6->sin6_addr, 16);
}

/* Room for an entry in the batch, or NULL: it is lost. With the lock. */
static struct entry *begin_entry(struct trace *t, size_t text_size)
{
	size_t size = (sizeof(struct entry) + text_size + 7) & ~(size_t)7;
	struct entry *e;

	if (t->filling.size + size > BATCH_MAX) {
		t->stats.lost++;
		return NULL;
	}
	e = (struct entry *)(void *)(t->filling.bytes + t->filling.size);
	memset((char *)e + size - 8, 0, 8);
	*e = (struct entry){ .magic = ENTRY_MAGIC,
			     .size = (uint32_t)size,
			     .time_us = clock_utc_us(),
			     .text_size = (uint32_t)text_size };
	t->filling.last = t->filling.size;
	t->filling.size += size;
	return e;
}

static bool is_wanted(const struct trace *t)
{
	return t->limits.keep_s || t->limits.hep_host;
}

/* With the lock. The writer sleeps only while there is nothing, or too little. */
static void wake_writer(struct trace *t, size_t before)
{
	if (before == 0 || (before < BATCH_FULL && t->filling.size >= BATCH_FULL))
		pthread_cond_signal(&t->wake);
}

void trace_put(struct trace *t, const struct trace_message *m)
{
	size_t total = 0, kept, before, at = 0;
	struct entry *e;

	for (size_t i = 0; i < m->part_count; i++)
		total += m->parts[i].iov_len;
	kept = total < ENTRY_TEXT_MAX ? total : ENTRY_TEXT_MAX;
	pthread_mutex_lock(&t->lock);
	before = t->filling.size;
	t->filling.last = SIZE_MAX;
	e = is_wanted(t) && kept ? begin_entry(t, kept) : NULL;
	if (e) {
		e->kind = ENTRY_MESSAGE;
		e->flags = (uint8_t)((m->sent ? ENTRY_SENT : 0) | (kept < total ? ENTRY_CUT : 0));
		e->transport = m->transport;
		set_address(&e->local, m->local);
		set_address(&e->remote, m->remote);
		for (size_t i = 0; i < m->part_count && at < kept; i++) {
			size_t n = m->parts[i].iov_len < kept - at ? m->parts[i].iov_len : kept - at;

			memcpy(e->text + at, m->parts[i].iov_base, n);
			at += n;
		}
		t->stats.messages++;
		wake_writer(t, before);
	}
	pthread_mutex_unlock(&t->lock);
}

void trace_take_back(struct trace *t)
{
	pthread_mutex_lock(&t->lock);
	if (t->filling.last != SIZE_MAX && t->filling.last < t->filling.size)
		t->filling.size = t->filling.last;
	t->filling.last = SIZE_MAX;
	pthread_mutex_unlock(&t->lock);
}

static uint64_t key_of(char what, const char *text)
{
	return text && text[0] ? ring_key(what, text, strlen(text)) : 0;
}

/* What `text` has by now, to be found by the keys of the link. */
static void put_link(struct trace *t, const struct trace_link *link)
{
	size_t before;
	struct entry *e;

	json_text_close(&t->text);
	if (json_text_end(&t->text) || t->text.length > ENTRY_TEXT_MAX)
		return;
	pthread_mutex_lock(&t->lock);
	before = t->filling.size;
	e = is_wanted(t) ? begin_entry(t, t->text.length) : NULL;
	if (e) {
		e->kind = ENTRY_LINK;
		e->keys[0] = key_of('s', link->sip_call_id);
		e->keys[1] = key_of('c', link->call);
		e->keys[2] = key_of('c', link->parent);
		memcpy(e->text, t->text.text, t->text.length);
		wake_writer(t, before);
	}
	t->filling.last = SIZE_MAX;
	pthread_mutex_unlock(&t->lock);
}

void trace_link(struct trace *t, const struct trace_link *link)
{
	json_text_reset(&t->text);
	json_text_element_open(&t->text);
	json_text_string(&t->text, "call", link->call);
	json_text_string(&t->text, "parent_call_id", link->parent);
	json_text_string(&t->text, "sip_call_id", link->sip_call_id);
	json_text_string(&t->text, "direction", link->direction);
	json_text_string(&t->text, "from", link->from);
	json_text_string(&t->text, "to", link->to);
	json_text_string(&t->text, "user", link->user);
	json_text_string(&t->text, "trunk", link->trunk);
	json_text_string(&t->text, "number", link->number);
	json_text_string(&t->text, "line", link->line);
	put_link(t, link);
}

void trace_refuse(struct trace *t, const char *sip_call_id, int code, const char *why)
{
	struct trace_link link = { .sip_call_id = sip_call_id };

	json_text_reset(&t->text);
	json_text_element_open(&t->text);
	json_text_string(&t->text, "sip_call_id", sip_call_id);
	json_text_int(&t->text, "code", code);
	json_text_string(&t->text, "why", why);
	put_link(t, &link);
}

static void set_rtp_address(struct entry_address *out, const union address *from)
{
	struct sockaddr_storage all = { 0 };

	memcpy(&all, from, sizeof *from);
	set_address(out, &all);
}

static void fill_rtp(struct entry *e, const char *call, const struct media_header_run *run)
{
	struct entry_rtp *rtp = (struct entry_rtp *)(void *)e->text;

	e->kind = ENTRY_RTP;
	e->flags = run->sent ? ENTRY_SENT : 0;
	e->time_us = run->packets[0].time_us;
	set_rtp_address(&e->local, &run->local);
	set_rtp_address(&e->remote, &run->remote);
	memset(rtp, 0, sizeof *rtp);
	memcpy(rtp->call, call, strlen(call));
	rtp->ssrc = run->ssrc;
	rtp->count = (uint32_t)run->count;
	for (size_t i = 0; i < run->count; i++) {
		const struct media_header *h = &run->packets[i];
		int64_t after = (h->time_us - e->time_us) / 1000;
		struct entry_packet *p = &rtp->packets[i];

		*p = (struct entry_packet){ .after_ms = after > 0 ? (uint32_t)after : 0, .size = h->size };
		memcpy(p->head, h->head, sizeof p->head);
	}
}

void trace_rtp(struct trace *t, const char *call, const struct media_header_run *run)
{
	size_t size = sizeof(struct entry_rtp) + run->count * sizeof(struct entry_packet), before;
	struct entry *e;

	if (!run->count || strlen(call) >= ENTRY_CALL_SIZE)
		return;
	pthread_mutex_lock(&t->lock);
	before = t->filling.size;
	e = is_wanted(t) ? begin_entry(t, size) : NULL;
	if (e) {
		fill_rtp(e, call, run);
		wake_writer(t, before);
	}
	t->filling.last = SIZE_MAX;
	pthread_mutex_unlock(&t->lock);
}
