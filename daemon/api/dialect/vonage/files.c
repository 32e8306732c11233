/* GET /v1/files/{id}, /v3/files/{id}: the sound of a recording. */
#include "daemon/api/call/recordings.h"
#include "daemon/api/dialect/vonage/ask.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes `fd`. */
static bool send_file(struct web_request *request, int fd)
{
	struct evbuffer *content = evbuffer_new();
	struct stat info;
	bool ok = content && !fstat(fd, &info) &&
		  (!info.st_size || !evbuffer_add_file(content, fd, 0, info.st_size));

	if (!ok || !info.st_size)
		close(fd);
	if (ok)
		web_reply_buffer(request, 200, "audio/wav", content);
	if (content)
		evbuffer_free(content);
	return ok;
}

void vonage_file(struct ask *ask)
{
	struct recording_row row;
	struct fault fault;
	int fd;

	if (!recording_find(&ask->by, ask->id, &row, &fault)) {
		vonage_fail(ask, &fault);
		return;
	}
	fd = recording_open(&row, &fault);
	recording_row_clear(&row);
	if (fd >= 0 && send_file(ask->request, fd)) {
		vonage_gone(ask);
		return;
	}
	if (fd >= 0)
		fault_no_memory(&fault);
	vonage_fail(ask, &fault);
}
