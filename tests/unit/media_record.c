/* Recording: what is in the file, and what becomes of a recording when something goes wrong. */
#define _GNU_SOURCE /* unshare() */
#include "tests/unit/media_support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

TestSuite(media_record, .timeout = 60, .fini = scratch_sweep);

static const double HEARD = -13.14;

struct wav {
	SF_INFO info;
	int16_t *samples;
	size_t count; /* of one channel */
};

static struct wav read_wav(const char *path)
{
	struct wav w = { 0 };
	SNDFILE *f = sf_open(path, SFM_READ, &w.info);
	cr_assert_not_null(f, "%s does not open", path);
	w.samples = calloc((size_t)(w.info.frames * w.info.channels) + 1, sizeof *w.samples);
	w.count = (size_t)sf_readf_short(f, w.samples, w.info.frames);
	sf_close(f);
	return w;
}

/* Level of `hz` on one channel between two moments [s]. */
static double wav_level(const struct wav *w, unsigned channel, double hz, double from, double to)
{
	size_t first = (size_t)(from * w->info.samplerate), last = (size_t)(to * w->info.samplerate);
	cr_assert_leq(last, w->count, "the file is too short");
	int16_t *one = calloc(last - first, sizeof *one);
	for (size_t i = first; i < last; i++)
		one[i - first] = w->samples[i * (size_t)w->info.channels + channel];
	double l = level_of_most(one, last - first, hz, (unsigned)w->info.samplerate);
	free(one);
	return l;
}

static struct media_session *call(struct world *w, struct far **out)
{
	struct media_session *s = world_session(w, "s", 0);
	*out = world_far(w, "PCMU");
	far_meets(*out, s);
	return s;
}

Test(media_record, records_both_sides_apart)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, "PCMU"), *fb = world_far(w, "PCMU");
	far_meets(fa, a);
	far_meets(fb, b);
	far_tone(fa, 440, -10);
	far_tone(fb, 620, -10);
	media_session_bridge(a, b);
	cr_expect(far_hears(fa, 620, HEARD) && far_hears(fb, 440, HEARD));
	const char *path = scratch_file("dual.wav");
	struct media_record record = { .file = path, .channels = 2 };
	uint32_t id;
	cr_assert_eq(media_session_record(a, &record, &id), 0);
	world_pass(w, fa, 100);
	media_session_record_stop(a, 0);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	struct said *said = world_said(w, MEDIA_RECORD_DONE, NULL);
	cr_expect_eq(said->id, id);
	cr_expect_eq(said->end, MEDIA_END_COMPLETED, "%s", said->text);
	struct wav wav = read_wav(path);
	cr_expect_eq(wav.info.channels, 2);
	cr_expect_eq(wav.info.samplerate, 8000);
	cr_expect_eq(wav.count / 8, said->record_ms);
	cr_expect(wav.count > 8000 * 1.8 && wav.count < 8000 * 2.3, "%zu samples of 2 s", wav.count);
	cr_expect_float_eq(wav_level(&wav, 0, 440, 0.5, 1.5), HEARD, 1.5, "a on the left");
	cr_expect_float_eq(wav_level(&wav, 1, 620, 0.5, 1.5), HEARD, 1.5, "what a hears on the right");
	cr_expect_lt(wav_level(&wav, 0, 620, 0.5, 1.5), -45);
	cr_expect_lt(wav_level(&wav, 1, 440, 0.5, 1.5), -45);
	free(wav.samples);
	world_free(w);
}

static bool all_are_done(struct world *w, void *arg)
{
	(void)arg;
	return world_count(w, MEDIA_RECORD_DONE, NULL) == MEDIA_RECORDINGS_MAX + 1;
}

