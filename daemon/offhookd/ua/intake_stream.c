/* A connection's bytes, cut into messages. See intake.h. */
#include "daemon/offhookd/ua/intake_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	CHUNK = 16384,
	KEEP = 4096,
	BURST = 64, /* messages that are dealt with here before others have their turn */
};

static bool reserve(struct intake_stream *stream, size_t more)
{
	size_t wanted = stream->size + more;
	char *bytes;

	if (wanted <= stream->capacity)
		return true;
	bytes = realloc(stream->bytes, wanted);
	if (!bytes)
		return false;
	stream->bytes = bytes;
	stream->capacity = wanted;
	return true;
}

/* The message at the front has gone. */
static void next(struct intake_stream *stream)
{
	size_t gone = stream->frame.length;

	memmove(stream->bytes, stream->bytes + gone, stream->size - gone);
	stream->size -= gone;
	stream->given = 0;
	stream->whole = false;
	stream->frame = (struct ua_frame){ 0 };
	if (stream->size == 0 && stream->capacity > KEEP) {
		free(stream->bytes);
		stream->bytes = NULL;
		stream->capacity = 0;
	}
}

/* Looks at what is there. What is refused or dropped makes room for what follows. */
static enum ua_frame_state look(struct intake_stream *stream, const struct intake_wire *wire)
{
	enum ua_frame_state state =
	    ua_frame_look(&stream->frame, stream->bytes, stream->size, intake.message_max);

	stream->whole = state == UA_FRAME_WHOLE || state == UA_FRAME_PAUSE;
	if (state == UA_FRAME_BAD) {
		stream->dead = true;
		intake_give_up(wire, stream->bytes, stream->size, &stream->frame);
	}
	return state;
}

/* Whether sofia-sip is to have the whole message at the front; else it has been dealt with. */
static bool passes(struct intake_stream *stream, const struct intake_wire *wire, enum ua_frame_state state)
{
	struct sockaddr_storage source = { 0 };
	socklen_t size = sizeof source;

	if (state != UA_FRAME_WHOLE)
		return true;
	if (intake_is_busy(0) && getpeername(wire->fd, (struct sockaddr *)&source, &size) == 0 &&
	    intake_weigh(wire, &source, stream->bytes, stream->frame.head, 0) != UA_TAKE)
		return false;
	intake_taken(stream->bytes, stream->frame.head);
	intake_keep(wire, NULL, stream->bytes, stream->frame.head);
	intake_tell_text(wire, NULL, false, stream->bytes, stream->frame.length);
	intake_mend(stream->bytes, stream->frame.head);
	return true;
}

ssize_t intake_stream_fill(struct intake_stream *stream, const struct intake_wire *wire, intake_read_h *read,
			   intake_took_h *took)
{
	unsigned dealt_with = 0;

	while (!stream->dead && !stream->whole) {
		enum ua_frame_state state = stream->size ? look(stream, wire) : UA_FRAME_MORE;
		size_t before = stream->size, taken;
		ssize_t n;

		if (state == UA_FRAME_MORE) {
			if (!reserve(stream, CHUNK)) {
				errno = ENOMEM;
				return -1;
			}
			n = read(wire, stream->bytes + stream->size, CHUNK);
			if (n <= 0)
				return n;
			stream->size += (size_t)n;
			state = look(stream, wire);
			taken = stream->whole && took ? stream->frame.length - before : (size_t)n;
			if (took && state != UA_FRAME_BAD)
				took(wire, taken);
			stream->size = before + taken;
		}
		if (!stream->whole || passes(stream, wire, state))
			continue;
		next(stream);
		if (took && ++dealt_with == BURST) {
			errno = EAGAIN;
			return -1;
		}
	}
	return stream->dead ? 0 : (ssize_t)(stream->frame.length - stream->given);
}

size_t intake_stream_take(struct intake_stream *stream, char *out, size_t max, bool peek)
{
	size_t n;

	if (stream->dead || !stream->whole)
		return 0;
	n = stream->frame.length - stream->given;
	if (n > max)
		n = max;
	memcpy(out, stream->bytes + stream->given, n);
	if (peek)
		return n;
	stream->given += n;
	if (stream->given == stream->frame.length)
		next(stream);
	return n;
}

bool intake_stream_waits(struct intake_stream *stream)
{
	return !stream->dead && stream->size > stream->given;
}

void intake_stream_free(struct intake_stream *stream)
{
	if (!stream)
		return;
	free(stream->bytes);
	free(stream);
}
