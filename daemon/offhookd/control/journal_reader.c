/* control/journal_reader: reading the journal, whole at a start and in steps later; see journal.h. */
#define _GNU_SOURCE /* memrchr */
#include "daemon/offhookd/control/journal_private.h"

#include "lib/log.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char header_start[] = "offhook-journal 1 ";

bool journal_parse_line(const char *text, size_t length, struct journal_line *out)
{
	const char *end = text + length;
	uint64_t seq = 0;

	out->repeated = length > 0 && text[0] == '=';
	text += out->repeated;
	/* 18 digits cannot overflow. */
	for (size_t i = 0; text < end && isdigit((unsigned char)*text) && i < 18; i++)
		seq = seq * 10 + (uint64_t)(*text++ - '0');
	if (seq == 0 || end - text < 4 || text[0] != ' ' || text[1] != '{' || end[-1] != '\n')
		return false;
	out->seq = seq;
	out->text = text + 1;
	out->length = (size_t)(end - out->text);
	return true;
}

/* Reads "offhook-journal 1 UUID\n". Returns its length, or 0. */
static size_t parse_header(const char *text, size_t length, char switch_id[JOURNAL_SWITCH_SIZE])
{
	const char *end = memchr(text, '\n', length);
	size_t start = strlen(header_start);
	size_t id;

	if (!end || (size_t)(end - text) <= start || memcmp(text, header_start, start) != 0)
		return 0;
	id = (size_t)(end - text) - start;
	if (id >= JOURNAL_SWITCH_SIZE)
		return 0;
	memcpy(switch_id, text + start, id);
	switch_id[id] = '\0';
	return (size_t)(end - text) + 1;
}

/* Reads a whole file. */
static int slurp(const char *path, char **out, size_t *out_length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	size_t used = 0;
	char *text = NULL;
	ssize_t n = 1;
	int err = 0;

	if (fd < 0)
		return errno;
	if (fstat(fd, &st) < 0)
		err = errno;
	else if (!S_ISREG(st.st_mode) || st.st_size > INT32_MAX)
		err = EINVAL;
	else if (!(text = malloc((size_t)st.st_size + 1)))
		err = ENOMEM;
	while (err == 0 && n > 0 && used < (size_t)st.st_size) {
		n = read(fd, text + used, (size_t)st.st_size - used);
		if (n < 0)
			err = errno;
		else
			used += (size_t)n;
	}
	close(fd);
	if (err != 0) {
		free(text);
		return err;
	}
	*out = text;
	*out_length = used;
	return 0;
}

/* Tells the lines of a segment to the handler, and notes its first and last event. Returns how many lines
 * were damaged. */
static unsigned scan_lines(struct journal_segment *segment, const char *text, size_t length,
			   journal_line_h *handler, void *arg)
{
	struct journal_line line = { .switch_id = segment->switch_id };
	unsigned damaged = 0;

	while (length > 0) {
		const char *end = memchr(text, '\n', length);
		size_t n = end ? (size_t)(end + 1 - text) : length;

		if (!end || !journal_parse_line(text, n, &line)) {
			damaged++;
		} else {
			if (!line.repeated) {
				segment->first = segment->first ? segment->first : line.seq;
				segment->last = line.seq > segment->last ? line.seq : segment->last;
			}
			handler(&line, arg);
		}
		text += n;
		length -= n;
	}
	return damaged;
}

static int read_segment(struct journal *journal, uint64_t number, journal_line_h *handler, void *arg)
{
	char path[JOURNAL_PATH_SIZE], switch_id[JOURNAL_SWITCH_SIZE] = "";
	struct journal_segment *segment;
	unsigned damaged = 0;
	size_t length = 0, header;
	char *text = NULL;
	int err;

	journal_path(journal->dir, number, path);
	err = slurp(path, &text, &length);
	if (err != 0)
		return err;
	header = parse_header(text, length, switch_id);
	segment = journal_segment_add(journal, number, switch_id);
	if (!segment) {
		free(text);
		return ENOMEM;
	}
	segment->bytes = length;
	journal->bytes += length;
	if (header > 0)
		damaged = scan_lines(segment, text + header, length - header, handler, arg);
	else if (length > 0)
		damaged = 1;
	free(text);
	if (damaged > 0)
		log_warn("journal.damaged", NULL, "segment=%s lines=%u note=%s", log_quote(path), damaged,
			 log_quote("left out; a last line is torn when a process is killed"));
	return 0;
}

static void read_acks(struct journal *journal)
{
	char path[JOURNAL_PATH_SIZE];
	const char *switch_id;
	json_t *acks, *seq;
	json_error_t error;

	snprintf(path, sizeof(path), "%s/acked", journal->dir);
	if (access(path, F_OK) < 0)
		return;
	acks = json_load_file(path, 0, &error);
	if (!json_is_object(acks))
		log_warn("journal.acked_unreadable", NULL, "file=%s error=%s", log_quote(path),
			 log_quote(error.text));
	json_object_foreach(acks, switch_id, seq)
	{
		struct journal_ack *ack = NULL;

		if (json_integer_value(seq) > 0 && strlen(switch_id) < JOURNAL_SWITCH_SIZE)
			ack = calloc(1, sizeof(*ack));
		if (!ack)
			continue;
		strcpy(ack->switch_id, switch_id);
		ack->seq = (uint64_t)json_integer_value(seq);
		TAILQ_INSERT_TAIL(&journal->acks, ack, entry);
	}
	json_decref(acks);
}

