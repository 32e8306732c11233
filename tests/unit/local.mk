EXTRA_DIST += tests/unit/lsan.supp

MEDIA_TESTS = \
	tests/unit/media_bad_input.c \
	tests/unit/media_codecs.c \
	tests/unit/media_crowd.c \
	tests/unit/media_digits.c \
	tests/unit/media_far.c \
	tests/unit/media_formats.c \
	tests/unit/media_jbuf.c \
	tests/unit/media_matrix.c \
	tests/unit/media_network.c \
	tests/unit/media_origin.c \
	tests/unit/media_ortp.c tests/unit/media_ortp.h \
	tests/unit/media_ortp_calls.c \
	tests/unit/media_parts.c \
	tests/unit/media_paths.c \
	tests/unit/media_pauses.c \
	tests/unit/media_play.c \
	tests/unit/media_headers.c \
	tests/unit/media_player.c \
	tests/unit/media_quality.c \
	tests/unit/media_record.c \
	tests/unit/media_amd.c \
	tests/unit/media_tap.c \
	tests/unit/media_playout.c daemon/offhookd/stream/playout.c daemon/offhookd/stream/playout.h \
	tests/unit/media_remote.c \
	tests/unit/media_rooms.c \
	tests/unit/media_rtcp.c \
	tests/unit/media_secure.c \
	tests/unit/srtp_book.c tests/unit/srtp_book.h \
	tests/unit/media_srtp.c \
	tests/unit/media_support.c tests/unit/media_support.h \
	tests/unit/media_voice.c
# The media tests wait for sound most of the time: eight at once do not disturb each other.
AM_TESTS_ENVIRONMENT = CRITERION_JOBS=8; export CRITERION_JOBS; \
	LSAN_OPTIONS=suppressions=$(top_srcdir)/tests/unit/lsan.supp:print_suppressions=0; export LSAN_OPTIONS;
