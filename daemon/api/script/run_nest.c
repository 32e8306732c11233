/* A script within the script: what those hear who wait in a queue or for a conference, or whom it announces.
 * The call's own stands aside meanwhile, with its step under way.
 *
 * run->outer: "kind" of that step, "document", "document_type", "base_url", "at", "memo"; and of the inner
 * one "url", "get" and "moment" (no url: a tone). */
#include "daemon/api/script/run_steps.h"

#include "lib/clock.h"

#include <stdlib.h>
#include <string.h>

enum { AGAIN_MS = 1000 };

/* Heard where nothing else can be. */
static const char tone[] = "<Response><Play loop=\"0\">tone:ringback</Play></Response>";

void run_nest(struct run *run, const struct step_hook *hook, const char *moment)
{
	const struct step *step = run_step_of(run);

	if (!run->memo)
		run->memo = json_object();
	run->outer = json_pack("{s:i, s:s*, s:s*, s:s*, s:i, s:O, s:s*, s:b, s:s}", "kind", (int)step->kind,
			       "document", run->document, "document_type", run->document_type, "base_url",
			       run->base_url, "at", (int)run->at, "memo", run->memo, "url", hook->url, "get",
			       hook->get, "moment", moment);
	json_decref(run->memo);
	run->memo = NULL;
}

void run_nest_tone(struct run *run)
{
	run_begin_document(run, tone, "text/xml");
}

void run_nest_begin(struct run *run, json_t *form)
{
	const char *url = json_string_value(json_object_get(run->outer, "url"));
	const char *base = json_string_value(json_object_get(run->outer, "base_url"));
	const char *moment = json_string_value(json_object_get(run->outer, "moment"));

	json_object_set_new(run->outer, "began", json_integer(clock_utc_ms()));
	if (!url || !*url) {
		json_decref(form);
		run_nest_tone(run);
		return;
	}
	/* its address is relative to the script that names it, not to the one that was heard last */
	free(run->base_url);
	run->base_url = base ? strdup(base) : NULL;
	run_ask(run, &(struct run_asking){ .url = url,
					   .post = !json_is_true(json_object_get(run->outer, "get")),
					   .form = form,
					   .moment = moment });
}

bool run_nest_rests(struct run *run)
{
	const int64_t began = json_integer_value(json_object_get(run->outer, "began"));

	if (clock_utc_ms() - began >= AGAIN_MS || began == 0)
		return false;
	json_object_set_new(run->outer, "began", json_integer(0));
	run->phase = RUN_AGAIN;
	run_set_timer(run, AGAIN_MS);
	run_save(run);
	return true;
}

static const char *text(const json_t *outer, const char *name)
{
	return json_string_value(json_object_get(outer, name));
}

void run_unnest(struct run *run)
{
	json_t *outer = run->outer;
	const char *document;
	char error[200];

	if (!outer)
		return;
	run_speech_over(run);
	run_forget(run);
	run_clear_step(run);
	run->outer = NULL;
	document = text(outer, "document");
	json_decref(run->memo);
	run->memo = json_incref(json_object_get(outer, "memo"));
	if (document && !run_take_document(run, document, strlen(document), text(outer, "document_type"),
					   text(outer, "base_url"), error, sizeof error))
		run->at = (size_t)json_integer_value(json_object_get(outer, "at"));
	json_decref(outer);
}
