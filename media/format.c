/* Which payload types may come, and the change from one agreed codec to another at any packet (RFC 3264
 * section 6.1).
 *
 * A change between codecs without state and of one rate (the G.711 laws) costs nothing: each packet is
 * decoded by what its number says. Any other makes the stream's frames anew, after the tick, and the packet
 * that told of it is lost; a far end that changes again within a fifth of a second is not followed. Whether a
 * bridge is relayed again, and what we send ourselves, is chosen once the new one has come for a second. */
#include "media/frames.h"
#include "media/stream.h"

enum { SETTLED_PACKETS = 50, CHANGE_US = 200000 };

const struct media_format *format_of(const struct stream *s, unsigned pt)
{
	const struct stream_remote *r = &s->remote;
	for (unsigned i = 0; i < r->format_count; i++)
		if (r->formats[i].pt == pt)
			return &r->formats[i];
	return NULL;
}

bool format_plain(const struct media_codec *a, const struct media_codec *b)
{
	if (a == b)
		return true;
	return a && b && a->clock_hz == b->clock_hz && a->sample_hz == b->sample_hz &&
	       !codec_ops(a)->decoder_alloc && !codec_ops(b)->decoder_alloc && !codec_ops(a)->encoder_alloc &&
	       !codec_ops(b)->encoder_alloc;
}

const struct media_codec *format_codec(const struct stream *s, unsigned pt)
{
	if (pt == s->remote.heard_pt)
		return s->remote.heard;
	const struct media_format *f = format_of(s, pt);
	return f ? f->codec : NULL;
}

/* An event under a number that nobody has named, of a far end that never said that it would press digits so:
 * NULL where it cannot be one. We have named events ourselves then, and no sound of ours is four bytes long.
 */
static const struct media_format *unannounced_event(const struct stream *s, const struct rtp_packet *p)
{
	enum { DYNAMIC_PT_FIRST = 96, EVENT_SIZE = 4, EVENT_LAST = 16 };
	const struct stream_remote *r = &s->remote;
	if (p->pt < DYNAMIC_PT_FIRST || p->payload_size != EVENT_SIZE || p->payload[0] > EVENT_LAST ||
	    r->dtmf_pt >= 0)
		return NULL;
	for (unsigned i = 0; i < r->format_count; i++)
		if (!r->formats[i].codec && !r->formats[i].noise)
			return &r->formats[i];
	return NULL;
}

bool format_is_known(const struct stream *s, const struct rtp_packet *p)
{
	return p->pt == s->remote.heard_pt || p->pt == COMFORT_NOISE_PT || format_of(s, p->pt) ||
	       unannounced_event(s, p);
}

static bool adopt(struct stream *s, const struct media_format *f)
{
	struct stream_remote *r = &s->remote;
	const int64_t now_us = s->worker->now_us;
	if (f->codec != r->heard) {
		bool plain = format_plain(f->codec, r->heard);
		if (!plain && r->changed_us && now_us - r->changed_us < CHANGE_US)
			return false;
		if (f->codec->clock_hz != r->heard->clock_hz)
			s->rx.ptime_sum = s->rx.ptime_count = 0; /* counted by the other clock */
		r->changed_us = now_us;
		r->settling = SETTLED_PACKETS;
		if (!plain || s->path != PATH_FRAMES)
			stream_choose_path_later(s);
	}
	r->heard = f->codec;
	r->heard_pt = f->pt;
	return true;
}

bool format_take(struct stream *s, struct rtp_packet *p)
{
	const struct media_format *f = format_of(s, p->pt);
	if (p->pt == COMFORT_NOISE_PT || (f && f->noise)) {
		p->kind = RTP_NOISE;
		return true;
	}
	if (!f)
		f = unannounced_event(s, p);
	if (!f)
		return false;
	if (f->codec) {
		p->kind = RTP_AUDIO;
		return adopt(s, f);
	}
	p->kind = RTP_EVENT;
	s->event_hz = f->clock_hz;
	if (s->remote.dtmf_pt < 0 && !s->remote.events_come) { /* it never said that it would */
		s->remote.events_come = true;
		stream_choose_path_later(s);
	}
	return true;
}

static const struct media_format *format_sendable(const struct stream *s, const struct media_codec *codec)
{
	const struct stream_remote *r = &s->remote;
	for (unsigned i = 0; i < r->format_count; i++)
		if (r->formats[i].codec == codec && r->formats[i].send_pt >= 0)
			return &r->formats[i];
	return NULL;
}

static void send_as(struct stream *s, const struct media_format *f)
{
	if (!f)
		return;
	s->remote.codec = f->codec;
	s->remote.pt = (uint8_t)f->send_pt;
	stream_choose_path_later(s);
}

/* What lets a bridge be relayed, where both may have it; else the same that comes, as many far ends have one
 * codec at a time. */
void format_settle(struct stream *s)
{
	struct stream *peer = s->peer;
	const struct media_format *f = peer ? format_sendable(s, peer->remote.heard) : NULL,
				  *back = peer ? format_sendable(peer, s->remote.heard) : NULL;
	if (f && back) {
		send_as(s, f);
		send_as(peer, back);
	} else {
		send_as(s, format_sendable(s, s->remote.heard));
	}
	stream_choose_path_later(s);
}

static void add(struct stream_remote *r, const struct media_format *f)
{
	for (unsigned i = 0; i < r->format_count; i++)
		if (r->formats[i].pt == f->pt)
			return;
	if (r->format_count < MEDIA_FORMATS_MAX)
		r->formats[r->format_count++] = *f;
}

void format_describe(struct stream *s, const struct media_remote *remote)
{
	struct stream_remote *r = &s->remote;
	const struct media_codec *before = r->codec;
	r->format_count = 0;
	for (unsigned i = 0; i < remote->format_count && i < MEDIA_FORMATS_MAX; i++)
		add(r, &remote->formats[i]);
	add(r, &(struct media_format){ .codec = remote->codec,
				       .pt = (uint8_t)remote->pt,
				       .send_pt = (int8_t)remote->pt,
				       .clock_hz = remote->codec->clock_hz });
	if (remote->dtmf_pt >= 0)
		add(r, &(struct media_format){ .pt = (uint8_t)remote->dtmf_pt,
					       .send_pt = (int8_t)remote->dtmf_pt,
					       .clock_hz =
						   remote->dtmf_clock_hz ? remote->dtmf_clock_hz : 8000 });
	const struct media_format *heard = format_of(s, r->heard_pt);
	r->events_come = false;
	r->changed_us = 0;
	if (before == remote->codec && r->heard && heard && heard->codec == r->heard)
		return; /* it goes on in what it speaks */
	r->settling = 0;
	r->heard = remote->codec;
	r->heard_pt = (uint8_t)remote->pt;
	for (unsigned i = 0; i < r->format_count; i++)
		if (r->formats[i].codec == r->heard) {
			r->heard_pt = r->formats[i].pt;
			break;
		}
}
