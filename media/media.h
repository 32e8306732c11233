/* media: the RTP engine. Sessions send and receive RTP, and are bridged, recorded, played to, echoed and
 * mixed.
 *
 * Concept. The main thread owns handles (struct media_session, struct media_room) and tells the engine what
 * to do; worker threads do it. Every function here is called from the main thread, returns at once, and posts
 * a message to the worker that has the session. What workers have to say arrives as struct media_event in the
 * engine's handler, on the main thread, through an eventfd in the main event base. No lock is shared; nothing
 * in a worker's tick allocates, locks, logs or touches a file.
 *
 * A session is either on the relay path (bridged, same codec and packet time, nobody listening in: packets
 * are forwarded when they arrive) or on the frame path (everything else: jitter buffer, decode, 20 ms tick,
 * encode). The engine chooses and changes in mid-call by itself.
 *
 * Shutdown. media_session_close() ends a session and its handle; the last event of it is MEDIA_CLOSED with
 * its statistics, after which its `arg` is not used any more. media_engine_free() closes all, waits for
 * workers and file thread (recordings are complete then), and calls no handler. */
#ifndef OFFHOOK_MEDIA_MEDIA_H
#define OFFHOOK_MEDIA_MEDIA_H

#include "media/address.h"
#include "media/far.h"
#include "media/machine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct event_base;
struct media_engine;
struct media_session;
struct media_room;

/* ---- codecs ---- */

struct media_codec {
	const char *name;   /* as in SDP rtpmap: "PCMU", "PCMA", "G722", "opus", "L16" */
	unsigned clock_hz;  /* RTP clock, as in rtpmap (8000 for G722) */
	unsigned sample_hz; /* of the audio */
	unsigned channels;  /* as in rtpmap: 1, and 2 for opus */
	const void *ops;    /* the engine's own */
};

/* Finds a codec by its rtpmap name (any case) and clock; clock 0 takes the first of that name. NULL: not one
 * of ours. */
const struct media_codec *media_codec_find(const char *name, unsigned clock_hz);
/* Its static payload type (RFC 3551), or −1. */
int media_codec_static_pt(const struct media_codec *codec);
/* By static payload type; NULL: none of ours. */
const struct media_codec *media_codec_by_pt(int pt);
/* The i-th codec, NULL past the end. */
const struct media_codec *media_codec_at(size_t i);

/* ---- engine ---- */

enum media_event_kind {
	MEDIA_PLAY_DONE,    /* .play */
	MEDIA_RECORD_DONE,  /* .record: the file is complete on disk */
	MEDIA_DIGIT,	    /* .digit: one per press, when it ends or is certain */
	MEDIA_TIMEOUT,	    /* nothing received for the session's timeout; once per silence */
	MEDIA_FIRST_PACKET, /* .from: the first RTP packet was taken: media flows in */
	MEDIA_MOVED,	    /* .from: it comes from another address from now on, and goes there */
	MEDIA_QUALITY,	    /* .quality: a second fell under a threshold */
	MEDIA_TALKING,	    /* .talking: a room's member began or stopped */
	MEDIA_MACHINE,	    /* .machine: who has answered, or that its message is over */
	MEDIA_VOICE,	    /* .voice: the far end began to speak, or is silent again */
	MEDIA_CLOSED,	    /* .stats: the session is gone; its last event */
	MEDIA_ROOM_ENDED,   /* a member left that ends the room: all others were let go; the handle lives on
			       (session is NULL) */
	MEDIA_ROOM_CLOSED,  /* the room is gone; its last event (session is NULL) */
};

enum media_end { MEDIA_END_COMPLETED, MEDIA_END_STOPPED, MEDIA_END_FAILED };

