/* Conference rooms. */
#include "tests/unit/media_support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>

TestSuite(media_rooms, .timeout = 60, .fini = scratch_sweep);

static const double HEARD = -13.14;

enum { MEMBERS_MAX = 8 };

static const char *const ids[MEMBERS_MAX] = { "0", "1", "2", "3", "4", "5", "6", "7" };
static const unsigned tones[MEMBERS_MAX] = { 350, 500, 650, 800, 950, 1100, 1250, 1400 };

struct meeting {
	struct world *w;
	struct media_room *room;
	struct media_session *s[MEMBERS_MAX];
	struct far *f[MEMBERS_MAX];
	unsigned count;
};

static void enters(struct meeting *m, const char *codec, const struct media_member *how)
{
	unsigned i = m->count++;
	m->s[i] = world_session(m->w, ids[i], 0);
	m->f[i] = world_far(m->w, codec);
	far_meets(m->f[i], m->s[i]);
	far_tone(m->f[i], tones[i], -16);
	cr_assert_eq(media_room_add(m->room, m->s[i], how), 0);
}

static struct meeting meeting(unsigned workers, const struct media_room_params *params)
{
	struct meeting m = { .w = world_new(workers) };
	cr_assert_eq(media_room_alloc(&m.room, m.w->engine, params), 0);
	return m;
}

static const struct media_member plain = { .starts = true };

static struct meeting three(void)
{
	struct meeting m = meeting(1, &(struct media_room_params){ .id = "room", .arg = "r" });
	for (int i = 0; i < 3; i++)
		enters(&m, "PCMU", &plain);
	return m;
}

static const double QUIETER = HEARD - 6;

static bool hears(struct meeting *m, unsigned who, unsigned whom)
{
	return far_hears_about(m->f[who], tones[whom], QUIETER, 2.5);
}

static bool hears_not_now(struct meeting *m, unsigned who, unsigned whom)
{
	return far_level(m->f[who], tones[whom], 200) < -45;
}

struct waiting {
	struct meeting *m;
	unsigned who, whom;
};

static bool not_now(struct world *w, void *arg)
{
	const struct waiting *x = arg;
	(void)w;
	return hears_not_now(x->m, x->who, x->whom);
}

static bool hears_not(struct meeting *m, unsigned who, unsigned whom)
{
	struct waiting x = { m, who, whom };
	return world_wait(m->w, not_now, &x);
}

static void everybody_hears_all_others(struct meeting *m)
{
	for (unsigned i = 0; i < m->count; i++) {
		for (unsigned k = 0; k < m->count; k++) {
			if (i != k)
				cr_expect(hears(m, i, k), "%u hears %u: %.1f dB", i, k,
					  far_level(m->f[i], tones[k], 200));
			else
				cr_expect(hears_not(m, i, i), "%u hears itself: %.1f dB", i,
					  far_level(m->f[i], tones[i], 200));
		}
	}
}

static void over(struct meeting *m)
{
	media_room_close(m->room);
	for (unsigned i = 0; i < m->count; i++)
		media_session_close(m->s[i]);
	cr_assert(world_wait_closed(m->w));
	cr_assert(world_wait_said(m->w, MEDIA_ROOM_CLOSED, NULL));
	cr_expect_eq(media_engine_rooms(m->w->engine), 0);
	world_free(m->w);
}

Test(media_rooms, everybody_hears_all_others_and_not_itself)
{
	struct meeting m = three();
	everybody_hears_all_others(&m);
	cr_expect_eq(media_room_members(m.room), 3);
	over(&m);
}

Test(media_rooms, codecs_and_packet_times_of_all_kinds)
{
	struct meeting m = meeting(1, &(struct media_room_params){ .id = "room" });
	static const char *const codecs[] = { "PCMU", "opus", "G722", "PCMA", "L16", "PCMU" };
	for (unsigned i = 0; i < 6; i++)
		enters(&m, codecs[i], &plain);
	m.f[5]->ptime_ms = 60;
	far_meets(m.f[5], m.s[5]);
	everybody_hears_all_others(&m);
	over(&m);
}

