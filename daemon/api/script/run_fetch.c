#include "daemon/api/script/run_steps.h"

#include "daemon/api/net/fetch.h"
#include "daemon/api/net/weburl.h"
#include "daemon/api/script/document.h"
#include "daemon/api/script/run_tell.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DOCUMENT_TIMEOUT_MS = 15000,
	LOOP_WINDOW_MS = 10000,
	LOOP_FETCHES_MAX = 50,
	REDIRECTS_MAX = 10,
	SIZE_MAX_BYTES = 16 << 20
};

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* The usual parameters and those of `more`, as a form. New string, or NULL. */
static char *make_form(const struct run *run, const json_t *more, const char *moment, const char *payload,
		       bool post)
{
	struct call_row row, dialled;
	const char *other = text_of(more, "dial_call");
	const bool known = !calls_get(run->with->store, run->call, &row);
	const bool has_other = other && *other && !calls_get(run->with->store, other, &dialled);
	struct script_told told = run_told(run);
	char *text;

	told.row = known ? &row : NULL;
	told.dialled = has_other ? &dialled : NULL;
	told.post = post;
	told.moment = moment ? moment : run->screen ? "screen" : "document";
	told.payload = payload;
	text = run->form->parameters(&told, more);
	call_row_clear(&row);
	if (has_other)
		call_row_clear(&dialled);
	return text;
}

void run_tell(struct run *run, const struct step_hook *hook, const char *moment, json_t *form)
{
	char *url = hook->url ? weburl_resolve(run->base_url, hook->url) : NULL;
	const struct telling telling = { .form = run->form, .moment = moment, .url = url, .get = hook->get };

	if (url)
		tell_body(run->with, &telling, run->call, run->account->name,
			  make_form(run, form, moment, NULL, !hook->get));
	free(url);
	json_decref(form);
}

bool run_is_actions(const struct run *run)
{
	return run->document_type && strstr(run->document_type, "json");
}

