/* Whom a Dial rings: what the switch is asked for, and the records of the calls to come. */
#include "daemon/api/script/run_targets.h"

#include "daemon/api/net/weburl.h"
#include "daemon/api/script/twiml/write.h"
#include "lib/conf_numbers.h"
#include "lib/log.h"
#include "lib/phone_number.h"
#include "lib/random.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- as whom ---- */

static const char *without(const char *text, const char *prefix)
{
	return strncasecmp(text, prefix, strlen(prefix)) ? text : text + strlen(prefix);
}

static bool is_ours(const struct run *run, const char *number)
{
	const struct conf_number *own = conf_number_find(run->with->conf, number);
	const struct conf_user *user = conf_user_by_number(run->with->conf, number);

	return (own && own->account == run->account) || (user && user->account == run->account);
}

static bool is_user(const struct run *run, const char *name)
{
	const struct conf_user *user = conf_user_by_name(run->with->conf, name);

	return user && user->account == run->account;
}

bool targets_caller(const struct run *run, const struct step *step, char out[TARGETS_TEXT_SIZE])
{
	const struct conf_number *any =
	    step->dial->any_caller_id ? conf_numbers_draw(run->with->conf, run->account, false) : NULL;
	const char *wanted = step->caller_id;
	char bare[PHONE_NUMBER_SIZE], number[PHONE_NUMBER_SIZE + 1];

	*out = '\0';
	if (any) {
		snprintf(out, TARGETS_TEXT_SIZE, "%s", any->number);
		return true;
	}
	if (!wanted || !*wanted)
		return true;
	wanted = without(wanted, "client:");
	if (!strcmp(wanted, run->from) || is_user(run, wanted) || is_ours(run, wanted)) {
		snprintf(out, TARGETS_TEXT_SIZE, "%s", wanted);
		return true;
	}
	if (!phone_number_bare(bare, wanted))
		return false;
	if (*bare == '+')
		snprintf(number, sizeof number, "%s", bare);
	else if (!run->account->country || !phone_number_read(number, bare, run->account->country))
		snprintf(number, sizeof number, "+%s", bare);
	snprintf(out, TARGETS_TEXT_SIZE, "%s", number);
	return !strcmp(number, run->from) || is_ours(run, number);
}

/* ---- whom ---- */

/* What a header of ours may be called and hold; others would have the whole Dial refused. */
static bool is_header(const char *name, const char *value)
{
	return !strncasecmp(name, "X-", 2) && strlen(name) <= 64 && strlen(value) <= 512 &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")] &&
	       !value[strcspn(value, "\r\n\t\x7f")];
}

static void add_header(struct run *run, json_t *headers, const char *name, const char *value)
{
	if (is_header(name, value) && json_object_size(headers) < TARGETS_HEADERS_MAX)
		json_object_set_new(headers, name, json_string(value));
	else
		run_note(
		    run, false,
		    "The header %.60s is not sent: names begin with X-, values are one line of at most 512 "
		    "bytes, and there are at most %d.",
		    name, TARGETS_HEADERS_MAX);
}

/* "X-A=1&X-B=2" behind a URI. */
static void add_query(struct run *run, json_t *headers, const char *query)
{
	char *copy = strdup(query), *rest = copy;

	for (char *pair; copy && (pair = strsep(&rest, "&"));) {
		char *value = strchr(pair, '=');
		char *name, *text;

		if (!value)
			continue;
		*value++ = '\0';
		name = curl_easy_unescape(NULL, pair, 0, NULL);
		text = curl_easy_unescape(NULL, value, 0, NULL);
		if (name && text)
			add_header(run, headers, name, text);
		curl_free(name);
		curl_free(text);
	}
	free(copy);
}

static void add_pairs(struct run *run, json_t *headers, const struct step_target *target)
{
	char name[80];

	for (size_t i = 0; i < target->pair_count; i++) {
		const struct step_pair *pair = &target->pairs[i];

		snprintf(name, sizeof name, "%s%s",
			 target->kind == STEP_TO_USER && strncasecmp(pair->name, "X-", 2) ? "X-" : "",
			 pair->name);
		add_header(run, headers, name, pair->value);
	}
}

static void add_time(json_t *json, const char *name, unsigned ms)
{
	if (ms)
		json_object_set_new(json, name, json_integer((json_int_t)ms));
}

/* How it is listened for who answers, as call.dial has it; NULL: it is not. */
static json_t *machine_json(const struct step_machine *machine)
{
	json_t *json = machine ? json_pack("{s:b}", "message_end", machine->message_end) : NULL;

	if (!json)
		return NULL;
	add_time(json, "timeout", machine->timeout_s * 1000);
	add_time(json, "speech", machine->speech_ms);
	add_time(json, "speech_end", machine->speech_end_ms);
	add_time(json, "silence", machine->silence_ms);
	return json;
}

/* Who is told of it, as in the record of a call that is placed with it. */
static json_t *machine_options(const struct run *run, const struct step_machine *machine)
{
	char *url = machine && machine->told.url ? weburl_resolve(run->base_url, machine->told.url) : NULL;
	json_t *json =
	    machine ? json_pack("{s:b, s:b, s:s*, s:b}", "message_end", machine->message_end, "hangs_up",
				machine->hangs_up, "callback", url, "callback_get", machine->told.get)
		    : NULL;

	free(url);
	return json;
}

