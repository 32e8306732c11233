#include "daemon/api/call/place.h"

#include "daemon/api/call/after.h"
#include "daemon/api/call/conferences.h"
#include "daemon/api/switch/link.h"
#include "lib/hex.h"
#include "lib/log.h"
#include "lib/phone_number.h"
#include "lib/random.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From the check of the wish to the answer. */
struct placing {
	const struct desk *desk;
	char id[UUID_TEXT_SIZE];
	json_t *originate; /* params of call.originate until it is sent */
	call_h *handler;
	told_h *tried;
	void *arg;
};

static bool owns_number(const struct asker *by, const char *number)
{
	const struct conf_number *own = conf_number_find(by->desk->conf, number);
	const struct conf_user *user = conf_user_by_number(by->desk->conf, number);

	return (own && own->account == by->account) || (user && user->account == by->account);
}

static void placing_free(struct placing *placing)
{
	json_decref(placing->originate);
	free(placing);
}

static void accepted(const struct placing *placing, const json_t *snapshot)
{
	const struct desk *desk = placing->desk;
	struct fault fault;
	struct call_row row;
	int err = calls_get(desk->store, placing->id, &row);

	/* Its events may have been here first, and know more. */
	if (!err && row.pending) {
		call_row_clear(&row);
		err = calls_apply(desk->store, snapshot, CALLS_NO_EVENT, NULL, &row);
	}
	if (!err) {
		after_commit_call(desk, &row, placing->handler, placing->arg);
		return;
	}
	fault_store_failed(&fault);
	placing->handler(&fault, NULL, placing->arg);
}

static void on_originated(const json_t *result, const json_t *error, void *arg)
{
	struct placing *placing = arg;
	const struct desk *desk = placing->desk;
	struct fault fault;

	if (!error) {
		accepted(placing, json_object_get(result, "call"));
	} else {
		/* Whether the switch got it is unknown when the connection broke: then the record stays
		 * hidden until the switch tells. */
		if (link_is_ready_for(desk->link, placing->id) && calls_delete(desk->store, placing->id))
			log_warn("call.delete_failed", placing->id, "%s", "");
		fault_from_switch(&fault, error, NULL);
		placing->handler(&fault, NULL, placing->arg);
	}
	placing_free(placing);
}

/* The wish outlives this process: now nothing that happens to the call can be lost. (Should the machine fail
 * before it is on disk, so does the call.) The answer waits for the disk. */
static void on_stored(int err, void *arg)
{
	struct placing *placing = arg;
	json_t *params = placing->originate;
	struct fault fault;

	placing->originate = NULL;
	if (err) {
		json_decref(params);
		fault_not_stored(&fault, placing->desk->store);
	} else if (!link_call(placing->desk->link, "call.originate", params, on_originated, placing)) {
		return;
	} else {
		fault_switch_away(&fault);
	}
	placing->handler(&fault, NULL, placing->arg);
	placing_free(placing);
}

/* SHA-256 of what was asked for, whatever the order of its members; a participant is asked for in a
 * conference. */
static int digest_of(const struct wish *wish, char out[CALLS_DIGEST_SIZE])
{
	json_t *asked = json_copy((json_t *)wish->asked);
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
	hex_write(out, digest, sizeof digest);
	return 0;
}

/* The call that the key has made already. */
static void tell_known(const struct desk *desk, const char *id, call_h *handler, void *arg)
{
	struct fault fault;
	struct call_row row;

	if (calls_get(desk->store, id, &row)) {
		fault_store_failed(&fault);
	} else if (row.pending) {
		call_row_clear(&row);
		fault_set(&fault, FAULT_KEY_IN_USE, FIELD_KEY,
			  "The first request with this " FAULT_FIELD_MARK " is still under way.");
		fault.retry_after_s = 1;
	} else {
		row.again = true;
		after_commit_call(desk, &row, handler, arg);
		return;
	}
	handler(&fault, NULL, arg);
}

/* Whether the key is new; else the answer has been given. */
static bool key_is_new(const struct asker *by, const struct wish *wish, char digest[CALLS_DIGEST_SIZE],
		       call_h *handler, void *arg)
{
	char known[CALLS_DIGEST_SIZE], id[40];
	struct fault fault;
	int err = digest_of(wish, digest);

	if (!err)
		err = calls_key_get(by->desk->store, by->account->name, wish->key, known, id);
	if (err == ENOENT)
		return true;
	if (!err && !strcmp(known, digest)) {
		tell_known(by->desk, id, handler, arg);
		return false;
	}
	if (err)
		fault_store_failed(&fault);
	else
		fault_set(&fault, FAULT_KEY_REUSED, FIELD_KEY,
			  "This " FAULT_FIELD_MARK " was used for another request.");
	handler(&fault, NULL, arg);
	return false;
}

/* The numbers of a wish as they are in records: without what people put between digits. */
struct parties {
	char to[PHONE_NUMBER_SIZE], from[PHONE_NUMBER_SIZE];
};

static struct wish cleaned(const struct wish *wish, struct parties *parties)
{
	struct wish out = *wish;

