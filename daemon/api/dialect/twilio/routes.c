#include "daemon/api/dialect/twilio/routes.h"

#include <string.h>

enum { ROUTES_MAX = 512 };

/* clang-format off */
static const struct ask_routes *const files[] = {
	&call_routes,
	&call_log_routes,
	&account_routes,
	&conference_routes,
	&participant_routes,
	&application_routes,
	&number_routes,
	&number_offer_routes,
	&queue_routes,
	&usage_routes,
	&trigger_routes,
	&recording_routes,
	&stream_routes,
	&transcription_routes,
	&document_routes,
};
/* clang-format on */

static const char *const roots[] = { "2010-04-01", "api", NULL };

void twilio_fill_routes(struct route_table *table)
{
	static struct route all[ROUTES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		for (size_t k = 0; k < files[i]->count && count < ROUTES_MAX; k++)
			all[count++] = files[i]->routes[k];
	}
	table->routes = all;
	table->count = count;
	table->roots = roots;
	table->account = ask_account;
	table->only_reads = ask_only_reads;
	table->refuse = ask_refuse_request;
	table->problem = trouble_problem;
}
