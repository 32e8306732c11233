/* Dial with a conference in it. */
#include "daemon/api/script/run_steps.h"

#include "daemon/api/call/conferences.h"
#include "daemon/api/net/weburl.h"
#include "daemon/api/script/run_tell.h"
#include "daemon/api/script/sid.h"
#include "daemon/api/store/conferences.h"
#include "daemon/api/switch/link.h"
#include "lib/log.h"
#include "lib/random.h"
#include "lib/xml_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LABEL_MAX = 128 };

static void leave(struct run *run, const char *status)
{
	json_t *form;

	run_unnest(run);
	run_set_timer(run, -1);
	form = json_pack("{s:s, s:s}", "dial_status", status, "conference", run->conference);
	*run->conference = '\0';
	run_ask_if_action(run, run_step_of(run), "conference", form);
}

/* The time that <Dial> gives it, beside that of waiting with a script. */
static void begin_limit(struct run *run)
{
	const struct step *step = run_step_of(run);

	if (step && step->dial && step->dial->time_limit_s)
		run_set_timer(run, (int64_t)step->dial->time_limit_s * 1000);
}

static void entered(struct run *run, const json_t *call)
{
	const char *id = json_string_value(json_object_get(call, "conference_id"));

	snprintf(run->conference, sizeof run->conference, "%s", id ? id : "");
	run->phase = RUN_CONFERENCE;
	begin_limit(run);
	run_save(run);
}

/* Out of it; that it has left goes on with the script. */
static void take_out(struct run *run)
{
	link_call(run->with->link, "conference.remove", json_pack("{s:s}", "call", run->call), NULL, NULL);
}

void run_conference_timer(struct run *run)
{
	if (run->phase == RUN_CONFERENCE)
		take_out(run);
}

void run_conference_key(struct run *run, const struct step *step, const struct bus_event *event)
{
	const char *digit = json_string_value(json_object_get(event->data, "digit"));

	if (run->phase == RUN_CONFERENCE && !run->outer && digit && *digit == '*' && step->dial &&
	    step->dial->hang_up_on_star)
		take_out(run);
}

static void on_added(struct run *run, const json_t *result, const json_t *error)
{
	if (error) {
		log_info("script.conference_failed", run->call, "error=%s",
			 log_quote(json_string_value(json_object_get(error, "message"))));
		run_note(run, true, "The conference cannot be entered.");
		leave(run, "failed");
		return;
	}
	entered(run, json_object_get(result, "call"));
}

static void drop_record(const struct run *run)
{
	const char *id = json_string_value(json_object_get(run->memo, "record"));
	struct conference_row row;

	if (!id || conferences_get(run->with->store, id, &row))
		return;
	if (row.pending && conferences_delete(run->with->store, id))
		log_warn("script.store_failed", run->call, "%s", "what=conference");
	conference_row_clear(&row);
}

static void add_list(json_t *params, const char *name, const struct step_calls *calls)
{
	json_t *list = calls->given ? json_array() : NULL;

	for (size_t i = 0; list && i < calls->count; i++)
		json_array_append_new(list, json_string(calls->list[i]));
	if (list)
		json_object_set_new(params, name, list);
}

/* Who hears it, and whom it hears, where that is said. */
static void add_partners(json_t *params, const struct step_room *room)
{
	if (!room)
		return;
	add_list(params, "speaks_to", &room->speaks_to);
	add_list(params, "hears", &room->hears);
}

/* The call that alone hears it, or NULL. */
static const char *coached(struct run *run, const struct step *step, char out[SID_UUID_SIZE])
{
	if (!step->coach || !*step->coach)
		return NULL;
	if (script_sid_read("CA", step->coach, out))
		return out;
	run_note(run, false, "coach=\"%.40s\" is no call, and passed over.", step->coach);
	return NULL;
}

/* It is there: made now, or by somebody before. */
static void on_conference(struct run *run, const json_t *result, const json_t *error)
{
	const struct step *step = run_step_of(run);
	char coached_id[SID_UUID_SIZE];
	json_t *params;

	(void)result;
	/* the record of one that another has made before, or that cannot be made, is none */
	if (error)
		drop_record(run);
	if (error && json_integer_value(json_object_get(error, "code")) != 409) {
		run_step_failed(run, error);
		return;
	}
	params = json_pack("{s:s, s:s, s:b, s:b, s:b, s:s*}", "conference", step->text, "account",
			   run->account->name, "muted", step->muted, "moderator", step->starts, "ends",
			   step->ends, "coaches", coached(run, step, coached_id));
	add_partners(params, step->room);
	if (step->room && step->room->label && strlen(step->room->label) <= LABEL_MAX)
		json_object_set_new(params, "label", json_string(step->room->label));
	run_request(run, "conference.add", params, on_added);
}

