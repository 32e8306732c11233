/* What scripts ask servers for, and what is given for it. */
#include "daemon/api/simulate/simulate_private.h"

#include <stdio.h>

/* Of a list of documents, the one whose turn it is; the last one stays. */
static const json_t *take_turn(struct simulation *sim, const json_t *given)
{
	char key[24];
	json_int_t turn;

	if (!json_is_array(given))
		return given;
	snprintf(key, sizeof key, "%p", (const void *)given);
	turn = json_integer_value(json_object_get(sim->asked, key));
	json_object_set_new(sim->asked, key, json_integer(turn + 1));
	if (turn >= (json_int_t)json_array_size(given))
		turn = (json_int_t)json_array_size(given) - 1;
	return json_array_get(given, (size_t)turn);
}

static void answer_with(const json_t *given, const struct fetch_setup *setup, struct fetch_result *answer)
{
	const json_t *status = json_object_get(given, "status");
	const json_t *body = json_is_string(given) ? given : json_object_get(given, "body");
	const char *location = json_string_value(json_object_get(given, "location"));

	*answer = (struct fetch_result){ .status = status ? (int)json_integer_value(status) : 200,
					 .body = json_string_value(body),
					 .size = json_string_length(body),
					 .content_type = json_string_value(json_object_get(given, "type")) };
	if (location && setup->tell_redirect && answer->status >= 300 && answer->status <= 399)
		answer->redirect = location;
	if (!answer->status)
		answer->error = "there is no answer";
}

bool simulation_asked(unsigned number, const struct fetch_setup *setup, struct fetch_result *answer,
		      void *arg)
{
	struct simulation *sim = arg;
	const json_t *given = take_turn(sim, story_document(sim->story, setup->url));
	json_t *entry;

	if (number > sim->story->max_requests) {
		sim->why = "requests";
		*answer = (struct fetch_result){ .error = "there were too many requests" };
		return true;
	}
	sim->request_count = number;
	entry = transcript_add(
	    &sim->transcript, NULL, "request",
	    json_pack("{s:i, s:s, s:s, s:b, s:o*}", "number", (int)number, "method",
		      setup->post ? "POST" : "GET", "url", setup->url, "given", given || !sim->story->fetches,
		      "parameters", setup->post ? transcript_body(setup->body ? setup->body : "") : NULL));
	sim->requests[number] = entry;
	if (!given && sim->story->fetches)
		return false;
	if (given)
		answer_with(given, setup, answer);
	else
		*answer = (struct fetch_result){ .status = 404, .content_type = "text/plain" };
	return true;
}

void simulation_answered(unsigned number, const struct fetch_result *result, void *arg)
{
	struct simulation *sim = arg;
	json_t *entry = number <= sim->story->max_requests ? sim->requests[number] : NULL;

	if (!entry)
		return;
	json_object_set_new(entry, "status", json_integer(result->status));
	json_object_set_new(entry, "size", json_integer((json_int_t)result->size));
	if (result->content_type)
		json_object_set_new(entry, "content_type", json_string(result->content_type));
	if (result->error)
		json_object_set_new(entry, "error", json_string(result->error));
	if (result->redirect)
		json_object_set_new(entry, "location", json_string(result->redirect));
}
