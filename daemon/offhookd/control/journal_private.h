/* control/journal_private: shared by journal.c, journal_reader.c and journal_writer.c, by nobody else. */
#ifndef OFFHOOK_CONTROL_JOURNAL_PRIVATE_H
#define OFFHOOK_CONTROL_JOURNAL_PRIVATE_H

#include "daemon/offhookd/control/journal.h"

#include <sys/queue.h>

struct journal_writer;

struct journal_segment {
	TAILQ_ENTRY(journal_segment) entry; /* oldest first */
	uint64_t number;
	char switch_id[JOURNAL_SWITCH_SIZE];
	bool own;	      /* of this start */
	uint64_t first, last; /* events, repetitions not counted; 0: none */
	uint64_t bytes;
};

struct journal_ack {
	TAILQ_ENTRY(journal_ack) entry;
	char switch_id[JOURNAL_SWITCH_SIZE];
	uint64_t seq;
};

struct journal {
	char *dir;
	char switch_id[JOURNAL_SWITCH_SIZE];
	size_t max, segment_max;
	uint64_t bytes, dropped;
	bool released;
	TAILQ_HEAD(journal_segments, journal_segment)
	segments; /* the last one is being written, if it is ours */
	TAILQ_HEAD(journal_acks, journal_ack) acks;
	struct journal_writer *writer;
};

enum {
	JOURNAL_LINE_MAX = 64 << 20, /* of a file that we read: more is damage */
	JOURNAL_READ = 64 << 10,     /* bytes read in one step */
};

/* Writes the name of a segment's file to `out`. */
enum { JOURNAL_PATH_SIZE = 4096 };
void journal_path(const char *dir, uint64_t number, char out[JOURNAL_PATH_SIZE]);

/* The line behind a segment's name. */
struct journal_segment *journal_segment_add(struct journal *journal, uint64_t number, const char *switch_id);

/* Parses "[=]SEQ TEXT\n" of `length` bytes. Returns false when it is damaged. */
bool journal_parse_line(const char *text, size_t length, struct journal_line *out);

/* Reads the folder at the start. Returns 0, ENOMEM, or an errno. */
int journal_read_all(struct journal *journal, journal_line_h *handler, void *arg)
    __attribute__((warn_unused_result));

/* The thread. Orders are carried out one after the other. */
int journal_writer_alloc(struct journal_writer **out, const char *dir, const char *switch_id)
    __attribute__((warn_unused_result));
/* Carries out what is queued, syncs, ends. */
void journal_writer_free(struct journal_writer *writer);
/* Puts "[=]SEQ TEXT" into the segment. Returns 0, ENOBUFS when too much is queued, or ENOMEM. */
int journal_writer_append(struct journal_writer *writer, uint64_t segment, uint64_t seq, bool repeated,
			  const char *text, size_t length) __attribute__((warn_unused_result));
/* Deletes the segment's file. */
void journal_writer_delete(struct journal_writer *writer, uint64_t segment);
/* Replaces the file "acked" at the next sync. `text` is stolen. */
void journal_writer_acks(struct journal_writer *writer, char *text);
/* See journal_flush(). */
void journal_writer_flush(struct journal_writer *w);
/* Events that could not be written. */
uint64_t journal_writer_lost(struct journal_writer *writer);

#endif
