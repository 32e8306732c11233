#include "daemon/api/dialect/vcita/vcita.h"

#include "daemon/api/call/after.h"
#include "daemon/api/call/calls.h"
#include "daemon/api/dialect/openapi.h"
#include "daemon/api/dialect/vcita/record.h"
#include "daemon/api/http/auth.h"
#include "daemon/api/net/weburl.h"
#include "lib/clock.h"
#include "lib/json_get.h"
#include "lib/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TEXT_MAX = 10000 };

/* One request: what is answered once it is on disk. */
struct ask {
	struct web_request *request;
	int code;
	json_t *data;
};

static json_t *errors_json(const char *code, const char *field, const char *message)
{
	return json_pack("{s:[{s:s, s:s, s:s*}]}", "errors", "code", code, "message", message, "field",
			 field && *field ? field : NULL);
}

static void refuse(struct web_request *request, int status, const char *code, const char *field,
		   const char *message)
{
	web_reply_json_as(request, status, "application/json", errors_json(code, field, message));
}

static json_t *problem(int status, const char *why)
{
	return errors_json(status >= 500 ? "unavailable" : "invalid", NULL, why);
}

/* Finding */

/* A call of the account: ours, or one that is logged; with what is noted of it. */
struct found {
	struct call_row row;
	struct voice_call note;
	bool is_call, is_noted;
};

static void found_clear(struct found *found)
{
	call_row_clear(&found->row);
	voice_call_clear(&found->note);
}

static bool find(const struct desk *desk, const struct conf_account *account, const char *uid,
		 struct found *out)
{
	int err = calls_get(desk->store, uid, &out->row);

	out->is_call = !err && !out->row.pending && !strcmp(out->row.account, account->name);
	out->is_noted = !voice_calls_get(desk->store, account->name, uid, &out->note);
	return out->is_call || (out->is_noted && out->note.logged);
}

static json_t *record_of(const struct desk *desk, const struct found *found)
{
	return vcita_record(desk, found->is_call ? &found->row : NULL, found->is_noted ? &found->note : NULL);
}

/* List */

enum { PAGE_SIZE = 25, PAGE_SIZE_MAX = 100, PAGE_MAX = 100000 };

struct listing {
	const struct desk *desk;
	const struct conf_account *account;
	json_t *records;
};

static bool add(const char *uid, void *arg)
{
	struct listing *l = arg;
	struct found found;
	bool ok = true;

	if (find(l->desk, l->account, uid, &found))
		ok = !json_array_append_new(l->records, record_of(l->desk, &found));
	found_clear(&found);
	return ok;
}

/* False: it has been answered. */
static bool read_count(struct web_request *request, const char *name, int64_t max, int64_t *out)
{
	const char *text = query_get(&request->query, name);
	char message[80];

	if (!text)
		return true;
	*out = strlen(text) < 8 && *text && !text[strspn(text, "0123456789")] ? atoll(text) : 0;
	if (*out >= 1 && *out <= max)
		return true;
	snprintf(message, sizeof message, "%s must be a whole number from 1 to %lld.", name, (long long)max);
	refuse(request, 400, "invalid", name, message);
	return false;
}

/* The index of a word; *out stays where there is none. False: it has been answered. */
static bool read_word(struct web_request *request, const char *name, const char *const words[], int *out)
{
	const char *text = query_get(&request->query, name);
	char message[120];

	for (int i = 0; text && words[i]; i++) {
		if (!strcmp(words[i], text)) {
			*out = i;
			return true;
		}
	}
	if (!text)
		return true;
	snprintf(message, sizeof message, "%s must be one of the words that this property can have.", name);
	refuse(request, 400, "invalid", name, message);
	return false;
}

static const char *read_number(const struct web_request *request, const char *name)
{
	const char *text = query_get(&request->query, name);

	return text + (text && *text == '+');
}

