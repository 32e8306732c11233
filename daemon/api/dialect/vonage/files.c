/* GET /v1/files/{id}, /v3/files/{id}: the sound of a recording. */
#include "daemon/api/call/recordings.h"
#include "daemon/api/dialect/vonage/ask.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes `fd`. */
static bool send_file(struct web_request *request, int fd, const char *type)
{
	struct evbuffer *content = evbuffer_new();
	struct stat info;
	bool ok = content && !fstat(fd, &info) &&
		  (!info.st_size || !evbuffer_add_file(content, fd, 0, info.st_size));

	if (!ok || !info.st_size)
		close(fd);
	if (ok)
		web_reply_buffer(request, 200, type, content);
	if (content)
		evbuffer_free(content);
	return ok;
}

static void on_sound(const struct fault *fault, int fd, const char *type, void *arg)
{
	struct ask *ask = arg;
	struct fault lacks;

	if (fault) {
		vonage_fail(ask, fault);
	} else if (send_file(ask->request, fd, type)) {
		vonage_gone(ask);
	} else {
		fault_no_memory(&lacks);
		vonage_fail(ask, &lacks);
	}
}

void vonage_file(struct ask *ask)
{
	static const struct recording_sound as_it_is = { NULL, 0 };
	struct recording_row row;
	struct fault fault;

	if (!recording_find(&ask->by, ask->id, &row, &fault)) {
		vonage_fail(ask, &fault);
		return;
	}
	recording_hear(&ask->by, &row, &as_it_is, on_sound, ask);
	recording_row_clear(&row);
}