Test(media_rooms, members_of_other_workers_come_over)
{
	struct meeting m = meeting(3, &(struct media_room_params){ .id = "room" });
	for (int i = 0; i < 6; i++)
		enters(&m, "PCMU", &plain);
	everybody_hears_all_others(&m);
	over(&m);
}

Test(media_rooms, silent_members_hear_the_same)
{
	struct meeting m = three();
	enters(&m, "G722", &plain);
	enters(&m, "PCMU", &plain);
	far_tone(m.f[2], 650, -90);
	far_tone(m.f[3], 800, -90);
	far_tone(m.f[4], 950, -90);
	for (unsigned i = 2; i < 5; i++)
		cr_expect(hears(&m, i, 0) && hears(&m, i, 1), "%u", i);
	cr_expect(hears(&m, 0, 1) && hears_not(&m, 0, 0));
	far_tone(m.f[3], 800, -16); /* one begins to speak */
	cr_expect(hears(&m, 2, 3) && hears(&m, 0, 3) && hears_not(&m, 3, 3) && hears(&m, 3, 0));
	far_forget(m.f[2]);
	world_pass(m.w, m.f[0], 20);
	cr_expect_eq(m.f[2]->seq_gaps, 0);
	cr_expect_eq(m.f[2]->timestamp_gaps, 0);
	cr_expect_eq(m.f[2]->ssrc_changes, 0);
	over(&m);
}

Test(media_rooms, muted_held_deaf)
{
	struct meeting m = three();
	everybody_hears_all_others(&m);
	cr_assert_eq(media_room_change(m.s[0], &(struct media_member){ .muted = true }), 0);
	cr_expect(hears_not(&m, 1, 0) && hears_not(&m, 2, 0));
	cr_expect(hears(&m, 0, 1) && hears(&m, 0, 2));
	cr_assert_eq(media_room_change(m.s[0], &(struct media_member){ .deaf = true }), 0);
	cr_expect(hears(&m, 1, 0));
	cr_expect(far_hears_nothing(m.f[0]));
	cr_assert_eq(media_room_change(m.s[0], &(struct media_member){ .held = true }), 0);
	cr_expect(hears_not(&m, 1, 0));
	cr_expect(far_hears_nothing(m.f[0]));
	const char *music = "tone:dial/fr";
	cr_assert_eq(media_session_play(m.s[0], &(struct media_play){ .files = &music, .count = 1 }, NULL),
		     0);
	cr_expect(far_hears(m.f[0], 440, HEARD), "music while held");
	media_session_play_stop(m.s[0]);
	cr_assert_eq(media_room_change(m.s[0], &plain), 0);
	everybody_hears_all_others(&m);
	over(&m);
}

Test(media_rooms, some_do_not_hear_some)
{
	struct meeting m = three();
	struct media_session * not [] = { m.s[1] };
	enters(&m, "opus", &(struct media_member){ .unheard = not, .unheard_count = 1 });
	cr_expect(hears(&m, 3, 0) && hears(&m, 3, 2) && hears_not(&m, 3, 1));
	cr_expect(hears(&m, 1, 3) && hears(&m, 0, 3), "the others hear it");
	not [0] = m.s[3];
	cr_assert_eq(media_room_change(m.s[0], &(struct media_member){ .unheard = not, .unheard_count = 1 }),
		     0);
	cr_expect(hears_not(&m, 0, 3) && hears(&m, 0, 1) && hears(&m, 0, 2));
	media_room_remove(m.s[1]);
	cr_assert_eq(media_room_add(m.room, m.s[1], &plain), 0);
	cr_expect(hears(&m, 3, 1), "one that has left and is back is another");
	cr_assert_eq(media_room_change(m.s[0], &plain), 0);
	cr_expect(hears(&m, 0, 3));
	cr_expect_eq(
	    media_room_change(
		m.s[0], &(struct media_member){ .unheard = not, .unheard_count = MEDIA_UNHEARD_MAX + 1 }),
	    EINVAL);
	over(&m);
}

