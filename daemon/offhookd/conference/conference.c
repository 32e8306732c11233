/* Conferences: making, entering, leaving, ending. Sound and files are in conference_media.c. See
 * conference.h. */
#include "daemon/offhookd/conference/conference.h"

#include "daemon/offhookd/conference/conference_private.h"
#include "daemon/offhookd/control/events.h"
#include "lib/clock.h"
#include "lib/json_text.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum { PARTICIPANTS_DEFAULT = 250 };

static const struct {
	const char *word, *sentence;
} whys[] = {
	[CONFERENCE_BY_API] = { "api", "It was ended through the API." },
	[CONFERENCE_MODERATOR_LEFT] = { "moderator-left", "The moderator left." },
	[CONFERENCE_LAST_LEFT] = { "last-left", "The last participant left." },
	[CONFERENCE_EMPTY] = { "empty", "Nobody came." },
	[CONFERENCE_SHUT_DOWN] = { "shut-down", "The switch was shut down." },
};

static const char *status_name(enum conference_status status)
{
	return status == CONFERENCE_INIT	  ? "init"
	       : status == CONFERENCE_IN_PROGRESS ? "in-progress"
						  : "completed";
}

/* ---- what is said of it ---- */

static json_t *participant_json(const struct participant *p)
{
	json_t *out =
	    json_pack("{s:s,s:b,s:b,s:b,s:b,s:b,s:b,s:I}", "call", p->call->id, "muted", (int)p->how.muted,
		      "hold", (int)p->how.hold, "deaf", (int)p->how.deaf, "moderator", (int)p->how.moderator,
		      "ends", (int)p->how.ends, "talking", (int)p->talking, "joined", (json_int_t)p->joined);

	json_object_set_new(out, "from", json_string(p->call->from));
	json_object_set_new(out, "to", json_string(p->call->to));
	if (p->call->user)
		json_object_set_new(out, "user", json_string(p->call->user));
	if (p->how.coaches)
		json_object_set_new(out, "coaches", json_string(p->how.coaches->id));
	if (*p->how.label)
		json_object_set_new(out, "label", json_string(p->how.label));
	if (p->how.speaks_to)
		json_object_set(out, "speaks_to", (json_t *)p->how.speaks_to);
	if (p->how.hears)
		json_object_set(out, "hears", (json_t *)p->how.hears);
	return out;
}

/* All of it but the list of participants: what events tell. */
static json_t *head_json(const struct conference *c)
{
	json_t *out =
	    json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:I}", "id", c->id, "name", c->name, "account", c->account,
		      "status", status_name(c->status), "created", (json_int_t)c->created, "max_participants",
		      (json_int_t)c->max, "participant_count", (json_int_t)c->count);

	if (!out)
		return NULL;
	if (c->started)
		json_object_set_new(out, "started", json_integer(c->started));
	if (c->ended)
		json_object_set_new(out, "ended", json_integer(c->ended));
	if (c->status == CONFERENCE_COMPLETED) {
		json_object_set_new(out, "end", json_string(whys[c->why].word));
		json_object_set_new(out, "reason", json_string(whys[c->why].sentence));
	}
	if (*c->ended_by)
		json_object_set_new(out, "ended_by", json_string(c->ended_by));
	if (c->recording.started)
		json_object_set_new(out, "recording", recording_json(&c->recording));
	return out;
}

json_t *conference_snapshot(const struct conference *c)
{
	json_t *out = head_json(c), *list = json_array();
	const struct participant *p;

	DL_FOREACH(c->list, p)
	json_array_append_new(list, participant_json(p));
	json_object_set_new(out, "participants", list);
	return out;
}

json_t *conference_list(const struct conferences *conferences)
{
	json_t *list = json_array();

	for (const struct conference *c = conferences->table; c; c = c->hh.next)
		json_array_append_new(list, conference_snapshot(c));
	return list;
}

void conference_publish(struct conference *c, const char *method, json_t *more)
{
	json_t *params = json_object();

	json_object_set_new(params, "conference", head_json(c));
	if (more)
		json_object_update(params, more);
	json_decref(more);
	control_events_publish(c->all->events, method, params);
}

static void publish_participant(struct conference *c, const struct participant *p, const char *what)
{
	log_info("conference.participant", p->call->id, "conference=%s name=%s what=%s count=%zu", c->id,
		 log_quote(c->name), what, c->count);
	conference_publish(c, "conference.participant",
			   json_pack("{s:s,s:o}", "what", what, "participant", participant_json(p)));
}

/* ---- life ---- */

static void destroy(void *object)
{
	struct conference *c = object;

	free(c->name);
	free(c->account);
	free(c->recording.file);
}

