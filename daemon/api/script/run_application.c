/* Dial with an application in it: the caller hears that one's document, aside of its own (run_nest.c). When
 * it ends, so does the Dial.
 *
 * Remembered: "application" (its id) in the memo of the Dial. */
#include "daemon/api/script/run_application.h"

#include "daemon/api/script/sid.h"
#include "daemon/api/store/entries.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PARAMETER_SIZE = 128 };

static const char *setting(const struct entry_row *row, const char *name)
{
	return json_string_value(json_object_get(row->settings, name));
}

static json_t *form_of(const struct step_target *target)
{
	json_t *form = json_object();
	char name[PARAMETER_SIZE];

	for (size_t i = 0; i < target->pair_count; i++) {
		snprintf(name, sizeof name, "Param_%s", target->pairs[i].name);
		json_object_set_new(form, name, json_string(target->pairs[i].value));
	}
	return form;
}

bool application_begin(struct run *run, const struct step_target *target)
{
	struct step_hook hook = { .url = NULL };
	struct entry_row row = { 0 };
	const char *method;
	char id[SID_UUID_SIZE];
	json_t *form;
	int err = script_sid_read("AP", target->to, id)
		      ? entries_get(run->with->store, ENTRY_APPLICATION, run->account->name, id, &row)
		      : ENOENT;

	if (err == EIO)
		log_warn("script.store_failed", run->call, "%s", "what=application");
	hook.url = err ? NULL : setting(&row, "voice_url");
	if (!hook.url) {
		run_note(run, true,
			 err ? "There is no application \"%.60s\"."
			     : "The application \"%.60s\" has no address of a document.",
			 target->to);
		entry_row_clear(&row);
		return false;
	}
	method = setting(&row, "voice_method");
	hook.get = method && !strcmp(method, "GET");
	form = form_of(target); /* `target` goes with the document */
	json_object_set_new(run->memo, "application", json_string(id));
	if (target->status.url)
		run_note(run, false, "Nothing is told of the status of an application.");
	run_nest(run, &hook, "document");
	entry_row_clear(&row);
	run_nest_begin(run, form);
	return true;
}
