/* talk, stream, record, conversation, input, notify, wait, transfer. */
#include "daemon/api/script/ncco/object.h"

#include "daemon/api/speech/language.h"
#include "daemon/api/script/steps/words.h"
#include "lib/tone_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOOP_MAX = 1000,
	GATHER_TIMEOUT_S = 3,
	GATHER_TIMEOUT_MAX_S = 10,
	SPEECH_START_S = 10,
	SPEECH_SILENCE_S = 2,
	SPEECH_MAX_S = 60,
	DIGITS_USUAL = 4,
	DIGITS_MAX = 20,
	WAIT_USUAL_MS = 10000,
	RECORD_MAX_S = 7200,
	NAME_BYTES_MAX = 200,
};

static void read_sound(struct ncco *n, const json_t *action, struct step *step)
{
	step->loop = (unsigned)object_number(n, action, "loop", 0, LOOP_MAX, 1);
	step->barge_in = object_flag(n, action, "bargeIn", false);
	step->level = object_number(n, action, "level", -1, 1, 0);
}

/* A text that is SSML stands in <speak>. */
static void read_talk_text(struct step *step, const char *text)
{
	step->text = text;
	if (!strncmp(text, "<speak>", strlen("<speak>")))
		step->markup = text;
}

static void action_talk(struct ncco *n, const json_t *action)
{
	const char *text = object_text(n, action, "text"), *language = object_text(n, action, "language");
	struct step *step;

	object_only(n, action, "action text bargeIn loop level language style premium !voiceName");
	if (!text) {
		ncco_warn(n, "text", "It has no text, and is passed over.");
		return;
	}
	step = ncco_step(n, STEP_SAY);
	if (!step)
		return;
	read_talk_text(step, text);
	read_sound(n, action, step);
	if (language && !language_find(language))
		ncco_warn(n, "language", "\"%.40s\" cannot be spoken here; en-US is taken.", language);
	else
		step->language = language;
}

static void action_stream(struct ncco *n, const json_t *action)
{
	const char *url = object_url(n, action, "streamUrl");
	struct step *step;

	object_only(n, action, "action streamUrl level bargeIn loop");
	if (!url) {
		ncco_warn(n, "streamUrl", "It has no streamUrl, and is passed over.");
		return;
	}
	if (!strncmp(url, "tone:", 5) && !tone_name_is_known(url + 5)) {
		ncco_warn(n, "streamUrl", "There is no tone \"%.40s\", and it is passed over; possible: %s.",
			  url + 5, TONE_NAMES);
		return;
	}
	step = ncco_step(n, STEP_PLAY);
	if (!step)
		return;
	step->text = url;
	read_sound(n, action, step);
}

/* What it is to be kept in; NULL: what the conf says. */
static const char *read_format(struct ncco *n, const json_t *action)
{
	const char *format = object_text(n, action, "format");

	if (format && words_find("wav mp3 ogg", format) == WORD_BUILT)
		return format;
	if (format)
		ncco_warn(n, "format", "\"%.40s\" is not known; possible: mp3, wav, ogg.", format);
	return NULL;
}

static bool has(const json_t *object, const char *name)
{
	return json_object_get(object, name) != NULL;
}

/* One that ends by silence, a key or a time is waited for; else it runs beside the rest of the script. */
static void action_record(struct ncco *n, const json_t *action)
{
	const bool waits = has(action, "endOnSilence") || has(action, "endOnKey") || has(action, "timeOut");
	struct step_recording *recording = ncco_memory(n, sizeof *recording);
	struct step *step = ncco_step(n, waits ? STEP_RECORD : STEP_START_RECORDING);
	const char *key;

	object_only(
	    n, action,
	    "action format split channels endOnSilence endOnKey timeOut beepStart eventUrl eventMethod "
	    "!transcription");
	if (!step || !recording)
		return;
	recording->format = read_format(n, action);
	recording->dual = object_number(n, action, "channels", 1, 32, 1) > 1 ||
			  object_is(n, action, "split", "", "conversation");
	recording->status = object_event(n, action);
	step->recording = recording;
	step->timeout_s = (unsigned)object_number(n, action, "endOnSilence", 1, 3600, 0);
	step->max_length_s = (unsigned)object_number(n, action, "timeOut", 1, RECORD_MAX_S, RECORD_MAX_S);
	step->beep = object_flag(n, action, "beepStart", false);
	key = object_text(n, action, "endOnKey");
	if (key && key[strspn(key, "0123456789*#")]) {
		ncco_warn(n, "endOnKey", "endOnKey is no key of a phone, and passed over.");
		key = NULL;
	}
	step->finish_on = key ? key : ncco_text(n, "");
}