/* What a compiler has said: the first of it into `error`. */
static void note_problems(struct run *run, struct problems *problems, const char *url, char *error,
			  size_t error_size)
{
	if (problems->count) {
		problems_say(problems, error, error_size);
		log_info("script.problems", run->call, "problems=%zu first=%s",
			 problems->count + problems->more, log_quote(error));
	}
	for (size_t i = 0; i < problems->count; i++)
		run_note_problem(run, &problems->list[i], url);
	problems_clear(problems);
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

int run_take_document(struct run *run, const char *text, size_t size, const char *type, const char *base_url,
		      char *error, size_t error_size)
{
	struct problems problems = { 0 };
	struct script *script = NULL;
	char *kept = NULL;
	int err = document_take(&script, &kept, &type, text, size, base_url, &problems);

	snprintf(error, error_size, "Out of memory.");
	note_problems(run, &problems, base_url, error, error_size);
	if (err)
		return err;
	script_free(run->script);
	run->script = script;
	free(run->document);
	run->document = kept;
	/* `type` and `base_url` may be what is replaced here */
	type = copy(type);
	base_url = copy(base_url);
	free(run->document_type);
	free(run->base_url);
	run->document_type = (char *)type;
	run->base_url = (char *)base_url;
	run->at = 0;
	return 0;
}

/* Where a script is when the one that was asked for cannot be had, or NULL; and how it is asked for. */
static const char *fallback_of(const struct run *run, const struct call_row *row, bool *post)
{
	const char *url = text_of(row->options, "fallback_url");
	const char *method = text_of(row->options, "fallback_method");
	const char *dialled = text_of(row->snapshot, "number");
	const struct conf_number *number;

	*post = !method || strcmp(method, "GET");
	if (url || !run->inbound)
		return url;
	number = conf_number_find(run->with->conf, dialled ? dialled : row->to);
	if (!number)
		return NULL;
	*post = !number->fallback_get;
	return number->fallback_url;
}

/* The document could not be had: the fallback, if there is one, else the end. */
static void give_up(struct run *run, int code, const char *url, const char *reason)
{
	char number[16];
	struct call_row row;
	const char *fallback = NULL;
	bool post;

	log_warn("script.failed", run->call, "reason=%s", log_quote(reason));
	run_note_document(run, code, url, reason);
	if (run->outer) {
		run->ways[run_outer_kind(run)].failed(run);
		return;
	}
	if (json_is_true(json_object_get(run->wanted, "optional"))) {
		run_next(run);
		return;
	}
	if (!run->fallback_used && !calls_get(run->with->store, run->call, &row)) {
		fallback = fallback_of(run, &row, &post);
		run->fallback_used = true;
		if (fallback) {
			snprintf(number, sizeof number, "%d", code);
			run_fetch(run, fallback, post,
				  json_pack("{s:s, s:s, s:s}", "error_code", number, "error_url", url,
					    "error", reason));
			call_row_clear(&row);
			return;
		}
		call_row_clear(&row);
	}
	run_hang_up(run, reason);
}

static int start(struct run *run, const char *url, bool post);

static const char *wanted_url(const struct run *run)
{
	return text_of(run->wanted, "url");
}

/* Asks once more, at the address that it is sent to or at the same. False: that is not possible. */
static bool ask_again(struct run *run, const char *url, bool post)
{
	char *to = strdup(url);
	bool asked = false;

	if (to) {
		json_object_set_new(run->wanted, "url", json_string(to));
		json_object_set_new(run->wanted, "post", json_boolean(post));
		run_save(run);
		asked = !start(run, to, post);
	}
	free(to);
	return asked;
}

/* A redirection is followed by a request of its own, since the signature covers the address; a POST stays
 * one, so that its parameters are not lost, but for 303 (RFC 9110 section 15.4). */
static bool follow(struct run *run, const struct fetch_result *result)
{
	const bool post = json_is_true(json_object_get(run->wanted, "post"));

	return result->redirect && ++run->redirects <= REDIRECTS_MAX && weburl_is_valid(result->redirect) &&
	       ask_again(run, result->redirect, post && result->status != 303);
}

/* What may be over in a moment is asked for a second time. */
static bool retry(struct run *run, const struct fetch_result *result)
{
	const bool busy = result->status == 429 || result->status == 503 || result->status == 504;
	const bool broke = result->error && !result->status && result->duration_ms < DOCUMENT_TIMEOUT_MS / 2;
	const char *url = wanted_url(run);

	if (run->retried || !url || (!busy && !broke))
		return false;
	run->retried = true;
	return ask_again(run, url, json_is_true(json_object_get(run->wanted, "post")));
}

/* Codes as Twilio has them: what the fallback is told. */
enum {
	CODE_NO_ADDRESS = 11100,
	CODE_NOT_FETCHED = 11200,
	CODE_NOT_CONNECTED = 11205,
	CODE_NOT_USABLE = 12100
};

static int judge(struct run *run, const struct fetch_result *result, char *reason, size_t size)
{
	char error[300];

	if (result->error) {
		snprintf(reason, size, "The script at %.200s could not be fetched: %s.", result->url,
			 result->error);
		return result->status ? CODE_NOT_FETCHED : CODE_NOT_CONNECTED;
	}
	if (result->redirect && !weburl_is_valid(result->redirect)) {
		snprintf(
		    reason, size,
		    "The script at %.200s could not be fetched: it is said to be elsewhere, at what is no "
		    "http or https URL.",
		    result->url);
		return CODE_NOT_FETCHED;
	}
	if (result->status < 200 || result->status > 299) {
		snprintf(reason, size, "The script at %.200s could not be fetched: %s%d.", result->url,
			 result->redirect ? "too many redirects, the last by HTTP status " : "HTTP status ",
			 result->status);
		return CODE_NOT_FETCHED;
	}
	if (!run_take_document(run, result->body, result->size, result->content_type, result->url, error,
			       sizeof error))
		return 0;
	snprintf(reason, size, "The script at %.200s is not usable: %s", result->url, error);
	return CODE_NOT_USABLE;
}

/* What is no list of actions is no answer, where none is needed. */
static bool is_no_document(const struct run *run, const struct fetch_result *result)
{
	const char *text = result->body ? result->body : "";

	return json_is_true(json_object_get(run->wanted, "optional")) && !result->error &&
	       result->status >= 200 && result->status < 300 && text[strspn(text, " \t\r\n")] != '[';
}

static void on_document(const struct fetch_result *result, void *arg)
{
	struct run *run = arg;
	char reason[600];
	int code;

	run->fetch = NULL;
	run_keep_request(run, result);
	if (result->cookies) {
		free(run->cookies);
		run->cookies = copy(result->cookies);
	}
	if (run->over || run->gone) {
		run_end(run);
		return;
	}
	if (follow(run, result) || retry(run, result))
		return;
	if (is_no_document(run, result)) {
		run_next(run);
		return;
	}
	code = judge(run, result, reason, sizeof reason);
	if (code) {
		give_up(run, code, result->url, reason);
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

/* Asks for the document that is wanted. Returns 0, ENOMEM or EAGAIN (too many requests are under way). */
static int start(struct run *run, const char *url, bool post)
{
	char *form = make_form(run, json_object_get(run->wanted, "form"), text_of(run->wanted, "moment"),
			       text_of(run->wanted, "payload"), post);
	/* A redirection mostly has the query in it already. */
	const bool asks = !post && !(run->redirects && strchr(url, '?'));
	char *full = form && asks ? weburl_with_query(url, form) : NULL;
	struct sign_lines lines = { { "" } };
	struct fetch_setup setup = { .url = full ? full : url,
				     .post = post,
				     .body = post ? form : NULL,
				     .content_type = run->form->type ? run->form->type : SCRIPT_FORM_TYPE,
				     .timeout_ms = DOCUMENT_TIMEOUT_MS,
				     .max_size = SIZE_MAX_BYTES,
				     .tell_redirect = true,
				     .cookies = run->cookies ? run->cookies : "" };
	int err = ENOMEM;

	if (form && (full || !asks)) {
		run->form->sign(run->account, setup.url, clock_utc_ms(), post ? form : "", &lines);
		sign_lines_add(&lines, &setup);
		err = fetch_start(&run->fetch, run->with->fetcher, &setup, on_document, run);
	}
	free(full);
	free(form);
	return err;
}

void run_ask(struct run *run, const struct run_asking *asking)
{
	char *full = weburl_resolve(run->base_url, asking->url);
	char *named = strdup(asking->url); /* which may go with what was wanted before */
	json_t *wanted = json_pack("{s:s, s:b, s:O*, s:s*, s:s*, s:b}", "url", full ? full : asking->url,
				   "post", asking->post, "form", asking->form, "moment", asking->moment,
				   "payload", asking->payload, "optional", asking->optional);

	json_decref(asking->form);
	json_decref(run->wanted);
	run->wanted = wanted;
	run->phase = RUN_FETCH;
	run->redirects = 0;
	run->retried = false;
	run_save(run);
	if (!full)
		give_up(run, CODE_NO_ADDRESS, named ? named : "",
			"The script names an address that is no http or https URL.");
	else if (is_looping(run))
		run_hang_up(run,
			    "The script runs in circles: too many documents were fetched in a short time.");
	else if (start(run, full, asking->post))
		run_hang_up(run, "The script could not be fetched: too many requests are under way.");
	free(named);
	free(full);
}

void run_fetch(struct run *run, const char *url, bool post, json_t *form)
{
	run_ask(run, &(struct run_asking){ .url = url, .post = post, .form = form });
}

void run_fetch_again(struct run *run)
{
	json_t *wanted = json_incref(run->wanted);

	run_ask(run, &(struct run_asking){ .url = text_of(wanted, "url"),
					   .post = json_is_true(json_object_get(wanted, "post")),
					   .form = json_incref(json_object_get(wanted, "form")),
					   .moment = text_of(wanted, "moment"),
					   .payload = text_of(wanted, "payload"),
					   .optional = json_is_true(json_object_get(wanted, "optional")) });
	json_decref(wanted);
}
