/* stream: a session as its worker has it: sockets, the far end, counters, and what is done with the audio.
 *
 * Made by the main thread with its sockets bound, then given to a worker, which alone touches it until it
 * comes back closed. The files that work on it: receive.c (packets in, symmetric RTP), relay.c (bridge
 * without decoding), frames.c (the tick), path.c (which of the two), send.c (packets out), digits_*.c (RFC
 * 4733 and tones), report.c (RTCP), counters.c (statistics). */
#ifndef OFFHOOK_MEDIA_STREAM_H
#define OFFHOOK_MEDIA_STREAM_H

#include "media/address.h"
#include "media/burst.h"
#include "media/headers.h"
#include "media/media.h"
#include "media/origin.h"
#include "media/quality.h"
#include "media/rtp.h"
#include "media/tones.h"
#include "media/worker.h"

struct ear;
struct activity;
struct detector;
struct media_tap;
struct frames;
struct secure;
struct player;
struct recorder;
struct room_member;

enum stream_path { PATH_IDLE, PATH_RELAY, PATH_FRAMES };

/* Where the far end is. */
struct stream_remote {
	struct origin origin;	/* of its RTP, and where we send */
	union address sdp_rtcp; /* as the SDP said; AF_UNSPEC: unknown */
	bool rtcp_mux, send, receive;
	bool by_tap;
	bool digits_elsewhere;
	uint8_t xr;			 /* MEDIA_XR_… */
	const struct media_codec *codec; /* that we send; NULL: no far end yet */
	uint8_t pt;
	uint8_t heard_pt;		 /* of its last audio */
	uint8_t settling;		 /* packets until what has changed is taken for granted; 0: it is */
	bool events_come;		 /* though it has not said that it has telephone-event */
	const struct media_codec *heard; /* that comes; never NULL where `codec` is not */
	int64_t changed_us;		 /* when another came */
	int dtmf_pt;
	unsigned dtmf_clock_hz, ptime_ms;
	enum media_srtp_suite srtp;
	unsigned format_count;
	struct media_format formats[MEDIA_FORMATS_MAX];
};

/* What comes in (RFC 3550 appendix A). Sequence numbers are extended to 32 bits. */
struct stream_rx {
	bool started;
	uint32_t run; /* counts how often it began anew */
	uint32_t ssrc, first, highest;
	uint64_t window; /* bit i: highest − i was received */
	bool jumped;	 /* the last packet was far off; the next one after it restarts the stream */
	uint16_t jump_next;
	uint64_t packets, bytes, unique, lost_before; /* the last two: of this run, of runs before */
	uint64_t late, duplicate, foreign, malformed, digits, concealed_ms;
	uint64_t digit_packets, flushed, skipped;
	uint64_t late_before; /* of jitter buffers that are gone */
	uint64_t buffer_sum_ms;
	uint32_t buffer_min_ms, buffer_max_ms, buffer_count; /* a second each */
	uint32_t last_timestamp;
	uint16_t last_seq;
	uint64_t ptime_sum; /* of packets in a row [clock units] */
	uint32_t ptime_count;
	uint32_t transit, jitter16; /* [clock units], [1/16 clock unit] */
	uint32_t jitter_min_us, jitter_max_us;
	uint64_t jitter_sum_us, jitter_count;
	int64_t last_us; /* when the last packet came; when we began to expect some */
	bool timed_out, first_said;
	bool quiet; /* it said last that it will send nothing for a while (RFC 3389) */
	uint64_t report_expected, report_unique; /* at our last report */
	uint64_t unauthentic, replayed;
};

struct stream_tx {
	uint32_t ssrc, timestamp; /* of the next packet */
	uint16_t seq;
	bool marker;
	uint64_t packets, bytes, digits, digit_packets;
	uint32_t last_timestamp;
	int64_t last_us;
};

/* How the peer's numbers become ours while we relay to this stream's far end. */
struct stream_relay {
	bool synced;
	uint16_t seq_offset;
	uint32_t timestamp_offset;
};

enum { DIGITS_QUEUE = 64 };