/* Per direction and call; times in microseconds unless said. */
struct media_stats {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t rx_lost, rx_late, rx_duplicate, rx_foreign, rx_malformed;
	uint64_t rx_digits, tx_digits;
	uint32_t jitter_min_us, jitter_mean_us, jitter_max_us; /* RFC 3550, of what we receive */
	uint32_t far_lost;				       /* what the far end's RTCP says it lost */
	uint32_t far_jitter_us;
	uint32_t rtt_min_us, rtt_mean_us, rtt_max_us; /* 0: no RTCP from the far end */
	float mos_in, mos_out;			      /* 1.0 to 4.5; 0: not enough heard */
	uint64_t rx_concealed_ms;		      /* made up in place of what was lost or late */
	uint64_t rx_digit_packets, tx_digit_packets;  /* telephone-event */
	uint64_t rx_flushed; /* packets thrown away unheard when the far end's stream began anew */
	uint64_t rx_skipped; /* frames of 20 ms left out, where a delay had grown or its clock is faster */
	uint32_t far_jitter_min_us, far_jitter_mean_us, far_jitter_max_us; /* 0: no RTCP from the far end */
	unsigned buffer_min_ms, buffer_mean_ms, buffer_max_ms; /* of the jitter buffer; 0 while relayed */
	uint32_t rx_ptime_us;				       /* mean length of the packets that come */
	uint64_t rx_unauthentic, rx_replayed; /* SRTP and SRTCP packets: not made with the key; come again */
	const char *srtp;		      /* name of the suite, static; NULL: plain */
	const char *codec;		      /* its name, static; NULL before any */
	unsigned ptime_ms;
	uint64_t late_ticks;	      /* in which we were late ourselves, by 20 ms or more; of its worker,
					 while it has any on the tick: not while all are relayed */
	union address said, from, to; /* by its SDP; where its audio comes from, ours goes; or AF_UNSPEC */
	struct media_far far;
};

/* One second of a session's media (more, in very long calls: second_length_s). */
struct media_second {
	uint16_t packets_in, lost_in, late_in;
	uint16_t concealed_ms;
	uint16_t jitter_in, jitter_out; /* [0.1 ms]; out: as the far end reports */
	uint16_t rtt_ms;
	uint16_t buffer_ms; /* of the jitter buffer */
	uint8_t loss_out_percent;
	uint8_t mos_in, mos_out; /* times 50; 0: not known */
	uint8_t reserved;
};

/* From where on MEDIA_QUALITY is said. 0: the default. */
struct media_limits {
	unsigned loss_percent; /* 5 */
	unsigned jitter_ms;    /* 30 */
	unsigned silence_s;    /* 10: packets come, and nothing is in them */
	unsigned one_way_s;    /* 3: we send and nothing comes */
};

struct media_event {
	enum media_event_kind kind;
	const char *session_id; /* the id given at alloc */
	void *session_arg;	/* `arg` given at alloc, NULL for room events */
	void *room_arg;
	const struct media_second *seconds; /* MEDIA_CLOSED: the whole history; NULL otherwise */
	size_t second_count;
	unsigned second_length_s;
	const struct media_headers *headers; /* MEDIA_CLOSED: with params.headers; else NULL */
	union {
		struct {
			uint32_t id; /* of media_session_play() */
			enum media_end end;
			const char *error; /* one sentence when it failed, else NULL */
		} play;
		struct {
			uint32_t id; /* of media_session_record() */
			enum media_end end;
			const char *error;
			const char *file;
			uint64_t duration_ms, bytes;
			unsigned channels;
		} record;
		struct {
			char digit; /* 0-9 * # A-D */
			unsigned duration_ms;
			bool inband; /* heard in the audio, of a far end without telephone-event */
		} digit;
		struct {
			const char *what; /* "loss-in", "loss-out", "jitter", "silence", "one-way",
					     "unauthentic" (packets without the far end's key) */
			float mos;
			unsigned loss_percent, jitter_ms;
		} quality;
		struct {
			bool started;
		} talking;
		union address from;
		struct media_machine machine;
		struct {
			bool began;
			uint64_t at_ms, duration_ms; /* since it was listened for; of what was said */
		} voice;
		const struct media_stats *stats;
	};
};

/* Pointers in `event` are valid during the call only. */
typedef void media_event_h(const struct media_event *event, void *arg);