Test(media_rooms, joins_muted)
{
	struct meeting m = three();
	enters(&m, "PCMU", &(struct media_member){ .muted = true });
	cr_expect(hears(&m, 3, 0) && hears(&m, 3, 1) && hears(&m, 3, 2));
	cr_expect(hears_not(&m, 0, 3));
	over(&m);
}

Test(media_rooms, a_coach_is_heard_by_one)
{
	struct meeting m = three();
	enters(&m, "opus", &(struct media_member){ .coaches = m.s[1] });
	cr_expect(hears(&m, 1, 3), "the coached one");
	cr_expect(hears(&m, 3, 0) && hears(&m, 3, 1) && hears(&m, 3, 2), "the coach hears all");
	cr_expect(hears_not(&m, 0, 3) && hears_not(&m, 2, 3), "the others do not hear the coach");
	cr_expect(hears(&m, 1, 0) && hears_not(&m, 1, 1));
	media_room_remove(m.s[1]);
	cr_expect(hears_not(&m, 3, 1), "%f", far_level(m.f[3], tones[1], 200));
	over(&m);
}

Test(media_rooms, kicked_and_back)
{
	struct meeting m = three();
	everybody_hears_all_others(&m);
	media_room_remove(m.s[1]);
	cr_expect_eq(media_room_members(m.room), 2);
	cr_expect(far_hears_nothing(m.f[1]));
	cr_expect(hears_not(&m, 0, 1));
	cr_expect_eq(media_room_change(m.s[1], &plain), ENOENT);
	media_room_remove(m.s[1]);
	cr_assert_eq(media_room_add(m.room, m.s[1], &plain), 0);
	everybody_hears_all_others(&m);
	over(&m);
}

Test(media_rooms, a_bridge_and_a_room_exclude_each_other)
{
	struct meeting m = three();
	everybody_hears_all_others(&m);
	cr_assert_eq(media_session_bridge(m.s[0], m.s[1]), 0);
	cr_expect_eq(media_room_members(m.room), 1);
	cr_expect(far_hears_about(m.f[0], tones[1], QUIETER, 2.5));
	cr_expect(hears_not(&m, 0, 2));
	cr_expect(far_hears_nothing(m.f[2]));
	cr_assert_eq(media_room_add(m.room, m.s[0], &plain), 0);
	cr_expect(hears(&m, 2, 0) && hears(&m, 0, 2));
	cr_expect(far_hears_nothing(m.f[1]));
	over(&m);
}

Test(media_rooms, a_full_room_refuses)
{
	struct meeting m = meeting(1, &(struct media_room_params){ .id = "room", .max_members = 2 });
	enters(&m, "PCMU", &plain);
	enters(&m, "PCMU", &plain);
	struct media_session *late = world_session(m.w, "late", 0);
	cr_expect_eq(media_room_add(m.room, late, &plain), EUSERS);
	media_room_remove(m.s[0]);
	cr_expect_eq(media_room_add(m.room, late, &plain), 0);
	media_session_close(late);
	cr_expect_eq(media_room_members(m.room), 1);
	over(&m);
}

Test(media_rooms, music_until_a_moderator_enters_and_the_end_when_one_leaves)
{
	const char *music = "tone:dial/fr";
	struct meeting m =
	    meeting(1, &(struct media_room_params){
			   .id = "room", .arg = "r", .wait = true, .music = &music, .music_count = 1 });
	enters(&m, "PCMU", &(struct media_member){ .starts = false });
	enters(&m, "PCMU", &(struct media_member){ .starts = false });
	cr_expect(far_hears(m.f[0], 440, HEARD) && far_hears(m.f[1], 440, HEARD));
	cr_expect(hears_not(&m, 0, 1) && hears_not(&m, 1, 0));
	enters(&m, "PCMU", &(struct media_member){ .starts = true, .ends = true });
	everybody_hears_all_others(&m);
	cr_expect_lt(far_level(m.f[0], 440, 200), -45, "the music has stopped");
	media_session_close(m.s[2]);
	cr_assert(world_wait_said(m.w, MEDIA_ROOM_ENDED, NULL));
	cr_expect_str_eq(world_said(m.w, MEDIA_ROOM_ENDED, NULL)->room_arg, "r");
	cr_expect_eq(media_room_members(m.room), 0);
	cr_expect(far_hears_nothing(m.f[0]) && far_hears_nothing(m.f[1]));
	m.count = 2;
	over(&m);
}

