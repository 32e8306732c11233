/* Digits that we send: RFC 4733 packets in place of audio, or tones in it. */
#include "media/codec.h"
#include "media/recorder.h"
#include "media/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	EVENT_SIZE = 4,
	END_BIT = 0x80,
	VOLUME = 10, /* −10 dBm0 */
	SEGMENT_MAX = 0xffff,
	ENDS = 3, /* the last packet of a press is sent this often */
	PRESS_MS = 160,
	PRESS_MIN_MS = 40,
	PRESS_MAX_MS = 20000,
	TURNED_MS = 80, /* at least, of a peer's digit that is passed on in another way */
	GAP_MS = 60,
	THROUGH_SILENCE_US = 100000,
};

static int enqueue(struct digits_out *d, const char *digits)
{
	size_t n = strlen(digits);
	if (n > DIGITS_QUEUE - d->count)
		return ENOBUFS;
	for (size_t i = 0; i < n; i++)
		d->queue[(d->head + d->count++) % DIGITS_QUEUE] = digits[i];
	return 0;
}

int digits_queue(struct stream *s, const char *digits, unsigned duration_ms)
{
	struct digits_out *d = &s->digits_out;
	int err = enqueue(d, digits);
	if (err)
		return err;
	if (duration_ms == 0)
		duration_ms = PRESS_MS;
	d->duration_ms = duration_ms < PRESS_MIN_MS   ? PRESS_MIN_MS
			 : duration_ms > PRESS_MAX_MS ? PRESS_MAX_MS
						      : duration_ms;
	return 0;
}

void digits_hold(struct stream *s, char digit)
{
	const char digits[2] = { digit, 0 };
	bool alone = !digits_sending(s);
	if (enqueue(&s->digits_out, digits) || !alone)
		return;
	s->digits_out.held = true;
	s->digits_out.duration_ms = TURNED_MS;
}

static int event_of(char digit)
{
	static const char names[] = "0123456789*#ABCD";
	const char *at = strchr(names, digit);
	return at ? (int)(at - names) : 0;
}

static void pause_for(struct digits_out *d, unsigned ms)
{
	d->step = DIGITS_GAP;
	d->gap_ms = ms;
}

static void begin(struct stream *s, unsigned rate)
{
	struct digits_out *d = &s->digits_out;
	d->digit = d->queue[d->head];
	d->head = (d->head + 1) % DIGITS_QUEUE;
	d->count--;
	d->elapsed_ms = 0;
	if (d->digit == 'w' || d->digit == 'W') {
		pause_for(d, d->digit == 'w' ? 500 : 1000);
		return;
	}
	d->step = DIGITS_SOUND;
	d->timestamp = s->tx.timestamp;
	d->segment = 0;
	tones_start_digit(&d->tone, d->digit, rate);
}

static void send_event(struct stream *s, uint32_t timestamp, uint32_t duration, bool marker, bool end)
{
	uint8_t packet[RTP_HEADER + EVENT_SIZE];
	packet[RTP_HEADER] = (uint8_t)event_of(s->digits_out.digit);
	packet[RTP_HEADER + 1] = (uint8_t)((end ? END_BIT : 0) | VOLUME);
	put16(packet + RTP_HEADER + 2, duration);
	if (!send_possible(s))
		return;
	s->tx.digit_packets++;
	send_rtp(s, packet, EVENT_SIZE, (unsigned)s->remote.dtmf_pt, marker, timestamp);
}

static void sound_event(struct stream *s, bool first, bool last)
{
	struct digits_out *d = &s->digits_out;
	uint32_t duration = d->elapsed_ms * (s->remote.dtmf_clock_hz / 1000) - d->segment;
	if (duration > SEGMENT_MAX) { /* a long press goes on in another segment: section 2.5.1.3 */
		send_event(s, d->timestamp, SEGMENT_MAX, false, false);
		d->timestamp += SEGMENT_MAX;
		d->segment += SEGMENT_MAX;
		duration -= SEGMENT_MAX;
	}
	for (int i = 0; i < (last ? ENDS : 1); i++)
		send_event(s, d->timestamp, duration, first, last);
}

/* A peer's digit is passing: its audio, of the same moment, stays out. */
static bool passing(struct stream *s)
{
	struct digits_through *d = &s->digits_through;
	if (d->open && s->worker->now_us - d->last_us > THROUGH_SILENCE_US)
		d->open = false;
	return d->open;
}

static bool sound(struct stream *s, int16_t *frame, size_t count)
{
	struct digits_out *d = &s->digits_out;
	bool events = s->remote.dtmf_pt >= 0, first = d->elapsed_ms == 0;
	d->elapsed_ms += FRAME_MS;
	bool last = d->elapsed_ms >= (d->held ? PRESS_MAX_MS : d->duration_ms);
	if (s->recorder)
		recorder_mask(s->recorder);
	if (events)
		sound_event(s, first, last);
	else
		tones_read(&d->tone, frame, count);
	if (last) {
		s->tx.digits++;
		d->held = false;
		pause_for(d, GAP_MS);
	}
	return events;
}

bool digits_tick(struct stream *s, int16_t *frame, size_t count, unsigned rate)
{
	struct digits_out *d = &s->digits_out;
	if (d->step == DIGITS_IDLE && d->count > 0)
		begin(s, rate);
	if (d->step == DIGITS_SOUND)
		return sound(s, frame, count);
	if (d->step == DIGITS_GAP) {
		d->elapsed_ms = 0;
		d->gap_ms -= d->gap_ms < FRAME_MS ? d->gap_ms : FRAME_MS;
		memset(frame, 0, count * sizeof *frame);
		if (d->gap_ms == 0) {
			d->step = DIGITS_IDLE;
			if (d->count == 0)
				stream_choose_path_later(s);
		}
		return false;
	}
	return passing(s);
}
