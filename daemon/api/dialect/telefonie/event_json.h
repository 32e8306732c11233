/* event_json: events as the Telefonie Voice API tells them, in webhooks and on sockets. */
#ifndef OFFHOOK_API_TELEFONIE_EVENT_JSON_H
#define OFFHOOK_API_TELEFONIE_EVENT_JSON_H

#include "daemon/api/switch/bus.h"
#include "lib/conf.h"

/* Of a call, of a conference, or of neither: a phone, a trunk. New, or NULL without memory. */
json_t *event_json(const struct conf *conf, const struct bus_event *event);

#endif
