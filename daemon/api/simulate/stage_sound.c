/* What is played, collected and recorded. */
#include "daemon/api/simulate/stage.h"

#include "lib/clock.h"
#include "lib/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_LASTS_MS = 100, BEEP_MS = 200, TONE_MS = 6000, UNKNOWN_SOUND_MS = 3000, CONFLICT = 409 };

/* ---- names of sounds ---- */

const char *stage_sound(struct stage *stage, json_t *shown, int64_t lasts_ms)
{
	struct stage_sound *sound = calloc(1, sizeof *sound);

	if (!sound || !shown) {
		free(sound);
		json_decref(shown);
		return NULL;
	}
	snprintf(sound->name, sizeof sound->name, "sound:%u", ++stage->sound_count);
	sound->shown = shown;
	sound->lasts_ms = lasts_ms;
	sound->next = stage->sounds;
	stage->sounds = sound;
	return sound->name;
}

/* What a name is: shown, new reference. */
static json_t *find_sound(const struct stage *stage, const char *name, int64_t *lasts_ms)
{
	for (const struct stage_sound *sound = stage->sounds; sound; sound = sound->next)
		if (!strcmp(sound->name, name)) {
			*lasts_ms = sound->lasts_ms;
			return json_incref(sound->shown);
		}
	if (!strncmp(name, "silence:", 8)) {
		*lasts_ms = atoll(name + 8);
		return json_pack("{s:I}", "silence_ms", (json_int_t)*lasts_ms);
	}
	*lasts_ms = !strcmp(name, "tone:beep")	 ? BEEP_MS
		    : !strncmp(name, "tone:", 5) ? TONE_MS
						 : UNKNOWN_SOUND_MS;
	return json_pack("{s:s}", "play", name);
}

/* ---- play ---- */

/* Nothing is heard any more. */
static void hush(struct stage_call *call, const char *end)
{
	call->play_id = 0;
	tick_drop(&call->play);
	if (call->heard) {
		json_object_set_new(call->heard, "end", json_string(end));
		json_object_set_new(call->heard, "ended_ms", json_integer(call->stage->with.ticks->now_ms));
	}
	call->heard = NULL;
}

static void play_over(struct stage_call *call, const char *end)
{
	const int64_t id = call->play_id;

	if (!id)
		return;
	hush(call, end);
	stage_tell(call, "call.play_done", json_pack("{s:I, s:s}", "play_id", (json_int_t)id, "end", end));
}

static void played(void *arg)
{
	play_over(arg, "completed");
}

static json_t *on_play(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	const json_int_t loop =
	    json_object_get(params, "loop") ? json_integer_value(json_object_get(params, "loop")) : 1;
	json_t *heard = json_array(), *file;
	int64_t total = 0, one;
	size_t i;

	(void)error;
	play_over(call, "stopped");
	json_array_foreach(json_object_get(params, "files"), i, file)
	{
		json_array_append_new(heard, find_sound(stage, json_string_value(file), &one));
		total += one;
	}
	call->play_id = ++stage->plays;
	call->barge_in = json_is_true(json_object_get(params, "barge_in"));
	call->heard = transcript_add(
	    stage->with.transcript, call->id, "heard",
	    json_pack("{s:o, s:I, s:I}", "sounds", heard, "ms", (json_int_t)total, "loop", loop));
	if (loop || !total)
		tick_set(stage->with.ticks, &call->play, total * (loop ? loop : 1), played, call);
	return json_pack("{s:s, s:I}", "call", call->id, "play_id", (json_int_t)call->play_id);
}

/* ---- digits ---- */

static void collect_over(struct stage_call *call, const char *end)
{
	if (!call->collecting)
		return;
	call->collecting = false;
	tick_drop(&call->collect);
	transcript_add(call->stage->with.transcript, call->id, "collected",
		       json_pack("{s:s, s:s}", "digits", call->digits, "end", end));
	stage_tell(call, "call.collect_done", json_pack("{s:s, s:s}", "digits", call->digits, "end", end));
}

static void collect_timed_out(void *arg)
{
	collect_over(arg, "timeout");
}

static int64_t seconds_ms(const json_t *params, const char *name)
{
	return json_integer_value(json_object_get(params, name)) * 1000;
}

static json_t *on_collect(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	const char *finish_on = json_string_value(json_object_get(params, "finish_on"));
	const size_t most = (size_t)json_integer_value(json_object_get(params, "max_digits"));

	(void)error;
	collect_over(call, "stopped");
	call->collecting = true;
	*call->digits = '\0';
	snprintf(call->finish_on, sizeof call->finish_on, "%s", finish_on ? finish_on : "");
	call->max_digits = most && most < sizeof call->digits - 1 ? most : sizeof call->digits - 1;
	call->digit_timeout_ms = seconds_ms(params, "digit_timeout");
	if (seconds_ms(params, "timeout"))
		tick_set(stage->with.ticks, &call->collect, seconds_ms(params, "timeout"), collect_timed_out,
			 call);
	return stage_shown(call);
}

static void collect(struct stage_call *call, char key)
{
	const size_t count = strlen(call->digits);

	if (strchr(call->finish_on, key)) {
		collect_over(call, "finish-key");
		return;
	}
	call->digits[count] = key;
	call->digits[count + 1] = '\0';
	if (count + 1 >= call->max_digits)
		collect_over(call, "complete");
	else if (call->digit_timeout_ms)
		tick_set(call->stage->with.ticks, &call->collect, call->digit_timeout_ms, collect_timed_out,
			 call);
}

