/* connection: finding the switch, requests and replies, and how errors are told. */
#include "config.h"

#include "daemon/ctl/ctl.h"

#include "lib/clock.h"
#include "lib/conf.h"
#include "lib/control_client.h"
#include "lib/control_tls.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { REPLY_TIMEOUT_S = 10, FAR_TIMEOUT_S = 5 };

static const char default_conf[] = SYSCONFDIR "/offhook/offhook.conf";
static const char default_socket[] = "/run/offhook/control.sock";

void ctl_say(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	fputs("offhookctl: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

int ctl_usage_error(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	fputs("offhookctl: ", stderr);
	vfprintf(stderr, fmt, args);
	fputs("\nTry 'offhookctl --help'.\n", stderr);
	va_end(args);
	return CTL_USAGE;
}

void ctl_print_json(const json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2));
	fputc('\n', stdout);
}

void ctl_print_error(const struct ctl *ctl, const json_t *error)
{
	if (ctl->options.json) {
		json_dumpf(error, stderr, JSON_COMPACT);
		fputc('\n', stderr);
		return;
	}
	const json_t *data = json_object_get(error, "data");
	const char *message = json_string_value(json_object_get(error, "message"));
	const char *field = json_string_value(json_object_get(data, "field"));
	ctl_say("%s%s%s%s (%d)", message ? message : "refused", field ? " (" : "", field ? field : "",
		field ? ")" : "", (int)json_integer_value(json_object_get(error, "code")));
	size_t i;
	const json_t *line;
	json_array_foreach(json_object_get(data, "errors"), i, line)
	    fprintf(stderr, "  %s\n", json_string_value(line) ? json_string_value(line) : "");
}

const char *ctl_conf_file(const struct ctl *ctl)
{
	return ctl->options.conf_file ? ctl->options.conf_file : default_conf;
}

struct conf *ctl_load_conf(const struct ctl *ctl, bool quiet)
{
	struct conf_errors errors = { 0 };
	struct conf *conf = NULL;

	if (conf_load(&conf, ctl_conf_file(ctl), &errors) && !quiet)
		conf_errors_print(&errors, stderr);
	conf_errors_free(&errors);
	return conf;
}

/* The socket of the switch that a conf file describes. Returns 0, EINVAL (said) or an errno of opening the
 * file (not said). */
static int socket_of_conf(const char *file, char **out)
{
	struct conf *conf = NULL;
	struct conf_errors errors = { 0 };
	int err = conf_load(&conf, file, &errors);
	if (err == EINVAL) {
		conf_errors_print(&errors, stderr);
	} else if (!err) {
		if (asprintf(out, "%s/control.sock", conf->run_dir) < 0)
			err = ENOMEM;
	}
	conf_errors_free(&errors);
	conf_free(conf);
	return err;
}

int ctl_switches(struct ctl *ctl, char ***out)
{
	struct conf *conf;
	int code = CTL_USAGE;

	if (ctl->options.socket)
		return ctl_usage_error("--all is every switch of the conf: it goes with no -s");
	conf = ctl_load_conf(ctl, false);
	if (conf && !conf->switch_count)
		ctl_say("%s has no switch sections: without --all, the switch at its run-dir is asked",
			ctl_conf_file(ctl));
	else if (conf)
		code = CTL_OK;
	*out = code ? NULL : calloc(conf->switch_count + 1, sizeof **out);
	for (size_t i = 0; *out && i < conf->switch_count; i++)
		(*out)[i] = strdup(conf->switches[i].name);
	conf_free(conf);
	return code || *out ? code : CTL_REFUSED;
}

/* -s NAME: a switch of the conf. */
static int find_named(struct ctl *ctl)
{
	char error[600];

	ctl->conf = ctl_load_conf(ctl, false);
	for (size_t i = 0; ctl->conf && i < ctl->conf->switch_count; i++) {
		const struct conf_switch *one = &ctl->conf->switches[i];

		if (strcmp(one->name, ctl->options.socket) != 0)
			continue;
		if (one->port && control_tls_alloc(&ctl->tls, &one->tls, false, error, sizeof error)) {
			ctl_say("switch \"%s\": %s", one->name, error);
			return CTL_USAGE;
		}
		ctl->far = one;
		if (one->port ? asprintf(&ctl->socket, "tls:%s:%u", one->host, one->port) < 0
			      : !(ctl->socket = strdup(one->path)))
			return CTL_REFUSED;
		return CTL_OK;
	}
	if (ctl->conf)
		ctl_say("%s has no switch \"%s\" (a socket's path has a slash in it)", ctl_conf_file(ctl),
			ctl->options.socket);
	return CTL_USAGE;
}