static void read_room(struct ncco *n, const json_t *action, struct step *step)
{
	struct step_room *room = ncco_memory(n, sizeof *room);

	if (!room)
		return;
	room->speaks_to = object_calls(n, action, "canSpeak");
	room->hears = object_calls(n, action, "canHear");
	step->muted = object_flag(n, action, "mute", false);
	step->room = room;
}

static void action_conversation(struct ncco *n, const json_t *action)
{
	const char *name = object_text(n, action, "name");
	struct step *step;

	object_only(
	    n, action,
	    "action name musicOnHoldUrl startOnEnter endOnExit record canSpeak canHear mute !transcription");
	if (!name || strlen(name) > NAME_BYTES_MAX) {
		ncco_warn(n, "name", "It has no name of at most %d bytes, and is passed over.",
			  NAME_BYTES_MAX);
		return;
	}
	step = ncco_step(n, STEP_CONFERENCE);
	if (!step)
		return;
	step->text = name;
	step->music = object_url(n, action, "musicOnHoldUrl");
	step->starts = object_flag(n, action, "startOnEnter", true);
	step->ends = object_flag(n, action, "endOnExit", false);
	step->record = object_flag(n, action, "record", false);
	step->beeps = "none";
	read_room(n, action, step);
}

static void read_input_types(struct ncco *n, const json_t *action, struct step_speech *speech)
{
	const json_t *types = json_object_get(action, "type"), *type;
	size_t i;

	if (!json_is_array(types)) {
		speech->dtmf = true;
		if (types)
			ncco_warn(n, "type", "type is no array; dtmf is taken.");
		return;
	}
	json_array_foreach(types, i, type)
	{
		const char *text = json_string_value(type);

		if (text && !strcmp(text, "dtmf"))
			speech->dtmf = true;
		else if (text && !strcmp(text, "speech"))
			speech->speech = true;
		else
			ncco_warn(n, "type",
				  "There is a type that is neither dtmf nor speech; it is passed over.");
	}
}

static void read_dtmf(struct ncco *n, const json_t *action, struct step *step)
{
	/* as it was before there was speech, they stand in the action itself */
	const json_t *own = object_object(n, action, "dtmf"), *dtmf = own ? own : action;

	if (own)
		object_only(n, own, "timeOut maxDigits submitOnHash");
	step->timeout_s =
	    (unsigned)(object_number(n, dtmf, "timeOut", 0, GATHER_TIMEOUT_MAX_S, GATHER_TIMEOUT_S) + 0.5);
	step->max_digits = (unsigned)object_number(n, dtmf, "maxDigits", 1, DIGITS_MAX, DIGITS_USUAL);
	if (step->timeout_s == 0)
		step->timeout_s = 1;
	step->finish_on = ncco_text(n, object_flag(n, dtmf, "submitOnHash", false) ? "#" : "");
}

/* ["a", "b"]: "a,b", as hints are kept. */
static const char *read_context(struct ncco *n, const json_t *speech)
{
	const json_t *context = json_object_get(speech, "context"), *item;
	json_t *joined = json_string("");
	const char *text;
	size_t i;

	if (context && !json_is_array(context))
		ncco_warn(n, "context", "context is no array; it is passed over.");
	json_array_foreach(context, i, item)
	{
		json_t *longer = json_sprintf("%s%s%s", json_string_value(joined), i ? "," : "",
					      json_is_string(item) ? json_string_value(item) : "");

		json_decref(joined);
		joined = longer;
	}
	text = json_string_length(joined) ? ncco_text(n, json_string_value(joined)) : NULL;
	json_decref(joined);
	return text;
}

static void read_speech(struct ncco *n, const json_t *action, struct step *step, struct step_speech *out)
{
	const json_t *speech = object_object(n, action, "speech");

	out->start_ms = SPEECH_START_S * 1000;
	out->silence_ms = SPEECH_SILENCE_S * 1000;
	out->max_ms = SPEECH_MAX_S * 1000;
	if (speech) {
		object_only(n, speech,
			    "language context startTimeout endOnSilence maxDuration uuid !sensitivity "
			    "!saveAudio !provider !providerOptions");
		out->language = object_text(n, speech, "language");
		out->hints = read_context(n, speech);
		out->start_ms =
		    (unsigned)(1000 * object_number(n, speech, "startTimeout", 1, 60, SPEECH_START_S));
		out->silence_ms =
		    (unsigned)(1000 * object_number(n, speech, "endOnSilence", 0.4, 10, SPEECH_SILENCE_S));
		out->max_ms = (unsigned)(1000 * object_number(n, speech, "maxDuration", 1, 60, SPEECH_MAX_S));
	}
	if (!out->speech)
		out->start_ms = 0;
	else if (!out->dtmf)
		step->timeout_s = 1; /* startTimeout alone counts */
}

