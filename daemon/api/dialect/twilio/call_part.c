#include "daemon/api/dialect/twilio/call_part.h"

#include "daemon/api/dialect/twilio/dates.h"
#include "lib/clock.h"

#include <stdlib.h>

struct call_part *call_part_new(struct ask *ask, const char *prefix, const char *path)
{
	struct call_part *part = calloc(1, sizeof *part);

	if (part)
		*part = (struct call_part){ .ask = ask, .prefix = prefix, .path = path };
	else
		ask_refuse(ask, 503, 20503, "Out of memory.");
	return part;
}

void call_part_answer(const struct call_part *part, int status, const char *state)
{
	const struct view_of of = ask_view(part->ask);
	char sid[SID_SIZE], call[SID_SIZE], account[SID_SIZE], date[DATE_TEXT_SIZE];
	json_t *json;

	sid_write(of.view, part->prefix, part->id, sid);
	sid_write(of.view, "CA", part->call, call);
	json = json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s, s:o}", "sid", sid, "account_sid",
			 view_account_sid(&of, account), "call_sid", call, "name",
			 *part->name ? part->name : NULL, "status", state, "date_updated",
			 date_write(clock_utc_ms(), date), "uri",
			 view_uri(&of, "/Calls/%s/%s/%s.json", call, part->path, sid));
	ask_done(part->ask, status, json);
}

bool call_part_read_stop(struct call_part *part)
{
	static const char *const statuses[] = { "stopped", NULL };
	struct ask *ask = part->ask;
	int status = -1;

	if (!form_word(&ask->form, "Status", statuses, &status))
		form_fail(&ask->form, TROUBLE_PARAMETER, "Status must be stopped.");
	return ask_form_ok(ask) && ask_arg_id(ask, 0, "CA", part->call);
}

void call_part_on_stopped(const struct fault *fault, void *arg)
{
	struct call_part *part = arg;

	if (fault)
		ask_fail(part->ask, fault);
	else
		call_part_answer(part, 200, "stopped");
	free(part);
}