Test(media_record, several_at_a_time)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "a", 0);
	struct far *f = world_far(w, "PCMU");
	const char *paths[MEDIA_RECORDINGS_MAX + 1];
	uint32_t ids[MEDIA_RECORDINGS_MAX + 1];
	far_meets(f, s);
	far_tone(f, 440, -10);
	for (int i = 0; i <= MEDIA_RECORDINGS_MAX; i++) {
		char name[32];
		snprintf(name, sizeof name, "several-%d.wav", i);
		paths[i] = scratch_file(name);
		struct media_record record = { .file = paths[i], .channels = 1 + (unsigned)i % 2 };
		cr_expect_eq(media_session_record(s, &record, &ids[i]), i < MEDIA_RECORDINGS_MAX ? 0 : EBUSY);
		world_pass(w, f, 20);
	}
	/* one is paused and one stopped: the others go on */
	media_session_record_pause(s, ids[1], true, false);
	media_session_record_stop(s, ids[0]);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	world_pass(w, f, 50);
	cr_expect_eq(world_said(w, MEDIA_RECORD_DONE, NULL)->id, ids[0]);
	cr_expect_eq(world_count(w, MEDIA_RECORD_DONE, NULL), 1, "only that one is over");
	struct media_record again = { .file = paths[MEDIA_RECORDINGS_MAX], .channels = 1 };
	cr_expect_eq(media_session_record(s, &again, NULL), 0, "its place is free");
	world_pass(w, f, 50);
	media_session_record_stop(s, 0);
	cr_assert(world_wait(w, all_are_done, NULL));
	struct wav wavs[MEDIA_RECORDINGS_MAX];
	for (int i = 0; i < MEDIA_RECORDINGS_MAX; i++) {
		wavs[i] = read_wav(paths[i]);
		cr_expect_float_eq(wav_level(&wavs[i], 0, 440, 0.2, 0.6), HEARD, 1.5, "recording %d", i);
		cr_expect_eq(wavs[i].info.channels, 1 + i % 2);
		free(wavs[i].samples);
	}
	cr_expect_lt(wavs[1].count / 2, wavs[3].count / 2 + 1,
		     "what was paused is shorter than one that began later and was not");
	world_free(w);
}

Test(media_record, records_an_echo_mixed)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	const char *path = scratch_file("mix.wav"), *prompt = make_wav("p.wav", 16000, 1, 700, 2);
	struct media_play play = { .files = &prompt, .count = 1, .loops = 1 };
	struct media_record record = { .file = path, .channels = 1, .max_ms = 1500 };
	far_tone(f, 440, -10);
	media_session_play(s, &play, NULL);
	cr_assert(far_hears(f, 700, HEARD));
	cr_assert_eq(media_session_record(s, &record, NULL), 0);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL), "it ends by itself");
	struct wav wav = read_wav(path);
	cr_expect_eq(wav.count, 12000, "%zu", wav.count);
	cr_expect_float_eq(wav_level(&wav, 0, 440, 0.3, 1.2), HEARD, 1.5);
	cr_expect_float_eq(wav_level(&wav, 0, 700, 0.3, 1.2), HEARD, 1.5);
	free(wav.samples);
	world_free(w);
}

Test(media_record, begins_before_the_far_end_is_known)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	const char *path = scratch_file("early.wav");
	struct media_record record = { .file = path, .channels = 1 };
	cr_assert_eq(media_session_record(s, &record, NULL), 0);
	struct far *f = world_far(w, "PCMU");
	far_meets(f, s);
	far_tone(f, 440, -10);
	world_pass(w, f, 60);
	media_session_close(s);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	cr_assert(world_wait_closed(w));
	cr_expect_eq(w->said[w->said_count - 1].kind, MEDIA_CLOSED, "the last that is said");
	struct wav wav = read_wav(path);
	cr_expect_float_eq(wav_level(&wav, 0, 440, 0.4, 0.9), HEARD, 1.5);
	free(wav.samples);
	world_free(w);
}

static void fails_to_record(const char *path)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	struct media_record record = { .file = path, .channels = 1 };
	cr_assert_eq(media_session_record(s, &record, NULL), 0);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	cr_expect_eq(world_said(w, MEDIA_RECORD_DONE, NULL)->end, MEDIA_END_FAILED);
	cr_expect_gt(strlen(world_said(w, MEDIA_RECORD_DONE, NULL)->text), 10);
	far_forget(f);
	cr_expect(far_hears_nothing(f), "the call goes on");
	world_free(w);
}

Test(media_record, never_overwrites)
{
	const char *path = make_wav("old.wav", 8000, 1, 500, 1);
	fails_to_record(path);
	struct wav wav = read_wav(path);
	cr_expect_eq(wav.count, 8000);
	free(wav.samples);
}

