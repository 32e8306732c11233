#include "daemon/hear/session.h"

#include "daemon/hear/piece.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

enum {
	LINE_SIZE_MAX = 262144, /* 500 hints of 200 bytes, and what JSON makes of them */
	JOBS_MAX = 4,
	FIRST_PARTIAL_MS = 600, /* of what is said, then twice, four times as much */
	UNTAKEN_MAX = 65536,
	TENTH_MAX = PIECE_RATE / 100,
};

/* Less sure words are not told: something else was said. */
static const double SURE = 0.3;

struct session {
	LIST_ENTRY(session) link;
	struct sessions *all;
	struct bufferevent *bev;
	struct pool_grammar *grammar; /* NULL: the first line has not come */
	struct piece piece;
	bool partials, over; /* told while it is said; no more audio comes */
	size_t next_partial; /* samples */
	struct job *jobs[JOBS_MAX];
	char last[RECOGNISER_TEXT_MAX]; /* partial result */
};

struct sessions {
	struct event_base *base;
	struct pool *pool;
	const struct lexicon *lexicon;
	void (*none)(void *arg);
	void *arg;
	unsigned count;
	LIST_HEAD(, session) list;
};

static void session_free(struct session *s)
{
	struct sessions *all = s->all;

	for (int i = 0; i < JOBS_MAX; i++)
		if (s->jobs[i])
			s->jobs[i]->handler = NULL;
	LIST_REMOVE(s, link);
	bufferevent_free(s->bev);
	pool_grammar_drop(s->grammar);
	piece_clear(&s->piece);
	free(s);
	if (!--all->count && all->none)
		all->none(all->arg);
}

static void say(struct session *s, json_t *message)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	struct evbuffer *out = bufferevent_get_output(s->bev);

	if (text && evbuffer_get_length(out) < UNTAKEN_MAX)
		evbuffer_add_printf(out, "%s\n", text);
	free(text);
	json_decref(message);
}

static bool is_busy(const struct session *s)
{
	for (int i = 0; i < JOBS_MAX; i++)
		if (s->jobs[i])
			return true;
	return false;
}

/* Closes when all is said, and sent. */
static void end_if_done(struct session *s)
{
	if (s->over && !is_busy(s) && !evbuffer_get_length(bufferevent_get_output(s->bev)))
		session_free(s);
}

/* An error is the last word. */
static void fail(struct session *s, const char *why)
{
	say(s, json_pack("{s:s, s:s}", "type", "error", "error", why));
	bufferevent_disable(s->bev, EV_READ);
	s->over = true;
}

/* ---- results ---- */

static void tell(struct session *s, const struct job *job)
{
	char *said = *job->result.text ? grammar_said(&s->grammar->grammar, job->result.text) : NULL;

	if (said && job->result.confidence >= SURE && (job->final || strcmp(said, s->last) != 0)) {
		snprintf(s->last, sizeof s->last, "%s", said);
		say(s, json_pack("{s:s, s:b, s:[{s:s, s:f}]}", "type", "transcription", "is_final",
				 job->final, "alternatives", "transcript", said, "confidence",
				 (double)(int)(job->result.confidence * 1000 + 0.5) / 1000));
	}
	log_debug("hear.heard", NULL, "words=%s confidence=%.3f final=%d ms=%zu", log_quote(job->result.text),
		  job->result.confidence, job->final, job->count / (PIECE_RATE / 1000));
	free(said);
}

static void on_heard(const struct job *job, void *arg)
{
	struct session *s = arg;

	for (int i = 0; i < JOBS_MAX; i++)
		if (s->jobs[i] == job)
			s->jobs[i] = NULL;
	if (job->err)
		fail(s, job->err == ENOENT ? "The recogniser's model cannot be loaded."
					   : "The recogniser does not take these hints.");
	else
		tell(s, job);
	end_if_done(s);
}

/* What is beyond the bound is not heard. */
static void give(struct session *s, bool final)
{
	int i = 0;

	while (i < JOBS_MAX && s->jobs[i])
		i++;
	if (i < JOBS_MAX)
		s->jobs[i] =
		    pool_give(s->all->pool, s->grammar, s->piece.samples, s->piece.count, final, on_heard, s);
	if (i == JOBS_MAX || !s->jobs[i])
		log_warn("hear.dropped", NULL, "ms=%zu", s->piece.count / (PIECE_RATE / 1000));
}

/* ---- audio ---- */

static void whole(struct session *s)
{
	give(s, true);
	piece_begin(&s->piece);
	s->next_partial = (size_t)FIRST_PARTIAL_MS * (PIECE_RATE / 1000);
	*s->last = '\0';
}

