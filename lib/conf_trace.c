/* See conf_trace.h. Every default of the section stands here. */
#include "lib/conf_trace.h"

#include "lib/conf_value.h"

#include <errno.h>
#include <string.h>

enum { DAY_S = 86400, HOST_SIZE = 256 };

static int read_hep(struct conf *conf, const struct conf_section *section)
{
	const char *text = conf_value(section, "hep", 0);
	char host[HOST_SIZE];
	uint16_t port = 0;

	conf->trace.hep_id = 1;
	conf_get_number(section, "hep-id", 0, UINT32_MAX, &conf->trace.hep_id);
	if (!text || !text[0])
		return 0;
	if (strncmp(text, "udp:", 4) || !conf_split_host_port(text + 4, host, sizeof host, &port) || !port ||
	    !conf_is_host(host)) {
		conf_fail(section, "hep", 0, "\"%.100s\" is wrong; allowed: \"udp:HOST:PORT\"", text);
		return 0;
	}
	conf->trace.hep_port = port;
	conf->trace.hep_host = strdup(host);
	return conf->trace.hep_host ? 0 : ENOMEM;
}

int conf_trace_read(struct conf *conf, struct conf_reading *reading)
{
	struct conf_section section = conf_section_get(reading, "trace", 0);

	conf->trace.keep_s = 7 * DAY_S;
	conf->trace.size = (size_t)2 << 30;
	conf_get_time_s(&section, "keep", 0, 3650u * DAY_S, &conf->trace.keep_s);
	conf_get_size(&section, "size", 1 << 20, UINT64_C(1) << 40, &conf->trace.size);
	conf->trace.rtp = true;
	conf_get_bool(&section, "rtp", &conf->trace.rtp);
	return read_hep(conf, &section);
}
