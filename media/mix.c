/* The tick of a room. */
#include "media/frames.h"
#include "media/player.h"
#include "media/recorder.h"
#include "media/room.h"

#include <stdlib.h>
#include <string.h>

enum {
	LEVEL_ADDED = 40,    /* mean magnitude from which a frame is worth adding: about −55 dBFS */
	LEVEL_TALKING = 200, /* from which somebody talks: about −42 dBFS */
	OPEN_TICKS = 20,     /* 400 ms go on after the last such frame, so that no word's end is cut off */
	TALKING_TICKS = 3,
	ALONE = 1,
	RECOVER_FRAMES = 50, /* after a loud sum, a second until the gain is up again */
};

static unsigned loudness(const int16_t *in, size_t count)
{
	int32_t sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += in[i] < 0 ? -in[i] : in[i];
	return (unsigned)sum / (unsigned)count;
}

static void say_talking(struct room_member *m, bool started)
{
	m->talking = started;
	struct worker_event *e = worker_event_new(m->stream->worker, m->stream, MEDIA_TALKING);
	if (!e)
		return;
	e->event.talking.started = started;
	worker_event_send(m->stream->worker, e);
}

static void watch_talking(struct room_member *m, unsigned level)
{
	m->loud = level >= LEVEL_TALKING ? m->loud + 1 : 0;
	if (!m->talking && m->loud >= TALKING_TICKS)
		say_talking(m, true);
	else if (m->talking && m->open == 0)
		say_talking(m, false);
}

/* Whether the member says something now; then `said` is it, at the room's rate. */
static void listen_to(struct room *room, struct room_member *m)
{
	const struct frames *f = m->stream->frames;
	bool heard = f && f->heard && !m->muted && !m->held;
	unsigned level = heard ? loudness(f->in, f->size) : 0;
	if (level >= LEVEL_ADDED)
		m->open = OPEN_TICKS;
	else if (m->open > 0)
		m->open--;
	watch_talking(m, level);
	m->said = NULL;
	if (!heard || m->open == 0)
		return;
	m->said = f->in;
	if (f->rate == room->rate)
		return;
	convert_frame(&m->convert, f->in, f->size, m->converted, room->size);
	m->said = m->converted;
}

static void add(int32_t *sum, const int16_t *what, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum[i] += what[i];
}

static void add_players(struct room *room)
{
	int16_t *frame = room->worker->scratch;
	if (room->player) {
		player_read(room->player, room->worker->filer, frame, room->size, room->rate);
		add(room->sum, frame, room->size);
		if (player_over(room->player)) {
			player_send_home(room->player, room->worker->filer, MEDIA_END_COMPLETED);
			room->player = NULL;
		}
	}
	if (room->music && (!room->started || room->count == ALONE)) {
		player_read(room->music, room->worker->filer, frame, room->size, room->rate);
		add(room->sum, frame, room->size);
	}
}

static void add_beep(struct room *room)
{
	int16_t *frame = room->worker->scratch;
	if (!room->beeping && room->beep_count > 0) {
		tones_start(&room->beep, room->beeps[0] ? "enter" : "exit", NULL, room->rate);
		memmove(room->beeps, room->beeps + 1, --room->beep_count * sizeof room->beeps[0]);
		room->beeping = true;
	}
	if (!room->beeping)
		return;
	size_t n = tones_read(&room->beep, frame, room->size);
	add(room->sum, frame, n);
	room->beeping = !room->beep.round_over;
}

/* The gain goes down when the sum is too loud, and comes back slowly. */
static void limit(struct room *room)
{
	int32_t peak = 1;
	for (size_t i = 0; i < room->size; i++) {
		int32_t magnitude = room->sum[i] < 0 ? -room->sum[i] : room->sum[i];
		peak = magnitude > peak ? magnitude : peak;
	}
	room->gain_before = room->gain;
	room->gain += (1.0f - room->gain) / RECOVER_FRAMES;
	if ((float)peak * room->gain > INT16_MAX)
		room->gain = (float)INT16_MAX / (float)peak;
	else if (room->gain > 0.999f)
		room->gain = 1;
	for (size_t i = 0; i < room->size; i++)
		room->all[i] = room_limit(room, room->sum[i], i);
}

