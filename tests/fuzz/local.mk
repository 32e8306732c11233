# libFuzzer targets: configure --enable-fuzzers with CC=clang, then run bin/fuzz_NAME -max_total_time=60 CORPUS.
if FUZZERS
# What the files named below use of lib/ and is not to be fuzzed with them.
FUZZ_LDADD = $(LIB_LIBS) $(PHONE_LIBS)
FUZZER_FLAGS = -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
noinst_PROGRAMS += bin/fuzz_twiml bin/fuzz_ncco bin/fuzz_request
bin_fuzz_twiml_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS)
bin_fuzz_twiml_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_twiml_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_twiml_SOURCES = tests/fuzz/fuzz_twiml.c daemon/api/script/steps/problem.c daemon/api/script/twiml/grammar.c daemon/api/script/twiml/reader.c \
	daemon/api/script/twiml/source.c daemon/api/script/twiml/spoken.c daemon/api/script/twiml/twiml.c \
	daemon/api/script/twiml/verbs_action.c daemon/api/script/twiml/verbs_conference.c daemon/api/script/twiml/verbs_dial.c \
	daemon/api/script/twiml/verbs_prompt.c daemon/api/script/twiml/verbs_record.c daemon/api/script/twiml/verbs_stream.c daemon/api/script/twiml/verbs_transcription.c daemon/api/script/twiml/write.c \
	daemon/api/speech/language.c daemon/api/script/steps/step.c daemon/api/script/steps/words.c
bin_fuzz_twiml_LDADD = $(API_LIBS) $(FUZZ_LDADD)
bin_fuzz_ncco_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS)
bin_fuzz_ncco_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_ncco_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_ncco_SOURCES = tests/fuzz/fuzz_ncco.c daemon/api/script/ncco/actions.c daemon/api/script/ncco/connect.c \
	daemon/api/script/ncco/ncco.c daemon/api/script/ncco/object.c daemon/api/script/ncco/place.c \
	daemon/api/script/steps/problem.c daemon/api/script/steps/step.c daemon/api/script/steps/words.c daemon/api/speech/language.c
