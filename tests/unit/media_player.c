/* Players and the file thread: what is urgent is read first, the beginning before anybody asks for it. */
#include "tests/unit/media_support.h"

#include "media/filer.h"
#include "media/player.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>

TestSuite(media_player, .timeout = 60, .fini = scratch_sweep);

enum { RATE = 8000, FRAME = RATE / 1000 * FRAME_MS };

/* A mail that holds the file thread up until it is let go, or only says that it was run. */
struct note {
	struct mail mail;
	char letter, *log;
	sem_t *entered, *hold, *ran;
};

static void on_note(struct mail *mail, void *owner)
{
	struct note *note = (struct note *)mail;

	(void)owner;
	if (note->entered)
		sem_post(note->entered);
	if (note->hold)
		sem_wait(note->hold);
	if (note->log)
		strncat(note->log, &note->letter, 1);
	if (note->ran)
		sem_post(note->ran);
}

static void wait_for(sem_t *sem)
{
	while (sem_wait(sem))
		;
}

/* All that was posted before is done. */
static void settle(struct filer *filer)
{
	sem_t ran;
	struct note last = { .mail = { .run = on_note }, .ran = &ran };

	sem_init(&ran, 0, 0);
	filer_post(filer, &last.mail);
	wait_for(&ran);
	sem_destroy(&ran);
}

Test(media_player, what_is_urgent_comes_first)
{
	struct filer filer;
	sem_t hold;
	char log[16] = "";
	struct note held = { .mail = { .run = on_note }, .hold = &hold };
	struct note notes[6];

	cr_assert_eq(filer_start(&filer), 0);
	sem_init(&hold, 0, 0);
	filer_post(&filer, &held.mail);
	for (int i = 0; i < 6; i++) {
		notes[i] = (struct note){ .mail = { .run = on_note }, .letter = (char)('a' + i), .log = log };
		if (i % 2)
			filer_hurry(&filer, &notes[i].mail);
		else
			filer_post(&filer, &notes[i].mail);
	}
	sem_post(&hold);
	settle(&filer);
	cr_expect_str_eq(log, "bdface");
	filer_stop(&filer);
	sem_destroy(&hold);
}

static void back(struct mail *mail, void *owner)
{
	(void)owner;
	player_free((struct player *)mail);
}

struct scene {
	struct filer filer;
	struct mailbox main;
	struct player *player;
};

static void scene_open(struct scene *scene)
{
	const char *file = make_wav("long.wav", RATE, 1, 500, 3);
	const struct media_play play = { .files = &file, .count = 1, .loops = 1 };

	memset(scene, 0, sizeof *scene);
	cr_assert_eq(filer_start(&scene->filer), 0);
	cr_assert_eq(mailbox_open(&scene->main), 0);
	cr_assert_eq(player_alloc(&scene->player, &play), 0);
	scene->player->main = &scene->main;
	scene->player->taken_back = back;
}

/* Whether a frame of sound was there. */
static bool takes(struct scene *scene)
{
	int16_t out[FRAME];
	bool sounds = false;

	player_read(scene->player, &scene->filer, out, FRAME, RATE);
	for (size_t i = 0; i < FRAME; i++)
		sounds |= out[i] != 0;
	return sounds;
}

static void scene_close(struct scene *scene)
{
	struct pollfd wait = { .fd = scene->main.fd, .events = POLLIN };

	player_send_home(scene->player, &scene->filer, MEDIA_END_STOPPED);
	cr_assert_eq(poll(&wait, 1, -1), 1);
	mailbox_run(&scene->main, NULL);
	filer_stop(&scene->filer);
	mailbox_close(&scene->main);
}

Test(media_player, the_beginning_is_there_before_it_is_asked_for)
{
	struct scene scene;

	scene_open(&scene);
	player_begin(scene.player, &scene.filer, RATE);
	settle(&scene.filer);
	cr_expect_eq(scene.player->written, PLAYER_SOON);
	cr_expect(takes(&scene), "the first frame");
	settle(&scene.filer);
	cr_expect_geq(scene.player->written, PLAYER_FRAMES, "the rest, when it was asked for");
	scene_close(&scene);
}

Test(media_player, whose_ring_runs_dry_is_read_for_first)
{
	struct scene scene;
	sem_t hold, entered;
	struct note held[2] = {
		{ .mail = { .run = on_note }, .entered = &entered, .hold = &hold },
		{ .mail = { .run = on_note }, .hold = &hold },
	};

	sem_init(&hold, 0, 0);
	sem_init(&entered, 0, 0);
	scene_open(&scene);
	player_begin(scene.player, &scene.filer, RATE);
	settle(&scene.filer);
	cr_assert(takes(&scene));
	settle(&scene.filer);
	/* the file thread has others' files to see to */
	for (int i = 0; i < 2; i++)
		filer_post(&scene.filer, &held[i].mail);
	wait_for(&entered);
	const unsigned ahead = scene.player->written;
	cr_assert_geq(ahead, PLAYER_FRAMES);
	while (scene.player->taken != ahead)
		cr_expect(takes(&scene), "frame %u", scene.player->taken);
	cr_expect_not(takes(&scene), "all that had been read ahead is taken");
	sem_post(&hold); /* behind the first of them it is our turn, with the second still waiting */
	while (scene.player->written == ahead)
		sched_yield(); /* the suite's time-out ends that */
	cr_expect(takes(&scene));
	sem_post(&hold);
	scene_close(&scene);
	sem_destroy(&hold);
	sem_destroy(&entered);
}
