#include "daemon/api/simulate/step_shown.h"

static void add_text(json_t *out, const char *name, const char *text)
{
	if (text && *text)
		json_object_set_new(out, name, json_string(text));
}

static void add_number(json_t *out, const char *name, unsigned value)
{
	if (value)
		json_object_set_new(out, name, json_integer(value));
}

static void add_flag(json_t *out, const char *name, bool value)
{
	if (value)
		json_object_set_new(out, name, json_true());
}

static void add_dial(json_t *out, const struct step_dial *dial)
{
	json_t *places = json_array();

	for (size_t i = 0; i < dial->target_count; i++)
		json_array_append_new(places, json_string(dial->targets[i].to));
	if (json_array_size(places))
		json_object_set(out, "places", places);
	json_decref(places);
	add_flag(out, "sequential", dial->sequential);
	add_flag(out, "hangup_on_star", dial->hang_up_on_star);
	add_number(out, "time_limit", dial->time_limit_s);
}

static void add_nested(json_t *out, const struct step *step)
{
	json_t *nested = json_array();

	for (size_t i = 0; i < step->nested_count; i++) {
		json_t *one = step_shown(&step->nested[i]);

		json_object_set_new(one, "verb", json_string(step_name(step->nested[i].kind)));
		json_array_append_new(nested, one);
	}
	if (json_array_size(nested))
		json_object_set(out, "nested", nested);
	json_decref(nested);
}

json_t *step_shown(const struct step *step)
{
	json_t *out = json_object();
	const bool places = step->dial && step->dial->target_count;

	add_text(out, "text", places ? NULL : step->text);
	add_text(out, "voice", step->voice);
	add_text(out, "language", step->language);
	add_text(out, "action", step->action);
	if (step->kind == STEP_SAY || step->kind == STEP_PLAY)
		if (step->loop != 1)
			json_object_set_new(out, "loop", json_integer(step->loop));
	add_number(out, "ms", step->ms);
	add_number(out, "timeout", step->timeout_s);
	add_number(out, "num_digits", step->max_digits);
	add_number(out, "max_length", step->max_length_s);
	add_text(out, "finish_on_key", step->finish_on);
	add_text(out, "caller_id", step->caller_id);
	add_flag(out, "answer_on_bridge", step->answer_on_bridge);
	add_flag(out, "muted", step->muted);
	add_number(out, "code", (unsigned)step->code);
	if (step->dial)
		add_dial(out, step->dial);
	if (step->nested_count)
		add_nested(out, step);
	return out;
}
