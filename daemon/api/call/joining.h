/* joining: calls that were placed for a conference join it when they are answered. */
#ifndef OFFHOOK_API_JOINING_H
#define OFFHOOK_API_JOINING_H

#include "daemon/api/call/desk.h"
#include "daemon/api/switch/bus.h"

/* A bus_h; `arg` is the struct desk. */
void joining_on_event(const struct bus_event *event, void *arg);
/* The switch can be talked to (again): those who answered while nobody could act on it join now. */
void joining_ready(const struct desk *desk);

#endif
