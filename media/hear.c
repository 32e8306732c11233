/* The receiving half of the frame path: jitter buffer, decoding, concealment of losses, comfort noise. */
#include "media/frames.h"
#include "media/tap.h"

#include <math.h>
#include <string.h>

enum {
	CONCEAL_MAX = 5,     /* frames in a row that are made up; then it is silence */
	OVERDUE_FRAMES = 10, /* what is so late is not worth hearing */
	EXCESS_TICKS = 10,
	SILENCE = 64,
	NOISE_LOUDEST = 25, /* whatever a far end says: nobody wants to hear more of a line's noise */
};

static uint32_t clock_at(const struct frames *f, int64_t us)
{
	return (uint32_t)((uint64_t)us * (f->heard_codec->clock_hz / 100) / 10000);
}

void frames_put(struct stream *s, const struct rtp_packet *p)
{
	struct frames *f = s->frames;
	if (!f->jbuf)
		return;
	struct jbuf_packet packet = {
		.payload = p->payload,
		.size = p->payload_size,
		.timestamp = p->timestamp,
		.seq = p->seq,
		.marker = p->marker,
		.pt = p->pt,
		.noise = p->kind == RTP_NOISE,
	};
	jbuf_put(f->jbuf, &packet, clock_at(f, s->worker->now_us));
}

void frames_restart(struct stream *s)
{
	if (s->frames->jbuf)
		s->rx.flushed += jbuf_restart(s->frames->jbuf);
}

/* What was made up is counted when the next packet shows that something had been lost or late, and not that
 * the far end had paused: then its sequence goes on and its timestamp has gone ahead. */
static void count_concealed(struct stream *s, struct frames *f, const struct jbuf_packet *p)
{
	bool paused = p->seq == f->next_seq && p->timestamp != f->next_timestamp;
	if (!paused)
		s->rx.concealed_ms += f->concealed_ms;
	f->concealed_ms = 0;
}

/* The far end says what its line sounds like while it sends nothing. */
static void begin_pause(struct frames *f, const struct jbuf_packet *p)
{
	unsigned level = p->payload[0] & 0x7f; /* [−dBov] */
	if (level < NOISE_LOUDEST)
		level = NOISE_LOUDEST;
	f->pausing = true;
	f->noise = (unsigned)(32767 * powf(10, -(float)level / 20) * 1.73f); /* of even distribution */
	f->next_seq = (uint16_t)(p->seq + 1);
	f->next_timestamp = p->timestamp;
}

static void decode(struct stream *s, struct frames *f, const struct jbuf_packet *p)
{
	count_concealed(s, f, p);
	if (p->noise) {
		begin_pause(f, p);
		return;
	}
	int16_t *at = f->wait_samples + f->waiting;
	const struct media_codec *codec = format_codec(s, p->pt);
	if (!format_plain(codec, f->heard_codec))
		return; /* of before a change, or after one that the frames have not followed yet */
	size_t n = codec_ops(codec)->decode(f->decoder, at, f->waiting_max - f->waiting, p->payload, p->size);
	if (n > 0 && !codec_ops(f->heard_codec)->conceal)
		conceal_heard(&f->conceal, at, n);
	if (n > 0) {
		f->concealed = 0;
		f->pausing = false;
		f->flowing = true;
	}
	f->next_seq = (uint16_t)(p->seq + 1);
	f->next_timestamp = p->timestamp + (uint32_t)(n * f->heard_codec->clock_hz / f->heard_rate);
	f->waiting += n;
}

/* Nothing but a line's own noise. */
static bool silent(const int16_t *samples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (samples[i] > SILENCE || samples[i] < -SILENCE)
			return false;
	return true;
}

/* Two frames become one that begins as the first and ends as the second. */
static void cut(struct frames *f)
{
	int16_t *w = f->wait_samples;
	int n = (int)f->heard_size;
	for (int i = 0; i < n; i++)
		w[i] = (int16_t)((w[i] * (n - i) + w[i + n] * i) / n);
	f->waiting -= f->heard_size;
	memmove(w + n, w + 2 * n, (f->waiting - f->heard_size) * sizeof *w);
	f->excess = 0;
}

/* What is overdue although we have enough: the far end's clock is faster, or the delay has shrunk, or a
 * hold-up is over. Of what has piled up a frame is left out, where it is silent at once, else after a while.
 */
