/* pool: pieces of speech, recognised in threads of their own, in the order in which they came.
 *
 * Threads: everything here on the event base's thread, handlers too. Shutdown: pool_close() waits for what is
 * being recognised, and calls no handler. */
#ifndef OFFHOOK_HEAR_POOL_H
#define OFFHOOK_HEAR_POOL_H

#include "daemon/hear/grammar.h"
#include "daemon/hear/lexicon.h"
#include "daemon/hear/recogniser.h"

struct event_base;
struct pool;

/* A grammar in the shape that recognisers want; it is counted who uses it. */
struct pool_grammar {
	struct recogniser_grammar made; /* must be first */
	struct grammar grammar;
	unsigned users, unknown; /* words that nobody knows how to say */
};
/* Takes over what is in `grammar`, also when it fails. One user. NULL without memory. */
struct pool_grammar *pool_grammar_make(struct grammar *grammar, const struct lexicon *lexicon);
void pool_grammar_drop(struct pool_grammar *grammar);

struct job;
/* err: 0, or an errno. */
typedef void job_h(const struct job *job, void *arg);

struct job {
	struct job *next;
	struct pool_grammar *grammar;
	int16_t *samples;
	size_t count;
	bool final;
	int err;
	struct recogniser_result result;
	job_h *handler; /* NULL: nobody wants to know any more */
	void *arg;
};

/* Threads begin with the first piece; each loads the model of `folder`. Returns 0 or an errno. */
int pool_open(struct pool **out, struct event_base *base, const char *folder, unsigned threads)
    __attribute__((warn_unused_result));
void pool_close(struct pool *pool);

/* A piece for it: a job with copies of the samples. NULL without memory. It is valid until its handler was
 * called, which may be taken off it meanwhile. */
struct job *pool_give(struct pool *pool, struct pool_grammar *grammar, const int16_t *samples, size_t count,
		      bool final, job_h *handler, void *arg);

#endif
