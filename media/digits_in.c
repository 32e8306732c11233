/* RFC 4733 telephone events of the far end: one MEDIA_DIGIT a press, whatever is lost of it, and their way
 * through a bridge: as events, or as tones to a far end that takes none. */
#include "media/ear.h"
#include "media/player.h"
#include "media/recorder.h"
#include "media/stream.h"

#include <string.h>

enum {
	EVENT_SIZE = 4,
	EVENTS = 16,
	END_BIT = 0x80,
	OVERTAKEN_MAX = 64, /* packets */
	GROWING_MS = 60,
	GROWING_US = 150000,
};

static const char names[EVENTS + 1] = "0123456789*#ABCD";

static void close_digit(struct stream *s)
{
	s->digits_in.open = false;
	s->worker->open_digits--;
}

void digits_say(struct stream *s, char digit, unsigned duration_ms, bool inband)
{
	s->rx.digits++;
	if (s->player && player_barge_in(s->player))
		player_finish(s, MEDIA_END_STOPPED);
	struct worker_event *e = worker_event_new(s->worker, s, MEDIA_DIGIT);
	if (!e)
		return;
	e->event.digit.digit = digit;
	e->event.digit.duration_ms = duration_ms;
	e->event.digit.inband = inband;
	worker_event_send(s->worker, e);
}

/* The peer's far end is to have this digit, and not as this stream's has sent it. */
static bool to_be_turned(const struct stream *s)
{
	const struct stream *to = s->peer;
	return to && to->path == PATH_FRAMES && digits_come(s) != (to->remote.dtmf_pt >= 0) &&
	       !to->remote.digits_elsewhere && !to->player && !s->mute_in && !to->mute_out;
}

void digits_press(struct stream *s, char digit)
{
	if (to_be_turned(s))
		digits_hold(s->peer, digit);
}

void digits_let_go(struct stream *s)
{
	if (s->peer)
		s->peer->digits_out.held = false;
}

static void report(struct stream *s)
{
	struct digits_in *d = &s->digits_in;
	close_digit(s);
	digits_let_go(s);
	digits_say(s, names[d->event], (unsigned)((uint64_t)(d->before + d->duration) * 1000 / d->clock_hz),
		   false);
}

/* A long press is sent in segments, each with a timestamp where the one before ended (section 2.5.1.3). */
static bool continues(const struct digits_in *d, const struct rtp_packet *p, uint8_t event)
{
	uint32_t step = p->timestamp - d->timestamp;
	return d->open && event == d->event && !p->marker && (step == 0xffff || step == 0x10000);
}

/* A packet of the press before this one, or of this one, that was overtaken. */
static bool is_overtaken(const struct digits_in *d, const struct rtp_packet *p)
{
	if (!d->known)
		return false;
	if (p->ssrc == d->ssrc && (uint16_t)(d->seq - p->seq) < OVERTAKEN_MAX)
		return true;
	return (int32_t)(p->timestamp - d->latest) < 0 && (int32_t)(d->latest - p->timestamp) < 80000;
}

/* All packets of a press have its timestamp (section 2.5.1.2). Some senders let it grow by the time that has
 * passed, which is less than lies between two presses; and some leave it where it is for the next press,
 * which shows by another event, or by a marker without the end. */
static bool is_same_press(const struct stream *s, const struct rtp_packet *p, uint8_t event, bool end)
{
	const struct digits_in *d = &s->digits_in;
	if (!d->known || event != d->event)
		return false;
	if (p->timestamp == d->latest)
		return d->open || !p->marker || end;
	return !p->marker && (d->open || end) && s->worker->now_us - d->last_us < GROWING_US &&
	       p->timestamp - d->latest <= s->event_hz / 1000 * GROWING_MS;
}