struct conference *conference_find(struct conferences *conferences, const char *id_or_name,
				   const char *account)
{
	struct conference *c;

	HASH_FIND_STR(conferences->table, id_or_name, c);
	if (c && (!account || strcmp(c->account, account) == 0))
		return c;
	for (c = conferences->table; c; c = c->hh.next)
		if (strcmp(c->name, id_or_name) == 0 && (!account || strcmp(c->account, account) == 0))
			return c;
	return NULL;
}

static int open_room(struct conference *c, const struct conference_params *p)
{
	struct media_room_params room = {
		.id = c->id,
		.arg = c,
		.max_members = c->max,
		.wait = p->wait,
		.beep_enter = p->beep_enter,
		.beep_exit = p->beep_exit,
		.music = p->music,
		.music_count = p->music_count,
	};
	int err = media_room_alloc(&c->room, c->all->media, &room);

	if (!err)
		ref_hold(c); /* until MEDIA_ROOM_CLOSED */
	return err;
}

static void fill(struct conference *c, struct conferences *all, const struct conference_params *p)
{
	c->all = all;
	if (p->id)
		snprintf(c->id, sizeof c->id, "%s", p->id);
	else
		random_uuid(c->id);
	c->name = strdup(p->name);
	c->account = strdup(p->account);
	c->max = p->max_participants ? p->max_participants : PARTICIPANTS_DEFAULT;
	c->created = clock_utc_ms();
	c->wait = p->wait;
	c->record = p->record;
	c->trim_silence = p->trim_silence;
}

static void wait_no_more(struct conference *c)
{
	if (c->empty)
		event_free(c->empty);
	c->empty = NULL;
}

static void on_empty(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	conference_end(arg, CONFERENCE_EMPTY, NULL);
}

/* Without memory it waits for ever. */
static void wait_for_somebody(struct conference *c, unsigned wait_s)
{
	const struct timeval tv = { .tv_sec = wait_s };

	if (!wait_s)
		return;
	c->empty = evtimer_new(c->all->base, on_empty, c);
	if (c->empty)
		evtimer_add(c->empty, &tv);
}

static bool has_room(const struct conferences *conferences, const struct conference_params *p)
{
	unsigned count = 0;

	for (const struct conference *c = conferences->table; c && p->max_all; c = c->hh.next)
		count += strcmp(c->account, p->account) == 0;
	return !p->max_all || count < p->max_all;
}

int conference_create(struct conference **out, struct conferences *conferences,
		      const struct conference_params *p)
{
	struct conference *c;
	int err;

	if (conference_find(conferences, p->name, p->account) ||
	    (p->id && conference_find(conferences, p->id, NULL)))
		return EEXIST;
	if (!has_room(conferences, p))
		return EUSERS;
	c = ref_alloc(sizeof *c, destroy);
	if (!c)
		return ENOMEM;
	fill(c, conferences, p);
	err = c->name && c->account ? open_room(c, p) : ENOMEM;
	if (err) {
		ref_drop(c);
		return err;
	}
	HASH_ADD_STR(conferences->table, id, c);
	wait_for_somebody(c, p->wait_s);
	log_info("conference.new", NULL, "conference=%s name=%s account=%s max=%u", c->id, log_quote(c->name),
		 c->account, c->max);
	conference_publish(c, "conference.state", NULL);
	*out = c;
	return 0;
}

static void start_if_due(struct conference *c, const struct participant *p)
{
	if (c->status != CONFERENCE_INIT || (c->wait && !p->how.moderator))
		return;
	c->status = CONFERENCE_IN_PROGRESS;
	c->started = clock_utc_ms();
	conference_publish(c, "conference.state", NULL);
	if (c->record)
		conference_record(c, NULL, NULL, false, c->trim_silence);
}

/* Takes over how it takes part, and what that holds. */
static void hold_how(struct participant *p, const struct conference_how *how)
{
	const struct conference_how before = p->how;

	json_incref((json_t *)how->speaks_to);
	json_incref((json_t *)how->hears);
	p->how = *how;
	json_decref((json_t *)before.speaks_to);
	json_decref((json_t *)before.hears);
}

/* Takes a participant off the list; the room has let it go, or is told to. */
static void drop(struct conference *c, struct participant *p)
{
	struct participant *other;
	struct call *call = p->call;

	DL_DELETE(c->list, p);
	c->count--;
	call_disown(call, &p->owner);
	DL_FOREACH(c->list, other)
	if (other->how.coaches == call)
		other->how.coaches = NULL;
	publish_participant(c, p, "leave");
	hold_how(p, &(struct conference_how){ 0 });
	free(p);
	ref_drop(call);
}