/* False: it has been answered. */
static bool read_filter(struct web_request *request, struct voice_calls_filter *f)
{
	/* In the order of vcita_statuses. */
	static const enum voice_calls_state states[] = { VOICE_CALLS_COMING, VOICE_CALLS_BY_STAFF,
							 VOICE_CALLS_MISSED, VOICE_CALLS_BY_OTHERS };
	const char *deleted = query_get(&request->query, "include_deleted");
	int status = -1, direction = -1;
	int64_t page = 1;

	f->limit = PAGE_SIZE;
	if (!read_count(request, "page", PAGE_MAX, &page) ||
	    !read_count(request, "per_page", PAGE_SIZE_MAX, &f->limit) ||
	    !read_word(request, "status", vcita_statuses, &status) ||
	    !read_word(request, "direction", vcita_directions, &direction))
		return false;
	f->offset = (page - 1) * f->limit;
	f->state = status < 0 ? VOICE_CALLS_ANY : states[status];
	f->logged_status = status < 0 ? NULL : vcita_statuses[status];
	f->direction = direction < 0 ? NULL : vcita_directions[direction];
	f->from = read_number(request, "from_number");
	f->to = read_number(request, "to_number");
	f->client = query_get(&request->query, "client_uid");
	f->staff = query_get(&request->query, "staff_uid");
	f->with_deleted = deleted && !strcmp(deleted, "true");
	return true;
}

/* Which users are of the staff. `names` has room for two times all users. */
static void find_staff(struct voice_calls_filter *f, const struct conf *conf,
		       const struct conf_account *account, const char **names)
{
	f->all_staff.names = names;
	f->of_staff.names = names + conf->user_count;
	for (size_t i = 0; i < conf->user_count; i++) {
		const struct conf_user *user = &conf->users[i];

		if (!user->staff_uid || user->account != account)
			continue;
		f->all_staff.names[f->all_staff.count++] = user->name;
		if (f->staff && !strcmp(f->staff, user->staff_uid))
			f->of_staff.names[f->of_staff.count++] = user->name;
	}
}

static void list_get(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	const struct conf *conf = parts->desk->conf;
	struct voice_calls_filter filter = { .account = match->account->name };
	struct listing l = { parts->desk, match->account, NULL };
	const char **names;
	int err;

	if (!read_filter(request, &filter))
		return;
	names = calloc(2 * conf->user_count + 1, sizeof *names);
	l.records = json_array();
	if (names)
		find_staff(&filter, conf, match->account, names);
	err = names && l.records ? voice_calls_list(parts->desk->store, &filter, add, &l) : ENOMEM;
	free(names);
	if (!err) {
		web_reply_json_as(request, 200, "application/json", json_pack("{s:o}", "data", l.records));
		return;
	}
	json_decref(l.records);
	refuse(request, 503, "unavailable", NULL, "The database cannot be read.");
}

static bool find_or_refuse(struct web_request *request, const struct route_match *match,
			   const struct desk *desk, struct found *found)
{
	if (find(desk, match->account, match->args[0], found))
		return true;
	found_clear(found);
	refuse(request, 404, "not_found", "uid", "There is no such voice call.");
	return false;
}

static void one_get(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	struct found found;

	if (!find_or_refuse(request, match, parts->desk, &found))
		return;
	web_reply_json_as(request, 200, "application/json",
			  json_pack("{s:o}", "data", record_of(parts->desk, &found)));
	found_clear(&found);
}

/* Writing */

static void on_kept(const struct fault *fault, void *arg)
{
	struct ask *ask = arg;

	if (fault)
		refuse(ask->request, 503, "unavailable", NULL, "The database cannot be written.");
	else if (ask->code == 204)
		web_reply_empty(ask->request, 204);
	else
		web_reply_json_as(ask->request, ask->code, "application/json",
				  json_pack("{s:O}", "data", ask->data));
	json_decref(ask->data);
	free(ask);
}

/* Keeps what `found` has, tells the webhook, and answers when it is on disk. `found` is cleared. */
static void keep(struct web_request *request, const struct desk *desk, const struct conf_account *account,
		 struct found *found, int code)
{
	struct ask *ask = calloc(1, sizeof *ask);

