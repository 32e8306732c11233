/* conf_output: see conf_output.h. */
#include "lib/conf_output.h"

#include <stdlib.h>
#include <string.h>

static void grow(struct conf_source *source, size_t more)
{
	size_t capacity = source->capacity ? source->capacity : 4096;
	char *text;

	while (capacity < source->length + more)
		capacity *= 2;
	if (capacity == source->capacity)
		return;
	text = realloc(source->text, capacity);
	if (!text) {
		source->no_memory = true;
		return;
	}
	source->text = text;
	source->capacity = capacity;
}

static void put_bytes(struct conf_source *source, const char *text, size_t length)
{
	grow(source, length + 1);
	if (source->no_memory)
		return;
	memcpy(source->text + source->length, text, length);
	source->length += length;
	source->text[source->length] = '\0';
}

static void put_line(struct conf_source *source, const char *file, int line)
{
	if (source->line_count == source->line_capacity) {
		size_t capacity = source->line_capacity ? source->line_capacity * 2 : 256;
		struct conf_place *lines = realloc(source->lines, capacity * sizeof(*lines));

		if (!lines) {
			source->no_memory = true;
			return;
		}
		source->lines = lines;
		source->line_capacity = capacity;
	}
	source->lines[source->line_count].file = file;
	source->lines[source->line_count++].line = line;
}

/* Puts out a token, on a line of the output that stands for the token's. */
void conf_put_token(struct conf_source *source, const char *file, const struct conf_token *token)
{
	const struct conf_place *last = source->line_count ? &source->lines[source->line_count - 1] : NULL;
	int line = token->line;

	if (!last || last->file != file || last->line != line) {
		if (last)
			put_bytes(source, "\n", 1);
		put_line(source, file, line);
	}
	put_bytes(source, token->text, token->length);
	put_bytes(source, " ", 1);
	for (size_t i = 0; i < token->length; i++) {
		if (token->text[i] == '\n')
			put_line(source, file, ++line);
	}
}

void conf_put_sign(struct conf_source *source, const char *file, const char *sign, int line)
{
	struct conf_token token = { CONF_TOKEN_WORD, sign, strlen(sign), line, false };

	conf_put_token(source, file, &token);
}

struct conf_mark conf_set_mark(const struct conf_source *source)
{
	return (struct conf_mark){ source->length, source->line_count };
}

void conf_take_back(struct conf_source *source, struct conf_mark mark)
{
	source->length = mark.length;
	source->line_count = mark.line_count;
	if (source->text)
		source->text[mark.length] = '\0';
}

void conf_put_begin(struct conf_source *source)
{
	put_bytes(source, "", 0);
}
