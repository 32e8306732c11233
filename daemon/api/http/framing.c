#include "daemon/api/http/framing_private.h"

#include <stdio.h>
#include <string.h>

enum state {
	START, /* the request line is to come */
	FIELDS,
	BODY,
	DROPPED_BODY,
	CHUNK_SIZE,
	CHUNK,
	CHUNK_END,
	TRAILERS,
	WAITING,
	THROUGH,
	REFUSED,
};

void framing_init(struct framing *framing, uint64_t body_max)
{
	framing_classes_init();
	*framing = (struct framing){ .state = START, .body_max = body_max };
}

static void refuse(struct framing *framing, struct framing_part *part, int status, const char *why)
{
	part->what = FRAMING_REFUSE;
	part->within = framing->state > FIELDS;
	part->status = status;
	part->why = why;
	framing->state = REFUSED;
}

static void end_message(struct framing *framing)
{
	framing->refused_head = false;
	framing->state = framing->upgrade ? WAITING : START;
}

static void begin_body(struct framing *framing)
{
	if (framing->chunked)
		framing->state = CHUNK_SIZE;
	else if (framing->left)
		framing->state = framing->bodyless ? DROPPED_BODY : BODY;
	else
		end_message(framing);
}

/* Lines */

/* The next whole line, without its end, or NULL: part says whether more is needed or what is wrong. */
static const char *next_line(struct framing *framing, const char *data, size_t size, size_t *length,
			     size_t line_max, struct framing_part *part)
{
	const char *line = data + framing->line,
		   *end = memchr(data + framing->seen, '\n', size - framing->seen);
	size_t so_far = (end ? (size_t)(end + 1 - data) : size) - framing->line;

	if (so_far > line_max || framing->line + so_far > FRAMING_HEAD_MAX) {
		if (framing->state == CHUNK_SIZE)
			refuse(framing, part, 400, "The line with the size of a chunk is too long.");
		else if (framing->state == START)
			refuse(framing, part, 414, "The request line is too long.");
		else
			refuse(framing, part, 431, "The headers are too long.");
		return NULL;
	}
	if (!end) {
		framing->seen = (uint32_t)size;
		return NULL;
	}
	if (end == line || end[-1] != '\r') {
		refuse(framing, part, 400, "A line must end with CR and LF.");
		return NULL;
	}
	*length = (size_t)(end - 1 - line);
	framing->line = framing->seen = (uint32_t)(end + 1 - data);
	return line;
}

/* What lines there were has been decided upon. */
static void take_lines(struct framing *framing, struct framing_part *part, enum framing_what what)
{
	part->what = what;
	part->size = framing->line;
	framing->line = framing->seen = 0;
}

static void next_of_head(struct framing *framing, const char *data, size_t size, struct framing_part *part)
{
	const char *line, *why = NULL;
	size_t length;
	int status = 0;

	/* Somebody who does not speak HTTP at all need not end a line to be told. */
	if (framing->state == START && *data != '\r' && *data != '\n' && !framing_is_all(data, 1, TOKEN)) {
		refuse(framing, part, 400, "This is no HTTP request.");
		return;
	}
	while (!status && (line = next_line(framing, data, size, &length, FRAMING_LINE_MAX, part))) {
		if (framing->state == START && !length) {
			/* Before a request line, empty ones are passed over (RFC 9112, section 2.2). */
			take_lines(framing, part, FRAMING_DROP);
			return;
		}
		if (framing->state == START) {
			status = framing_read_request_line(framing, line, length, &why);
			framing->state = FIELDS;
		} else if (length) {
			status = framing_read_header(framing, line, length, &why);
		} else {
			status = framing_check_head(framing, &why);
			if (status)
				break;
			take_lines(framing, part, FRAMING_PASS);
			part->head = true;
			begin_body(framing);
			return;
		}
	}
	if (status)
		refuse(framing, part, status, why);
}

/* Chunks (RFC 9112, section 7.1) */

/* Returns how many digits the size has, 0 when it is none. */
static size_t read_chunk_size(const char *line, size_t length, uint64_t *size)
{
	size_t digits = 0;

	for (*size = 0; digits < length; digits++) {
		char c = line[digits];
		int value = c >= '0' && c <= '9'		 ? c - '0'
			    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
								 : -1;

		if (value < 0)
			break;
		if (digits == 15)
			return 0;
		*size = *size * 16 + (uint64_t)value;
	}
	return digits;
}

