/* media_support: an engine and far ends on loopback for the media tests.
 *
 * A world is an event base, an engine, and everything that it said; a far end is a UDP socket that sends a
 * tone every 20 ms and keeps what it hears as samples. world_wait() runs the base until a condition holds;
 * its deadline is the failure. */
#ifndef OFFHOOK_TESTS_MEDIA_SUPPORT_H
#define OFFHOOK_TESTS_MEDIA_SUPPORT_H

#include "media/media.h"
#include "media/secure.h"
#include "media/tones.h"

#include <event2/event.h>
#include <stdbool.h>

enum { FAR_SAMPLES = 8000 * 60, FAR_MAX = 24, EVENTS_MAX = 256, DEADLINE_MS = 20000 };

/* What the way to us does to a far end's packets. */
struct impairment {
	unsigned loss_permille, duplicate_permille;
	unsigned reorder_permille; /* so many are overtaken by the next one */
	unsigned jitter_ms;	   /* each packet is late by up to this */
	int drift_ppm;		   /* its clock is faster */
};

struct flying {
	int64_t due_us;
	size_t size;
	uint8_t bytes[1500];
};

enum { FLYING_MAX = 32 };

struct far {
	struct world *world;
	int fd, rtcp_fd;
	uint16_t port;
	struct event *read_event, *rtcp_event;
	struct sockaddr_storage to, rtcp_to;
	const struct media_codec *codec;
	int pt, dtmf_pt;
	unsigned dtmf_clock_hz, digit_duration;
	unsigned ptime_ms;
	bool sending;
	struct impairment impairment;
	struct flying flying[FLYING_MAX];
	unsigned seed;
	double next_us; /* when the next packet is due; 0: not sending */
	void *encoder, *decoder;
	struct tones tone;
	uint16_t seq;
	uint32_t timestamp, ssrc;
	unsigned sent; /* packets, and those that DTX left out */
	bool paused;
	bool held_up;		/* the machine was so busy that it could not send for a tenth of a second */
	bool dtx;		/* it sends nothing, and its timestamps go on */
	struct media_srtp srtp; /* as the session has it */
	struct secure *seal, *open;
	/* heard */
	unsigned forged; /* packets that were not made with the key, or were there before */
	unsigned packets, seq_gaps, ssrc_changes, timestamp_gaps, events, event_ends, rtcp_packets, rtcp_byes;
	char digits[64];
	unsigned digit_count;
	uint32_t digit_timestamp;
	uint32_t last_sr; /* middle 32 bits of our last sender report */
	bool rtcp_mux;
	uint16_t last_seq;
	uint32_t last_ssrc, last_timestamp;
	int last_pt;
	size_t last_size;
	int16_t *heard;
	size_t heard_count;
};

struct said {
	enum media_event_kind kind;
	void *arg, *room_arg;
	bool started, inband;
	uint32_t id;
	enum media_end end;
	char digit;
	unsigned duration_ms;
	uint64_t record_ms, record_bytes;
	char text[200];
	const char *what;
	unsigned percent;
	float mos;
	struct media_stats stats;
};

struct world {
	struct event_base *base;
	struct event *tick;
	struct media_engine *engine;
	struct far fars[FAR_MAX];
	size_t far_count;
	struct said said[EVENTS_MAX];
	size_t said_count;
	struct media_stats stats;
	bool have_stats;
	bool crowd;			 /* what is said of so many is not kept */
	struct media_second seconds[64]; /* of the session that was closed last */
	size_t second_count;
};

struct world *world_new(unsigned workers);
struct world *world_new_limits(unsigned workers, const struct media_limits *limits);
/* Address, handler and its argument are the world's; ports too when none are given. */
struct world *world_new_params(const struct media_engine_params *params);
/* Closes everything; fails the test when a session or a descriptor is left. */
void world_free(struct world *world);

typedef bool world_condition(struct world *world, void *arg);
bool world_wait(struct world *world, world_condition *condition, void *arg);
/* Lets the world go on until `far` has sent `count` more packets. */
void world_pass(struct world *world, struct far *far, unsigned count);

struct media_session *world_session(struct world *world, const char *id, unsigned timeout_s);
/* A far end; `codec` is a name of RTP's, with a clock where there are several: "L16/16000". */
struct far *world_far(struct world *world, const char *codec);
void far_free(struct far *far);
/* Sends what is due. */
void far_step(struct far *far);
void far_meets(struct far *far, struct media_session *session);
/* It speaks SRTP from now on, with keys that follow from `seed` and, for either direction alone, may be the
 * same as before. far_meets() tells the session. NONE: plain. */
void far_secure(struct far *far, enum media_srtp_suite suite, unsigned seed_of_far, unsigned seed_of_session);
struct media_remote far_remote(const struct far *far);
void far_tone(struct far *far, unsigned hz, float dbm0);
void far_silent(struct far *far);
void far_send_raw(struct far *far, const void *bytes, size_t size);
/* One telephone-event packet. */
void far_send_event(struct far *far, unsigned event, unsigned duration, bool end, uint32_t timestamp,
		    bool marker);
/* Forgets what was heard so far. */
void far_forget(struct far *far);

/* Whether, and when, the engine said something. */
struct said *world_said(struct world *world, enum media_event_kind kind, void *arg);
size_t world_count(struct world *world, enum media_event_kind kind, void *arg);
bool world_wait_said(struct world *world, enum media_event_kind kind, void *arg);
bool world_wait_closed(struct world *world);
struct media_stats world_stats(struct world *world, struct media_session *session);

/* Level of `hz` in samples [dB relative to a full-scale sine]. */
double level(const int16_t *samples, size_t count, double hz, unsigned rate);
/* The median of it over pieces of 100 ms: a frame that is missing shifts the phase and counts for its piece
 * alone. */
double level_of_most(const int16_t *samples, size_t count, double hz, unsigned rate);
/* Level in the last `ms` that the far end heard. */
double far_level(const struct far *far, double hz, unsigned ms);
/* Waits until the far end hears `hz` at `dbfs` ± 1.5 dB for 200 ms. */
bool far_hears(struct far *far, double hz, double dbfs);
/* The same with a tolerance [dB]. */
bool far_hears_about(struct far *far, double hz, double dbfs, double tolerance);
/* Waits until it hears nothing over −60 dBFS for 200 ms. */
bool far_hears_nothing(struct far *far);

/* Names a file that does not exist in a fresh folder. scratch_sweep() removes them all: the end of each test.
 */
const char *scratch_file(const char *name);
void scratch_sweep(void);
/* A file with a sine at −10 dBm0 on each channel, `format` as libsndfile's; NULL where that cannot be
 * written. */
const char *make_sound(const char *name, int format, unsigned rate, unsigned channels, double hz,
		       double seconds);
const char *make_wav(const char *name, unsigned rate, unsigned channels, double hz, double seconds);
size_t open_descriptors(void);

#endif
