/* frames: the frame path: on each tick a stream's audio is taken from its jitter buffer, decoded, used, and
 * what its far end is to hear is encoded and sent. Used by the stream's worker. */
#ifndef OFFHOOK_MEDIA_FRAMES_H
#define OFFHOOK_MEDIA_FRAMES_H

#include "media/codec.h"
#include "media/jbuf.h"
#include "media/stream.h"

struct frames {
	const struct media_codec *codec; /* NULL: no far end yet, frames are silence at 8 kHz */
	unsigned rate;			 /* samples a second */
	size_t size;			 /* samples of a frame */
	struct jbuf *jbuf;
	void *decoder, *encoder;
	bool heard;		     /* `in` holds audio, not silence */
	bool flowing;		     /* a first frame has come out of the jitter buffer */
	size_t waiting_max, waiting; /* samples decoded and not used yet */
	size_t packet;		     /* samples of a packet that we send */
	size_t unsent_max, unsent;   /* samples not sent yet, when packets are no frames */
	int16_t *wait_samples, *unsent_samples;
	int16_t in[]; /* this tick's frame, then the two above */
};

/* Makes `stream->frames` for its codec and puts it on the tick. Returns 0 or ENOMEM. */
int frames_enter(struct stream *stream);
/* Takes it off the tick and frees it. */
void frames_leave(struct stream *stream);

/* A packet has arrived. */
void frames_put(struct stream *stream, const struct rtp_packet *packet);
/* The stream starts anew. */
void frames_restart(struct stream *stream);

/* One tick for all streams of `worker` on the frame path. */
void frames_tick(struct worker *worker);

#endif