/* A digit of the far end (RFC 4733). */
struct digits_in {
	bool open;	    /* pressed */
	bool known;	    /* `timestamp` is of a press that was reported */
	uint32_t press;	    /* counts them */
	uint32_t timestamp; /* of its beginning, or of the segment's */
	uint32_t latest, ssrc;
	uint16_t seq; /* the three of its last packet */
	uint8_t event;
	uint16_t duration;
	unsigned clock_hz;
	uint32_t before; /* duration of the segments before this one, of a long press [clock units] */
	int64_t last_us;
};

enum digits_step { DIGITS_IDLE, DIGITS_SOUND, DIGITS_GAP };

struct digits_out {
	char queue[DIGITS_QUEUE];
	unsigned head, count;
	unsigned duration_ms, elapsed_ms, gap_ms;
	enum digits_step step;
	bool held; /* the peer's far end has not let go of it yet */
	char digit;
	uint32_t timestamp, segment; /* of the press [RTP clock] */
	struct tones tone;	     /* in the audio, when the far end takes no telephone-event */
};

/* A peer's digit that passes through us on the frame path. */
struct digits_through {
	bool open;
	uint32_t press, from, timestamp;
	int64_t last_us;
};

/* What our extended reports are made of; only where the far end has a use for them. */
struct stream_xr {
	bool started;
	uint32_t run;  /* of the stream that comes */
	uint64_t told; /* losses of it that `burst` knows */
	struct burst burst;
	uint32_t begin; /* sequence number, lost and duplicate packets at the last one */
	uint64_t lost, duplicate;
	uint32_t jitter_min, jitter_max, jitter_count; /* since then, once a second [clock units] */
	uint64_t jitter_sum, jitter_squares;
};

struct stream_report {
	int64_t next_us;  /* of our RTCP */
	uint32_t last_sr; /* middle 32 bits of the far end's last SR */
	int64_t last_sr_us;
	uint32_t far_lost, far_jitter_us;
	bool heard; /* the far end reports about us */
	uint32_t far_jitter_min_us, far_jitter_max_us;
	uint64_t far_jitter_sum_us, far_count;
	uint8_t far_fraction; /* lost since its last report [1/256] */
	uint32_t rtt_us, rtt_min_us, rtt_max_us;
	uint64_t rtt_sum_us, rtt_count;
	bool sent;
	char cname[24];
	int64_t arrived_us; /* when RTCP of the far end came last; 0: never */
	uint32_t last_rr;   /* middle 32 bits of its last receiver reference time */
	uint32_t last_rr_ssrc;
	int64_t last_rr_us;
	struct media_far far;
	struct stream_xr xr;
};

/* The two of a port; a family of AF_UNSPEC: there are none. */
struct stream_sockets {
	int family, rtp_fd, rtcp_fd;
};

struct stream {
	TAILQ_ENTRY(stream) link, frames_link, stale_link;
	struct worker *worker;
	struct media_session *session; /* the main thread's: passed on, never looked into */
	int family, rtp_fd, rtcp_fd;
	struct stream_sockets spare; /* on the same ports in the other family, until the far end is there */
	unsigned timeout_s, quiet_timeout_s;
	enum stream_path path;
	bool in_list, on_tick, watched; /* watched: its RTP socket is in the epoll set */
	struct stream *peer;		/* the other side of the bridge, or NULL */
	struct room_member *member;	/* of a room, or NULL: never with a peer */
	struct stream_remote remote;
	struct stream_rx rx;
	struct stream_tx tx;
	struct stream_relay relay;
	unsigned event_hz; /* clock of its last telephone-event */
	struct digits_in digits_in;
	struct digits_out digits_out;
	struct digits_through digits_through;
	struct ear *ear; /* of a far end without telephone-event, else NULL */
	struct stream_report report;
	struct quality quality;
	uint64_t late_ticks;	       /* of its workers; less worker->late_ticks while it is in_list */
	bool sounded;		       /* in this second something was in what came */
	struct media_headers *headers; /* of what came and was sent, or NULL */
	struct secure *seal, *open;    /* what we send, what comes; NULL: plain */
	struct frames *frames;	       /* on the frame path only */
	struct player *player;
	struct recorder *recorder; /* the first of those that run, or NULL */
	struct media_tap *taps;	   /* the same */
	struct detector *detector; /* of who has answered, or NULL */
	struct activity *activity; /* whether the far end speaks is told, or NULL */
	struct tones *beep;	   /* of a recording that begins, or NULL */
	bool beep_over;
	bool path_stale; /* the path is to be chosen anew after this tick or these orders */
	bool echo, mute_in, mute_out;
	unsigned hold_ticks; /* nothing is sent while the peer's jitter buffer fills after a relay */
};

