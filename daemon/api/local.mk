noinst_LIBRARIES += daemon/api/libapi.a
daemon_api_libapi_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(OPENSSL_CFLAGS) $(API_CFLAGS) $(NATS_CFLAGS) $(REDIS_CFLAGS) $(SNDFILE_CFLAGS)
daemon_api_libapi_a_SOURCES = \
	daemon/api/call/after.c daemon/api/call/after.h \
	daemon/api/call/applications.c daemon/api/call/applications.h \
	daemon/api/call/announce.c daemon/api/call/announce.h \
	daemon/api/call/bans.c daemon/api/call/bans.h \
	daemon/api/call/calls.c daemon/api/call/calls.h \
	daemon/api/call/change.c daemon/api/call/change.h \
	daemon/api/call/conferences.c daemon/api/call/conferences.h \
	daemon/api/call/conferences_create.c \
	daemon/api/call/control.c \
	daemon/api/call/conversation.c daemon/api/call/conversation.h \
	daemon/api/call/deliveries.c daemon/api/call/deliveries.h \
	daemon/api/call/desk.h \
	daemon/api/call/directory.c daemon/api/call/directory.h \
	daemon/api/call/fault.c daemon/api/call/fault.h \
	daemon/api/call/joining.c daemon/api/call/joining.h \
	daemon/api/call/numbers.c daemon/api/call/numbers.h \
	daemon/api/call/numbers_change.c daemon/api/call/numbers_offer.c daemon/api/call/numbers_sync.c \
	daemon/api/call/machine.c daemon/api/call/machine.h \
	daemon/api/call/participants.c daemon/api/call/participants.h \
	daemon/api/call/participants_ask.h \
	daemon/api/call/participants_change.c \
	daemon/api/keep/keep_job.c daemon/api/keep/keep_job.h daemon/api/keep/keeper.c daemon/api/keep/keeper.h \
	daemon/api/vault/s3.c daemon/api/vault/s3.h daemon/api/vault/sealed.c daemon/api/vault/sealed.h \
	daemon/api/store/recordings_kept.c daemon/api/store/recordings_kept.h \
	daemon/api/call/listen.c daemon/api/call/listen.h \
	daemon/api/call/place.c daemon/api/call/place.h \
	daemon/api/call/quality.c daemon/api/call/quality.h \
	daemon/api/call/queues.c daemon/api/call/queues.h \
	daemon/api/call/recording_live.c \
	daemon/api/call/recordings.c daemon/api/call/recordings.h \
	daemon/api/call/trace.c daemon/api/call/trace.h \
	daemon/api/call/transcriptions.c daemon/api/call/transcriptions.h \
	daemon/api/call/triggers.c daemon/api/call/triggers.h \
	daemon/api/call/usage.c daemon/api/call/usage.h \
	daemon/api/call/streams.c daemon/api/call/streams.h \
	daemon/api/call/wish.c daemon/api/call/wish.h \
	daemon/api/console/console.c daemon/api/console/console.h \
	daemon/api/dialect/dialect.h \
	daemon/api/dialect/openapi.c daemon/api/dialect/openapi.h \
	daemon/api/dialect/stream_start.c daemon/api/dialect/stream_start.h \
	daemon/api/dialect/script_names.c daemon/api/dialect/script_names.h \
	daemon/api/dialect/telefonie/bans.c \
	daemon/api/dialect/telefonie/call_json.c daemon/api/dialect/telefonie/call_json.h \
	daemon/api/dialect/telefonie/calls.c \
	daemon/api/dialect/telefonie/conference_json.c daemon/api/dialect/telefonie/conference_json.h \
	daemon/api/dialect/telefonie/conferences.c \
	daemon/api/dialect/telefonie/deliveries.c \
	daemon/api/dialect/telefonie/documents.c daemon/api/dialect/telefonie/documents.h \
	daemon/api/dialect/telefonie/errors.c daemon/api/dialect/telefonie/errors.h \
	daemon/api/dialect/telefonie/event_json.c daemon/api/dialect/telefonie/event_json.h \
	daemon/api/dialect/telefonie/event_list.c daemon/api/dialect/telefonie/event_list.h \
	daemon/api/dialect/telefonie/lists.c \
	daemon/api/dialect/telefonie/live_audio.c daemon/api/dialect/telefonie/live_audio.h \
	daemon/api/dialect/telefonie/media.c daemon/api/dialect/telefonie/media.h \
	daemon/api/dialect/telefonie/op.c daemon/api/dialect/telefonie/op.h \
	daemon/api/dialect/telefonie/operations.h \
	daemon/api/dialect/telefonie/participants.c \
	daemon/api/dialect/telefonie/quality.c \
	daemon/api/dialect/telefonie/quality_svg.c daemon/api/dialect/telefonie/quality_svg.h \
	daemon/api/dialect/telefonie/recording_json.h \
	daemon/api/dialect/telefonie/recordings.c \
	daemon/api/dialect/telefonie/recordings_live.c \
	daemon/api/dialect/telefonie/requests.c daemon/api/dialect/telefonie/requests.h \
	daemon/api/dialect/telefonie/routes.c daemon/api/dialect/telefonie/routes.h \
	daemon/api/dialect/telefonie/script_form.c daemon/api/dialect/telefonie/script_form.h \
	daemon/api/dialect/telefonie/scripts.c daemon/api/dialect/telefonie/scripts.h \
	daemon/api/dialect/telefonie/session.c daemon/api/dialect/telefonie/session.h \
	daemon/api/dialect/telefonie/sign.c daemon/api/dialect/telefonie/sign.h \
	daemon/api/dialect/telefonie/telefonie.c daemon/api/dialect/telefonie/telefonie.h \
	daemon/api/dialect/telefonie/trace.c \
	daemon/api/dialect/telefonie/transcriptions.c \
	daemon/api/dialect/telefonie/events.c \
	daemon/api/dialect/telefonie/why.c \
	daemon/api/dialect/telefonie/why.h \
	daemon/api/dialect/telefonie/why_media.c \
	daemon/api/dialect/telefonie/why_story.c \
	daemon/api/dialect/twilio/accounts.c \
	daemon/api/dialect/twilio/applications.c \
	daemon/api/dialect/twilio/ask.c daemon/api/dialect/twilio/ask.h \
	daemon/api/dialect/twilio/basic.c daemon/api/dialect/twilio/basic.h \
	daemon/api/dialect/twilio/call_json.c daemon/api/dialect/twilio/call_json.h \
	daemon/api/dialect/twilio/call_log.c \
	daemon/api/dialect/twilio/call_part.c daemon/api/dialect/twilio/call_part.h \
	daemon/api/dialect/twilio/calls.c daemon/api/dialect/twilio/calls.h \
	daemon/api/dialect/twilio/calls_create.c \
	daemon/api/dialect/twilio/calls_update.c \
	daemon/api/dialect/twilio/conference_json.c daemon/api/dialect/twilio/conference_json.h \
	daemon/api/dialect/twilio/conferences.c daemon/api/dialect/twilio/conferences.h \
	daemon/api/dialect/twilio/dates.c daemon/api/dialect/twilio/dates.h \
	daemon/api/dialect/twilio/documents.c \
	daemon/api/dialect/twilio/errors.c daemon/api/dialect/twilio/errors.h \
	daemon/api/dialect/twilio/form.c daemon/api/dialect/twilio/form.h \
	daemon/api/dialect/twilio/hear.c daemon/api/dialect/twilio/hear.h \
	daemon/api/dialect/twilio/hook_form.c daemon/api/dialect/twilio/hook_form.h \
	daemon/api/dialect/twilio/ids.c daemon/api/dialect/twilio/ids.h \
	daemon/api/dialect/twilio/numbers.c \
	daemon/api/dialect/twilio/numbers_offer.c \
	daemon/api/dialect/twilio/paging.c daemon/api/dialect/twilio/paging.h \
	daemon/api/dialect/twilio/parameters.c daemon/api/dialect/twilio/parameters.h \
	daemon/api/dialect/twilio/participants.c \
	daemon/api/dialect/twilio/participants_create.c \
	daemon/api/dialect/twilio/participants_update.c \
	daemon/api/dialect/twilio/queues.c \
	daemon/api/dialect/twilio/recording_json.c daemon/api/dialect/twilio/recording_json.h \
	daemon/api/dialect/twilio/recordings.c daemon/api/dialect/twilio/recordings.h \
	daemon/api/dialect/twilio/recordings_live.c \
	daemon/api/dialect/twilio/recordings_media.c \
	daemon/api/dialect/twilio/routes.c daemon/api/dialect/twilio/routes.h \
	daemon/api/dialect/twilio/script_form.c daemon/api/dialect/twilio/script_form.h \
	daemon/api/dialect/twilio/streams.c \
	daemon/api/dialect/twilio/transcriptions.c \
	daemon/api/dialect/twilio/settings.c daemon/api/dialect/twilio/settings.h \
	daemon/api/dialect/twilio/sign.c daemon/api/dialect/twilio/sign.h \
	daemon/api/dialect/twilio/usage.c daemon/api/dialect/twilio/usage.h daemon/api/dialect/twilio/triggers.c daemon/api/dialect/twilio/triggers.h \
	daemon/api/dialect/twilio/twilio.c daemon/api/dialect/twilio/twilio.h \
	daemon/api/dialect/vcita/record.c daemon/api/dialect/vcita/record.h \
	daemon/api/dialect/vcita/vcita.c daemon/api/dialect/vcita/vcita.h \
	daemon/api/dialect/vonage/ask.c daemon/api/dialect/vonage/ask.h \
	daemon/api/dialect/vonage/document.c daemon/api/dialect/vonage/document.h \
	daemon/api/dialect/vonage/errors.c daemon/api/dialect/vonage/errors.h \
	daemon/api/dialect/vonage/forms.c daemon/api/dialect/vonage/forms.h \
	daemon/api/dialect/vonage/ncco.c daemon/api/dialect/vonage/ncco.h \
	daemon/api/dialect/vonage/record.c daemon/api/dialect/vonage/record.h \
	daemon/api/dialect/vonage/socket.c daemon/api/dialect/vonage/socket.h \
	daemon/api/dialect/vonage/vonage.c daemon/api/dialect/vonage/vonage.h \
	daemon/api/dialect/vonage/calls.c \
	daemon/api/dialect/vonage/change.c \
	daemon/api/dialect/vonage/files.c \
	daemon/api/dialect/vonage/list.c \
	daemon/api/dialect/vonage/live.c \
	daemon/api/health.c daemon/api/health.h \
	daemon/api/metrics/metrics.c daemon/api/metrics/metrics.h \
	daemon/api/metrics/metrics_text.c daemon/api/metrics/metrics_text.h \
	daemon/api/metrics/own.c daemon/api/metrics/own.h \
	daemon/api/metrics/of_switch.c daemon/api/metrics/of_switch.h \
	daemon/api/hook/form.c daemon/api/hook/form.h \
	daemon/api/hook/hooks.c daemon/api/hook/hooks.h \
	daemon/api/hook/queue.c daemon/api/hook/queue.h \
	daemon/api/hook/recording_told.c daemon/api/hook/recording_told.h \
	daemon/api/hook/sender.c daemon/api/hook/sender.h \
	daemon/api/http/accept.c daemon/api/http/accept.h \
	daemon/api/http/auth.c daemon/api/http/auth.h \
	daemon/api/http/conn.c daemon/api/http/conn.h \
	daemon/api/http/cors.c daemon/api/http/cors.h \
	daemon/api/http/deadlines.c daemon/api/http/deadlines.h \
	daemon/api/http/file_reply.c daemon/api/http/file_reply.h \
	daemon/api/http/framing.c daemon/api/http/framing.h \
	daemon/api/http/framing_head.c daemon/api/http/framing_private.h \
	daemon/api/http/intake.c daemon/api/http/intake.h \
	daemon/api/http/live_reply.c daemon/api/http/live_reply.h \
	daemon/api/http/jwt.c daemon/api/http/jwt.h \
	daemon/api/http/query.c daemon/api/http/query.h \
	daemon/api/http/range.c daemon/api/http/range.h \
	daemon/api/http/router.c daemon/api/http/router.h \
	daemon/api/http/sessions.c daemon/api/http/sessions.h \
	daemon/api/http/tls.c daemon/api/http/tls.h \
	daemon/api/http/tokens.c daemon/api/http/tokens.h \
	daemon/api/http/web.c daemon/api/http/web.h \
	daemon/api/http/web_crowd.c \
	daemon/api/http/web_listen.c \
	daemon/api/http/web_log.c \
	daemon/api/http/web_private.h \
	daemon/api/http/web_refuse.c \
	daemon/api/http/web_request.c \
	daemon/api/http/web_reply.c \
	daemon/api/live/ear.c daemon/api/live/ear.h \
	daemon/api/live/live.c daemon/api/live/live.h \
	daemon/api/live/wav_head.c daemon/api/live/wav_head.h \
	daemon/api/net/fetch.c daemon/api/net/fetch.h \
	daemon/api/net/sign_lines.c daemon/api/net/sign_lines.h \
	daemon/api/net/weburl.c daemon/api/net/weburl.h \
	daemon/api/reload.c daemon/api/reload.h \
	daemon/api/script/document.c daemon/api/script/document.h \
	daemon/api/script/engine.c daemon/api/script/engine.h \
	daemon/api/script/reclaim.c \
	daemon/api/script/engine_private.h \
	daemon/api/script/form.c daemon/api/script/form.h \
	daemon/api/script/ncco/actions.c \
	daemon/api/script/ncco/connect.c \
	daemon/api/script/ncco/ncco.c daemon/api/script/ncco/ncco.h \
	daemon/api/script/ncco/object.c daemon/api/script/ncco/object.h \
	daemon/api/script/ncco/place.c daemon/api/script/ncco/place.h \
	daemon/api/script/replay.c daemon/api/script/replay.h \
	daemon/api/script/run.h \
	daemon/api/script/sid.c daemon/api/script/sid.h \
	daemon/api/script/run_application.c daemon/api/script/run_application.h \
	daemon/api/script/run_conference.c \
	daemon/api/script/run_conference_tell.c \
	daemon/api/script/run_dequeue.c \
	daemon/api/script/run_dial.c \
	daemon/api/script/run_dial_end.c \
	daemon/api/script/run_dial_end.h \
	daemon/api/script/run_events.c \
	daemon/api/script/run_fetch.c \
	daemon/api/script/run_gather.c \
	daemon/api/script/run_misc.c \
	daemon/api/script/run_nest.c \
	daemon/api/script/run_keep.c \
	daemon/api/script/run_note.c \
	daemon/api/script/run_play.c \
	daemon/api/script/run_record.c \
	daemon/api/script/run_queue.c daemon/api/script/run_queue.h \
	daemon/api/script/run_queue_private.h \
	daemon/api/script/run_recording.c daemon/api/script/run_recording.h \
	daemon/api/script/run_restore.c \
	daemon/api/script/run_stream.c \
	daemon/api/script/run_transcription.c \
	daemon/api/script/run_speech.c \
	daemon/api/script/run_steps.c daemon/api/script/run_steps.h \
	daemon/api/script/run_table.c \
	daemon/api/script/run_targets.c daemon/api/script/run_targets.h \
	daemon/api/script/run_tell.c daemon/api/script/run_tell.h \
	daemon/api/script/states.c daemon/api/script/states.h \
	daemon/api/script/steps/problem.c daemon/api/script/steps/problem.h \
	daemon/api/script/steps/step.c daemon/api/script/steps/step.h \
	daemon/api/script/steps/words.c daemon/api/script/steps/words.h \
	daemon/api/script/twiml/grammar.c daemon/api/script/twiml/grammar.h \
	daemon/api/script/twiml/reader.c daemon/api/script/twiml/reader.h \
	daemon/api/script/twiml/source.c daemon/api/script/twiml/source.h \
	daemon/api/script/twiml/spoken.c \
	daemon/api/script/twiml/twiml.c daemon/api/script/twiml/twiml.h \
	daemon/api/script/twiml/verbs.h \
	daemon/api/script/twiml/verbs_action.c \
	daemon/api/script/twiml/verbs_conference.c \
	daemon/api/script/twiml/verbs_dial.c \
	daemon/api/script/twiml/verbs_prompt.c \
	daemon/api/script/twiml/verbs_record.c \
	daemon/api/script/twiml/verbs_stream.c \
	daemon/api/script/twiml/verbs_transcription.c \
	daemon/api/script/twiml/write.c daemon/api/script/twiml/write.h \
	daemon/api/simulate/runner.c daemon/api/simulate/runner.h \
	daemon/api/simulate/simulate.c daemon/api/simulate/simulate.h \
	daemon/api/simulate/simulate_private.h \
	daemon/api/simulate/simulate_requests.c \
	daemon/api/simulate/stage.c daemon/api/simulate/stage.h \
	daemon/api/simulate/stage_act.c \
	daemon/api/simulate/stage_call.c \
	daemon/api/simulate/stage_join.c \
	daemon/api/simulate/stage_room.c \
	daemon/api/simulate/stage_sound.c \
	daemon/api/simulate/stage_stream.c \
	daemon/api/simulate/step_shown.c daemon/api/simulate/step_shown.h \
	daemon/api/simulate/story.c daemon/api/simulate/story.h \
	daemon/api/simulate/ticks.c daemon/api/simulate/ticks.h \
	daemon/api/simulate/transcript.c daemon/api/simulate/transcript.h \
	daemon/api/socket/socket.c daemon/api/socket/socket.h \
	daemon/api/publish/broker.h \
	daemon/api/publish/nats.c \
	daemon/api/publish/publisher.c daemon/api/publish/publisher.h \
	daemon/api/publish/publishers.c daemon/api/publish/publishers.h \
	daemon/api/publish/redis.c \
	daemon/api/socket/socket_events.c \
	daemon/api/socket/socket_private.h \
	daemon/api/speech/cache.c daemon/api/speech/cache.h \
	daemon/api/speech/engines.c daemon/api/speech/engines.h \
	daemon/api/speech/convert.c daemon/api/speech/convert.h \
	daemon/api/speech/convert_file.c daemon/api/speech/convert_file.h \
	daemon/api/speech/freshness.c daemon/api/speech/freshness.h \
	daemon/api/speech/hearer.c daemon/api/speech/hearer.h \
	daemon/api/speech/hearing.c daemon/api/speech/hearing.h \
	daemon/api/speech/language.c daemon/api/speech/language.h \
	daemon/api/speech/polyglot.c daemon/api/speech/polyglot.h \
	daemon/api/speech/prompts.c daemon/api/speech/prompts.h \
	daemon/api/speech/sound_file.c daemon/api/speech/sound_file.h \
	daemon/api/speech/sounds.c daemon/api/speech/sounds.h \
	daemon/api/speech/speech.c daemon/api/speech/speech.h \
	daemon/api/speech/voices.c daemon/api/speech/voices.h \
	daemon/api/speech/wav.c daemon/api/speech/wav.h \
	daemon/api/store/backup.c daemon/api/store/backup.h \
	daemon/api/store/calls.c daemon/api/store/calls.h \
	daemon/api/store/calls_conversation.c \
	daemon/api/store/calls_list.c \
	daemon/api/store/calls_page.c \
	daemon/api/store/calls_row.h \
	daemon/api/store/calls_shown.c \
	daemon/api/store/checkpoint.c daemon/api/store/checkpoint.h \
	daemon/api/store/conferences.c daemon/api/store/conferences.h \
	daemon/api/store/db.h \
	daemon/api/store/db_sqlite.c daemon/api/store/db_sqlite.h \
	daemon/api/store/entries.c daemon/api/store/entries.h \
	daemon/api/store/events.c daemon/api/store/events.h \
	daemon/api/store/migrate.c daemon/api/store/migrate.h \
	daemon/api/store/cursors.c daemon/api/store/cursors.h \
	daemon/api/store/quality.c daemon/api/store/quality.h \
	daemon/api/store/queues.c daemon/api/store/queues.h \
	daemon/api/store/recordings.c daemon/api/store/recordings.h \
	daemon/api/store/retention.c daemon/api/store/retention.h \
	daemon/api/store/rows.c daemon/api/store/rows.h \
	daemon/api/store/sound.c daemon/api/store/sound.h \
	daemon/api/store/statement.c daemon/api/store/statement.h \
	daemon/api/store/store.c daemon/api/store/store.h \
	daemon/api/store/syncer.c daemon/api/store/syncer.h \
	daemon/api/store/usage.c daemon/api/store/usage.h \
	daemon/api/store/voice_calls.c daemon/api/store/voice_calls.h \
	daemon/api/store/voice_calls_list.c \
	daemon/api/switch/audio_door.c daemon/api/switch/audio_door.h \
	daemon/api/switch/bus.c daemon/api/switch/bus.h \
	daemon/api/switch/ingest.c daemon/api/switch/ingest.h \
	daemon/api/switch/ingest_private.h \
	daemon/api/switch/ingest_snapshot.c \
	daemon/api/switch/link.c daemon/api/switch/link.h daemon/api/switch/link_private.h \
	daemon/api/switch/link_gather.c daemon/api/switch/link_route.c daemon/api/switch/link_sum.c \
	daemon/api/switch/one.c daemon/api/switch/one.h daemon/api/switch/one_private.h \
	daemon/api/switch/one_watch.c \
	daemon/api/ws/ws_conn.c daemon/api/ws/ws_conn.h
