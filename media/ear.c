#include "media/ear.h"

#include "media/codec.h"

#include <errno.h>
#include <stdlib.h>

enum {
	EAR_RATE = 8000,
	EAR_PIECE = EAR_RATE / 1000 * EAR_MS,
	PERHAPS = 'x',
	QUIET = 128,	  /* a digit at the detector's lowest level (−42 dBm0 a tone) has peaks of 360 */
	QUIET_PIECES = 5, /* after so many nothing is left in the detector */
};

int ear_alloc(struct ear **out, const struct media_codec *codec)
{
	const struct codec_ops *ops = codec_ops(codec);
	struct ear *ear = calloc(1, sizeof *ear);
	if (!ear)
		return ENOMEM;
	ear->codec = codec;
	ear->dtmf = dtmf_rx_init(NULL, NULL, NULL);
	int err = ear->dtmf ? convert_prepare(&ear->convert, codec->sample_hz, EAR_RATE) : ENOMEM;
	if (!err && ops->decoder_alloc)
		err = ops->decoder_alloc(&ear->decoder, codec);
	if (err)
		ear_free(ear);
	else
		*out = ear;
	return err;
}

void ear_free(struct ear *ear)
{
	if (!ear)
		return;
	if (ear->decoder)
		codec_ops(ear->codec)->decoder_free(ear->decoder);
	if (ear->dtmf)
		dtmf_rx_free(ear->dtmf);
	convert_free(&ear->convert);
	free(ear);
}

struct ear_heard ear_stop(struct ear *ear)
{
	struct ear_heard heard = { .ended = ear->digit, .ended_ms = ear->ms };
	ear->digit = 0;
	ear->likely = false;
	ear->ms = 0;
	return heard;
}

static bool quiet(const int16_t *piece, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (piece[i] > QUIET || piece[i] < -QUIET)
			return false;
	return true;
}

struct ear_heard ear_hear(struct ear *ear, const int16_t *piece)
{
	struct ear_heard heard = { 0 };
	int16_t narrow[EAR_PIECE];
	size_t count = ear->codec->sample_hz / 1000 * EAR_MS;
	ear->quiet = quiet(piece, count) ? ear->quiet + 1 : 0;
	if (ear->quiet > QUIET_PIECES && !ear->digit && !ear->likely)
		return heard; /* half of most conversations: the detector is what costs here */
	if (ear->codec->sample_hz != EAR_RATE) {
		convert_frame(&ear->convert, piece, count, narrow, EAR_PIECE);
		piece = narrow;
	}
	dtmf_rx(ear->dtmf, piece, EAR_PIECE);
	char now = (char)dtmf_rx_status(ear->dtmf);
	bool likely = now != 0;
	if (now == PERHAPS)
		now = 0;
	ear->ms += EAR_MS;
	if (now != ear->digit) {
		if (ear->digit)
			heard = ear_stop(ear);
		ear->digit = heard.began = now;
		ear->ms = EAR_MS;
	}
	ear->likely = likely;
	return heard;
}

void ear_miss(struct ear *ear, unsigned ms)
{
	dtmf_rx_fillin(ear->dtmf, (int)(EAR_RATE / 1000 * ms));
	ear->ms += ms;
}
