/* Conferences. */
#include "daemon/api/simulate/stage.h"

#include "lib/clock.h"
#include "lib/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOT_FOUND = 404, CONFLICT = 409, FULL = 429 };

static json_t *shown(const struct stage_room *room)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:i}", "id", room->id, "name", room->name,
			 "account", room->account, "status", room->status, "created",
			 (json_int_t)room->created, "started", (json_int_t)room->started, "max_participants",
			 (json_int_t)room->max, "participant_count", (int)room->count);
}

static void tell(struct stage *stage, const struct stage_room *room, const char *type, json_t *more)
{
	json_t *params = more ? more : json_object();

	json_object_set_new(params, "conference", shown(room));
	stage_publish(stage, type, params);
}

/* By id, or the name of one that is alive. */
static struct stage_room *find(struct stage *stage, const char *what)
{
	struct stage_room *room = stage->rooms;

	while (room && what &&
	       (!strcmp(room->status, "completed") || (strcmp(room->id, what) && strcmp(room->name, what))))
		room = room->next;
	return what ? room : NULL;
}

static void set_status(struct stage *stage, struct stage_room *room, const char *status)
{
	room->status = status;
	if (!strcmp(status, "in-progress"))
		room->started = clock_utc_ms();
	transcript_add(stage->with.transcript, NULL, "conference",
		       json_pack("{s:s, s:s}", "name", room->name, "status", status));
	tell(stage, room, "conference.state", NULL);
}

static json_t *on_create(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	const char *name = json_string_value(json_object_get(params, "name"));
	const char *id = json_string_value(json_object_get(params, "id"));
	struct stage_room *room = find(stage, name) ? NULL : calloc(1, sizeof *room);
	char drawn[UUID_TEXT_SIZE];

	(void)call;
	if (!room || !name || !(room->name = strdup(name))) {
		free(room);
		*error = stage_fault(CONFLICT, "There is a conference of this name already.");
		return NULL;
	}
	snprintf(room->id, sizeof room->id, "%s", id ? id : random_uuid(drawn));
	room->account = stage->with.account;
	room->created = clock_utc_ms();
	room->max = json_integer_value(json_object_get(params, "max_participants"));
	room->max = room->max ? room->max : 250;
	room->waits = json_is_true(json_object_get(params, "wait"));
	room->next = stage->rooms;
	stage->rooms = room;
	set_status(stage, room, "init");
	return json_pack("{s:o}", "conference", shown(room));
}

static void moved(struct stage_call *call, struct stage_room *room, const char *what)
{
	transcript_add(call->stage->with.transcript, call->id, "conference",
		       json_pack("{s:s, s:s}", "name", room->name, "what", what));
	tell(call->stage, room, "conference.participant",
	     json_pack("{s:s, s:{s:s, s:b, s:b}}", "what", what, "participant", "call", call->id, "muted", 0,
		       "moderator", call->moderates));
}

static json_t *on_add(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	struct stage_room *room = find(stage, json_string_value(json_object_get(params, "conference")));

	if (!room || !call->answered || room->count >= room->max) {
		*error = !room		   ? stage_fault(NOT_FOUND, "There is no such conference.")
			 : !call->answered ? stage_fault(CONFLICT, "The call was not answered.")
					   : stage_fault(FULL, "The conference is full.");
		return NULL;
	}
	stage_leave_room(call);
	call->room = room;
	call->moderates = json_is_true(json_object_get(params, "moderator"));
	call->ends = json_is_true(json_object_get(params, "ends"));
	room->count++;
	json_object_set_new(call->snapshot, "conference", json_string(room->name));
	json_object_set_new(call->snapshot, "conference_id", json_string(room->id));
	if (!strcmp(room->status, "init") && (call->moderates || !room->waits))
		set_status(stage, room, "in-progress");
	moved(call, room, "join");
	return stage_shown(call);
}

static void out(struct stage_call *call, struct stage_room *room)
{
	call->room = NULL;
	room->count--;
	json_object_del(call->snapshot, "conference");
	json_object_del(call->snapshot, "conference_id");
	moved(call, room, "leave");
}

void stage_leave_room(struct stage_call *call)
{
	struct stage *stage = call->stage;
	struct stage_room *room = call->room;

	if (!room)
		return;
	out(call, room);
	for (struct stage_call *other = stage->calls; call->ends && other; other = other->next)
		if (other->room == room)
			out(other, room);
	if (!room->count)
		set_status(stage, room, "completed");
}

static json_t *on_remove(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	(void)stage, (void)params, (void)error;
	stage_leave_room(call);
	return stage_shown(call);
}

const struct stage_method stage_room_methods[] = {
	{ "conference.create", on_create, false },
	{ "conference.add", on_add, true },
	{ "conference.remove", on_remove, true },
	{ NULL, NULL, false },
};
