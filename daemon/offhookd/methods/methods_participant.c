/* conference.*: who takes part, and how. */
#include "daemon/offhookd/methods/method.h"

#include "lib/log.h"

#include <errno.h>
#include <string.h>

enum { PARTNERS_MAX = 100 };

static void check_calls(struct json_get *g, const char *name, const json_t *list)
{
	bool right = json_array_size(list) <= PARTNERS_MAX;
	const json_t *id;
	size_t i;

	json_array_foreach((json_t *)list, i, id) right = right && json_is_string(id);
	if (!right)
		json_get_fail(g, name, "must hold at most %d ids of calls", PARTNERS_MAX);
}

void check_coaches(struct json_get *g, struct asked *a)
{
	const char *id = a->in.coaches;
	const struct call *coached = id && id[0] ? calls_find(a->m->calls, id) : NULL;

	check_calls(g, "speaks_to", a->in.speaks_to);
	check_calls(g, "hears", a->in.hears);
	if (a->in.label && strlen(a->in.label) >= PARTICIPANT_LABEL_SIZE)
		json_get_fail(g, "label", "must have at most %d bytes", PARTICIPANT_LABEL_SIZE - 1);
	if (id && id[0] && (!coached || !conference_how(coached, &(struct conference_how){ 0 })))
		json_get_fail(g, "coaches", "is no participant's call");
}

static void set(bool *flag, int wanted)
{
	if (wanted >= 0)
		*flag = wanted;
}

/* What is asked, over what `how` says already. */
static void read_how(const struct asked *a, struct conference_how *how)
{
	const struct method_in *in = &a->in;

	set(&how->muted, in->muted);
	set(&how->hold, in->hold);
	set(&how->deaf, in->deaf);
	set(&how->moderator, in->moderator);
	set(&how->ends, in->ends);
	set(&how->hangup, in->hangup);
	if (in->exit_beep >= 0)
		how->exit_beep = in->exit_beep ? MEDIA_EXIT_BEEP_ON : MEDIA_EXIT_BEEP_OFF;
	if (in->label)
		snprintf(how->label, sizeof how->label, "%s", in->label);
	if (in->speaks_to)
		how->speaks_to = in->speaks_to;
	if (in->hears)
		how->hears = in->hears;
	if (in->coaches)
		how->coaches = in->coaches[0] ? calls_find(a->m->calls, in->coaches) : NULL;
}

/* Whether the call that is coached takes part there, too; else that has been answered. */
static bool coaches_within(struct asked *a, const struct conference *conference,
			   const struct conference_how *how)
{
	if (!how->coaches || conference_of(how->coaches) == conference)
		return true;
	methods_refuse(a, CONTROL_INVALID_PARAMS, "coaches",
		       "\"coaches\" is no participant's call in this conference.");
	return false;
}

static void reply_change(struct asked *a, int err)
{
	if (err == 0)
		methods_reply_call(a);
	else if (err == EUSERS)
		methods_refuse(a, CONTROL_LIMIT, "conference", "The conference is full.");
	else if (err == E2BIG)
		methods_refuse(a, CONTROL_LIMIT, "conference",
			       "Somebody there would not hear too many of the others.");
	else if (err == ENOENT)
		methods_refuse(a, CONTROL_CONFLICT, NULL, "The call is in no conference.");
	else if (err == ENOTCONN)
		methods_refuse(a, CONTROL_CONFLICT, NULL, "The call has not been answered, or is over.");
	else
		methods_refuse(a, CONTROL_UNAVAILABLE, NULL, strerror(err));
}

void method_conference_add(struct asked *a)
{
	struct conference_how how = { 0 };
	bool answered = a->call->status == CALL_IN_PROGRESS;

	if (strcmp(conference_account(a->conference), a->call->account) != 0) {
		log_warn("conference.account_denied", a->call->id, "conference=%s account=%s of=%s",
			 conference_id(a->conference), a->call->account, conference_account(a->conference));
		methods_refuse(a, CONTROL_CONFLICT, "conference", "The conference is another account's.");
		return;
	}
	read_how(a, &how);
	if (!coaches_within(a, a->conference, &how))
		return;
	reply_change(a, answered ? conference_add(a->conference, a->call, &how) : ENOTCONN);
}

void method_conference_remove(struct asked *a)
{
	struct conference_how how;

	if (!conference_how(a->call, &how)) {
		reply_change(a, ENOENT);
		return;
	}
	conference_leave(a->call);
	methods_reply_call(a);
}

/* Changes how a call takes part: `what` is the event's word. False: it was refused. */
static bool change(struct asked *a, const char *what)
{
	struct conference_how how;
	int err = ENOENT;

	if (conference_how(a->call, &how)) {
		read_how(a, &how);
		if (!coaches_within(a, conference_of(a->call), &how))
			return false;
		err = conference_change(a->call, &how, what);
	}
	reply_change(a, err);
	return !err;
}

void method_conference_change(struct asked *a)
{
	change(a, "change");
}

void method_conference_mute(struct asked *a)
{
	change(a, a->in.muted ? "mute" : "unmute");
}

/* With `files` they are heard meanwhile, over and over. */
void method_conference_hold(struct asked *a)
{
	struct media_play play = { a->in.files, a->in.file_count, 0, false, 0 };
	struct media_session *media = a->call->media;
	uint32_t id;

	if (!change(a, a->in.hold ? "hold" : "unhold") || !media)
		return;
	if (!a->in.hold)
		media_session_play_stop(media);
	else if (a->in.file_count && media_session_play(media, &play, &id))
		log_warn("conference.no_music", a->call->id, "error=%s", log_quote(strerror(ENOMEM)));
}

void method_conference_deaf(struct asked *a)
{
	change(a, a->in.deaf ? "deafen" : "undeafen");
}

void method_conference_coach(struct asked *a)
{
	change(a, a->in.coaches[0] ? "coach" : "uncoach");
}
