#include "daemon/api/call/conferences.h"

#include "daemon/api/call/after.h"
#include "daemon/api/net/weburl.h"
#include "daemon/api/switch/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool conference_find(const struct asker *by, const char *id, struct conference_row *out, struct fault *fault)
{
	int err = conferences_get(by->desk->store, id, out);

	if (!err && !out->pending && !strcmp(out->account, by->account->name))
		return true;
	conference_row_clear(out);
	if (err == EIO)
		return fault_store_failed(fault);
	return fault_set(fault, FAULT_CONFERENCE_NOT_FOUND, FIELD_CONFERENCE, "There is no such conference.");
}

bool conference_find_named(const struct asker *by, const char *name, struct conference_row *out,
			   struct fault *fault)
{
	int err = conferences_get_named(by->desk->store, by->account->name, name, out);

	if (!err)
		return true;
	if (err == EIO)
		return fault_store_failed(fault);
	return fault_set(fault, FAULT_CONFERENCE_NOT_FOUND, FIELD_CONFERENCE, "There is no such conference.");
}

bool conference_page(const struct asker *by, struct conferences_page *page, conference_row_h *each, void *arg,
		     struct fault *fault)
{
	page->account = by->account->name;
	return !conferences_page(by->desk->store, page, each, arg) || fault_store_failed(fault);
}

/* A request about one under way. */
struct request {
	const struct desk *desk;
	char id[40];
	done_h *done; /* one of these */
	conference_h *handler;
	void *arg;
};

static void tell_fault(const struct request *request, const struct fault *fault)
{
	if (request->done)
		request->done(fault, request->arg);
	else
		request->handler(fault, NULL, request->arg);
}

static void on_answer(const json_t *result, const json_t *error, void *arg)
{
	struct request *request = arg;
	const struct desk *desk = request->desk;
	const json_t *snapshot = json_object_get(result, "conference");
	struct fault fault;
	struct conference_row row;

	if (error && request->done && fault_switch_misses(error)) {
		request->done(NULL, request->arg); /* it ended by itself at the same moment */
	} else if (error) {
		fault_from_switch(&fault, error, NULL);
		tell_fault(request, &fault);
	} else if (request->done) {
		after_commit(desk, request->done, request->arg);
	} else if (json_is_object(snapshot)
		       ? conferences_apply(desk->store, snapshot, CONFERENCES_ANSWER, &row)
		       : conferences_get(desk->store, request->id, &row)) {
		fault_store_failed(&fault);
		tell_fault(request, &fault);
	} else {
		after_commit_conference(desk, &row, request->handler, request->arg);
	}
	free(request);
}

static struct request *request_new(const struct request *wanted)
{
	struct request *request = malloc(sizeof *request);

	if (request)
		*request = *wanted;
	return request;
}

/* Asks the switch; takes `params`. */
static void ask(const struct request *wanted, const char *method, json_t *params)
{
	struct request *request = request_new(wanted);
	struct fault fault;

	if (!request) {
		json_decref(params);
		fault_no_memory(&fault);
		tell_fault(wanted, &fault);
		return;
	}
	json_object_set_new(params, "conference", json_string(request->id));
	if (!link_call(request->desk->link, method, params, on_answer, request))
		return;
	free(request);
	fault_switch_away(&fault);
	tell_fault(wanted, &fault);
}

/* Whether it may be asked about; *over when it is no more. Tells when it may not. */
static bool begin(struct request *request, const struct asker *by, const char *id, bool *over)
{
	struct conference_row row;
	struct fault fault;

	if (!conference_find(by, id, &row, &fault)) {
		tell_fault(request, &fault);
		return false;
	}
	*over = row.ended != 0;
	memcpy(request->id, row.id, strnlen(row.id, sizeof request->id - 1));
	conference_row_clear(&row);
	if (*over || link_is_ready_for_conference(by->desk->link, request->id))
		return true;
	fault_switch_away(&fault);
	tell_fault(request, &fault);
	return false;
}

static void tell_over(const struct request *request)
{
	struct fault fault;

	fault_set(&fault, FAULT_CONFERENCE_OVER, FIELD_STATUS, "The conference is over.");
	tell_fault(request, &fault);
}

void conference_end(const struct asker *by, const char *id, done_h *handler, void *arg)
{
	struct request request = { .desk = by->desk, .done = handler, .arg = arg };
	bool over;

	if (!begin(&request, by, id, &over))
		return;
	if (over)
		handler(NULL, arg);
	else
		ask(&request, "conference.end", json_object());
}

void conference_complete(const struct asker *by, const char *id, conference_h *handler, void *arg)
{
	struct request request = { .desk = by->desk, .handler = handler, .arg = arg };
	bool over;

	if (!begin(&request, by, id, &over))
		return;
	if (over)
		tell_over(&request);
	else
		ask(&request, "conference.end", json_object());
}

static void on_prompt(json_t *files, const char *error, void *arg)
{
	struct request *request = arg;
	struct fault fault;

	if (announcement_is_there(files)) {
		ask(request, "conference.play", json_pack("{s:O}", "files", files));
	} else {
		fault_set(&fault, FAULT_PROMPT_FAILED, FIELD_PLAY, "%s", error);
		tell_fault(request, &fault);
	}
	free(request);
}

void conference_announce(const struct asker *by, const char *id, const struct announcement *what,
			 conference_h *handler, void *arg)
{
	struct request request = { .desk = by->desk, .handler = handler, .arg = arg }, *later;
	struct fault fault;
	bool over;

	if (!announcement_check(what, &fault)) {
		tell_fault(&request, &fault);
		return;
	}
	if (!begin(&request, by, id, &over))
		return;
	if (over) {
		tell_over(&request);
		return;
	}
	later = request_new(&request);
	if (later && !announcement_prepare(by->desk, what, on_prompt, later))
		return;
	free(later);
	fault_no_memory(&fault);
	tell_fault(&request, &fault);
}