/* The sounds before it that a key ends: with that key its digits begin, so they are its prompts. */
static void take_prompts(struct ncco *n, struct step *step, size_t count)
{
	struct step_list *steps = &n->steps;
	const size_t at = steps->count - 1 - count;
	struct step *prompts;

	if (!count || !(prompts = ncco_memory(n, count * sizeof *prompts)))
		return;
	memcpy(prompts, &steps->list[at], count * sizeof *prompts);
	step->nested = prompts;
	step->nested_count = count;
	steps->list[at] = *step;
	steps->count = at + 1;
}

static size_t count_prompts(const struct ncco *n)
{
	size_t count = 0;

	while (count < n->steps.count) {
		const struct step *step = &n->steps.list[n->steps.count - 1 - count];

		if ((step->kind != STEP_SAY && step->kind != STEP_PLAY) || !step->barge_in)
			break;
		count++;
	}
	return count;
}

static void action_input(struct ncco *n, const json_t *action)
{
	struct step_speech *speech = ncco_memory(n, sizeof *speech);
	const size_t prompts = count_prompts(n);
	struct step *step = ncco_step(n, STEP_GATHER);
	const struct step_hook event = object_event(n, action);

	object_only(n, action,
		    "action type dtmf speech eventUrl eventMethod mode timeOut maxDigits submitOnHash");
	if (!step || !speech)
		return;
	step->action = event.url;
	step->post = !event.get;
	step->action_when_empty = true;
	step->in_background = object_is(n, action, "mode", "synchronous", "asynchronous");
	read_input_types(n, action, speech);
	read_dtmf(n, action, step);
	read_speech(n, action, step, speech);
	step->speech = speech;
	step->barge_in = true;
	if (!step->in_background && (speech->dtmf || speech->speech))
		take_prompts(n, step, prompts);
	else if (step->in_background && speech->speech)
		ncco_warn(n, "type", "Speech is not listened to in the background; the keys are.");
}

static void action_notify(struct ncco *n, const json_t *action)
{
	const json_t *payload = object_object(n, action, "payload");
	const struct step_hook event = object_event(n, action);
	char *text = payload ? json_dumps(payload, JSON_COMPACT) : NULL;
	struct step *step;

	object_only(n, action, "action payload eventUrl eventMethod");
	if (!event.url) {
		ncco_warn(n, "eventUrl", "It has no eventUrl, and is passed over.");
	} else if ((step = ncco_step(n, STEP_NOTIFY))) {
		step->text = ncco_text(n, text ? text : "{}");
		step->action = event.url;
		step->post = !event.get;
	}
	free(text);
}

static void action_wait(struct ncco *n, const json_t *action)
{
	struct step *step = ncco_step(n, STEP_PAUSE);

	object_only(n, action, "action timeout");
	if (step)
		step->ms =
		    (unsigned)(object_number(n, action, "timeout", 0.1, 7200, WAIT_USUAL_MS / 1000.0) * 1000 +
			       0.5);
}

static void action_transfer(struct ncco *n, const json_t *action)
{
	const char *id = object_text(n, action, "conversation_id");
	struct step *step;

	object_only(n, action, "action conversation_id canSpeak canHear mute");
	if (!id) {
		ncco_warn(n, "conversation_id", "It has no conversation_id, and is passed over.");
		return;
	}
	step = ncco_step(n, STEP_TRANSFER);
	if (!step)
		return;
	step->text = id;
	read_room(n, action, step);
}

static const struct {
	const char *name;
	void (*read)(struct ncco *n, const json_t *action);
} actions[] = {
	{ "talk", action_talk },	 { "stream", action_stream },
	{ "record", action_record },	 { "conversation", action_conversation },
	{ "connect", action_connect },	 { "input", action_input },
	{ "notify", action_notify },	 { "wait", action_wait },
	{ "transfer", action_transfer },
};

void action_read(struct ncco *n, const json_t *action)
{
	const char *name = json_string_value(json_object_get(action, "action"));

	n->action = name;
	for (size_t i = 0; name && i < sizeof actions / sizeof *actions; i++) {
		if (!strcmp(actions[i].name, name)) {
			actions[i].read(n, action);
			return;
		}
	}
	if (!name)
		ncco_warn(n, NULL, "It has no action, and is passed over.");
	else
		ncco_warn(
		    n, "action",
		    "The action is not known, and passed over; possible: talk, stream, record, conversation, "
		    "connect, input, notify, wait, transfer.");
}