Test(media_rooms, who_is_talking)
{
	struct meeting m = three();
	far_tone(m.f[1], 500, -90);
	far_tone(m.f[2], 650, -90);
	cr_assert(world_wait_said(m.w, MEDIA_TALKING, (void *)(uintptr_t)ids[0]));
	cr_expect(world_said(m.w, MEDIA_TALKING, NULL)->started);
	m.w->said_count = 0;
	far_tone(m.f[0], 350, -90);
	cr_assert(world_wait_said(m.w, MEDIA_TALKING, (void *)(uintptr_t)ids[0]));
	cr_expect_not(world_said(m.w, MEDIA_TALKING, NULL)->started);
	cr_expect_str_eq(world_said(m.w, MEDIA_TALKING, NULL)->room_arg, "r");
	over(&m);
}

Test(media_rooms, announcements_to_all_and_to_one)
{
	struct meeting m = three();
	const char *all = "tone:dial/fr", *one = "tone:dial/de";
	uint32_t id;
	cr_assert_eq(media_room_play(m.room, &(struct media_play){ .files = &all, .count = 1 }, &id), 0);
	for (unsigned i = 0; i < 3; i++)
		cr_expect(far_hears(m.f[i], 440, HEARD));
	cr_expect(hears(&m, 0, 1), "and each other");
	cr_assert_eq(media_session_play(m.s[0], &(struct media_play){ .files = &one, .count = 1 }, NULL), 0);
	cr_expect(far_hears(m.f[0], 425, HEARD));
	cr_expect_lt(far_level(m.f[1], 425, 400), -30);
	cr_expect(hears(&m, 1, 0), "it is still heard");
	media_room_play_stop(m.room);
	cr_assert(world_wait_said(m.w, MEDIA_PLAY_DONE, NULL));
	cr_expect_eq(world_said(m.w, MEDIA_PLAY_DONE, NULL)->id, id);
	cr_expect_str_eq(world_said(m.w, MEDIA_PLAY_DONE, NULL)->room_arg, "r");
	media_session_play_stop(m.s[0]);
	everybody_hears_all_others(&m);
	over(&m);
}

Test(media_rooms, beeps_on_entry_and_exit)
{
	struct meeting m =
	    meeting(1, &(struct media_room_params){ .id = "room", .beep_enter = true, .beep_exit = true });
	enters(&m, "PCMU", &plain);
	enters(&m, "PCMU", &plain);
	far_tone(m.f[0], 350, -90);
	far_tone(m.f[1], 500, -90);
	far_hears_nothing(m.f[0]);
	struct media_session *third = world_session(m.w, "third", 0);
	cr_assert_eq(media_room_add(m.room, third, &plain), 0);
	cr_expect(far_hears_about(m.f[0], 800, HEARD, 4));
	cr_expect(far_hears_nothing(m.f[0]));
	media_session_close(third);
	cr_expect(far_hears_about(m.f[0], 500, HEARD, 4));
	over(&m);
}

