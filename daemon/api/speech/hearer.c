#define _GNU_SOURCE /* pipe2, posix_spawn_file_actions_addclosefrom_np */
#include "config.h"

#include "daemon/api/speech/hearer.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/unix_socket.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum {
	SOCKET_MODE = 0660,
	BACKLOG = 64,
	LISTEN_FD = 3,
	PATH_SIZE = 4096,
	SHORT_LIFE_MS = 1000,
	REST_MS = 10000
};

#ifdef HEAR
static const char models[] = HEAR_MODELS;
#else
static const char models[] = "";
#endif

struct hearer {
	struct event_base *base;
	char *url; /* "unix:PATH" */
	int listener, life, watch;
	pid_t pid; /* 0: it does not run */
	struct event *ended;
	int64_t started_ms, died_ms; /* the second: soon after it was started */
};

static const char *path_of(const struct hearer *h)
{
	return h->url + strlen("unix:");
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int hearer_alloc(struct hearer **out, struct event_base *base, const char *folder)
{
	const size_t size = strlen(folder) + sizeof "unix:/hear.sock";
	struct hearer *h = calloc(1, sizeof *h);

	if (h)
		h->url = malloc(size);
	if (!h || !h->url) {
		free(h);
		return ENOMEM;
	}
	snprintf(h->url, size, "unix:%s/hear.sock", folder);
	h->base = base;
	h->listener = h->life = h->watch = -1;
	*out = h;
	return 0;
}

static void forget_program(struct hearer *h)
{
	if (h->ended)
		event_free(h->ended);
	h->ended = NULL;
	close_one(&h->life);
	close_one(&h->watch);
	h->pid = 0;
}

void hearer_free(struct hearer *h)
{
	if (!h)
		return;
	forget_program(h); /* its input ends, and that is its sign */
	if (h->listener >= 0)
		unlink(path_of(h));
	close_one(&h->listener);
	free(h->url);
	free(h);
}

static void on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct hearer *h = arg;
	siginfo_t how = { 0 };

	(void)what;
	waitid(P_PIDFD, (id_t)fd, &how, WEXITED);
	log_warn("hear.ended", NULL, "how=%s status=%d", how.si_code == CLD_EXITED ? "exit" : "signal",
		 how.si_status);
	if (clock_mono_us() / 1000 - h->started_ms < SHORT_LIFE_MS)
		h->died_ms = clock_mono_us() / 1000;
	forget_program(h);
}

/* It is installed beside this program. */
static bool find_program(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	char *name;

	if (n <= 0)
		return false;
	path[n] = '\0';
	name = strrchr(path, '/');
	if (!name || (size_t)(name + 1 - path) + sizeof "offhook-hear" > size)
		return false;
	strcpy(name + 1, "offhook-hear");
	return !access(path, X_OK);
}

static int listen_anew(struct hearer *h)
{
	if (h->listener >= 0)
		return 0;
	unlink(
	    path_of(h)); /* one of a process that is gone may still listen there: nobody needs it any more */
	return unix_socket_listen(path_of(h), SOCKET_MODE, BACKLOG, &h->listener, NULL);
}

static int spawn(struct hearer *h, const char *program, int input)
{
	char *const argv[] = { (char *)program, "-l", NULL };
	posix_spawn_file_actions_t actions;
	int err = posix_spawn_file_actions_init(&actions);

	if (err)
		return err;
	err = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, h->listener, LISTEN_FD);
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(&actions, LISTEN_FD + 1);
	if (!err)
		err = posix_spawn(&h->pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		h->pid = 0;
	return err;
}

static int start(struct hearer *h, const char *program)
{
	int ends[2], err = listen_anew(h);

	if (err)
		return err;
	if (pipe2(ends, O_CLOEXEC))
		return errno;
	err = spawn(h, program, ends[0]);
	close(ends[0]);
	h->life = ends[1];
	if (!err) {
		h->watch = pidfd_open(h->pid, 0);
		h->ended = h->watch >= 0 ? event_new(h->base, h->watch, EV_READ, on_ended, h) : NULL;
		if (!h->ended || event_add(h->ended, NULL))
			err = ENOMEM;
	}
	if (err)
		forget_program(h);
	else
		h->started_ms = clock_mono_us() / 1000;
	return err;
}

static bool has_model(void)
{
	char file[PATH_SIZE];

	snprintf(file, sizeof file, "%s/en-us/en-us/mdef", models);
	return *models && !access(file, R_OK);
}

const char *hearer_need(struct hearer *h, const char **why)
{
	char program[PATH_SIZE];
	int err;

	*why = "The built-in recogniser is not there: Offhook was built without pocketsphinx.";
	if (!*models || !h)
		return NULL;
	if (h->pid)
		return h->url;
	if (!has_model()) {
		*why = "The built-in recogniser has no model: the package pocketsphinx-en-us is missing.";
		return NULL;
	}
	if (!find_program(program, sizeof program)) {
		*why = "The built-in recogniser is not there: offhook-hear is not beside offhook-api.";
		return NULL;
	}
	*why = "The built-in recogniser does not run.";
	if (h->died_ms && clock_mono_us() / 1000 - h->died_ms < REST_MS)
		return NULL;
	err = start(h, program);
	if (!err)
		return h->url;
	log_error("hear.not_started", NULL, "error=%s", log_quote(strerror(err)));
	return NULL;
}
