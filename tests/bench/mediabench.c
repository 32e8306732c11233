/* mediabench: what the RTP engine costs a packet, beside the least that forwarding a packet costs on this
 * machine.
 *
 *   mediabench [-n STREAMS] [-d SECONDS] [-s SPEAKERS] WORK…
 *
 * WORK is bare, rtpengine (where it is installed, bridging in user space), bridge, listen (a bridge of far
 * ends without telephone-event, whose digits are heard in the audio), transcode, echo, record, room or
 * memory. For each a child process sends one PCMU packet per 20 ms on each of N sockets, spread over the 20
 * ms, while this process does the work. `bare` is a loop of epoll_wait, recv and send without an engine: the
 * unit that the others are quoted in. The child runs on the first CPU, this process on the second, where
 * there are two. A row: CPU [µs] of user and system time a packet received, the multiple of the last `bare`,
 * packets lost, and how long packets were on their way [ms] (where packets are forwarded as they are; sockets
 * of the kernel included). Of N streams the first SPEAKERS send, by default all; `room` is one conference of
 * all. */
#include "media/media.h"
#include "tests/bench/farends.h"
#include "tests/bench/rtpengine.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SETTLE_S = 1, PORT_MIN = 24000, PORT_MAX = 40000 };

static unsigned seconds = 5;
static bool with_events = true; /* telephone-event is negotiated */
static double bare_us;
static const struct media_engine *measured; /* the engine at work, or NULL */
static const struct rtpengine *peer;	    /* at work in its own process, or NULL */

/* ---- figures ---- */

