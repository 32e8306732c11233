#include "daemon/api/call/applications.h"

#include "daemon/api/call/after.h"
#include "daemon/api/call/numbers.h"
#include "lib/clock.h"
#include "lib/random.h"
#include "lib/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool application_find(const struct asker *by, const char *id, struct entry_row *out, struct fault *fault)
{
	int err = entries_get(by->desk->store, ENTRY_APPLICATION, by->account->name, id, out);

	if (err == ENOENT)
		return fault_set(fault, FAULT_APPLICATION_NOT_FOUND, FIELD_APPLICATION,
				 FAULT_FIELD_MARK ": there is no such application.");
	return !err || fault_store_failed(fault);
}

bool application_page(const struct asker *by, const char *name, const struct rows_page *page, entry_h *each,
		      void *arg, struct fault *fault)
{
	return !entries_page(by->desk->store, ENTRY_APPLICATION, by->account->name, name, page, each, arg) ||
	       fault_store_failed(fault);
}

/* ---- what numbers have, too ---- */

bool entry_check(const struct entry_wish *wish, struct fault *fault)
{
	static const struct {
		const char *name;
		enum fault_field field;
	} urls[] = { { "voice_url", FIELD_URL },
		     { "fallback_url", FIELD_FALLBACK },
		     { "status_callback", FIELD_CALLBACK } };

	if (wish->name && utf8_count(wish->name) > APPLICATION_NAME_MAX)
		return fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_NAME,
				 FAULT_FIELD_MARK " must have at most %d characters.", APPLICATION_NAME_MAX);
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		const char *url = json_string_value(json_object_get(wish->settings, urls[i].name));

		if (!fault_check_url(fault, urls[i].field, url))
			return false;
	}
	return true;
}

void entry_apply(struct entry_row *row, const struct entry_wish *wish)
{
	const char *name;
	json_t *value;

	if (!row->settings)
		row->settings = json_object();
	json_object_foreach(wish->settings, name, value)
	{
		if (json_is_null(value))
			json_object_del(row->settings, name);
		else
			json_object_set(row->settings, name, value);
	}
	if (wish->application) {
		free(row->application);
		row->application = *wish->application ? strdup(wish->application) : NULL;
	}
	row->updated = clock_utc_ms();
}

bool entry_is_get(const json_t *settings, const char *name)
{
	const char *method = json_string_value(json_object_get(settings, name));

	return method && !strcmp(method, "GET");
}

/* ---- create, change, delete ---- */

static bool begin(const struct asker *by, struct entry_row *row, struct fault *fault)
{
	char id[UUID_TEXT_SIZE];
	int64_t count;

	if (entries_count(by->desk->store, ENTRY_APPLICATION, by->account->name, &count))
		return fault_store_failed(fault);
	if (count >= APPLICATIONS_MAX)
		return fault_set(fault, FAULT_LIMIT_REACHED, FIELD_NONE,
				 "The account has %d applications, and that is all it may have.",
				 APPLICATIONS_MAX);
	row->id = strdup(random_uuid(id));
	row->account = strdup(by->account->name);
	row->created = clock_utc_ms();
	return (row->id && row->account) || fault_no_memory(fault);
}

static bool put(const struct asker *by, const char *id, const struct entry_wish *wish, struct entry_row *row,
		struct fault *fault)
{
	bool ok =
	    entry_check(wish, fault) && (id ? application_find(by, id, row, fault) : begin(by, row, fault));

	if (!ok)
		return false;
	if (wish->name || !row->name) {
		free(row->name);
		row->name = strdup(wish->name ? wish->name : "");
	}
	entry_apply(row, wish);
	if (!row->name || !row->settings)
		return fault_no_memory(fault);
	return !entries_put(by->desk->store, ENTRY_APPLICATION, row) || fault_store_failed(fault);
}

void application_put(const struct asker *by, const char *id, const struct entry_wish *wish,
		     entry_done_h *handler, void *arg)
{
	struct entry_row row = { 0 };
	struct fault fault;

	if (!put(by, id, wish, &row, &fault)) {
		entry_row_clear(&row);
		handler(&fault, NULL, arg);
		return;
	}
	if (id)
		numbers_renew(by->desk, row.id);
	after_commit_entry(by->desk, &row, handler, arg);
}

void application_delete(const struct asker *by, const char *id, done_h *handler, void *arg)
{
	struct entry_row row;
	struct fault fault;
	bool ok = application_find(by, id, &row, &fault);

	if (ok && entries_delete(by->desk->store, row.nr))
		ok = fault_store_failed(&fault);
	if (ok)
		numbers_leave(by->desk, row.id);
	entry_row_clear(&row);
	if (ok)
		after_commit(by->desk, handler, arg);
	else
		handler(&fault, arg);
}