static void record(struct room *room)
{
	static const int16_t nothing[FRAME_MAX];
	enum media_end end;
	if (recorder_write(room->recorder, room->worker->filer, room->all, nothing, room->size, &end)) {
		recorder_send_home(room->recorder, room->worker->filer, end);
		room->recorder = NULL;
	}
}

void room_mix(struct room *room)
{
	struct room_member *m;
	room->tick++;
	memset(room->sum, 0, room->size * sizeof room->sum[0]);
	TAILQ_FOREACH(m, &room->members, link) {
		listen_to(room, m);
		m->added = m->said && room->started && !m->coaches;
		if (m->added)
			add(room->sum, m->said, room->size);
	}
	add_players(room);
	add_beep(room);
	limit(room);
	if (room->recorder)
		record(room);
}

static bool hears_nothing(const struct room_member *m)
{
	return m->held || m->deaf;
}

/* Takes out of the sum what a member does not hear. */
static void take_out_unheard(const struct room_member *m, int32_t *sum)
{
	for (size_t n = 0; m->unheard && n < m->unheard->count; n++) {
		const struct room_member *other = m->unheard->of[n].member;
		for (size_t i = 0; other && other->added && i < m->room->size; i++)
			sum[i] -= other->said[i];
	}
}

/* Something of its own: the sum without itself or others, or a coach's word. */
static bool hears_its_own(const struct room_member *m)
{
	for (unsigned i = 0; i < m->coached_count; i++)
		if (m->coached_by[i]->said)
			return true;
	for (size_t i = 0; m->unheard && i < m->unheard->count; i++)
		if (m->unheard->of[i].member && m->unheard->of[i].member->added)
			return true;
	return m->added;
}

void room_read(struct stream *s, int16_t *out)
{
	const struct room_member *m = s->member;
	struct room *room = m->room;
	struct frames *f = s->frames;
	if (hears_nothing(m)) {
		memset(out, 0, f->size * sizeof *out);
		return;
	}
	int16_t *mixed = f->rate == room->rate ? out : s->worker->scratch;
	if (!hears_its_own(m)) {
		memcpy(mixed, room->all, room->size * sizeof *mixed);
	} else {
		int32_t sum[FRAME_MAX];
		memcpy(sum, room->sum, room->size * sizeof *sum);
		for (size_t i = 0; m->added && i < room->size; i++)
			sum[i] -= m->said[i];
		take_out_unheard(m, sum);
		for (unsigned c = 0; c < m->coached_count && room->started; c++)
			if (m->coached_by[c]->said)
				add(sum, m->coached_by[c]->said, room->size);
		for (size_t i = 0; i < room->size; i++)
			mixed[i] = room_limit(room, sum[i], i);
	}
	if (mixed != out)
		convert_frame(&f->convert, mixed, room->size, out, f->size);
}

static struct room_group *group_of(struct room_group *groups, const struct media_codec *codec)
{
	for (unsigned i = 0; i < ROOM_CODECS; i++)
		if (groups[i].codec == codec)
			return &groups[i];
	return NULL;
}

static void make(struct room *room, struct room_group *g, bool silent)
{
	size_t size = g->codec->sample_hz / 1000 * FRAME_MS;
	g->made = room->tick;
	if (silent)
		memset(g->frame, 0, size * sizeof g->frame[0]);
	else if (g->codec->sample_hz == room->rate)
		memcpy(g->frame, room->all, size * sizeof g->frame[0]);
	else
		convert_frame(&g->convert, room->all, room->size, g->frame, size);
	g->size = codec_ops(g->codec)->encode(g->encoder, g->packet + RTP_HEADER,
					      sizeof g->packet - RTP_HEADER, g->frame, size);
}

struct room_group *room_same(struct stream *s)
{
	const struct room_member *m = s->member;
	struct frames *f = s->frames;
	bool silent = hears_nothing(m);
	if (!f->codec || (!silent && hears_its_own(m))) {
		if (f->codec && !m->apart &&
		    codec_ops(f->codec)->encoder_size) { /* its decoder knows the group's encoder */
			const struct room_group *g = group_of(m->room->same, f->codec);
			if (g)
				memcpy(f->encoder, g->encoder, codec_ops(f->codec)->encoder_size);
		}
		s->member->apart = true;
		return NULL;
	}
	s->member->apart = false;
	struct room_group *g = group_of(silent ? m->room->silent : m->room->same, f->codec);
	if (g && g->made != m->room->tick)
		make(m->room, g, silent);
	return g;
}
