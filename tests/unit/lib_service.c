/* What systemd and its journal are told, by sockets that stand in for theirs. */
#define _GNU_SOURCE /* program_invocation_short_name */
#include "lib/journal.h"
#include "lib/log.h"
#include "lib/service.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATH_SIZE = 100, TEXT_SIZE = 8192 };

static char folder[] = "/tmp/offhook-service-XXXXXX";
static char path[PATH_SIZE];
static int peer;

static void open_peer(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/socket", folder);
	strcpy(at.sun_path, path);
	peer = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(peer, (struct sockaddr *)&at, sizeof at), 0);
}

static void close_peer(void)
{
	close(peer);
	unlink(path);
	rmdir(folder);
}

/* The next datagram, which must be there. Returns `out`. */
static char *next(char out[TEXT_SIZE])
{
	ssize_t size = recv(peer, out, TEXT_SIZE - 1, MSG_DONTWAIT);

	cr_assert_geq(size, 0, "nothing was sent");
	out[size] = '\0';
	return out;
}

TestSuite(lib_service, .init = open_peer, .fini = close_peer);

Test(lib_service, ready_is_told_once)
{
	char text[TEXT_SIZE];

	setenv("NOTIFY_SOCKET", path, 1);
	service_ready();
	cr_assert_str_eq(next(text), "READY=1");
	cr_assert_lt(recv(peer, text, 1, MSG_DONTWAIT), 0);
	unsetenv("NOTIFY_SOCKET");
	service_ready();
	cr_assert_lt(recv(peer, text, 1, MSG_DONTWAIT), 0);
}

Test(lib_service, a_loop_that_turns_is_told_again_and_again, .timeout = 60)
{
	struct event_base *base = event_base_new();
	struct event *watch;
	char text[TEXT_SIZE], pid[32];

	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "20000", 1);
	snprintf(pid, sizeof pid, "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	watch = service_watch(base);
	cr_assert_not_null(watch);
	for (int i = 0; i < 3; i++) {
		event_base_loop(base, EVLOOP_ONCE);
		cr_assert_str_eq(next(text), "WATCHDOG=1");
	}
	event_free(watch);
	event_base_free(base);
}

Test(lib_service, nobody_is_told_who_does_not_wait)
{
	struct event_base *base = event_base_new();

	setenv("NOTIFY_SOCKET", path, 1);
	unsetenv("WATCHDOG_USEC");
	cr_assert_null(service_watch(base));
	static const char *const wrong[] = { "", "0", "1", "x", "infinity", "99999999999999999999" };
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		setenv("WATCHDOG_USEC", wrong[i], 1);
		cr_assert_null(service_watch(base), "%s", wrong[i]);
	}
	/* a child of the one that is watched */
	setenv("WATCHDOG_USEC", "20000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	cr_assert_null(service_watch(base));
	event_base_free(base);
}

/* Makes standard error a pipe that passes for a stream of the journal. Returns its reading end. */
static int become_journal(void)
{
	int ends[2];
	struct stat st;
	char stream[64];

	cr_assert_eq(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	cr_assert_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	return ends[0];
}

Test(lib_service, a_line_has_its_fields_in_the_journal)
{
	char text[TEXT_SIZE], wanted[TEXT_SIZE];

	become_journal();
	journal_test_socket(path);
	log_warn("call.one_way", "3f0c", "who=%s", log_quote("a b"));
	snprintf(wanted, sizeof wanted,
		 "MESSAGE=warn call.one_way call=3f0c who=\"a b\"\nPRIORITY=4\nSYSLOG_IDENTIFIER=%s\n"
		 "OFFHOOK_EVENT=call.one_way\nOFFHOOK_CALL=3f0c\n",
		 program_invocation_short_name);
	cr_assert_str_eq(next(text), wanted);
	log_info("switch.started", NULL, "%s", "");
	cr_assert_not_null(strstr(next(text), "MESSAGE=info switch.started\nPRIORITY=6\n"));
	cr_assert_null(strstr(text, "OFFHOOK_CALL"));
}

Test(lib_service, what_the_journal_does_not_take_goes_to_its_stream)
{
	char text[TEXT_SIZE];
	int stream = become_journal();
	ssize_t size;

	journal_test_socket(path);
	log_error("two.lines", NULL, "a\nb");
	size = read(stream, text, sizeof text - 1);
	cr_assert_gt(size, 0);
	text[size] = '\0';
	cr_assert_str_eq(text, "<3>error two.lines a\nb\n");
	journal_test_socket("/nowhere/at/all");
	log_error("one.line", "id", "%s", "");
	size = read(stream, text, sizeof text - 1);
	cr_assert_gt(size, 0);
	text[size] = '\0';
	cr_assert_str_eq(text, "<3>error one.line call=id\n");
	cr_assert_lt(recv(peer, text, 1, MSG_DONTWAIT), 0);
}