	found->is_noted = true;
	if (!ask || voice_calls_put(desk->store, account->name, &found->note)) {
		refuse(request, 503, "unavailable", NULL, "The database cannot be written.");
		free(ask);
	} else {
		*ask = (struct ask){ request, code, record_of(desk, found) };
		vcita_tell(desk, account->name, code == 201 ? "created" : "updated", json_incref(ask->data));
		after_commit(desk, on_kept, ask);
	}
	found_clear(found);
}

static void copy_text(struct json_get *get, json_t *to, const char *name, size_t max)
{
	const json_t *value = json_object_get(get->object, name);
	const char *text = json_string_value(value);

	if (!value)
		return;
	if (!json_is_null(value) && (!text || strlen(text) > max))
		json_get_fail(get, name, "%s must be a text of at most %zu bytes, or null.", name, max);
	else if (text && strstr(name, "_url") && !weburl_is_valid(text))
		json_get_fail(get, name, "%s must be an absolute http or https URL.", name);
	json_object_set(to, name, (json_t *)value);
}

static void copy_notes(struct json_get *get, json_t *to)
{
	static const char *const names[] = { "staff_uid",
					     "client_uid",
					     "recording_url",
					     "call_summary",
					     "external_app_url",
					     "handled_by_staff_uid",
					     NULL };
	const char *text;
	int64_t time;

	for (size_t i = 0; names[i]; i++)
		copy_text(get, to, names[i], TEXT_MAX);
	copy_text(get, to, "handled_at", CLOCK_TEXT_SIZE);
	text = json_string_value(json_object_get(get->object, "handled_at"));
	if (text && clock_parse_rfc3339(text, &time))
		json_get_fail(get, "handled_at", "handled_at must be a date-time of ISO 8601.");
}

/* What only a call that is logged has. */
static void copy_call(struct json_get *get, json_t *to)
{
	int64_t duration = 0;
	int index;

	if (json_get_enum(get, "direction", true, vcita_directions, &index))
		json_object_set_new(to, "direction", json_string(vcita_directions[index]));
	if (json_get_enum(get, "status", false, vcita_statuses, &index))
		json_object_set_new(to, "status", json_string(vcita_statuses[index]));
	else
		json_object_set_new(to, "status", json_string(vcita_statuses[0]));
	json_get_int(get, "duration", false, 0, 86400 * 7, &duration);
	json_object_set_new(to, "duration", json_integer(duration));
	copy_text(get, to, "from_number", 64);
	copy_text(get, to, "to_number", 64);
}

/* With parameters ("; charset=utf-8") or without. */
static bool is_json(const char *type)
{
	static const char json[] = "application/json";

	return !strncasecmp(type, json, sizeof json - 1) &&
	       (!type[sizeof json - 1] || strchr("; \t", type[sizeof json - 1]));
}

/* The body, or what it has as "voice_call"; NULL: it has been answered. New. */
static json_t *read_body(struct web_request *request)
{
	const char *type = web_header(request, "Content-Type");
	json_t *body, *inner;

	if (type && !is_json(type)) {
		refuse(request, 415, "unsupported_media_type", NULL, "The body must be application/json.");
		return NULL;
	}
	body = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, NULL);
	inner = json_object_get(body, "voice_call");
	if (json_is_object(inner)) {
		json_incref(inner);
		json_decref(body);
		return inner;
	}
	if (json_is_object(body))
		return body;
	json_decref(body);
	refuse(request, 400, "invalid", NULL, "The body must be a JSON object.");
	return NULL;
}

static void create(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	struct found found = { .note = { .logged = true, .created = clock_utc_ms() } };
	json_t *body = read_body(request);
	char uid[UUID_TEXT_SIZE];
	struct json_get get;

	if (!body)
		return;
	found.note.uid = strdup(random_uuid(uid));
	found.note.updated = found.note.created;
	found.note.notes = json_object();
	json_get_init(&get, body);
	copy_call(&get, found.note.notes);
	copy_notes(&get, found.note.notes);
	if (json_get_status(&get)) {
		refuse(request, 400, "invalid", get.field, get.error);
		found_clear(&found);
	} else {
		keep(request, parts->desk, match->account, &found, 201);
	}
	json_decref(body);
}

