/* control/line: lines that go to many peers; see server.h. */
#include "daemon/offhookd/control/server.h"

#include <stdlib.h>
#include <string.h>

struct control_line {
	unsigned references;
	size_t length;
	char text[];
};

struct control_line *control_line_from_parts(const char *head, size_t head_length, const char *tail,
					     size_t tail_length)
{
	size_t length = head_length + tail_length;
	struct control_line *line = malloc(sizeof(*line) + length);

	if (!line)
		return NULL;
	line->references = 1;
	line->length = length;
	memcpy(line->text, head, head_length);
	if (tail_length)
		memcpy(line->text + head_length, tail, tail_length);
	return line;
}

struct control_line *control_line_from_text(const char *text, size_t length)
{
	return control_line_from_parts(text, length, NULL, 0);
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