static void catch_up(struct stream *s, struct frames *f, uint32_t until, uint32_t frame)
{
	struct jbuf_packet packet;
	while (jbuf_get(f->jbuf, until - OVERDUE_FRAMES * frame, &packet))
		s->rx.late++;
	if (f->waiting > f->heard_size || !jbuf_get(f->jbuf, until - frame, &packet)) {
		f->excess = 0;
		return;
	}
	decode(s, f, &packet);
	if (f->waiting < 2 * f->heard_size ||
	    (++f->excess <= EXCESS_TICKS && !silent(f->wait_samples, 2 * f->heard_size)))
		return;
	cut(f);
	s->rx.skipped++;
}

/* Takes what is due until the end of this frame out of the jitter buffer. */
static void fill(struct stream *s, struct frames *f)
{
	uint32_t frame = f->heard_codec->clock_hz / 1000 * FRAME_MS;
	uint32_t until = clock_at(f, s->worker->tick_us) + frame - 1;
	struct jbuf_packet packet;
	while (f->waiting < f->heard_size && jbuf_get(f->jbuf, until, &packet))
		decode(s, f, &packet);
	if (f->waiting >= f->heard_size)
		catch_up(s, f, until, frame);
}

static size_t make_up(struct frames *f, int16_t *out, size_t count)
{
	const struct codec_ops *ops = codec_ops(f->heard_codec);
	if (!ops->conceal) {
		conceal_make(&f->conceal, out, count);
		return count;
	}
	struct jbuf_packet next;
	bool have = jbuf_peek(f->jbuf, &next);
	return ops->conceal(f->decoder, out, count, have ? next.payload : NULL, have ? next.size : 0);
}

static void fill_up(struct frames *f)
{
	if (!f->flowing || f->pausing || f->concealed >= CONCEAL_MAX)
		return;
	size_t missing = f->heard_size - f->waiting;
	size_t n = make_up(f, f->wait_samples + f->waiting, missing);
	f->concealed++;
	f->concealed_ms += (unsigned)(missing * 1000 / f->heard_rate);
	f->waiting += n < missing ? n : missing;
}

static bool comfort(struct frames *f)
{
	if (!f->pausing || f->noise == 0)
		return false;
	for (size_t i = 0; i < f->size; i++) {
		f->noise_seed = f->noise_seed * 1664525u + 1013904223u;
		f->in[i] = (int16_t)((int32_t)(f->noise_seed >> 16) * (int32_t)(2 * f->noise) / 65536 -
				     (int32_t)f->noise);
	}
	return true;
}

/* The first `n` samples that wait, as a frame at our rate. */
static void take_frame(struct frames *f, size_t n)
{
	if (f->heard_rate == f->rate) {
		memcpy(f->in, f->wait_samples, n * sizeof f->in[0]);
		memset(f->in + n, 0, (f->size - n) * sizeof f->in[0]);
		return;
	}
	memset(f->wait_samples + n, 0, (f->heard_size - n) * sizeof f->in[0]); /* there is room for more */
	convert_frame(&f->heard_convert, f->wait_samples, f->heard_size, f->in, f->size);
}

static void hear_packets(struct stream *s, struct frames *f)
{
	if (f->heard_codec)
		fill(s, f);
	if (f->heard_codec && f->waiting < f->heard_size)
		fill_up(f);
	size_t n = f->waiting < f->heard_size ? f->waiting : f->heard_size;
	if (n > 0) {
		take_frame(f, n);
		f->heard = true;
	} else {
		f->heard = comfort(f);
	}
	s->sounded = s->sounded || (n > 0 && !silent(f->in, f->size));
	f->waiting -= n;
	memmove(f->wait_samples, f->wait_samples + n, f->waiting * sizeof f->in[0]);
}

void frames_hear(struct stream *s)
{
	struct frames *f = s->frames;
	f->heard = false;
	if (s->remote.by_tap)
		f->heard = tap_take(s, f->in, f->size, f->rate);
	else
		hear_packets(s, f);
	if (!f->heard)
		memset(f->in, 0, f->size * sizeof f->in[0]);
	if (s->ear)
		digits_hear_frame(s);
	if (s->detector)
		detect_frame(s);
	if (s->activity && f->heard_codec)
		activity_frame(s);
	if (s->mute_in)
		memset(f->in, 0, f->size * sizeof f->in[0]);
	f->heard = f->heard && !s->mute_in;
}
