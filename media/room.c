/* Who is in a room, and what that needs: rates, encoders, coaches. All of it in mail, none in the tick. */
#include "media/room.h"

#include "media/frames.h"
#include "media/player.h"
#include "media/recorder.h"

#include <stdlib.h>
#include <string.h>

static void beep_later(struct room *room, bool entry)
{
	if (room->beep_count < ROOM_BEEPS)
		room->beeps[room->beep_count++] = entry;
}

static bool beeps_at_exit(const struct room_member *m)
{
	return m->exit_beep == MEDIA_EXIT_BEEP_ROOM ? m->room->beep_exit : m->exit_beep == MEDIA_EXIT_BEEP_ON;
}

void room_beep(struct room *room)
{
	beep_later(room, true);
}

void room_join(struct room *room, struct stream *s, struct room_member *m)
{
	stream_unbridge(s);
	room_leave(s);
	s->echo = false;
	m->room = room;
	m->stream = s;
	s->member = m;
	TAILQ_INSERT_TAIL(&room->members, m, link);
	room->count++;
	if (room->beep_enter)
		beep_later(room, true);
	stream_choose_path(s);
}

static void forget_coach(struct room_member *coached, const struct room_member *coach)
{
	for (unsigned i = 0; i < coached->coached_count; i++)
		if (coached->coached_by[i] == coach)
			coached->coached_by[i] = coached->coached_by[--coached->coached_count];
}

static void forget_unheard(struct room_member *m, const struct media_session *session)
{
	struct room_unheard *u = m->unheard;
	for (size_t i = 0; u && i < u->count;)
		if (u->of[i].session == session)
			u->of[i] = u->of[--u->count];
		else
			i++;
}

static void say_silent(struct room_member *m)
{
	if (!m->talking)
		return;
	struct worker_event *e = worker_event_new(m->stream->worker, m->stream, MEDIA_TALKING);
	if (e)
		worker_event_send(m->stream->worker, e);
}

void room_leave(struct stream *s)
{
	struct room_member *m = s->member, *other;
	if (!m)
		return;
	struct room *room = m->room;
	if (beeps_at_exit(m))
		beep_later(room, false);
	say_silent(m);
	TAILQ_REMOVE(&room->members, m, link);
	TAILQ_FOREACH(other, &room->members, link) {
		forget_coach(other, m);
		forget_unheard(other, s->session);
		if (other->coaches == s->session) /* heard by nobody then, until its own part is changed */
			other->coaches = (const struct media_session *)room;
	}
	room->count--;
	s->member = NULL;
	convert_free(&m->convert);
	free(m->unheard);
	free(m);
	stream_choose_path(s);
	room_settle(room);
}

static struct room_member *find(struct room *room, const struct media_session *session)
{
	struct room_member *m;
	TAILQ_FOREACH(m, &room->members, link)
		if (m->stream->session == session)
			return m;
	return NULL;
}

static void settle_coaches(struct room *room)
{
	struct room_member *m;
	TAILQ_FOREACH(m, &room->members, link)
		m->coached_count = 0;
	TAILQ_FOREACH(m, &room->members, link) {
		struct room_member *coached = m->coaches ? find(room, m->coaches) : NULL;
		if (coached && coached->coached_count < ROOM_COACHES)
			coached->coached_by[coached->coached_count++] = m;
	}
}

static void settle_unheard(struct room *room)
{
	struct room_member *m;
	TAILQ_FOREACH(m, &room->members, link)
		for (size_t i = 0; m->unheard && i < m->unheard->count; i++)
			m->unheard->of[i].member = find(room, m->unheard->of[i].session);
}

static void settle_group(struct room_group *g, const struct media_codec *codec, unsigned rate)
{
	if (!g->codec) {
		g->codec = codec;
		if (codec_ops(codec)->encoder_alloc && codec_ops(codec)->encoder_alloc(&g->encoder, codec))
			g->codec = NULL;
	}
	if (g->codec)
		(void)convert_prepare(&g->convert, rate, codec->sample_hz);
}

static void settle_codec(struct room *room, const struct media_codec *codec)
{
	for (unsigned i = 0; i < ROOM_CODECS; i++) {
		if (room->same[i].codec && room->same[i].codec != codec)
			continue;
		settle_group(&room->same[i], codec, room->rate);
		settle_group(&room->silent[i], codec, room->rate);
		return;
	}
}

static unsigned best_rate(const struct room *room)
{
	const struct room_member *m;
	unsigned best = 8000;
	TAILQ_FOREACH(m, &room->members, link)
		if (m->stream->remote.codec && m->stream->remote.codec->sample_hz > best)
			best = m->stream->remote.codec->sample_hz;
	return best;
}

void room_settle(struct room *room)
{
	struct room_member *m;
	room->rate = best_rate(room);
	room->size = room->rate / 1000 * FRAME_MS;
	if (room->recorder)
		recorder_prepare(room->recorder, room->rate);
	TAILQ_FOREACH(m, &room->members, link) {
		struct frames *f = m->stream->frames;
		m->said = NULL;
		m->added = false;
		if (!f || !f->codec)
			continue;
		(void)convert_prepare(&m->convert, f->rate, room->rate);
		(void)convert_prepare(&f->convert, room->rate, f->rate);
		settle_codec(room, f->codec);
	}
	settle_coaches(room);
	settle_unheard(room);
}

void room_dissolve(struct room *room)
{
	struct room_member *m;
	while ((m = TAILQ_FIRST(&room->members)))
		room_leave(m->stream);
	room->started = false;
	room->beep_count = 0;
}

static void free_groups(struct room_group *groups)
{
	for (unsigned i = 0; i < ROOM_CODECS; i++) {
		if (groups[i].codec && groups[i].encoder)
			codec_ops(groups[i].codec)->encoder_free(groups[i].encoder);
		convert_free(&groups[i].convert);
		groups[i].codec = NULL;
	}
}

void room_close(struct room *room)
{
	room_dissolve(room);
	if (room->player)
		player_send_home(room->player, room->worker->filer, MEDIA_END_STOPPED);
	if (room->music)
		player_send_home(room->music, room->worker->filer, MEDIA_END_STOPPED);
	if (room->recorder)
		recorder_send_home(room->recorder, room->worker->filer, MEDIA_END_COMPLETED);
	room->player = room->music = NULL;
	room->recorder = NULL;
	free_groups(room->same);
	free_groups(room->silent);
	TAILQ_REMOVE(&room->worker->rooms, room, link);
}
