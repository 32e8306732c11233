#include "daemon/api/dialect/twilio/hear.h"

#include "daemon/api/dialect/twilio/parameters.h"
#include "daemon/api/dialect/twilio/sign.h"
#include "daemon/api/net/fetch.h"
#include "daemon/api/net/weburl.h"
#include "daemon/api/script/document.h"
#include "lib/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEAR_TIMEOUT_MS = 15000, HEAR_SIZE_MAX = 16 << 20, HEAR_PROMPTS_MAX = 64 };

struct hearing {
	struct ask *ask;
	hear_h *handler;
	void *arg;
};

/* Frees the hearing. */
__attribute__((format(printf, 2, 3))) static void fail(struct hearing *hearing, const char *fmt, ...)
{
	char text[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	ask_refuse(hearing->ask, 400, CODE_DOCUMENT, "%s", text);
	hearing->handler(NULL, hearing->arg);
	free(hearing);
}

/* Whether the URL names a sound: it is fetched as that. */
static bool names_sound(const char *url)
{
	const char *end = url + strcspn(url, "?#");

	return end - url > 4 && (!strncasecmp(end - 4, ".wav", 4) || !strncasecmp(end - 4, ".mp3", 4));
}

/* Returns how many; what cannot be heard is passed over. `resolved`: texts that go when it is over. */
static size_t add_prompts(const struct script *script, const char *base, struct prompt *list,
			  char *resolved[HEAR_PROMPTS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < script->count && n < HEAR_PROMPTS_MAX; i++) {
		const struct step *step = &script->steps[i];
		struct prompt prompt = { .text = step->text,
					 .markup = step->markup,
					 .voice = step->voice,
					 .language = step->language,
					 .ms = step->ms };

		if (step->kind == STEP_SAY)
			prompt.kind = PROMPT_TEXT;
		else if (step->kind == STEP_PAUSE)
			prompt.kind = PROMPT_SILENCE;
		else if (step->kind == STEP_PLAY && step->text)
			prompt.kind = PROMPT_SOUND;
		else
			continue;
		if (prompt.kind == PROMPT_SOUND && strncmp(step->text, "tone:", 5))
			prompt.text = resolved[n] = weburl_resolve(base, step->text);
		if (prompt.text || prompt.kind == PROMPT_SILENCE)
			list[n++] = prompt;
	}
	return n;
}

static void take(struct hearing *hearing, const struct script *script, const char *base)
{
	struct prompt list[HEAR_PROMPTS_MAX];
	char *resolved[HEAR_PROMPTS_MAX] = { NULL };
	const struct announcement what = { .prompts = list,
					   .prompt_count = add_prompts(script, base, list, resolved) };

	if (what.prompt_count) {
		hearing->handler(&what, hearing->arg);
		free(hearing);
	} else {
		fail(hearing, "The document has nothing to say or play.");
	}
	for (size_t i = 0; i < HEAR_PROMPTS_MAX; i++)
		free(resolved[i]);
}

static void on_fetched(const struct fetch_result *result, void *arg)
{
	struct hearing *hearing = arg;
	struct problems problems = { 0 };
	struct script *script;
	char error[200];

	if (result->error) {
		fail(hearing, "The document could not be had: %s", result->error);
		return;
	}
	if (result->status / 100 != 2) {
		fail(hearing, "The document could not be had: the answer is %d.", result->status);
		return;
	}
	if (!document_compile(&script, result->body, result->size, result->content_type, result->url,
			      &problems)) {
		take(hearing, script, result->url);
		script_free(script);
	} else {
		problems_say(&problems, error, sizeof error);
		fail(hearing, "The document: %s", error);
	}
	problems_clear(&problems);
}

/* The parameters of the request: a new string, or NULL. */
static char *form_of(const struct ask *ask, const struct hear *hear)
{
	struct told_form form;
	char sid[SID_SIZE];

	if (told_begin(&form, ask->by.desk->conf, ask->by.account, ask->view))
		return NULL;
	told_text(&form, "AccountSid", view_account_sid(&form.of, sid));
	told_text(&form, "ApiVersion", "2010-04-01");
	told_id(&form, "ConferenceSid", "CF", hear->conference);
	if (hear->call)
		told_id(&form, "CallSid", "CA", hear->call);
	return told_end(&form);
}

static int request(struct hearing *hearing, const struct hear *hear)
{
	char *form = form_of(hearing->ask, hear);
	char *url = !form ? NULL : hear->post ? strdup(hear->url) : weburl_with_query(hear->url, form);
	struct fetch_setup setup = { .url = url,
				     .post = hear->post,
				     .body = hear->post ? form : NULL,
				     .content_type = hear->post ? "application/x-www-form-urlencoded" : NULL,
				     .timeout_ms = HEAR_TIMEOUT_MS,
				     .max_size = HEAR_SIZE_MAX };
	struct sign_lines lines = { 0 };
	struct fetch *fetch;
	int err = -1;

	if (url) {
		(hearing->ask->view == VIEW_TWILIO ? twilio_sign_lines : signalwire_sign_lines)(
		    hearing->ask->by.account, url, clock_utc_ms(), hear->post ? form : "", &lines);
		sign_lines_add(&lines, &setup);
		err = fetch_start(&fetch, hearing->ask->by.desk->fetcher, &setup, on_fetched, hearing);
	}
	free(url);
	free(form);
	return err;
}

void hear_fetch(struct ask *ask, const struct hear *hear, hear_h *handler, void *arg)
{
	const struct announcement sound = { .play = hear->url };
	struct hearing *hearing;

	if (names_sound(hear->url)) {
		handler(&sound, arg);
		return;
	}
	hearing = calloc(1, sizeof *hearing);
	if (!hearing) {
		ask_done(ask, 503, NULL);
		handler(NULL, arg);
		return;
	}
	*hearing = (struct hearing){ ask, handler, arg };
	if (request(hearing, hear))
		fail(hearing, "The document could not be asked for: too much is under way.");
}