static void next_size(struct framing *framing, const char *data, size_t size, struct framing_part *part)
{
	size_t length, digits;
	const char *line = next_line(framing, data, size, &length, FRAMING_CHUNK_LINE_MAX, part), *rest;

	if (!line)
		return;
	digits = read_chunk_size(line, length, &framing->left);
	rest = line + digits;
	while (rest < line + length && (*rest == ' ' || *rest == '\t'))
		rest++;
	if (!digits || (rest < line + length && *rest != ';') ||
	    !framing_is_all(rest, (size_t)(line + length - rest), VALUE)) {
		refuse(framing, part, 400, "The size of a chunk must be a hexadecimal number.");
		return;
	}
	if (framing->left > framing->body_max - framing->body) {
		refuse(framing, part, 413, "The request body is too large.");
		return;
	}
	framing->body += framing->left;
	take_lines(framing, part, framing->left ? FRAMING_REPLACE : FRAMING_DROP);
	if (framing->left)
		snprintf(part->text, sizeof part->text, "%llx\r\n", (unsigned long long)framing->left);
	framing->state = framing->left ? CHUNK : TRAILERS;
}

static void next_chunk_end(struct framing *framing, const char *data, size_t size, struct framing_part *part)
{
	if (data[0] != '\r' || (size > 1 && data[1] != '\n')) {
		refuse(framing, part, 400, "A chunk must end with CR and LF.");
	} else if (size > 1) {
		part->what = FRAMING_PASS;
		part->size = 2;
		framing->state = CHUNK_SIZE;
	}
}

static void next_trailer(struct framing *framing, const char *data, size_t size, struct framing_part *part)
{
	const char *line, *colon, *why;
	size_t length;

	while ((line = next_line(framing, data, size, &length, FRAMING_LINE_MAX, part))) {
		int status = length ? framing_read_field(line, length, &colon, &why) : 0;

		if (!length) {
			take_lines(framing, part, FRAMING_REPLACE);
			memcpy(part->text, "0\r\n\r\n", sizeof "0\r\n\r\n");
			end_message(framing);
			return;
		}
		if (!status && ++framing->fields > FRAMING_FIELDS_MAX) {
			status = 431;
			why = "There are too many trailers.";
		}
		if (status) {
			refuse(framing, part, status, why);
			return;
		}
	}
}

/* Bytes that need only be counted. */
static void next_counted(struct framing *framing, size_t size, struct framing_part *part)
{
	bool drops = framing->state == DROPPED_BODY || framing->state == REFUSED;

	part->what = drops ? FRAMING_DROP : FRAMING_PASS;
	part->size = size;
	if (framing->state == THROUGH || framing->state == REFUSED)
		return;
	if (part->size > framing->left)
		part->size = (size_t)framing->left;
	framing->left -= part->size;
	if (framing->left)
		return;
	if (framing->state == CHUNK)
		framing->state = CHUNK_END;
	else
		end_message(framing);
}

void framing_next(struct framing *framing, const char *data, size_t size, struct framing_part *part)
{
	*part = (struct framing_part){ .what = FRAMING_MORE };
	switch ((enum state)framing->state) {
	case START:
	case FIELDS:
		next_of_head(framing, data, size, part);
		break;
	case BODY:
	case DROPPED_BODY:
	case CHUNK:
	case THROUGH:
	case REFUSED:
		next_counted(framing, size, part);
		break;
	case CHUNK_SIZE:
		next_size(framing, data, size, part);
		break;
	case CHUNK_END:
		next_chunk_end(framing, data, size, part);
		break;
	case TRAILERS:
		next_trailer(framing, data, size, part);
		break;
	case WAITING:
		break;
	}
}

bool framing_counts(const struct framing *framing)
{
	switch ((enum state)framing->state) {
	case BODY:
	case DROPPED_BODY:
	case CHUNK:
	case WAITING:
	case THROUGH:
	case REFUSED:
		return true;
	default:
		return false;
	}
}

bool framing_waits(const struct framing *framing)
{
	return framing->state == WAITING;
}

void framing_go_on(struct framing *framing)
{
	if (framing->state == WAITING)
		framing->state = START;
}

void framing_let_through(struct framing *framing)
{
	framing->state = THROUGH;
}

bool framing_is_through(const struct framing *framing)
{
	return framing->state == THROUGH;
}

bool framing_wants_head(const struct framing *framing)
{
	return framing->refused_head;
}