/* -s, else the run-dir of -c, else that of the installed conf, else the default socket. */
static int find_socket(struct ctl *ctl)
{
	const char *socket = ctl->options.socket ? ctl->options.socket : default_socket;
	if (ctl->options.socket && !strchr(socket, '/'))
		return find_named(ctl);
	if (ctl->options.conf_file) {
		int err = socket_of_conf(ctl->options.conf_file, &ctl->socket);
		if (err && err != EINVAL)
			ctl_say("%s: %s", ctl->options.conf_file, strerror(err));
		return err ? CTL_USAGE : CTL_OK;
	}
	/* The installed conf holds passwords: whoever may not read it may still use the socket at its usual
	 * place. */
	if (!ctl->options.socket && access(default_conf, R_OK) == 0 &&
	    !socket_of_conf(default_conf, &ctl->socket))
		return CTL_OK;
	ctl->socket = strdup(socket);
	return ctl->socket ? CTL_OK : CTL_REFUSED;
}

/* Whether somebody listens on the socket. Returns 0 or the errno of connect(); the connection is the caller's
 * in *kept, NULL to close it. */
static int probe_socket(const char *path, int *kept)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address.sun_path))
		return ENAMETOOLONG;
	strcpy(address.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	int err = connect(fd, (const struct sockaddr *)&address, sizeof(address)) ? errno : 0;
	if (kept && !err)
		*kept = fd;
	else
		close(fd);
	return err;
}

