/* offhookd: the switch. Usage: offhookd -c FILE [-t] [-V] */
#include "daemon/offhookd/sw/sw.h"
#include "lib/conf_files.h"
#include "lib/log.h"
#include "lib/service.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config.h"

enum { EXIT_USAGE = 2 };

struct options {
	const char *conf;
	bool test_only;
};

static int usage(FILE *to, int code)
{
	fprintf(to, "Usage: offhookd -c FILE [-t]\n"
		    "  -c FILE  the conf file (default " SYSCONFDIR "/offhook/offhook.conf)\n"
		    "  -t       check the conf and exit\n"
		    "  -V       print the version\n"
		    "Signals: HUP reloads the conf, TERM and INT end every call and stop, USR1 drains.\n");
	return code;
}

/* −1: go on; else the exit code. */
static int read_options(struct options *out, int argc, char **argv)
{
	int o;

	out->conf = SYSCONFDIR "/offhook/offhook.conf";
	out->test_only = false;
	while ((o = getopt(argc, argv, "c:tVh")) != -1) {
		switch (o) {
		case 'c':
			out->conf = optarg;
			break;
		case 't':
			out->test_only = true;
			break;
		case 'V':
			puts(PACKAGE_STRING);
			return EXIT_SUCCESS;
		case 'h':
			return usage(stdout, EXIT_SUCCESS);
		default:
			return usage(stderr, EXIT_USAGE);
		}
	}
	return optind < argc ? usage(stderr, EXIT_USAGE) : -1;
}

static struct conf *load(const char *file)
{
	struct conf_errors errors = { 0 };
	struct conf *conf = NULL;

	if (conf_load_for(&conf, file, CONF_OF_SWITCH, &errors)) {
		conf_errors_print(&errors, stderr);
		conf = NULL;
	}
	conf_errors_free(&errors);
	return conf;
}

/* Each call takes a few descriptors: as many as we may have. */
static void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void on_signal(evutil_socket_t signal, short what, void *arg)
{
	struct sw *sw = arg;
	struct conf_errors errors = { 0 };
	json_t *needs_restart = NULL;

	(void)what;
	switch (signal) {
	case SIGHUP:
		if (sw_reload(sw, &needs_restart, &errors)) {
			log_error("conf.refused", NULL, "errors=%zu; nothing was changed", errors.count);
			conf_errors_print(&errors, stderr);
		}
		conf_errors_free(&errors);
		json_decref(needs_restart);
		break;
	case SIGUSR1:
		sw_shutdown(sw, true);
		break;
	default:
		sw_shutdown(sw, false);
	}
}

static int run(struct event_base *base, struct conf *conf)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1 };
	struct event *watched[sizeof signals / sizeof signals[0]];
	struct event *watch;
	char error[512];
	struct sw *sw;

	if (sw_alloc(&sw, base, conf, error, sizeof error)) {
		fprintf(stderr, "%soffhookd: %s\n", log_priority(LOG_LEVEL_ERROR), error);
		conf_free(conf);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		watched[i] = evsignal_new(base, signals[i], on_signal, sw);
		event_add(watched[i], NULL);
	}
	log_info("switch.started", NULL, "version=%s pid=%d conf=%s", PACKAGE_VERSION, (int)getpid(),
		 log_quote(conf->file));
	service_ready();
	watch = service_watch(base);
	event_base_dispatch(base);
	if (watch)
		event_free(watch);
	log_info("switch.stopped", NULL, "%s", "");
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		event_free(watched[i]);
	sw_free(sw);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options options;
	struct event_base *base;
	struct conf *conf;
	int code = read_options(&options, argc, argv);

	if (code >= 0)
		return code;
	conf = load(options.conf);
	if (!conf)
		return EXIT_FAILURE;
	if (options.test_only) {
		conf_print_good(conf);
		conf_free(conf);
		return EXIT_SUCCESS;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file over its limit is an error of that file */
	log_set_level(conf->log.level);
	conf_log_warnings(conf);
	raise_fd_limit();
	base = event_base_new();
	if (!base)
		return EXIT_FAILURE;
	code = run(base, conf);
	event_base_free(base);
	libevent_global_shutdown();
	return code;
}
