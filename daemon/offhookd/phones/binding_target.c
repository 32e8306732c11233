/* See binding_target.h. */
#include "daemon/offhookd/phones/binding_target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The source is "udp:192.0.2.7:5060". */
int binding_target(struct binding_target *out, const struct binding *binding)
{
	const char *source = binding->source, *address = strchr(source, ':');

	if (!address)
		return EINVAL;
	snprintf(out->route, sizeof out->route, "sip:%s;transport=%.3s", address + 1, source);
	out->target = (struct ua_target){ .uri = binding->uri,
					  .route = out->route,
					  .path = binding->path,
					  .transport = strncmp(source, "tls:", 4) == 0	 ? CONF_TLS
						       : strncmp(source, "tcp:", 4) == 0 ? CONF_TCP
											 : CONF_UDP,
					  .family = address[1] == '[' ? AF_INET6 : AF_INET,
					  .listener = binding->listener };
	return 0;
}
