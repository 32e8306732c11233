#include "daemon/api/call/calls.h"

#include "daemon/api/switch/link.h"
#include "daemon/api/dialect/telefonie/call_json.h"
#include "daemon/api/call/calls_wish.h"
#include "daemon/api/call/conferences.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 255 };

/* From the check of the request to the reply. */
struct creation {
	struct op *op;
	char id[UUID_TEXT_SIZE];
	json_t *originate; /* params of call.originate until it is sent */
};

static bool owns_number(const struct op *op, const char *number)
{
	const struct conf_number *own = conf_number_find(op->api->conf, number);
	const struct conf_user *user = conf_user_by_number(op->api->conf, number);

	return (own && own->account == op->account) || (user && user->account == op->account);
}

static void creation_free(struct creation *creation)
{
	json_decref(creation->originate);
	free(creation);
}

static void refused(struct creation *creation, const json_t *error)
{
	struct op *op = creation->op;

	/* Whether the switch got it is unknown when the connection broke: then the record stays hidden until
	 * the switch tells. */
	if (link_is_ready(op->api->link) && calls_delete(op->api->store, creation->id))
		log_warn("call.delete_failed", creation->id, "%s", "");
	op_control_problem(op, error);
}

static void accepted(struct creation *creation, const json_t *snapshot)
{
	struct op *op = creation->op;
	struct call_row row;
	int err = calls_get(op->api->store, creation->id, &row);

	/* Its events may have been here first, and know more. */
	if (!err && row.pending) {
		call_row_clear(&row);
		err = calls_apply(op->api->store, snapshot, false, &row);
	}
	if (err) {
		op_store_problem(op);
		return;
	}
	if (json_object_get(row.options, "conference")) {
		op_done_after_commit(op, 201, participant_pending_json(&row));
	} else {
		snprintf(op->location, sizeof op->location, "/v1/voice/calls/%s", creation->id);
		op_done_after_commit(op, 201, call_json(op->api, &row));
	}
	call_row_clear(&row);
}

static void on_originated(const json_t *result, const json_t *error, void *arg)
{
	struct creation *creation = arg;

	if (error)
		refused(creation, error);
	else
		accepted(creation, json_object_get(result, "call"));
	creation_free(creation);
}

/* The wish outlives this process: now nothing that happens to the call can be lost. (Should the machine fail
 * before it is on disk, so does the call.) The reply waits for the disk. */
static void on_stored(int err, void *arg)
{
	struct creation *creation = arg;
	json_t *params = creation->originate;

	creation->originate = NULL;
	if (err)
		op_store_problem(creation->op);
	else if (!link_call(creation->op->api->link, "call.originate", params, on_originated, creation))
		return;
	else
		op_problem(creation->op, 503, NULL, "The switch is not connected.");
	if (err)
		json_decref(params);
	creation_free(creation);
}

/* SHA-256 of what was asked for, whatever the order of its members; a participant is asked for in a
 * conference. */
