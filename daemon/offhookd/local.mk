# offhookd: the switch. Everything but main is a library, so that unit tests can link parts of it.
noinst_LIBRARIES += daemon/offhookd/libswitch.a
daemon_offhookd_libswitch_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(SOFIA_CFLAGS) $(OPENSSL_CFLAGS)
daemon_offhookd_libswitch_a_SOURCES = \
	daemon/offhookd/phones/auth.c daemon/offhookd/phones/auth.h \
	daemon/offhookd/phones/bans.c daemon/offhookd/phones/bans.h \
	daemon/offhookd/phones/bindings.c daemon/offhookd/phones/bindings.h \
	daemon/offhookd/phones/bindings_file.c daemon/offhookd/phones/bindings_private.h \
	daemon/offhookd/call/call.c daemon/offhookd/call/call.h \
	daemon/offhookd/call/call_keys.c \
	daemon/offhookd/call/call_media.c \
	daemon/offhookd/money/charge.c daemon/offhookd/money/charge.h \
	daemon/offhookd/call/collect.c \
	daemon/offhookd/conference/conference.c daemon/offhookd/conference/conference.h \
	daemon/offhookd/conference/conference_media.c daemon/offhookd/conference/conference_private.h \
	daemon/offhookd/place/dial.c daemon/offhookd/place/dial.h \
	daemon/offhookd/phones/digest.c daemon/offhookd/phones/digest.h \
	daemon/offhookd/phones/digest_text.c \
	daemon/offhookd/phones/contact_uri.c daemon/offhookd/phones/contact_uri.h \
	daemon/offhookd/phones/guard.c daemon/offhookd/phones/guard.h \
	daemon/offhookd/place/inbound.c daemon/offhookd/place/inbound.h \
	daemon/offhookd/phones/keepalive.c daemon/offhookd/phones/keepalive.h \
	daemon/offhookd/call/limits.c daemon/offhookd/call/limits.h \
	daemon/offhookd/call/media_events.c \
	daemon/offhookd/methods/methods.h \
	daemon/offhookd/methods/methods_bridge.c \
	daemon/offhookd/methods/methods_call.c \
	daemon/offhookd/methods/methods_conference.c \
	daemon/offhookd/methods/methods_place.c \
	daemon/offhookd/methods/methods_rate.c \
	daemon/offhookd/methods/methods_switch.c \
	daemon/offhookd/call/far_view.c daemon/offhookd/call/far_view.h \
	daemon/offhookd/call/negotiate.c daemon/offhookd/call/negotiate.h \
	daemon/offhookd/trunks/number_format.c daemon/offhookd/trunks/number_format.h \
	daemon/offhookd/place/outbound.c daemon/offhookd/place/outbound.h \
	daemon/offhookd/place/outbound_private.h \
	daemon/offhookd/place/outbound_refused.c \
	daemon/offhookd/place/outbound_ring.c \
	daemon/offhookd/place/plan.c \
	daemon/offhookd/call/recording.c \
	daemon/offhookd/place/refer.c daemon/offhookd/place/refer.h \
	daemon/offhookd/phones/registrar.c daemon/offhookd/phones/registrar.h \
	daemon/offhookd/trunks/route.c daemon/offhookd/trunks/route.h \
	daemon/offhookd/call/sdes.c daemon/offhookd/call/sdes.h \
	daemon/offhookd/call/snapshot.c \
	daemon/offhookd/sw/sw.c daemon/offhookd/sw/sw.h daemon/offhookd/sw/sw_legs.c \
	daemon/offhookd/sw/sw_private.h daemon/offhookd/sw/sw_reload.c daemon/offhookd/sw/sw_start.c \
	daemon/offhookd/money/spend.c daemon/offhookd/money/spend.h \
	daemon/offhookd/place/transfer.c daemon/offhookd/place/transfer.h \
	daemon/offhookd/trunks/trunk.c daemon/offhookd/trunks/trunk.h daemon/offhookd/trunks/trunk_private.h \
	daemon/offhookd/trunks/trunk_call.c daemon/offhookd/trunks/trunk_call.h \
	daemon/offhookd/trunks/trunk_health.c daemon/offhookd/trunks/trunk_health.h \
	daemon/offhookd/trunks/trunk_match.c \
	daemon/offhookd/trunks/trunk_register.c daemon/offhookd/trunks/trunk_register.h \
	daemon/offhookd/trunks/trunk_state.c \
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
	daemon/offhookd/ua/frame.c daemon/offhookd/ua/frame.h \
	daemon/offhookd/ua/gate.c \
	daemon/offhookd/ua/intake.c daemon/offhookd/ua/intake.h daemon/offhookd/ua/intake_private.h \
	daemon/offhookd/ua/intake_stream.c \
	daemon/offhookd/ua/intake_weigh.c \
	daemon/offhookd/ua/message.c \
	daemon/offhookd/ua/lenient.c \
	daemon/offhookd/ua/names.c \
	daemon/offhookd/ua/ping.c \
	daemon/offhookd/ua/private.h \
	daemon/offhookd/ua/request.c \
	daemon/offhookd/ua/resolve.c daemon/offhookd/ua/resolve.h \
	daemon/offhookd/ua/root.c daemon/offhookd/ua/root.h \
	daemon/offhookd/ua/sdp_private.h daemon/offhookd/ua/sdp_read.c \
	daemon/offhookd/ua/sdp_text.c daemon/offhookd/ua/sdp_text.h \
	daemon/offhookd/ua/sdp_crypto.c daemon/offhookd/ua/sdp_crypto.h \
	daemon/offhookd/ua/sdp.c daemon/offhookd/ua/sdp.h \
	daemon/offhookd/ua/stateless.c daemon/offhookd/ua/stateless.h \
	daemon/offhookd/ua/tls.c daemon/offhookd/ua/tls.h \
	daemon/offhookd/ua/ua.c daemon/offhookd/ua/ua.h

bin_PROGRAMS += bin/offhookd
bin_offhookd_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) -DSYSCONFDIR=\"$(sysconfdir)\"
bin_offhookd_SOURCES = daemon/offhookd/main.c
bin_offhookd_LDADD = daemon/offhookd/libswitch.a $(CONTROL_LIBS) $(MEDIA_LIBRARY_LIBS) $(LIB_LIBS) $(PHONE_LIBS) $(SOFIA_LIBS)