API_LIBRARY_LIBS = daemon/api/libapi.a $(LIB_LIBS) $(PHONE_LIBS) $(API_LIBS) $(NATS_LIBS) $(REDIS_LIBS) $(SNDFILE_LIBS) \
	-lflite_cmu_us_slt -lflite_cmu_us_rms -lflite_usenglish -lflite_cmulex -lflite -lespeak-ng -lwslay -lm

bin_PROGRAMS += bin/offhook-api
bin_offhook_api_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS)
bin_offhook_api_SOURCES = daemon/api/main.c daemon/api/wiring.c daemon/api/wiring.h daemon/api/reload.c daemon/api/reload.h \
	daemon/api/offline.c daemon/api/offline.h daemon/api/options.c daemon/api/options.h daemon/api/simulation.c daemon/api/simulation.h
bin_offhook_api_LDADD = $(API_LIBRARY_LIBS)

# The OpenAPI documents as C strings.
OPENAPI_TEXT = $(AM_V_GEN)mkdir -p $(@D) && sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' $(srcdir)/$(@D)/openapi.json > $@.new && mv $@.new $@
daemon/api/dialect/telefonie/openapi_text.h: $(srcdir)/daemon/api/dialect/telefonie/openapi.json
	$(OPENAPI_TEXT)
