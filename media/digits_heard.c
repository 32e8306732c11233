/* Digits heard in the audio: one MEDIA_DIGIT a press, and their way through a bridge to a far end that takes
 * telephone-events. */
#include "media/codec.h"
#include "media/ear.h"
#include "media/frames.h"
#include "media/recorder.h"
#include "media/stream.h"

#include <string.h>

enum {
	LOSS_MAX_MS = 150, /* so much may be lost of a press; what is lost then ends it */
	PAUSE_MAX_MS = 60, /* of a pause, so much is heard as silence: enough to end a press */
};

static void take(struct stream *s, struct ear_heard heard)
{
	if (heard.ended) {
		s->worker->open_digits--;
		digits_let_go(s);
		digits_say(s, heard.ended, heard.ended_ms, true);
	}
	if (heard.began) {
		s->worker->open_digits++;
		digits_press(s, heard.began);
	}
}

static void hear(struct stream *s, const int16_t *samples, size_t count)
{
	struct ear *ear = s->ear;
	size_t piece = ear->codec->sample_hz / 1000 * EAR_MS;
	ear->last_us = s->worker->now_us;
	for (size_t at = 0; at + piece <= count; at += piece)
		take(s, ear_hear(ear, samples + at));
	if (ear->digit && s->recorder)
		recorder_mask(s->recorder);
}

void digits_hear_frame(struct stream *s)
{
	struct frames *f = s->frames;
	if (s->ear->codec->sample_hz != f->rate)
		return;
	if (f->heard && f->concealed > 0)
		ear_miss(s->ear, FRAME_MS);
	else if (f->heard || s->ear->digit)
		hear(s, f->in, f->size);
	s->ear->following = false; /* these packets were not the ear's */
}

static void hear_silence(struct stream *s, unsigned ms)
{
	int16_t *silence = s->worker->scratch;
	size_t n = s->ear->codec->sample_hz / 1000 * ms;
	memset(silence, 0, n * sizeof *silence);
	hear(s, silence, n);
}

/* What lies between the packet before and this one: nothing, a loss, or a pause of the far end. */
static void bridge_gap(struct stream *s, const struct rtp_packet *p)
{
	struct ear *ear = s->ear;
	uint32_t units = p->timestamp - ear->next_timestamp;
	unsigned ms = units / (ear->codec->clock_hz / 1000);
	if (!ear->following || ms == 0)
		return;
	if (p->seq != ear->next_seq && ms <= LOSS_MAX_MS)
		ear_miss(ear, ms);
	else
		hear_silence(s, ms < PAUSE_MAX_MS ? ms / EAR_MS * EAR_MS : PAUSE_MAX_MS);
}

void digits_hear_packet(struct stream *s, const struct rtp_packet *p)
{
	struct ear *ear = s->ear;
	int16_t *samples = s->worker->scratch;
	if (p->kind != RTP_AUDIO || ear->codec != s->remote.heard)
		return;
	if (ear->following && (int16_t)(p->seq - ear->next_seq) < 0 &&
	    (int16_t)(p->seq - ear->next_seq) > -64)
		return; /* overtaken, and counted as lost already */
	bridge_gap(s, p);
	size_t n = codec_ops(ear->codec)
		       ->decode(ear->decoder, samples, sizeof s->worker->scratch / sizeof *samples,
				p->payload, p->payload_size);
	hear(s, samples, n);
	ear->following = true;
	ear->next_seq = (uint16_t)(p->seq + 1);
	ear->next_timestamp =
	    p->timestamp + (uint32_t)((uint64_t)n * ear->codec->clock_hz / ear->codec->sample_hz);
}

void digits_settle_ear(struct stream *s)
{
	const struct stream_remote *r = &s->remote;
	bool wanted = r->codec && r->dtmf_pt < 0 && !r->events_come && !r->digits_elsewhere;
	if (s->ear && (!wanted || s->ear->codec != r->heard))
		digits_drop_ear(s);
	if (!wanted || s->ear || ear_alloc(&s->ear, r->heard))
		return; /* without memory nothing is heard; tried again at the next change */
	s->ear->last_us = s->worker->now_us;
}

void digits_stop_hearing(struct stream *s)
{
	take(s, ear_stop(s->ear));
}

void digits_drop_ear(struct stream *s)
{
	if (!s->ear)
		return;
	digits_stop_hearing(s);
	ear_free(s->ear);
	s->ear = NULL;
}
