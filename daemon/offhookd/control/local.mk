# The control socket of offhookd, and its events. What links it adds CONTROL_LIBS.
noinst_LIBRARIES += daemon/offhookd/libcontrol.a
daemon_offhookd_libcontrol_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
daemon_offhookd_libcontrol_a_SOURCES = \
	daemon/offhookd/control/explain.c \
	daemon/offhookd/control/alive.c daemon/offhookd/control/alive.h \
	daemon/offhookd/control/door.c \
	daemon/offhookd/control/events.c daemon/offhookd/control/events.h \
	daemon/offhookd/control/events_private.h \
	daemon/offhookd/control/journal.c daemon/offhookd/control/journal.h \
	daemon/offhookd/control/journal_private.h \
	daemon/offhookd/control/journal_reader.c \
	daemon/offhookd/control/journal_writer.c \
	daemon/offhookd/control/line.c \
	daemon/offhookd/control/peer.c daemon/offhookd/control/peer.h \
	daemon/offhookd/control/request.c \
	daemon/offhookd/control/server.c daemon/offhookd/control/server.h \
	daemon/offhookd/control/subscribers.c
CONTROL_LIBS = daemon/offhookd/libcontrol.a $(LIB_LIBS)
