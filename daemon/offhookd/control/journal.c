/* control/journal: segments, acknowledgements and limits, the main thread's side; see journal.h. */
#include "daemon/offhookd/control/journal_private.h"

#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SEGMENT_MIN = 64 << 10, SEGMENT_MAX = 16 << 20, SEGMENTS = 16 };

void journal_path(const char *dir, uint64_t number, char out[JOURNAL_PATH_SIZE])
{
	snprintf(out, JOURNAL_PATH_SIZE, "%s/%010" PRIu64 ".log", dir, number);
}

struct journal_segment *journal_segment_add(struct journal *journal, uint64_t number, const char *switch_id)
{
	struct journal_segment *segment = calloc(1, sizeof(*segment));

	if (!segment)
		return NULL;
	segment->number = number;
	snprintf(segment->switch_id, sizeof(segment->switch_id), "%s", switch_id);
	segment->own = strcmp(switch_id, journal->switch_id) == 0;
	TAILQ_INSERT_TAIL(&journal->segments, segment, entry);
	return segment;
}

static struct journal_ack *find_ack(const struct journal *journal, const char *switch_id)
{
	struct journal_ack *ack;

	TAILQ_FOREACH(ack, &journal->acks, entry) {
		if (strcmp(ack->switch_id, switch_id) == 0)
			return ack;
	}
	return NULL;
}

uint64_t journal_acked(const struct journal *journal, const char *switch_id)
{
	const struct journal_ack *ack = find_ack(journal, switch_id);

	return ack ? ack->seq : 0;
}

/* How many events of the segment are not acknowledged; its numbers have no gaps but what was dropped. */
static uint64_t unacked(const struct journal *journal, const struct journal_segment *segment)
{
	uint64_t acked = journal_acked(journal, segment->switch_id);

	if (segment->first == 0 || segment->last <= acked)
		return 0;
	return segment->last - (segment->first > acked ? segment->first - 1 : acked);
}

static void remove_segment(struct journal *journal, struct journal_segment *segment)
{
	TAILQ_REMOVE(&journal->segments, segment, entry);
	journal->bytes -= segment->bytes;
	journal_writer_delete(journal->writer, segment->number);
	free(segment);
}

/* Whether a segment may go: it is not the one being written, nor one whose live calls are still to be told.
 */
static bool may_go(const struct journal *journal, const struct journal_segment *segment)
{
	return journal->released &&
	       (!segment->own || segment != TAILQ_LAST(&journal->segments, journal_segments));
}

/* Removes what is acknowledged, and what is over the limit. */
static void prune(struct journal *journal)
{
	struct journal_segment *segment, *next;
	uint64_t lost;

	for (segment = TAILQ_FIRST(&journal->segments); segment; segment = next) {
		next = TAILQ_NEXT(segment, entry);
		if (may_go(journal, segment) && unacked(journal, segment) == 0)
			remove_segment(journal, segment);
	}
	while (journal->bytes > journal->max && (segment = TAILQ_FIRST(&journal->segments)) != NULL &&
	       may_go(journal, segment)) {
		lost = unacked(journal, segment);
		journal->dropped += lost;
		log_warn("journal.full", NULL,
			 "limit=%zu lost_events=%" PRIu64 " switch=%s from=%" PRIu64 " to=%" PRIu64,
			 journal->max, lost, segment->switch_id, segment->first, segment->last);
		remove_segment(journal, segment);
	}
}

static void free_lists(struct journal *journal)
{
	struct journal_segment *segment;
	struct journal_ack *ack;

	while ((segment = TAILQ_FIRST(&journal->segments)) != NULL) {
		TAILQ_REMOVE(&journal->segments, segment, entry);
		free(segment);
	}
	while ((ack = TAILQ_FIRST(&journal->acks)) != NULL) {
		TAILQ_REMOVE(&journal->acks, ack, entry);
		free(ack);
	}
}

int journal_alloc(struct journal **out, const char *dir, const char *switch_id, size_t max,
		  journal_line_h *handler, void *arg)
{
	struct journal *journal;
	int err = ENOMEM;

	if (strlen(switch_id) >= JOURNAL_SWITCH_SIZE || strlen(dir) > JOURNAL_PATH_SIZE - 64)
		return EINVAL;
	journal = calloc(1, sizeof(*journal));
	if (!journal)
		return ENOMEM;
	TAILQ_INIT(&journal->segments);
	TAILQ_INIT(&journal->acks);
	journal->max = max;
	journal->segment_max = max / SEGMENTS < SEGMENT_MIN ? SEGMENT_MIN : max / SEGMENTS;
	journal->segment_max = journal->segment_max > SEGMENT_MAX ? SEGMENT_MAX : journal->segment_max;
	strcpy(journal->switch_id, switch_id);
	journal->dir = strdup(dir);
	if (!journal->dir)
		goto out;
	err = mkdir(dir, 0750) < 0 && errno != EEXIST ? errno : 0;
	if (err == 0)
		err = journal_read_all(journal, handler, arg);
	if (err == 0)
		err = journal_writer_alloc(&journal->writer, dir, switch_id);
	if (err != 0)
		goto out;
	*out = journal;
	return 0;
out:
	free_lists(journal);
	free(journal->dir);
	free(journal);
	return err;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	journal_writer_free(journal->writer);
	free_lists(journal);
	free(journal->dir);
	free(journal);
}

