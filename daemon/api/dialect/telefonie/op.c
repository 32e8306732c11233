#include "daemon/api/dialect/telefonie/op.h"

#include "daemon/api/http/accept.h"
#include "daemon/api/http/web.h"
#include "daemon/api/store/store.h"
#include "daemon/api/switch/link.h"
#include "lib/control_frame.h"
#include "lib/json_get.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_AFTER_S = 2 };

void op_done(struct op *op, int code, json_t *body)
{
	op->reply(op, code, body);
}

void op_done_text(struct op *op, const char *type, char *text)
{
	json_t *body = text ? json_string(text) : NULL;

	free(text);
	op->type = body ? type : NULL;
	if (body)
		op_done(op, 200, body);
	else
		op_problem(op, 503, NULL, "Out of memory.");
}

bool op_accepts(const struct op *op, const char *type)
{
	return accept_prefers(op->accept, type);
}

void op_problem(struct op *op, int code, const char *field, const char *fmt, ...)
{
	char detail[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof detail, fmt, args);
	va_end(args);
	if (code == 503 && !op->retry_after)
		op->retry_after = RETRY_AFTER_S;
	op->reply(op, code, web_problem(code, field, detail));
}

void op_store_problem(struct op *op)
{
	op_problem(op, 503, NULL, "The database cannot be read or written.");
}

struct later {
	struct op *op;
	int code;
	json_t *body;
};

static void on_commit(int err, void *arg)
{
	struct later *later = arg;

	if (err) {
		json_decref(later->body);
		op_store_problem(later->op);
	} else {
		op_done(later->op, later->code, later->body);
	}
	free(later);
}

void op_done_after_commit(struct op *op, int code, json_t *body)
{
	struct later *later = malloc(sizeof *later);

	if (later) {
		*later = (struct later){ op, code, body };
		if (!store_after_commit(op->api->store, on_commit, later))
			return;
	}
	free(later);
	json_decref(body);
	op_problem(op, 503, NULL, "Out of memory.");
}

void op_control_problem(struct op *op, const json_t *error)
{
	json_int_t code = json_integer_value(json_object_get(error, "code"));
	const char *message = json_string_value(json_object_get(error, "message"));
	const char *field = json_string_value(json_object_get(json_object_get(error, "data"), "field"));

	if (!message)
		message = "The switch refused.";
	switch (code) {
	case CONTROL_PAYMENT:
	case CONTROL_NOT_FOUND:
	case CONTROL_CONFLICT:
	case CONTROL_UNROUTABLE:
		op_problem(op, (int)code, field, "%s", message);
		break;
	case CONTROL_LIMIT:
		op->retry_after = RETRY_AFTER_S;
		op_problem(op, 429, field, "%s", message);
		break;
	case CONTROL_UNAVAILABLE:
		op_problem(op, 503, field, "%s", message);
		break;
	case CONTROL_INVALID_PARAMS:
		op_problem(op, 400, field, "%s", message);
		break;
	default:
		op_problem(op, 422, field, "The switch cannot do this: %s", message);
	}
}

bool op_needs_switch(struct op *op)
{
	if (link_is_ready(op->api->link))
		return true;
	op_problem(op, 503, NULL, "The switch is not connected.");
	return false;
}

bool op_params_ok(struct op *op, const struct json_get *get)
{
	if (!json_get_status(get))
		return true;
	op_problem(op, 400, *get->field ? get->field : NULL, "%s", get->error);
	return false;
}
