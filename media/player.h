/* player: plays a list of files, tones and silence to one stream.
 *
 * Concept. The file thread reads ahead into a ring of frames, the worker takes one a tick. The worker asks
 * for more with a mail when the ring is half empty, and once more, urgently, when it is nearly empty: the
 * file thread then sees to it before the others, and reads a little. Where it begins is read before the
 * worker has it, so that its first tick has something to take.
 *
 * Threads and life. The main thread makes it, the worker has it while it plays, then the file thread closes
 * what is open and hands it back to the main thread, which says MEDIA_PLAY_DONE and frees it. */
#ifndef OFFHOOK_MEDIA_PLAYER_H
#define OFFHOOK_MEDIA_PLAYER_H

#include "media/codec.h"
#include "media/mailbox.h"
#include "media/media.h"
#include "media/source.h"

#include <stdatomic.h>

struct filer;
struct media_room;
struct stream;

/* The ring; what is left when more of it is urgent; how much there is after that. */
enum { PLAYER_FRAMES = 16, PLAYER_LOW = 2, PLAYER_SOON = 6 };

struct player_frame {
	unsigned rate, count;
	int16_t samples[FRAME_MAX];
};

struct player {
	struct mail done; /* on its way back to the main thread; must be first */
	struct mail refill, hurry;
	struct media_session *session; /* whose, or NULL */
	struct media_room *room;       /* whose, or NULL */
	uint32_t id;
	bool barge_in;
	enum media_end end;
	char **files;
	size_t count;
	unsigned loops; /* 0: for ever */
	float gain;	/* 1: as it is */
	/* the ring */
	atomic_uint written, taken;
	atomic_bool asked;   /* `refill` is on its way */
	atomic_bool hurried; /* `hurry` is */
	atomic_bool over;    /* nothing more will be written */
	atomic_uint rate;    /* what the worker wants */
	/* the file thread's */
	struct source *source;
	size_t index;
	unsigned rounds;
	bool failed, sounded; /* `sounded`: this round has given samples */
	char error[SOURCE_ERROR_SIZE];
	struct mailbox *main;
	void (*taken_back)(struct mail *done, void *engine);
	struct player_frame frames[PLAYER_FRAMES];
};

/* Main thread: copies the list. Returns 0, EINVAL (no files), ENOMEM. */
int player_alloc(struct player **out, const struct media_play *play) __attribute__((warn_unused_result));
void player_free(struct player *player);

/* Whoever has it before the worker does: the beginning is read, for samples at `rate` [Hz]. */
void player_begin(struct player *player, struct filer *filer, unsigned rate);

/* Worker. One frame of `count` samples at `rate`; silence when the file thread is behind. */
void player_read(struct player *player, struct filer *filer, int16_t *out, size_t count, unsigned rate);
/* All has been played. */
static inline bool player_over(struct player *p)
{
	return atomic_load_explicit(&p->over, memory_order_acquire) &&
	       atomic_load_explicit(&p->written, memory_order_relaxed) ==
		   atomic_load_explicit(&p->taken, memory_order_relaxed);
}
static inline bool player_barge_in(const struct player *p)
{
	return p->barge_in;
}
/* Worker: nothing more is read; it goes home. */
void player_send_home(struct player *player, struct filer *filer, enum media_end end);
/* The same for a stream's, which is taken from it. */
void player_finish(struct stream *stream, enum media_end end);

#endif
