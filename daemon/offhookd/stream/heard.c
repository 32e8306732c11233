#include "daemon/offhookd/stream/heard.h"

#include <stdlib.h>
#include <string.h>

/* ---- messages ---- */

static const char *words_of(const json_t *text)
{
	const char *value = json_string_value(text);

	return value && value[strspn(value, " \t\r\n")] && strlen(value) <= HEARD_TEXT_MAX ? value : NULL;
}

static void set_confidence(json_t *said, const json_t *confidence)
{
	const double value = json_number_value(confidence);

	if (json_is_number(confidence) && value >= 0 && value <= 1)
		json_object_set_new(said, "confidence", json_real(value));
}

/* In our words, those that have words: {"text","confidence"?}. */
static json_t *alternatives_of(const json_t *list, const char *text_name)
{
	json_t *out = json_array(), *one;
	size_t i;

	json_array_foreach((json_t *)list, i, one)
	{
		const char *words = words_of(json_object_get(one, text_name));
		json_t *said = words ? json_pack("{s:s}", "text", words) : NULL;

		if (!said)
			continue;
		set_confidence(said, json_object_get(one, "confidence"));
		json_array_append_new(out, said);
		if (json_array_size(out) == HEARD_ALTERNATIVES_MAX)
			break;
	}
	return out;
}

static enum heard_kind make(json_t **out, bool final, const char *words, const json_t *confidence,
			    json_t *alternatives)
{
	if (words)
		*out = json_pack("{s:b, s:s}", "final", final, "text", words);
	if (*out && confidence)
		set_confidence(*out, confidence);
	if (*out && json_array_size(alternatives) > 1)
		json_object_set(*out, "alternatives", alternatives);
	json_decref(alternatives);
	return !*out ? HEARD_NOTHING : final ? HEARD_FINAL : HEARD_PARTIAL;
}

/* The best one has to have words. */
static enum heard_kind from_list(const json_t *list, const char *name, bool final, json_t **out)
{
	const json_t *best = json_array_get(list, 0);

	return make(out, final, words_of(json_object_get(best, name)), json_object_get(best, "confidence"),
		    alternatives_of(list, name));
}

static enum heard_kind read_typed(const json_t *message, const char *type, json_t **out)
{
	const char *error = json_string_value(json_object_get(message, "error"));

	if (!strcmp(type, "transcription"))
		return from_list(json_object_get(message, "alternatives"), "transcript",
				 json_is_true(json_object_get(message, "is_final")), out);
	if (strcmp(type, "error") != 0)
		return HEARD_NOTHING;
	*out =
	    json_pack("{s:s}", "error",
		      error && *error && strlen(error) <= HEARD_TEXT_MAX ? error : "The server has failed.");
	return *out ? HEARD_ERROR : HEARD_NOTHING;
}

/* The mean of what it says of each word. */
static json_t *mean_of(const json_t *words)
{
	double sum = 0;
	json_t *one;
	size_t i, n = 0;

	json_array_foreach((json_t *)words, i, one)
	{
		const json_t *conf = json_object_get(one, "conf");

		sum += json_number_value(conf);
		n += json_is_number(conf);
	}
	return n ? json_real(sum / (double)n) : NULL;
}

static enum heard_kind read_vosk(const json_t *message, json_t **out)
{
	const json_t *partial = json_object_get(message, "partial"),
		     *list = json_object_get(message, "alternatives");
	json_t *confidence;
	enum heard_kind kind;

	if (partial)
		return make(out, false, words_of(partial), NULL, NULL);
	if (list)
		return from_list(list, "text", true, out);
	confidence = mean_of(json_object_get(message, "result"));
	kind = make(out, true, words_of(json_object_get(message, "text")), confidence, NULL);
	json_decref(confidence);
	return kind;
}

enum heard_kind heard_read(const char *text, size_t size, json_t **out)
{
	json_t *message = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	const json_t *type = json_object_get(message, "type");
	enum heard_kind kind = HEARD_NOTHING;

	*out = NULL;
	if (json_is_string(type))
		kind = read_typed(message, json_string_value(type), out);
	else if (!type)
		kind = read_vosk(message, out);
	json_decref(message);
	return kind;
}

/* ---- bounds ---- */

static void forget_partial(struct heard_bound *b)
{
	json_decref(b->waiting);
	b->waiting = NULL;
}

static json_t *tell_partial(struct heard_bound *b, int64_t now_us)
{
	json_t *said = b->waiting;

	b->waiting = NULL;
	b->partial_us = now_us;
	b->partials++;
	free(b->last);
	b->last = strdup(json_string_value(json_object_get(said, "text")));
	return said;
}

/* One that says nothing new is none. */
static json_t *pass_partial(struct heard_bound *b, json_t *said, int64_t now_us)
{
	const char *text = json_string_value(json_object_get(said, "text"));

	forget_partial(b);
	if ((b->last && !strcmp(b->last, text)) || b->partials >= HEARD_PARTIALS_MAX) {
		json_decref(said);
		return NULL;
	}
	b->waiting = said;
	return heard_due(b, now_us);
}

static json_t *pass_final(struct heard_bound *b, json_t *said, int64_t now_us, bool *lost)
{
	const int64_t step = HEARD_FINAL_MS * 1000, ahead = (HEARD_FINALS - 1) * step;

	forget_partial(b);
	free(b->last);
	b->last = NULL;
	if (b->final_us < now_us)
		b->final_us = now_us;
	if (b->final_us > now_us + ahead) {
		*lost = true;
		json_decref(said);
		return NULL;
	}
	b->final_us += step;
	return said;
}

json_t *heard_pass(struct heard_bound *b, enum heard_kind kind, json_t *said, int64_t now_us, bool *lost)
{
	*lost = false;
	switch (kind) {
	case HEARD_PARTIAL:
		return pass_partial(b, said, now_us);
	case HEARD_FINAL:
	case HEARD_ERROR:
		return pass_final(b, said, now_us, lost);
	default:
		json_decref(said);
		return NULL;
	}
}

json_t *heard_due(struct heard_bound *b, int64_t now_us)
{
	if (!b->waiting || (b->partial_us && now_us - b->partial_us < HEARD_PARTIAL_MS * 1000))
		return NULL;
	return tell_partial(b, now_us);
}

void heard_bound_clear(struct heard_bound *b)
{
	forget_partial(b);
	free(b->last);
	*b = (struct heard_bound){ 0 };
}
