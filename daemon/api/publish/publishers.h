/* publishers: those that conf { bus } asks for. */
#ifndef OFFHOOK_API_PUBLISH_PUBLISHERS_H
#define OFFHOOK_API_PUBLISH_PUBLISHERS_H

#include "daemon/api/publish/publisher.h"

enum { PUBLISHERS_MAX = 2 };

struct publishers {
	struct publisher *list[PUBLISHERS_MAX];
	size_t count;
};

/* `setup` without a broker. Returns 0; EINVAL with a sentence in `error`: Offhook was built without what one
 * needs; or another errno. */
int publishers_open(struct publishers *publishers, const struct publisher_setup *setup, char *error,
		    size_t size) __attribute__((warn_unused_result));
void publishers_close(struct publishers *publishers);

#endif