/* The place as call.dial has it, or NULL: it cannot be rung. */
static json_t *target_json(struct run *run, const struct step_target *target, const char *id)
{
	json_t *headers = json_object(), *json;
	const char *to = target->to;
	char uri[TARGETS_TEXT_SIZE];

	if (target->kind == STEP_TO_APPLICATION) { /* there is none: see run_application.c */
		json_decref(headers);
		return NULL;
	}
	if (target->kind == STEP_TO_USER)
		to = without(to, "client:");
	snprintf(uri, sizeof uri, "%.*s", (int)(target->kind == STEP_TO_SIP ? strcspn(to, "?") : strlen(to)),
		 to);
	if (target->kind == STEP_TO_SIP && strchr(to, '?'))
		add_query(run, headers, strchr(to, '?') + 1);
	add_pairs(run, headers, target);
	json = json_pack("{s:s, s:s, s:s*, s:s*, s:o*}", "to", uri, "id", id, "username", target->username,
			 "password", target->password, "machine_detection", machine_json(target->machine));
	if (json_object_size(headers))
		json_object_set(json, "headers", headers);
	json_decref(headers);
	return json;
}

/* ---- their records ---- */

/* Those of `events`, 0: of the end; without those of an end that `asked` is about. */
static json_t *status_names(unsigned events, bool asked)
{
	static const struct {
		unsigned event;
		const char *names[6];
	} all[] = { { STEP_ON_INITIATED, { "queued" } },
		    { STEP_ON_RINGING, { "ringing" } },
		    { STEP_ON_ANSWERED, { "in-progress" } },
		    { STEP_ON_MACHINE, { "call.machine" } },
		    { STEP_ON_COMPLETED, { "completed", "busy", "failed", "no-answer", "canceled" } } };
	json_t *names = json_array();

	if (!events)
		events = STEP_ON_COMPLETED;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (size_t k = 0; (events & all[i].event) && all[i].names[k] && !(asked && k); k++)
			json_array_append_new(names, json_string(all[i].names[k]));
	return names;
}

bool targets_holds_back(const struct step_target *target)
{
	return target->screen.url || target->send_digits;
}

/* `asked`: the script asks about those that come to nothing. */
static json_t *child_options(const struct run *run, const struct step_target *target, bool asked)
{
	char *url = target->screen.url ? weburl_resolve(run->base_url, target->screen.url) : NULL;
	char *status = target->status.url ? weburl_resolve(run->base_url, target->status.url) : NULL;
	/* What is done with who answers, before it is connected: digits, and then its script. */
	char *script =
	    target->send_digits ? write_digits(target->send_digits, NULL, url, target->screen.get) : NULL;
	json_t *options = json_pack(
	    "{s:b, s:s*, s:s*, s:s*, s:s*, s:s*, s:o*}", "screen", targets_holds_back(target), "script",
	    script, "url", script ? NULL : url, "method", url && target->screen.get ? "GET" : NULL,
	    "status_callback", status, "status_callback_method", status && target->status.get ? "GET" : NULL,
	    "machine", machine_options(run, target->machine));

	if (status)
		json_object_set_new(options, "status_callback_events",
				    status_names(target->status.events, asked));
	free(url);
	free(status);
	free(script);
	return options;
}

/* The record of the call to come: what is done with it is known before it rings. */
static int keep_record(const struct run *run, const struct step_target *target, const char *id,
		       const char *from)
{
	const struct step *step = run_step_of(run);
	const bool asked = step && step->dial && step->dial->replaceable;
	struct call_row row = { .id = (char *)id,
				.account = run->account->name,
				.from = (char *)(*from ? from : run->from),
				.to = (char *)target->to,
				.dialect = (char *)run->form->dialect,
				.options = child_options(run, target, asked) };
	int err = calls_insert_pending(run->with->store, &row);

	json_decref(row.options);
	return err;
}

json_t *targets_make(struct run *run, const struct step_target *list, size_t count, const char *from,
		     json_t *calls)
{
	json_t *targets = json_array();
	char id[UUID_TEXT_SIZE];

	for (size_t i = 0; i < count; i++) {
		json_t *json = target_json(run, &list[i], random_uuid(id));

		if (json && keep_record(run, &list[i], id, from)) {
			log_warn("script.store_failed", run->call, "%s", "");
			json_decref(json);
		} else if (json) {
			json_array_append_new(targets, json);
			json_object_set_new(calls, id, json_string(list[i].to));
		}
	}
	return targets;
}

/* What is said of a tone beyond the country's code is left out: "us-old". */
static void add_tone(json_t *request, const char *tone)
{
	char country[8];

	if (!tone)
		return;
	snprintf(country, sizeof country, "%.*s", (int)strcspn(tone, "-"), tone);
	if (*country)
		json_object_set_new(request, "tone", json_string(country));
}

json_t *targets_request(struct run *run, const struct step *step, json_t *targets, const char *from)
{
	json_t *request = json_pack("{s:o, s:s*, s:i, s:b, s:b}", "targets", targets, "from",
				    *from ? from : NULL, "timeout", (int)step->timeout_s, "ringback", 1,
				    "screen", json_is_true(json_object_get(run->memo, "held")));
	json_t *files = json_object_get(run->memo, "files");

	if (step->dial->refer.url)
		json_object_set_new(request, "ask_refer", json_true());
	if (step->dial->time_limit_s)
		json_object_set_new(request, "time_limit", json_integer(step->dial->time_limit_s));
	if (json_array_size(files))
		json_object_set(request, "files", files);
	else
		add_tone(request, step->dial->ring_tone);
	return request;
}
