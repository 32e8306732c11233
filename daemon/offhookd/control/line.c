/* control/line: lines that go to many peers; see server.h. */
#include "daemon/offhookd/control/server.h"

#include <stdlib.h>
#include <string.h>

struct control_line {
	unsigned references;
	size_t length;
	char text[];
};

struct control_line *control_line_from_parts(const char *a, size_t a_length, const char *b, size_t b_length,
					     const char *c, size_t c_length)
{
	size_t length = a_length + b_length + c_length;
	struct control_line *line = malloc(sizeof(*line) + length);

	if (!line)
		return NULL;
	line->references = 1;
	line->length = length;
	memcpy(line->text, a, a_length);
	if (b_length)
		memcpy(line->text + a_length, b, b_length);
	if (c_length)
		memcpy(line->text + a_length + b_length, c, c_length);
	return line;
}

struct control_line *control_line_from_text(const char *text, size_t length)
{
	return control_line_from_parts(text, length, NULL, 0, NULL, 0);
}

struct control_line *control_line_alloc(const json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);
	struct control_line *line;
	size_t length;

	if (!text)
		return NULL;
	length = strlen(text);
	/* The newline takes the place of the NUL. */
	text[length] = '\n';
	line = control_line_from_text(text, length + 1);
	free(text);
	return line;
}

struct control_line *control_line_hold(struct control_line *line)
{
	line->references++;
	return line;
}

void control_line_drop(struct control_line *line)
{
	if (line && --line->references == 0)
		free(line);
}

const char *control_line_text(const struct control_line *line)
{
	return line->text;
}

size_t control_line_length(const struct control_line *line)
{
	return line->length;
}