bin_fuzz_ncco_LDADD = $(API_LIBS) $(LIB_LIBS) $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_story bin/fuzz_wav
bin_fuzz_story_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS)
bin_fuzz_story_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_story_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_story_SOURCES = tests/fuzz/fuzz_story.c daemon/api/net/weburl.c daemon/api/simulate/story.c lib/json_get.c
bin_fuzz_story_LDADD = $(API_LIBS) $(LIB_LIBS) $(FUZZ_LDADD)
bin_fuzz_wav_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS)
bin_fuzz_wav_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_wav_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_wav_SOURCES = tests/fuzz/fuzz_wav.c daemon/api/speech/wav.c
bin_fuzz_wav_LDADD = $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_sealed
bin_fuzz_sealed_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS)
bin_fuzz_sealed_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_sealed_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_sealed_SOURCES = tests/fuzz/fuzz_sealed.c daemon/api/vault/sealed.c lib/file.c lib/hex.c lib/key_file.c
bin_fuzz_sealed_LDADD = $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_heard
bin_fuzz_heard_CPPFLAGS = $(lib_liboffhook_a_CPPFLAGS)
bin_fuzz_heard_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_heard_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_heard_SOURCES = tests/fuzz/fuzz_heard.c daemon/offhookd/stream/heard.c
bin_fuzz_heard_LDADD = $(LIB_LIBS) $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_trace
bin_fuzz_trace_CPPFLAGS = $(lib_liboffhook_a_CPPFLAGS)
bin_fuzz_trace_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_trace_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_trace_SOURCES = tests/fuzz/fuzz_trace.c daemon/offhookd/trace/blank.c daemon/offhookd/trace/sipline.c
bin_fuzz_trace_LDADD = $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_pick
bin_fuzz_pick_CPPFLAGS = $(lib_liboffhook_a_CPPFLAGS)
bin_fuzz_pick_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_pick_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_pick_SOURCES = tests/fuzz/fuzz_pick.c lib/json_pick.c lib/json_read.c
bin_fuzz_pick_LDADD = $(LIB_LIBS) $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_read
bin_fuzz_read_CPPFLAGS = $(lib_liboffhook_a_CPPFLAGS)
bin_fuzz_read_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_read_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_read_SOURCES = tests/fuzz/fuzz_read.c lib/json_read.c
bin_fuzz_read_LDADD = $(LIB_LIBS) $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_jwt
bin_fuzz_jwt_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS)
bin_fuzz_jwt_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_jwt_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_jwt_SOURCES = tests/fuzz/fuzz_jwt.c daemon/api/http/jwt.c
bin_fuzz_jwt_LDADD = $(LIB_LIBS) $(API_LIBS) $(FUZZ_LDADD)
bin_fuzz_request_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS)
bin_fuzz_request_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_request_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_request_SOURCES = tests/fuzz/fuzz_request.c daemon/api/http/accept.c daemon/api/http/query.c daemon/api/http/range.c daemon/api/net/weburl.c lib/utf8.c
bin_fuzz_request_LDADD = $(API_LIBS) $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_conf bin/fuzz_control bin/fuzz_digest
bin_fuzz_conf_CPPFLAGS = $(lib_liboffhook_a_CPPFLAGS)
bin_fuzz_conf_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_conf_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c lib/conf.c lib/conf_api.c lib/conf_deck.c lib/conf_entries.c lib/conf_error.c lib/conf_guard.c lib/conf_index.c lib/conf_numbers.c \
	lib/conf_lexer.c lib/conf_links.c lib/conf_net.c lib/conf_options.c lib/conf_recordings.c lib/conf_settings.c lib/conf_source.c lib/conf_speech.c lib/conf_trunk.c lib/conf_value.c \
	lib/money.c lib/rate_deck.c lib/rate_parse.c
bin_fuzz_conf_LDADD = $(LIB_LIBS) $(FUZZ_LDADD)
bin_fuzz_control_CPPFLAGS = $(daemon_offhookd_libcontrol_a_CPPFLAGS)
bin_fuzz_control_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_control_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_control_SOURCES = tests/fuzz/fuzz_control.c lib/control_frame.c lib/json_get.c lib/json_read.c daemon/offhookd/control/journal_reader.c
bin_fuzz_control_LDADD = $(CONTROL_LIBS) $(FUZZ_LDADD)
bin_fuzz_digest_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
bin_fuzz_digest_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_digest_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_digest_SOURCES = tests/fuzz/fuzz_digest.c daemon/offhookd/digest/digest.c daemon/offhookd/digest/digest_text.c
bin_fuzz_digest_LDADD = $(LIB_LIBS) $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_rtp bin/fuzz_rtcp bin/fuzz_sound
FUZZ_MEDIA = media/activity.c media/amd.c media/amd_beep.c media/burst.c media/codec.c media/codec_g711.c media/codec_g722.c media/codec_l16.c media/codec_opus.c media/conceal.c media/detect.c \
	media/convert.c media/counters.c media/digits_heard.c media/digits_in.c media/digits_out.c media/ear.c media/format.c media/frames.c media/headers.c media/hear.c media/jbuf.c \
	media/lateness.c media/mailbox.c media/mix.c media/order.c media/origin.c media/path.c media/player.c media/quality.c media/receive.c \
	media/recorder.c media/recorder_file.c media/relay.c media/report.c media/report_read.c \
	media/report_xr.c media/room.c media/rtcp_check.c media/rtp.c media/secure.c media/secure_cipher.c media/send.c \
	media/source.c media/static_type.c media/tap.c media/tones.c media/voice.c media/worker.c lib/clock.c lib/log.c lib/random.c lib/hex.c lib/service.c
