#include "daemon/api/dialect/telefonie/telefonie.h"

#include "daemon/api/dialect/telefonie/event_json.h"
#include "daemon/api/dialect/telefonie/requests.h"
#include "daemon/api/dialect/telefonie/routes.h"
#include "daemon/api/dialect/telefonie/script_form.h"
#include "daemon/api/dialect/telefonie/sign.h"
#include "lib/json_text.h"

/* Webhooks */

static char *hook_body(const struct conf *conf, const struct bus_event *event)
{
	json_t *json = event_json(conf, event);
	char *text;

	if (json && event->delivery)
		json_object_set_new(json, "delivery", json_integer(event->delivery));
	text = json ? json_dumps(json, JSON_TEXT_FLAGS) : NULL;

	json_decref(json);
	return text;
}

static const char *const usual[] = { "call.state", "call.record_done", NULL };

static const struct hook_form hook_form = { .dialect = "telefonie",
					    .content_type = "application/json",
					    .usual = usual,
					    .counts = true,
					    .body = hook_body,
					    .sign = telefonie_sign_lines };

/* Requests */

static const char *const roots[] = { "v1", "schema", NULL };

static void fill_routes(struct route_table *table)
{
	table->routes = telefonie_routes;
	table->count = telefonie_route_count;
	table->roots = roots;
	table->account = request_account;
	table->only_reads = request_only_reads;
	table->refuse = request_refuse;
}

const struct dialect dialect_telefonie = {
	.name = "telefonie", .routes = fill_routes, .hook = &hook_form, .script = &telefonie_script_form
};