Test(media_record, the_folder_is_not_there)
{
	fails_to_record("/nonexistent/folder/file.wav");
}

/* Records a tone until the recording fails. What was written before plays, and the call goes on. */
static void fails_in_the_midst(const char *path, double seconds)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	struct media_record record = { .file = path, .channels = 1 };
	media_session_echo(s, true);
	far_tone(f, 440, -10);
	cr_expect(far_hears(f, 440, HEARD));
	cr_assert_eq(media_session_record(s, &record, NULL), 0);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	const struct said *done = world_said(w, MEDIA_RECORD_DONE, NULL);
	cr_expect_eq(done->end, MEDIA_END_FAILED);
	cr_expect_not_null(strstr(done->text, path), "%s", done->text);
	struct wav wav = read_wav(path);
	cr_expect_geq(wav.count, (size_t)(seconds * 8000), "%zu samples", wav.count);
	cr_expect_gt(wav_level(&wav, 0, 440, 0.2, seconds), HEARD);
	free(wav.samples);
	far_forget(f);
	cr_expect(far_hears(f, 440, HEARD), "the call goes on");
	world_free(w);
}

Test(media_record, the_file_cannot_grow)
{
	struct rlimit limit = { 20000, RLIM_INFINITY };
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	fails_in_the_midst(scratch_file("limited.wav"), 0.5);
}

static bool write_line(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	if (!f)
		return false;
	bool good = fputs(text, f) >= 0;
	return fclose(f) == 0 && good;
}

/* A name space where one may mount: root's, or a user's own. */
static bool enter_name_space(void)
{
	char map[64];
	unsigned uid = getuid(), gid = getgid();
	if (unshare(CLONE_NEWNS) == 0)
		return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return false;
	snprintf(map, sizeof map, "0 %u 1", uid);
	if (!write_line("/proc/self/uid_map", map) || !write_line("/proc/self/setgroups", "deny"))
		return false;
	snprintf(map, sizeof map, "0 %u 1", gid);
	return write_line("/proc/self/gid_map", map);
}

Test(media_record, the_disk_is_full)
{
	char path[256], folder[256];
	snprintf(path, sizeof path, "%s", scratch_file("full.wav"));
	snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
	if (!enter_name_space() || mount("none", folder, "tmpfs", 0, "size=32k")) {
		cr_log_info("mounting is not allowed here: a full disk is not tried");
		return;
	}
	fails_in_the_midst(path, 1);
	unlink(path);
	umount(folder);
}

Test(media_record, the_file_is_removed)
{
	const char *path = scratch_file("gone.wav");
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	struct media_record record = { .file = path, .channels = 1 };
	far_tone(f, 440, -10);
	cr_assert_eq(media_session_record(s, &record, NULL), 0);
	world_pass(w, f, 30);
	unlink(path);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	cr_expect_eq(world_said(w, MEDIA_RECORD_DONE, NULL)->end, MEDIA_END_FAILED);
	world_free(w);
}

Test(media_record, pause_cut_out_and_kept)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	const char *path = scratch_file("pause.wav");
	struct media_record record = { .file = path, .channels = 1 };
	far_tone(f, 440, -10);
	world_pass(w, f, 10);
	cr_assert_eq(media_session_record(s, &record, NULL), 0);
	world_pass(w, f, 25);
	media_session_record_pause(s, 0, true, false);
	world_pass(w, f, 50);
	media_session_record_pause(s, 0, false, false);
	world_pass(w, f, 25);
	media_session_record_pause(s, 0, true, true);
	world_pass(w, f, 25);
	media_session_record_stop(s, 0);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	struct wav wav = read_wav(path);
	cr_expect(wav.count > 8000 * 1.2 && wav.count < 8000 * 1.8, "%zu samples of 1.5 s", wav.count);
	cr_expect_float_eq(wav_level(&wav, 0, 440, 0.2, 0.8), HEARD, 1.5);
	double end = (double)wav.count / 8000;
	cr_expect_lt(wav_level(&wav, 0, 440, end - 0.3, end), -60);
	free(wav.samples);
	world_free(w);
}

