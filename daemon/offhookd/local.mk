# offhookd: the switch. Everything but main is a library, so that unit tests can link parts of it.
noinst_LIBRARIES += daemon/offhookd/libswitch.a
daemon_offhookd_libswitch_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(SOFIA_CFLAGS) $(OPENSSL_CFLAGS)
daemon_offhookd_libswitch_a_SOURCES = \
	daemon/offhookd/switch/auth.c daemon/offhookd/switch/auth.h \
	daemon/offhookd/switch/bans.c daemon/offhookd/switch/bans.h \
	daemon/offhookd/switch/bindings.c daemon/offhookd/switch/bindings.h \
	daemon/offhookd/switch/bindings_file.c daemon/offhookd/switch/bindings_private.h \
	daemon/offhookd/switch/call.c daemon/offhookd/switch/call.h \
	daemon/offhookd/switch/call_keys.c \
	daemon/offhookd/switch/call_media.c \
	daemon/offhookd/switch/charge.c daemon/offhookd/switch/charge.h \
	daemon/offhookd/switch/collect.c \
	daemon/offhookd/switch/conference.c daemon/offhookd/switch/conference.h \
	daemon/offhookd/switch/conference_media.c daemon/offhookd/switch/conference_private.h \
	daemon/offhookd/switch/dial.c daemon/offhookd/switch/dial.h \
	daemon/offhookd/switch/digest.c daemon/offhookd/switch/digest.h \
	daemon/offhookd/switch/digest_text.c \
	daemon/offhookd/switch/guard.c daemon/offhookd/switch/guard.h \
	daemon/offhookd/switch/inbound.c daemon/offhookd/switch/inbound.h \
	daemon/offhookd/switch/keepalive.c daemon/offhookd/switch/keepalive.h \
	daemon/offhookd/switch/limits.c daemon/offhookd/switch/limits.h \
	daemon/offhookd/switch/media_events.c \
	daemon/offhookd/switch/methods.h \
	daemon/offhookd/switch/methods_bridge.c \
	daemon/offhookd/switch/methods_call.c \
	daemon/offhookd/switch/methods_conference.c \
	daemon/offhookd/switch/methods_place.c \
	daemon/offhookd/switch/methods_rate.c \
	daemon/offhookd/switch/methods_switch.c \
	daemon/offhookd/switch/negotiate.c daemon/offhookd/switch/negotiate.h \
	daemon/offhookd/switch/number_format.c daemon/offhookd/switch/number_format.h \
	daemon/offhookd/switch/outbound.c daemon/offhookd/switch/outbound.h \
	daemon/offhookd/switch/outbound_private.h \
	daemon/offhookd/switch/outbound_refused.c \
	daemon/offhookd/switch/outbound_ring.c \
	daemon/offhookd/switch/plan.c \
	daemon/offhookd/switch/recording.c \
	daemon/offhookd/switch/refer.c daemon/offhookd/switch/refer.h \
	daemon/offhookd/switch/registrar.c daemon/offhookd/switch/registrar.h \
	daemon/offhookd/switch/route.c daemon/offhookd/switch/route.h \
	daemon/offhookd/switch/sdes.c daemon/offhookd/switch/sdes.h \
	daemon/offhookd/switch/snapshot.c \
	daemon/offhookd/switch/sw.c daemon/offhookd/switch/sw.h daemon/offhookd/switch/sw_legs.c \
	daemon/offhookd/switch/sw_private.h daemon/offhookd/switch/sw_start.c \
	daemon/offhookd/switch/spend.c daemon/offhookd/switch/spend.h \
	daemon/offhookd/switch/transfer.c daemon/offhookd/switch/transfer.h \
	daemon/offhookd/switch/trunk.c daemon/offhookd/switch/trunk.h daemon/offhookd/switch/trunk_private.h \
	daemon/offhookd/switch/trunk_call.c daemon/offhookd/switch/trunk_call.h \
	daemon/offhookd/switch/trunk_health.c daemon/offhookd/switch/trunk_health.h \
	daemon/offhookd/switch/trunk_match.c \
	daemon/offhookd/switch/trunk_register.c daemon/offhookd/switch/trunk_register.h \
	daemon/offhookd/switch/trunk_state.c \
	daemon/offhookd/ua/auth.c \
	daemon/offhookd/ua/call.c \
	daemon/offhookd/ua/call_auth.c \
	daemon/offhookd/ua/call_events.c \
	daemon/offhookd/ua/call_info.c \
	daemon/offhookd/ua/call_offer.c \
	daemon/offhookd/ua/call_refer.c \
	daemon/offhookd/ua/challenge.c \
	daemon/offhookd/ua/client.c daemon/offhookd/ua/client.h \
	daemon/offhookd/ua/connections.c daemon/offhookd/ua/connections.h \
	daemon/offhookd/ua/contact.c \
	daemon/offhookd/ua/gate.c \
	daemon/offhookd/ua/message.c \
	daemon/offhookd/ua/ping.c \
	daemon/offhookd/ua/private.h \
	daemon/offhookd/ua/request.c \
	daemon/offhookd/ua/resolve.c daemon/offhookd/ua/resolve.h \
	daemon/offhookd/ua/root.c daemon/offhookd/ua/root.h \
	daemon/offhookd/ua/sdp_clean.c daemon/offhookd/ua/sdp_clean.h \
	daemon/offhookd/ua/sdp_crypto.c daemon/offhookd/ua/sdp_crypto.h \
	daemon/offhookd/ua/sdp.c daemon/offhookd/ua/sdp.h \
	daemon/offhookd/ua/tls.c daemon/offhookd/ua/tls.h \
	daemon/offhookd/ua/ua.c daemon/offhookd/ua/ua.h

bin_PROGRAMS += bin/offhookd
bin_offhookd_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) -DSYSCONFDIR=\"$(sysconfdir)\"
bin_offhookd_SOURCES = daemon/offhookd/main.c
bin_offhookd_LDADD = daemon/offhookd/libswitch.a $(CONTROL_LIBS) $(MEDIA_LIBRARY_LIBS) $(LIB_LIBS) $(SOFIA_LIBS)