/* Who is told of its recording. */
static void keep_recording_hook(const struct run *run, const struct step *step, json_t *options)
{
	static const char *const words[] = { "in-progress", "completed", "absent" };
	const struct step_hook *hook = step->record && step->recording ? &step->recording->status : NULL;
	char *url = hook && hook->url ? weburl_resolve(run->base_url, hook->url) : NULL;
	json_t *events = json_array();

	for (size_t i = 0; url && i < sizeof words / sizeof *words; i++)
		if (hook->events & 1u << i)
			json_array_append_new(events, json_string(words[i]));
	if (url) {
		json_object_set_new(options, "recording_status_callback", json_string(url));
		json_object_set_new(options, "recording_status_callback_method",
				    json_string(hook->get ? "GET" : "POST"));
	}
	if (json_array_size(events))
		json_object_set(options, "recording_status_callback_events", events);
	json_decref(events);
	free(url);
}

static bool is_told_of(const struct step *step)
{
	return (step->room && step->room->status.url) ||
	       (step->record && step->recording && step->recording->status.url);
}

/* Who is told of the conference is in its record, which is there before it is. */
static void keep_record(struct run *run, const struct step *step, json_t *params)
{
	static const struct step_hook nobody = { .url = NULL };
	const struct step_hook *hook = step->room ? &step->room->status : &nobody;
	char id[UUID_TEXT_SIZE], *url = hook->url ? weburl_resolve(run->base_url, hook->url) : NULL;
	struct conference_row row = { .id = random_uuid(id),
				      .account = run->account->name,
				      .name = (char *)step->text,
				      .max_participants = step->max_participants
							      ? step->max_participants
							      : CONFERENCE_PARTICIPANTS_DEFAULT };

	row.options = json_pack("{s:s}", "dialect", run->form->dialect);
	if (url)
		json_object_set_new(row.options, "script_hook",
				    json_pack("{s:s, s:b, s:i, s:s, s:s}", "url", url, "get", hook->get,
					      "events", (int)hook->events, "dialect", run->form->dialect,
					      "call", run->call));
	keep_recording_hook(run, step, row.options);
	if (!run->memo)
		run->memo = json_object();
	if (conferences_insert_pending(run->with->store, &row)) {
		log_warn("script.store_failed", run->call, "%s", "what=conference");
	} else {
		json_object_set_new(params, "id", json_string(id));
		json_object_set_new(run->memo, "record", json_string(id));
	}
	json_decref(row.options);
	free(url);
}

/* `music` may be NULL. */
static void create(struct run *run, const struct step *step, json_t *music)
{
	json_t *params =
	    json_pack("{s:s, s:s, s:b, s:b, s:s, s:O*}", "name", step->text, "account", run->account->name,
		      "wait", 1, "record", step->record, "beep", step->beeps, "music", music);

	if (step->record && step->recording && step->recording->trim)
		json_object_set_new(params, "trim_silence", json_true());
	if (step->max_participants)
		json_object_set_new(params, "max_participants", json_integer(step->max_participants));
	if (is_told_of(step))
		keep_record(run, step, params);
	run_request(run, "conference.create", params, on_conference);
}

static void on_music(json_t *files, const char *error, void *arg)
{
	struct run *run = ticket_redeem(arg);
	const struct step *step = run ? run_step_of(run) : NULL;
	json_t *had;

	if (!step)
		return;
	had = run_prompts_had(run, step, files, error);
	create(run, step, json_array_size(had) ? had : NULL);
	json_decref(had);
}

static void prepare_music(struct run *run, const struct step *step)
{
	const struct step music = { .kind = STEP_PLAY, .text = step->music, .loop = 1 };

	run_prompts(run, &music, 1, on_music);
}

static bool is_sound(const char *url)
{
	const char *end = url + strcspn(url, "?#");

	return !strncmp(url, "tone:", 5) ||
	       (end - url > 4 && (!strncasecmp(end - 4, ".wav", 4) || !strncasecmp(end - 4, ".mp3", 4)));
}

/* Whether those who wait hear a script, each its own, and no sound. */
static bool hears_script(const struct step *step)
{
	const char *url = step->room ? step->room->wait.url : NULL;

	return url && *url && !is_sound(url);
}

/* The step may have begun before a restart of this process: then the call is in already. */
static void on_seen(struct run *run, const json_t *result, const json_t *error)
{
	const struct step *step = run_step_of(run);
	const json_t *call = json_object_get(result, "call");
	const char *name = json_string_value(json_object_get(call, "conference"));
	if (error)
		run_step_failed(run, error);
	else if (name && !strcmp(name, step->text))
		entered(run, call);
	else if (step->music && *step->music && !hears_script(step))
		prepare_music(run, step);
	else
		create(run, step, NULL);
}

