/* The paths of the Vonage API; openapi.json documents them. */
#include "daemon/api/dialect/vonage/vonage.h"

#include "daemon/api/dialect/vonage/ask.h"
#include "daemon/api/dialect/vonage/document.h"
#include "daemon/api/dialect/vonage/errors.h"
#include "daemon/api/dialect/vonage/forms.h"

/* clang-format off */
#define ASK(method, path, ask, body) { method, path, vonage_run, false, &(const struct vonage_kind){ ask, body } }

static const struct route routes[] = {
	ASK("POST", "v1/calls", vonage_create, true),
	ASK("GET", "v1/calls", vonage_list, false),
	{ "GET", "v1/calls/openapi.json", vonage_document_get, true, NULL },
	ASK("GET", "v1/calls/*", vonage_get, false),
	ASK("PUT", "v1/calls/*", vonage_change, true),
	ASK("PUT", "v1/calls/*/stream", vonage_stream, true),
	ASK("DELETE", "v1/calls/*/stream", vonage_stop_stream, false),
	ASK("PUT", "v1/calls/*/talk", vonage_talk, true),
	ASK("DELETE", "v1/calls/*/talk", vonage_stop_talk, false),
	ASK("PUT", "v1/calls/*/dtmf", vonage_digits, true),
	ASK("PUT", "v1/calls/*/input/dtmf", vonage_listen, true),
	ASK("DELETE", "v1/calls/*/input/dtmf", vonage_stop_listening, false),
	ASK("GET", "v1/files/*", vonage_file, false),
	ASK("GET", "v3/files/*", vonage_file, false),
};
/* clang-format on */

static const char *const roots[] = { "v1/calls", "v1/files", "v3/files", NULL };

static json_t *problem(int status, const char *why)
{
	return vonage_error(status, NULL, NULL, why);
}

static void fill_routes(struct route_table *table)
{
	table->routes = routes;
	table->count = sizeof routes / sizeof *routes;
	table->roots = roots;
	table->account = vonage_account;
	table->refuse = vonage_refuse;
	table->problem = problem;
}

const struct dialect dialect_vonage = {
	.name = "vonage", .routes = fill_routes, .hook = &vonage_hook_form, .script = &vonage_script_form
};
