#include "daemon/api/dialect/vcita/record.h"

#include "daemon/api/dialect/vcita/vcita.h"
#include "daemon/api/hook/hooks.h"
#include "lib/clock.h"
#include "lib/json_text.h"
#include "lib/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const vcita_statuses[] = { "incoming call", "answered by staff", "missed", "answered by vonage",
				       NULL };
const char *const vcita_directions[] = { "inbound", "outbound", NULL };

static void set_text(json_t *json, const char *name, const char *text)
{
	json_object_set_new(json, name, text ? json_string(text) : json_null());
}

static void set_time(json_t *json, const char *name, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	set_text(json, name, ms ? clock_format_rfc3339(ms, text) : NULL);
}

/* Who of the staff has one of the legs that talk: the first by name, as the users are kept. */
struct staff {
	const struct conf *conf;
	const char *uid;
};

static bool look_for_staff(const char *user, void *arg)
{
	struct staff *staff = arg;
	const struct conf_user *known = conf_user_by_name(staff->conf, user);

	if (known && known->staff_uid)
		staff->uid = known->staff_uid;
	return !staff->uid;
}

static const char *staff_of(const struct desk *desk, const struct call_row *row)
{
	struct staff staff = { desk->conf, NULL };

	if (voice_calls_users(desk->store, row->nr, look_for_staff, &staff))
		log_warn("vcita.store_failed", row->id, "%s", "");
	return staff.uid;
}

static const char *status_of(const struct call_row *row, const char *staff)
{
	if (row->answered)
		return staff ? "answered by staff" : "answered by vonage";
	return call_row_is_over(row) ? "missed" : "incoming call";
}

static void add_call(json_t *json, const struct desk *desk, const struct call_row *row)
{
	const char *staff = staff_of(desk, row);

	json_object_set_new(json, "duration", json_integer((row->duration_ms + 500) / 1000));
	set_time(json, "created_at", row->created);
	set_text(json, "status", status_of(row, staff));
	set_text(json, "direction", row->direction);
	set_text(json, "staff_uid", staff);
	set_text(json, "from_number", row->from + (*row->from == '+'));
	set_text(json, "to_number", row->to + (*row->to == '+'));
	if (row->recording)
		json_object_set_new(json, "recording_url",
				    json_sprintf("%s/v1/voice/recordings/%s/media",
						 desk->conf->api.public_url, row->recording));
}

/* When the call changed last, or what is noted of it. */
static int64_t updated_of(const struct call_row *row, const struct voice_call *note)
{
	int64_t call = !row ? 0 : row->ended ? row->ended : row->answered ? row->answered : row->created;

	return note && note->updated > call ? note->updated : call;
}

json_t *vcita_record(const struct desk *desk, const struct call_row *row, const struct voice_call *note)
{
	static const char *const names[] = { "uid",
					     "created_at",
					     "updated_at",
					     "duration",
					     "status",
					     "direction",
					     "staff_uid",
					     "client_uid",
					     "from_number",
					     "to_number",
					     "recording_url",
					     "call_summary",
					     "external_app_url",
					     "handled_by_staff_uid",
					     "handled_at",
					     "deleted_at",
					     NULL };
	json_t *json = json_object();

	for (size_t i = 0; names[i]; i++)
		json_object_set_new(json, names[i], json_null());
	set_text(json, "uid", row ? row->id : note->uid);
	set_time(json, "updated_at", updated_of(row, note));
	if (row)
		add_call(json, desk, row);
	if (note) {
		if (!row)
			set_time(json, "created_at", note->created);
		set_time(json, "deleted_at", note->deleted);
		json_object_update_existing(json, note->notes);
	}
	return json;
}

void vcita_tell(const struct desk *desk, const char *account, const char *what, json_t *data)
{
	const struct conf_account *owner = conf_account_by_name(desk->conf, account);
	const char *uid = json_string_value(json_object_get(data, "uid"));
	json_t *event =
	    json_pack("{s:s, s:s, s:O}", "entity_name", "voice_call", "event_type", what, "data", data);
	char *body = event ? json_dumps(event, JSON_TEXT_FLAGS) : NULL;
	const struct hook_letter letter = { .about = uid,
					    .account = account,
					    .dialect = "telefonie",
					    .url = owner ? owner->vcita_webhook : NULL,
					    .body = body,
					    .type = "application/json" };

	if (letter.url && (!body || hooks_send(desk->hooks, &letter)))
		log_error("webhook.store_failed", uid, "%s", "");
	free(body);
	json_decref(event);
	json_decref(data);
}

void vcita_on_event(const struct bus_event *event, void *arg)
{
	const struct desk *desk = arg;
	const struct call_row *row = event->row;
	const struct conf_account *owner = row ? conf_account_by_name(desk->conf, row->account) : NULL;
	struct voice_call note;
	int err;

	if (!owner || !owner->vcita_webhook || strcmp(event->type, "call.state"))
		return;
	err = voice_calls_get(desk->store, row->account, row->id, &note);
	vcita_tell(desk, row->account, event->n == 1 ? "created" : "updated",
		   vcita_record(desk, row, err ? NULL : &note));
	voice_call_clear(&note);
}
