/* Recordings: fetch, list, delete; their routes. */
#include "daemon/api/dialect/twilio/recordings.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/call/conferences.h"
#include "daemon/api/dialect/twilio/paging.h"
#include "daemon/api/dialect/twilio/routes.h"

#include <stdio.h>
#include <string.h>

/* What is asked about */

static bool find_parent(struct ask *ask, enum recording_place place, const char *id)
{
	struct conference_row conference;
	struct fault fault;
	struct call_row call;

	if (place == OF_CALL) {
		if (!call_find(&ask->by, id, &call, &fault))
			return false;
		call_row_clear(&call);
		return true;
	}
	if (!conference_find(&ask->by, id, &conference, &fault))
		return false;
	conference_row_clear(&conference);
	return true;
}

bool recordings_read_parent(struct ask *ask, enum recording_place place, char id[UUID_TEXT_SIZE])
{
	if (!ask_arg_id(ask, 0, place == OF_CALL ? "CA" : "CF", id))
		return false;
	if (find_parent(ask, place, id))
		return true;
	ask_not_found(ask);
	return false;
}

static bool belongs(const struct recording_row *row, enum recording_place place, const char *parent)
{
	const char *of = place == OF_CALL ? row->call : row->conference;

	return place == OF_ACCOUNT || (of && !strcmp(of, parent));
}

bool recordings_find(struct ask *ask, enum recording_place place, bool deleted, struct recording_row *out)
{
	char id[UUID_TEXT_SIZE], parent[UUID_TEXT_SIZE];
	struct fault fault;

	if (place != OF_ACCOUNT && !recordings_read_parent(ask, place, parent))
		return false;
	if (!ask_arg_id(ask, place != OF_ACCOUNT, "RE", id))
		return false;
	if (!recording_find_any(&ask->by, id, deleted, out, &fault)) {
		ask_fail(ask, &fault);
		return false;
	}
	if (belongs(out, place, parent))
		return true;
	recording_row_clear(out);
	ask_not_found(ask);
	return false;
}

/* Fetch, delete */

static void fetch_at(struct ask *ask, enum recording_place place)
{
	const struct view_of of = ask_view(ask);
	struct recording_row row;
	bool deleted = false;
	json_t *json;

	form_bool(&ask->form, "IncludeSoftDeleted", &deleted);
	if (!ask_form_ok(ask) || !recordings_find(ask, place, deleted, &row))
		return;
	json = twilio_recording_json(&of, &row, place);
	recording_row_clear(&row);
	ask_done(ask, 200, json);
}

static void delete_at(struct ask *ask, enum recording_place place)
{
	struct recording_row row;

	if (!recordings_find(ask, place, false, &row))
		return;
	recording_delete(&ask->by, row.id, ask_on_done, ask);
	recording_row_clear(&row);
}

static bool is_record(const char *name)
{
	const size_t length = strlen(name);

	return length > 5 && !strcmp(name + length - 5, ".json");
}

/* The sound may be for everybody, the record never is. */
static bool is_public(const struct conf_account *account, const struct route_match *match)
{
	return account->public_recordings && !is_record(match->args[1]);
}

/* Behind an id there may be what is wanted of it: ".json" is the record; nothing, ".wav" or ".mp3" its sound.
 */
static void fetch(struct ask *ask)
{
	const char *path = ask->request->path;
	const size_t length = strcspn(path, "?");
	char *dot = strrchr(ask->args[0], '.');

	if (length > 5 && !strncmp(path + length - 5, ".json", 5)) {
		fetch_at(ask, OF_ACCOUNT);
	} else if (dot && (!strcmp(dot, ".wav") || !strcmp(dot, ".mp3"))) {
		*dot = '\0';
		recordings_media(ask, dot + 1);
	} else {
		recordings_media(ask, "wav");
	}
}

static void fetch_of_call(struct ask *ask)
{
	fetch_at(ask, OF_CALL);
}

static void fetch_of_conference(struct ask *ask)
{
	fetch_at(ask, OF_CONFERENCE);
}

static void delete (struct ask *ask)
{
	delete_at(ask, OF_ACCOUNT);
}

static void delete_of_call(struct ask *ask)
{
	delete_at(ask, OF_CALL);
}

static void delete_of_conference(struct ask *ask)
{
	delete_at(ask, OF_CONFERENCE);
}

/* List */

struct recordings {
	struct listing listing;
	enum recording_place place;
};

static bool add(const struct recording_row *row, void *arg)
{
	struct recordings *recordings = arg;
	const struct view_of of = ask_view(recordings->listing.ask);

	return listing_add_json(&recordings->listing, twilio_recording_json(&of, row, recordings->place),
				row->nr);
}

