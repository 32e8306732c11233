# What make install adds beside the programs, and what a source archive needs.
EXTRA_DIST += contrib/packages contrib/common.sh contrib/run contrib/run-conf.sh contrib/run-demo.sh contrib/run-phone.sh contrib/check contrib/deb \
	contrib/debian/control.in contrib/debian/copyright contrib/debian/rules contrib/debian/source/format \
	contrib/debian/offhook.postinst contrib/debian/offhook.prerm contrib/debian/offhook.postrm contrib/debian/offhook.lintian-overrides \
	tests/package/check tests/package/inside \
	contrib/systemd/offhookd.service.in contrib/systemd/offhook-api.service.in

systemdunitdir = $(prefix)/lib/systemd/system
systemdunit_DATA = contrib/systemd/offhookd.service contrib/systemd/offhook-api.service
CLEANFILES += $(systemdunit_DATA)
.service.in.service:
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)sed -e 's|@bindir[@]|$(bindir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g' $< > $@
SUFFIXES += .service.in .service

sysusersdir = $(prefix)/lib/sysusers.d
# The user of the daemons, and the conf readable by its group and nobody else: on the machine itself, as root. A package made from DESTDIR does
# the same when it is installed (contrib/systemd/own-conf).
install-data-hook:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)'
	$(INSTALL_DATA) '$(srcdir)/contrib/systemd/offhook.sysusers' '$(DESTDIR)$(sysusersdir)/offhook.conf'
	if [ -z '$(DESTDIR)' ] && [ "$$(id -u)" = 0 ]; then \
		'$(SHELL)' '$(srcdir)/contrib/systemd/own-conf' '$(sysusersdir)/offhook.conf' '$(sysconfdir)/offhook/offhook.conf'; fi
uninstall-hook:
	rm -f '$(DESTDIR)$(sysusersdir)/offhook.conf'
EXTRA_DIST += contrib/systemd/offhook.sysusers contrib/systemd/own-conf

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = contrib/bash-completion/offhookctl
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = contrib/zsh/_offhookctl
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_fishcompletion_DATA = contrib/fish/offhookctl.fish

# What certbot calls when it has renewed a certificate (doc/operations.md).
certbotdir = $(pkgdatadir)
dist_certbot_SCRIPTS = contrib/certbot-deploy-hook
# Kamailio in front of several switches.
EXTRA_DIST += contrib/kamailio/README.md contrib/kamailio/kamailio.cfg contrib/kamailio/dispatcher.list
EXTRA_DIST += contrib/container/Dockerfile contrib/container/Dockerfile.dockerignore contrib/container/compose.yaml

# What Prometheus and Grafana are given (doc/metrics.md).
EXTRA_DIST += contrib/grafana/offhook.json contrib/prometheus/alerts.yml contrib/prometheus/alerts_test.yml
