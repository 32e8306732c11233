#include "daemon/api/dialect/telefonie/event_json.h"

#include "daemon/api/dialect/telefonie/call_json.h"
#include "daemon/api/dialect/telefonie/conference_json.h"
#include "lib/clock.h"

static json_t *other_json(const struct bus_event *event)
{
	char time[CLOCK_TEXT_SIZE];
	json_t *json = json_copy((json_t *)event->data);

	json_object_del(json, "seq");
	json_object_del(json, "switch");
	json_object_set_new(json, "time", json_string(clock_format_rfc3339(event->time, time)));
	json_object_set_new(json, "type", json_string(event->type));
	return json;
}

json_t *event_json(const struct conf *conf, const struct bus_event *event)
{
	if (event->row)
		return call_event_json(conf, event->n, event->time, event->type, event->row, event->data);
	if (event->conference)
		return conference_event_json(conf, event->n, event->time, event->type, event->conference,
					     event->data);
	return other_json(event);
}
