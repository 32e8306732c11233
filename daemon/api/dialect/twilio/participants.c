/* Who is in a conference: fetch, list, remove; their routes. */
#include "daemon/api/call/conferences.h"
#include "daemon/api/dialect/twilio/conference_json.h"
#include "daemon/api/dialect/twilio/conferences.h"
#include "daemon/api/dialect/twilio/paging.h"
#include "daemon/api/dialect/twilio/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* By sid or label */

struct resolving {
	struct ask *ask;
	char conference[UUID_TEXT_SIZE];
	participant_found_h *handler;
};

static void on_labels(const struct fault *fault, const struct participant *items, size_t count, void *arg)
{
	struct resolving resolving = *(struct resolving *)arg;
	struct ask *ask = resolving.ask;
	char call[UUID_TEXT_SIZE] = "";

	free(arg);
	if (fault) {
		ask_fail(ask, fault);
		return;
	}
	for (size_t i = 0; i < count && !*call; i++)
		if (items[i].label && !strcmp(items[i].label, ask->args[1]))
			snprintf(call, sizeof call, "%s", items[i].call);
	if (*call)
		resolving.handler(ask, resolving.conference, call);
	else
		ask_not_found(ask);
}

void participants_resolve(struct ask *ask, participant_found_h *handler)
{
	struct conference_row row;
	struct resolving *resolving;
	char call[UUID_TEXT_SIZE];

	if (!conferences_find(ask, &row))
		return;
	if (sid_read("CA", ask->args[1], call)) {
		handler(ask, row.id, call);
	} else if ((resolving = calloc(1, sizeof *resolving))) {
		resolving->ask = ask;
		resolving->handler = handler;
		snprintf(resolving->conference, sizeof resolving->conference, "%s", row.id);
		participants_list(&ask->by, row.id, on_labels, resolving);
	} else {
		ask_done(ask, 503, NULL);
	}
	conference_row_clear(&row);
}

/* Fetch, remove */

void participants_answer_one(const struct fault *fault, const struct participant *items, size_t count,
			     void *arg)
{
	const struct view_of of = ask_view(arg);

	if (fault)
		ask_fail(arg, fault);
	else if (!count)
		ask_not_found(arg);
	else
		ask_done(arg, 200, twilio_participant_json(&of, items));
}

static void fetch_found(struct ask *ask, const char *conference, const char *call)
{
	participant_get(&ask->by, conference, call, participants_answer_one, ask);
}

static void fetch(struct ask *ask)
{
	participants_resolve(ask, fetch_found);
}

static void delete_found(struct ask *ask, const char *conference, const char *call)
{
	participant_remove(&ask->by, conference, call, ask_on_done, ask);
}

static void delete (struct ask *ask)
{
	participants_resolve(ask, delete_found);
}

/* List */

struct wanted {
	struct ask *ask;
	char path[120];
	bool has[3], is[3]; /* Muted, Hold, Coaching: asked for, and how */
};

static bool fits(const struct wanted *wanted, const struct participant *one)
{
	const bool are[] = { one->muted, one->hold, one->coaches && *one->coaches };

	for (size_t i = 0; i < 3; i++)
		if (wanted->has[i] && wanted->is[i] != are[i])
			return false;
	return true;
}

static void on_list(const struct fault *fault, const struct participant *items, size_t count, void *arg)
{
	struct wanted *wanted = arg;
	const struct view_of of = ask_view(wanted->ask);
	json_t *array;

	if (fault) {
		ask_fail(wanted->ask, fault);
	} else {
		array = json_array();
		for (size_t i = 0; i < count; i++)
			if (fits(wanted, &items[i]))
				json_array_append_new(array, twilio_participant_json(&of, &items[i]));
		paging_done_whole(wanted->ask, "participants", wanted->path, array);
	}
	free(wanted);
}

static void list(struct ask *ask)
{
	static const char *const names[] = { "Muted", "Hold", "Coaching" };
	struct wanted *wanted = calloc(1, sizeof *wanted);
	struct conference_row row;
	char sid[SID_SIZE];

	if (!wanted) {
		ask_done(ask, 503, NULL);
		return;
	}
	wanted->ask = ask;
	for (size_t i = 0; i < 3; i++)
		wanted->has[i] = form_bool(&ask->form, names[i], &wanted->is[i]);
	if (!ask_form_ok(ask) || !conferences_find(ask, &row)) {
		free(wanted);
		return;
	}
	snprintf(wanted->path, sizeof wanted->path, "/Conferences/%s/Participants.json",
		 sid_write(ask->view, "CF", row.id, sid));
	participants_list(&ask->by, row.id, on_list, wanted);
	conference_row_clear(&row);
}

/* clang-format off */
static const struct route routes[] = {
	ASK_LIST("GET", "Conferences/*/Participants", list),
	ASK_LIST("POST", "Conferences/*/Participants", participants_create),
	ASK_ONE("GET", "Conferences/*/Participants/*", fetch),
	ASK_ONE("POST", "Conferences/*/Participants/*", participants_update),
	ASK_ONE("DELETE", "Conferences/*/Participants/*", delete),
};
/* clang-format on */

const struct ask_routes participant_routes = { routes, sizeof routes / sizeof *routes };
