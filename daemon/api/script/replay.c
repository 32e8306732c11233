#include "daemon/api/script/replay.h"

#include "daemon/api/store/events.h"

#include <stddef.h>

enum { BATCH = 200 };

struct replay {
	struct store *store;
	bus_h *handler;
	void *arg;
	int64_t last;
};

static bool tell(const struct log_entry *entry, void *arg)
{
	struct replay *replay = arg;
	struct call_row row;

	replay->last = entry->nr;
	if (!*entry->call_id || calls_get(replay->store, entry->call_id, &row))
		return true;
	call_row_rewind(&row, json_object_get(entry->data, "call"));
	replay->handler(&(struct bus_event){ .nr = entry->nr,
					     .n = entry->n,
					     .time = entry->time,
					     .type = entry->type,
					     .row = &row,
					     .data = entry->data },
			replay->arg);
	call_row_clear(&row);
	return true;
}

int replay_events(struct store *store, const struct conf *conf, int64_t seen, bus_h *handler, void *arg)
{
	struct replay replay = { .store = store, .handler = handler, .arg = arg };
	int64_t newest, before;
	int err = events_newest(store, &newest);

	for (size_t i = 0; !err && i < conf->account_count; i++) {
		replay.last = seen;
		do {
			before = replay.last;
			err =
			    events_after(store, conf->accounts[i].name, before, newest, BATCH, tell, &replay);
		} while (!err && replay.last != before);
	}
	return err;
}
