#include "daemon/api/call/streams.h"

#include "daemon/api/call/after.h"
#include "daemon/api/call/calls.h"
#include "daemon/api/switch/link.h"

#include <errno.h>
#include <stdlib.h>

enum { WATCHED_MAX = 64 }; /* of one call and kind */

int call_watch(struct store *store, const char *call, const char *kind, const char *id, json_t *watch)
{
	struct call_row row;
	json_t *options, *all;
	int err = calls_get(store, call, &row);

	if (err)
		return err;
	options = row.options ? json_copy(row.options) : json_object();
	all = json_object_get(options, kind);
	all = all ? json_copy(all) : json_object();
	if (json_object_size(all) >= WATCHED_MAX && !json_object_get(all, id))
		err = ENOSPC;
	json_object_set(all, id, watch);
	json_object_set_new(options, kind, all);
	if (!err)
		err = calls_set_options(store, call, options);
	json_decref(options);
	call_row_clear(&row);
	return err;
}

int stream_keep(struct store *store, const char *call, const char *id, const struct stream_watch *watch)
{
	json_t *kept = watch->url ? json_pack("{s:s, s:b, s:s*, s:O*}", "url", watch->url, "get", watch->get,
					      "name", watch->name, "headers", watch->headers)
				  : NULL;
	int err = kept ? call_watch(store, call, "streams", id, kept) : 0;

	json_decref(kept);
	return err == ENOSPC ? 0 : err; /* of so many nobody is told, but they are there */
}

/* A request to the switch about a call's stream. */
struct pending {
	const struct desk *desk;
	done_h *handler;
	void *arg;
};

static void on_reply(const json_t *result, const json_t *error, void *arg)
{
	struct pending *pending = arg;
	struct fault fault;

	(void)result;
	if (error) {
		fault_from_switch(&fault, error, NULL);
		pending->handler(&fault, pending->arg);
	} else {
		after_commit(pending->desk, pending->handler, pending->arg);
	}
	free(pending);
}

/* Takes `params`. */
static void request(const struct asker *by, const char *call, const char *method, json_t *params,
		    done_h *handler, void *arg)
{
	struct pending *pending = malloc(sizeof *pending);
	struct fault fault;

	if (!pending) {
		json_decref(params);
		fault_no_memory(&fault);
		handler(&fault, arg);
		return;
	}
	*pending = (struct pending){ by->desk, handler, arg };
	json_object_set_new(params, "call", json_string(call));
	if (!link_call(by->desk->link, method, params, on_reply, pending))
		return;
	free(pending);
	fault_switch_away(&fault);
	handler(&fault, arg);
}

static bool may(const struct asker *by, const char *call, struct fault *fault)
{
	struct call_row row;
	const bool good = call_find_live(by, call, &row, fault);

	call_row_clear(&row);
	return good;
}

void stream_start(const struct asker *by, const char *call, json_t *params, const struct stream_watch *watch,
		  done_h *handler, void *arg)
{
	const char *id = json_string_value(json_object_get(params, "stream"));
	struct fault fault;
	bool good = may(by, call, &fault);

	if (good)
		good = fault_check_url(&fault, FIELD_CALLBACK, watch->url);
	if (good && id && stream_keep(by->desk->store, call, id, watch))
		good = fault_store_failed(&fault);
	if (good) {
		request(by, call, "call.stream", params, handler, arg);
		return;
	}
	json_decref(params);
	handler(&fault, arg);
}

void stream_stop(const struct asker *by, const char *call, const char *which, done_h *handler, void *arg)
{
	struct fault fault;

	if (may(by, call, &fault))
		request(by, call, "call.stream_stop", json_pack("{s:s}", "stream", which), handler, arg);
	else
		handler(&fault, arg);
}