struct media_engine_params {
	const char *address;	     /* numeric IPv4 or IPv6 to bind RTP sockets to */
	const char *other_address;   /* the same of the other family, or NULL */
	uint16_t port_min, port_max; /* RTP on even ports of this range, RTCP on the next */
	unsigned workers;	     /* 0: cores − 1, at least 1 */
	media_event_h *handler;
	void *arg;
	struct media_limits limits; /* of MEDIA_QUALITY */
};

/* Starts the workers and the file thread. Strings are copied. Returns 0, EINVAL, EMFILE, ENOMEM … */
int media_engine_alloc(struct media_engine **out, struct event_base *base,
		       const struct media_engine_params *params) __attribute__((warn_unused_result));
void media_engine_free(struct media_engine *engine);

/* ---- RTP headers (media_session_params.headers) ---- */

enum { MEDIA_HEADERS_MAX = 84, MEDIA_HEADER_HEAD = 8 };

struct media_header {
	int64_t time_us;		 /* UTC; exact to 1 ms */
	uint8_t head[MEDIA_HEADER_HEAD]; /* of the packet: up to its timestamp (RFC 3550 section 5.1) */
	uint16_t size;			 /* of the packet, in the clear [bytes] */
};

/* Packets of one SSRC to or from one address; oldest first, with a gap where the first ones end. */
struct media_header_run {
	bool sent;
	union address local, remote;
	uint32_t ssrc;
	size_t count;
	struct media_header packets[MEDIA_HEADERS_MAX];
};

typedef void media_header_run_h(const struct media_header_run *run, void *arg);
struct media_headers;
/* Tells `handler` of each, what came before what was sent. */
void media_headers_each(const struct media_headers *headers, media_header_run_h *handler, void *arg);

/* ---- sessions ---- */

struct media_session_params {
	const char *id; /* for file names and logs: the call's UUID; copied */
	/* MEDIA_TIMEOUT after this long without RTP and RTCP; 0: never. The second counts where no RTP is to
	 * be expected: the far end holds, or is held, only listens, or has said that it will be silent. */
	unsigned timeout_s, quiet_timeout_s;
	void *arg;     /* given back in events */
	int family;    /* AF_INET or AF_INET6; 0: all that the engine has, on the same port, and the remote's
			  counts */
	uint16_t port; /* even, that it is to have; 0: any that is free */
	bool headers;  /* the RTP headers of its first and last packets are kept, for MEDIA_CLOSED */
};

/* Binds an RTP port and an RTCP port from the range and answers nothing yet. Returns 0; EADDRINUSE when the
 * range is exhausted, or the port that it is to have is taken, or out of it; EMFILE; ENOMEM. */
int media_session_alloc(struct media_session **out, struct media_engine *engine,
			const struct media_session_params *params) __attribute__((warn_unused_result));

/* The local RTP port. */
uint16_t media_session_port(const struct media_session *session);

/* ---- encryption (SRTP) ---- */

enum media_srtp_suite {
	MEDIA_SRTP_NONE,		    /* plain RTP */
	MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, /* RFC 4568 */
	MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32,
	MEDIA_SRTP_AES_256_CM_HMAC_SHA1_80, /* RFC 6188 */
	MEDIA_SRTP_AES_256_CM_HMAC_SHA1_32,
	MEDIA_SRTP_AEAD_AES_128_GCM, /* RFC 7714 */
	MEDIA_SRTP_AEAD_AES_256_GCM,
};

enum { MEDIA_SRTP_KEY_MAX = 46, MEDIA_SRTP_MKI_MAX = 8 };

/* A master key with its salt. */
struct media_srtp_key {
	uint8_t bytes[MEDIA_SRTP_KEY_MAX];	   /* media_srtp_key_size() of them count */
	uint8_t mki[MEDIA_SRTP_MKI_MAX], mki_size; /* that the sender of packets puts into them; 0: none */
};

struct media_srtp {
	enum media_srtp_suite suite;
	struct media_srtp_key send, receive; /* ours, and the far end's */
	unsigned rollovers; /* that the far end's counter may have made with its key before; mostly 0 */
};