daemon/api/dialect/telefonie/libapi_a-documents.$(OBJEXT): daemon/api/dialect/telefonie/openapi_text.h
daemon/api/dialect/twilio/openapi_text.h: $(srcdir)/daemon/api/dialect/twilio/openapi.json
	$(OPENAPI_TEXT)
daemon/api/dialect/twilio/libapi_a-documents.$(OBJEXT): daemon/api/dialect/twilio/openapi_text.h
daemon/api/dialect/vcita/openapi_text.h: $(srcdir)/daemon/api/dialect/vcita/openapi.json
	$(OPENAPI_TEXT)
daemon/api/dialect/vcita/libapi_a-vcita.$(OBJEXT): daemon/api/dialect/vcita/openapi_text.h
daemon/api/dialect/vonage/openapi_text.h: $(srcdir)/daemon/api/dialect/vonage/openapi.json
	$(OPENAPI_TEXT)
daemon/api/dialect/vonage/libapi_a-document.$(OBJEXT): daemon/api/dialect/vonage/openapi_text.h
OPENAPI_TEXTS = daemon/api/dialect/telefonie/openapi_text.h \
	daemon/api/dialect/twilio/openapi_text.h \
	daemon/api/dialect/vcita/openapi_text.h \
	daemon/api/dialect/vonage/openapi_text.h