/* path.c: chooses the path of `stream` and its peer anew after anything about them has changed. */
void stream_choose_path(struct stream *stream);
/* The same after this tick (in a tick nobody leaves it) or after the orders that came together: an answered
 * call that is bridged at once does not see the frame path in between. */
void stream_choose_path_later(struct stream *stream);
void stream_unbridge(struct stream *stream);
void stream_bridge(struct stream *a, struct stream *b);
/* Ends player and recorder, takes it out of bridge and lists. Main closes the sockets and frees it. */
void stream_close(struct stream *stream);
/* `remote->srtp` is not looked at but for its suite: the contexts are set by who calls. */
void stream_set_remote(struct stream *stream, const struct media_remote *remote);

/* receive.c: opens an SRTCP packet of a stream that has keys. False: it is none, and was counted. */
bool receive_open_rtcp(struct stream *stream, uint8_t *packet, size_t *size);
/* A packet waits on the RTP socket. */
void receive_rtp(struct stream *stream);
/* Room for packets that are read in one go; NULL without memory. free() it. */
struct receive_batch *receive_batch_new(void);
/* The same for all that wait, on the tick. */
void receive_waiting(struct stream *stream);
/* A packet that came from `from`; `bytes` may be changed. */
void receive_packet(struct stream *stream, uint8_t *bytes, size_t size, const union address *from);

/* format.c: finds what a packet is and sets its kind; false: its payload type was not agreed on. */
bool format_take(struct stream *stream, struct rtp_packet *packet);
/* Whether that means anything to us. */
bool format_is_known(const struct stream *stream, const struct rtp_packet *packet);
/* What has come for a while is taken for granted. */
void format_settle(struct stream *stream);
/* The far end's description has come. */
void format_describe(struct stream *stream, const struct media_remote *remote);
/* NULL: not one that was agreed on, or no audio. */
const struct media_codec *format_codec(const struct stream *stream, unsigned pt);
const struct media_format *format_of(const struct stream *stream, unsigned pt);
/* Whether one may take the other's place without anything being made anew. */
bool format_plain(const struct media_codec *a, const struct media_codec *b);

/* relay.c */
/* Whether something may be heard in a packet. */
bool relay_sounds(const struct stream *from, const struct rtp_packet *packet);
void relay_packet(struct stream *from, const struct rtp_packet *packet);

/* send.c: sends `size` bytes of payload that stand behind RTP_HEADER bytes of room at `packet`. Sequence
 * numbers count on. */
void send_rtp(struct stream *stream, uint8_t *packet, size_t size, unsigned pt, bool marker,
	      uint32_t timestamp);
/* A frame of audio at our timestamp; size 0: nothing is sent (DTX). The timestamp is the caller's to move on.
 */
void send_audio(struct stream *stream, uint8_t *packet, size_t size);
/* A packet whose header is complete. */
void send_raw(struct stream *stream, const uint8_t *packet, size_t size);
/* RTCP, to `to` from `fd`. */
void send_rtcp(struct stream *stream, int fd, const uint8_t *packet, size_t size, const union address *to);
/* Another far end: what is told of headers begins anew. */
static inline void stream_break_headers(struct stream *s)
{
	if (!s->headers)
		return;
	header_log_break(&s->headers->in, s->rx.last_us);
	header_log_break(&s->headers->out, s->tx.last_us);
}
static inline bool send_possible(const struct stream *s)
{
	return s->remote.codec && s->remote.send && address_known(&s->remote.origin.at);
}