/* As in a=crypto; NULL for plain RTP. */
const char *media_srtp_name(enum media_srtp_suite suite);
/* MEDIA_SRTP_NONE: not one of ours. */
enum media_srtp_suite media_srtp_find(const char *name);
/* Bytes of key and salt. */
size_t media_srtp_key_size(enum media_srtp_suite suite);

/* ---- the far end ---- */

/* RFC 3611: the round trip of one that only receives; VoIP metrics; statistics summaries. */
enum { MEDIA_XR_RTT = 1, MEDIA_XR_VOIP = 2, MEDIA_XR_SUMMARY = 4, MEDIA_XR_ALL = 7 };

enum { MEDIA_FORMATS_MAX = 24 };

/* What a payload type of packets that come to us means. */
struct media_format {
	const struct media_codec *codec; /* NULL: telephone-event, or comfort noise */
	unsigned clock_hz;
	uint8_t pt;
	int8_t send_pt; /* that the far end receives the same as; −1: it has not said that it does */
	bool noise;	/* comfort noise (RFC 3389), which has the number 13 besides */
};

/* What the SDP exchange settled. */
struct media_remote {
	struct sockaddr_storage rtp;  /* where to send; family AF_UNSPEC: nowhere yet */
	struct sockaddr_storage rtcp; /* AF_UNSPEC: rtp's port + 1 */
	union address signal; /* where its signalling comes from, the port of no matter; AF_UNSPEC: unknown */
	bool rtcp_mux;
	const struct media_codec *codec;
	int pt;	     /* payload type to send */
	int dtmf_pt; /* telephone-event, likewise, or −1 */
	/* All that may come, at any packet: what our own description names, first of all; of two of one
	 * number the first counts. `pt` and `dtmf_pt` are taken besides, where their numbers are free. */
	struct media_format formats[MEDIA_FORMATS_MAX];
	unsigned format_count;
	unsigned dtmf_clock_hz;
	bool digits_elsewhere; /* its digits go by signalling: its audio is neither listened to for tones nor
				  given those of a peer */
	unsigned ptime_ms;     /* what to send; 20 unless the far end asks otherwise */
	bool send, receive;    /* direction, from our side */
	bool by_tap;	       /* its audio comes and goes by the tap that speaks (tap.h), as it is no RTP
				  endpoint: whatever comes to the port is a stranger's */
	unsigned xr;	       /* MEDIA_XR_…: blocks of extended reports that it would like to have */
	struct media_srtp srtp;
};

/* Sets or changes the far end; takes effect at once, in mid-call too. A key that stays the same goes on where
 * it was (RFC 3711 forbids to begin anew with it; a far end that does so
 * all the same is heard again after some packets). Returns 0; EINVAL; ENOMEM; EIO when encryption does not
 * work: nothing has changed then, and nothing is sent in the clear that should not be. Whose packets are
 * taken for the far end's, where they do not come from the SDP's address: media/origin.h. */
int media_session_set_remote(struct media_session *session, const struct media_remote *remote);

/* Ends it: nothing more is sent or received, recordings are finished, a bridge is undone. The handle is gone.
 */
void media_session_close(struct media_session *session);

/* Joins two sessions: each hears the other. Both may still be without a remote. A session in another bridge
 * or room leaves it first. Stops echo. Returns 0 or ENOMEM. */
int media_session_bridge(struct media_session *a, struct media_session *b);
/* Undoes the bridge of `session`, if any: both send silence from then on. */
void media_session_unbridge(struct media_session *session);

/* Sends back what is heard (frame path). */
void media_session_echo(struct media_session *session, bool on);

/* Not heard (mute_in: what it says is dropped) and hears nothing (mute_out). */
void media_session_mute(struct media_session *session, bool mute_in, bool mute_out);

