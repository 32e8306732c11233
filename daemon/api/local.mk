noinst_LIBRARIES += daemon/api/libapi.a
daemon_api_libapi_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(OPENSSL_CFLAGS) $(API_CFLAGS)
daemon_api_libapi_a_SOURCES = \
	daemon/api/api.h \
	daemon/api/hook/hooks.c daemon/api/hook/hooks.h \
	daemon/api/hook/queue.c daemon/api/hook/queue.h \
	daemon/api/hook/sender.c daemon/api/hook/sender.h \
	daemon/api/hook/sign.c daemon/api/hook/sign.h \
	daemon/api/http/accept.c daemon/api/http/accept.h \
	daemon/api/http/auth.c daemon/api/http/auth.h \
	daemon/api/http/query.c daemon/api/http/query.h \
	daemon/api/http/range.c daemon/api/http/range.h \
	daemon/api/http/router.c daemon/api/http/router.h \
	daemon/api/http/routes.c daemon/api/http/routes.h  \
	daemon/api/http/deadlines.c daemon/api/http/deadlines.h \
	daemon/api/http/tls.c daemon/api/http/tls.h \
	daemon/api/http/web.c daemon/api/http/web.h daemon/api/http/web_listen.c daemon/api/http/web_private.h daemon/api/http/web_reply.c \
	daemon/api/net/deny.c daemon/api/net/deny.h \
	daemon/api/net/fetch.c daemon/api/net/fetch.h \
	daemon/api/net/weburl.c daemon/api/net/weburl.h \
	daemon/api/script/engine.c daemon/api/script/engine.h daemon/api/script/engine_private.h daemon/api/script/run_table.c \
	daemon/api/script/language.c daemon/api/script/language.h \
	daemon/api/script/polyglot.c daemon/api/script/polyglot.h \
	daemon/api/script/prompts.c daemon/api/script/prompts.h \
	daemon/api/script/replay.c daemon/api/script/replay.h \
	daemon/api/script/run.h daemon/api/script/run_dial.c daemon/api/script/run_fetch.c daemon/api/script/run_gather.c \
	daemon/api/script/run_play.c daemon/api/script/run_record.c daemon/api/script/run_steps.c daemon/api/script/run_steps.h \
	daemon/api/script/speech.c daemon/api/script/speech.h \
	daemon/api/script/states.c daemon/api/script/states.h \
	daemon/api/script/step.c daemon/api/script/step.h \
	daemon/api/script/problem.c daemon/api/script/problem.h \
	daemon/api/script/twiml/grammar.c daemon/api/script/twiml/grammar.h daemon/api/script/twiml/reader.c daemon/api/script/twiml/reader.h \
	daemon/api/script/twiml/source.c daemon/api/script/twiml/source.h daemon/api/script/twiml/spoken.c \
	daemon/api/script/twiml/twiml.c daemon/api/script/twiml/twiml.h daemon/api/script/twiml/verbs.h \
	daemon/api/script/twiml/verbs_conference.c daemon/api/script/twiml/verbs_dial.c daemon/api/script/twiml/verbs_prompt.c \
	daemon/api/script/twiml/verbs_record.c \
	daemon/api/store/backup.c daemon/api/store/backup.h \
	daemon/api/store/calls.c daemon/api/store/calls.h daemon/api/store/calls_list.c daemon/api/store/calls_row.h \
	daemon/api/store/conferences.c daemon/api/store/conferences.h \
	daemon/api/store/events.c daemon/api/store/events.h \
	daemon/api/store/migrate.c daemon/api/store/migrate.h \
	daemon/api/store/quality.c daemon/api/store/quality.h \
	daemon/api/store/recordings.c daemon/api/store/recordings.h \
	daemon/api/store/rows.c daemon/api/store/rows.h \
	daemon/api/store/retention.c daemon/api/store/retention.h \
	daemon/api/store/store.c daemon/api/store/store.h \
	daemon/api/store/syncer.c daemon/api/store/syncer.h \
	daemon/api/switch/bus.c daemon/api/switch/bus.h \
	daemon/api/switch/ingest.c daemon/api/switch/ingest.h daemon/api/switch/ingest_private.h daemon/api/switch/ingest_snapshot.c \
	daemon/api/switch/link.c daemon/api/switch/link.h \
	daemon/api/voice/call_json.c daemon/api/voice/call_json.h \
	daemon/api/voice/calls.h daemon/api/voice/calls_change.c daemon/api/voice/calls_control.c daemon/api/voice/calls_create.c daemon/api/voice/calls_read.c daemon/api/voice/calls_story.c daemon/api/voice/calls_wish.c daemon/api/voice/calls_wish.h daemon/api/voice/event_list.c daemon/api/voice/event_list.h \
	daemon/api/voice/announcement.c daemon/api/voice/announcement.h \
	daemon/api/voice/conference_json.c daemon/api/voice/conference_json.h \
	daemon/api/voice/conferences.c daemon/api/voice/conferences.h \
	daemon/api/voice/participants.c daemon/api/voice/participants.h daemon/api/voice/participants_change.c daemon/api/voice/participants_join.c \
	daemon/api/voice/deliveries.c daemon/api/voice/deliveries.h \
	daemon/api/voice/health.c daemon/api/voice/health.h \
	daemon/api/voice/lists.c daemon/api/voice/lists.h \
	daemon/api/voice/media.c daemon/api/voice/media.h \
	daemon/api/voice/op.c daemon/api/voice/op.h \
	daemon/api/voice/openapi.c daemon/api/voice/openapi.h \
	daemon/api/voice/quality.c daemon/api/voice/quality.h daemon/api/voice/quality_svg.c daemon/api/voice/quality_svg.h \
	daemon/api/voice/rates.c daemon/api/voice/rates.h \
	daemon/api/voice/recordings.c daemon/api/voice/recordings.h daemon/api/voice/recordings_live.c \
	daemon/api/ws/socket.c daemon/api/ws/socket.h daemon/api/ws/socket_events.c daemon/api/ws/socket_private.h \
	daemon/api/ws/ws_conn.c daemon/api/ws/ws_conn.h
API_LIBRARY_LIBS = daemon/api/libapi.a $(LIB_LIBS) $(API_LIBS) \
	-lflite_cmu_us_slt -lflite_cmu_us_rms -lflite_usenglish -lflite_cmulex -lflite -lespeak-ng -lwslay -lm

bin_PROGRAMS += bin/offhook-api
bin_offhook_api_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS)
bin_offhook_api_SOURCES = daemon/api/main.c daemon/api/reload.c daemon/api/reload.h
bin_offhook_api_LDADD = $(API_LIBRARY_LIBS)

# The document as a C string.
daemon/api/voice/openapi_text.h: $(srcdir)/daemon/api/voice/openapi.json
	$(AM_V_GEN)mkdir -p daemon/api/voice && sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' $(srcdir)/daemon/api/voice/openapi.json > $@.new && mv $@.new $@
BUILT_SOURCES += daemon/api/voice/openapi_text.h
CLEANFILES += daemon/api/voice/openapi_text.h
EXTRA_DIST += daemon/api/voice/openapi.json
daemon/api/voice/libapi_a-openapi.$(OBJEXT): daemon/api/voice/openapi_text.h
