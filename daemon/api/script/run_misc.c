/* Echo, Refer, Notify, and keys that are told while the script goes on. */
#include "daemon/api/script/run_steps.h"

#include "daemon/api/call/machine.h"
#include "daemon/api/script/run_tell.h"
#include "daemon/api/switch/link.h"
#include "lib/control_frame.h"

#include <stdio.h>
#include <string.h>

/* ---- Echo ---- */

static void on_echo(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error) {
		run_step_failed(run, error);
		return;
	}
	run->phase = RUN_ECHO;
	run_save(run);
}

void run_begin_echo(struct run *run, const struct step *step)
{
	(void)step;
	run_request(run, "call.echo", json_pack("{s:b}", "on", 1), on_echo);
}

void run_echo_leave(struct run *run, const struct step *step)
{
	(void)step;
	link_call(run->with->link, "call.echo", json_pack("{s:s, s:b}", "call", run->call, "on", 0), NULL,
		  NULL);
}

/* ---- Refer ---- */

static json_t *refer_form(const char *status, int64_t code)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)code);
	return json_pack("{s:s, s:s}", "refer_status", status, "refer_code", text);
}

static void refer_failed(struct run *run, int64_t code)
{
	const struct step *step = run_step_of(run);

	run_note(run, true, "The transfer failed.");
	run_ask_if_action(run, step, "refer", refer_form("failed", code));
}

static void on_referring(struct run *run, const json_t *result, const json_t *error)
{
	const int64_t code = json_integer_value(json_object_get(error, "code"));

	(void)result;
	/* One that is under way is ours, from before this process: what becomes of it will be told. */
	if (error && code != CONTROL_CONFLICT) {
		refer_failed(run, code);
		return;
	}
	run->phase = RUN_REFER;
	run_save(run);
}

void run_begin_refer(struct run *run, const struct step *step)
{
	run_request(run, "call.refer", json_pack("{s:s}", "to", step->text), on_referring);
}

void run_refer_event(struct run *run, const struct step *step, const struct bus_event *event)
{
	(void)step;
	if (run->phase == RUN_REFER && !strcmp(event->type, "call.transfer_failed"))
		refer_failed(run, json_integer_value(json_object_get(event->data, "code")));
}

/* It was handed over, and ends here: who asks is told, and has no say any more. */
void run_refer_done(struct run *run, const struct step *step)
{
	const struct step_hook action = { .url = step->action, .get = !step->post };

	if (run->phase == RUN_REFER)
		run_tell(run, &action, "refer", refer_form("completed", 202));
}

/* ---- Notify ---- */

void run_begin_notify(struct run *run, const struct step *step)
{
	run_ask(run, &(struct run_asking){ .url = step->action,
					   .post = step->post,
					   .moment = "notify",
					   .payload = step->text,
					   .optional = true });
}

/* ---- keys ---- */

void run_keys_begin(struct run *run, const struct step *step)
{
	json_decref(run->keys);
	run->keys = json_pack("{s:s*, s:b}", "url", step->action, "get", !step->post);
	run_next(run);
}

void run_keys_event(struct run *run, const struct bus_event *event)
{
	const struct step_hook hook = { .url = json_string_value(json_object_get(run->keys, "url")),
					.get = json_is_true(json_object_get(run->keys, "get")) };

	if (hook.url)
		run_tell(
		    run, &hook, "key",
		    json_pack("{s:s*}", "digits", json_string_value(json_object_get(event->data, "digit"))));
}

/* ---- who has answered ---- */

void machine_told(const struct scripts_setup *with, const struct call_row *row, const json_t *machine)
{
	const json_t *asked = json_object_get(row->options, "machine");
	const struct telling telling = { .form = script_form_find(with->forms, row->dialect),
					 .moment = "machine",
					 .url = json_string_value(json_object_get(asked, "callback")),
					 .get = json_is_true(json_object_get(asked, "callback_get")) };
	char ms[24];

	if (!telling.url)
		return;
	snprintf(ms, sizeof ms, "%lld", (long long)json_integer_value(json_object_get(machine, "after_ms")));
	tell_of_call(with, &telling, row,
		     json_pack("{s:s, s:s}", "answered_by", machine_word(machine), "machine_ms", ms));
}
