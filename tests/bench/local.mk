# make bench: what the RTP engine and a whole switch cost, beside the least that forwarding costs on this machine.
EXTRA_PROGRAMS += tests/bench/mediabench tests/bench/bareloop tests/bench/sipload tests/bench/ivrload
tests_bench_mediabench_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(MEDIA_CFLAGS)
tests_bench_mediabench_SOURCES = \
	tests/bench/farends.c tests/bench/farends.h \
	tests/bench/mediabench.c \
	tests/bench/rtpengine.c tests/bench/rtpengine.h
tests_bench_mediabench_LDADD = $(MEDIA_LIBRARY_LIBS)
tests_bench_bareloop_SOURCES = tests/bench/bareloop.c
tests_bench_sipload_SOURCES = tests/bench/sipload.c tests/bench/sipload_parts.c tests/bench/sipload_parts.h
tests_bench_sipload_LDADD = -lm
tests_bench_ivrload_SOURCES = tests/bench/ivrload.c
EXTRA_DIST += tests/bench/run tests/bench/bench.conf tests/bench/registrations tests/bench/register.xml tests/bench/resume

# How well people and machines are told apart, over greetings made from a seed.
EXTRA_PROGRAMS += tests/bench/amdbench
tests_bench_amdbench_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(MEDIA_CFLAGS)
tests_bench_amdbench_SOURCES = tests/bench/amdbench.c tests/bench/greetings.c tests/bench/greetings.h
tests_bench_amdbench_LDADD = $(MEDIA_LIBRARY_LIBS) -lflite_cmu_us_kal16 -lflite_cmu_us_awb -lflite_cmu_us_slt -lflite_cmu_us_rms \
	-lflite_usenglish -lflite_cmulex -lflite -lespeak-ng -lm
bench-amd: tests/bench/amdbench
	./tests/bench/amdbench

# How long calls are silent when the switch is killed under them.
bench-resume: all tests/bench/sipload
	$(srcdir)/tests/bench/resume .

bench: all tests/bench/mediabench tests/bench/bareloop tests/bench/sipload
	./tests/bench/mediabench -n 400 bare rtpengine bridge listen transcode
	./tests/bench/mediabench -n 200 bare room echo record
	./tests/bench/mediabench -n 1000 -s 5 room
	./tests/bench/mediabench -n 400 memory
	$(srcdir)/tests/bench/run .
	$(srcdir)/tests/bench/registrations .

# What the API costs, one core for it; a line a figure, beside what is to be reached. Lists need the sqlite3 command.
bench-api: all tests/bench/ivrload
	@command -v node >/dev/null || { echo "no node"; exit 1; }
	@status=0; OFFHOOK_BUILD=. node $(srcdir)/tests/bench/api.mjs || status=1; \
	OFFHOOK_BUILD=. node $(srcdir)/tests/bench/dialects.mjs post callbacks || status=1; \
	OFFHOOK_BUILD=. node $(srcdir)/tests/bench/speech.mjs || status=1; \
	OFFHOOK_BUILD=. node $(srcdir)/tests/bench/ivr.mjs || status=1; \
	if command -v sqlite3 >/dev/null; then OFFHOOK_BUILD=. node $(srcdir)/tests/bench/million.mjs || status=1; \
		OFFHOOK_BUILD=. node $(srcdir)/tests/bench/dialects.mjs lists || status=1; \
	else echo "no sqlite3: the figures of a million calls are left out"; fi; exit $$status

# Live streams: 300 at once, one core for the switch.
EXTRA_PROGRAMS += tests/bench/streampeer
tests_bench_streampeer_SOURCES = tests/bench/streampeer.c
tests_bench_streampeer_LDADD = $(OPENSSL_LIBS)
bench-stream: all tests/bench/sipload tests/bench/streampeer
	@command -v node >/dev/null || { echo "no node"; exit 1; }
	OFFHOOK_BUILD=. node $(srcdir)/tests/bench/stream.mjs
# What offhook-hear makes of what voices say: right, wrong, not told.
bench-hear: all
	@command -v node >/dev/null || { echo "no node"; exit 1; }
	OFFHOOK_BUILD=. node $(srcdir)/tests/bench/hear.mjs
.PHONY: bench bench-hear bench-api bench-amd bench-resume bench-stream
