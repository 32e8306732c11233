/* New conferences: the record is there before the switch makes them. */
#include "daemon/api/call/after.h"
#include "daemon/api/call/conferences.h"
#include "daemon/api/call/wish.h"
#include "daemon/api/switch/link.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct creation {
	const struct desk *desk;
	char id[UUID_TEXT_SIZE];
	json_t *params; /* of conference.create until it is sent */
	char *music;	/* or NULL */
	conference_h *handler;
	void *arg;
};

static void creation_free(struct creation *creation)
{
	json_decref(creation->params);
	free(creation->music);
	free(creation);
}

static void on_created(const json_t *result, const json_t *error, void *arg)
{
	struct creation *creation = arg;
	const struct desk *desk = creation->desk;
	struct conference_row row;
	struct fault fault;

	if (error) {
		if (link_is_ready_for_conference(desk->link, creation->id) &&
		    conferences_delete(desk->store, creation->id))
			log_warn("conference.delete_failed", NULL, "conference=%s", creation->id);
		fault_from_switch(&fault, error, NULL);
		creation->handler(&fault, NULL, creation->arg);
	} else if (conferences_apply(desk->store, json_object_get(result, "conference"), CONFERENCES_ANSWER,
				     &row)) {
		fault_store_failed(&fault);
		creation->handler(&fault, NULL, creation->arg);
	} else {
		after_commit_conference(desk, &row, creation->handler, creation->arg);
	}
	creation_free(creation);
}

/* Asks the switch for it; the creation is gone when this fails. */
static void ask_for(struct creation *creation)
{
	json_t *params = creation->params;
	struct fault fault;

	creation->params = NULL;
	if (!link_call(creation->desk->link, "conference.create", params, on_created, creation))
		return;
	fault_switch_away(&fault);
	creation->handler(&fault, NULL, creation->arg);
	creation_free(creation);
}

/* Without the music it is silent; it comes to be all the same. */
static void on_music(json_t *files, const char *error, void *arg)
{
	struct creation *creation = arg;

	if (error)
		log_info("conference.no_music", NULL, "conference=%s error=%s", creation->id,
			 log_quote(error));
	else
		json_object_set(creation->params, "music", files);
	ask_for(creation);
}

static void on_stored(int err, void *arg)
{
	struct creation *creation = arg;
	const struct announcement music = { .play = creation->music };
	struct fault fault;

	if (err) {
		fault_not_stored(&fault, creation->desk->store);
		creation->handler(&fault, NULL, creation->arg);
		creation_free(creation);
	} else if (!creation->music || announcement_prepare(creation->desk, &music, on_music, creation)) {
		ask_for(creation);
	}
}

static bool check(const struct asker *by, const struct conference_wish *wish, struct fault *fault)
{
	if (wish->name && (!*wish->name || strlen(wish->name) > CONFERENCE_NAME_MAX))
		return fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_NAME,
				 FAULT_FIELD_MARK " must have 1 to %d characters.", CONFERENCE_NAME_MAX);
	if (!fault_check_url(fault, FIELD_CALLBACK, wish->status_callback) ||
	    !wish_check_events(wish->callback_events, true, fault))
		return false;
	return link_is_ready(by->desk->link) || fault_not_ready(fault, by->desk->store);
}

/* Writes the record, pending. */
static int keep(const struct asker *by, const struct conference_wish *wish, struct creation *creation)
{
	struct conference_row row = { .id = random_uuid(creation->id),
				      .account = by->account->name,
				      .name = (char *)(wish->name ? wish->name : creation->id),
				      .on = (char *)link_choose(by->desk->link, NULL, NULL),
				      .max_participants = wish->max_participants };
	int err;

	row.options = json_pack("{s:s*, s:O*}", "status_callback", wish->status_callback,
				"status_callback_events", wish->callback_events);
	if (wish->more)
		json_object_update(row.options, (json_t *)wish->more);
	creation->music = wish->music ? strdup(wish->music) : NULL;
	creation->params =
	    json_pack("{s:s, s:s, s:s, s:I, s:b, s:b, s:s*}", "id", row.id, "name", row.name, "account",
		      row.account, "max_participants", (json_int_t)row.max_participants, "record",
		      wish->record, "wait", wish->wait, "beep", wish->beeps);
	err = conferences_insert_pending(by->desk->store, &row);
	json_decref(row.options);
	return err ? err : store_after_write(by->desk->store, on_stored, creation);
}

void conference_create(const struct asker *by, const struct conference_wish *wish, conference_h *handler,
		       void *arg)
{
	struct creation *creation = NULL;
	struct fault fault;

	if (check(by, wish, &fault)) {
		creation = calloc(1, sizeof *creation);
		if (!creation)
			fault_no_memory(&fault);
	}
	if (creation) {
		creation->desk = by->desk;
		creation->handler = handler;
		creation->arg = arg;
		if (!keep(by, wish, creation))
			return;
		creation_free(creation);
		fault_not_stored(&fault, by->desk->store);
	}
	handler(&fault, NULL, arg);
}