/* Notes of a call of ours begin with the first of them. */
static void begin_notes(struct found *found)
{
	if (!found->is_noted) {
		found->note.uid = strdup(found->row.id);
		found->note.created = found->row.created;
	}
	if (!found->note.notes)
		found->note.notes = json_object();
	found->note.updated = clock_utc_ms();
}

static void update(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	struct found found;
	struct json_get get;
	json_t *body;

	if (!find_or_refuse(request, match, parts->desk, &found))
		return;
	body = read_body(request);
	if (!body) {
		found_clear(&found);
		return;
	}
	begin_notes(&found);
	json_get_init(&get, body);
	copy_notes(&get, found.note.notes);
	if (json_get_status(&get)) {
		refuse(request, 400, "invalid", get.field, get.error);
		found_clear(&found);
	} else {
		keep(request, parts->desk, match->account, &found, 200);
	}
	json_decref(body);
}

static void delete (struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	struct found found;

	if (!find_or_refuse(request, match, parts->desk, &found))
		return;
	begin_notes(&found);
	found.note.deleted = found.note.updated;
	keep(request, parts->desk, match->account, &found, 204);
}

/* Made of openapi.json by the makefile. */
static const char document[] =
#include <daemon/api/dialect/vcita/openapi_text.h>
    ;

static void document_get(struct web_request *request, const struct route_match *match, void *arg)
{
	(void)match;
	openapi_reply(request, arg, document, "");
}

/* Routes */

static const struct conf_account *account_of(const struct web_request *request, void *arg)
{
	const struct dialect_parts *parts = arg;

	return auth_account(parts->desk->conf, auth_bearer(web_header(request, "Authorization")));
}

static bool only_reads(const struct web_request *request, void *arg)
{
	const struct dialect_parts *parts = arg;

	return auth_only_reads(parts->desk->conf, auth_bearer(web_header(request, "Authorization")));
}

static void refuse_route(struct web_request *request, enum route_refusal why, const char *allowed, void *arg)
{
	(void)arg;
	if (why == ROUTE_NO_KEY) {
		web_reply_header(request, "WWW-Authenticate", "Bearer realm=\"Offhook\"");
		refuse(request, 401, "unauthorized", NULL, "The Bearer token is missing or wrong.");
	} else if (why == ROUTE_READ_ONLY) {
		refuse(request, 403, "forbidden", NULL, ROUTE_READ_ONLY_TEXT);
	} else if (why == ROUTE_NO_METHOD) {
		web_reply_header(request, "Allow", allowed);
		refuse(request, 405, "method_not_allowed", NULL, "This path does not take that method.");
	} else {
		refuse(request, 404, "not_found", NULL, "There is nothing at this path.");
	}
}

static const struct route routes[] = {
	{ "GET", "v3/communication/voice_calls", list_get, false, NULL },
	{ "POST", "v3/communication/voice_calls", create, false, NULL },
	{ "GET", "v3/communication/voice_calls/openapi.json", document_get, true, NULL },
	{ "GET", "v3/communication/voice_calls/*", one_get, false, NULL },
	{ "PUT", "v3/communication/voice_calls/*", update, false, NULL },
	{ "PATCH", "v3/communication/voice_calls/*", update, false, NULL },
	{ "DELETE", "v3/communication/voice_calls/*", delete, false, NULL },
};

static const char *const roots[] = { "v3/communication", NULL };

static void fill_routes(struct route_table *table)
{
	table->routes = routes;
	table->count = sizeof routes / sizeof *routes;
	table->roots = roots;
	table->account = account_of;
	table->only_reads = only_reads;
	table->refuse = refuse_route;
	table->problem = problem;
}

const struct dialect dialect_vcita = { .name = "vcita", .routes = fill_routes };