void stage_press(struct stage_call *call, char key)
{
	const char text[2] = { key, '\0' };

	if (call->barge_in)
		play_over(call, "stopped");
	stage_tell(call, "call.digit", json_pack("{s:s, s:i}", "digit", text, "duration_ms", KEY_LASTS_MS));
	if (call->collecting)
		collect(call, key);
}

static json_t *on_stop(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	(void)stage, (void)error;
	play_over(call, "stopped");
	if (!json_is_false(json_object_get(params, "collect")))
		collect_over(call, "stopped");
	return stage_shown(call);
}

static json_t *on_send(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	(void)error;
	transcript_add(stage->with.transcript, call->id, "sent",
		       json_pack("{s:O*}", "digits", json_object_get(params, "digits")));
	return stage_shown(call);
}

static json_t *on_echo(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	(void)stage, (void)params, (void)error;
	return stage_shown(call);
}

/* ---- recordings ---- */

/* How long what is kept of it is: silence at its ends is not, where it is trimmed. */
static int64_t length_of(const struct stage_recording *recording)
{
	const struct stage_call *call = recording->call;
	const int64_t now = call->stage->with.ticks->now_ms;
	const int64_t until = recording->trim && call->spoke_until_ms < now ? call->spoke_until_ms : now;

	if (recording->trim && !recording->spoken)
		return 0;
	return until > recording->begun_ms ? until - recording->begun_ms : 0;
}

static void recorded(struct stage_recording *recording)
{
	struct stage_call *call = recording->call;
	struct stage_recording **at = &call->recordings;
	const int64_t ms = length_of(recording);

	while (*at != recording)
		at = &(*at)->next;
	*at = recording->next;
	tick_drop(&recording->longest);
	tick_drop(&recording->silent);
	transcript_add(call->stage->with.transcript, call->id, "recorded",
		       json_pack("{s:I}", "ms", (json_int_t)ms));
	stage_tell(call, "call.record_done",
		   json_pack("{s:{s:s, s:s+, s:i, s:I, s:I, s:I, s:s}}", "recording", "id", recording->id,
			     "file", "/nonexistent/", recording->id, "channels", recording->channels,
			     "started", (json_int_t)recording->begun_utc_ms, "duration_ms", (json_int_t)ms,
			     "bytes", (json_int_t)(44 + ms * 16), "status", "completed"));
	free(recording);
}

static void on_recorded(void *arg)
{
	recorded(arg);
}

/* Silence is counted from here, or from when the call stops speaking. */
static void await_silence(struct stage_recording *recording)
{
	struct ticks *ticks = recording->call->stage->with.ticks;
	const int64_t until = recording->call->spoke_until_ms;

	if (recording->silence_ms)
		tick_set(ticks, &recording->silent,
			 recording->silence_ms + (until > ticks->now_ms ? until - ticks->now_ms : 0),
			 on_recorded, recording);
}

void stage_speak(struct stage_call *call, int64_t ms)
{
	call->spoke_until_ms = call->stage->with.ticks->now_ms + ms;
	for (struct stage_recording *recording = call->recordings; recording; recording = recording->next) {
		recording->spoken = true;
		await_silence(recording);
	}
}

static json_t *on_record(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	struct stage_recording *recording = call->answered ? calloc(1, sizeof *recording) : NULL;

	if (!recording) {
		*error = stage_fault(CONFLICT, "The call has no media yet.");
		return NULL;
	}
	random_uuid(recording->id);
	recording->call = call;
	recording->begun_ms = stage->with.ticks->now_ms;
	recording->begun_utc_ms = clock_utc_ms();
	recording->silence_ms = seconds_ms(params, "silence_timeout");
	recording->channels = json_integer_value(json_object_get(params, "channels")) == 2 ? 2 : 1;
	recording->trim = json_is_true(json_object_get(params, "trim_silence"));
	recording->bounded = json_object_get(params, "max_duration") != NULL;
	recording->spoken = call->bridge || call->room || call->spoke_until_ms > recording->begun_ms;
	recording->next = call->recordings;
	call->recordings = recording;
	if (recording->bounded)
		tick_set(stage->with.ticks, &recording->longest, seconds_ms(params, "max_duration"),
			 on_recorded, recording);
	await_silence(recording);
	return json_pack("{s:s, s:{s:s, s:s+, s:i, s:I}}", "call", call->id, "recording", "id", recording->id,
			 "file", "/nonexistent/", recording->id, "channels", recording->channels, "started",
			 (json_int_t)recording->begun_utc_ms);
}

static json_t *on_record_stop(struct stage *stage, struct stage_call *call, const json_t *params,
			      json_t **error)
{
	const char *id = json_string_value(json_object_get(params, "recording"));
	struct stage_recording *next;

	(void)stage, (void)error;
	for (struct stage_recording *one = call->recordings; one; one = next) {
		next = one->next;
		if (!id || !strcmp(id, one->id))
			recorded(one);
	}
	return stage_shown(call);
}

/* ---- the whole ---- */

void stage_silence(struct stage_call *call)
{
	hush(call, "call over");
	call->collecting = false;
	tick_drop(&call->collect);
	while (call->recordings)
		recorded(call->recordings);
}

bool stage_listens(const struct stage_call *call)
{
	bool records = false;

	for (const struct stage_recording *one = call->recordings; one; one = one->next)
		records |= one->bounded;
	return !call->play_id && (call->collecting || records);
}

const struct stage_method stage_sound_methods[] = {
	{ "call.play", on_play, true },
	{ "call.stop", on_stop, true },
	{ "call.collect", on_collect, true },
	{ "call.send_digits", on_send, true },
	{ "call.echo", on_echo, true },
	{ "call.record", on_record, true },
	{ "call.record_stop", on_record_stop, true },
	{ NULL, NULL, false },
};
