/* frames: the frame path: on each tick a stream's audio is taken from its jitter buffer, decoded, used, and
 * what its far end is to hear is encoded and sent. Used by the stream's worker. hear.c has the receiving
 * half, frames.c the sending one. */
#ifndef OFFHOOK_MEDIA_FRAMES_H
#define OFFHOOK_MEDIA_FRAMES_H

#include "media/codec.h"
#include "media/conceal.h"
#include "media/convert.h"
#include "media/jbuf.h"
#include "media/stream.h"

struct frames {
	const struct media_codec *codec;       /* NULL: no far end yet, frames are silence at 8 kHz */
	const struct media_codec *heard_codec; /* what comes may be in another */
	unsigned rate;			       /* samples a second */
	size_t size;			       /* samples of a frame */
	unsigned heard_rate;		       /* the same two of what comes */
	size_t heard_size;
	struct jbuf *jbuf;
	void *decoder, *encoder;
	bool heard;	       /* `in` holds audio, not silence */
	bool flowing;	       /* a first frame has come out of the jitter buffer */
	unsigned concealed;    /* frames in a row that were made up */
	unsigned concealed_ms; /* of them, not counted yet: they may turn out to be a pause */
	uint16_t next_seq;     /* after the packet decoded last */
	uint32_t next_timestamp;
	bool pausing;	/* the far end said that it will send nothing for a while (RFC 3389) */
	unsigned noise; /* amplitude of comfort noise meanwhile */
	uint32_t noise_seed;
	struct conceal conceal;
	struct convert heard_convert; /* of what comes, to our rate */
	struct convert convert;	      /* from the peer's or the room's rate to ours */
	size_t waiting_max, waiting;  /* samples decoded and not used yet */
	unsigned excess;	      /* ticks in a row with more than enough waiting */
	size_t packet;		      /* samples of a packet that we send */
	size_t unsent_max, unsent;    /* samples not sent yet, when packets are no frames */
	int16_t *wait_samples, *unsent_samples;
	int16_t in[]; /* this tick's frame, then the two above */
};

/* Makes `stream->frames` for its codec and puts it on the tick. Returns 0 or ENOMEM. */
int frames_enter(struct stream *stream);
/* Takes it off the tick and frees it. */
void frames_leave(struct stream *stream);
/* What the tick needs for what the stream hears now (rates may differ). */
void frames_prepare(struct stream *stream);

/* A packet has arrived, of audio or of comfort noise (RFC 3389). */
void frames_put(struct stream *stream, const struct rtp_packet *packet);
/* The stream starts anew. */
void frames_restart(struct stream *stream);

/* This tick's frame of the far end into `in`. */
void frames_hear(struct stream *stream);
/* One tick for all streams of `worker` on the frame path. */
void frames_tick(struct worker *worker);

#endif
