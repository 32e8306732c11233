/* What a script has done is kept with its call: each step, each request for a document and the beginning of
 * its answer. What is too much is not kept, which is said once. */
#include "daemon/api/script/run_steps.h"

#include "daemon/api/switch/link.h"
#include "lib/utf8.h"

#include <string.h>
#include <strings.h>

enum { KEPT_MAX = 1000, BODY_SIZE = 1024, URL_SIZE = 1024 };

/* Whether one more is kept. A simulation shows them by itself. */
static bool is_kept(struct run *run)
{
	if (run->with->stage || run->kept > KEPT_MAX)
		return false;
	if (run->kept++ == KEPT_MAX)
		run_note(run, false, "Of this call no more than %d steps and requests are kept.", KEPT_MAX);
	return run->kept <= KEPT_MAX;
}

void run_keep_step(struct run *run, const struct step *step)
{
	if (is_kept(run))
		link_remark(run->with->link, run->call, "script.step",
			    json_pack("{s:s, s:i, s:i, s:s*}", "verb", step_name(step->kind), "line",
				      step->line, "column", step->column, "url", run->base_url));
}

/* The first bytes of a text, at most `size`: whole characters, and "?" for each byte that is in none. NUL
 * ends what is read. */
static json_t *beginning(const char *text, size_t length, size_t size)
{
	char out[BODY_SIZE + 1];
	size_t at = 0, n;

	if (size > BODY_SIZE)
		size = BODY_SIZE;
	for (size_t i = 0; i < length && text[i] && at < size; i += n ? n : 1) {
		n = utf8_length((const unsigned char *)text + i);
		if (at + (n ? n : 1) > size)
			break;
		memcpy(out + at, n ? text + i : "?", n ? n : 1);
		at += n ? n : 1;
	}
	return json_stringn(out, at);
}

static bool is_sound(const char *type)
{
	return type && !strncasecmp(type, "audio/", 6);
}

void run_keep_request(struct run *run, const struct fetch_result *result)
{
	const bool post = json_is_true(json_object_get(run->wanted, "post"));
	const char *moment = json_string_value(json_object_get(run->wanted, "moment"));
	const bool shown = result->body && result->size && !is_sound(result->content_type);
	json_t *data;

	if (!is_kept(run))
		return;
	data = json_pack("{s:o, s:s, s:I}", "url", beginning(result->url, strlen(result->url), URL_SIZE),
			 "method", post ? "POST" : "GET", "duration_ms", (json_int_t)result->duration_ms);
	if (moment)
		json_object_set_new(data, "moment", json_string(moment));
	if (result->status)
		json_object_set_new(data, "status", json_integer(result->status));
	if (result->error)
		json_object_set_new(data, "error", beginning(result->error, strlen(result->error), URL_SIZE));
	if (result->content_type)
		json_object_set_new(data, "content_type",
				    beginning(result->content_type, strlen(result->content_type), 200));
	if (result->redirect)
		json_object_set_new(data, "location",
				    beginning(result->redirect, strlen(result->redirect), URL_SIZE));
	if (result->status)
		json_object_set_new(data, "size", json_integer((json_int_t)result->size));
	if (shown)
		json_object_set_new(data, "body", beginning(result->body, result->size, BODY_SIZE));
	link_remark(run->with->link, run->call, "script.request", data);
}
