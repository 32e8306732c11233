#include "tests/unit/media_support.h"

#include "lib/clock.h"
#include "media/codec.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORT_MIN = 21000, PORT_MAX = 22999, STEP_MS = 5 };

static size_t descriptors_before;

size_t open_descriptors(void)
{
	size_t n = 0;
	DIR *d = opendir("/proc/self/fd");
	while (d && readdir(d))
		n++;
	closedir(d);
	return n;
}

static void on_event(const struct media_event *event, void *arg)
{
	struct world *w = arg;
	if (w->crowd)
		return;
	cr_assert_lt(w->said_count, (size_t)EVENTS_MAX, "the engine said too much");
	struct said *s = &w->said[w->said_count++];
	s->kind = event->kind;
	s->arg = event->session_arg;
	s->room_arg = event->room_arg;
	switch (event->kind) {
	case MEDIA_PLAY_DONE:
		s->id = event->play.id;
		s->end = event->play.end;
		snprintf(s->text, sizeof s->text, "%s", event->play.error ? event->play.error : "");
		break;
	case MEDIA_RECORD_DONE:
		s->id = event->record.id;
		s->end = event->record.end;
		s->record_ms = event->record.duration_ms;
		s->record_bytes = event->record.bytes;
		snprintf(s->text, sizeof s->text, "%s", event->record.error ? event->record.error : "");
		break;
	case MEDIA_DIGIT:
		s->digit = event->digit.digit;
		s->inband = event->digit.inband;
		s->duration_ms = event->digit.duration_ms;
		break;
	case MEDIA_TALKING:
		s->started = event->talking.started;
		break;
	case MEDIA_QUALITY:
		s->what = event->quality.what;
		s->percent = event->quality.loss_percent;
		s->mos = event->quality.mos;
		break;
	case MEDIA_CLOSED:
		s->stats = *event->stats;
		w->second_count = event->second_count < 64 ? event->second_count : 64;
		if (event->seconds)
			memcpy(w->seconds, event->seconds, w->second_count * sizeof w->seconds[0]);
		break;
	default:
		break;
	}
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct world *w = arg;
	(void)fd;
	(void)what;
	for (size_t i = 0; i < w->far_count; i++)
		far_step(&w->fars[i]);
}

struct world *world_new(unsigned workers)
{
	return world_new_limits(workers, NULL);
}

struct world *world_new_limits(unsigned workers, const struct media_limits *limits)
{
	struct media_engine_params params = { .workers = workers };
	if (limits)
		params.limits = *limits;
	return world_new_params(&params);
}

struct world *world_new_params(const struct media_engine_params *asked)
{
	struct media_engine_params params = *asked;
	struct world *w = calloc(1, sizeof *w);
	codec_g711_init();
	descriptors_before = open_descriptors();
	w->base = event_base_new();
	params.address = "127.0.0.1";
	params.handler = on_event;
	params.arg = w;
	if (!params.port_min) {
		params.port_min = PORT_MIN;
		params.port_max = PORT_MAX;
	}
	cr_assert_eq(media_engine_alloc(&w->engine, w->base, &params), 0);
	w->tick = event_new(w->base, -1, EV_PERSIST, on_tick, w);
	const struct timeval step = { 0, STEP_MS * 1000 };
	event_add(w->tick, &step);
	return w;
}

void world_free(struct world *w)
{
	media_engine_free(w->engine);
	for (size_t i = 0; i < w->far_count; i++)
		far_free(&w->fars[i]);
	event_free(w->tick);
	event_base_free(w->base);
	free(w);
	cr_assert_eq(open_descriptors(), descriptors_before, "descriptors are left open");
}

bool world_wait(struct world *w, world_condition *condition, void *arg)
{
	int64_t deadline = clock_mono_us() + DEADLINE_MS * 1000;
	while (!condition(w, arg)) {
		if (clock_mono_us() > deadline)
			return false;
		event_base_loop(w->base, EVLOOP_ONCE);
	}
	return true;
}

struct passing {
	struct far *far;
	unsigned until;
};

static bool has_sent(struct world *w, void *arg)
{
	const struct passing *p = arg;
	(void)w;
	return p->far->sent >= p->until;
}

