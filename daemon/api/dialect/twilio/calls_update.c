/* Calls: update. */
#include "daemon/api/dialect/twilio/calls.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/call/wish.h"

#include <string.h>

static void on_changed(const struct fault *fault, const struct call_row *row, void *arg)
{
	struct ask *ask = arg;

	if (fault)
		ask_fail(ask, fault);
	else
		calls_answer(ask, 200, row);
}

/* After what else is asked for; a call that is ended needs no limit. */
static void on_changed_but_limit(const struct fault *fault, const struct call_row *row, void *arg)
{
	struct call_change change = { .kind = CALL_CHANGE_LIMIT };
	struct ask *ask = arg;

	form_int(&ask->form, "TimeLimit", 1, WISH_TIME_LIMIT_MAX_S, &change.limit_s);
	if (fault || call_row_is_over(row))
		on_changed(fault, row, arg);
	else
		call_change(&ask->by, row->id, &change, on_changed, ask);
}

static void keep_text(json_t *kept, const char *name, const char *text)
{
	if (text)
		json_object_set_new(kept, name, json_string(text));
}

static void keep_method(struct form *form, json_t *kept, const char *name, const char *option)
{
	bool post;

	if (form_method(form, name, &post))
		json_object_set_new(kept, option, json_string(post ? "POST" : "GET"));
}

/* What is kept with the call from now on. */
static json_t *read_kept(struct form *form)
{
	json_t *kept = json_object();

	keep_text(kept, "fallback_url", form_url(form, "FallbackUrl"));
	keep_method(form, kept, "FallbackMethod", "fallback_method");
	keep_text(kept, "status_callback", form_url(form, "StatusCallback"));
	keep_method(form, kept, "StatusCallbackMethod", "status_callback_method");
	if (form_has(form, "StatusCallbackEvent") || form_text(form, "StatusCallback"))
		json_object_set_new(kept, "status_callback_events", calls_read_events(form));
	return kept;
}

static void read_change(struct form *form, struct call_change *change)
{
	static const char *const statuses[] = { "canceled", "completed", NULL };
	int status;

	struct call_document *document = &change->document;

	document->post = true;
	change->kind = CALL_CHANGE_KEPT;
	document->url = form_url(form, "Url");
	form_method(form, "Method", &document->post);
	if (!document->url)
		document->script = form_text(form, "Twiml");
	if (document->script)
		calls_check_document(form, "Twiml", document->script);
	if (document->url || document->script)
		change->kind = CALL_CHANGE_REDIRECT;
	if (form_word(form, "Status", statuses, &status))
		change->kind = status ? CALL_CHANGE_END : CALL_CHANGE_CANCEL;
}

void calls_update(struct ask *ask)
{
	struct call_change change = { 0 };
	char id[UUID_TEXT_SIZE];
	int64_t limit_s;
	bool limited;
	json_t *kept;

	if (!ask_arg_id(ask, 0, "CA", id))
		return;
	change.kept = kept = read_kept(&ask->form);
	read_change(&ask->form, &change);
	limited = form_int(&ask->form, "TimeLimit", 1, WISH_TIME_LIMIT_MAX_S, &limit_s);
	if (ask_form_ok(ask))
		call_change(&ask->by, id, &change, limited ? on_changed_but_limit : on_changed, ask);
	json_decref(kept);
}
