/* What callers say into a Gather: somebody hears the far end's audio (speech/hearing.h) as a stream of the
 * call, and what is heard comes as events of the call.
 *
 * run->memo "speech": "stream" its id, "server" its conf's name, "vosk" its protocol; "state" "open",
 * "stopping" (it was told to tell what is left), "over"; "text" of the final transcripts, "partial" what was
 * said last behind it, "confidence" the sum of "finals" many, "results" alternatives of the last final one;
 * "began" [ms]; "n" how many partial results were told; "late" it came to nothing and the longest time was
 * reached. */
#include "daemon/api/script/run_steps.h"

#include "daemon/api/net/weburl.h"
#include "daemon/api/script/run_tell.h"
#include "daemon/api/speech/hearing.h"
#include "daemon/api/switch/link.h"
#include "lib/clock.h"
#include "lib/json_get.h"
#include "lib/log.h"
#include "lib/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TEXT_MAX = 4000,
	FINAL_MS = 3000, /* for what is left, once the server was told that this is all */
	AUTO_MS = 5000,	 /* behind a partial result, where the server says when it is over */
	NUMBER_SIZE = 32,
};

static json_t *memo_of(const struct run *run)
{
	return json_object_get(run->memo, "speech");
}

static bool is(const json_t *speech, const char *state)
{
	return speech && !strcmp(json_member_text(speech, "state"), state);
}

static bool is_listening(const json_t *speech)
{
	return is(speech, "open") || is(speech, "stopping");
}

static void set(json_t *speech, const char *name, const char *text)
{
	json_object_set_new(speech, name, json_string(text));
}

static bool was_heard(const json_t *speech)
{
	return *json_member_text(speech, "text") || *json_member_text(speech, "partial");
}

/* About the stream; nobody waits for the answer. */
static void ask_stream(struct run *run, const char *method, const char *text)
{
	link_call(run->with->link, method,
		  json_pack("{s:s, s:s, s:s*}", "call", run->call, "stream",
			    json_member_text(memo_of(run), "stream"), "text", text),
		  NULL, NULL);
}

void run_speech_over(struct run *run)
{
	json_t *speech = memo_of(run);

	if (!is_listening(speech))
		return;
	set(speech, "state", "over");
	ask_stream(run, "call.stream_stop", NULL);
}

/* ---- errors: the keys still work ---- */

static const char *language_of(const struct step *step)
{
	return hearing_language(step->speech->language);
}

static void tell_error(struct run *run, const struct step *step, const char *server, const char *why)
{
	log_warn("script.speech_failed", run->call, "server=%s error=%s", log_quote(server ? server : ""),
		 log_quote(why));
	link_note(run->with->link, run->call, "call.speech_error",
		  json_pack("{s:s, s:s, s:s*, s:i}", "message", why, "language", language_of(step), "speech",
			    server, "line", step->line));
}

static void failed(struct run *run, const struct step *step, const char *why)
{
	json_t *speech = memo_of(run);

	tell_error(run, step, json_string_value(json_object_get(speech, "server")), why);
	run_speech_over(run);
	run_save(run);
}

/* ---- beginning ---- */

static struct hearing_wish wish_of(const struct run *run, const struct step *step)
{
	return (struct hearing_wish){ .language = language_of(step),
				      .hints = step->speech->hints,
				      .profanity_filter = step->speech->profanity_filter,
				      .partials = true,
				      .wide = hearing_is_wide(run->snapshot) };
}

static json_t *request_of(const struct hearing_server *server, const struct hearing_wish *wish,
			  const struct step *step, const char *id)
{
	json_t *request = hearing_params(server, wish);

	if (!request)
		return NULL;
	json_object_set_new(request, "stream", json_string(id));
	json_object_set_new(request, "begins", json_boolean(step->barge_in));
	return request;
}

