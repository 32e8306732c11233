/* Rooms as the main thread sees them. */
#include "media/order.h"
#include "media/player.h"
#include "media/recorder.h"
#include "media/room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS_DEFAULT = 250 };

/* ---- life ---- */

void conference_settled(struct media_room *room)
{
	struct media_engine *engine = room->engine;
	if (--room->pending > 0)
		return;
	struct media_event event = { .kind = MEDIA_ROOM_CLOSED };
	TAILQ_REMOVE(&engine->rooms, room, link);
	engine->room_count--;
	engine_say(engine, NULL, room, &event);
	free(room->id);
	free(room);
}

static void carry_out_open(struct stream *stream, struct order *order)
{
	struct room *room = order->room;
	(void)stream;
	TAILQ_INSERT_TAIL(&room->worker->rooms, room, link);
	room->music = order->player;
	room_settle(room);
}

static void carry_out_close(struct stream *stream, struct order *order)
{
	(void)stream;
	room_close(order->room);
}

static void closed(struct order *order)
{
	struct media_room *room = order->join.handle;
	free(order->room);
	room->room = NULL;
	conference_settled(room);
}

static struct room *room_new(struct media_room *handle, const struct media_room_params *params)
{
	struct room *room = calloc(1, sizeof *room);
	if (!room)
		return NULL;
	room->worker = handle->worker;
	room->handle = handle;
	room->started = !params->wait;
	room->beep_enter = params->beep_enter;
	room->beep_exit = params->beep_exit;
	room->gain = room->gain_before = 1;
	TAILQ_INIT(&room->members);
	return room;
}

static int make_player(struct player **out, struct media_room *room, const struct media_play *play)
{
	int err = player_alloc(out, play);
	if (err)
		return err;
	(*out)->room = room;
	(*out)->main = &room->engine->mailbox;
	(*out)->taken_back = session_played;
	(*out)->id = engine_next_id(room->engine);
	room->pending++;
	return 0;
}

int media_room_alloc(struct media_room **out, struct media_engine *engine,
		     const struct media_room_params *params)
{
	struct media_room *room = calloc(1, sizeof *room);
	struct order *order = NULL;
	struct player *music = NULL;
	int err = ENOMEM;
	if (!room)
		return ENOMEM;
	room->engine = engine;
	room->arg = params->arg;
	room->max = params->max_members ? params->max_members : MEMBERS_DEFAULT;
	room->worker = engine_idlest(engine);
	room->id = strdup(params->id);
	room->room = room_new(room, params);
	if (room->id && room->room) {
		order = order_new_room(room->room, room->worker, carry_out_open);
		room->last_order = order_new_room(room->room, room->worker, carry_out_close);
	}
	if (order && room->last_order) {
		const struct media_play play = { .files = params->music,
						 .count = params->music_count,
						 .loops = 0 };
		err = params->music_count ? make_player(&music, room, &play) : 0;
	}
	if (err) {
		free(order);
		free(room->last_order);
		free(room->room);
		free(room->id);
		free(room);
		return err;
	}
	room->pending++;
	TAILQ_INSERT_TAIL(&engine->rooms, room, link);
	engine->room_count++;
	order->player = music;
	order_post(order);
	*out = room;
	return 0;
}

/* Whoever is in it is not any more, for the main thread. */
static void forget_members(struct media_room *room)
{
	struct media_session *session;
	TAILQ_FOREACH(session, &room->engine->sessions, link)
		if (session->room == room)
			session->room = NULL;
	room->count = 0;
}

void media_room_close(struct media_room *room)
{
	struct order *order = room->last_order;
	forget_members(room);
	room->closing = true;
	order->carried_out = closed;
	order->join.handle = room;
	order_post(order);
}

size_t media_room_members(const struct media_room *room)
{
	return room->count;
}

size_t media_engine_rooms(const struct media_engine *engine)
{
	return engine->room_count;
}

/* ---- members ---- */

