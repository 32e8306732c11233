/* RFC 4733 telephone events of the far end: one MEDIA_DIGIT a press, whatever is lost of it, and their way
 * through a bridge: as events, or as tones to a far end that takes none. */
#include "media/ear.h"
#include "media/player.h"
#include "media/recorder.h"
#include "media/stream.h"

#include <string.h>

enum { EVENT_SIZE = 4, EVENTS = 16, END_BIT = 0x80 };

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
	return to && to->path == PATH_FRAMES && (s->remote.dtmf_pt < 0) != (to->remote.dtmf_pt < 0) &&
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
	digits_say(s, names[d->event], (d->before + d->duration) * 1000 / s->remote.dtmf_clock_hz, false);
}

/* A long press is sent in segments, each with a timestamp where the one before ended (section 2.5.1.3). */
static bool continues(const struct digits_in *d, const struct rtp_packet *p, uint8_t event)
{
	return d->open && event == d->event && !p->marker && p->timestamp == d->timestamp + 0xffff;
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
	uint16_t duration = get16(p->payload + 2);
	if (continues(d, p, event)) {
		d->before += 0xffff;
		d->timestamp = p->timestamp;
		d->duration = 0;
	} else if (!d->known || p->timestamp != d->timestamp) {
		if (d->known && (int32_t)(p->timestamp - d->timestamp) < 0 &&
		    (int32_t)(d->timestamp - p->timestamp) < 80000)
			return; /* of an earlier press, overtaken */
		if (d->open)
			report(s);
		*d = (struct digits_in){
			.open = true, .known = true, .timestamp = p->timestamp, .event = event
		};
		s->worker->open_digits++;
		digits_press(s, names[event]);
	} else if (!d->open) {
		return; /* the end, once more */
	}
	if (duration > d->duration)
		d->duration = duration;
	d->last_us = s->worker->now_us;
	if (p->payload[1] & END_BIT)
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
	uint64_t units = (uint64_t)duration * to->remote.dtmf_clock_hz / from->remote.dtmf_clock_hz;
	return units < UINT16_MAX ? (uint32_t)units : UINT16_MAX;
}

/* On the frame path the packet goes on as it is, at the place of our own timeline where the press began. */
void digits_pass(struct stream *from, const struct rtp_packet *p)
{
	struct stream *to = from->peer;
	if (from->path == PATH_RELAY) {
		relay_packet(from, p);
		return;
	}
	if (!to || to->player || to->remote.dtmf_pt < 0 || digits_sending(to) || !send_possible(to) ||
	    from->mute_in || to->mute_out || p->payload_size < EVENT_SIZE)
		return;
	struct digits_through *d = &to->digits_through;
	if (!d->open || p->timestamp != d->from) {
		if (p->payload[1] & END_BIT && p->timestamp == d->from && !d->open)
			; /* the end, once more: with the same timestamp */
		else
			d->timestamp = to->tx.timestamp;
		d->from = p->timestamp;
	}
	d->open = !(p->payload[1] & END_BIT);
	d->last_us = from->worker->now_us;
	uint8_t packet[RTP_HEADER + EVENT_SIZE];
	memcpy(packet + RTP_HEADER, p->payload, EVENT_SIZE);
	put16(packet + RTP_HEADER + 2, scaled(get16(p->payload + 2), from, to));
	to->tx.digit_packets++;
	send_rtp(to, packet, EVENT_SIZE, (unsigned)to->remote.dtmf_pt, p->marker, d->timestamp);
}
