#include "daemon/api/switch/bus.h"

#include <errno.h>
#include <stdlib.h>

enum { SUBSCRIBERS_MAX = 8 };

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

void bus_free(struct bus *bus)
{
	free(bus);
}
