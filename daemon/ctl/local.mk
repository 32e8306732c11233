bin_PROGRAMS += bin/offhookctl
bin_offhookctl_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(CURL_CFLAGS) $(MEDIA_CFLAGS) -DSYSCONFDIR=\"$(sysconfdir)\"
bin_offhookctl_SOURCES = \
	daemon/ctl/commands_act.c \
	daemon/ctl/commands_amd.c \
	daemon/ctl/commands_call.c \
	daemon/ctl/commands_doctor.c \
	daemon/ctl/commands_list.c \
	daemon/ctl/commands_money.c \
	daemon/ctl/commands_originate.c \
	daemon/ctl/commands_events.c \
	daemon/ctl/api.c daemon/ctl/api.h \
	daemon/ctl/commands_script.c daemon/ctl/commands_script_run.c daemon/ctl/script.h \
	daemon/ctl/commands_switch.c \
	daemon/ctl/commands_users.c \
	daemon/ctl/commands_top.c \
	daemon/ctl/commands_trace.c \
	daemon/ctl/commands_why.c \
	daemon/ctl/connection.c \
	daemon/ctl/ctl.h \
	daemon/ctl/doctor.c daemon/ctl/doctor.h daemon/ctl/doctor_certificates.c daemon/ctl/doctor_listeners.c \
	daemon/ctl/doctor_machine.c daemon/ctl/doctor_recordings.c daemon/ctl/doctor_trunks.c \
	daemon/ctl/find.c \
	daemon/ctl/format.c daemon/ctl/format.h \
	daemon/ctl/main.c \
	daemon/ctl/past.c daemon/ctl/past.h \
	daemon/ctl/usage.c daemon/ctl/usage.h \
	daemon/ctl/style.c daemon/ctl/style.h \
	daemon/ctl/table.c daemon/ctl/table.h
bin_offhookctl_LDADD = $(MEDIA_LIBRARY_LIBS) $(LIB_LIBS) $(CURL_LIBS)
