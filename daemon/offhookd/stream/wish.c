#include "daemon/offhookd/stream/wish.h"

#include "daemon/offhookd/stream/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int copy_headers(struct peer_setup *setup, const json_t *headers)
{
	size_t n = 0;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)headers, name, value)
	{
		size_t size;

		if (n == PEER_HEADERS_MAX || !json_is_string(value))
			return EINVAL;
		size = strlen(name) + json_string_length(value) + 3;
		setup->headers[n] = malloc(size);
		if (!setup->headers[n])
			return ENOMEM;
		snprintf(setup->headers[n++], size, "%s: %s", name, json_string_value(value));
	}
	return 0;
}

static char *copy(const char *text, int *err)
{
	char *out = text ? strdup(text) : NULL;

	if (text && !out)
		*err = ENOMEM;
	return out;
}

int stream_wish_fill(struct peer_setup *setup, const struct stream_wish *w, const struct conf *conf)
{
	int err = copy_headers(setup, w->headers);

	setup->url = copy(w->url, &err);
	setup->subprotocol = copy(w->subprotocol, &err);
	setup->stop = copy(w->stop, &err);
	setup->start = w->start ? json_deep_copy(w->start) : NULL;
	setup->protocol = stream_protocol_find(w->protocol);
	setup->rate = w->rate;
	setup->tracks = w->tracks;
	setup->speaks = w->speaks;
	setup->drains = w->drains;
	setup->begins = w->begins;
	if (!setup->protocol)
		err = EINVAL;
	if (!err)
		err = conf_strings_copy(&setup->deny, &conf->api.deny_addresses);
	return err;
}