# One test program a folder. Criterion's summary goes to the program's log (tests/unit/*.log).
if CRITERION
check_PROGRAMS += tests/unit/test_lib
TESTS += tests/unit/test_lib
tests_unit_test_lib_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(OPENSSL_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_lib_SOURCES = \
	tests/unit/lib_basics.c \
	tests/unit/lib_call_header.c \
	tests/unit/lib_call_state.c \
	tests/unit/lib_child.c \
	tests/unit/lib_conf.c \
	tests/unit/lib_conf_api.c \
	tests/unit/lib_conf_doubts.c \
	tests/unit/lib_conf_numbers.c \
	tests/unit/lib_conf_sections.c \
	tests/unit/conf_support.c tests/unit/conf_support.h \
	tests/unit/lib_conf_trunk.c \
	tests/unit/lib_control_client.c \
	tests/unit/lib_control_frame.c \
	tests/unit/lib_file.c \
	tests/unit/lib_histogram.c \
	tests/unit/lib_json_get.c \
	tests/unit/lib_json_pick.c \
	tests/unit/lib_json_read.c \
	tests/unit/lib_json_text.c \
	tests/unit/lib_json_write.c \
	tests/unit/lib_pid_lock.c \
	tests/unit/lib_money.c \
	tests/unit/lib_phone_number.c \
	tests/unit/lib_service.c \
	tests/unit/lib_websocket.c \
	tests/unit/lib_rate_deck.c
tests_unit_test_lib_LDADD = $(LIB_LIBS) $(PHONE_LIBS) $(CRITERION_LIBS) -lwslay

check_PROGRAMS += tests/unit/test_media
TESTS += tests/unit/test_media
tests_unit_test_media_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(MEDIA_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_media_SOURCES = $(MEDIA_TESTS)
tests_unit_test_media_LDADD = $(MEDIA_LIBRARY_LIBS) $(OPENSSL_LIBS) $(CRITERION_LIBS)
endif

if CRITERION
check_PROGRAMS += tests/unit/test_ctl
TESTS += tests/unit/test_ctl
tests_unit_test_ctl_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_ctl_SOURCES = \
	tests/unit/ctl_table.c \
	daemon/ctl/format.c daemon/ctl/style.c daemon/ctl/table.c
tests_unit_test_ctl_LDADD = $(JANSSON_LIBS) $(CRITERION_LIBS)
endif

# What needs no recogniser.
if CRITERION
check_PROGRAMS += tests/unit/test_hear
TESTS += tests/unit/test_hear
tests_unit_test_hear_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_hear_SOURCES = \
	tests/unit/hear_grammar.c \
	tests/unit/hear_piece.c \
	daemon/hear/grammar.c daemon/hear/piece.c daemon/hear/spoken.c
tests_unit_test_hear_LDADD = media/libmedia.a $(JANSSON_LIBS) $(CRITERION_LIBS) -lm
endif

SWITCHD_TESTS = \
	tests/unit/control_world.c tests/unit/control_world.h \
	tests/unit/switchd_alive.c \
	tests/unit/switchd_bindings.c \
	tests/unit/switchd_control_events.c \
	tests/unit/switchd_control_server.c \
	tests/unit/switchd_digest.c \
	tests/unit/switchd_digest_uri.c \
	tests/unit/switchd_frame.c \
	tests/unit/switchd_guard.c \
	tests/unit/switchd_heard.c \
	tests/unit/switchd_journal.c \
	tests/unit/switchd_pressure.c \
	tests/unit/switchd_spend.c \
	tests/unit/switchd_stream.c \
	tests/unit/switchd_tally.c \
	tests/unit/switchd_testtrunk.c \
	tests/unit/switchd_trace.c
SWITCHD_LIBS = daemon/offhookd/libswitch.a $(CONTROL_LIBS) $(MEDIA_LIBRARY_LIBS) $(LIB_LIBS) $(PHONE_LIBS) $(SOFIA_LIBS) -lwslay
if CRITERION
check_PROGRAMS += tests/unit/test_switchd
TESTS += tests/unit/test_switchd
tests_unit_test_switchd_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_switchd_SOURCES = $(SWITCHD_TESTS) \
	tests/unit/switchd_whereabouts.c \
	tests/unit/switchd_negotiate.c \
	tests/unit/switchd_number_format.c \
	tests/unit/switchd_owner.c \
	tests/unit/switchd_route.c \
	tests/unit/switchd_sdes.c \
	tests/unit/switchd_sdp.c \
	tests/unit/switchd_sdp_crypto.c
tests_unit_test_switchd_LDADD = $(SWITCHD_LIBS) $(CRITERION_LIBS)
endif

# The same for the thread sanitizer: make tests/unit/test_switchd_plain
EXTRA_PROGRAMS += tests/unit/test_switchd_plain
tests_unit_test_switchd_plain_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/plain $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_switchd_plain_SOURCES = $(SWITCHD_TESTS) tests/unit/plain/main.c tests/unit/plain/criterion/criterion.h
tests_unit_test_switchd_plain_LDADD = $(SWITCHD_LIBS)

# The same without Criterion, which does not run under the thread sanitizer: make tests/unit/test_media_plain
EXTRA_PROGRAMS += tests/unit/test_media_plain
tests_unit_test_media_plain_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/plain $(EVENT_CFLAGS) $(MEDIA_CFLAGS)
tests_unit_test_media_plain_SOURCES = $(MEDIA_TESTS) tests/unit/plain/main.c tests/unit/plain/criterion/criterion.h
tests_unit_test_media_plain_LDADD = $(MEDIA_LIBRARY_LIBS) $(OPENSSL_LIBS)

if CRITERION
check_PROGRAMS += tests/unit/test_api
TESTS += tests/unit/test_api
tests_unit_test_api_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS) $(CRITERION_CFLAGS)
tests_unit_test_api_SOURCES = \
	tests/unit/api_ncco.c \
	tests/unit/api_durable.c \
	tests/unit/api_net.c \
	tests/unit/api_accept.c \
	tests/unit/api_framing.c \
	tests/unit/api_jwt.c \
	tests/unit/api_query.c \
	tests/unit/api_hearing.c \
	tests/unit/api_speech.c \
	tests/unit/api_simulate.c \
	tests/unit/simulated.c tests/unit/simulated.h \
	tests/unit/api_convert.c \
	tests/unit/api_sealed.c \
	tests/unit/api_store.c \
	tests/unit/api_store_usage.c \
	tests/unit/api_twilio.c \
	tests/unit/api_language.c \
	tests/unit/api_twiml.c \
	tests/unit/api_voice_calls.c
tests_unit_test_api_LDADD = $(API_LIBRARY_LIBS) $(CRITERION_LIBS)
endif
