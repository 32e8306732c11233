/* What is in a ladder. See ladder.h. */
#include "lib/ladder_private.h"

#include "lib/json_get.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Cuts at the end of a character, and leaves nothing that a terminal would obey. */
static void tidy(char *text)
{
	size_t n = strlen(text);

	while (n && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
		n--;
	if (n && (unsigned char)text[n - 1] >= 0xc0) {
		unsigned char first = (unsigned char)text[n - 1];
		size_t wanted = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;

		if (strlen(text) - (n - 1) < wanted)
			text[n - 1] = '\0';
	}
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f ||
		    ((unsigned char)*text == 0xc2 && (unsigned char)text[1] < 0xa0)) {
			if ((unsigned char)*text == 0xc2)
				text[1] = '?';
			*text = '?';
		}
}

char *ladder_label(const json_t *message, char out[LADDER_LABEL_SIZE])
{
	json_int_t code = json_integer_value(json_object_get(message, "code"));
	const char *text = json_member_text(message, "text"), *body = strstr(text, "\r\n\r\n");
	const char *sdp = body && strncmp(body + 4, "v=0", 3) == 0 ? " (SDP)" : "";

	if (code)
		snprintf(out, LADDER_LABEL_SIZE, "%d %.40s%s", (int)code, json_member_text(message, "phrase"),
			 sdp);
	else
		snprintf(out, LADDER_LABEL_SIZE, "%.40s%s", json_member_text(message, "method"), sdp);
	tidy(out);
	return out;
}

static size_t column_of(struct ladder *ladder, const char *address)
{
	for (size_t i = 0; i < ladder->column_count; i++)
		if (strcmp(ladder->columns[i], address) == 0)
			return i;
	if (ladder->column_count == LADDER_COLUMNS_MAX) {
		strcpy(ladder->columns[LADDER_COLUMNS_MAX - 1], "…");
		return LADDER_COLUMNS_MAX - 1;
	}
	snprintf(ladder->columns[ladder->column_count], sizeof ladder->columns[0], "%s", address);
	tidy(ladder->columns[ladder->column_count]);
	return ladder->column_count++;
}

/* Returns 0 or ENOMEM. */
static int read_trace(struct ladder *out, const json_t *trace)
{
	const json_t *messages = json_object_get(trace, "messages"), *message;
	size_t i;

	memset(out, 0, sizeof *out);
	out->arrows = calloc(json_array_size(messages) + 1, sizeof *out->arrows);
	if (!out->arrows)
		return ENOMEM;
	json_array_foreach((json_t *)messages, i, message)
	{
		bool sent = json_is_true(json_object_get(message, "sent"));
		struct ladder_arrow *arrow = &out->arrows[out->count++];

		arrow->time_us = json_integer_value(json_object_get(message, "time_us"));
		arrow->from = column_of(out, json_member_text(message, sent ? "local" : "remote"));
		arrow->to = column_of(out, json_member_text(message, sent ? "remote" : "local"));
		ladder_label(message, arrow->label);
	}
	return 0;
}

FILE *ladder_open(struct ladder *ladder, const json_t *trace)
{
	FILE *out = NULL;

	if (read_trace(ladder, trace) == 0)
		out = open_memstream(&ladder->text, &ladder->size);
	if (!out)
		free(ladder->arrows);
	return out;
}

char *ladder_close(struct ladder *ladder, FILE *out)
{
	bool bad = ferror(out) != 0;

	free(ladder->arrows);
	if (fclose(out) != 0 || bad) {
		free(ladder->text);
		return NULL;
	}
	return ladder->text;
}