void world_pass(struct world *w, struct far *far, unsigned count)
{
	struct passing p = { far, far->sent + count };
	cr_assert(world_wait(w, has_sent, &p), "a far end does not send");
}

struct media_session *world_session(struct world *w, const char *id, unsigned timeout_s)
{
	struct media_session *session;
	struct media_session_params params = { .id = id,
					       .timeout_s = timeout_s,
					       .arg = (void *)(uintptr_t)id };
	cr_assert_eq(media_session_alloc(&session, w->engine, &params), 0);
	cr_assert_eq(media_session_port(session) % 2, 0, "RTP ports are even");
	return session;
}

struct said *world_said(struct world *w, enum media_event_kind kind, void *arg)
{
	for (size_t i = 0; i < w->said_count; i++)
		if (w->said[i].kind == kind && (!arg || w->said[i].arg == arg))
			return &w->said[i];
	return NULL;
}

size_t world_count(struct world *w, enum media_event_kind kind, void *arg)
{
	size_t n = 0;
	for (size_t i = 0; i < w->said_count; i++)
		n += w->said[i].kind == kind && (!arg || w->said[i].arg == arg);
	return n;
}

struct wanted {
	enum media_event_kind kind;
	void *arg;
};

static bool was_said(struct world *w, void *arg)
{
	const struct wanted *wanted = arg;
	return world_said(w, wanted->kind, wanted->arg);
}

bool world_wait_said(struct world *w, enum media_event_kind kind, void *arg)
{
	struct wanted wanted = { kind, arg };
	return world_wait(w, was_said, &wanted);
}

static bool all_closed(struct world *w, void *arg)
{
	(void)arg;
	return media_engine_sessions(w->engine) == 0;
}

bool world_wait_closed(struct world *w)
{
	return world_wait(w, all_closed, NULL);
}

static void on_stats(const struct media_stats *stats, void *arg)
{
	struct world *w = arg;
	w->stats = *stats;
	w->have_stats = true;
}

static bool have_stats(struct world *w, void *arg)
{
	(void)arg;
	return w->have_stats;
}

struct media_stats world_stats(struct world *w, struct media_session *session)
{
	w->have_stats = false;
	cr_assert_eq(media_session_get_stats(session, on_stats, w), 0);
	cr_assert(world_wait(w, have_stats, NULL));
	return w->stats;
}

enum { SCRATCH_MAX = 64 };

static char scratch[SCRATCH_MAX][256]; /* a file in a folder of its own each */
static unsigned scratch_count;

void scratch_sweep(void)
{
	for (; scratch_count > 0; scratch_count--) {
		char *path = scratch[scratch_count - 1];
		unlink(path);
		*strrchr(path, '/') = 0;
		rmdir(path);
	}
}

const char *scratch_file(const char *name)
{
	char folder[] = "/tmp/offhook-media-XXXXXX";
	cr_assert_lt(scratch_count, (unsigned)SCRATCH_MAX);
	cr_assert_not_null(mkdtemp(folder));
	if (scratch_count == 0)
		atexit(scratch_sweep);
	char *path = scratch[scratch_count++];
	snprintf(path, sizeof scratch[0], "%s/%s", folder, name);
	return path;
}

const char *make_sound(const char *name, int format, unsigned rate, unsigned channels, double hz,
		       double seconds)
{
	const char *path = scratch_file(name);
	SF_INFO info = { .samplerate = (int)rate, .channels = (int)channels, .format = format };
	SNDFILE *f = sf_open(path, SFM_WRITE, &info);
	if (!f)
		return NULL;
	for (unsigned i = 0; i < rate * seconds; i++) {
		float frame[8];
		for (unsigned c = 0; c < channels; c++)
			frame[c] = (float)(7218.0 / 32768 * sin(2 * M_PI * hz * i / rate));
		sf_writef_float(f, frame, 1);
	}
	sf_close(f);
	return path;
}

const char *make_wav(const char *name, unsigned rate, unsigned channels, double hz, double seconds)
{
	const char *path = make_sound(name, SF_FORMAT_WAV | SF_FORMAT_PCM_16, rate, channels, hz, seconds);
	cr_assert_not_null(path);
	return path;
}