bool run_speech_begin(struct run *run, const struct step *step, run_reply_h *reply)
{
	struct hearing_server server;
	struct hearing_wish wish;
	char id[UUID_TEXT_SIZE];
	const char *why;
	json_t *request;

	if (!step->speech || !step->speech->speech || memo_of(run) || run->with->stage)
		return false;
	wish = wish_of(run, step);
	why = hearing_find(run->with->conf, run->with->hearer, &wish, &server);
	if (why) {
		tell_error(run, step, NULL, why);
		return false;
	}
	if (!strcmp(server.name, HEARING_BUILT_IN) && (!wish.hints || !*wish.hints))
		run_note(run, false,
			 "Without hints the built-in recogniser hears yes and no alone: say in hints what is "
			 "expected.");
	request = request_of(&server, &wish, step, random_uuid(id));
	if (!request)
		return false;
	if (!run->memo)
		run->memo = json_object();
	json_object_set_new(run->memo, "speech",
			    json_pack("{s:s, s:s, s:b, s:s}", "stream", id, "server", server.name, "vosk",
				      server.vosk, "state", "open"));
	run_request(run, "call.stream", request, reply);
	return true;
}

void run_speech_begun(struct run *run, const struct step *step, const json_t *error)
{
	json_t *speech = memo_of(run);

	if (!error || !is(speech, "open"))
		return;
	set(speech, "state", "over"); /* there is no stream to end */
	tell_error(run, step, json_member_text(speech, "server"), "The switch does not begin the stream.");
}

/* ---- how long ---- */

bool run_speech_holds_timer(const struct run *run)
{
	const json_t *speech = memo_of(run);

	return is_listening(speech) && was_heard(speech);
}

/* What is left of the longest time. */
static int64_t rest_ms(json_t *speech, const struct step *step)
{
	const int64_t now = clock_utc_ms();

	if (!json_object_get(speech, "began"))
		json_object_set_new(speech, "began", json_integer(now));
	return json_integer_value(json_object_get(speech, "began")) + step->speech->max_ms - now;
}

static void wait_on(struct run *run, const struct step *step)
{
	json_t *speech = memo_of(run);
	const int64_t silence = step->speech->silence_ms ? step->speech->silence_ms : AUTO_MS;
	const int64_t rest = rest_ms(speech, step);

	if (rest < silence)
		json_object_set_new(speech, "late", json_true());
	run_set_timer(run, rest < 0 ? 0 : rest < silence ? rest : silence);
}

bool run_speech_flush(struct run *run)
{
	json_t *speech = memo_of(run);

	const bool whole = *json_member_text(speech, "text") && !*json_member_text(speech, "partial");

	if (is(speech, "stopping") || (is(speech, "open") && whole)) {
		run_speech_done(run);
		return true;
	}
	if (!is(speech, "open"))
		return false;
	set(speech, "state", "stopping");
	ask_stream(run, "call.stream_say", hearing_stop(json_is_true(json_object_get(speech, "vosk"))));
	run_set_timer(run, FINAL_MS);
	run_save(run);
	return true;
}

static void on_stopped(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error)
		run_next(run);
}

void run_speech_done(struct run *run)
{
	const struct step *step = run_step_of(run);

	run_set_timer(run, -1);
	run_speech_over(run);
	run_save(run);
	/* its call.collect_done is the end */
	if (run_listens(step)) {
		run_request(run, "call.stop", json_object(), on_stopped);
		return;
	}
	if (!run->prompts_done)
		link_call(run->with->link, "call.stop", json_pack("{s:s}", "call", run->call), NULL, NULL);
	run_collected(run, NULL);
}

void run_speech_key(struct run *run)
{
	json_t *speech = memo_of(run);

	run_speech_over(run);
	if (speech) {
		set(speech, "text", "");
		set(speech, "partial", "");
	}
}

/* ---- what comes ---- */

static void tell_partial(struct run *run, const struct step *step)
{
	json_t *speech = memo_of(run);
	const json_int_t n = json_integer_value(json_object_get(speech, "n"));

	if (!step->speech->partial.url)
		return;
	json_object_set_new(speech, "n", json_integer(n + 1));
	run_tell(run, &step->speech->partial, "gather-partial",
		 json_pack("{s:s, s:s, s:s, s:o}", "stable_speech", json_member_text(speech, "text"),
			   "unstable_speech", json_member_text(speech, "partial"), "language",
			   language_of(step), "sequence", json_sprintf("%lld", (long long)n)));
}

/* All that was heard in the last final result: the best first. */
static json_t *results_of(const json_t *said)
{
	json_t *all = json_object_get(said, "alternatives");

	return all ? json_incref(all)
		   : json_pack("[{s:O*, s:O*}]", "text", json_object_get(said, "text"), "confidence",
			       json_object_get(said, "confidence"));
}

