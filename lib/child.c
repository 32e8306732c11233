#define _GNU_SOURCE /* pipe2, posix_spawn_file_actions_addclosefrom_np */
#include "lib/child.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PIECE = 65536, WITHIN_S = 1000 };

struct child {
	child_h *handler;
	void *arg;
	pid_t pid;	    /* 0: it has ended and was waited for */
	int in, out, watch; /* its input and output, and itself; -1: closed */
	struct event *on_in, *on_out, *on_end, *on_late;
	char *input;
	size_t input_size, given;
	char *output;
	size_t size, room, max;
	unsigned timeout_ms;
	char error[100];
};

static void stop_watching(struct event **event)
{
	if (*event)
		event_free(*event);
	*event = NULL;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void child_free(struct child *child)
{
	stop_watching(&child->on_in);
	stop_watching(&child->on_out);
	stop_watching(&child->on_end);
	stop_watching(&child->on_late);
	close_one(&child->in);
	close_one(&child->out);
	close_one(&child->watch);
	free(child->input);
	free(child->output);
	free(child);
}

static void end_group(const struct child *child)
{
	if (child->pid)
		kill(-child->pid, SIGKILL);
}

static void fail(struct child *child, const char *why)
{
	if (!*child->error)
		snprintf(child->error, sizeof child->error, "%s", why);
	end_group(child);
}

/* Takes what is there. False: there is no more now, or at all. */
static bool take(struct child *child)
{
	ssize_t got;

	if (child->size + PIECE + 1 > child->room) {
		const size_t room = (child->size + PIECE + 1) * 2;
		char *grown = realloc(child->output, room);

		if (!grown) {
			fail(child, "out of memory");
			return false;
		}
		child->output = grown;
		child->room = room;
	}
	got = read(child->out, child->output + child->size, PIECE);
	if (got > 0)
		child->size += (size_t)got;
	if (got == 0)
		stop_watching(&child->on_out);
	if (child->size > child->max) {
		fail(child, "its output is too large");
		stop_watching(&child->on_out);
		return false;
	}
	return got > 0;
}

static void on_out(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	take(arg);
}

static void on_in(evutil_socket_t fd, short what, void *arg)
{
	struct child *child = arg;
	ssize_t gone = write(fd, child->input + child->given, child->input_size - child->given);

	(void)what;
	if (gone > 0)
		child->given += (size_t)gone;
	/* It may not want all of it. */
	if (child->given == child->input_size || (gone < 0 && errno != EAGAIN && errno != EINTR)) {
		stop_watching(&child->on_in);
		close_one(&child->in);
	}
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	struct child *child = arg;
	char why[60];

	(void)fd, (void)what;
	snprintf(why, sizeof why, "it took longer than %u ms", child->timeout_ms);
	fail(child, why);
}

static void judge(struct child *child, int status)
{
	if (*child->error || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return;
	if (WIFEXITED(status))
		snprintf(child->error, sizeof child->error, "it ended with exit code %d",
			 WEXITSTATUS(status));
	else
		snprintf(child->error, sizeof child->error, "signal %d ended it", WTERMSIG(status));
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	struct child *child = arg;
	struct child_result result = { .error = NULL };
	int status = 0;

	(void)fd, (void)what;
	while (child->on_out && take(child))
		;
	end_group(child); /* what it has left behind */
	if (waitpid(child->pid, &status, 0) == child->pid)
		judge(child, status);
	child->pid = 0;
	if (child->output)
		child->output[child->size] = '\0';
	result.output = child->output ? child->output : "";
	result.size = child->size;
	result.error = *child->error ? child->error : NULL;
	child->handler(&result, child->arg);
	child_free(child);
}

/* ---- its beginning ---- */

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int err;

	sigemptyset(&none);
	sigfillset(&all);
	err = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						       POSIX_SPAWN_SETSIGDEF);
	if (!err)
		err = posix_spawnattr_setpgroup(attributes, 0);
	if (!err)
		err = posix_spawnattr_setsigmask(attributes, &none);
	return err ? err : posix_spawnattr_setsigdefault(attributes, &all);
}