static int compare_numbers(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Numbers of the segments in the folder, sorted. */
static int list_segments(const char *dir, uint64_t **out, size_t *out_count)
{
	uint64_t *numbers = NULL, *more;
	size_t count = 0;
	struct dirent *entry;
	DIR *folder = opendir(dir);

	if (!folder)
		return errno;
	while ((entry = readdir(folder)) != NULL) {
		char *end;
		unsigned long long number = strtoull(entry->d_name, &end, 10);

		if (!isdigit((unsigned char)entry->d_name[0]) || strcmp(end, ".log") != 0 || number == 0)
			continue;
		more = realloc(numbers, (count + 1) * sizeof(*numbers));
		if (!more) {
			free(numbers);
			closedir(folder);
			return ENOMEM;
		}
		numbers = more;
		numbers[count++] = number;
	}
	closedir(folder);
	if (count > 1)
		qsort(numbers, count, sizeof(*numbers), compare_numbers);
	*out = numbers;
	*out_count = count;
	return 0;
}

int journal_read_all(struct journal *journal, journal_line_h *handler, void *arg)
{
	uint64_t *numbers = NULL;
	size_t count = 0;
	int err = list_segments(journal->dir, &numbers, &count);

	if (err == 0)
		read_acks(journal);
	for (size_t i = 0; err == 0 && i < count; i++)
		err = read_segment(journal, numbers[i], handler, arg);
	free(numbers);
	return err;
}

void journal_rewind(const struct journal *journal, struct journal_cursor *cursor)
{
	const struct journal_segment *first = TAILQ_FIRST(&journal->segments);

	cursor->segment = first ? first->number : 0;
	cursor->offset = 0;
}

bool journal_seek(const struct journal *journal, uint64_t seq, struct journal_cursor *cursor)
{
	const struct journal_segment *segment;

	TAILQ_FOREACH(segment, &journal->segments, entry) {
		if (segment->own && segment->first && segment->first <= seq && seq <= segment->last) {
			*cursor = (struct journal_cursor){ segment->number, 0 };
			return true;
		}
	}
	return false;
}

/* The segment that the cursor is in, or the next one there is. */
static const struct journal_segment *at_cursor(const struct journal *journal, struct journal_cursor *cursor)
{
	const struct journal_segment *segment;

	TAILQ_FOREACH(segment, &journal->segments, entry) {
		if (segment->number < cursor->segment)
			continue;
		if (segment->number > cursor->segment)
			*cursor = (struct journal_cursor){ segment->number, 0 };
		return segment;
	}
	return NULL;
}

/* Reads at least one whole line at the cursor, when there is one. Returns 0 with a text to free, EAGAIN when
 * there is none. */
static int read_step(const struct journal *journal, const struct journal_cursor *cursor, char **out,
		     size_t *out_length)
{
	char path[JOURNAL_PATH_SIZE];
	size_t size = JOURNAL_READ;
	char *text = NULL, *more;
	int err = EAGAIN, fd;
	ssize_t n;

	journal_path(journal->dir, cursor->segment, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	for (; err == EAGAIN && size <= JOURNAL_LINE_MAX; size *= 4) {
		more = realloc(text, size);
		if (!more) {
			err = ENOMEM;
			break;
		}
		text = more;
		n = pread(fd, text, size, (off_t)cursor->offset);
		if (n > 0 && memrchr(text, '\n', (size_t)n)) {
			*out_length = (size_t)((char *)memrchr(text, '\n', (size_t)n) + 1 - text);
			err = 0;
		} else if (n < (ssize_t)size) {
			break;
		}
	}
	close(fd);
	if (err == 0)
		*out = text;
	else
		free(text);
	return err;
}

/* Moves to the next segment. Returns false when there is none. */
static bool next_segment(const struct journal *journal, struct journal_cursor *cursor)
{
	const struct journal_segment *last = TAILQ_LAST(&journal->segments, journal_segments);

	if (!last || cursor->segment >= last->number)
		return false;
	cursor->segment++;
	cursor->offset = 0;
	return true;
}

bool journal_read(struct journal *journal, struct journal_cursor *cursor, bool earlier,
		  journal_line_h *handler, void *arg)
{
	const struct journal_segment *segment = at_cursor(journal, cursor);
	struct journal_line line;
	const char *at;
	char *text = NULL;
	size_t length = 0;
	bool go_on = true;

	if (!segment || (earlier && segment->own))
		return false;
	line.switch_id = segment->switch_id;
	if (read_step(journal, cursor, &text, &length) != 0)
		return next_segment(journal, cursor);
	for (at = text; go_on && length > 0;) {
		size_t n = (size_t)((const char *)memchr(at, '\n', length) + 1 - at);

		if (journal_parse_line(at, n, &line))
			go_on = handler(&line, arg);
		cursor->offset += n;
		at += n;
		length -= n;
	}
	free(text);
	return true;
}
