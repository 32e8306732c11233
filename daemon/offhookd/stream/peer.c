#include "daemon/offhookd/stream/peer.h"

#include "daemon/offhookd/stream/peer_line.h"
#include "daemon/offhookd/stream/protocol.h"
#include "lib/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	UNSENT_MAX = 32768, /* bytes beyond which audio waits with us, where it can be dropped */
	BACKLOG_FRAMES = PEER_BACKLOG_MS / FRAME_MS,
	FULL_MS = (PLAYOUT_MAX_S - 2) * 1000, /* of playout: it is not read from */
	TEXTS_PER_S = 100,
	CODE_NORMAL = 1000,
	CODE_AWAY = 1001,
	CODE_PROTOCOL = 1002,
};

const char *peer_error_name(enum peer_error error)
{
	static const char *const names[] = { "none",	 "url",	    "denied", "name-not-found",
					     "refused",	 "timeout", "tls",    "answer",
					     "protocol", "closed",  "lost",   "memory" };

	return names[error];
}

void peer_setup_clear(struct peer_setup *s)
{
	free(s->url);
	for (size_t i = 0; s->headers[i]; i++)
		free(s->headers[i]);
	free(s->subprotocol);
	json_decref(s->start);
	free(s->stop);
	conf_strings_clear(&s->deny);
	*s = (struct peer_setup){ 0 };
}

void peer_report_free(struct peer_report *report)
{
	free(report->text);
	free(report);
}

struct peer *peer_new(struct peer_setup *setup, struct media_tap *tap, void *about)
{
	struct peer *p = calloc(1, sizeof *p);

	if (!p || playout_init(&p->playout, setup->rate)) {
		free(p);
		return NULL;
	}
	p->setup = *setup;
	*setup = (struct peer_setup){ 0 };
	p->tap = tap;
	p->about = about;
	return p;
}

void peer_free(struct peer *p)
{
	if (!p)
		return;
	line_free(p->line);
	if (p->tap)
		tap_release(p->tap);
	playout_free(&p->playout);
	convert_free(&p->to_said);
	convert_free(&p->to_heard);
	free(p->backlog);
	heard_bound_clear(&p->heard);
	peer_setup_clear(&p->setup);
	free(p);
}

static void report(struct peer *p, enum peer_report_kind kind, enum peer_error why, int status,
		   const char *error)
{
	struct peer_report *r = calloc(1, sizeof *r);

	if (!r)
		return;
	r->about = p->about;
	r->kind = kind;
	r->why = why;
	r->status = status;
	snprintf(r->error, sizeof r->error, "%s", error ? error : "");
	p->counts.unplayed_ms = p->playout.dropped * 1000 / p->setup.rate;
	r->counts = p->counts;
	if (p->started)
		r->counts.dropped_ms += (uint64_t)(tap_lost(p->tap) - p->lost_before) * FRAME_MS;
	p->world->report(r, p->world->arg);
}

void peer_end(struct peer *p, enum peer_error why, int status, const char *error)
{
	if (p->ended)
		return;
	if (p->draining && (why == PEER_CLOSED || why == PEER_LOST)) /* as it was told to */
		why = PEER_FINE, error = NULL;
	p->ended = true;
	report(p, PEER_ENDED, why, status, error);
	tap_release(p->tap);
	p->tap = NULL;
	if (p->line)
		line_finish(p->line, why == PEER_FINE	    ? CODE_NORMAL
				     : why == PEER_PROTOCOL ? CODE_PROTOCOL
				     : why == PEER_CLOSED   ? CODE_NORMAL
							    : CODE_AWAY);
	else
		p->world->gone(p, p->world->arg);
}

void peer_start(struct peer *p, struct peer_world *world)
{
	p->world = world;
	p->line = line_open(p);
	if (!p->line)
		peer_end(p, PEER_FULL, 0, "out of memory");
}

void peer_opened(struct peer *p)
{
	p->started = true;
	p->started_us = clock_mono_us();
	p->lost_before = tap_lost(p->tap);
	report(p, PEER_STARTED, PEER_FINE, 0, NULL);
	p->setup.protocol->opened(p);
}

void peer_stop(struct peer *p)
{
	if (p->ended || p->draining)
		return;
	if (p->started)
		p->setup.protocol->closing(p);
	p->draining = p->started && p->setup.drains;
	if (p->draining)
		line_drain(p->line);
	else
		peer_end(p, PEER_FINE, 0, NULL);
}

void peer_digit(struct peer *p, char digit, unsigned duration_ms)
{
	if (p->started && !p->ended)
		p->setup.protocol->digit(p, digit, duration_ms);
}

/* ---- to the far end ---- */

void peer_send_text(struct peer *p, const char *text, size_t size)
{
	p->counts.sent_bytes += size;
	line_send(p->line, true, text, size);
}

void peer_send_binary(struct peer *p, const void *bytes, size_t size)
{
	p->counts.sent_bytes += size;
	line_send(p->line, false, bytes, size);
}

void peer_send_json(struct peer *p, json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	if (text)
		peer_send_text(p, text, strlen(text));
	free(text);
	json_decref(object);
}

static size_t frame_size(const struct peer *p)
{
	return p->setup.rate / 1000 * FRAME_MS;
}