struct media_play {
	const char *const *files; /* WAV, MP3 (any rate, any channels), or "tone:NAME[/COUNTRY]" (dial,
				     ringback, busy, beep), or "silence:MS"; played one after the other */
	size_t count;
	unsigned loops; /* 0: for ever */
	bool barge_in;	/* a digit stops it (MEDIA_END_STOPPED) */
	int gain_db;	/* louder, or negative: softer than it is [dB] */
};

/* Plays to the far end; a bridge partner does not hear it and is not heard meanwhile. A second play replaces
 * the first (which ends as stopped). The id in *out_id comes back in MEDIA_PLAY_DONE. A missing or broken
 * file ends the play as failed. */
int media_session_play(struct media_session *session, const struct media_play *play, uint32_t *out_id);
void media_session_play_stop(struct media_session *session);

enum media_record_format { MEDIA_RECORD_WAV };

enum { MEDIA_RECORDINGS_MAX = 4 }; /* of a session at a time */

/* Whose voice is in it; in a file of two channels the other one is silent. */
enum media_track { MEDIA_TRACK_BOTH, MEDIA_TRACK_SAID, MEDIA_TRACK_HEARD };

struct media_record {
	const char *file;  /* absolute; must not exist: a recording never overwrites */
	unsigned channels; /* 1: both sides mixed; 2: what the far end says left, what it hears right */
	enum media_track track;
	unsigned max_ms;     /* 0: no limit */
	unsigned silence_ms; /* it ends when the far end has said nothing for so long; 0: it does not */
	bool trim_silence;
	bool beep;	  /* to the far end at the start */
	bool mask_digits; /* silence in place of digits, from either side, that would be heard in it */
};

/* Records both directions, from now on. The header of the file is right at every moment. As many at a time as
 * MEDIA_RECORDINGS_MAX, each with its own id: EBUSY. Errors of the file come as MEDIA_RECORD_DONE with
 * MEDIA_END_FAILED; the call goes on. */
int media_session_record(struct media_session *session, const struct media_record *record, uint32_t *out_id);
/* What the WAV file of a recorder that is no more (its process was killed) holds: its length by its header,
 * and its size. Reads the head of the file only. Returns 0, EBADMSG (no such file's header), EINVAL (no plain
 * file) or stat()'s errno. */
int media_recording_measure(const char *file, uint64_t *duration_ms, uint64_t *bytes);
/* `id`: of one; 0: all. Its end comes as an event. */
void media_session_record_stop(struct media_session *session, uint32_t id);
/* The same. `keep_silence`: the pause is in the file as silence; else it is cut out. */
void media_session_record_pause(struct media_session *session, uint32_t id, bool paused, bool keep_silence);

/* Sends digits (0-9 * # A-D, w and W a pause of 0.5 and 1 s): RFC 4733 when the far end takes it, else in the
 * audio. */
int media_session_send_digits(struct media_session *session, const char *digits, unsigned duration_ms);

/* Listens for when the far end begins to speak, which is `begin_ms` of speech, and when it is silent again,
 * which is `end_ms` of silence (0: as is usual, 120 and 600); MEDIA_VOICE follows each time. A second time
 * begins anew. Returns 0 or ENOMEM. */
int media_session_voice(struct media_session *session, unsigned begin_ms, unsigned end_ms)
    __attribute__((warn_unused_result));
/* Listens no more. */
void media_session_voice_stop(struct media_session *session);

/* Statistics so far come back in `handler`, exactly once, later: also when the session is closed meanwhile,
 * or the engine freed (from within media_engine_free() then), so that whoever waits for them is not
 * forgotten. */
typedef void media_stats_h(const struct media_stats *stats, void *arg);
int media_session_get_stats(struct media_session *session, media_stats_h *handler, void *arg);

/* ---- rooms ---- */

/* A conference. Members hear all others and not themselves, at the best rate that any of them can use. */
struct media_room_params {
	const char *id;	      /* copied */
	void *arg;	      /* given back in events as room_arg */
	unsigned max_members; /* 0: 250 */
	bool wait;	      /* members hear the music, and not each other, until one with `starts` is in */
	bool beep_enter, beep_exit;
	const char *const *music; /* as media_play.files, for ever: before the start, and for one who is
				     alone; may be NULL */
	size_t music_count;
};