static void carry_out_dissolve(struct stream *stream, struct order *order)
{
	(void)stream;
	room_dissolve(order->room);
}

static void ended(struct order *order)
{
	struct media_room *room = order->join.handle;
	struct media_event event = { .kind = MEDIA_ROOM_ENDED };
	if (!room->closing)
		engine_say(room->engine, NULL, room, &event);
	conference_settled(room);
}

static void end_room(struct media_room *room)
{
	struct order *order = order_new_room(room->room, room->worker, carry_out_dissolve);
	if (!order)
		return; /* without memory for so little nothing else goes on either */
	forget_members(room);
	room->pending++;
	order->carried_out = ended;
	order->join.handle = room;
	order_post(order);
}

void conference_forget(struct media_session *session)
{
	struct media_room *room = session->room;
	if (!room)
		return;
	session->room = NULL;
	room->count--;
	if (session->ends_room)
		end_room(room);
}

static void take_member(struct room_member *member, struct order *order)
{
	struct room_unheard *before = member->unheard;
	member->unheard = order->join.unheard;
	order->join.unheard = before;
	member->muted = order->join.muted;
	member->held = order->join.held;
	member->deaf = order->join.deaf;
	member->exit_beep = order->join.exit_beep;
	member->coaches = order->join.coaches;
}

static void carry_out_join(struct stream *stream, struct order *order)
{
	take_member(order->join.member, order);
	room_join(order->room, stream, order->join.member);
	order->room->started = order->room->started || order->join.starts;
}

static void carry_out_change(struct stream *stream, struct order *order)
{
	struct room_member *member = stream->member;
	if (!member)
		return;
	take_member(member, order);
	member->room->started = member->room->started || order->join.starts;
	room_settle(member->room);
}

static void free_unheard(struct order *order)
{
	free(order->join.unheard);
}

static int copy_unheard(struct room_unheard **out, const struct media_member *how)
{
	struct room_unheard *u;
	*out = NULL;
	if (how->unheard_count > MEDIA_UNHEARD_MAX)
		return EINVAL;
	if (!how->unheard_count)
		return 0;
	u = calloc(1, sizeof *u + how->unheard_count * sizeof u->of[0]);
	if (!u)
		return ENOMEM;
	for (size_t i = 0; i < how->unheard_count; i++)
		u->of[u->count++].session = how->unheard[i];
	*out = u;
	return 0;
}

static void describe(struct order *order, const struct media_member *how, struct room_unheard *unheard)
{
	order->carried_out = free_unheard;
	order->join.unheard = unheard;
	order->join.muted = how->muted;
	order->join.held = how->held;
	order->join.deaf = how->deaf;
	order->join.exit_beep = how->exit_beep;
	order->join.starts = how->starts;
	order->join.coaches = how->coaches;
}

int media_room_add(struct media_room *room, struct media_session *session, const struct media_member *how)
{
	if (session->room == room)
		return media_room_change(session, how);
	if (room->count >= room->max)
		return EUSERS;
	struct room_unheard *unheard;
	int err = copy_unheard(&unheard, how);
	if (err)
		return err;
	struct order *order = order_new(session, carry_out_join);
	struct room_member *member = calloc(1, sizeof *member);
	err = order && member ? session_bring_to(session, room->worker) : ENOMEM;
	if (err) {
		free(order);
		free(member);
		free(unheard);
		return err;
	}
	conference_forget(session);
	session->room = room;
	session->ends_room = how->ends;
	room->count++;
	order->room = room->room;
	order->join.member = member;
	describe(order, how, unheard);
	order_post(order);
	return 0;
}

int media_room_change(struct media_session *session, const struct media_member *how)
{
	if (!session->room)
		return ENOENT;
	struct room_unheard *unheard;
	int err = copy_unheard(&unheard, how);
	if (err)
		return err;
	struct order *order = order_new(session, carry_out_change);
	if (!order) {
		free(unheard);
		return ENOMEM;
	}
	session->ends_room = how->ends;
	describe(order, how, unheard);
	order_post(order);
	return 0;
}