static double cpu_us(void)
{
	struct rusage r;
	if (peer)
		return rtpengine_cpu_us(peer);
	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static long rss_kb(void)
{
	long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (!f || fscanf(f, "%ld %ld", &size, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

struct measurement {
	double cpu;
	uint64_t sent, received;
};

static struct measurement begin(void)
{
	shared->measured = 0;
	shared->measuring = 1;
	return (struct measurement){ cpu_us(), shared->sent, shared->received };
}

/* `fan_out`: packets that come back for one sent; 0: not known. */
static void end(const char *work, struct measurement m, double fan_out, bool delays)
{
	double cpu = cpu_us() - m.cpu;
	uint64_t sent = shared->sent - m.sent, received = shared->received - m.received;
	shared->measuring = 0;
	double each = sent ? cpu / (double)sent : 0;
	if (strcmp(work, "bare") == 0)
		bare_us = each;
	printf("%-10s %5u streams  %7llu packets  %6.2f us", work, streams, (unsigned long long)sent, each);
	if (bare_us > 0)
		printf("  %5.2f x bare", each / bare_us);
	if (fan_out > 0)
		printf("  %6.2f %% lost",
		       sent ? 100.0 * (1 - (double)received / ((double)sent * fan_out)) : 0);
	if (delays && shared->measured > 0) {
		qsort(shared->delays_us, shared->measured, sizeof *shared->delays_us, by_size);
		printf("  delay p50 %.3f p99 %.3f ms", shared->delays_us[shared->measured / 2] / 1e3,
		       shared->delays_us[shared->measured * 99 / 100] / 1e3);
	}
	if (measured) {
		struct media_load load;
		media_engine_get_load(measured, &load);
		if (load.ticks)
			printf("  ticks late p50 %.2f p99 %.2f ms, %llu skipped", load.late_p50_us / 1e3,
			       load.late_p99_us / 1e3, (unsigned long long)load.ticks_skipped);
	}
	printf("\n");
	fflush(stdout);
}

/* ---- bare ---- */

static void bare(void)
{
	int *in = calloc(streams, sizeof *in), *far = calloc(streams, sizeof *far), ep = epoll_create1(0);
	for (unsigned i = 0; i < streams; i++) {
		in[i] = bound(&shared->our_port[i]);
		far[i] = bound(&shared->far_port[i]);
		to(in[i], shared->far_port[i]);
		struct epoll_event e = { .events = EPOLLIN, .data.u32 = i };
		epoll_ctl(ep, EPOLL_CTL_ADD, in[i], &e);
	}
	pid_t child = farends_start(far);
	uint64_t start = now_us(), until = start + (seconds + SETTLE_S) * 1000000u;
	struct epoll_event events[256];
	uint8_t b[2048];
	struct measurement m = { 0 };
	bool measuring = false;
	for (uint64_t now = start; now < until; now = now_us()) {
		if (!measuring && now > start + SETTLE_S * 1000000u) {
			m = begin();
			measuring = true;
		}
		int n = epoll_wait(ep, events, 256, 50);
		for (int k = 0; k < n; k++) {
			unsigned i = events[k].data.u32;
			ssize_t l = recv(in[i], b, sizeof b, 0);
			if (l > 0)
				send(in[i ^ 1], b, (size_t)l, 0);
		}
	}
	end("bare", m, 1, true);
	farends_stop(child);
	for (unsigned i = 0; i < streams; i++)
		close(in[i]);
	close(ep);
	free(in);
	free(far);
}

/* ---- rtpengine ---- */

static void wait_s(unsigned s)
{
	for (uint64_t until = now_us() + s * 1000000u; now_us() < until;)
		usleep(10000);
}

static void rtpengine(void)
{
	struct rtpengine r;
	if (!rtpengine_installed()) {
		printf("rtpengine  is not installed (Debian: rtpengine-daemon), so it is not measured beside "
		       "us\n");
		return;
	}
	if (!rtpengine_start(&r, PORT_MIN, PORT_MAX)) {
		printf("rtpengine  is installed and does not start, so it is not measured beside us\n");
		return;
	}
	int *far = calloc(streams, sizeof *far);
	bool good = true;
	for (unsigned i = 0; i < streams; i++)
		far[i] = bound(&shared->far_port[i]);
	for (unsigned i = 0; good && i < streams; i += 2)
		good = rtpengine_bridge(&r, &shared->far_port[i], &shared->our_port[i]);
	peer = &r;
	pid_t child = farends_start(far);
	wait_s(SETTLE_S);
	struct measurement m = begin();
	wait_s(seconds);
	if (good)
		end("rtpengine", m, 1, true);
	else
		printf("rtpengine  took not all of %u calls, so it is not measured beside us\n", streams / 2);
	peer = NULL;
	farends_stop(child);
	rtpengine_stop(&r);
	free(far);
}

/* ---- the engine ---- */

static void on_event(const struct media_event *event, void *arg)
{
	(void)arg;
	if (event->kind == MEDIA_RECORD_DONE && event->record.end != MEDIA_END_COMPLETED)
		fprintf(stderr, "recording: %s\n", event->record.error);
}

static void run_for(struct event_base *base, unsigned s)
{
	const struct timeval t = { s, 0 };
	event_base_loopexit(base, &t);
	event_base_dispatch(base);
}

static void meet(struct media_session *s, unsigned i, const char *codec)
{
	struct sockaddr_in a = loopback(shared->far_port[i]);
	struct media_remote r = { .codec = media_codec_find(codec, 0),
				  .dtmf_pt = with_events ? 101 : -1,
				  .dtmf_clock_hz = 8000,
				  .ptime_ms = 20,
				  .send = true,
				  .receive = true };
	r.pt = media_codec_static_pt(r.codec);
	memcpy(&r.rtp, &a, sizeof a);
	if (media_session_set_remote(s, &r))
		exit(2);
}

static char folder[] = "/tmp/mediabench-XXXXXX";

static void record(struct media_session *s, unsigned i)
{
	char path[64];
	snprintf(path, sizeof path, "%s/%u.wav", folder, i);
	struct media_record r = { .file = path, .channels = 1 };
	if (media_session_record(s, &r, NULL))
		exit(2);
}

static struct media_room *gather(struct media_engine *engine)
{
	const struct media_room_params params = { .id = "bench", .max_members = STREAMS_MAX };
	struct media_room *room;
	if (media_room_alloc(&room, engine, &params))
		exit(2);
	return room;
}

static void arrange(const char *work, struct media_engine *engine, struct media_session **s)
{
	struct media_room *room = strcmp(work, "room") == 0 ? gather(engine) : NULL;
	with_events = strcmp(work, "listen") != 0;
	const struct media_member member = { .starts = true };
	for (unsigned i = 0; i < streams; i++) {
		meet(s[i], i, strcmp(work, "transcode") == 0 && i % 2 ? "PCMA" : "PCMU");
		if (strcmp(work, "echo") == 0 || strcmp(work, "record") == 0)
			media_session_echo(s[i], true);
		if (strcmp(work, "record") == 0)
			record(s[i], i);
		if (room && media_room_add(room, s[i], &member))
			exit(2);
		if (i % 2 && (strcmp(work, "bridge") == 0 || strcmp(work, "listen") == 0 ||
			      strcmp(work, "transcode") == 0))
			if (media_session_bridge(s[i - 1], s[i]))
				exit(2);
	}
}

static void sweep(void)
{
	char command[96];
	snprintf(command, sizeof command, "rm -rf %s", folder);
	if (system(command))
		perror(folder);
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
}

static void engine_work(const char *work)
{
	struct event_base *base = event_base_new();
	struct media_engine *engine;
	struct media_engine_params params = {
		.address = "127.0.0.1",
		.port_min = PORT_MIN,
		.port_max = PORT_MAX,
		.workers = 1,
		.handler = on_event,
	};
	int *far = calloc(streams, sizeof *far);
	struct media_session **s = calloc(streams, sizeof *s);
	if (!mkdtemp(folder) || media_engine_alloc(&engine, base, &params))
		exit(2);
	for (unsigned i = 0; i < streams; i++) {
		const struct media_session_params p = { .id = "bench", .headers = true };
		int err = media_session_alloc(&s[i], engine, &p);
		if (err) {
			fprintf(stderr, "session %u: %s\n", i, strerror(err));
			exit(2);
		}
		shared->our_port[i] = media_session_port(s[i]);
		far[i] = bound(&shared->far_port[i]);
	}
	arrange(work, engine, s);
	measured = engine;
	pid_t child = farends_start(far);
	run_for(base, SETTLE_S);
	struct measurement m = begin();
	run_for(base, seconds);
	end(work, m, speakers ? (double)streams / speakers : 1, strcmp(work, "bridge") == 0);
	measured = NULL;
	media_engine_free(engine);
	farends_stop(child);
	event_base_free(base);
	free(far);
	free(s);
	sweep();
}

static void memory(void)
{
	struct event_base *base = event_base_new();
	struct media_engine *engine;
	struct media_engine_params params = {
		.address = "127.0.0.1",
		.port_min = PORT_MIN,
		.port_max = PORT_MAX,
		.workers = 1,
		.handler = on_event,
	};
	struct media_session **s = calloc(streams, sizeof *s);
	if (media_engine_alloc(&engine, base, &params))
		exit(2);
	run_for(base, 1);
	long before = rss_kb();
	for (unsigned i = 0; i < streams; i++) {
		const struct media_session_params p = { .id = "3f0cb1c2-0000-4000-8000-000000000000",
							.headers = true };
		if (media_session_alloc(&s[i], engine, &p))
			exit(2);
		shared->far_port[i] = 9;
		meet(s[i], i, "PCMU");
		if (i % 2 && media_session_bridge(s[i - 1], s[i]))
			exit(2);
	}
	run_for(base, 1);
	printf("%-10s %5u streams  %6.1f KB for each bridged call's two sessions\n", "memory", streams,
	       2.0 * (double)(rss_kb() - before) / streams);
	media_engine_free(engine);
	event_base_free(base);
	free(s);
}

static int usage(void)
{
	fprintf(stderr, "usage: mediabench [-n STREAMS] [-d SECONDS] [-s SPEAKERS] "
			"{bare|rtpengine|bridge|listen|transcode|echo|record|room|memory}...\n");
	return 2;
}

int main(int argc, char **argv)
{
	int o;
	while ((o = getopt(argc, argv, "n:d:s:")) != -1) {
		if (o == 'n')
			streams = (unsigned)atoi(optarg) & ~1u;
		else if (o == 'd')
			seconds = (unsigned)atoi(optarg);
		else if (o == 's')
			speakers = (unsigned)atoi(optarg);
		else
			return usage();
	}
	if (optind == argc || streams == 0 || streams > STREAMS_MAX)
		return usage();
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	farends_open();
	pin(1);
	for (int i = optind; i < argc; i++) {
		if (strcmp(argv[i], "bare") == 0)
			bare();
		else if (strcmp(argv[i], "rtpengine") == 0)
			rtpengine();
		else if (strcmp(argv[i], "memory") == 0)
			memory();
		else
			engine_work(argv[i]);
	}
	return 0;
}
