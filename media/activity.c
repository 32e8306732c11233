/* Listening on a stream for when the far end begins to speak and when it is silent again (voice.h). Made and
 * freed on the main thread. */
#include "media/frames.h"
#include "media/order.h"
#include "media/voice.h"

#include <errno.h>
#include <stdlib.h>

struct activity {
	struct voice voice;
};

/* ---- worker ---- */

void activity_drop(struct stream *s)
{
	free(s->activity); /* in mail: the stream is being closed */
	s->activity = NULL;
}

static void say(struct stream *s, const struct voice *voice, bool began)
{
	struct worker_event *e = worker_event_new(s->worker, s, MEDIA_VOICE);

	if (!e)
		return;
	e->event.voice.began = began;
	e->event.voice.at_ms = began ? voice->began_ms : voice->last_ms;
	e->event.voice.duration_ms = began ? 0 : voice->last_ms - voice->began_ms;
	worker_event_send(s->worker, e);
}

void activity_frame(struct stream *s)
{
	const struct frames *f = s->frames;
	const size_t piece = f->rate / 1000 * VOICE_PIECE_MS;
	struct voice *voice = &s->activity->voice;

	for (size_t at = 0; piece && at + piece <= f->size; at += piece) {
		const enum voice_change change = voice_hear(voice, f->in + at, piece);

		if (change != VOICE_SAME)
			say(s, voice, change == VOICE_BEGAN);
	}
}

/* ---- main thread ---- */

static void carry_out(struct stream *s, struct order *order)
{
	struct activity *old = s->activity;

	s->activity = order->activity;
	order->activity = old;
	stream_choose_path(s);
}

static void carried_out(struct order *order)
{
	free(order->activity);
}

static int post(struct media_session *session, struct activity *activity)
{
	struct order *order = order_new(session, carry_out);

	if (!order)
		return ENOMEM;
	order->activity = activity;
	order->carried_out = carried_out;
	order_post(order);
	return 0;
}

int media_session_voice(struct media_session *session, unsigned begin_ms, unsigned end_ms)
{
	struct activity *activity = calloc(1, sizeof *activity);
	int err = activity ? 0 : ENOMEM;

	if (activity) {
		voice_init(&activity->voice, begin_ms, end_ms);
		err = post(session, activity);
	}
	if (err)
		free(activity);
	return err;
}

void media_session_voice_stop(struct media_session *session)
{
	(void)post(session, NULL);
}