bin_fuzz_rtp_CPPFLAGS = $(media_libmedia_a_CPPFLAGS)
bin_fuzz_rtp_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_rtp_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_rtp_SOURCES = tests/fuzz/fuzz_rtp.c tests/fuzz/fuzz_rtp_events.c $(FUZZ_MEDIA)
bin_fuzz_rtp_LDADD = $(MEDIA_LIBS) -lm $(FUZZ_LDADD)
bin_fuzz_rtcp_CPPFLAGS = $(media_libmedia_a_CPPFLAGS)
bin_fuzz_rtcp_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_rtcp_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_rtcp_SOURCES = tests/fuzz/fuzz_rtcp.c tests/fuzz/fuzz_rtp_events.c $(FUZZ_MEDIA)
bin_fuzz_rtcp_LDADD = $(MEDIA_LIBS) -lm $(FUZZ_LDADD)
bin_fuzz_sound_CPPFLAGS = $(media_libmedia_a_CPPFLAGS)
bin_fuzz_sound_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_sound_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_sound_SOURCES = tests/fuzz/fuzz_sound.c media/source.c media/tones.c
bin_fuzz_sound_LDADD = $(MEDIA_LIBS) -lm $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_srtp
bin_fuzz_srtp_CPPFLAGS = $(media_libmedia_a_CPPFLAGS)
bin_fuzz_srtp_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_srtp_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_srtp_SOURCES = tests/fuzz/fuzz_srtp.c media/secure.c media/secure_cipher.c
bin_fuzz_srtp_LDADD = $(MEDIA_LIBS) $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_sdp
FUZZ_SDP = daemon/offhookd/ua/sdp.c daemon/offhookd/ua/sdp_attribute.c daemon/offhookd/ua/sdp_audio.c daemon/offhookd/ua/sdp_crypto.c \
	daemon/offhookd/ua/sdp_read.c daemon/offhookd/ua/sdp_text.c daemon/offhookd/ua/sdp_where.c
bin_fuzz_sdp_CPPFLAGS = $(AM_CPPFLAGS)
bin_fuzz_sdp_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_sdp_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_sdp_SOURCES = tests/fuzz/fuzz_sdp.c $(FUZZ_SDP)
bin_fuzz_sdp_LDADD = $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_message
bin_fuzz_message_CPPFLAGS = $(AM_CPPFLAGS) $(SOFIA_CFLAGS) $(EVENT_CFLAGS)
bin_fuzz_message_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_message_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_message_SOURCES = tests/fuzz/fuzz_message.c daemon/offhookd/ua/lenient.c daemon/offhookd/ua/message.c daemon/offhookd/ua/multipart.c $(FUZZ_SDP) \
	lib/clock.c lib/conf_transport.c lib/log.c lib/service.c
bin_fuzz_message_LDADD = $(SOFIA_LIBS) $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_rate
bin_fuzz_rate_CPPFLAGS = $(AM_CPPFLAGS)
bin_fuzz_rate_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_rate_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_rate_SOURCES = tests/fuzz/fuzz_rate.c lib/money.c lib/rate_deck.c lib/rate_parse.c
bin_fuzz_rate_LDADD = $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_number
bin_fuzz_number_CPPFLAGS = $(AM_CPPFLAGS)
bin_fuzz_number_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_number_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_number_SOURCES = tests/fuzz/fuzz_number.c daemon/offhookd/trunks/number_format.c daemon/offhookd/trunks/route.c
bin_fuzz_number_LDADD = $(LIB_LIBS) $(PHONE_LIBS) $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_testtrunk
bin_fuzz_testtrunk_CPPFLAGS = $(AM_CPPFLAGS)
bin_fuzz_testtrunk_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_testtrunk_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_testtrunk_SOURCES = tests/fuzz/fuzz_testtrunk.c daemon/offhookd/testtrunk/message.c daemon/offhookd/testtrunk/number.c \
	daemon/offhookd/testtrunk/offer.c
