/* control/journal: events on disk until they are safe elsewhere.
 *
 * A folder of segments, files that only grow: NUMBER.log, numbered on and on over all starts. The first line
 * of one says whose it is
 * ("offhook-journal 1 UUID"), each other line holds an event: its number, a space, the line as it goes to
 * subscribers. A number with "=" before it is a repetition: at the start of a segment what is live is told
 * once more, so that older segments can go. A last line that was torn by a crash is left out; nothing is ever
 * written behind it, since each start begins a segment of its own. The file "acked" holds, as JSON, the
 * newest number that is safe elsewhere, for each start.
 *
 * A segment goes when all of it is acknowledged; the oldest goes, with a warning, when the folder grows over
 * its limit.
 *
 * Threads: the functions are for the main thread, which never waits for a disk to be written: a thread of the
 * journal's own writes what is queued, and syncs ten times a second while there is something to sync. Reading
 * is the main thread's, in bounded steps. Shutdown: journal_free() waits until all is written and synced. */
#ifndef OFFHOOK_CONTROL_JOURNAL_H
#define OFFHOOK_CONTROL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal;

enum { JOURNAL_SWITCH_SIZE = 40 };

/* A line that was read. `text` has its newline. Returns false to stop behind this line. */
struct journal_line {
	const char *switch_id;
	uint64_t seq;
	bool repeated;
	const char *text;
	size_t length;
};
typedef bool journal_line_h(const struct journal_line *line, void *arg);

/* Opens the folder `dir` (made if need be) for this start, and tells `handler` all lines of earlier starts.
 * `max`: bytes on disk. Returns 0, ENOMEM, or the errno of a folder or file that cannot be used. */
int journal_alloc(struct journal **out, const char *dir, const char *switch_id, size_t max,
		  journal_line_h *handler, void *arg) __attribute__((warn_unused_result));
void journal_free(struct journal *journal);

/* From now on segments of earlier starts may go. Until then they stay, whatever is acknowledged: their live
 * calls are not yet told. */
void journal_release(struct journal *journal);

/* Whether the next line of `length` bytes begins a segment: then what is live is to be repeated before it. */
bool journal_turns(struct journal *journal, size_t length);

/* Waits until what is queued is in its file (which outlives this process; not: on the disk), at most five
 * seconds. For the start: it stands still meanwhile. */
void journal_flush(struct journal *journal);

/* Queues a line. It may be dropped, which is counted, when the disk cannot follow. */
void journal_append(struct journal *journal, uint64_t seq, bool repeated, const char *text, size_t length);

/* All events of `switch_id` up to `seq` are safe elsewhere. */
void journal_ack(struct journal *journal, const char *switch_id, uint64_t seq);
/* Newest number that is acknowledged; 0 when there is none. */
uint64_t journal_acked(const struct journal *journal, const char *switch_id);

/* A place in the journal. */
struct journal_cursor {
	uint64_t segment; /* number */
	uint64_t offset;  /* 0: before its first line */
};

/* Sets the cursor to the oldest segment. */
void journal_rewind(const struct journal *journal, struct journal_cursor *cursor);
/* Sets the cursor to the segment of this start that holds `seq`. Returns false when none does. */
bool journal_seek(const struct journal *journal, uint64_t seq, struct journal_cursor *cursor);

/* Tells `handler` the next lines, up to about 64 KiB, and moves the cursor. With `earlier` it stops where
 * this start begins. Returns true while there may be more. */
bool journal_read(struct journal *journal, struct journal_cursor *cursor, bool earlier,
		  journal_line_h *handler, void *arg);

/* How many events of earlier starts are not acknowledged. */
uint64_t journal_earlier(const struct journal *journal);

struct journal_stats {
	uint64_t bytes;	  /* on disk and queued */
	uint64_t dropped; /* events lost to the limit or a failing disk */
};
void journal_stats(struct journal *journal, struct journal_stats *out);

#endif