static void begin_press(struct stream *s, const struct rtp_packet *p, uint8_t event)
{
	struct digits_in *d = &s->digits_in;
	if (d->open)
		report(s);
	*d = (struct digits_in){ .open = true,
				 .known = true,
				 .press = d->press + 1,
				 .timestamp = p->timestamp,
				 .event = event,
				 .clock_hz = s->event_hz };
	s->worker->open_digits++;
	digits_press(s, names[event]);
}

void digits_take(struct stream *s, const struct rtp_packet *p)
{
	struct digits_in *d = &s->digits_in;
	s->rx.digit_packets++;
	if (s->recorder)
		recorder_mask(s->recorder);
	if (p->payload_size < EVENT_SIZE || p->payload[0] >= EVENTS)
		return; /* flash and the like are no digits */
	uint8_t event = p->payload[0];
	bool end = p->payload[1] & END_BIT;
	uint16_t duration = get16(p->payload + 2);
	if (is_overtaken(d, p))
		return;
	if (continues(d, p, event)) {
		d->before += 0xffff;
		d->timestamp = p->timestamp;
		d->duration = 0;
	} else if (!is_same_press(s, p, event, end)) {
		begin_press(s, p, event);
	}
	d->latest = p->timestamp;
	d->ssrc = p->ssrc;
	d->seq = p->seq;
	d->last_us = s->worker->now_us;
	if (!d->open)
		return; /* the end, once more */
	if (duration > d->duration)
		d->duration = duration;
	if (end)
		report(s);
}

unsigned digits_pressed(const struct stream *s)
{
	return (s->digits_in.open ? 1u : 0u) + (s->ear && s->ear->digit ? 1u : 0u);
}

void digits_expire(struct stream *s, int64_t older_than_us)
{
	if (s->digits_in.open && s->digits_in.last_us < older_than_us)
		report(s); /* all packets with the end bit were lost */
	if (s->ear && s->ear->digit && s->ear->last_us < older_than_us)
		digits_stop_hearing(s); /* the audio ended with it */
}

/* A duration in the other side's clock units. */
static uint32_t scaled(uint32_t duration, const struct stream *from, const struct stream *to)
{
	uint64_t units = (uint64_t)duration * to->remote.dtmf_clock_hz / from->event_hz;
	return units < UINT16_MAX ? (uint32_t)units : UINT16_MAX;
}

/* On the frame path the packet goes on as it is, at the place of our own timeline where the press began. */
void digits_pass(struct stream *from, const struct rtp_packet *p)
{
	struct stream *to = from->peer;
	if (from->path == PATH_RELAY) {
		if (p->payload_size >= EVENT_SIZE && from->event_hz != to->remote.dtmf_clock_hz)
			put16(p->bytes + (p->payload - p->bytes) + 2,
			      scaled(get16(p->payload + 2), from, to));
		relay_packet(from, p);
		return;
	}
	if (!to || to->player || to->remote.dtmf_pt < 0 || digits_sending(to) || !send_possible(to) ||
	    from->mute_in || to->mute_out || p->payload_size < EVENT_SIZE)
		return;
	struct digits_through *d = &to->digits_through;
	bool digit = p->payload[0] < EVENTS;
	uint32_t press = digit ? from->digits_in.press : 0;
	uint32_t begin =
	    digit ? from->digits_in.timestamp : p->timestamp; /* of a segment, where it is long */
	if (digit && p->timestamp != from->digits_in.latest)
		return; /* overtaken */
	if (d->press != press || d->from != begin) {
		d->timestamp = to->tx.timestamp;
		d->press = press;
		d->from = begin;
	}
	d->open = !(p->payload[1] & END_BIT);
	d->last_us = from->worker->now_us;
	uint8_t packet[RTP_HEADER + EVENT_SIZE];
	memcpy(packet + RTP_HEADER, p->payload, EVENT_SIZE);
	put16(packet + RTP_HEADER + 2, scaled(get16(p->payload + 2), from, to));
	to->tx.digit_packets++;
	send_rtp(to, packet, EVENT_SIZE, (unsigned)to->remote.dtmf_pt, p->marker, d->timestamp);
}
