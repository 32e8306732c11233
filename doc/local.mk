dist_man_MANS = doc/offhook-api.8 doc/offhook-hear.8 doc/offhookctl.8 doc/offhookd.8
EXTRA_DIST += doc/api.md doc/dialects.md doc/glossary.md doc/numbers.md doc/scripts.md doc/testing.md doc/architecture.md doc/console.md doc/control-protocol.md
EXTRA_DIST += doc/metrics.md doc/operations.md doc/scaling.md
# Its list of options is the sample conf's.
man_MANS = doc/offhook.conf.5
doc/offhook.conf.5: doc/offhook.conf.5.in doc/options.awk conf/offhook.conf
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(AWK) -f $(srcdir)/doc/options.awk $(srcdir)/conf/offhook.conf >$@.options
	$(AM_V_at)sed -e '/^@OPTIONS@$$/{r $@.options' -e 'd;}' $(srcdir)/doc/offhook.conf.5.in >$@.tmp
	$(AM_V_at)rm -f $@.options && mv $@.tmp $@
CLEANFILES += doc/offhook.conf.5
EXTRA_DIST += doc/offhook.conf.5.in doc/options.awk