static int digest_of(const struct op *op, const struct wish *wish, char out[CALLS_DIGEST_SIZE])
{
	json_t *asked = json_copy((json_t *)op->params);
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char *text;

	if (wish->conference)
		json_object_set_new(asked, "conference_id", json_string(wish->conference));
	text = json_dumps(asked, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(asked);
	if (!text)
		return ENOMEM;
	SHA256((unsigned char *)text, strlen(text), digest);
	free(text);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

/* Answers with the call that the key has made already. */
static void reply_known(struct op *op, const char *id)
{
	struct call_row row;

	if (calls_get(op->api->store, id, &row)) {
		op_store_problem(op);
	} else if (row.pending) {
		op->retry_after = 1;
		op_problem(op, 409, "Idempotency-Key",
			   "The first request with this Idempotency-Key is still under way.");
	} else if (json_object_get(row.options, "conference")) {
		op_done_after_commit(op, 201, participant_pending_json(&row));
	} else {
		snprintf(op->location, sizeof op->location, "/v1/voice/calls/%s", id);
		op_done_after_commit(op, 201, call_json(op->api, &row));
	}
	call_row_clear(&row);
}

/* Whether the key is new; else the answer has been given. */
static bool key_is_new(struct op *op, const struct wish *wish, char digest[CALLS_DIGEST_SIZE])
{
	char known[CALLS_DIGEST_SIZE], id[40];
	int err;

	if (strlen(op->idempotency_key) > KEY_MAX || !*op->idempotency_key) {
		op_problem(op, 400, "Idempotency-Key", "Idempotency-Key must have 1 to %d characters.",
			   KEY_MAX);
		return false;
	}
	err = digest_of(op, wish, digest);
	if (!err)
		err = calls_key_get(op->api->store, op->account->name, op->idempotency_key, known, id);
	if (err == ENOENT)
		return true;
	if (err)
		op_store_problem(op);
	else if (strcmp(known, digest))
		op_problem(op, 409, "Idempotency-Key", "This Idempotency-Key was used for another request.");
	else
		reply_known(op, id);
	return false;
}

static void on_dry_run(const json_t *result, const json_t *error, void *arg)
{
	struct creation *creation = arg;

	if (error)
		op_control_problem(creation->op, error);
	else
		op_done(creation->op, 200,
			json_pack("{s:b, s:O*, s:O, s:O, s:O, s:O*, s:O*, s:O*}", "dry_run", 1, "route",
				  json_object_get(result, "route"), "to",
				  json_object_get(creation->originate, "to"), "from",
				  json_object_get(creation->originate, "from"), "timeout",
				  json_object_get(creation->originate, "timeout"), "time_limit",
				  json_object_get(creation->originate, "time_limit"), "max_duration",
				  json_object_get(result, "max_duration"), "rate",
				  json_object_get(result, "rate")));
	creation_free(creation);
}

static void dry_run(struct creation *creation)
{
	json_t *params = json_copy(creation->originate);

	json_object_set_new(params, "dry_run", json_true());
	if (link_call(creation->op->api->link, "call.originate", params, on_dry_run, creation)) {
		op_problem(creation->op, 503, NULL, "The switch is not connected.");
		creation_free(creation);
	}
}

static void place(struct creation *creation, const struct wish *wish, const char *digest)
{
	struct op *op = creation->op;
	json_t *options = wish_options(wish);
	int err = options ? calls_insert_pending(op->api->store, creation->id, op->account->name, wish->from,
						 wish->to, options)
			  : ENOMEM;

	json_decref(options);
	if (!err && digest)
		err = calls_key_put(op->api->store, op->account->name, op->idempotency_key, digest,
				    creation->id);
	if (!err)
		err = store_after_write(op->api->store, on_stored, creation);
	if (err) {
		op_store_problem(op);
		creation_free(creation);
	}
}

static void create(struct op *op, const struct wish *wish)
{
	char digest[CALLS_DIGEST_SIZE];
	struct creation *creation;

	if (!owns_number(op, wish->from)) {
		op_problem(op, 422, "from",
			   "from must be a number of this account, or the number of one of its users.");
		return;
	}
	if ((op->idempotency_key && !op->dry_run && !key_is_new(op, wish, digest)) || !op_needs_switch(op))
		return;
	creation = calloc(1, sizeof *creation);
	if (!creation) {
		op_problem(op, 503, NULL, "Out of memory.");
		return;
	}
	creation->op = op;
	random_uuid(creation->id);
	creation->originate = wish_originate(op, wish, creation->id);
	if (op->dry_run)
		dry_run(creation);
	else
		place(creation, wish, op->idempotency_key ? digest : NULL);
}

void calls_op_create(struct op *op)
{
	struct wish wish = { 0 };
	struct json_get get;

	json_get_init(&get, op->params);
	wish_read(&get, &wish);
	if (op_params_ok(op, &get))
		create(op, &wish);
}

void participants_op_add(struct op *op)
{
	static const char *const names[] = { "to", "from", "muted", NULL };
	struct conference_row conference;
	struct wish wish = { .timeout = WISH_TIMEOUT_S };
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_string(&get, "to", true, &wish.to);
	json_get_string(&get, "from", true, &wish.from);
	json_get_bool(&get, "muted", false, &wish.muted);
	wish_check_address(&get, "to", wish.to);
	wish_check_address(&get, "from", wish.from);
	if (!op_params_ok(op, &get) || !conferences_op_find(op, &conference))
		return;
	wish.conference = conference.id;
	if (conference.ended)
		op_problem(op, 409, "conference_id", "The conference is over.");
	else if (conference.participants >= conference.max_participants)
		op_problem(op, 409, "conference_id", "The conference is full.");
	else
		create(op, &wish);
	conference_row_clear(&conference);
}
