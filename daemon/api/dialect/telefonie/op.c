#include "daemon/api/dialect/telefonie/op.h"

#include "daemon/api/dialect/telefonie/errors.h"
#include "daemon/api/http/accept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_SIZE_MAX = 100, PAGE_MAX = 10000000 };

void op_done(struct op *op, int code, json_t *body)
{
	op->reply(op, code, body);
}

static void no_memory(struct op *op)
{
	struct fault fault;

	fault_no_memory(&fault);
	op_fail(op, &fault);
}

void op_done_text(struct op *op, const char *type, char *text)
{
	op_done_bytes(op, type, text, text ? strlen(text) : 0);
}

void op_done_bytes(struct op *op, const char *type, char *bytes, size_t size)
{
	json_t *body = bytes ? json_stringn_nocheck(bytes, size) : NULL; /* it is never written as JSON */

	free(bytes);
	op->type = body ? type : NULL;
	if (body)
		op_done(op, 200, body);
	else
		no_memory(op);
}

void op_done_page(struct op *op, const char *name, json_t *items, const struct op_page *page)
{
	if (!items) {
		no_memory(op);
		return;
	}
	op_done(op, 200,
		json_pack("{s:o, s:I, s:I, s:I}", name, items, "total", (json_int_t)page->total, "page",
			  (json_int_t)page->page, "page_size", (json_int_t)page->page_size));
}

bool op_accepts(const struct op *op, const char *type)
{
	return accept_prefers(op->accept, type);
}

void op_fail(struct op *op, const struct fault *fault)
{
	if (!op->retry_after)
		op->retry_after = fault->retry_after_s;
	op->reply(op, error_status(fault), error_json(fault));
}

void op_fail_store(struct op *op)
{
	struct fault fault;

	fault_store_failed(&fault);
	op_fail(op, &fault);
}

void op_on_done(const struct fault *fault, void *arg)
{
	if (fault)
		op_fail(arg, fault);
	else
		op_done(arg, 204, NULL);
}

bool op_params_ok(struct op *op, const struct json_get *get)
{
	if (!json_get_status(get))
		return true;
	op->reply(op, 400, error_of_parameter(*get->field ? get->field : NULL, get->error));
	return false;
}

bool op_takes_nothing(struct op *op)
{
	static const char *const none[] = { NULL };
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, none);
	return op_params_ok(op, &get);
}

bool op_param_int(struct json_get *get, const char *name, int64_t min, int64_t max, int64_t *out)
{
	const char *text, *end;
	long long value;

	if (!json_is_string(json_object_get(get->object, name)))
		return json_get_int(get, name, false, min, max, out);
	if (!json_get_string(get, name, false, &text))
		return false;
	errno = 0;
	value = strtoll(text, (char **)&end, 10);
	if (errno || end == text || *end || *text == ' ' || *text == '+' || value < min || value > max) {
		json_get_fail(get, name, "%s must be a whole number from %lld to %lld.", name, (long long)min,
			      (long long)max);
		return false;
	}
	*out = value;
	return true;
}

void op_param_page(struct json_get *get, struct op_page *page)
{
	op_param_int(get, "page", 1, PAGE_MAX, &page->page);
	op_param_int(get, "page_size", 1, PAGE_SIZE_MAX, &page->page_size);
}