	/* a user's name may have points and dashes */
	if (strpbrk(wish->to, " ()") && phone_number_bare(parties->to, wish->to))
		out.to = parties->to;
	if (phone_number_bare(parties->from, wish->from))
		out.from = parties->from;
	return out;
}

static bool check(const struct asker *by, const struct wish *wish, struct fault *fault)
{
	if (!wish_check(wish, fault))
		return false;
	if (!owns_number(by, wish->from))
		return fault_set(fault, FAULT_FROM_NOT_OWNED, FIELD_FROM,
				 FAULT_FIELD_MARK
				 " must be a number of this account, or the number of one of its users.");
	return true;
}

/* NULL: *fault says why. */
static struct placing *placing_new(const struct asker *by, const struct wish *wish, struct fault *fault)
{
	struct placing *placing;

	if (!link_is_ready(by->desk->link)) {
		fault_not_ready(fault, by->desk->store);
		return NULL;
	}
	placing = calloc(1, sizeof *placing);
	if (!placing) {
		fault_no_memory(fault);
		return NULL;
	}
	placing->desk = by->desk;
	random_uuid(placing->id);
	placing->originate = wish_originate(wish, by->account->name, placing->id);
	return placing;
}

static void on_tried(const json_t *result, const json_t *error, void *arg)
{
	static const char *const same[] = { "to", "from", "timeout", "time_limit", NULL };
	struct placing *placing = arg;
	struct fault fault;
	json_t *told;

	if (error) {
		fault_from_switch(&fault, error, NULL);
		placing->tried(&fault, NULL, placing->arg);
	} else {
		told = json_copy((json_t *)result);
		for (size_t i = 0; same[i]; i++)
			if (json_object_get(placing->originate, same[i]))
				json_object_set(told, same[i], json_object_get(placing->originate, same[i]));
		placing->tried(NULL, told, placing->arg);
		json_decref(told);
	}
	placing_free(placing);
}

void call_try(const struct asker *by, const struct wish *asked, told_h *handler, void *arg)
{
	struct parties parties;
	const struct wish clean = cleaned(asked, &parties), *wish = &clean;
	struct fault fault;
	struct placing *placing = check(by, wish, &fault) ? placing_new(by, wish, &fault) : NULL;
	json_t *params;

	if (!placing) {
		handler(&fault, NULL, arg);
		return;
	}
	placing->tried = handler;
	placing->arg = arg;
	params = json_copy(placing->originate);
	json_object_set_new(params, "dry_run", json_true());
	if (!link_call(by->desk->link, "call.originate", params, on_tried, placing))
		return;
	placing_free(placing);
	fault_switch_away(&fault);
	handler(&fault, NULL, arg);
}

/* Writes the wish, and the key when there is one. */
static int keep(const struct asker *by, const struct wish *wish, const char *digest, struct placing *placing)
{
	struct call_row row = { .id = placing->id,
				.account = by->account->name,
				.from = (char *)wish->from,
				.to = (char *)wish->to,
				.on = (char *)link_choose(by->desk->link, wish->to, wish->conference),
				.dialect = (char *)(wish->dialect ? wish->dialect : by->account->dialect),
				.options = wish_options(wish) };
	int err = row.options ? calls_insert_pending(by->desk->store, &row) : ENOMEM;

	json_decref(row.options);
	if (!err && wish->key)
		err = calls_key_put(by->desk->store, by->account->name, wish->key, digest, placing->id);
	return err ? err : store_after_write(by->desk->store, on_stored, placing);
}

void call_place(const struct asker *by, const struct wish *asked, call_h *handler, void *arg)
{
	struct parties parties;
	const struct wish clean = cleaned(asked, &parties), *wish = &clean;
	char digest[CALLS_DIGEST_SIZE];
	struct placing *placing = NULL;
	struct fault fault;

	if (check(by, wish, &fault)) {
		if (wish->key && !key_is_new(by, wish, digest, handler, arg))
			return;
		placing = placing_new(by, wish, &fault);
	}
	if (placing) {
		placing->handler = handler;
		placing->arg = arg;
		if (!keep(by, wish, digest, placing))
			return;
		fault_not_stored(&fault, by->desk->store);
		placing_free(placing);
	}
	handler(&fault, NULL, arg);
}

void participant_place(const struct asker *by, const struct wish *wish, call_h *handler, void *arg)
{
	struct conference_row conference;
	struct fault fault;
	bool found = wish_check(wish, &fault) && conference_find(by, wish->conference, &conference, &fault);

	if (!found) {
		handler(&fault, NULL, arg);
		return;
	}
	if (conference.ended) {
		fault_set(&fault, FAULT_CONFERENCE_OVER, FIELD_CONFERENCE, "The conference is over.");
		handler(&fault, NULL, arg);
	} else if (conference.participants >= conference.max_participants) {
		fault_set(&fault, FAULT_CONFERENCE_FULL, FIELD_CONFERENCE, "The conference is full.");
		handler(&fault, NULL, arg);
	} else {
		call_place(by, wish, handler, arg);
	}
	conference_row_clear(&conference);
}
