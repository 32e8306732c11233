/* Dial with a conference in it. */
#include "daemon/api/script/run_steps.h"

#include "lib/log.h"

#include <stdio.h>
#include <string.h>

static void leave(struct run *run, const char *status)
{
	const struct step *step = run_step_of(run);
	json_t *form = json_pack("{s:s, s:s}", "dial_status", status, "conference", run->conference);

	*run->conference = '\0';
	if (step->action) {
		run_ask_action(run, step, "conference", form);
		return;
	}
	json_decref(form);
	run_next(run);
}

static void entered(struct run *run, const json_t *call)
{
	const char *id = json_string_value(json_object_get(call, "conference_id"));

	snprintf(run->conference, sizeof run->conference, "%s", id ? id : "");
	run->phase = RUN_CONFERENCE;
	run_save(run);
}

static void on_added(struct run *run, const json_t *result, const json_t *error)
{
	if (error) {
		log_info("script.conference_failed", run->call, "error=%s",
			 log_quote(json_string_value(json_object_get(error, "message"))));
		leave(run, "failed");
		return;
	}
	entered(run, json_object_get(result, "call"));
}

/* It is there: made now, or by somebody before. */
static void on_conference(struct run *run, const json_t *result, const json_t *error)
{
	const struct step *step = run_step_of(run);
	json_t *params;

	(void)result;
	if (error && json_integer_value(json_object_get(error, "code")) != 409) {
		run_step_failed(run, error);
		return;
	}
	params = json_pack("{s:s, s:s, s:b, s:b, s:b, s:s*}", "conference", step->text, "account",
			   run->account->name, "muted", step->muted, "moderator", step->starts, "ends",
			   step->ends, "coaches", step->coach);
	run_request(run, "conference.add", params, on_added);
}

/* `music` may be NULL. */
static void create(struct run *run, const struct step *step, json_t *music)
{
	json_t *params =
	    json_pack("{s:s, s:s, s:b, s:b, s:s, s:O*}", "name", step->text, "account", run->account->name,
		      "wait", 1, "record", step->record, "beep", step->beeps, "music", music);

	if (step->max_participants)
		json_object_set_new(params, "max_participants", json_integer(step->max_participants));
	run_request(run, "conference.create", params, on_conference);
}

static void on_music(json_t *files, const char *error, void *arg)
{
	struct run *run = ticket_redeem(arg);
	const struct step *step = run ? run_step_of(run) : NULL;
	json_t *had;

	if (!step)
		return;
	had = run_prompts_had(run, step, files, error);
	create(run, step, json_array_size(had) ? had : NULL);
	json_decref(had);
}

static void prepare_music(struct run *run, const struct step *step)
{
	const struct step music = { .kind = STEP_PLAY, .text = step->music, .loop = 1 };

	run_prompts(run, &music, 1, on_music);
}

/* The step may have begun before a restart of this process: then the call is in already. */
static void on_seen(struct run *run, const json_t *result, const json_t *error)
{
	const struct step *step = run_step_of(run);
	const json_t *call = json_object_get(result, "call");
	const char *name = json_string_value(json_object_get(call, "conference"));
	if (error)
		run_step_failed(run, error);
	else if (name && !strcmp(name, step->text))
		entered(run, call);
	else if (step->music && *step->music)
		prepare_music(run, step);
	else
		create(run, step, NULL);
}

void run_begin_conference(struct run *run, const struct step *step)
{
	(void)step;
	run_request(run, "call.get", json_object(), on_seen);
}

/* Whether the call lives on. When it does not, its end has been told, or is next. */
static void on_left(struct run *run, const json_t *result, const json_t *error)
{
	const char *status = json_string_value(json_object_get(json_object_get(result, "call"), "status"));

	if (!error && status && !strcmp(status, "in-progress"))
		leave(run, "answered");
}

void run_conference_event(struct run *run, const struct bus_event *event)
{
	const char *what = json_string_value(json_object_get(event->data, "what"));

	if (run->phase == RUN_CONFERENCE && what && !strcmp(what, "leave") &&
	    !strcmp(run->conference, event->conference->id))
		run_request(run, "call.get", json_object(), on_left);
}

void run_conference_check(struct run *run, const json_t *call)
{
	const char *id = json_string_value(json_object_get(call, "conference_id"));

	if (call && (!id || strcmp(run->conference, id)))
		leave(run, "answered");
}
