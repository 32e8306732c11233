#include "media/frames.h"

#include "media/player.h"
#include "media/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { JITTER_MS = 40, SILENT_RATE = 8000 };

static uint32_t clock_at(const struct frames *f, int64_t us)
{
	return (uint32_t)((uint64_t)us * (f->codec->clock_hz / 100) / 10000);
}

static int make_codec_state(struct frames *f)
{
	const struct codec_ops *ops = codec_ops(f->codec);
	int err = jbuf_alloc(&f->jbuf, f->codec->clock_hz, JITTER_MS);
	if (!err && ops->decoder_alloc)
		err = ops->decoder_alloc(&f->decoder, f->codec);
	if (!err && ops->encoder_alloc)
		err = ops->encoder_alloc(&f->encoder, f->codec);
	return err;
}

static void frames_free(struct frames *f)
{
	if (!f)
		return;
	if (f->codec) {
		const struct codec_ops *ops = codec_ops(f->codec);
		if (f->decoder)
			ops->decoder_free(f->decoder);
		if (f->encoder)
			ops->encoder_free(f->encoder);
	}
	jbuf_free(f->jbuf);
	free(f);
}

int frames_enter(struct stream *s)
{
	const struct media_codec *codec = s->remote.codec;
	unsigned rate = codec ? codec->sample_hz : SILENT_RATE;
	size_t size = rate / 1000 * FRAME_MS, packet = rate / 1000 * s->remote.ptime_ms;
	size_t waiting_max = rate / 1000 * CODEC_MAX_MS + size, unsent_max = packet + size;
	struct frames *f = calloc(1, sizeof *f + (size + waiting_max + unsent_max) * sizeof f->in[0]);
	if (!f)
		return ENOMEM;
	f->codec = codec;
	f->rate = rate;
	f->size = size;
	f->packet = packet;
	f->waiting_max = waiting_max;
	f->unsent_max = unsent_max;
	f->wait_samples = f->in + size;
	f->unsent_samples = f->wait_samples + waiting_max;
	if (codec && make_codec_state(f)) {
		frames_free(f);
		return ENOMEM;
	}
	s->frames = f;
	worker_tick_add(s->worker, s);
	return 0;
}

void frames_leave(struct stream *s)
{
	worker_tick_remove(s->worker, s);
	frames_free(s->frames);
	s->frames = NULL;
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
	};
	jbuf_put(f->jbuf, &packet, clock_at(f, s->worker->now_us));
}

void frames_restart(struct stream *s)
{
	if (s->frames->jbuf)
		jbuf_restart(s->frames->jbuf);
}

/* Takes what is due until the end of this frame out of the jitter buffer. */
static void fill(struct stream *s, struct frames *f)
{
	uint32_t until = clock_at(f, s->worker->tick_us) + f->codec->clock_hz / 1000 * FRAME_MS - 1;
	struct jbuf_packet packet;
	while (f->waiting < f->size && jbuf_get(f->jbuf, until, &packet))
		f->waiting +=
		    codec_ops(f->codec)->decode(f->decoder, f->wait_samples + f->waiting,
						f->waiting_max - f->waiting, packet.payload, packet.size);
}

static void hear(struct stream *s)
{
	struct frames *f = s->frames;
	f->heard = false;
	if (f->codec)
		fill(s, f);
	size_t n = f->waiting < f->size ? f->waiting : f->size;
	if (n == 0 || s->mute_in) {
		memset(f->in, 0, f->size * sizeof f->in[0]);
	} else {
		memcpy(f->in, f->wait_samples, n * sizeof f->in[0]);
		memset(f->in + n, 0, (f->size - n) * sizeof f->in[0]);
		f->heard = true;
	}
	f->flowing = f->flowing || n > 0;
	f->waiting -= n;
	memmove(f->wait_samples, f->wait_samples + n, f->waiting * sizeof f->in[0]);
}

