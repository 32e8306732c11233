#include "daemon/api/switch/bus.h"

#include <errno.h>
#include <stdlib.h>

enum { SUBSCRIBERS_MAX = 10 };

struct bus {
	struct {
		bus_h *handler;
		void *arg;
	} subscribers[SUBSCRIBERS_MAX];
	size_t count;
};

int bus_alloc(struct bus **out)
{
	struct bus *bus = calloc(1, sizeof *bus);

	if (!bus)
		return ENOMEM;
	*out = bus;
	return 0;
}

int bus_subscribe(struct bus *bus, bus_h *handler, void *arg)
{
	if (bus->count == SUBSCRIBERS_MAX)
		return ENOSPC;
	bus->subscribers[bus->count].handler = handler;
	bus->subscribers[bus->count++].arg = arg;
	return 0;
}

void bus_publish(struct bus *bus, const struct bus_event *event)
{
	for (size_t i = 0; i < bus->count; i++)
		bus->subscribers[i].handler(event, bus->subscribers[i].arg);
}

void bus_of_log(struct store *store, const struct log_entry *entry, bus_h *handler, void *arg)
{
	struct conference_row conference = { 0 };
	struct call_row row = { 0 };
	struct bus_event event = {
		.nr = entry->nr, .n = entry->n, .time = entry->time, .type = entry->type, .data = entry->data
	};

	if (*entry->call_id && !calls_get(store, entry->call_id, &row)) {
		call_row_rewind(&row, json_object_get(entry->data, "call"));
		event.row = &row;
	} else if (!*entry->call_id && !conferences_get(store, entry->conference_id, &conference) &&
		   !conference_row_overlay(&conference, json_object_get(entry->data, "conference"))) {
		event.conference = &conference;
	}
	if (event.row || event.conference)
		handler(&event, arg);
	call_row_clear(&row);
	conference_row_clear(&conference);
}

void bus_free(struct bus *bus)
{
	free(bus);
}