void conference_end(struct conference *c, enum conference_why why, const struct call *by)
{
	struct participant *p;

	if (c->ending)
		return;
	ref_hold(c);
	wait_no_more(c);
	c->ending = true;
	if (by)
		snprintf(c->ended_by, sizeof c->ended_by, "%s", by->id);
	/* who leaves now leaves one that lives: its end is told once, and last */
	while ((p = c->list)) { /* who leaves may take others along */
		struct call *call = ref_hold(p->call);
		bool hangup = p->how.hangup;

		drop(c, p);
		if (hangup)
			call_end(call, &(struct call_why){ .status = CALL_COMPLETED,
							   .by = CALL_ENDED_BY_SCRIPT,
							   .reason = "The conference ended." });
		ref_drop(call);
	}
	media_room_close(c->room);
	c->room = NULL;
	c->status = CONFERENCE_COMPLETED;
	c->ended = clock_utc_ms();
	c->why = why;
	log_info("conference.ended", NULL, "conference=%s name=%s reason=%s", c->id, log_quote(c->name),
		 log_quote(whys[why].sentence));
	conference_publish(c, "conference.state", NULL);
	HASH_DEL(c->all->table, c);
	ref_drop(c); /* the table's */
	ref_drop(c);
}

void conference_end_all(struct conferences *conferences)
{
	while (conferences->table)
		conference_end(conferences->table, CONFERENCE_SHUT_DOWN, NULL);
}

/* ---- participants ---- */

static void on_leaves(struct call_owner *owner, struct call *call)
{
	(void)owner;
	conference_leave(call);
}

static void write_name(const struct call_owner *owner, struct json_text *out)
{
	const struct conference *c = ((const struct participant *)owner)->conference;

	json_text_string(out, "conference", c->name);
	json_text_string(out, "conference_id", c->id);
}

static const struct call_owner_ops participant_ops = { .leaves = on_leaves, .write = write_name };

struct participant *participant_of(const struct call *call)
{
	return (struct participant *)call_owner_with(call, &participant_ops);
}

/* Those who are not to hear it know so before it comes. */
static int enter_room(struct conference *c, const struct participant *p)
{
	struct hearing_unheard unheard;
	struct media_member member;

	c->pairs |= p->how.speaks_to || p->how.hears;
	if (!hearing_is_possible(c))
		return E2BIG;
	hearing_settle(c, p);
	member = hearing_member(p, &unheard);
	return media_room_add(c->room, p->call->media, &member);
}

int conference_add(struct conference *c, struct call *call, const struct conference_how *how)
{
	struct participant *p;
	int err;

	if (!call->media || call_is_over(call))
		return ENOTCONN;
	if (c->count >= c->max)
		return EUSERS;
	call_sever(call);
	conference_leave(call);
	if (c->ending)
		return ENOTCONN; /* it was the last of this very conference */
	p = calloc(1, sizeof *p);
	if (!p)
		return ENOMEM;
	p->conference = c;
	p->call = call;
	hold_how(p, how);
	DL_APPEND(c->list, p);
	err = enter_room(c, p);
	if (err) {
		DL_DELETE(c->list, p);
		hearing_settle(c, NULL);
		hold_how(p, &(struct conference_how){ 0 });
		free(p);
		return err;
	}
	wait_no_more(c);
	ref_hold(call);
	p->joined = clock_utc_ms();
	call_own(call, &p->owner, &participant_ops);
	c->count++;
	publish_participant(c, p, "join");
	start_if_due(c, p);
	return 0;
}

struct conference *conference_of(const struct call *call)
{
	const struct participant *p = participant_of(call);

	return p ? p->conference : NULL;
}

const char *conference_account(const struct conference *c)
{
	return c->account;
}

const char *conference_id(const struct conference *conference)
{
	return conference->id;
}

bool conference_how(const struct call *call, struct conference_how *out)
{
	const struct participant *p = participant_of(call);

	if (p)
		*out = p->how;
	return p != NULL;
}

int conference_change(struct call *call, const struct conference_how *how, const char *what)
{
	struct participant *p = participant_of(call);
	struct conference_how before;
	struct hearing_unheard unheard;
	struct media_member member;
	int err;

	if (!p || !call->media)
		return ENOENT;
	before = p->how;
	p->how = *how;
	p->conference->pairs |= how->speaks_to || how->hears;
	member = hearing_member(p, &unheard);
	err = hearing_is_possible(p->conference) ? media_room_change(call->media, &member) : E2BIG;
	p->how = before;
	if (err)
		return err;
	hold_how(p, how);
	hearing_settle(p->conference, p);
	publish_participant(p->conference, p, what);
	start_if_due(p->conference, p);
	return 0;
}

void conference_leave(struct call *call)
{
	struct participant *p = participant_of(call);
	struct conference *c;
	bool ends;

	if (!p)
		return;
	c = ref_hold(p->conference);
	ends = p->how.ends;
	if (call->media)
		media_room_remove(call->media);
	drop(c, p);
	if (ends)
		conference_end(c, CONFERENCE_MODERATOR_LEFT, call);
	else if (c->count == 0)
		conference_end(c, CONFERENCE_LAST_LEFT, call);
	ref_drop(c);
}