static void growing(struct session *s)
{
	if (!s->partials || s->piece.count < s->next_partial || is_busy(s))
		return;
	give(s, false);
	s->next_partial = 2 * s->piece.count;
}

static void hear(struct session *s)
{
	struct evbuffer *in = bufferevent_get_input(s->bev);
	const size_t size = s->piece.rate / 100 * sizeof(int16_t);
	int16_t samples[TENTH_MAX];

	while (evbuffer_get_length(in) >= size) {
		evbuffer_remove(in, samples, size);
		switch (piece_hear(&s->piece, samples)) {
		case PIECE_SILENT:
			break;
		case PIECE_GROWING:
			growing(s);
			break;
		case PIECE_WHOLE:
			whole(s);
			break;
		}
	}
}

/* ---- the first line ---- */

static void start(struct session *s, const json_t *line)
{
	const json_t *hints = json_object_get(json_object_get(line, "options"), "hints");
	const json_int_t rate = json_integer_value(json_object_get(line, "sampleRateHz"));
	struct grammar grammar;
	int err = piece_init(&s->piece, rate > 0 && rate <= PIECE_RATE ? (unsigned)rate : 0);

	if (err) {
		fail(s, err == EINVAL ? "The first line has no sampleRateHz of 8000 or 16000."
				      : "There is no memory.");
		return;
	}
	err = grammar_make(&grammar, hints);
	s->grammar = err ? NULL : pool_grammar_make(&grammar, s->all->lexicon);
	if (!s->grammar) {
		fail(s, err == EINVAL ? "None of the hints can be said in English words."
				      : "There is no memory.");
		return;
	}
	if (s->grammar->grammar.skipped || s->grammar->unknown)
		log_warn("hear.hints", NULL, "skipped=%u unknown_words=%u", s->grammar->grammar.skipped,
			 s->grammar->unknown);
	s->partials = json_is_true(json_object_get(line, "interimResults"));
	s->next_partial = (size_t)FIRST_PARTIAL_MS * (PIECE_RATE / 1000);
}

static void on_readable(struct bufferevent *bev, void *arg)
{
	struct session *s = arg;
	struct evbuffer *in = bufferevent_get_input(bev);

	if (!s->grammar && !s->over) {
		char *text = evbuffer_readln(in, NULL, EVBUFFER_EOL_LF);
		json_t *line = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;

		if (text)
			start(s, line);
		else if (evbuffer_get_length(in) > LINE_SIZE_MAX)
			fail(s, "The first line is too long.");
		json_decref(line);
		free(text);
	}
	if (s->grammar && !s->over)
		hear(s);
	end_if_done(s);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	(void)bev;
	end_if_done(arg);
}

/* No more comes: what is left is the last. */
static void on_end(struct bufferevent *bev, short what, void *arg)
{
	struct session *s = arg;

	if (!(what & BEV_EVENT_EOF) || !(what & BEV_EVENT_READING)) {
		session_free(s);
		return;
	}
	bufferevent_disable(bev, EV_READ);
	if (s->grammar && !s->over && piece_has_speech(&s->piece))
		whole(s);
	s->over = true;
	end_if_done(s);
}

/* ---- all of them ---- */

void sessions_add(struct sessions *all, int fd)
{
	struct session *s = calloc(1, sizeof *s);

	if (s)
		s->bev = bufferevent_socket_new(all->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!s || !s->bev) {
		free(s);
		close(fd);
		return;
	}
	s->all = all;
	LIST_INSERT_HEAD(&all->list, s, link);
	all->count++;
	bufferevent_setcb(s->bev, on_readable, on_written, on_end, s);
	bufferevent_setwatermark(s->bev, EV_READ, 0, 2 * LINE_SIZE_MAX);
	bufferevent_enable(s->bev, EV_READ | EV_WRITE);
	if (all->count > SESSIONS_MAX)
		fail(s, "As many callers are heard as can be.");
}

unsigned sessions_count(const struct sessions *all)
{
	return all->count;
}

int sessions_alloc(struct sessions **out, struct event_base *base, struct pool *pool,
		   const struct lexicon *lexicon, void (*none)(void *arg), void *arg)
{
	struct sessions *all = calloc(1, sizeof *all);

	if (!all)
		return ENOMEM;
	all->base = base;
	all->pool = pool;
	all->lexicon = lexicon;
	all->none = none;
	all->arg = arg;
	*out = all;
	return 0;
}

void sessions_free(struct sessions *all)
{
	struct session *s;

	if (!all)
		return;
	all->none = NULL;
	while ((s = LIST_FIRST(&all->list)))
		session_free(s);
	free(all);
}
