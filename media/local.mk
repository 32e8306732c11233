noinst_LIBRARIES += media/libmedia.a
media_libmedia_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(MEDIA_CFLAGS)
media_libmedia_a_SOURCES = \
	media/address.h \
	media/activity.c \
	media/amd.c media/amd.h media/amd_beep.c media/amd_file.c \
	media/burst.c media/burst.h \
	media/codec.c media/codec.h \
	media/codec_g711.c \
	media/codec_g722.c \
	media/codec_l16.c \
	media/codec_opus.c \
	media/conceal.c media/conceal.h \
	media/conference.c \
	media/convert.c media/convert.h \
	media/counters.c \
	media/detect.c \
	media/digits_heard.c \
	media/digits_in.c \
	media/digits_out.c \
	media/ear.c media/ear.h \
	media/engine.c media/engine.h \
	media/far.h \
	media/filer.c media/filer.h \
	media/format.c \
	media/frames.c media/frames.h \
	media/headers.c media/headers.h \
	media/hear.c \
	media/jbuf.c media/jbuf.h \
	media/lateness.c media/lateness.h \
	media/machine.h \
	media/machine_json.c media/machine_json.h \
	media/mailbox.c media/mailbox.h \
	media/measure.c \
	media/media.h \
	media/mix.c \
	media/order.c media/order.h \
	media/origin.c media/origin.h \
	media/packets.h \
	media/path.c \
	media/player.c media/player.h \
	media/ports.c \
	media/quality.c media/quality.h \
	media/receive.c \
	media/recorder.c media/recorder.h \
	media/recorder_file.c media/recorder_file.h \
	media/relay.c \
	media/report.c \
	media/report_read.c \
	media/report_xr.c \
	media/room.c media/room.h \
	media/rtcp_check.c media/rtcp_check.h \
	media/rtp.c media/rtp.h \
	media/secure.c media/secure.h \
	media/secure_cipher.c media/secure_cipher.h \
	media/send.c \
	media/session.c \
	media/session_remote.c \
	media/session_sound.c \
	media/source.c media/source.h \
	media/static_type.c \
	media/stream.h \
	media/tap.c media/tap.h \
	media/tones.c media/tones.h \
	media/voice.c media/voice.h \
	media/worker.c media/worker.h
MEDIA_LIBRARY_LIBS = media/libmedia.a lib/liboffhook.a $(MEDIA_LIBS) $(EVENT_LIBS) -lm
