#include "daemon/api/script/run.h"

#include "daemon/api/hook/sign.h"
#include "daemon/api/net/fetch.h"
#include "daemon/api/net/weburl.h"
#include "daemon/api/script/twiml/twiml.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENT_TIMEOUT_MS = 15000, LOOP_WINDOW_MS = 10000, LOOP_FETCHES_MAX = 50 };

static int add_pair(FILE *form, const char *name, const char *value)
{
	char *escaped = curl_easy_escape(NULL, value, 0);

	if (!escaped)
		return ENOMEM;
	fprintf(form, "%s%s=%s", ftell(form) ? "&" : "", name, escaped);
	curl_free(escaped);
	return 0;
}

/* The usual parameters and those of `extra`, as a form. New string, or NULL. */
static char *make_form(const struct run *run, const json_t *extra)
{
	const char *const pairs[][2] = {
		{ "CallSid", run->call },      { "AccountSid", run->account->sid ? run->account->sid : "" },
		{ "From", run->from },	       { "To", run->to },
		{ "CallStatus", run->status }, { "Direction", run->inbound ? "inbound" : "outbound-api" },
		{ "ApiVersion", "2010-04-01" }
	};
	char *text = NULL;
	size_t size;
	FILE *form = open_memstream(&text, &size);
	const char *name;
	json_t *value;

	if (!form)
		return NULL;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (add_pair(form, pairs[i][0], pairs[i][1]))
			break;
	json_object_foreach((json_t *)extra, name, value)
	{
		if (add_pair(form, name, json_string_value(value)))
			break;
	}

	fclose(form);
	return text;
}

int run_take_document(struct run *run, const char *text, size_t size, const char *base_url, char *error,
		      size_t error_size)
{
	struct problems problems = { 0 };
	struct script *script = NULL;
	int err = 0;

	if (text[strspn(text, " \t\r\n")])
		err = twiml_compile(&script, text, size, NULL, &problems);
	else if (!(script = script_alloc())) /* an empty answer has nothing to say */
		err = ENOMEM;
	if (problems.count) {
		problems_say(&problems, error, error_size);
		log_info("script.problems", run->call, "problems=%zu first=%s",
			 problems.count + problems.more, log_quote(error));
	}
	problems_clear(&problems);
	if (err == ENOMEM)
		snprintf(error, error_size, "Out of memory.");
	if (err)
		return err;
	script_free(run->script);
	run->script = script;
	free(run->document);
	run->document = strndup(text, size);
	free(run->base_url);
	run->base_url = base_url ? strdup(base_url) : NULL;
	run->at = 0;
	return 0;
}

/* The document could not be had: the fallback, if there is one, else the end. */
static void give_up(struct run *run, const char *reason)
{
	struct call_row row;
	const char *fallback = NULL;

	log_warn("script.failed", run->call, "reason=%s", log_quote(reason));
	if (!run->fallback_used && !calls_get(run->api->store, run->call, &row)) {
		fallback = json_string_value(json_object_get(row.options, "fallback_url"));
		run->fallback_used = true;
		if (fallback) {
			run_fetch(run, fallback, true, json_pack("{s:s}", "ErrorMessage", reason));
			call_row_clear(&row);
			return;
		}
		call_row_clear(&row);
	}
	run_hang_up(run, reason);
}

static void on_document(const struct fetch_result *result, void *arg)
{
	struct run *run = arg;
	char error[300], reason[600];

	run->fetch = NULL;
	if (run->over) {
		run_end(run);
		return;
	}
	*reason = '\0';
	if (result->error)
		snprintf(reason, sizeof reason, "The script at %.200s could not be fetched: %s.", result->url,
			 result->error);
	else if (result->status < 200 || result->status > 299)
		snprintf(reason, sizeof reason, "The script at %.200s could not be fetched: HTTP status %d.",
			 result->url, result->status);
	else if (run_take_document(run, result->body, result->size, result->url, error, sizeof error))
		snprintf(reason, sizeof reason, "The script at %.200s is not usable: %s", result->url, error);
	if (*reason) {
		give_up(run, reason);
		return;
	}
	json_decref(run->wanted);
	run->wanted = NULL;
	run_step(run);
}

/* Whether the script only runs in circles. */
static bool is_looping(struct run *run)
{
	int64_t now = clock_utc_ms();

	if (now - run->fetches_since > LOOP_WINDOW_MS) {
		run->fetches_since = now;
		run->fetches = 0;
	}
	return ++run->fetches > LOOP_FETCHES_MAX;
}

static int start(struct run *run, const char *url, bool post, const char *form)
{
	char header[SIGN_HEADER_SIZE];
	struct fetch_setup setup = { .url = url,
				     .post = post,
				     .content_type = "application/x-www-form-urlencoded",
				     .timeout_ms = DOCUMENT_TIMEOUT_MS,
				     .max_size = TWIML_SIZE_MAX,
				     .headers = { header } };
	char *full = NULL;
	int err;

	sign_header(run->account, clock_utc_ms(), post ? form : "", header);
	if (post) {
		setup.body = form;
	} else {
		size_t size = strlen(url) + strlen(form) + 2;

		full = malloc(size);
		if (!full)
			return ENOMEM;
		snprintf(full, size, "%s%c%s", url, strchr(url, '?') ? '&' : '?', form);
		setup.url = full;
	}
	err = fetch_start(&run->fetch, run->api->fetcher, &setup, on_document, run);
	free(full);
	return err;
}

void run_fetch(struct run *run, const char *url, bool post, json_t *form)
{
	char *full = weburl_resolve(run->base_url, url);
	char *text = make_form(run, form);
	json_t *wanted = full ? json_pack("{s:s, s:b, s:O*}", "url", full, "post", post, "form", form) : NULL;

	json_decref(form);
	json_decref(run->wanted);
	run->wanted = wanted;
	run->phase = RUN_FETCH;
	run_save(run);
	if (!full || !text)
		run_hang_up(run, "The script names an address that is no http or https URL.");
	else if (is_looping(run))
		run_hang_up(run,
			    "The script runs in circles: too many documents were fetched in a short time.");
	else if (start(run, full, post, text))
		run_hang_up(run, "The script could not be fetched: too many requests are under way.");
	free(full);
	free(text);
}