Test(media_rooms, whether_the_leaving_of_one_beeps_may_be_said_of_it)
{
	for (int room = 0; room < 2; room++) {
		struct meeting m = meeting(1, &(struct media_room_params){ .id = "room", .beep_exit = room });
		const struct media_member other = { .exit_beep =
							room ? MEDIA_EXIT_BEEP_OFF : MEDIA_EXIT_BEEP_ON };
		enters(&m, "PCMU", &plain);
		enters(&m, "PCMU", &plain);
		far_tone(m.f[0], 350, -90);
		far_tone(m.f[1], 620, -90);
		struct media_session *third = world_session(m.w, "third", 0),
				     *fourth = world_session(m.w, "fourth", 0);
		cr_assert_eq(media_room_add(m.room, third, &other), 0);
		cr_assert_eq(media_room_add(m.room, fourth, &plain), 0);
		cr_assert(far_hears_nothing(m.f[0]));
		far_forget(m.f[0]);
		media_session_close(room ? fourth : third); /* it alone beeps */
		cr_expect(far_hears_about(m.f[0], 500, HEARD, 4));
		cr_assert(far_hears_nothing(m.f[0]));
		far_forget(m.f[0]);
		media_session_close(room ? third : fourth);
		world_pass(m.w, m.f[0], 50);
		cr_expect_lt(far_level(m.f[0], 500, 900), -45);
		over(&m);
	}
}

Test(media_rooms, recorded_mono)
{
	struct meeting m = three();
	everybody_hears_all_others(&m);
	const char *path = scratch_file("room.wav");
	struct media_record record = { .file = path, .channels = 1, .max_ms = 1000 };
	uint32_t id;
	cr_assert_eq(media_room_record(m.room, &record, &id), 0);
	cr_expect_eq(media_room_record(m.room, &record, NULL), EBUSY);
	cr_assert(world_wait_said(m.w, MEDIA_RECORD_DONE, NULL));
	cr_expect_eq(world_said(m.w, MEDIA_RECORD_DONE, NULL)->id, id);
	SF_INFO info = { 0 };
	SNDFILE *f = sf_open(path, SFM_READ, &info);
	cr_assert_not_null(f);
	static int16_t samples[8000];
	cr_expect_eq(info.frames, 8000);
	sf_readf_short(f, samples, 8000);
	sf_close(f);
	for (unsigned i = 0; i < 3; i++)
		cr_expect_float_eq(level_of_most(samples, 8000, tones[i], 8000), QUIETER, 1.5);
	over(&m);
}

/* Eight at full level would add up to four times what a sample can hold. */
Test(media_rooms, a_sum_too_loud_is_limited_not_wrapped)
{
	struct meeting m = meeting(1, &(struct media_room_params){ .id = "room" });
	for (int i = 0; i < 8; i++)
		enters(&m, "L16", &plain);
	for (int i = 0; i < 8; i++)
		far_tone(m.f[i], tones[i], 3);
	struct far *f = m.f[0];
	world_pass(m.w, f, 40);
	far_forget(f);
	world_pass(m.w, f, 60);
	cr_expect_eq(f->heard_count > 8000, true);
	for (unsigned i = 1; i < 8; i++)
		cr_expect_gt(far_level(f, tones[i], 500), -26, "%u: %.1f dB", i, far_level(f, tones[i], 500));
	int steepest = 0; /* a wrapped sample is a cliff from one end of the range to the other */
	for (size_t i = 1; i < f->heard_count; i++) {
		int step = abs(f->heard[i] - f->heard[i - 1]);
		steepest = step > steepest ? step : steepest;
	}
	cr_expect_lt(steepest, 40000);
	over(&m);
}

Test(media_rooms, closed_while_busy)
{
	for (int round = 0; round < 5; round++) {
		struct meeting m = three();
		const char *dial = "tone:dial";
		struct media_record record = { .file = scratch_file("busy.wav"), .channels = 1 };
		cr_assert_eq(media_room_record(m.room, &record, NULL), 0);
		cr_assert_eq(
		    media_room_play(m.room, &(struct media_play){ .files = &dial, .count = 1 }, NULL), 0);
		world_pass(m.w, m.f[0], (unsigned)round * 3);
		over(&m);
	}
	struct meeting m = three();
	struct media_record record = { .file = scratch_file("busy.wav"), .channels = 1 };
	cr_assert_eq(media_room_record(m.room, &record, NULL), 0);
	world_free(m.w); /* with everything open */
}
