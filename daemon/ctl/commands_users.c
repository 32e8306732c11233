/* commands_users: users, users add NAME, users remove NAME. Added users stand in users.conf beside the conf,
 * one in a line, and the conf takes that file in. Both are as they were when the conf would not be good with
 * the change, or the switch does not take it. */
#include "daemon/ctl/ctl.h"

#include "lib/conf.h"
#include "lib/conf_value.h"
#include "lib/file.h"
#include "lib/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PASSWORD_BYTES = 12, LINE_SIZE = 400, TEXT_MAX = 8 << 20 };

/* A file that is changed, and how to have it back. */
struct edited {
	char path[FILE_PATH_SIZE];
	char *text; /* as it was, NULL: it was not there */
	size_t length;
	struct stat like; /* whose owner, group and mode a new one has */
	bool changed;
};

struct editing {
	struct ctl *ctl;
	struct edited conf, users;
	int lock; /* the folder, held */
};

/* ---- files ---- */

static int read_whole(struct edited *file)
{
	FILE *f = fopen(file->path, "re");
	struct stat st;

	if (!f)
		return errno;
	if (fstat(fileno(f), &st) != 0 || st.st_size > TEXT_MAX) {
		fclose(f);
		return EFBIG;
	}
	file->like = st;
	file->text = malloc((size_t)st.st_size + 1);
	if (file->text)
		file->length = fread(file->text, 1, (size_t)st.st_size, f);
	fclose(f);
	if (!file->text)
		return ENOMEM;
	file->text[file->length] = '\0';
	return 0;
}

/* Puts a text in the place of the file. Returns 0 or an errno. */
static int put(struct edited *file, const char *text, size_t length)
{
	char beside[FILE_PATH_SIZE + 8];
	int fd, err = 0;

	snprintf(beside, sizeof beside, "%s.new", file->path);
	unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	if (fchown(fd, file->like.st_uid, file->like.st_gid) != 0 ||
	    fchmod(fd, file->like.st_mode & 0777) != 0)
		err = errno;
	if (!err)
		err = file_write_all(fd, text, length);
	if (!err && fsync(fd) != 0)
		err = errno;
	close(fd);
	if (!err && rename(beside, file->path) != 0)
		err = errno;
	if (err)
		unlink(beside);
	else
		file->changed = true;
	return err;
}

/* Adds a line at the end. */
static int append(struct edited *file, const char *line)
{
	size_t size = file->length + strlen(line) + 3;
	char *text = malloc(size);
	int n, err;

	if (!text)
		return ENOMEM;
	n = snprintf(text, size, "%s%s%s\n", file->text ? file->text : "",
		     file->length && file->text[file->length - 1] != '\n' ? "\n" : "", line);
	err = put(file, text, (size_t)n);
	free(text);
	return err;
}

static void undo(struct edited *file)
{
	int err = 0;

	if (!file->changed)
		return;
	if (file->text)
		err = put(file, file->text, file->length);
	else if (unlink(file->path) != 0)
		err = errno;
	if (err)
		ctl_say("%s cannot be put back as it was: %s", file->path, strerror(err));
	file->changed = false;
}

/* ---- the conf ---- */

/* Whether the conf is good, and has the user; what is wrong is said. */
static bool is_good(const struct editing *e, const char *name, bool *has)
{
	struct conf_errors errors = { 0 };
	struct conf *conf = NULL;
	const struct conf_user *user;
	bool good = !conf_load(&conf, e->conf.path, &errors);

	if (!good)
		conf_errors_print(&errors, stderr);
	conf_errors_free(&errors);
	user = good ? conf_user_by_name(conf, name) : NULL;
	*has = user && !user->trunk;
	conf_free(conf);
	return good;
}

/* Has the switch take it up, where one runs. */
static int take_up(struct editing *e)
{
	json_t *result = NULL;
	pid_t pid;
	int code;

	if (ctl_connect_quietly(e->ctl, &pid)) {
		ctl_say("no switch runs with this conf: it has them when it starts");
		return CTL_OK;
	}
	code = ctl_request(e->ctl, "switch.reload", NULL, &result);
	json_decref(result);
	return code;
}

/* Reads both files and holds their folder, so that one admin after the other changes them. */
static int begin(struct editing *e)
{
	const char *conf = ctl_conf_file(e->ctl);
	char folder[FILE_PATH_SIZE];
	int err;

	e->lock = -1;
	if (!realpath(conf, e->conf.path)) {
		ctl_say("%s: %s", conf, strerror(errno));
		return CTL_REFUSED;
	}
	snprintf(folder, sizeof folder, "%s", e->conf.path);
	*strrchr(folder, '/') = '\0';
	if ((size_t)snprintf(e->users.path, sizeof e->users.path, "%s/users.conf", folder) >=
	    sizeof e->users.path)
		return CTL_REFUSED;
	e->lock = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (e->lock >= 0)
		flock(e->lock, LOCK_EX);
	err = read_whole(&e->conf);
	if (err) {
		ctl_say("%s: %s", e->conf.path, strerror(err));
		return CTL_REFUSED;
	}
	err = read_whole(&e->users);
	if (err && err != ENOENT) {
		ctl_say("%s: %s", e->users.path, strerror(err));
		return CTL_REFUSED;
	}
	if (err)
		e->users.like = e->conf.like;
	return CTL_OK;
}