BUILT_SOURCES += $(OPENAPI_TEXTS)
CLEANFILES += $(OPENAPI_TEXTS)
EXTRA_DIST += daemon/api/dialect/telefonie/openapi.json \
	daemon/api/dialect/twilio/openapi.json \
	daemon/api/dialect/vcita/openapi.json \
	daemon/api/dialect/vonage/openapi.json

# The console's files as C strings, the page first; a file of another kind wants its media type here.
CONSOLE_TEXT = daemon/api/console/files_text.h
CONSOLE_FOLDER = $(srcdir)/daemon/api/console/files
CONSOLE_FILES = index.html app.css icon.svg app.js api.js dom.js live.js login.js calls.js call.js quality.js sound.js ladder.js \
	conferences.js phones.js trunks.js bans.js deliveries.js place.js script.js
$(CONSOLE_TEXT): $(CONSOLE_FOLDER)/* $(srcdir)/daemon/api/local.mk
	$(AM_V_GEN)mkdir -p $(@D) && for name in $(CONSOLE_FILES); do \
		case $$name in \
		*.html) type='text/html; charset=utf-8' ;; \
		*.css) type='text/css; charset=utf-8' ;; \
		*.svg) type=image/svg+xml ;; \
		*) type='text/javascript; charset=utf-8' ;; \
		esac; \
		echo "{ \"$$name\", \"$$type\"," && \
		sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/?/\\?/g' -e 's/^/"/' -e 's/$$/\\n"/' $(CONSOLE_FOLDER)/$$name && \
		echo "}," || exit 1; \
	done > $@.new && mv $@.new $@
daemon/api/console/libapi_a-console.$(OBJEXT): $(CONSOLE_TEXT)
BUILT_SOURCES += $(CONSOLE_TEXT)
CLEANFILES += $(CONSOLE_TEXT)
EXTRA_DIST += daemon/api/console/files
