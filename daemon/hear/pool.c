#include "daemon/hear/pool.h"

#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { THREADS_MAX = 64 };

struct line {
	struct job *first, **last;
};

struct pool {
	pthread_mutex_t mutex; /* guards the lines and `stop` */
	pthread_cond_t wake;
	struct line waiting, done;
	bool stop;
	pthread_t threads[THREADS_MAX];
	unsigned running, most;
	char *folder;
	int bell;
	struct event *rung;
};

static void put(struct line *line, struct job *job)
{
	job->next = NULL;
	*line->last = job;
	line->last = &job->next;
}

static struct job *take(struct line *line)
{
	struct job *job = line->first;

	if (job && !(line->first = job->next))
		line->last = &line->first;
	return job;
}

static void job_free(struct job *job)
{
	pool_grammar_drop(job->grammar);
	free(job->samples);
	free(job);
}

/* ---- grammars ---- */

struct adding {
	struct pool_grammar *of;
	const char *word;
	unsigned count;
	size_t room;
	struct recogniser_word *words;
	bool full;
};

static void add(const char *phones, void *arg)
{
	struct adding *a = arg;
	struct recogniser_grammar *made = &a->of->made;
	char name[GRAMMAR_HINT_MAX + 16];

	if (made->word_count == a->room) {
		const size_t room = a->room ? 2 * a->room : 64;
		struct recogniser_word *words = realloc(a->words, room * sizeof *words);

		a->full = a->full || !words;
		if (!words)
			return;
		a->words = words;
		a->room = room;
	}
	made->words = a->words;
	if (a->count++)
		snprintf(name, sizeof name, "%s(%u)", a->word, a->count);
	else
		snprintf(name, sizeof name, "%s", a->word);
	a->words[made->word_count] = (struct recogniser_word){ strdup(name), strdup(phones) };
	a->full = a->full || !a->words[made->word_count].name || !a->words[made->word_count].phones;
	made->word_count++;
}

struct pool_grammar *pool_grammar_make(struct grammar *grammar, const struct lexicon *lexicon)
{
	static uint64_t numbers;
	struct pool_grammar *g = calloc(1, sizeof *g);
	struct adding a = { .of = g };

	if (!g) {
		grammar_clear(grammar);
		return NULL;
	}
	g->grammar = *grammar;
	*grammar = (struct grammar){ 0 };
	g->users = 1;
	g->made.number = ++numbers;
	g->made.jsgf = g->grammar.jsgf;
	for (size_t i = 0; i < g->grammar.word_count; i++) {
		a.word = g->grammar.words[i];
		a.count = 0;
		g->unknown += !lexicon_find(lexicon, a.word, add, &a);
	}
	if (!a.full)
		return g;
	pool_grammar_drop(g);
	return NULL;
}

void pool_grammar_drop(struct pool_grammar *g)
{
	if (!g || --g->users)
		return;
	for (size_t i = 0; i < g->made.word_count; i++) {
		free(g->made.words[i].name);
		free(g->made.words[i].phones);
	}
	free((void *)g->made.words);
	grammar_clear(&g->grammar);
	free(g);
}

/* ---- the threads ---- */

static struct job *next_job(struct pool *pool)
{
	struct job *job;

	pthread_mutex_lock(&pool->mutex);
	while (!(job = pool->stop ? NULL : take(&pool->waiting)) && !pool->stop)
		pthread_cond_wait(&pool->wake, &pool->mutex);
	pthread_mutex_unlock(&pool->mutex);
	return job;
}

static void give_back(struct pool *pool, struct job *job)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&pool->mutex);
	put(&pool->done, job);
	pthread_mutex_unlock(&pool->mutex);
	(void)!write(pool->bell, &one, sizeof one);
}

static void *work(void *arg)
{
	struct pool *pool = arg;
	struct recogniser *recogniser = NULL;
	struct job *job;

	while ((job = next_job(pool))) {
		job->err = recogniser ? 0 : recogniser_open(&recogniser, pool->folder);
		if (!job->err)
			job->err = recogniser_hear(recogniser, &job->grammar->made, job->samples, job->count,
						   job->final, &job->result);
		give_back(pool, job);
	}
	recogniser_close(recogniser);
	return NULL;
}

/* ---- the loop's side ---- */

static void on_rung(evutil_socket_t fd, short what, void *arg)
{
	struct pool *pool = arg;
	struct job *job;
	uint64_t count;

	(void)what;
	(void)!read(fd, &count, sizeof count);
	for (;;) {
		pthread_mutex_lock(&pool->mutex);
		job = take(&pool->done);
		pthread_mutex_unlock(&pool->mutex);
		if (!job)
			return;
		if (job->handler)
			job->handler(job, job->arg);
		job_free(job);
	}
}

int pool_open(struct pool **out, struct event_base *base, const char *folder, unsigned threads)
{
	struct pool *pool = calloc(1, sizeof *pool);

	if (!pool)
		return ENOMEM;
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->wake, NULL);
	pool->waiting.last = &pool->waiting.first;
	pool->done.last = &pool->done.first;
	pool->most = threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : threads;
	pool->folder = strdup(folder);
	pool->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pool->rung =
	    pool->bell >= 0 ? event_new(base, pool->bell, EV_READ | EV_PERSIST, on_rung, pool) : NULL;
	if (!pool->folder || !pool->rung || event_add(pool->rung, NULL)) {
		pool_close(pool);
		return ENOMEM;
	}
	*out = pool;
	return 0;
}

void pool_close(struct pool *pool)
{
	struct job *job;

	if (!pool)
		return;
	pthread_mutex_lock(&pool->mutex);
	pool->stop = true;
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i < pool->running; i++)
		pthread_join(pool->threads[i], NULL);
	while ((job = take(&pool->waiting)) || (job = take(&pool->done)))
		job_free(job);
	if (pool->rung)
		event_free(pool->rung);
	if (pool->bell >= 0)
		close(pool->bell);
	pthread_mutex_destroy(&pool->mutex);
	pthread_cond_destroy(&pool->wake);
	free(pool->folder);
	free(pool);
}

/* One more while there is more to do than are there. */
static void need_thread(struct pool *pool)
{
	if (pool->running == pool->most)
		return;
	if (pthread_create(&pool->threads[pool->running], NULL, work, pool))
		log_error("hear.no_thread", NULL, "running=%u", pool->running);
	else
		pool->running++;
}

struct job *pool_give(struct pool *pool, struct pool_grammar *grammar, const int16_t *samples, size_t count,
		      bool final, job_h *handler, void *arg)
{
	struct job *job = calloc(1, sizeof *job);

	if (job)
		job->samples = malloc((count ? count : 1) * sizeof *samples);
	if (!job || !job->samples) {
		free(job);
		return NULL;
	}
	memcpy(job->samples, samples, count * sizeof *samples);
	job->count = count;
	job->final = final;
	job->handler = handler;
	job->arg = arg;
	job->grammar = grammar;
	grammar->users++;
	pthread_mutex_lock(&pool->mutex);
	if (pool->waiting.first || !pool->running)
		need_thread(pool);
	put(&pool->waiting, job);
	pthread_cond_signal(&pool->wake);
	pthread_mutex_unlock(&pool->mutex);
	return job;
}
