# make install puts the sample where the daemons look, and never over a conf that is there. Keys and passwords stand in it: whoever is not in
# the group that the daemons run in (made by contrib/local.mk's hook) reads none of it.
EXTRA_DIST += conf/offhook.conf conf/rates.conf
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(sysconfdir)/offhook'
	test -e '$(DESTDIR)$(sysconfdir)/offhook/offhook.conf' || \
		$(INSTALL) -m 0640 '$(srcdir)/conf/offhook.conf' '$(DESTDIR)$(sysconfdir)/offhook/offhook.conf'
	$(INSTALL_DATA) '$(srcdir)/conf/offhook.conf' '$(DESTDIR)$(sysconfdir)/offhook/offhook.conf.sample'
	$(INSTALL_DATA) '$(srcdir)/conf/rates.conf' '$(DESTDIR)$(sysconfdir)/offhook/rates.conf.sample'
# A conf that somebody has edited stays.
uninstall-local:
	cd '$(DESTDIR)$(sysconfdir)/offhook' && { ! cmp -s offhook.conf offhook.conf.sample || rm -f offhook.conf; }
	rm -f '$(DESTDIR)$(sysconfdir)/offhook/offhook.conf.sample' '$(DESTDIR)$(sysconfdir)/offhook/rates.conf.sample'