static void read_filter(struct ask *ask, struct recordings_page *page, char call[UUID_TEXT_SIZE],
			char conference[UUID_TEXT_SIZE])
{
	const char *call_sid = form_text(&ask->form, "CallSid");
	const char *conference_sid = form_text(&ask->form, "ConferenceSid");

	form_range(&ask->form, "DateCreated", &page->started_from, &page->started_to);
	form_bool(&ask->form, "IncludeSoftDeleted", &page->deleted);
	if (call_sid && !sid_read("CA", call_sid, call))
		form_fail(&ask->form, TROUBLE_PARAMETER, "CallSid is no sid of a call.");
	if (conference_sid && !sid_read("CF", conference_sid, conference))
		form_fail(&ask->form, TROUBLE_PARAMETER, "ConferenceSid is no sid of a conference.");
	if (call_sid)
		page->call = call;
	if (conference_sid)
		page->conference = conference;
}

/* Reads the page and answers with it; `path` is the list's, behind the account. */
static void answer_page(struct recordings *recordings, struct recordings_page *page, const char *path)
{
	struct listing *listing = &recordings->listing;
	struct fault fault;
	bool ok;

	if (!listing_begin(listing))
		return;
	page->rows = paging_rows(&listing->paging);
	ok = recording_page(&listing->ask->by, page, add, recordings, &fault);
	listing_done(listing, "recordings", path, ok ? NULL : &fault);
}

static void list_at(struct ask *ask, enum recording_place place)
{
	struct recordings_page page = { 0 };
	char call[UUID_TEXT_SIZE], conference[UUID_TEXT_SIZE], path[120] = "/Recordings.json";
	struct recordings recordings = { .place = place };

	listing_read(&recordings.listing, ask);
	read_filter(ask, &page, call, conference);
	if (!ask_form_ok(ask))
		return;
	if (place != OF_ACCOUNT) {
		if (!recordings_read_parent(ask, place, place == OF_CALL ? call : conference))
			return;
		page.call = place == OF_CALL ? call : NULL;
		page.conference = place == OF_CALL ? NULL : conference;
		snprintf(path, sizeof path, "/%s/%.40s/Recordings.json",
			 place == OF_CALL ? "Calls" : "Conferences", ask->args[0]);
	}
	answer_page(&recordings, &page, path);
}

static void list(struct ask *ask)
{
	list_at(ask, OF_ACCOUNT);
}

static void list_of_call(struct ask *ask)
{
	list_at(ask, OF_CALL);
}

static void list_of_conference(struct ask *ask)
{
	list_at(ask, OF_CONFERENCE);
}

/* Nothing is transcribed: there are none of any recording. */
static void transcriptions(struct ask *ask)
{
	paging_done_whole(ask, "transcriptions", "/Transcriptions.json", json_array());
}

static void transcriptions_of(struct ask *ask)
{
	struct recording_row row;
	char path[120];

	if (!recordings_find(ask, OF_ACCOUNT, false, &row))
		return;
	recording_row_clear(&row);
	snprintf(path, sizeof path, "/Recordings/%.40s/Transcriptions.json", ask->args[0]);
	paging_done_whole(ask, "transcriptions", path, json_array());
}

/* clang-format off */
static const struct route routes[] = {
	ASK_LIST("GET", "Recordings", list),
	ASK_OPEN("GET", "2010-04-01/Accounts/*/Recordings/*", fetch, is_public),
	ASK_OPEN("GET", "api/laml/2010-04-01/Accounts/*/Recordings/*", fetch, is_public),
	ASK_ONE("DELETE", "Recordings/*", delete),
	ASK_LIST("GET", "Recordings/*/Transcriptions", transcriptions_of),
	ASK_LIST("GET", "Transcriptions", transcriptions),
	ASK_LIST("GET", "Calls/*/Recordings", list_of_call),
	ASK_LIST("POST", "Calls/*/Recordings", recordings_start_call),
	ASK_ONE("GET", "Calls/*/Recordings/*", fetch_of_call),
	ASK_ONE("POST", "Calls/*/Recordings/*", recordings_update_call),
	ASK_ONE("DELETE", "Calls/*/Recordings/*", delete_of_call),
	ASK_LIST("GET", "Conferences/*/Recordings", list_of_conference),
	ASK_LIST("POST", "Conferences/*/Recordings", recordings_start_conference),
	ASK_ONE("GET", "Conferences/*/Recordings/*", fetch_of_conference),
	ASK_ONE("POST", "Conferences/*/Recordings/*", recordings_update_conference),
	ASK_ONE("DELETE", "Conferences/*/Recordings/*", delete_of_conference),
};
/* clang-format on */

const struct ask_routes recording_routes = { routes, sizeof routes / sizeof *routes };
