# What make install adds beside the programs, and what a source archive needs.
EXTRA_DIST += contrib/packages contrib/common.sh contrib/run contrib/run-conf.sh contrib/run-demo.sh contrib/check \
	contrib/systemd/offhookd.service.in contrib/systemd/offhook-api.service.in

systemdunitdir = $(prefix)/lib/systemd/system
systemdunit_DATA = contrib/systemd/offhookd.service contrib/systemd/offhook-api.service
CLEANFILES += $(systemdunit_DATA)
.service.in.service:
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)sed -e 's|@bindir[@]|$(bindir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g' $< > $@
SUFFIXES = .service.in .service

sysusersdir = $(prefix)/lib/sysusers.d
install-data-hook:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)'
	$(INSTALL_DATA) '$(srcdir)/contrib/systemd/offhook.sysusers' '$(DESTDIR)$(sysusersdir)/offhook.conf'
uninstall-hook:
	rm -f '$(DESTDIR)$(sysusersdir)/offhook.conf'
EXTRA_DIST += contrib/systemd/offhook.sysusers

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = contrib/bash-completion/offhookctl
