/* Fuzz target: what comes on the control socket, and lines of the journal. */
#include "daemon/offhookd/control/journal_private.h"
#include "lib/control_frame.h"
#include "lib/json_get.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_members(const json_t *message)
{
	static const char *const names[] = { "a", "b", NULL };
	struct json_get g;
	const json_t *value;
	const char *text;
	int64_t number;
	int index;
	bool flag;

	json_get_init(&g, message);
	json_get_string(&g, "id", false, &text);
	json_get_int(&g, "since", false, 0, 100, &number);
	json_get_bool(&g, "journal", false, &flag);
	json_get_enum(&g, "by", false, names, &index);
	json_get_object(&g, "params", false, &value);
	json_get_array(&g, "files", false, &value);
	json_get_only(&g, names);
	if (json_get_status(&g) != 0) {
		/* What is wrong goes into a reply. */
		json_t *data = json_pack("{s:s, s:s}", "field", g.field, "error", g.error);

		if (!data)
			abort();
		json_decref(data);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evbuffer *in = evbuffer_new(), *out = evbuffer_new();
	struct journal_line line;
	json_t *message = NULL;
	int err;

	/* In two pieces, as a socket would bring it. */
	evbuffer_add(in, data, size / 2);
	err = control_frame_read(in, &message);
	if (err == 0)
		json_decref(message);
	evbuffer_add(in, data + size / 2, size - size / 2);
	while ((err = control_frame_read(in, &message)) != EAGAIN && err != EMSGSIZE) {
		if (err != 0)
			continue;
		read_members(message);
		if (control_frame_write(out, message) != 0)
			abort();
		json_decref(message);
	}
	/* What was written can be read. */
	while ((err = control_frame_read(out, &message)) == 0)
		json_decref(message);
	if (err != EAGAIN)
		abort();
	if (journal_parse_line((const char *)data, size, &line) && (line.seq == 0 || line.length == 0))
		abort();
	evbuffer_free(in);
	evbuffer_free(out);
	return 0;
}