static void send_audio(struct peer *p, const int16_t *said, const int16_t *heard)
{
	p->setup.protocol->audio(p, p->setup.tracks & PEER_SAID ? said : NULL,
				 p->setup.tracks & PEER_HEARD ? heard : NULL, frame_size(p));
}

/* Both tracks of a frame that waits. */
static int16_t *backlog_frame(const struct peer *p, unsigned i)
{
	return p->backlog + (size_t)((p->backlog_first + i) % BACKLOG_FRAMES) * 2 * frame_size(p);
}

static void keep(struct peer *p, const int16_t *said, const int16_t *heard)
{
	const size_t size = frame_size(p);
	int16_t *frame;

	if (!p->backlog)
		p->backlog = calloc(BACKLOG_FRAMES * 2 * size, sizeof *p->backlog);
	if (!p->backlog) {
		p->counts.dropped_ms += FRAME_MS;
		return;
	}
	if (p->backlog_count == BACKLOG_FRAMES) {
		p->backlog_first = (p->backlog_first + 1) % BACKLOG_FRAMES;
		p->backlog_count--;
		p->counts.dropped_ms += FRAME_MS;
	}
	frame = backlog_frame(p, p->backlog_count++);
	memcpy(frame, said, size * sizeof *said);
	memcpy(frame + size, heard, size * sizeof *heard);
}

static void send_backlog(struct peer *p)
{
	while (p->backlog_count && line_backlog(p->line) < UNSENT_MAX) {
		const int16_t *frame = backlog_frame(p, 0);

		send_audio(p, frame, frame + frame_size(p));
		p->backlog_first = (p->backlog_first + 1) % BACKLOG_FRAMES;
		p->backlog_count--;
	}
}

/* At our rate: `in` itself, or converted into `out`. */
static const int16_t *at_rate(struct peer *p, struct convert *convert, const struct tap_frame *f,
			      const int16_t *in, int16_t *out)
{
	if (f->rate == p->setup.rate)
		return in;
	(void)convert_prepare(convert, f->rate, p->setup.rate); /* what cannot be converted is silence */
	convert_frame(convert, in, f->count, out, frame_size(p));
	return out;
}

static void pass_on(struct peer *p, const struct tap_frame *f)
{
	int16_t said_made[FRAME_MAX], heard_made[FRAME_MAX];
	const int16_t *said = f->said, *heard = f->heard;

	if (p->setup.tracks & PEER_SAID)
		said = at_rate(p, &p->to_said, f, f->said, said_made);
	if (p->setup.tracks & PEER_HEARD)
		heard = at_rate(p, &p->to_heard, f, f->heard, heard_made);
	if (!(p->setup.tracks & PEER_SAID))
		said = heard;
	if (!(p->setup.tracks & PEER_HEARD))
		heard = said;
	send_backlog(p);
	if (p->backlog_count || line_backlog(p->line) >= UNSENT_MAX)
		keep(p, said, heard);
	else
		send_audio(p, said, heard);
}

/* ---- from the far end ---- */

void peer_said(struct peer *p, const int16_t *samples, size_t count)
{
	if (p->setup.speaks)
		playout_add(&p->playout, samples, count);
}

void peer_heard_message(struct peer *p, bool text, const char *bytes, size_t size)
{
	p->counts.received_bytes += size;
	if (p->ended)
		return;
	if (text)
		p->setup.protocol->text(p, bytes, size);
	else
		p->setup.protocol->binary(p, bytes, size);
	if (p->ended)
		return;
	playout_give(&p->playout, p->tap);
	if (playout_waits_ms(&p->playout) > FULL_MS)
		line_read(p->line, false);
}

void peer_note_strange(struct peer *p, const char *what)
{
	if (p->strange)
		return;
	p->strange = true;
	report(p, PEER_STRANGE, PEER_PROTOCOL, 0, what);
}

bool peer_may_say(struct peer *p)
{
	const int64_t now = clock_mono_us();

	if (now - p->texts_since_us >= 1000000) {
		p->texts_since_us = now;
		p->texts = 0;
	}
	if (p->texts++ < TEXTS_PER_S)
		return true;
	peer_note_strange(p, "more than 100 texts a second: those beyond are dropped");
	return false;
}

static void tell_marks(struct peer *p)
{
	char *name;

	while (!p->ended && (name = playout_due(&p->playout, p->tap)) != NULL) {
		p->setup.protocol->played(p, name);
		free(name);
	}
}

/* What the call says and hears, as far as it has come. */
static void take_frames(struct peer *p)
{
	struct tap_frame f;

	while (!p->ended && tap_peek(p->tap, &f)) {
		if (p->started && !p->draining)
			pass_on(p, &f);
		if (!p->ended)
			tap_next(p->tap);
	}
}

static void give_and_take(struct peer *p)
{
	take_frames(p);
	if (p->ended)
		return;
	if (p->started && p->setup.protocol->tick)
		p->setup.protocol->tick(p);
	if (tap_over(p->tap)) {
		peer_stop(p);
		return;
	}
	if (!p->started)
		return;
	playout_give(&p->playout, p->tap);
	tell_marks(p);
	if (!p->ended && playout_waits_ms(&p->playout) < FULL_MS && line_takes(p->line))
		line_read(p->line, true);
}

void peer_tick(struct peer *p)
{
	if (p->ended)
		return;
	line_hold(p->line);
	give_and_take(p);
	line_release(p->line);
}
