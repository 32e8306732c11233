/* room: a conference as its worker has it: members, the mix, what is played and recorded.
 *
 * Concept. Once a tick, after all members were heard, the room adds up those that say something. A member
 * that was added hears the sum without itself; all others hear the sum, and for them it is encoded once a
 * codec. A sum that is too loud is turned down as a whole. The room's rate is the best that a member can use.
 *
 * Made by the main thread (conference.c), used by one worker until it goes back closed. */
#ifndef OFFHOOK_MEDIA_ROOM_H
#define OFFHOOK_MEDIA_ROOM_H

#include "media/codec.h"
#include "media/convert.h"
#include "media/stream.h"

enum { ROOM_CODECS = 8, ROOM_COACHES = 4, ROOM_BEEPS = 4 };

/* One codec's listeners. */
struct room_group {
	const struct media_codec *codec; /* NULL: unused */
	void *encoder;
	struct convert convert;
	uint64_t made; /* tick in which the packet was made */
	size_t size;   /* bytes of payload, 0: nothing is to be sent */
	int16_t frame[FRAME_MAX];
	uint8_t packet[RTP_HEADER + CODEC_MAX_RATE / 1000 * FRAME_MS * 2];
};

/* Whom a member does not hear. */
struct room_unheard {
	size_t count;
	struct {
		const struct media_session *session;
		struct room_member *member; /* NULL: it is none */
	} of[];
};

struct room_member {
	TAILQ_ENTRY(room_member) link;
	struct room *room;
	struct stream *stream;
	bool muted;			     /* is not heard */
	bool held;			     /* is not heard, and hears only what is played to it */
	bool deaf;			     /* hears nothing of the room */
	enum media_exit_beep exit_beep;
	const struct media_session *coaches; /* is heard by this one alone; NULL: by all */
	struct room_member *coached_by[ROOM_COACHES];
	unsigned coached_count;
	struct room_unheard *unheard; /* or NULL */
	unsigned open;		      /* ticks that it will still be added for */
	unsigned loud;		      /* ticks in a row with something said */
	bool talking;		      /* and we said so */
	bool added;		      /* in this tick's sum */
	bool apart;		      /* what it heard last was encoded for it alone */
	const int16_t *said;	      /* at the room's rate, this tick; NULL: nothing */
	struct convert convert;	      /* to the room's rate */
	int16_t converted[FRAME_MAX];
};

TAILQ_HEAD(room_members, room_member);

struct room {
	TAILQ_ENTRY(room) link;
	struct worker *worker;
	struct media_room *handle; /* the main thread's: passed on, never looked into */
	struct room_members members;
	unsigned count;
	bool started; /* members are heard */
	unsigned rate;
	size_t size;
	uint64_t tick;
	struct player *player; /* an announcement, to all */
	struct player *music;  /* until it has started, and for one who is alone */
	struct recorder *recorder;
	struct tones beep;
	bool beeping;
	bool beep_enter, beep_exit;
	bool beeps[ROOM_BEEPS]; /* to come: true is an entry */
	unsigned beep_count;
	float gain, gain_before; /* of the sum, in this tick and the one before */
	int32_t sum[FRAME_MAX];
	int16_t all[FRAME_MAX]; /* the sum, limited */
	struct room_group same[ROOM_CODECS], silent[ROOM_CODECS];
};

static inline int16_t limit16(int sample)
{
	return (int16_t)(sample > INT16_MAX ? INT16_MAX : sample < INT16_MIN ? INT16_MIN : sample);
}

/* A sample of a sum, turned down as the whole is: from the last tick's gain to this one's without a step. */
static inline int16_t room_limit(const struct room *room, int32_t sum, size_t i)
{
	size_t slope = room->size / 8;
	float gain = room->gain;
	if (gain == 1 && room->gain_before == 1)
		return limit16(sum);
	if (i < slope)
		gain = room->gain_before + (gain - room->gain_before) * (float)i / (float)slope;
	return limit16((int)((float)sum * gain));
}

/* Mail: a stream joins and leaves; `member` is given to the room. */
void room_join(struct room *room, struct stream *stream, struct room_member *member);
void room_leave(struct stream *stream);
/* Mail: rates, encoders and coaches after any change of members or of their codecs. */
void room_settle(struct room *room);
/* Mail: all leave. */
void room_dissolve(struct room *room);
/* Mail: ends player, music and recorder, and takes it off its worker. */
void room_close(struct room *room);

/* Mail: everybody hears a beep. */
void room_beep(struct room *room);

/* Tick. */
void room_mix(struct room *room);
/* What a member hears now, at its own rate. */
void room_read(struct stream *stream, int16_t *out);
/* The packet that a member hears with others, or NULL: it hears something of its own. */
struct room_group *room_same(struct stream *stream);

#endif
