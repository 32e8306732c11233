/* recorder: writes what a stream says and hears to a WAV file.
 *
 * Concept. The worker puts a frame a tick into a ring, the file thread writes them out twice a second, and
 * each time sets the header right, so that the file plays whatever happens to us. The file's rate is fixed
 * when it begins.
 *
 * Threads and life. As a player's: main, worker, file thread, main, which says MEDIA_RECORD_DONE. */
#ifndef OFFHOOK_MEDIA_RECORDER_H
#define OFFHOOK_MEDIA_RECORDER_H

#include "media/codec.h"
#include "media/convert.h"
#include "media/mailbox.h"
#include "media/media.h"

#include <sndfile.h>
#include <stdatomic.h>

struct filer;
struct media_room;
struct stream;

enum { RECORDER_FRAMES = 100, RECORDER_FLUSH = 25, RECORDER_ERROR_SIZE = 256 };

struct recorder {
	struct mail done; /* on its way back to the main thread; must be first */
	struct mail flush;
	struct recorder *next;	       /* of the stream; NULL: the last */
	struct media_session *session; /* whose, or NULL */
	struct media_room *room;       /* whose, or NULL */
	uint32_t id;
	char *file;
	unsigned channels, rate;
	enum media_track track;
	size_t size; /* samples of a frame, all channels */
	bool trim;
	enum media_end end;
	/* the worker's */
	uint64_t frames, frames_max;
	unsigned quiet, quiet_max; /* frames at a stretch in which the far end says nothing */
	bool paused, keep_silence, mask;
	struct convert convert_said, convert_heard; /* to `rate`, once the codec has changed */
	unsigned filled; /* frames in the ring; those after `written` are held back */
	unsigned masked; /* frames to come that are silenced */
	/* the ring */
	atomic_uint written, taken;
	atomic_bool asked, failed;
	atomic_uint lost; /* frames that found the ring full */
	/* the file thread's */
	int fd;
	SNDFILE *out;
	bool open_tried, begun;
	uint64_t silent;  /* frames held back by trimming */
	uint64_t samples; /* written, a channel */
	uint64_t bytes;	  /* of the file, once closed */
	char error[RECORDER_ERROR_SIZE];
	struct mailbox *main;
	void (*taken_back)(struct mail *done, void *engine);
	int16_t ring[];
};

/* Main thread. `rate`: of the file [samples a second]. Returns 0, EINVAL, ENOMEM. */
int recorder_alloc(struct recorder **out, const struct media_record *record, unsigned rate)
    __attribute__((warn_unused_result));
void recorder_free(struct recorder *recorder);

/* Mail: frames will come at `rate` from now on, to it and those behind it. */
void recorder_prepare(struct recorder *first, unsigned rate);
/* Worker: a frame of `count` samples that the far end said and one that it heard. True: it is over (*end says
 * how) and is to be sent home. */
bool recorder_write(struct recorder *recorder, struct filer *filer, const int16_t *said, const int16_t *heard,
		    size_t count, enum media_end *end);
/* Worker: a digit sounds: what was held back and the next few frames become silence, for it and those behind
 * it of which that was asked. */
void recorder_mask(struct recorder *first);
/* Worker: nothing more is written; it goes home. */
void recorder_send_home(struct recorder *recorder, struct filer *filer, enum media_end end);
/* The same for one of a stream's, which is taken from it. */
void recorder_finish(struct stream *stream, struct recorder *recorder, enum media_end end);
/* Worker: a frame for all of a stream's, as recorder_write(); those that are over are sent home. */
void recorder_write_all(struct stream *stream, const int16_t *said, const int16_t *heard, size_t count);
/* Worker: has the file made at once, so that a bad name is known at once. */
void recorder_start(struct recorder *recorder, struct filer *filer);

#endif
