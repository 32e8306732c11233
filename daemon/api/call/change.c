/* Ends and redirections of calls; control.c has the changes of those that are in progress. */
#include "daemon/api/call/change.h"

#include "daemon/api/call/after.h"
#include "daemon/api/switch/link.h"

#include <stdlib.h>
#include <string.h>

/* A hang-up under way. */
struct ending {
	const struct desk *desk;
	char id[40];
	done_h *done; /* one of these */
	call_h *handler;
	void *arg;
};

static bool is_before_answer(const struct call_row *row)
{
	return !strcmp(row->status, "queued") || !strcmp(row->status, "ringing");
}

static void tell_fault(const struct ending *ending, const struct fault *fault)
{
	if (ending->done)
		ending->done(fault, ending->arg);
	else
		ending->handler(fault, NULL, ending->arg);
}

static void tell_ended(const struct ending *ending, const json_t *snapshot)
{
	struct fault fault;
	struct call_row row;

	if (ending->done) {
		after_commit(ending->desk, ending->done, ending->arg);
		return;
	}
	if (calls_get(ending->desk->store, ending->id, &row)) {
		fault_store_failed(&fault);
		tell_fault(ending, &fault);
		return;
	}
	if (!call_row_is_over(&row))
		call_row_overlay(&row, snapshot);
	after_commit_call(ending->desk, &row, ending->handler, ending->arg);
}

static void on_hung_up(const json_t *result, const json_t *error, void *arg)
{
	struct ending *ending = arg;
	struct fault fault;

	if (error)
		fault_from_switch(&fault, error, NULL);
	/* It ended by itself at the same moment. */
	if (error && ending->done && (fault.code == FAULT_CALL_NOT_FOUND || fault.code == FAULT_CALL_OVER))
		ending->done(NULL, ending->arg);
	else if (error)
		tell_fault(ending, &fault);
	else
		tell_ended(ending, json_object_get(result, "call"));
	free(ending);
}

static void hang_up(const struct ending *wanted)
{
	struct ending *ending = malloc(sizeof *ending);
	struct fault fault;

	if (!ending) {
		fault_no_memory(&fault);
		tell_fault(wanted, &fault);
		return;
	}
	*ending = *wanted;
	if (link_is_ready_for(ending->desk->link, ending->id) &&
	    !link_call(ending->desk->link, "call.hangup",
		       json_pack("{s:s, s:s}", "call", ending->id, "by", "api"), on_hung_up, ending))
		return;
	free(ending);
	fault_switch_away(&fault);
	tell_fault(wanted, &fault);
}

void call_end(const struct asker *by, const char *id, done_h *handler, void *arg)
{
	struct ending ending = { .desk = by->desk, .done = handler, .arg = arg };
	struct fault fault;
	struct call_row row;

	if (!call_find(by, id, &row, &fault)) {
		handler(&fault, arg);
		return;
	}
	memcpy(ending.id, row.id, strnlen(row.id, sizeof ending.id - 1));
	if (call_row_is_over(&row))
		handler(NULL, arg);
	else
		hang_up(&ending);
	call_row_clear(&row);
}

/* The next document takes the place of the one before. */
static void keep_document(json_t *options, const struct call_document *what)
{
	if (what->script) {
		json_object_set_new(options, "script", json_string(what->script));
		json_object_del(options, "url");
		json_object_del(options, "method");
	} else if (what->url) {
		json_object_set_new(options, "url", json_string(what->url));
		json_object_set_new(options, "method", json_string(what->post ? "POST" : "GET"));
		json_object_del(options, "script");
	}
}

/* At once when it is answered, else from the answer on. The row is taken. */
static void redirect(const struct desk *desk, struct call_row *row, const struct call_change *change,
		     call_h *handler, void *arg)
{
	json_t *options = row->options ? row->options : (row->options = json_object());
	const struct call_document *what = &change->document;
	bool now = !is_before_answer(row) || !strcmp(row->direction, "inbound");
	struct fault fault;

	keep_document(options, what);
	if (change->kept)
		json_object_update(options, (json_t *)change->kept);
	if (calls_set_options(desk->store, row->id, options)) {
		call_row_clear(row);
		fault_store_failed(&fault);
		handler(&fault, NULL, arg);
		return;
	}
	if (now && change->kind == CALL_CHANGE_REDIRECT)
		desk->scripts.redirect(row, what, desk->scripts.arg);
	after_commit_call(desk, row, handler, arg);
}

