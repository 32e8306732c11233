/* stream: the audio of one call at the test trunk's end: a pair of sockets, a packet every 20 ms, and what is
 * wrong with the network on purpose. The test trunk's thread alone. */
#ifndef OFFHOOK_TESTTRUNK_STREAM_H
#define OFFHOOK_TESTTRUNK_STREAM_H

#include "daemon/offhookd/testtrunk/number.h"
#include "daemon/offhookd/testtrunk/offer.h"
#include "daemon/offhookd/testtrunk/sound.h"

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

enum { TEST_PACKET_MAX = 12 + TEST_FRAME, TEST_LATE_MAX = 8 };

/* A packet that is late on purpose. */
struct test_late {
	unsigned due; /* frame; 0: none is here */
	size_t size;
	uint8_t bytes[TEST_PACKET_MAX];
};

struct test_stream {
	int rtp, rtcp; /* -1: closed. What comes to the second is not read */
	struct sockaddr_storage local;
	struct test_offer remote;
	struct test_plan plan;
	struct test_sound sound;
	bool started;	   /* it sends */
	int64_t next_us;   /* when the next frame is due */
	unsigned frame;	   /* of it */
	unsigned lost_in;  /* packets until the next one that is lost */
	unsigned last_due; /* of those that are late: none overtakes another */
	uint32_t ssrc, timestamp, key_timestamp, echo_offset;
	uint16_t sequence;
	bool marked, echoing; /* its first packet is out; the echo's time has an offset */
	struct test_late late[TEST_LATE_MAX];
};

/* Binds the sockets, on the address that the other side has its own audio on when that is one of this
 * machine, else on that of `fallback`. Returns 0 or an errno. */
int test_stream_open(struct test_stream *s, const struct test_plan *plan,
		     const struct sockaddr_storage *other, const struct sockaddr_storage *fallback)
    __attribute__((warn_unused_result));
void test_stream_close(struct test_stream *s);

/* It begins to send, or goes on as the other side says now. */
void test_stream_set(struct test_stream *s, const struct test_offer *remote, int64_t now_us);

/* Reads what has come and sends what is due. */
void test_stream_tick(struct test_stream *s, int64_t now_us);

#endif
