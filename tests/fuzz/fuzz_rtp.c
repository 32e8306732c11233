/* RTP, as any sender may write it, into a bridge: both of the paths, all codecs, digits, comfort noise, the
 * tick between packets. Input: the first byte chooses the codecs; then packets, each after a byte with its
 * length (the upper bit: a tick before it) and one that chooses the side and where it comes from. */
#include "media/frames.h"
#include "media/jbuf.h"
#include "media/stream.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct worker worker;
static struct mailbox box;

static void set_up(void)
{
	static bool done;
	const struct media_limits limits = { 5, 30, 10, 3 };
	if (done)
		return;
	done = true;
	codec_g711_init();
	if (mailbox_open(&box) || worker_open(&worker, NULL, &box, NULL, &limits))
		abort();
}

static struct stream *make_stream(unsigned codec, bool digits)
{
	struct stream *s = calloc(1, sizeof *s);
	struct media_remote r = { .dtmf_pt = digits ? 101 : -1,
				  .dtmf_clock_hz = 8000,
				  .ptime_ms = 20,
				  .send = true,
				  .receive = true };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(9) };
	s->rtp_fd = s->rtcp_fd = -1;
	s->remote.dtmf_pt = -1;
	worker_add(&worker, s);
	r.codec = media_codec_at(codec);
	if (!r.codec)
		r.codec = media_codec_at(0);
	r.pt = media_codec_static_pt(r.codec);
	if (r.pt < 0)
		r.pt = 111;
	memcpy(&r.rtp, &a, sizeof a);
	stream_set_remote(s, &r);
	return s;
}

static void over(struct stream *s)
{
	stream_close(s);
	free(s->quality.seconds);
	free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union address from = { .in = { .sin_family = AF_INET, .sin_port = htons(9) } };
	if (size < 1)
		return 0;
	set_up();
	struct stream *sides[2] = { make_stream(data[0] & 7, data[0] & 64),
				    make_stream(data[0] >> 3 & 7, data[0] & 128) };
	stream_bridge(sides[0], sides[1]);
	size_t at = 1;
	while (at + 2 <= size) {
		size_t length = data[at] & 0x7f;
		if (data[at] & 0x80) {
			worker.tick_us += TICK_US;
			worker.now_us = worker.tick_us;
			frames_tick(&worker);
		}
		struct stream *s = sides[data[at + 1] & 1];
		from.in.sin_port = htons((uint16_t)(9 + (data[at + 1] >> 1 & 7)));
		from.in.sin_addr.s_addr = htonl(data[at + 1] >> 4 & 3);
		at += 2;
		if (length > size - at)
			length = size - at;
		memcpy(worker.packet, data + at, length);
		receive_packet(s, worker.packet, length, &from);
		at += length;
	}
	report_second(sides[0]);
	over(sides[0]);
	over(sides[1]);
	mailbox_run(&box, NULL);
	return 0;
}
