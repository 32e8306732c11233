/* Runs whose process has begun anew, or whose call's switch has: the call is ours again, and what was under
 * way is done again or looked at. See engine_private.h. */
#include "daemon/api/script/engine_private.h"
#include "daemon/api/script/run_steps.h"

#include "daemon/api/call/fault.h"
#include "daemon/api/script/document.h"
#include "daemon/api/switch/link.h"

/* Begins the document that is here and wanted. False: none is. */
bool run_take_wanted(struct run *run)
{
	const char *text = json_string_value(json_object_get(run->wanted, "script"));

	if (text)
		run_begin_document(run, text, DOCUMENT_INLINE);
	return text;
}

/* Does again what was under way. */
static void resume(struct run *run)
{
	const char *url = json_string_value(json_object_get(run->wanted, "url"));

	run->redo = false;
	if (run->phase == RUN_END)
		run_hang_up(run, NULL);
	else if (run->phase == RUN_GATHER && run->prompts_done)
		run_timer(run); /* its time was up */
	else if (run_take_wanted(run))
		return;
	else if (url)
		run_fetch_again(run);
	else if (run->phase == RUN_AGAIN && run->outer)
		run->ways[run_outer_kind(run)].heard(run);
	else
		run_step(run);
}

/* Whether the step that is under way itself sees what has become of it. */
static bool check(struct run *run)
{
	const struct step *step = run_step_of(run);
	const enum step_kind kind = run->outer ? run_outer_kind(run) : step ? step->kind : STEP_HANGUP;

	if ((run->phase != RUN_DIAL && run->phase != RUN_QUEUED && run->phase != RUN_STREAM) ||
	    !run->ways[kind].check)
		return false;
	run->redo = false;
	run->ways[kind].check(run, step);
	return true;
}

static void on_reclaimed(struct run *run, const json_t *result, const json_t *error)
{
	if (fault_switch_misses(error)) {
		run_gone(run);
		return;
	}
	if (!run->redo)
		run_wind_timer(run);
	if (check(run))
		return;
	if (run->redo)
		resume(run);
	else if (run->phase == RUN_CONFERENCE)
		run_conference_check(run, json_object_get(result, "call"));
}

void run_reclaim(struct run *run)
{
	/* With the token as it is: a step that waits for an event goes on waiting. */
	struct ticket *ticket = ticket_make(run, on_reclaimed);

	if (ticket && link_call(run->with->link, "call.claim", json_pack("{s:s}", "call", run->call),
				ticket_on_reply, ticket))
		ticket_free(ticket);
}
