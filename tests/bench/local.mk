# make bench: what the RTP engine costs, beside the least that forwarding costs on this machine.
EXTRA_PROGRAMS += tests/bench/mediabench
tests_bench_mediabench_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(MEDIA_CFLAGS)
tests_bench_mediabench_SOURCES = tests/bench/mediabench.c
tests_bench_mediabench_LDADD = $(MEDIA_LIBRARY_LIBS)

bench: tests/bench/mediabench
	./tests/bench/mediabench -n 400 bare bridge transcode
	./tests/bench/mediabench -n 200 bare room echo record
	./tests/bench/mediabench -n 1000 -s 5 room
	./tests/bench/mediabench -n 400 memory
.PHONY: bench
