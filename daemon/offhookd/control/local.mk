# The parts of offhookd that know neither SIP nor calls: the control socket, digest, registrations. What links them adds CONTROL_LIBS.
noinst_LIBRARIES += daemon/offhookd/libcontrol.a
daemon_offhookd_libcontrol_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(OPENSSL_CFLAGS)
daemon_offhookd_libcontrol_a_SOURCES = \
	daemon/offhookd/control/events.h \
	daemon/offhookd/control/line.c \
	daemon/offhookd/control/peer.c daemon/offhookd/control/peer.h \
	daemon/offhookd/control/request.c \
	daemon/offhookd/control/server.c daemon/offhookd/control/server.h \
	daemon/offhookd/switch/bindings.h \
	daemon/offhookd/switch/digest.h \
	daemon/offhookd/switch/digest_client.h
CONTROL_LIBS = daemon/offhookd/libcontrol.a $(LIB_LIBS)
