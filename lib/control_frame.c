/* control_frame: see control_frame.h. */
#include "lib/control_frame.h"

#include "lib/json_read.h"
#include "lib/json_write.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* `copy` may be NULL. `strict`: without names that an object has twice. */
static int read_line(struct evbuffer *in, size_t line_max, bool strict, json_t **out, char **copy)
{
	struct evbuffer_ptr eol;
	const char *line;
	char *kept = NULL;
	size_t length;
	json_t *message;

	eol = evbuffer_search_eol(in, NULL, NULL, EVBUFFER_EOL_LF);
	if (eol.pos < 0)
		return evbuffer_get_length(in) > line_max ? EMSGSIZE : EAGAIN;
	if ((size_t)eol.pos > line_max)
		return EMSGSIZE;
	length = (size_t)eol.pos;
	line = (const char *)evbuffer_pullup(in, (ev_ssize_t)(length + 1));
	if (!line)
		return ENOMEM;
	if (copy && !(kept = strndup(line, length)))
		return ENOMEM;
	message = strict ? json_loadb(line, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL)
			 : json_read(line, length);
	evbuffer_drain(in, length + 1);
	if (!json_is_object(message)) {
		const int err = message ? EPROTO : EBADMSG;

		json_decref(message);
		free(kept);
		return err;
	}
	*out = message;
	if (copy)
		*copy = kept;
	return 0;
}

int control_frame_read(struct evbuffer *in, json_t **out)
{
	return read_line(in, CONTROL_LINE_MAX, true, out, NULL);
}

int control_frame_read_reply(struct evbuffer *in, json_t **out, char **line)
{
	return read_line(in, CONTROL_REPLY_MAX, false, out, line);
}

int control_frame_write(struct evbuffer *out, const json_t *message)
{
	char *text = json_write(message);
	size_t length;
	int err;

	if (!text)
		return ENOMEM;
	/* One add, so that a line is there whole or not at all. */
	length = strlen(text);
	text[length] = '\n';
	err = evbuffer_add(out, text, length + 1) < 0 ? ENOMEM : 0;
	free(text);
	return err;
}

/* Sets a member, stealing `value`; a NULL `value` is a failure. */
static int put(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value) < 0 ? ENOMEM : 0;
}

static json_t *new_message(void)
{
	json_t *message = json_object();

	if (message && put(message, "jsonrpc", json_string("2.0")) != 0) {
		json_decref(message);
		return NULL;
	}
	return message;
}

/* Puts `params` (stolen, may be NULL) and ends the making of a message that is whole when `err` is 0. */
static json_t *finish(json_t *message, int err, const char *last_name, json_t *last)
{
	if (last && message && err == 0)
		err = put(message, last_name, last);
	else
		json_decref(last);
	if (message && err != 0) {
		json_decref(message);
		message = NULL;
	}
	return message;
}

json_t *control_frame_request(json_int_t id, const char *method, json_t *params)
{
	json_t *message = new_message();
	int err = 0;

	if (message)
		err = put(message, "id", json_integer(id)) || put(message, "method", json_string(method));
	return finish(message, err, "params", params);
}

json_t *control_frame_notification(const char *method, json_t *params)
{
	json_t *message = new_message();
	int err = 0;

	if (message)
		err = put(message, "method", json_string(method));
	return finish(message, err, "params", params);
}

/* `id` (stolen) may be NULL, for a request whose id could not be read: JSON-RPC wants null then. */
static int put_id(json_t *message, json_t *id)
{
	if (!message) {
		json_decref(id);
		return ENOMEM;
	}
	return put(message, "id", id ? id : json_null());
}

json_t *control_frame_result(json_t *id, json_t *result)
{
	json_t *message = new_message();
	int err = put_id(message, id);

	return finish(message, err, "result", result ? result : json_null());
}

json_t *control_frame_error(json_t *id, int code, const char *message_text, json_t *data)
{
	json_t *message = new_message();
	json_t *error = json_object();
	int err = put_id(message, id);

	if (!error || put(error, "code", json_integer(code)) != 0 ||
	    put(error, "message", json_string(message_text)) != 0)
		err = ENOMEM;
	error = finish(error, err, "data", data);
	if (!error)
		err = ENOMEM;
	return finish(message, err, "error", error);
}
