/* See root.h. */
#include "daemon/offhookd/ua/root.h"

#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <sofia-sip/su.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STEPS_MAX = 5,	    /* su_root_step() calls in a row while it says that more is waiting */
	WAIT_MAX_MS = 1000, /* look at least this often, whatever sofia says */
	FD_LIMIT = 65536,
};

struct ua_root {
	su_root_t *su;
	struct event *readable, *timer, *kick;
};

/* Marks every descriptor of this process that is an eventpoll. */
static int list_epolls(bool *is_epoll)
{
	char path[64], link[64];
	struct dirent *entry;
	DIR *dir = opendir("/proc/self/fd");

	if (!dir)
		return ENOSYS;
	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);
		ssize_t n;

		if (entry->d_name[0] == '.' || fd < 0 || fd >= FD_LIMIT)
			continue;
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		n = readlink(path, link, sizeof link - 1);
		if (n < 0)
			continue;
		link[n] = '\0';
		is_epoll[fd] = strcmp(link, "anon_inode:[eventpoll]") == 0;
	}
	closedir(dir);
	return 0;
}

/* The eventpoll that is in `after` and not in `before`; −1 unless there is exactly one. */
static int new_epoll(const bool *before, const bool *after)
{
	int found = -1;

	for (int fd = 0; fd < FD_LIMIT; fd++) {
		if (!after[fd] || before[fd])
			continue;
		if (found >= 0)
			return -1;
		found = fd;
	}
	return found;
}

static void step(struct ua_root *root)
{
	su_duration_t wait = 0;

	/* Without the repeats each hop of a call would wait for the timer, without the floor the loop would
	 * spin. */
	for (int i = 0; i < STEPS_MAX && wait == 0; i++)
		wait = su_root_step(root->su, 0);
	if (wait < 1)
		wait = 1;
	if (wait > WAIT_MAX_MS)
		wait = WAIT_MAX_MS;
	event_add(root->timer, &(struct timeval){ wait / 1000, wait % 1000 * 1000 });
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	step(arg);
}

static int watch(struct ua_root *root, struct event_base *base, int fd)
{
	root->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_event, root);
	root->timer = evtimer_new(base, on_event, root);
	root->kick = event_new(base, -1, 0, on_event, root);
	if (!root->readable || !root->timer || !root->kick)
		return ENOMEM;
	if (event_add(root->readable, NULL))
		return ENOMEM;
	event_active(root->kick, 0, 0);
	return 0;
}

static int open_su(struct ua_root *root, int *fd)
{
	bool *before = calloc(2, FD_LIMIT * sizeof *before), *after = before + FD_LIMIT;
	int err;

	if (!before)
		return ENOMEM;
	err = list_epolls(before);
	if (!err) {
		root->su = su_root_create(NULL);
		err = root->su ? list_epolls(after) : ENOMEM;
	}
	if (!err) {
		su_root_threading(root->su, 0);
		*fd = new_epoll(before, after);
		err = *fd < 0 ? ENOSYS : 0;
	}
	free(before);
	return err;
}

int ua_root_alloc(struct ua_root **out, struct event_base *base)
{
	struct ua_root *root = calloc(1, sizeof *root);
	int fd = -1, err;

	if (!root)
		return ENOMEM;
	su_init();
	err = open_su(root, &fd);
	if (!err)
		err = watch(root, base, fd);
	if (err) {
		ua_root_free(root);
		return err;
	}
	*out = root;
	return 0;
}

su_root_t *ua_root_su(struct ua_root *root)
{
	return root->su;
}

void ua_root_kick(struct ua_root *root)
{
	event_active(root->kick, 0, 0);
}

void ua_root_free(struct ua_root *root)
{
	if (!root)
		return;
	if (root->readable)
		event_free(root->readable);
	if (root->timer)
		event_free(root->timer);
	if (root->kick)
		event_free(root->kick);
	if (root->su)
		su_root_destroy(root->su);
	su_deinit();
	free(root);
}
