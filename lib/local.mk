noinst_LIBRARIES += lib/liboffhook.a
lib_liboffhook_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(CONFUSE_CFLAGS) $(OPENSSL_CFLAGS)
lib_liboffhook_a_SOURCES = \
	lib/call_header.c lib/call_header.h \
	lib/call_state.c lib/call_state.h \
	lib/child.c lib/child.h \
	lib/clock.c lib/clock.h \
	lib/conf.c lib/conf.h \
	lib/conf_deck.c lib/conf_deck.h \
	lib/conf_certificates.c lib/conf_certificates.h \
	lib/conf_entries.c lib/conf_entries.h lib/conf_links.c \
	lib/conf_error.c lib/conf_error.h \
	lib/conf_api.c lib/conf_api.h \
	lib/conf_guard.c lib/conf_guard.h \
	lib/conf_index.c lib/conf_index.h \
	lib/conf_number_id.c lib/conf_number_id.h \
	lib/conf_lexer.c lib/conf_lexer.h \
	lib/conf_files.c lib/conf_files.h \
	lib/conf_nearest.c lib/conf_nearest.h \
	lib/conf_net.c lib/conf_net.h \
	lib/conf_numbers.c lib/conf_numbers.h \
	lib/conf_doubts.c lib/conf_doubts.h \
	lib/conf_sense.c lib/conf_sense.h \
	lib/key_file.c lib/key_file.h \
	lib/conf_recordings.c lib/conf_recordings.h \
	lib/conf_options.c lib/conf_options.h \
	lib/conf_output.c lib/conf_output.h \
	lib/conf_settings.c lib/conf_settings.h \
	lib/conf_speech.c lib/conf_speech.h \
	lib/conf_switch.c lib/conf_switch.h \
	lib/conf_source.c lib/conf_source.h \
	lib/conf_bus.c lib/conf_bus.h \
	lib/conf_trace.c lib/conf_trace.h \
	lib/conf_transport.c \
	lib/conf_trunk.c lib/conf_trunk.h \
	lib/conf_value.c lib/conf_value.h \
	lib/control_client.c lib/control_client.h \
	lib/control_tls.c lib/control_tls.h \
	lib/control_frame.c lib/control_frame.h \
	lib/deny.c lib/deny.h \
	lib/file.c lib/file.h \
	lib/file_writer.c lib/file_writer.h \
	lib/fnv.h \
	lib/hex.c lib/hex.h \
	lib/histogram.c lib/histogram.h \
	lib/journal.c lib/journal.h \
	lib/json_file.c lib/json_file.h \
	lib/json_get.c lib/json_get.h \
	lib/json_pick.c lib/json_pick.h \
	lib/json_plain.h \
	lib/json_read.c lib/json_read.h \
	lib/json_text.c lib/json_text.h \
	lib/json_write.c lib/json_write.h \
	lib/ladder.c lib/ladder.h lib/ladder_private.h lib/ladder_svg.c lib/ladder_text.c \
	lib/log.c lib/log.h \
	lib/money.c lib/money.h \
	lib/pcapng.c lib/pcapng.h \
	lib/phone_number.c lib/phone_number.h lib/phone_number_country.cc \
	lib/pid_lock.c lib/pid_lock.h \
	lib/process.c lib/process.h \
	lib/random.c lib/random.h \
	lib/rate_deck.c lib/rate_deck.h lib/rate_parse.c \
	lib/ref.c lib/ref.h \
	lib/told_event.c lib/told_event.h \
	lib/tone_name.c lib/tone_name.h \
	lib/service.c lib/service.h \
	lib/socket_address.h \
	lib/unix_socket.c lib/unix_socket.h \
	lib/utf8.c lib/utf8.h \
	lib/websocket.c lib/websocket.h \
	lib/xml_encoding.c lib/xml_encoding.h \
	lib/xml_text.c lib/xml_text.h
LIB_LIBS = lib/liboffhook.a $(EVENT_LIBS) $(JANSSON_LIBS) $(CONFUSE_LIBS) $(OPENSSL_LIBS)
# Only programs that read numbers by a country's plan (lib/phone_number_country.cc) need it, behind liboffhook.a.
PHONE_LIBS = $(PHONENUMBER_LIBS) -lstdc++
