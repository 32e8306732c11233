/* origin: whom of all who send packets to a port we take for the far end (symmetric RTP, RFC 4961).
 *
 * The rule. Whoever sends from the address in the far end's description is believed at once. Behind a NAT its
 * packets come from elsewhere: then the host that its signalling comes from, and that of the description on
 * another port, are likely, and believed when two packets of theirs follow each other (one SSRC, running
 * sequence numbers). So is who goes on with the SSRC and the sequence numbers of the one believed before,
 * which nobody else knows. Anyone else must have sent four such packets, and only when for a second nothing
 * has come from where it was to be expected.
 *
 * Who is believed stays, whatever strangers send, while packets come from there; only a better address takes
 * its place (the real one takes it back). Once it has been silent for half a second another likely address
 * may follow it, as when a NAT has given the phone a new port; anyone else after two seconds, but not while
 * there is a reason for the silence: it has said that it will be silent (RFC 3389), or its RTCP goes on.
 * After a new description these times are shorter until it is heard again.
 *
 * SRTP: a packet that was made with the key is believed wherever it comes from, when the one believed is
 * silent.
 *
 * What strangers sent is neither heard nor answered, and a table of few of them is all that they can fill.
 * Plain data; used by one thread. Times are monotonic [µs]. */
#ifndef OFFHOOK_MEDIA_ORIGIN_H
#define OFFHOOK_MEDIA_ORIGIN_H

#include "media/address.h"

#include <stdint.h>

enum origin_rank { ORIGIN_NOBODY, ORIGIN_ANYONE, ORIGIN_LIKELY, ORIGIN_SAID };
enum origin_verdict { ORIGIN_TAKE, ORIGIN_TAKE_MOVED, ORIGIN_DROP };

enum { ORIGIN_CANDIDATES = 4 };

struct origin_candidate {
	union address from; /* AF_UNSPEC: a free place */
	uint32_t ssrc;
	uint16_t seq, run; /* its last one; packets that followed each other */
	uint32_t dropped;  /* of them */
	enum origin_rank rank;
	int64_t heard_us;
};

struct origin {
	union address at; /* where the far end is, and we send: the description's, or who is believed */
	bool heard;	  /* a packet came from `at` */
	bool anew;	  /* a description came, and nothing from `at` since */
	uint16_t seq;	  /* of the last packet from `at` */
	uint32_t ssrc;
	int64_t heard_us; /* when it came */
	/* the rest is for others than the one believed */
	enum origin_rank rank; /* of `at` */
	int64_t since_us;      /* the last description */
	int64_t report_us;     /* RTCP of the far end came last; 0: never */
	union address said;    /* by the description; AF_UNSPEC: not known */
	union address signal;  /* where its signalling comes from, the port of no matter; likewise */
	uint32_t dropped;      /* packets of the one believed, before it was */
	struct origin_candidate candidates[ORIGIN_CANDIDATES];
};

struct origin_packet {
	const union address *from;
	uint32_t ssrc;
	uint16_t seq;
	bool authentic; /* made with the far end's key */
};

/* A description of the far end has come. With another address all that was learnt is forgotten; with the same
 * one it is learnt anew who has that address. */
void origin_describe(struct origin *origin, const union address *said, const union address *signal,
		     int64_t now_us);

/* Whether RTCP from there is the far end's: the host is. */
bool origin_host(const struct origin *origin, const union address *from);

/* RTCP of the far end has come. */
static inline void origin_report(struct origin *origin, int64_t now_us)
{
	origin->report_us = now_us;
}

/* Whether it cannot be taken, whatever it is: before anything is spent on it. */
bool origin_hopeless(const struct origin *origin, const union address *from, int64_t now_us);

/* origin_judge() of one who is not believed yet. */
enum origin_verdict origin_learn(struct origin *origin, const struct origin_packet *packet, bool quiet,
				 int64_t now_us);

/* Whether a packet is the far end's. TAKE_MOVED: it is, and `at` is where it came from from now on. `quiet`:
 * the far end has said that it sends nothing for a while. */
static inline enum origin_verdict origin_judge(struct origin *origin, const struct origin_packet *packet,
					       bool quiet, int64_t now_us)
{
	if (!origin->heard || !address_equal(packet->from, &origin->at))
		return origin_learn(origin, packet, quiet, now_us);
	origin->anew = false;
	origin->ssrc = packet->ssrc;
	origin->seq = packet->seq;
	origin->heard_us = now_us;
	return ORIGIN_TAKE;
}

#endif