void journal_release(struct journal *journal)
{
	journal->released = true;
	prune(journal);
}

void journal_flush(struct journal *journal)
{
	journal_writer_flush(journal->writer);
}

/* The segment that is being written, or NULL. */
static struct journal_segment *current(const struct journal *journal)
{
	struct journal_segment *last = TAILQ_LAST(&journal->segments, journal_segments);

	return last && last->own ? last : NULL;
}

bool journal_turns(struct journal *journal, size_t length)
{
	const struct journal_segment *last = TAILQ_LAST(&journal->segments, journal_segments);
	const struct journal_segment *segment = current(journal);

	if (segment && (segment->last == 0 || segment->bytes + length <= journal->segment_max))
		return false;
	return journal_segment_add(journal, last ? last->number + 1 : 1, journal->switch_id) != NULL;
}

void journal_append(struct journal *journal, uint64_t seq, bool repeated, const char *text, size_t length)
{
	struct journal_segment *segment = current(journal);
	int err = segment
		      ? journal_writer_append(journal->writer, segment->number, seq, repeated, text, length)
		      : ENOMEM;

	if (err != 0) {
		if (journal->dropped++ % 1000 == 0)
			log_warn("journal.dropped", NULL, "seq=%" PRIu64 " error=%s", seq,
				 log_quote(strerror(err)));
		return;
	}
	/* A number, a space and perhaps a sign stand before each line. */
	segment->bytes += length + 8;
	journal->bytes += length + 8;
	if (!repeated) {
		segment->first = segment->first ? segment->first : seq;
		segment->last = seq;
	}
	if (journal->bytes > journal->max)
		prune(journal);
}

/* Forgets acknowledgements of starts that have no segment any more. */
static void forget_acks(struct journal *journal)
{
	const struct journal_segment *segment;
	struct journal_ack *ack, *next;

	for (ack = TAILQ_FIRST(&journal->acks); ack; ack = next) {
		next = TAILQ_NEXT(ack, entry);
		TAILQ_FOREACH(segment, &journal->segments, entry) {
			if (strcmp(segment->switch_id, ack->switch_id) == 0)
				break;
		}
		if (segment || strcmp(ack->switch_id, journal->switch_id) == 0)
			continue;
		TAILQ_REMOVE(&journal->acks, ack, entry);
		free(ack);
	}
}

static void write_acks(struct journal *journal)
{
	json_t *all = json_object();
	struct journal_ack *ack;
	char *text;

	TAILQ_FOREACH(ack, &journal->acks, entry)
		json_object_set_new(all, ack->switch_id, json_integer((json_int_t)ack->seq));
	text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	/* Without memory some events will be told once more. */
	if (text)
		journal_writer_acks(journal->writer, text);
}

void journal_ack(struct journal *journal, const char *switch_id, uint64_t seq)
{
	struct journal_ack *ack = find_ack(journal, switch_id);
	const struct journal_segment *segment;

	if (ack && seq <= ack->seq)
		return;
	if (!ack) {
		TAILQ_FOREACH(segment, &journal->segments, entry) {
			if (strcmp(segment->switch_id, switch_id) == 0)
				break;
		}
		/* A start of which nothing is kept, or none of ours. */
		if (!segment)
			return;
		ack = calloc(1, sizeof(*ack));
		if (!ack)
			return;
		snprintf(ack->switch_id, sizeof(ack->switch_id), "%s", switch_id);
		TAILQ_INSERT_TAIL(&journal->acks, ack, entry);
	}
	ack->seq = seq;
	prune(journal);
	forget_acks(journal);
	write_acks(journal);
}

uint64_t journal_earlier(const struct journal *journal)
{
	const struct journal_segment *segment;
	uint64_t count = 0;

	TAILQ_FOREACH(segment, &journal->segments, entry) {
		if (!segment->own)
			count += unacked(journal, segment);
	}
	return count;
}

void journal_stats(struct journal *journal, struct journal_stats *out)
{
	out->bytes = journal->bytes;
	out->dropped = journal->dropped + journal_writer_lost(journal->writer);
}