Test(media_record, silence_is_trimmed_at_both_ends)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	const char *path = scratch_file("trim.wav");
	const char *const files[] = { "silence:400", make_wav("t.wav", 8000, 1, 500, 0.4), "silence:400",
				      make_wav("u.wav", 8000, 1, 500, 0.4), "silence:600" };
	struct media_record record = { .file = path, .channels = 1, .trim_silence = true };
	struct media_play play = { .files = files, .count = 5, .loops = 1 };
	cr_assert_eq(media_session_record(s, &record, NULL), 0);
	cr_assert_eq(media_session_play(s, &play, NULL), 0);
	cr_assert(world_wait_said(w, MEDIA_PLAY_DONE, NULL));
	media_session_record_stop(s, 0);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	struct wav wav = read_wav(path);
	cr_expect(wav.count >= 9600 && wav.count <= 9600 + 320, "%zu samples of 1.2 s", wav.count);
	free(wav.samples);
	world_free(w);
}

Test(media_record, it_ends_when_the_far_end_has_said_nothing_for_so_long)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	const char *path = scratch_file("quiet.wav");
	struct media_record record = { .file = path, .channels = 1, .silence_ms = 400 };
	far_tone(f, 440, -30);
	world_pass(w, f, 10);
	cr_assert_eq(media_session_record(s, &record, NULL), 0);
	/* A low voice keeps it going, a pause that is shorter too. */
	world_pass(w, f, 40);
	far_tone(f, 440, -60);
	world_pass(w, f, 10);
	far_tone(f, 440, -30);
	world_pass(w, f, 25);
	far_tone(f, 440, -60);
	world_pass(w, f, 60);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	struct wav wav = read_wav(path);
	/* 75 frames of 20 ms, and 0.4 s of silence. */
	cr_expect(wav.count > 8000 * 1.7 && wav.count < 8000 * 2.2, "%zu samples of 1.9 s", wav.count);
	free(wav.samples);
	world_free(w);
}

Test(media_record, after_a_kill_it_plays_up_to_the_last_second)
{
	const char *path = scratch_file("kill.wav");
	pid_t child = fork();
	if (child == 0) {
		struct world *w = world_new(1);
		struct far *f;
		struct media_session *s = call(w, &f);
		struct media_record record = { .file = path, .channels = 1 };
		far_tone(f, 440, -10);
		if (media_session_record(s, &record, NULL))
			_exit(1);
		world_pass(w, f, 150);
		raise(SIGKILL);
	}
	int status;
	waitpid(child, &status, 0);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	struct wav wav = read_wav(path);
	cr_expect_geq(wav.count, 8000 * 2, "%zu samples of 3 s", wav.count);
	cr_expect_float_eq(wav_level(&wav, 0, 440, 0.5, (double)wav.count / 8000), HEARD, 1.5);
	struct stat st;
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_geq((size_t)st.st_size, wav.count * 2, "the header does not promise more than there is");
	free(wav.samples);
}

Test(media_record, a_beep_at_the_start)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	struct media_record record = { .file = scratch_file("beep.wav"), .channels = 1, .beep = true };
	cr_assert_eq(media_session_record(s, &record, NULL), 0);
	cr_expect(far_hears(f, 1000, HEARD - 1));
	cr_expect(far_hears_nothing(f));
	world_free(w);
}

Test(media_record, the_codec_changes_while_recording)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	const char *path = scratch_file("change.wav");
	struct media_record record = { .file = path, .channels = 1 };
	far_tone(f, 440, -10);
	cr_assert_eq(media_session_record(s, &record, NULL), 0);
	world_pass(w, f, 50);
	far_silent(f);
	struct far *wide = world_far(w, "G722"); /* as after a re-INVITE */
	far_meets(wide, s);
	far_tone(wide, 440, -10);
	world_pass(w, wide, 60);
	media_session_record_stop(s, 0);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	struct wav wav = read_wav(path);
	double end = (double)wav.count / 8000;
	cr_expect_eq(wav.info.samplerate, 8000);
	cr_expect_float_eq(wav_level(&wav, 0, 440, 0.3, 0.8), HEARD, 1.5);
	cr_expect_float_eq(wav_level(&wav, 0, 440, end - 0.6, end - 0.1), HEARD, 1.5);
	free(wav.samples);
	world_free(w);
}
