/* See publishers.h. */
#include "daemon/api/publish/publishers.h"

#include <errno.h>
#include <stdio.h>

static int open_one(struct publishers *publishers, const struct publisher_setup *setup,
		    const struct broker *broker, const char *option, char *error, size_t size)
{
	struct publisher_setup mine = *setup;
	int err;

	if (!broker) {
		snprintf(error, size, "bus { %s }: this offhook-api was built without the library for it",
			 option);
		return EINVAL;
	}
	mine.broker = broker;
	err = publisher_alloc(&publishers->list[publishers->count], &mine);
	if (!err)
		publishers->count++;
	return err;
}

int publishers_open(struct publishers *publishers, const struct publisher_setup *setup, char *error,
		    size_t size)
{
	int err = setup->conf->nats ? open_one(publishers, setup, broker_nats, "nats", error, size) : 0;

	return !err && setup->conf->redis ? open_one(publishers, setup, broker_redis, "redis", error, size)
					  : err;
}

void publishers_close(struct publishers *publishers)
{
	while (publishers->count)
		publisher_free(publishers->list[--publishers->count]);
}
