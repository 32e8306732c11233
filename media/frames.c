#include "media/frames.h"

#include "media/ear.h"
#include "media/player.h"
#include "media/recorder.h"
#include "media/room.h"
#include "media/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { JITTER_MS = 40, JITTER_ROOM_MS = 600, JITTER_ROOM_MAX = 20480, SILENT_RATE = 8000, BREATH = 32 };

static int make_codec_state(struct frames *f)
{
	const struct codec_ops *ops = codec_ops(f->codec), *heard = codec_ops(f->heard_codec);
	size_t room =
	    f->heard_rate / 1000 * JITTER_ROOM_MS * sizeof(int16_t); /* no codec's packets are longer */
	int err = jbuf_alloc(&f->jbuf, f->heard_codec->clock_hz, JITTER_MS,
			     room < JITTER_ROOM_MAX ? room : JITTER_ROOM_MAX);
	if (!err && heard->decoder_alloc)
		err = heard->decoder_alloc(&f->decoder, f->heard_codec);
	if (!err && ops->encoder_alloc)
		err = ops->encoder_alloc(&f->encoder, f->codec);
	if (!err)
		err = convert_prepare(&f->heard_convert, f->heard_rate, f->rate);
	conceal_init(&f->conceal, f->heard_rate);
	return err;
}

static void frames_free(struct frames *f)
{
	if (!f)
		return;
	if (f->codec) {
		if (f->decoder)
			codec_ops(f->heard_codec)->decoder_free(f->decoder);
		if (f->encoder)
			codec_ops(f->codec)->encoder_free(f->encoder);
	}
	convert_free(&f->heard_convert);
	convert_free(&f->convert);
	jbuf_free(f->jbuf);
	free(f);
}

int frames_enter(struct stream *s)
{
	const struct media_codec *codec = s->remote.codec;
	unsigned rate = codec ? codec->sample_hz : SILENT_RATE;
	size_t size = rate / 1000 * FRAME_MS, packet = rate / 1000 * s->remote.ptime_ms;
	unsigned heard_rate = codec ? s->remote.heard->sample_hz : rate;
	size_t heard_size = heard_rate / 1000 * FRAME_MS;
	size_t waiting_max = heard_rate / 1000 * CODEC_MAX_MS + heard_size, unsent_max = packet + size;
	struct frames *f = calloc(1, sizeof *f + (size + waiting_max + unsent_max) * sizeof f->in[0]);
	if (!f)
		return ENOMEM;
	f->codec = codec;
	f->rate = rate;
	f->size = size;
	f->heard_codec = s->remote.heard;
	f->heard_rate = heard_rate;
	f->heard_size = heard_size;
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
	if (s->frames && s->frames->jbuf)
		s->rx.late_before += jbuf_late(s->frames->jbuf);
	frames_free(s->frames);
	s->frames = NULL;
}

void frames_prepare(struct stream *s)
{
	struct frames *f = s->frames;
	if (!f)
		return;
	detect_prepare(s);
	if (s->recorder)
		recorder_prepare(s->recorder, f->rate);
	if (s->member)
		(void)convert_prepare(&f->convert, s->member->room->rate, f->rate);
	else if (s->peer && s->peer->frames)
		(void)convert_prepare(&f->convert, s->peer->frames->rate, f->rate);
}

/* A tone that the far end is sent as a telephone-event. */
static bool turned(const struct stream *s, const struct stream *from)
{
	return s->remote.dtmf_pt >= 0 && from != s && from->ear && from->ear->likely;
}

/* What the far end is to hear of `from`, at our rate. */
static void hear_of(struct stream *s, const struct stream *from, int16_t *out)
{
	struct frames *f = s->frames, *source = from ? from->frames : NULL;
	if (!source || !source->heard || turned(s, from))
		memset(out, 0, f->size * sizeof *out);
	else if (source->rate == f->rate)
		memcpy(out, source->in, f->size * sizeof *out);
	else
		convert_frame(&f->convert, source->in, source->size, out, f->size);
}

static void play(struct stream *s, int16_t *out)
{
	player_read(s->player, s->worker->filer, out, s->frames->size, s->frames->rate);
	if (player_over(s->player))
		player_finish(s, MEDIA_END_COMPLETED);
}

/* What the far end is to hear now, into `out`. */
static void choose_output(struct stream *s, int16_t *out)
{
	struct frames *f = s->frames;
	if (s->player && f->codec)
		play(s, out);
	else if (s->taps && f->codec && !s->remote.by_tap && tap_take(s, out, f->size, f->rate))
		; /* it is what the reader says */
	else if (s->member)
		room_read(s, out);
	else
		hear_of(s, s->echo ? s : s->peer, out);
	if (s->mute_out)
		memset(out, 0, f->size * sizeof *out);
}

static void mix_beep(struct stream *s, int16_t *out, size_t count)
{
	int16_t *beep = s->worker->scratch;
	size_t n = tones_read(s->beep, beep, count);
	for (size_t i = 0; i < n; i++)
		out[i] = limit16(out[i] + beep[i]);
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
		send_audio(s, packet, size);
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

/* Whoever listens in gets this tick's frame of both sides. */
static void overhear(struct stream *s, const int16_t *heard)
{
	if (s->recorder)
		recorder_write_all(s, s->frames->in, heard, s->frames->size);
	if (s->taps)
		tap_write_all(s, s->frames->in, heard, s->frames->size, s->frames->rate);
}

/* Most members of a room hear the same: it has been encoded for all of them at once. */
static bool say_the_same(struct stream *s)
{
	struct frames *f = s->frames;
	if (!s->member || s->player || s->taps || s->beep || s->mute_out || f->packet != f->size ||
	    digits_sending(s))
		return false;
	struct room_group *group = room_same(s);
	if (!group)
		return false;
	overhear(s, group->frame);
	if (send_possible(s))
		send_audio(s, group->packet, group->size);
	s->tx.timestamp += (uint32_t)(f->size * f->codec->clock_hz / f->rate);
	return true;
}

static void say(struct stream *s)
{
	struct frames *f = s->frames;
	int16_t *out = s->worker->frame;
	if (held_back(s) || say_the_same(s))
		return;
	choose_output(s, out);
	if (s->beep && !s->beep_over)
		mix_beep(s, out, f->size);
	bool digit = f->codec && digits_tick(s, out, f->size, f->rate);
	overhear(s, out);
	if (!f->codec)
		return;
	if (digit)
		s->tx.timestamp += (uint32_t)(f->size * f->codec->clock_hz / f->rate);
	else
		send_frame(s, out);
}

void frames_tick(struct worker *w)
{
	struct stream *s;
	struct room *room;
	unsigned done = 0;
	TAILQ_FOREACH(s, &w->frames, frames_link) {
		receive_waiting(s);
		frames_hear(s);
		if (++done % BREATH == 0)
			worker_read(w);
	}
	TAILQ_FOREACH(room, &w->rooms, link)
		room_mix(room);
	TAILQ_FOREACH(s, &w->frames, frames_link) {
		say(s);
		if (++done % BREATH == 0)
			worker_read(w);
	}
	tap_ring(w);
	/* What ends in a tick (a file, a recording) may change who is on the tick. */
	worker_settle_paths(w);
}