static void carry_out_leave(struct stream *stream, struct order *order)
{
	(void)order;
	room_leave(stream);
}

void media_room_remove(struct media_session *session)
{
	struct order *order = session->room ? order_new(session, carry_out_leave) : NULL;
	if (!order)
		return;
	order_post(order);
	conference_forget(session);
}

/* ---- playing and recording ---- */

static void carry_out_play(struct stream *stream, struct order *order)
{
	struct room *room = order->room;
	(void)stream;
	if (room->player)
		player_send_home(room->player, room->worker->filer, MEDIA_END_STOPPED);
	room->player = order->player; /* NULL: only stopped */
}

int media_room_play(struct media_room *room, const struct media_play *play, uint32_t *out_id)
{
	struct player *p;
	struct order *order = order_new_room(room->room, room->worker, carry_out_play);
	int err = order ? make_player(&p, room, play) : ENOMEM;
	if (err) {
		free(order);
		return err;
	}
	if (out_id)
		*out_id = p->id;
	order->player = p;
	order_post(order);
	return 0;
}

void media_room_play_stop(struct media_room *room)
{
	struct order *order = order_new_room(room->room, room->worker, carry_out_play);
	if (order)
		order_post(order);
}

static void carry_out_record(struct stream *stream, struct order *order)
{
	struct room *room = order->room;
	(void)stream;
	room->recorder = order->record.recorder;
	recorder_prepare(room->recorder, room->rate);
	if (order->record.to_all)
		room_beep(room);
	recorder_start(room->recorder, room->worker->filer);
}

static unsigned best_rate(const struct media_room *room)
{
	const struct media_session *session;
	unsigned rate = 8000;
	TAILQ_FOREACH(session, &room->engine->sessions, link)
		if (session->room == room && session->codec && session->codec->sample_hz > rate)
			rate = session->codec->sample_hz;
	return rate;
}

int media_room_record(struct media_room *room, const struct media_record *record, uint32_t *out_id)
{
	struct recorder *r;
	if (room->recording)
		return EBUSY;
	if (record->channels != 1)
		return EINVAL;
	struct order *order = order_new_room(room->room, room->worker, carry_out_record);
	int err = order ? recorder_alloc(&r, record, best_rate(room)) : ENOMEM;
	if (err) {
		free(order);
		return err;
	}
	r->room = room;
	r->main = &room->engine->mailbox;
	r->taken_back = session_recorded;
	r->id = engine_next_id(room->engine);
	room->recording = r->id;
	room->pending++;
	order->record.recorder = r;
	order->record.to_all = record->beep;
	if (out_id)
		*out_id = r->id;
	order_post(order);
	return 0;
}

static void carry_out_record_stop(struct stream *stream, struct order *order)
{
	struct room *room = order->room;
	(void)stream;
	if (room->recorder)
		recorder_send_home(room->recorder, room->worker->filer, MEDIA_END_COMPLETED);
	room->recorder = NULL;
}

void media_room_record_stop(struct media_room *room)
{
	struct order *order = order_new_room(room->room, room->worker, carry_out_record_stop);
	if (!order)
		return;
	room->recording = 0; /* the next one may begin; this one's end comes as an event */
	order_post(order);
}

static void carry_out_record_pause(struct stream *stream, struct order *order)
{
	struct recorder *r = order->room->recorder;
	(void)stream;
	if (!r)
		return;
	r->paused = order->flags.on;
	r->keep_silence = order->flags.second;
}

void media_room_record_pause(struct media_room *room, bool paused, bool keep_silence)
{
	struct order *order = order_new_room(room->room, room->worker, carry_out_record_pause);
	if (!order)
		return;
	order->flags.on = paused;
	order->flags.second = keep_silence;
	order_post(order);
}
