/* Say, Play, Pause, Gather. */
#include "daemon/api/script/twiml/verbs.h"

#include "daemon/api/speech/language.h"
#include "lib/tone_name.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LOOP_MAX = 1000, DIGITS_MAX = 64, SPEECH_TIMEOUT_MAX_S = 300, SPEECH_USUAL_MAX_S = 60 };

/* A language that can be spoken; NULL when it is absent, or cannot. */
static const char *read_language(struct reader *r, const xmlNode *node)
{
	const char *language = reader_attribute(r, node, "language");

	if (!language || !*language)
		return NULL;
	if (language_find(language))
		return language;
	reader_warn(r, node, "language",
		    "language=\"%.40s\" cannot be spoken here; the voice's own is taken.", language);
	return NULL;
}

void verb_say(struct reader *r, const xmlNode *node)
{
	const char *plain = NULL, *markup = spoken_read(r, node, &plain);
	struct step *step;

	if (!plain) {
		reader_warn(r, node, NULL, "It is empty, and passed over.");
		return;
	}
	step = reader_step(r, node, STEP_SAY);
	if (!step)
		return;
	step->text = plain;
	step->markup = markup;
	step->loop = reader_number(r, node, "loop", 0, LOOP_MAX, 1);
	step->voice = reader_attribute(r, node, "voice");
	step->language = read_language(r, node);
}

void verb_play(struct reader *r, const xmlNode *node)
{
	const char *digits = reader_attribute(r, node, "digits"), *text = reader_content(r, node, false);
	struct step *step;

	if (digits && (!*digits || digits[strspn(digits, READER_KEYS "ABCDabcdwW")])) {
		reader_warn(r, node, "digits",
			    "digits may have the characters " READER_KEYS
			    ", A to D, w and W only; it is passed over.");
		digits = NULL;
	}
	if (!digits && !text) {
		reader_warn(r, node, NULL, "It is empty, and passed over.");
		return;
	}
	if (text && !strncmp(text, "tone:", 5) && !tone_name_is_known(text + 5)) {
		reader_warn(r, node, NULL, "There is no tone \"%.40s\", and it is passed over; possible: %s.",
			    text + 5, TONE_NAMES);
		text = NULL;
	}
	if (digits && (step = reader_step(r, node, STEP_DIGITS)))
		step->text = digits;
	if (text && (step = reader_step(r, node, STEP_PLAY))) {
		step->text = text;
		step->loop = reader_number(r, node, "loop", 0, LOOP_MAX, 1);
	}
}

void verb_pause(struct reader *r, const xmlNode *node)
{
	struct step *step = reader_step(r, node, STEP_PAUSE);

	reader_content(r, node, false);
	if (step)
		step->ms = reader_number(r, node, "length", 0, 3600, 1) * 1000;
}

/* "dtmf", "speech", "dtmf speech" in either order. */
static void read_input(struct reader *r, const xmlNode *node, struct step_speech *speech)
{
	static const char *const inputs[] = { "dtmf", "speech", NULL };
	unsigned bits = reader_bits(r, node, "input", inputs);

	speech->dtmf = !bits || (bits & 1);
	speech->speech = bits & 2;
}

/* Behind the timeout, which is that of silence, too, where nothing is said. */
static void read_speech(struct reader *r, const xmlNode *node, struct step *step)
{
	struct step_speech *speech = reader_memory(r, sizeof *speech);
	const char *timeout = reader_attribute(r, node, "speechTimeout");

	if (!speech)
		return;
	read_input(r, node, speech);
	speech->language = reader_attribute(r, node, "language");
	speech->hints = reader_attribute(r, node, "hints");
	speech->profanity_filter = reader_boolean(r, node, "profanityFilter", true);
	speech->partial =
	    reader_hook(r, node, "partialResultCallback", "partialResultCallbackMethod", NULL, NULL);
	speech->silence_ms = step->timeout_s * 1000;
	if (timeout && !strcasecmp(timeout, "auto"))
		speech->silence_ms = 0;
	else if (timeout)
		speech->silence_ms =
		    1000 * reader_number(r, node, "speechTimeout", 1, SPEECH_TIMEOUT_MAX_S, step->timeout_s);
	speech->max_ms =
	    1000 * reader_number(r, node, "maxSpeechTime", 1, SPEECH_TIMEOUT_MAX_S, SPEECH_USUAL_MAX_S);
	step->speech = speech;
}

/* What is played while it listens. */
static void read_prompts(struct reader *r, const xmlNode *node, struct step *step)
{
	struct step_list prompts = { 0 }, *outer = r->steps;
	size_t kept = 0;

	r->steps = &prompts;
	verbs_read_children(r, node);
	r->steps = outer;
	for (size_t i = 0; i < prompts.count; i++) {
		if (prompts.list[i].kind != STEP_DIGITS)
			prompts.list[kept++] = prompts.list[i];
		else
			reader_warn(r, node, NULL, "Digits inside of <Gather> are passed over.");
	}
	prompts.count = kept;
	/* the list of the outer steps may have moved, this step has not: it was added last */
	step = &outer->list[outer->count - 1];
	step->nested = reader_keep_steps(r, &prompts);
	step->nested_count = step->nested ? kept : 0;
}

void verb_gather(struct reader *r, const xmlNode *node)
{
	struct step *step = reader_step(r, node, STEP_GATHER);

	if (!step)
		return;
	verb_action(r, node, step);
	step->timeout_s = reader_number(r, node, "timeout", 1, 300, 5);
	step->max_digits = reader_number(r, node, "numDigits", 1, DIGITS_MAX, 0);
	step->finish_on = reader_keys(r, node, "finishOnKey", "#");
	step->action_when_empty = reader_boolean(r, node, "actionOnEmptyResult", false);
	step->barge_in = reader_boolean(r, node, "bargeIn", true);
	read_speech(r, node, step);
	read_prompts(r, node, step);
}