static bool needs_progress(enum call_change_kind kind)
{
	return kind >= CALL_CHANGE_MUTE;
}

/* What a call's state does not allow. */
static enum fault_field field_of(const struct call_change *change)
{
	static const enum fault_field fields[] = {
		[CALL_CHANGE_END] = FIELD_STATUS,	 [CALL_CHANGE_CANCEL] = FIELD_STATUS,
		[CALL_CHANGE_REDIRECT] = FIELD_URL,	 [CALL_CHANGE_KEPT] = FIELD_STATUS,
		[CALL_CHANGE_LIMIT] = FIELD_STATUS,	 [CALL_CHANGE_MUTE] = FIELD_MUTED,
		[CALL_CHANGE_HOLD] = FIELD_HOLD,	 [CALL_CHANGE_DIGITS] = FIELD_DIGITS,
		[CALL_CHANGE_TRANSFER] = FIELD_TRANSFER, [CALL_CHANGE_ANNOUNCE] = FIELD_PLAY,
		[CALL_CHANGE_STOP] = FIELD_STOP,	 [CALL_CHANGE_BRIDGE] = FIELD_BRIDGE
	};

	if (change->kind == CALL_CHANGE_REDIRECT && change->document.script)
		return FIELD_SCRIPT;
	if (change->kind == CALL_CHANGE_ANNOUNCE && change->what.say)
		return FIELD_SAY;
	return fields[change->kind];
}

/* Whether the other one can be bridged with it. */
static bool can_bridge(const struct asker *by, const struct call_row *row, const char *with,
		       struct fault *fault)
{
	struct call_row other;
	bool ok;

	if (!call_find(by, with, &other, fault)) {
		fault->field = FIELD_BRIDGE;
		return false;
	}
	if (!strcmp(other.id, row->id))
		ok = fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_BRIDGE,
			       FAULT_FIELD_MARK " must be another call.");
	else
		ok = !strcmp(other.status, "in-progress") ||
		     fault_set(fault, call_row_is_over(&other) ? FAULT_CALL_OVER : FAULT_NOT_IN_PROGRESS,
			       FIELD_BRIDGE, "The other call is %s; this needs one that is in-progress.",
			       other.status);
	call_row_clear(&other);
	return ok;
}

/* Whether the call is in a state for it. */
static bool is_possible(const struct asker *by, const struct call_row *row, const struct call_change *change,
			struct fault *fault)
{
	enum fault_field field = field_of(change);

	if (needs_progress(change->kind) && strcmp(row->status, "in-progress"))
		return fault_set(fault, call_row_is_over(row) ? FAULT_CALL_OVER : FAULT_NOT_IN_PROGRESS,
				 field, "The call is %s; this needs one that is in-progress.", row->status);
	if (call_row_is_over(row))
		return fault_set(fault, FAULT_CALL_OVER, field, "The call is over: it is %s.", row->status);
	if (change->kind == CALL_CHANGE_CANCEL && !is_before_answer(row))
		return fault_set(fault, FAULT_NOT_CANCELABLE, field,
				 "Only a queued or ringing call can be canceled; this one is %s. Use "
				 "completed.",
				 row->status);
	if (change->kind == CALL_CHANGE_ANNOUNCE && !announcement_check(&change->what, fault))
		return false;
	if (change->kind == CALL_CHANGE_BRIDGE && !can_bridge(by, row, change->with, fault))
		return false;
	return link_is_ready_for(by->desk->link, row->id) || fault_not_ready(fault, by->desk->store);
}

void call_change(const struct asker *by, const char *id, const struct call_change *change, call_h *handler,
		 void *arg)
{
	struct ending ending = { .desk = by->desk, .handler = handler, .arg = arg };
	struct fault fault;
	struct call_row row;

	if (!call_find(by, id, &row, &fault)) {
		handler(&fault, NULL, arg);
		return;
	}
	memcpy(ending.id, row.id, strnlen(row.id, sizeof ending.id - 1));
	if (!is_possible(by, &row, change, &fault))
		handler(&fault, NULL, arg);
	else if (change->kind == CALL_CHANGE_REDIRECT || change->kind == CALL_CHANGE_KEPT)
		redirect(by->desk, &row, change, handler, arg);
	else if (needs_progress(change->kind) || change->kind == CALL_CHANGE_LIMIT)
		call_control(by->desk, row.id, change, handler, arg);
	else
		hang_up(&ending);
	call_row_clear(&row);
}
