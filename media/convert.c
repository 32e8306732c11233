#include "media/convert.h"

#include <errno.h>
#include <string.h>

enum { QUALITY = 3 };

int convert_prepare(struct convert *c, unsigned from, unsigned to)
{
	if (c->from == from && c->to == to && (c->resampler || from == to))
		return 0;
	convert_free(c);
	c->from = from;
	c->to = to;
	if (from == to)
		return 0;
	int err;
	c->resampler = speex_resampler_init(1, from, to, QUALITY, &err);
	return c->resampler ? 0 : ENOMEM;
}

void convert_free(struct convert *c)
{
	if (c->resampler)
		speex_resampler_destroy(c->resampler);
	*c = (struct convert){ 0 };
}

void convert_frame(struct convert *c, const int16_t *in, size_t count, int16_t *out, size_t made)
{
	spx_uint32_t used = (spx_uint32_t)count, done = (spx_uint32_t)made;
	if (!c->resampler)
		done = 0;
	else
		speex_resampler_process_int(c->resampler, 0, in, &used, out, &done);
	if (done < made)
		memset(out + done, 0, (made - done) * sizeof *out);
}
