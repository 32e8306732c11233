/* What sessions play and record, as the main thread sees it: see session.c. */
#include "media/engine.h"
#include "media/order.h"
#include "media/player.h"
#include "media/recorder.h"
#include "media/stream.h"

#include <errno.h>
#include <stdlib.h>

/* ---- playing ---- */

void session_played(struct mail *mail, void *owner)
{
	struct player *p = (struct player *)mail;
	struct media_session *session = p->session;
	struct media_event event = {
		.kind = MEDIA_PLAY_DONE,
		.play = { .id = p->id, .end = p->end, .error = p->end == MEDIA_END_FAILED ? p->error : NULL },
	};
	struct media_room *room = p->room;
	engine_say(owner, session, room, &event);
	player_free(p);
	if (session)
		session_settled(session);
	else
		conference_settled(room);
}

static void carry_out_play(struct stream *stream, struct order *order)
{
	if (stream->player)
		player_finish(stream, MEDIA_END_STOPPED);
	stream->player = order->player;
	stream_choose_path(stream);
}

int media_session_play(struct media_session *session, const struct media_play *play, uint32_t *out_id)
{
	struct player *p;
	int err = player_alloc(&p, play);
	if (err)
		return err;
	struct order *order = order_new(session, carry_out_play);
	if (!order) {
		player_free(p);
		return ENOMEM;
	}
	p->session = session;
	p->main = &session->engine->mailbox;
	p->taken_back = session_played;
	p->id = engine_next_id(session->engine);
	session->pending++;
	order->player = p;
	if (out_id)
		*out_id = p->id;
	if (session->codec)
		player_begin(p, &session->engine->filer, session->codec->sample_hz);
	order_post(order);
	return 0;
}

static void carry_out_play_stop(struct stream *stream, struct order *order)
{
	(void)order;
	if (stream->player)
		player_finish(stream, MEDIA_END_STOPPED);
	stream_choose_path(stream);
}

void media_session_play_stop(struct media_session *session)
{
	session_post(session, carry_out_play_stop, false, false);
}

/* ---- recording ---- */

void session_recorded(struct mail *mail, void *owner)
{
	struct recorder *r = (struct recorder *)mail;
	struct media_session *session = r->session;
	struct media_event event = {
		.kind = MEDIA_RECORD_DONE,
		.record = {
			.id = r->id,
			.end = r->end,
			.error = r->end == MEDIA_END_FAILED ? r->error : NULL,
			.file = r->file,
			.duration_ms = r->samples * 1000 / r->rate,
			.bytes = r->bytes,
			.channels = r->channels,
		},
	};
	struct media_room *room = r->room;
	if (session)
		session->recordings--;
	if (room && room->recording == r->id)
		room->recording = 0;
	engine_say(owner, session, room, &event);
	recorder_free(r);
	if (session)
		session_settled(session);
	else
		conference_settled(room);
}

static void carry_out_record(struct stream *stream, struct order *order)
{
	struct recorder *r = order->record.recorder;
	r->next = stream->recorder;
	stream->recorder = r;
	free(stream->beep);
	stream->beep = order->record.beep;
	stream->beep_over = false;
	if (stream->beep)
		tones_start(stream->beep, "beep", NULL,
			    stream->remote.codec ? stream->remote.codec->sample_hz : 8000);
	recorder_start(r, stream->worker->filer);
	stream_choose_path(stream);
}

int media_session_record(struct media_session *session, const struct media_record *record, uint32_t *out_id)
{
	struct recorder *r;
	if (session->recordings == MEDIA_RECORDINGS_MAX)
		return EBUSY;
	int err = recorder_alloc(&r, record, session->codec ? session->codec->sample_hz : 8000);
	if (err)
		return err;
	struct tones *beep = record->beep ? malloc(sizeof *beep) : NULL;
	struct order *order = order_new(session, carry_out_record);
	if (!order || (record->beep && !beep)) {
		recorder_free(r);
		free(beep);
		free(order);
		return ENOMEM;
	}
	r->session = session;
	r->main = &session->engine->mailbox;
	r->taken_back = session_recorded;
	r->id = engine_next_id(session->engine);
	session->recordings++;
	session->pending++;
	order->record.recorder = r;
	order->record.beep = beep;
	if (out_id)
		*out_id = r->id;
	order_post(order);
	return 0;
}

static void carry_out_record_stop(struct stream *stream, struct order *order)
{
	struct recorder *next;
	for (struct recorder *r = stream->recorder; r; r = next) {
		next = r->next;
		if (!order->flags.id || order->flags.id == r->id)
			recorder_finish(stream, r, MEDIA_END_COMPLETED);
	}
	stream_choose_path(stream);
}

static void post_about(struct media_session *session, void (*carry_out)(struct stream *, struct order *),
		       uint32_t id, bool on, bool second)
{
	struct order *order = order_new(session, carry_out);
	if (!order)
		return;
	order->flags.on = on;
	order->flags.second = second;
	order->flags.id = id;
	order_post(order);
}

void media_session_record_stop(struct media_session *session, uint32_t id)
{
	post_about(session, carry_out_record_stop, id, false, false);
}

static void carry_out_record_pause(struct stream *stream, struct order *order)
{
	for (struct recorder *r = stream->recorder; r; r = r->next) {
		if (order->flags.id && order->flags.id != r->id)
			continue;
		r->paused = order->flags.on;
		r->keep_silence = order->flags.second;
	}
}

void media_session_record_pause(struct media_session *session, uint32_t id, bool paused, bool keep_silence)
{
	post_about(session, carry_out_record_pause, id, paused, keep_silence);
}
