#include "daemon/api/call/calls.h"

#include "daemon/api/net/weburl.h"
#include "daemon/api/script/engine.h"
#include "daemon/api/switch/link.h"
#include "daemon/api/dialect/telefonie/call_json.h"
#include "lib/json_get.h"

#include <stdlib.h>
#include <string.h>

/* A hang-up under way. */
struct ending {
	struct op *op;
	char id[40];
	bool empty_reply; /* 204 */
};

static bool is_before_answer(const struct call_row *row)
{
	return !strcmp(row->status, "queued") || !strcmp(row->status, "ringing");
}

static void reply_ended(struct ending *ending, const json_t *snapshot)
{
	struct op *op = ending->op;
	struct call_row row;

	if (ending->empty_reply) {
		op_done_after_commit(op, 204, NULL);
		return;
	}
	if (calls_get(op->api->store, ending->id, &row)) {
		op_store_problem(op);
		return;
	}
	if (!call_row_is_over(&row))
		call_row_overlay(&row, snapshot);
	op_done_after_commit(op, 200, call_json(op->api, &row));
	call_row_clear(&row);
}

static void on_hung_up(const json_t *result, const json_t *error, void *arg)
{
	struct ending *ending = arg;
	json_int_t code = json_integer_value(json_object_get(error, "code"));

	/* It ended by itself at the same moment. */
	if (error && ending->empty_reply && (code == 404 || code == 409))
		op_done(ending->op, 204, NULL);
	else if (error)
		op_control_problem(ending->op, error);
	else
		reply_ended(ending, json_object_get(result, "call"));
	free(ending);
}

static void hang_up(struct op *op, const char *id, bool empty_reply)
{
	struct ending *ending = calloc(1, sizeof *ending);

	if (!ending) {
		op_problem(op, 503, NULL, "Out of memory.");
		return;
	}
	ending->op = op;
	ending->empty_reply = empty_reply;
	strncpy(ending->id, id, sizeof ending->id - 1);
	if (link_call(op->api->link, "call.hangup", json_pack("{s:s, s:s}", "call", id, "by", "api"),
		      on_hung_up, ending)) {
		free(ending);
		op_problem(op, 503, NULL, "The switch is not connected.");
	}
}

void calls_op_delete(struct op *op)
{
	struct call_row row;

	if (!calls_op_find(op, &row))
		return;
	if (call_row_is_over(&row))
		op_done(op, 204, NULL);
	else if (op_needs_switch(op))
		hang_up(op, op->args[0], true);
	call_row_clear(&row);
}

/* From now on the call does what `url` says: at once when it is answered, else from the answer on. */
static void redirect(struct op *op, struct call_row *row, const char *url, bool post)
{
	json_t *options = row->options ? row->options : (row->options = json_object());

	json_object_set_new(options, "url", json_string(url));
	json_object_set_new(options, "method", json_string(post ? "POST" : "GET"));
	json_object_del(options, "script");
	if (calls_set_options(op->api->store, row->id, options)) {
		op_store_problem(op);
		return;
	}
	if (!is_before_answer(row) || !strcmp(row->direction, "inbound"))
		scripts_redirect(op->api->scripts, row, url, post);
	op_done_after_commit(op, 200, call_json(op->api, row));
}

static void change(struct op *op, struct call_row *row, const char *status, const char *url, bool post)
{
	if (call_row_is_over(row))
		op_problem(op, 409, status ? "status" : "url", "The call is over: it is %s.", row->status);
	else if (status && !strcmp(status, "canceled") && !is_before_answer(row))
		op_problem(op, 409, "status",
			   "Only a queued or ringing call can be canceled; this one is %s. Use completed.",
			   row->status);
	else if (!op_needs_switch(op))
		return;
	else if (status)
		hang_up(op, row->id, false);
	else
		redirect(op, row, url, post);
}

void calls_op_update(struct op *op)
{
	static const char *const names[] = { "status", "url",	 "method",	"muted",
					     "hold",   "digits", "transfer_to", NULL };
	static const char *const statuses[] = { "completed", "canceled", NULL };
	static const char *const methods[] = { "POST", "GET", NULL };
	const char *url = NULL;
	struct call_row row;
	struct json_get get;
	int status = -1, method = 0, count;

	json_get_init(&get, op->params);
	json_get_enum(&get, "status", false, statuses, &status);
	json_get_string(&get, "url", false, &url);
	json_get_enum(&get, "method", false, methods, &method);
	json_get_only(&get, names);
	if (url && !weburl_is_valid(url))
		json_get_fail(&get, "url",
			      "url must be an absolute http or https URL of at most %d characters.",
			      WEBURL_MAX);
	count = (url != NULL) + (status >= 0);
	for (size_t i = 3; names[i]; i++)
		count += json_object_get(op->params, names[i]) != NULL;
	if (count != 1)
		json_get_fail(&get, "status",
			      "Give one of status, url, muted, hold, digits and transfer_to.");
	if (!op_params_ok(op, &get) || !calls_op_find(op, &row))
		return;
	if (url || status >= 0)
		change(op, &row, status >= 0 ? statuses[status] : NULL, url, method == 0);
	else
		calls_control(op, &row);
	call_row_clear(&row);
}
