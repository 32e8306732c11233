# libFuzzer targets: configure --enable-fuzzers with CC=clang, then run bin/fuzz_NAME -max_total_time=60 CORPUS.
if FUZZERS
FUZZER_FLAGS = -fsanitize=fuzzer,address,undefined
noinst_PROGRAMS += bin/fuzz_twiml bin/fuzz_request
bin_fuzz_twiml_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS)
bin_fuzz_twiml_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_twiml_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_twiml_SOURCES = tests/fuzz/fuzz_twiml.c daemon/api/script/twiml.c daemon/api/script/step.c
bin_fuzz_twiml_LDADD = $(API_LIBS)
bin_fuzz_request_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS)
bin_fuzz_request_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_request_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_request_SOURCES = tests/fuzz/fuzz_request.c daemon/api/http/query.c daemon/api/http/range.c daemon/api/net/weburl.c
bin_fuzz_request_LDADD = $(API_LIBS)
endif