/* counters.c */
enum counters_verdict { COUNTERS_TAKE, COUNTERS_DROP, COUNTERS_RESTARTED };
enum counters_verdict counters_take(struct stream *stream, const struct rtp_packet *packet);
/* Keeps the jitter. False: the timestamps have jumped. */
bool counters_jitter(struct stream *stream, const struct rtp_packet *packet);
uint64_t counters_expected(const struct stream_rx *rx);
uint64_t counters_lost(const struct stream_rx *rx);
/* Packets that were of no use any more when they came. */
uint64_t counters_late(const struct stream *stream);
void counters_stats(const struct stream *stream, struct media_stats *out);

/* digits_in.c: telephone-events of the far end */
void digits_take(struct stream *stream, const struct rtp_packet *packet);
/* The far end's press, as an event to the main thread, once it is over. */
void digits_say(struct stream *stream, char digit, unsigned duration_ms, bool inband);
/* It presses a key, and lets go of it: what the peer's far end is to have of that in another way (as a tone,
 * or as an event) begins and ends. */
void digits_press(struct stream *stream, char digit);
void digits_let_go(struct stream *stream);
/* Presses of which nothing came since are over. */
void digits_expire(struct stream *stream, int64_t older_than_us);
void digits_pass(struct stream *from, const struct rtp_packet *packet);

/* digits_heard.c: digits in the far end's audio; only with an ear */
void digits_hear_frame(struct stream *stream);					 /* on the tick */
void digits_hear_packet(struct stream *stream, const struct rtp_packet *packet); /* while relayed */
void digits_stop_hearing(struct stream *stream);
/* How many keys the far end presses, as far as we know. */
unsigned digits_pressed(const struct stream *stream);
/* Mail: makes the ear where there is no telephone-event, drops it where there is. */
void digits_settle_ear(struct stream *stream);
void digits_drop_ear(struct stream *stream);

/* detect.c: this tick's frame, to whoever listens for a machine; and it is not listened for any more. */
void detect_frame(struct stream *stream);
bool detect_listens(const struct stream *stream);
/* What the tick needs. */
void detect_prepare(struct stream *stream);
void detect_drop(struct stream *stream);
/* activity.c: this tick's frame, to whoever wants to know whether the far end speaks; and nobody does. */
void activity_frame(struct stream *stream);
void activity_drop(struct stream *stream);

/* digits_out.c */
/* Called on the tick with the frame that would be sent; true: it has sent something itself, no audio now. */
bool digits_tick(struct stream *stream, int16_t *frame, size_t count, unsigned rate);
int digits_queue(struct stream *stream, const char *digits, unsigned duration_ms);
/* A digit that lasts until `digits_out.held` is taken back; queued as any other when one sounds already. */
void digits_hold(struct stream *stream, char digit);
static inline bool digits_come(const struct stream *s)
{
	return s->remote.dtmf_pt >= 0 || s->remote.events_come;
}
static inline bool digits_sending(const struct stream *s)
{
	return s->digits_out.step != DIGITS_IDLE || s->digits_out.count > 0;
}

/* report_read.c: RTCP that came, in the clear; `packet` is aligned to 4 bytes. */
void report_receive(struct stream *stream, uint8_t *packet, size_t size);
void report_receive_socket(struct stream *stream);

/* report_xr.c: whether the far end has a use for extended reports. */
bool report_xr_wanted(const struct stream *stream);
void report_xr_second(struct stream *stream);
/* Writes one, at most REPORT_XR_MAX bytes. Returns its size. */
enum { REPORT_XR_MAX = 112 };
size_t report_xr_write(struct stream *stream, uint8_t *packet);

/* report.c */
/* Seconds since 1900 and their fraction; it never jumps, as the round-trip time is a difference of two. */
uint64_t report_ntp_now(const struct worker *worker);
void report_second(struct stream *stream);
void report_bye(struct stream *stream);

#endif
