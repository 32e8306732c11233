#include "media/codec.h"

#include <strings.h>

static const struct media_codec codecs[] = {
	{ "PCMU", 8000, 8000, 1, &codec_pcmu_ops },  { "PCMA", 8000, 8000, 1, &codec_pcma_ops },
	{ "G722", 8000, 16000, 1, &codec_g722_ops }, { "opus", 48000, 48000, 2, &codec_opus_ops },
	{ "L16", 8000, 8000, 1, &codec_l16_ops },    { "L16", 16000, 16000, 1, &codec_l16_ops },
};

enum { CODEC_COUNT = sizeof codecs / sizeof codecs[0] };

const struct media_codec *media_codec_find(const char *name, unsigned clock_hz)
{
	for (size_t i = 0; i < CODEC_COUNT; i++)
		if (strcasecmp(codecs[i].name, name) == 0 &&
		    (clock_hz == 0 || codecs[i].clock_hz == clock_hz))
			return &codecs[i];
	return NULL;
}

const struct media_codec *media_codec_at(size_t i)
{
	return i < CODEC_COUNT ? &codecs[i] : NULL;
}