bin_fuzz_testtrunk_LDADD = $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_frame
bin_fuzz_frame_CPPFLAGS = $(AM_CPPFLAGS)
bin_fuzz_frame_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_frame_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_frame_SOURCES = tests/fuzz/fuzz_frame.c daemon/offhookd/ua/field.c daemon/offhookd/ua/frame.c daemon/offhookd/ua/stateless.c
bin_fuzz_frame_LDADD = $(LIB_LIBS) $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_form
bin_fuzz_form_CPPFLAGS = $(daemon_api_libapi_a_CPPFLAGS)
bin_fuzz_form_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_form_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_form_SOURCES = tests/fuzz/fuzz_form.c lib/conf_number_id.c daemon/api/dialect/twilio/basic.c daemon/api/dialect/twilio/dates.c \
	daemon/api/dialect/twilio/form.c daemon/api/dialect/twilio/ids.c daemon/api/dialect/twilio/sign.c \
	daemon/api/http/auth.c daemon/api/http/query.c daemon/api/net/weburl.c lib/utf8.c
bin_fuzz_form_LDADD = $(LIB_LIBS) $(API_LIBS) $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_framing
bin_fuzz_framing_CPPFLAGS = $(AM_CPPFLAGS)
bin_fuzz_framing_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_framing_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_framing_SOURCES = tests/fuzz/fuzz_framing.c daemon/api/http/framing.c daemon/api/http/framing_head.c
bin_fuzz_framing_LDADD = $(FUZZ_LDADD)
noinst_PROGRAMS += bin/fuzz_handshake bin/fuzz_stream bin/fuzz_amd
bin_fuzz_handshake_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(OPENSSL_CFLAGS)
bin_fuzz_handshake_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_handshake_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_handshake_SOURCES = tests/fuzz/fuzz_handshake.c daemon/offhookd/stream/handshake.c lib/websocket.c lib/clock.c lib/hex.c lib/log.c lib/random.c lib/service.c
bin_fuzz_handshake_LDADD = $(EVENT_LIBS) $(OPENSSL_LIBS) -lwslay $(FUZZ_LDADD)
bin_fuzz_stream_CPPFLAGS = $(media_libmedia_a_CPPFLAGS) $(OPENSSL_CFLAGS)
bin_fuzz_stream_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_stream_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_stream_SOURCES = tests/fuzz/fuzz_stream.c daemon/offhookd/stream/handshake.c daemon/offhookd/stream/heard.c daemon/offhookd/stream/media_text.c lib/websocket.c daemon/offhookd/stream/peer.c \
	daemon/offhookd/stream/peer_line.c daemon/offhookd/stream/playout.c daemon/offhookd/stream/protocol.c \
	daemon/offhookd/stream/protocol_plain.c daemon/offhookd/stream/protocol_speech.c daemon/offhookd/stream/protocol_twilio.c \
	daemon/offhookd/stream/protocol_vonage.c lib/clock.c lib/hex.c lib/log.c \
	lib/random.c lib/service.c media/codec_g711.c media/convert.c media/voice.c
bin_fuzz_stream_LDADD = $(MEDIA_LIBS) $(LIB_LIBS) $(OPENSSL_LIBS) -lwslay -lm $(FUZZ_LDADD)
bin_fuzz_amd_CPPFLAGS = $(media_libmedia_a_CPPFLAGS)
bin_fuzz_amd_CFLAGS = $(AM_CFLAGS) $(FUZZER_FLAGS)
bin_fuzz_amd_LDFLAGS = $(AM_LDFLAGS) $(FUZZER_FLAGS)
bin_fuzz_amd_SOURCES = tests/fuzz/fuzz_amd.c media/amd.c media/amd_beep.c media/voice.c
bin_fuzz_amd_LDADD = $(MEDIA_LIBS) -lm $(FUZZ_LDADD)
endif