void run_begin_conference(struct run *run, const struct step *step)
{
	(void)step;
	run_request(run, "call.get", json_object(), on_seen);
}

/* Whether the call lives on. When it does not, its end has been told, or is next. */
static void on_left(struct run *run, const json_t *result, const json_t *error)
{
	const char *status = json_string_value(json_object_get(json_object_get(result, "call"), "status"));

	if (!error && status && !strcmp(status, "in-progress"))
		leave(run, "answered");
}

/* Whether nobody is there to talk to. */
static bool is_waiting(const struct bus_event *event)
{
	return strcmp(event->conference->status, "in-progress") || event->conference->participants < 2;
}

static void wait(struct run *run)
{
	const struct step *step = run_step_of(run);

	run_nest(run, &step->room->wait, "wait");
	run_nest_begin(run, json_pack("{s:s}", "conference", run->conference));
}

void run_conference_heard(struct run *run)
{
	if (!run_nest_rests(run))
		run_nest_begin(run, json_pack("{s:s}", "conference", run->conference));
}

void run_conference_changed(struct run *run, const struct bus_event *event)
{
	if (is_waiting(event))
		return;
	link_call(run->with->link, "call.stop", json_pack("{s:s}", "call", run->call), NULL, NULL);
	run_unnest(run);
	run->phase = RUN_CONFERENCE;
	begin_limit(run);
	run_save(run);
}

static bool waits(const struct run *run)
{
	const char *moment = json_string_value(json_object_get(run->outer, "moment"));
	struct conference_row row;
	bool alone;

	if (run->outer ? run_outer_kind(run) != STEP_CONFERENCE || !moment || strcmp(moment, "wait") != 0
		       : run->phase != RUN_CONFERENCE)
		return false;
	if (conferences_get(run->with->store, run->conference, &row))
		return false;
	alone = strcmp(row.status, "in-progress") != 0 || row.participants < 2;
	conference_row_clear(&row);
	return alone;
}

/* A script of its own for what is none: a sound over and over, or nothing. */
static char *wait_document(const char *url)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("<Response>", out);
	if (*url) {
		fputs("<Play loop=\"0\">", out);
		xml_text_write(out, url);
		fputs("</Play>", out);
	} else {
		for (int hours = 0; hours < 24; hours++)
			fputs("<Pause length=\"3600\"/>", out);
	}
	fputs("</Response>", out);
	return fclose(out) ? NULL : text;
}

void scripts_wait(struct scripts *scripts, const char *call, const char *conference, const char *url,
		  bool get)
{
	const bool asks = url && *url && !is_sound(url);
	const struct step_hook hook = { .url = url, .get = get };
	struct run *run = run_find(scripts, call);
	char *document;

	if (!run || strcmp(run->conference, conference) != 0 || !waits(run))
		return;
	document = asks ? NULL : wait_document(url ? url : "");
	if (!asks && !document)
		return;
	link_call(run->with->link, "call.stop", json_pack("{s:s}", "call", run->call), NULL, NULL);
	run_unnest(run);
	run_nest(run, &hook, "wait");
	if (asks)
		run_nest_begin(run, json_pack("{s:s}", "conference", run->conference));
	else
		run_begin_document(run, document, "text/xml");
	free(document);
}

void run_conference_event(struct run *run, const struct bus_event *event)
{
	const char *what = json_string_value(json_object_get(event->data, "what"));
	const struct step *step = run_step_of(run);
	const bool nested = run->outer && run_outer_kind(run) == STEP_CONFERENCE;

	if (!what || (run->phase != RUN_CONFERENCE && !nested) ||
	    strcmp(run->conference, event->conference->id))
		return;
	if (!strcmp(what, "leave"))
		run_request(run, "call.get", json_object(), on_left);
	else if (!strcmp(what, "join") && !nested && hears_script(step) && is_waiting(event))
		wait(run);
}

void run_conference_check(struct run *run, const json_t *call)
{
	const char *id = json_string_value(json_object_get(call, "conference_id"));

	if (call && (!id || strcmp(run->conference, id)))
		leave(run, "answered");
}

void run_begin_transfer(struct run *run, const struct step *step)
{
	json_t *params = json_pack("{s:s, s:s, s:b}", "conference", step->text, "account", run->account->name,
				   "muted", step->muted);

	add_partners(params, step->room);
	run_request(run, "conference.add", params, on_added);
}