/* Returns 0, EINVAL, ENOMEM. */
int media_room_alloc(struct media_room **out, struct media_engine *engine,
		     const struct media_room_params *params) __attribute__((warn_unused_result));
/* Lets all members go (they send silence from then on) and ends it; MEDIA_ROOM_CLOSED follows. The handle is
 * gone. */
void media_room_close(struct media_room *room);

/* Whether there is a beep when one leaves. */
enum media_exit_beep {
	MEDIA_EXIT_BEEP_ROOM /* as the room has it */,
	MEDIA_EXIT_BEEP_ON,
	MEDIA_EXIT_BEEP_OFF
};

/* How one is a member. */
struct media_member {
	bool starts; /* the room starts when this one enters */
	bool ends;   /* and ends when this one leaves, in whatever way: MEDIA_ROOM_ENDED */
	bool muted;  /* is not heard */
	bool held;   /* is not heard, and hears only what media_session_play() plays to it, or silence */
	bool deaf;   /* hears nothing of the room */
	enum media_exit_beep exit_beep;
	struct media_session *coaches; /* is heard by this member alone, and hears all; NULL: by everybody */
	/* Whom it does not hear, once they are members: at most MEDIA_UNHEARD_MAX. Copied. */
	struct media_session *const *unheard;
	size_t unheard_count;
};

enum { MEDIA_UNHEARD_MAX = 64 };

/* A session in a bridge or another room leaves it first. Returns 0; EUSERS when the room is full; EINVAL: it
 * does not hear too many; ENOMEM. */
int media_room_add(struct media_room *room, struct media_session *session, const struct media_member *how)
    __attribute__((warn_unused_result));
/* Changes how it is a member (`starts` counts too, if it was not set before). Returns 0; ENOENT when it is in
 * no room; EINVAL as above; ENOMEM. */
int media_room_change(struct media_session *session, const struct media_member *how);
/* It leaves (or is made to); it sends silence from then on. Nothing happens when it is in no room. */
void media_room_remove(struct media_session *session);
size_t media_room_members(const struct media_room *room);

/* Plays to all, over what they say; MEDIA_PLAY_DONE comes with room_arg. A second play replaces the first. To
 * play to one, use media_session_play(): it hears nothing else meanwhile, and is still heard. */
int media_room_play(struct media_room *room, const struct media_play *play, uint32_t *out_id);
void media_room_play_stop(struct media_room *room);

/* Records the mix, mono (`channels` must be 1; `beep` is heard by all). EBUSY: one recording a room at a
 * time. */
int media_room_record(struct media_room *room, const struct media_record *record, uint32_t *out_id);
void media_room_record_stop(struct media_room *room);
void media_room_record_pause(struct media_room *room, bool paused, bool keep_silence);

/* How the engine keeps up. Lateness of ticks in microseconds, since the start, over all workers. */
enum { MEDIA_LATE_BOUNDS = 9 };
extern const uint32_t media_late_bounds_us[MEDIA_LATE_BOUNDS]; /* of media_load.late_within */

struct media_load {
	unsigned workers;
	size_t sessions, rooms;
	uint64_t ticks, ticks_skipped; /* the machine stood still for longer than was worth making up for */
	uint32_t late_p50_us, late_p99_us, late_max_us;
	uint64_t late_sum_us, late_within[MEDIA_LATE_BOUNDS]; /* ticks that were not later than that */
	uint64_t events_lost;				      /* the main thread did not take them in time */
	/* Of all sessions since the start, as media_stats has them; at most a second behind. */
	uint64_t rx_packets, rx_lost, rx_late, rx_concealed_ms, tx_packets;
};

void media_engine_get_load(const struct media_engine *engine, struct media_load *out);

/* Live sessions and rooms, for limits and leak checks. */
size_t media_engine_sessions(const struct media_engine *engine);
size_t media_engine_rooms(const struct media_engine *engine);

#endif
