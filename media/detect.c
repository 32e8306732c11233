/* Listening for a machine on a stream (amd.h). The detector is made and freed on the main thread; the worker
 * leaves one whose verdict is told where it is until it is replaced, or the stream ends. */
#include "media/amd.h"
#include "media/frames.h"
#include "media/order.h"

#include <errno.h>
#include <stdlib.h>

struct detector {
	struct amd *amd;
	struct convert convert; /* to its rate */
};

static void detector_free(struct detector *d)
{
	if (!d)
		return;
	amd_free(d->amd);
	convert_free(&d->convert);
	free(d);
}

/* ---- worker ---- */

bool detect_listens(const struct stream *s)
{
	return s->detector && !s->detector->amd->over;
}

void detect_prepare(struct stream *s)
{
	if (s->detector && s->frames)
		(void)convert_prepare(&s->detector->convert, s->frames->rate, AMD_RATE);
}

void detect_drop(struct stream *s)
{
	detector_free(s->detector); /* in mail: the stream is being closed */
	s->detector = NULL;
}

static void say(struct stream *s)
{
	struct worker_event *e = worker_event_new(s->worker, s, MEDIA_MACHINE);
	if (!e)
		return;
	e->event.machine = s->detector->amd->so_far;
	worker_event_send(s->worker, e);
}

void detect_frame(struct stream *s)
{
	const struct frames *f = s->frames;
	struct detector *d = s->detector;
	int16_t converted[AMD_RATE / 1000 * FRAME_MS];
	const int16_t *in = f->in;
	if (d->amd->over || !f->codec)
		return;
	if (f->rate != AMD_RATE) {
		convert_frame(&d->convert, f->in, f->size, converted, AMD_RATE / 1000 * FRAME_MS);
		in = converted;
	}
	for (unsigned at = 0; at < FRAME_MS / AMD_PIECE_MS && !d->amd->over; at++)
		if (amd_hear(d->amd, in + at * AMD_PIECE))
			say(s);
	if (d->amd->over)
		stream_choose_path_later(s);
}

/* ---- main thread ---- */

static void carry_out(struct stream *s, struct order *order)
{
	struct detector *old = s->detector;
	s->detector = order->detector;
	order->detector = old;
	stream_choose_path(s);
}

static void carried_out(struct order *order)
{
	detector_free(order->detector);
}

static int post(struct media_session *session, struct detector *d)
{
	struct order *order = order_new(session, carry_out);
	if (!order)
		return ENOMEM;
	order->detector = d;
	order->carried_out = carried_out;
	order_post(order);
	return 0;
}

int media_session_detect(struct media_session *session, const struct media_amd *how)
{
	struct detector *d = calloc(1, sizeof *d);
	int err = d ? amd_alloc(&d->amd, how) : ENOMEM;
	if (!err)
		err = post(session, d);
	if (err)
		detector_free(d);
	return err;
}

void media_session_detect_stop(struct media_session *session)
{
	(void)post(session, NULL);
}
