/* Changes of who is in a conference: several may be asked for at once; they are made one after the other, and
 * the first that is refused ends it. */
#include "daemon/api/dialect/twilio/conference_json.h"
#include "daemon/api/dialect/twilio/conferences.h"
#include "daemon/api/dialect/twilio/hear.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANGES_MAX = 7 };

struct updating {
	struct ask *ask;
	char conference[UUID_TEXT_SIZE], call[UUID_TEXT_SIZE], coach[UUID_TEXT_SIZE];
	struct participant_change changes[CHANGES_MAX];
	size_t count, at;
	const char *hold_url, *announce_url;
	bool hold_post, announce_post;
};

static void go_on(struct updating *updating);

static void on_changed(const struct fault *fault, const struct participant *items, size_t count, void *arg)
{
	struct updating *updating = arg;

	if (!fault && ++updating->at < updating->count) {
		go_on(updating);
		return;
	}
	participants_answer_one(fault, items, count, updating->ask);
	free(updating);
}

static void change(struct updating *updating)
{
	participant_change(&updating->ask->by, updating->conference, updating->call,
			   &updating->changes[updating->at], on_changed, updating);
}

static void on_heard(const struct announcement *what, void *arg)
{
	struct updating *updating = arg;

	if (!what) {
		free(updating);
		return;
	}
	updating->changes[updating->at].what = *what;
	change(updating);
}

static void go_on(struct updating *updating)
{
	const struct participant_change *next = &updating->changes[updating->at];
	const bool holds = next->kind == PARTICIPANT_HOLD && next->on && updating->hold_url;
	const struct hear hear = { holds ? updating->hold_url : updating->announce_url,
				   holds ? updating->hold_post : updating->announce_post,
				   updating->conference, updating->call };

	if (holds || next->kind == PARTICIPANT_ANNOUNCE)
		hear_fetch(updating->ask, &hear, on_heard, updating);
	else
		change(updating);
}

static struct participant_change *add(struct updating *updating, enum participant_change_kind kind, bool on)
{
	struct participant_change *new = &updating->changes[updating->count++];

	new->kind = kind;
	new->on = on;
	return new;
}

/* Coaching, CallSidToCoach: the call that alone hears it; not coaching: all hear it. */
static void read_coach(struct updating *updating, struct form *form)
{
	const char *sid = form_text(form, "CallSidToCoach");
	bool coaching = false, said = form_bool(form, "Coaching", &coaching);

	if (said && !coaching) {
		add(updating, PARTICIPANT_COACH, false)->coach = "";
		return;
	}
	if (said && !sid)
		form_fail(form, TROUBLE_PARAMETER, "CallSidToCoach is required for Coaching.");
	if (!sid)
		return;
	if (!sid_read("CA", sid, updating->coach))
		form_fail(form, TROUBLE_PARAMETER, "CallSidToCoach is no sid of a call.");
	add(updating, PARTICIPANT_COACH, true)->coach = updating->coach;
}

/* What it hears while it waits; an empty one is silence. */
static void read_wait(struct updating *updating, struct form *form)
{
	const char *url = form_text(form, "WaitUrl") ? form_url(form, "WaitUrl") : "";
	struct participant_change *change;
	bool post = true;

	form_method(form, "WaitMethod", &post);
	if (!form_has(form, "WaitUrl") || !url)
		return;
	change = add(updating, PARTICIPANT_WAITS, true);
	change->wait_url = url;
	change->wait_get = !post;
}

static void read_changes(struct updating *updating, struct form *form)
{
	bool on = false;

	updating->hold_post = updating->announce_post = true;
	updating->hold_url = form_url(form, "HoldUrl");
	form_method(form, "HoldMethod", &updating->hold_post);
	updating->announce_url = form_url(form, "AnnounceUrl");
	form_method(form, "AnnounceMethod", &updating->announce_post);
	read_wait(updating, form);
	if (form_bool(form, "Muted", &on))
		add(updating, PARTICIPANT_MUTE, on);
	if (form_bool(form, "EndConferenceOnExit", &on))
		add(updating, PARTICIPANT_ENDS, on);
	if (form_bool(form, "BeepOnExit", &on))
		add(updating, PARTICIPANT_BEEPS, on);
	read_coach(updating, form);
	if (form_bool(form, "Hold", &on))
		add(updating, PARTICIPANT_HOLD, on);
	if (updating->announce_url)
		add(updating, PARTICIPANT_ANNOUNCE, true);
}

static void found(struct ask *ask, const char *conference, const char *call)
{
	struct updating *updating = calloc(1, sizeof *updating);

	if (!updating) {
		ask_done(ask, 503, NULL);
		return;
	}
	updating->ask = ask;
	snprintf(updating->conference, sizeof updating->conference, "%s", conference);
	snprintf(updating->call, sizeof updating->call, "%s", call);
	read_changes(updating, &ask->form);
	if (updating->count) {
		go_on(updating);
		return;
	}
	participant_get(&ask->by, conference, call, participants_answer_one, ask);
	free(updating);
}

void participants_update(struct ask *ask)
{
	struct updating trial = { .ask = ask };

	read_changes(&trial, &ask->form);
	if (ask_form_ok(ask))
		participants_resolve(ask, found);
}