/* What the far end is to hear now, into `out`. */
static void choose_output(struct stream *s, int16_t *out)
{
	struct frames *f = s->frames;
	const struct frames *source = NULL;
	if (s->player && f->codec) {
		player_read(s, out, f->size, f->rate);
		if (player_over(s->player))
			player_finish(s, MEDIA_END_COMPLETED);
	} else {
		if (s->echo)
			source = f;
		else if (s->peer && s->peer->frames && s->peer->frames->rate == f->rate)
			source = s->peer->frames;
		if (source && source->heard)
			memcpy(out, source->in, f->size * sizeof *out);
		else
			memset(out, 0, f->size * sizeof *out);
	}
	if (s->mute_out)
		memset(out, 0, f->size * sizeof *out);
}

static void mix_beep(struct stream *s, int16_t *out, size_t count)
{
	int16_t *beep = s->worker->scratch;
	size_t n = tones_read(s->beep, beep, count);
	for (size_t i = 0; i < n; i++) {
		int sum = out[i] + beep[i];
		out[i] = (int16_t)(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
	}
	if (!s->beep->round_over)
		return;
	s->beep_over = true;
	stream_choose_path_later(s);
}

static void send_packet(struct stream *s, const int16_t *samples, size_t count)
{
	struct frames *f = s->frames;
	uint32_t units = (uint32_t)(count * f->codec->clock_hz / f->rate);
	uint8_t *packet = s->worker->out_packet;
	if (send_possible(s)) {
		size_t size = codec_ops(f->codec)->encode(f->encoder, packet + RTP_HEADER, CODEC_MAX_PAYLOAD,
							  samples, count);
		if (size > 0) {
			send_rtp(s, packet, size, s->remote.pt, s->tx.marker, s->tx.timestamp);
			s->tx.marker = false;
		} else {
			s->tx.marker = true;
		}
	}
	s->tx.timestamp += units;
}

static void send_frame(struct stream *s, const int16_t *frame)
{
	struct frames *f = s->frames;
	if (f->packet == f->size) {
		send_packet(s, frame, f->size);
		return;
	}
	memcpy(f->unsent_samples + f->unsent, frame, f->size * sizeof *frame);
	f->unsent += f->size;
	size_t at = 0;
	for (; f->unsent - at >= f->packet; at += f->packet)
		send_packet(s, f->unsent_samples + at, f->packet);
	f->unsent -= at;
	memmove(f->unsent_samples, f->unsent_samples + at, f->unsent * sizeof *frame);
}

/* After a relay the peer's jitter buffer is empty at first. To send silence meanwhile would be heard as a
 * gap; to send nothing only makes our packets late once, by what the far end's own jitter buffer takes. */
static bool held_back(struct stream *s)
{
	if (s->hold_ticks == 0)
		return false;
	if (!s->peer || s->player || !s->peer->frames || s->peer->frames->flowing) {
		s->hold_ticks = 0;
		return false;
	}
	s->hold_ticks--;
	return true;
}

static void say(struct stream *s)
{
	struct frames *f = s->frames;
	int16_t *out = s->worker->frame;
	if (held_back(s))
		return;
	choose_output(s, out);
	if (s->beep && !s->beep_over)
		mix_beep(s, out, f->size);
	bool digit = f->codec && digits_tick(s, out, f->size, f->rate);
	if (s->recorder)
		recorder_write(s, f->in, out, f->size, f->rate);
	if (!f->codec)
		return;
	if (digit)
		s->tx.timestamp += (uint32_t)(f->size * f->codec->clock_hz / f->rate);
	else
		send_frame(s, out);
}

/* What ends in a tick (a file, a recording) may change the path of its stream and of the peer, and with it
 * who is on the tick: that is done after the tick. */
static void choose_stale_paths(struct worker *w)
{
	struct stream *s = TAILQ_FIRST(&w->frames);
	while (s) {
		if (s->path_stale) {
			stream_choose_path(s);
			s = TAILQ_FIRST(&w->frames);
		} else {
			s = TAILQ_NEXT(s, frames_link);
		}
	}
	w->paths_stale = false;
}

void frames_tick(struct worker *w)
{
	struct stream *s;
	TAILQ_FOREACH(s, &w->frames, frames_link)
	hear(s);
	TAILQ_FOREACH(s, &w->frames, frames_link)
	say(s);
	if (w->paths_stale)
		choose_stale_paths(w);
}
