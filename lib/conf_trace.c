/* See conf_trace.h. Every default of the section stands here. */
#include "lib/conf_trace.h"

#include "lib/conf_value.h"

#include <string.h>

enum { DAY_S = 86400 };

int conf_trace_read(struct conf *conf, struct conf_reading *reading)
{
	struct conf_section section = conf_section_get(reading, "trace", 0);

	conf->trace.keep_s = 7 * DAY_S;
	conf->trace.size = (size_t)2 << 30;
	conf_get_time_s(&section, "keep", 0, 3650u * DAY_S, &conf->trace.keep_s);
	conf_get_size(&section, "size", 1 << 20, UINT64_C(1) << 40, &conf->trace.size);
	return 0;
}
