#include "daemon/offhookd/stream/protocol.h"

#include <string.h>

const struct stream_protocol *stream_protocol_find(const char *name)
{
	static const struct stream_protocol *const all[] = { &stream_protocol_twilio, &stream_protocol_vonage,
							     &stream_protocol_plain,
							     &stream_protocol_speech };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}