static int set_files(posix_spawn_file_actions_t *files, int in, int out, bool quiet)
{
	int err = posix_spawn_file_actions_adddup2(files, in, STDIN_FILENO);

	if (!err)
		err = posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);
	if (!err && quiet)
		err = posix_spawn_file_actions_addopen(files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	return err ? err : posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
}

static int spawn(struct child *child, const struct child_setup *setup, int in, int out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int err = posix_spawn_file_actions_init(&files);

	if (err)
		return err;
	err = posix_spawnattr_init(&attributes);
	if (!err) {
		err = set_files(&files, in, out, setup->quiet);
		if (!err)
			err = set_attributes(&attributes);
		if (!err)
			err = posix_spawnp(&child->pid, setup->argv[0], &files, &attributes,
					   (char *const *)setup->argv, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&files);
	if (err)
		child->pid = 0;
	return err;
}

/* The far ends of the pipes are the child's alone. */
static int begin(struct child *child, const struct child_setup *setup)
{
	int in[2], out[2], err = ENOMEM;

	if (pipe2(in, O_CLOEXEC))
		return errno;
	if (pipe2(out, O_CLOEXEC)) {
		err = errno;
		close(in[0]);
		close(in[1]);
		return err;
	}
	child->in = in[1];
	child->out = out[0];
	if (!evutil_make_socket_nonblocking(child->in) && !evutil_make_socket_nonblocking(child->out))
		err = spawn(child, setup, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	if (!err && (child->watch = pidfd_open(child->pid, 0)) < 0)
		err = errno;
	return err;
}

static int watch(struct child *child, const struct child_setup *setup)
{
	const struct timeval tv = { setup->timeout_ms / WITHIN_S, setup->timeout_ms % WITHIN_S * 1000 };

	child->on_in = event_new(setup->base, child->in, EV_WRITE | EV_PERSIST, on_in, child);
	child->on_out = event_new(setup->base, child->out, EV_READ | EV_PERSIST, on_out, child);
	child->on_end = event_new(setup->base, child->watch, EV_READ, on_end, child);
	child->on_late = evtimer_new(setup->base, on_late, child);
	if (!child->on_in || !child->on_out || !child->on_end || !child->on_late)
		return ENOMEM;
	return event_add(child->on_in, NULL) || event_add(child->on_out, NULL) ||
		       event_add(child->on_end, NULL) || event_add(child->on_late, &tv)
		   ? ENOMEM
		   : 0;
}

int child_start(struct child **out, const struct child_setup *setup, child_h *handler, void *arg)
{
	struct child *child = calloc(1, sizeof *child);
	int err;

	if (!child)
		return ENOMEM;
	child->in = child->out = child->watch = -1;
	child->handler = handler;
	child->arg = arg;
	child->max = setup->max_output;
	child->timeout_ms = setup->timeout_ms;
	child->input_size = setup->input ? setup->input_size : 0;
	child->input = malloc(child->input_size + 1);
	if (!child->input) {
		child_free(child);
		return ENOMEM;
	}
	if (child->input_size)
		memcpy(child->input, setup->input, child->input_size);
	err = begin(child, setup);
	if (!err)
		err = watch(child, setup);
	if (err)
		child_kill(child);
	else
		*out = child;
	return err;
}

void child_kill(struct child *child)
{
	if (!child)
		return;
	end_group(child);
	if (child->pid)
		waitpid(child->pid, NULL, 0);
	child_free(child);
}

bool child_program_is_there(const char *name)
{
	const char *path = getenv("PATH");
	char file[4096];

	if (strchr(name, '/'))
		return !access(name, X_OK);
	for (const char *at = path ? path : "/usr/local/bin:/usr/bin:/bin"; *at;) {
		const size_t length = strcspn(at, ":");

		snprintf(file, sizeof file, "%.*s/%s", (int)length, at, name);
		if (!access(file, X_OK))
			return true;
		at += length + (at[length] == ':');
	}
	return false;
}