/* The process that listens on a socket, 0 when it cannot be told. */
static pid_t process_behind(const char *path)
{
	struct ucred peer = { .pid = 0 };
	socklen_t size = sizeof(peer);
	int fd = -1;

	if (probe_socket(path, &fd) == 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		peer.pid = 0;
	if (fd >= 0)
		close(fd);
	return peer.pid;
}

/* What to do about a socket that cannot be connected to. */
static void explain_no_switch(const struct ctl *ctl, int err)
{
	if (ctl->tls) {
		ctl_say("no switch at %s that we trust and that trusts us: is offhookd running there, with "
			"this address in control { listen }, and have both certificates of the other's "
			"ca-file? Its log says whom it has turned away (control.distrusted).",
			ctl->socket);
		return;
	}
	switch (err) {
	case ENOENT:
		ctl_say("no switch at %s: is offhookd running (systemctl status offhookd)? If its run-dir is "
			"another, name its conf "
			"with -c FILE or its socket with -s SOCKET.",
			ctl->socket);
		break;
	case ECONNREFUSED:
		ctl_say("nobody listens at %s: offhookd has ended; start it (systemctl start offhookd).",
			ctl->socket);
		break;
	case EACCES:
	case EPERM:
		ctl_say("you may not use %s: become a member of its group (see ls -l), or use sudo.",
			ctl->socket);
		break;
	default:
		ctl_say("%s: %s", ctl->socket, strerror(err));
	}
}

static void handle_link(bool up, void *arg)
{
	struct ctl *ctl = arg;
	ctl->linked = up;
	if (ctl->on_link)
		ctl->on_link(ctl, up);
}

static void handle_event(const char *method, const json_t *params, const char *text, void *arg)
{
	struct ctl *ctl = arg;

	(void)text;
	if (ctl->on_event)
		ctl->on_event(ctl, method, params);
}

static void handle_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Runs the loop until *done, for at most `seconds`. Returns whether it is done. */
static bool run_until(struct ctl *ctl, const bool *done, int seconds)
{
	struct timeval limit = { .tv_sec = seconds };
	bool expired = false;
	struct event *timer = evtimer_new(ctl->base, handle_timeout, &expired);
	if (!timer)
		return false;
	evtimer_add(timer, &limit);
	while (!*done && !expired && event_base_loop(ctl->base, EVLOOP_ONCE) == 0)
		;
	event_free(timer);
	return *done;
}

/* Waits for the switch to listen, as long as --wait says. */
static int await_switch(const struct ctl *ctl)
{
	int64_t deadline = clock_mono_us() + (int64_t)ctl->options.wait_s * 1000000;
	int err;
	if (ctl->tls) /* it tries by itself */
		return 0;
	while ((err = probe_socket(ctl->socket, NULL)) != 0) {
		if ((err != ENOENT && err != ECONNREFUSED) || clock_mono_us() >= deadline)
			return err;
		usleep(50000);
	}
	return 0;
}

/* Connects to ctl->socket. Returns 0 or an errno. */
static int link_up(struct ctl *ctl)
{
	const struct control_client_handlers handlers = { .link = handle_link,
							  .event = handle_event,
							  .arg = ctl };
	struct control_place place = { .path = ctl->socket };
	int err = await_switch(ctl);

	if (err)
		return err;
	if (ctl->tls)
		place = (struct control_place){ .host = ctl->far->host,
						.port = ctl->far->port,
						.name = ctl->far->certificate_name,
						.tls = ctl->tls };
	ctl->base = event_base_new();
	if (!ctl->base || control_client_alloc_at(&ctl->client, ctl->base, &place, &handlers))
		return ENOMEM;
	return run_until(ctl, &ctl->linked, ctl->tls ? FAR_TIMEOUT_S + ctl->options.wait_s : REPLY_TIMEOUT_S)
		   ? 0
		   : ECONNREFUSED;
}

int ctl_connect(struct ctl *ctl)
{
	int code = find_socket(ctl);
	if (code)
		return code;
	int err = link_up(ctl);
	if (!err)
		return CTL_OK;
	explain_no_switch(ctl, err);
	return err == ENOMEM ? CTL_REFUSED : CTL_NO_CONNECTION;
}

int ctl_connect_quietly(struct ctl *ctl, pid_t *pid)
{
	int err = find_socket(ctl) ? EINVAL : link_up(ctl);

	*pid = err || ctl->tls ? 0 : process_behind(ctl->socket);
	return err;
}

void ctl_disconnect(struct ctl *ctl)
{
	control_client_free(ctl->client);
	control_tls_free(ctl->tls);
	conf_free(ctl->conf);
	if (ctl->base)
		event_base_free(ctl->base);
	free(ctl->socket);
	ctl->conf = NULL;
	ctl->far = NULL;
	ctl->tls = NULL;
	ctl->client = NULL;
	ctl->base = NULL;
	ctl->socket = NULL;
	ctl->linked = false;
}

struct pending {
	bool done;
	json_t *result, *error;
};

static void handle_reply(const json_t *result, const json_t *error, void *arg)
{
	struct pending *pending = arg;
	pending->result = json_incref((json_t *)(uintptr_t)result);
	pending->error = json_incref((json_t *)(uintptr_t)error);
	pending->done = true;
}

int ctl_request_quietly(struct ctl *ctl, const char *method, json_t *params, json_t **result, json_t **error)
{
	struct pending pending = { 0 };
	if (control_client_call(ctl->client, method, params, handle_reply, &pending)) {
		ctl_say("out of memory");
		return CTL_REFUSED;
	}
	if (!run_until(ctl, &pending.done, REPLY_TIMEOUT_S)) {
		ctl_say("offhookd took the connection but does not answer; its log may say why.");
		/* The reply would land in a frame that is gone. */
		control_client_free(ctl->client);
		ctl->client = NULL;
		return CTL_NO_CONNECTION;
	}
	if (pending.error) {
		if (error)
			*error = pending.error;
		else
			json_decref(pending.error);
		return CTL_REFUSED;
	}
	*result = pending.result;
	return CTL_OK;
}

int ctl_request(struct ctl *ctl, const char *method, json_t *params, json_t **result)
{
	json_t *error = NULL;
	int code = ctl_request_quietly(ctl, method, params, result, &error);
	if (error) {
		bool lost = !ctl->linked;
		if (lost)
			ctl_say("the connection to offhookd was lost before it answered; it may have ended.");
		else
			ctl_print_error(ctl, error);
		json_decref(error);
		return lost ? CTL_NO_CONNECTION : CTL_REFUSED;
	}
	return code;
}

static void handle_interrupt(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ctl_stop(arg, CTL_OK);
}

int ctl_follow(struct ctl *ctl)
{
	struct event *interrupt = evsignal_new(ctl->base, SIGINT, handle_interrupt, ctl);
	struct event *terminate = evsignal_new(ctl->base, SIGTERM, handle_interrupt, ctl);
	if (interrupt)
		evsignal_add(interrupt, NULL);
	if (terminate)
		evsignal_add(terminate, NULL);
	ctl->exit_code = -1;
	while (ctl->exit_code < 0 && event_base_loop(ctl->base, EVLOOP_ONCE) == 0)
		;
	if (interrupt)
		event_free(interrupt);
	if (terminate)
		event_free(terminate);
	return ctl->exit_code < 0 ? CTL_NO_CONNECTION : ctl->exit_code;
}

void ctl_stop(struct ctl *ctl, int exit_code)
{
	ctl->exit_code = exit_code;
	event_base_loopbreak(ctl->base);
}