static int end(struct editing *e, int code)
{
	if (code) {
		undo(&e->users);
		undo(&e->conf);
	}
	free(e->conf.text);
	free(e->users.text);
	if (e->lock >= 0)
		close(e->lock);
	return code;
}

/* What could not be written. */
static int failed(const struct edited *file, int err)
{
	ctl_say("%s: %s", file->path, strerror(err));
	return CTL_REFUSED;
}

/* ---- add ---- */

static int write_user(struct editing *e, const char *name, const char *line)
{
	bool has = false;
	int err = append(&e->users, line);

	if (err)
		return failed(&e->users, err);
	if (!is_good(e, name, &has))
		return CTL_REFUSED;
	if (!has) {
		err = append(&e->conf, "\n# Users that offhookctl has added.\ninclude(\"users.conf\")");
		if (err)
			return failed(&e->conf, err);
		if (!is_good(e, name, &has) || !has)
			return CTL_REFUSED;
	}
	return take_up(e);
}

static int add(struct editing *e, const char *name)
{
	const char *number = e->ctl->options.number;
	char password[2 * PASSWORD_BYTES + 1], line[LINE_SIZE], said[LINE_SIZE / 2] = "";
	bool has = false;
	int code = begin(e);

	if (!code && !is_good(e, name, &has))
		code = CTL_REFUSED;
	if (!code && has) {
		ctl_say("there is a user \"%s\" already", name);
		code = CTL_REFUSED;
	}
	if (code)
		return end(e, code);
	random_hex(password, PASSWORD_BYTES);
	if (number)
		snprintf(said, sizeof said, " number = \"%s\"", number);
	snprintf(line, sizeof line, "user \"%s\" { password = \"%s\"%s }", name, password, said);
	code = end(e, write_user(e, name, line));
	if (!code && e->ctl->options.json)
		printf("{\"user\": \"%s\", \"password\": \"%s\"}\n", name, password);
	else if (!code)
		printf("user      %s\npassword  %s\n", name, password);
	return code;
}

/* ---- remove ---- */

/* The line that add() has written for a user, or NULL. */
static char *line_of(char *text, const char *name)
{
	char begins[LINE_SIZE / 2];

	snprintf(begins, sizeof begins, "user \"%s\" {", name);
	for (char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (!strncmp(line, begins, strlen(begins)) && line[strcspn(line, "\n") - 1] == '}')
			return line;
	return NULL;
}

static int take_out(struct editing *e, const char *name)
{
	char *line = e->users.text ? line_of(e->users.text, name) : NULL, *text;
	size_t before, length;
	bool has = false;
	int err;

	if (!line) {
		ctl_say("%s has no line of user \"%s\": take one that stands elsewhere out by hand",
			e->users.path, name);
		return CTL_REFUSED;
	}
	before = (size_t)(line - e->users.text);
	length = strcspn(line, "\n");
	length += line[length] == '\n';
	text = malloc(e->users.length + 1);
	if (!text)
		return failed(&e->users, ENOMEM);
	memcpy(text, e->users.text, before);
	memcpy(text + before, line + length, e->users.length - before - length);
	err = put(&e->users, text, e->users.length - length);
	free(text);
	if (err)
		return failed(&e->users, err);
	/* a number that dials it, say */
	return is_good(e, name, &has) ? take_up(e) : CTL_REFUSED;
}

static int remove_user(struct editing *e, const char *name)
{
	int code = begin(e);

	if (!code)
		code = take_out(e, name);
	code = end(e, code);
	if (!code)
		printf("Removed: %s.\n", name);
	return code;
}

int command_users(struct ctl *ctl)
{
	struct editing editing = { .ctl = ctl, .lock = -1 };
	bool adds = ctl->arg_count && !strcmp(ctl->args[0], "add");
	int code;

	if (ctl->options.user || ctl->options.trunk || (ctl->options.number && !adds))
		return ctl_usage_error("users does not take that option");
	if (!ctl->arg_count) {
		code = ctl_connect(ctl);
		return code ? code : command_list_users(ctl);
	}
	if (ctl->arg_count != 2 || (!adds && strcmp(ctl->args[0], "remove")))
		return ctl_usage_error("users takes nothing, or: add NAME [--number N], remove NAME");
	if (ctl->options.socket)
		return ctl_usage_error("users %s changes a conf: it takes -c FILE, not a socket",
				       ctl->args[0]);
	if (!conf_is_name(ctl->args[1]))
		return ctl_usage_error("\"%s\" is no name of a user; allowed: letters, digits, - . _ ~ +",
				       ctl->args[1]);
	if (ctl->options.number &&
	    (strlen(ctl->options.number) > 32 || strpbrk(ctl->options.number, "\"\\\n${}")))
		return ctl_usage_error("\"%s\" is no number", ctl->options.number);
	return adds ? add(&editing, ctl->args[1]) : remove_user(&editing, ctl->args[1]);
}
