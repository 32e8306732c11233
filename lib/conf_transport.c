/* What transports are called. See conf.h. */
#include "lib/conf.h"

const char *conf_transport_name(enum conf_transport transport)
{
	static const char *const names[] = {
		[CONF_UDP] = "udp",   [CONF_TCP] = "tcp",     [CONF_TLS] = "tls",
		[CONF_HTTP] = "http", [CONF_HTTPS] = "https",
	};

	return names[transport];
}
