dist_man_MANS = doc/offhook.conf.5 doc/offhook-api.8 doc/offhookctl.8 doc/offhookd.8
EXTRA_DIST += doc/api.md doc/dialects.md doc/glossary.md doc/numbers.md doc/scripts.md doc/testing.md doc/architecture.md doc/console.md doc/control-protocol.md
EXTRA_DIST += doc/metrics.md doc/operations.md