/* A final result joins those before it. */
static void join(json_t *speech, const json_t *said)
{
	const char *before = json_member_text(speech, "text"), *text = json_member_text(said, "text");
	const json_int_t finals = json_integer_value(json_object_get(speech, "finals"));
	const double sum = json_number_value(json_object_get(speech, "confidence"));

	if (strlen(before) + strlen(text) < TEXT_MAX)
		json_object_set_new(speech, "text", json_sprintf("%s%s%s", before, *before ? " " : "", text));
	set(speech, "partial", "");
	json_object_set_new(speech, "results", results_of(said));
	json_object_set_new(speech, "confidence",
			    json_real(sum + json_number_value(json_object_get(said, "confidence"))));
	json_object_set_new(speech, "finals", json_integer(finals + 1));
}

static void stop_prompts(struct run *run, const struct step *step)
{
	if (step->barge_in && !run->prompts_done)
		link_call(run->with->link, "call.stop",
			  json_pack("{s:s, s:b}", "call", run->call, "collect", 0), NULL, NULL);
}

static void heard(struct run *run, const struct step *step, const json_t *said)
{
	json_t *speech = memo_of(run);
	const bool stopping = is(speech, "stopping"), final = json_is_true(json_object_get(said, "final"));

	if (final)
		join(speech, said);
	else
		set(speech, "partial", json_member_text(said, "text"));
	stop_prompts(run, step);
	if (!final || !stopping)
		tell_partial(run, step);
	if (final && (stopping || !step->speech->silence_ms)) {
		run_speech_done(run);
		return;
	}
	if (!stopping)
		wait_on(run, step);
	run_save(run);
}

static void on_said(struct run *run, const struct step *step, const json_t *said)
{
	if (json_object_get(said, "error"))
		failed(run, step, json_member_text(said, "error"));
	else if (json_is_true(json_object_get(said, "begun")))
		stop_prompts(run, step);
	else if (*json_member_text(said, "text"))
		heard(run, step, said);
}

/* The server has gone: when it was told to tell what is left, as it should. */
static void on_gone(struct run *run, const struct step *step, const json_t *stream)
{
	json_t *speech = memo_of(run);
	const char *error = json_member_text(stream, "error");

	if (!is(speech, "stopping") && !was_heard(speech)) {
		set(speech, "state", "over");
		tell_error(run, step, json_member_text(speech, "server"),
			   *error ? error : "The server has closed.");
		run_save(run);
		return;
	}
	set(speech, "state", "over");
	run_speech_done(run);
}

void run_speech_event(struct run *run, const struct bus_event *event)
{
	const struct step *step = run_step_of(run);
	const bool words = !strcmp(event->type, "call.speech");
	const json_t *of = json_object_get(event->data, words ? "speech" : "stream");
	const json_t *speech = memo_of(run);
	const char *state = json_member_text(of, "state");

	if (run->phase != RUN_GATHER || !step || !is_listening(speech) ||
	    strcmp(json_member_text(of, "id"), json_member_text(speech, "stream")) != 0)
		return;
	if (words)
		on_said(run, step, of);
	else if (!strcmp(state, "stopped") || !strcmp(state, "failed"))
		on_gone(run, step, of);
}

/* ---- what it comes to ---- */

json_t *run_speech_form(const struct run *run, const struct step *step)
{
	const json_t *speech = memo_of(run);
	const char *text = json_member_text(speech, "text"), *partial = json_member_text(speech, "partial");
	const json_int_t finals = json_integer_value(json_object_get(speech, "finals"));
	const double sum = json_number_value(json_object_get(speech, "confidence"));
	char confidence[NUMBER_SIZE];

	if (!was_heard(speech))
		return NULL;
	snprintf(confidence, sizeof confidence, "%.4g", finals ? sum / (double)finals : 0.0);
	return json_pack("{s:o, s:s, s:s, s:O*, s:s}", "speech_result",
			 json_sprintf("%s%s%s", text, *text && *partial ? " " : "", partial), "confidence",
			 strchr(confidence, '.')	   ? confidence
			 : finals && sum >= (double)finals ? "1.0"
							   : "0.0",
			 "language", language_of(step), "speech_results",
			 finals == 1 && !*partial ? json_object_get(speech, "results") : NULL, "speech_end",
			 json_is_true(json_object_get(speech, "late")) ? "max_duration"
								       : "end_on_silence_timeout");
}
