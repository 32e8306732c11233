/* Programs beside us: what they read and write, and that they end. */
#include "lib/child.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct seen {
	struct event_base *base;
	bool done;
	char error[200], *output;
	size_t size;
};

static void on_end(const struct child_result *result, void *arg)
{
	struct seen *seen = arg;

	seen->done = true;
	snprintf(seen->error, sizeof seen->error, "%s", result->error ? result->error : "");
	seen->size = result->size;
	seen->output = malloc(result->size + 1);
	memcpy(seen->output, result->output, result->size + 1);
	event_base_loopbreak(seen->base);
}

static void run_with(struct seen *seen, const char *script, const char *input, size_t size,
		     unsigned timeout_ms)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct child *child;

	signal(SIGPIPE, SIG_IGN);
	*seen = (struct seen){ .base = event_base_new() };
	cr_assert_eq(child_start(&child,
				 &(struct child_setup){ .base = seen->base,
							.argv = argv,
							.input = input,
							.input_size = size,
							.max_output = 1 << 20,
							.timeout_ms = timeout_ms,
							.quiet = true },
				 on_end, seen),
		     0);
	cr_assert_not(seen->done);
	event_base_dispatch(seen->base);
	cr_assert(seen->done);
	event_base_free(seen->base);
}

static void run(struct seen *seen, const char *script, const char *input)
{
	run_with(seen, script, input, input ? strlen(input) : 0, 60000);
}

Test(child, what_it_is_given_comes_back)
{
	enum { SIZE = 500000 };
	struct seen seen;
	char *big = malloc(SIZE);

	memset(big, 'x', SIZE);
	run_with(&seen, "cat", big, SIZE, 60000);
	cr_expect_str_eq(seen.error, "");
	cr_expect_eq(seen.size, (size_t)SIZE);
	cr_expect_eq(memcmp(seen.output, big, SIZE), 0);
	free(seen.output);
	free(big);
}

Test(child, one_that_reads_nothing_is_no_trouble)
{
	struct seen seen;
	char *big = calloc(1, 500000);

	run_with(&seen, "echo done", big, 500000, 60000);
	cr_expect_str_eq(seen.error, "");
	cr_expect_str_eq(seen.output, "done\n");
	free(seen.output);
	free(big);
}

Test(child, how_it_ended_is_said)
{
	struct seen seen;

	run(&seen, "exit 3", NULL);
	cr_expect_str_eq(seen.error, "it ended with exit code 3");
	free(seen.output);
	run(&seen, "kill -TERM $$", NULL);
	cr_expect_str_eq(seen.error, "signal 15 ended it");
	free(seen.output);
}

Test(child, one_that_takes_too_long_is_ended)
{
	struct seen seen;

	run_with(&seen, "sleep 1000 & sleep 1000", NULL, 0, 100);
	cr_expect_str_eq(seen.error, "it took longer than 100 ms");
	free(seen.output);
}

Test(child, one_that_writes_too_much_is_ended)
{
	struct seen seen;

	run(&seen, "yes", NULL);
	cr_expect_str_eq(seen.error, "its output is too large");
	free(seen.output);
}

Test(child, what_it_leaves_behind_does_not_hold_it_up)
{
	struct seen seen;

	run(&seen, "sleep 1000 & echo $!", NULL);
	cr_expect_str_eq(seen.error, "");
	/* and was ended with it; until somebody has waited for it, its number stays */
	for (pid_t left = atoi(seen.output); kill(left, 0) == 0;) {
		char name[64], state = 'Z';
		FILE *file;

		snprintf(name, sizeof name, "/proc/%d/stat", (int)left);
		file = fopen(name, "r");
		if (!file || fscanf(file, "%*d %*s %c", &state) != 1)
			state = 'Z';
		if (file)
			fclose(file);
		if (state == 'Z')
			break;
	}
	free(seen.output);
}

Test(child, it_has_no_descriptor_of_ours)
{
	struct seen seen;

	cr_assert_eq(dup2(STDOUT_FILENO, 77), 77); /* without FD_CLOEXEC, as a careless library would */
	run(&seen, "[ -e /proc/$$/fd/77 ] && echo there || echo none", NULL);
	cr_expect_str_eq(seen.output, "none\n");
	free(seen.output);
	close(77);
}

Test(child, a_program_that_is_not_there)
{
	const char *const argv[] = { "/nonexistent/program", NULL };
	struct event_base *base = event_base_new();
	struct child *child;

	cr_expect_eq(child_start(&child,
				 &(struct child_setup){ .base = base, .argv = argv, .timeout_ms = 1000 },
				 on_end, NULL),
		     ENOENT);
	cr_expect_not(child_program_is_there("/nonexistent/program"));
	cr_expect_not(child_program_is_there("no-such-program-of-offhook"));
	cr_expect(child_program_is_there("sh"));
	event_base_free(base);
}

Test(child, one_that_is_not_wanted_any_more_says_nothing)
{
	const char *const argv[] = { "sleep", "1000", NULL };
	struct seen seen = { .base = event_base_new() };
	struct child *child;

	cr_assert_eq(
	    child_start(&child,
			&(struct child_setup){ .base = seen.base, .argv = argv, .timeout_ms = 100000 },
			on_end, &seen),
	    0);
	child_kill(child);
	event_base_loop(seen.base, EVLOOP_NONBLOCK);
	cr_expect_not(seen.done);
	event_base_free(seen.base);
}
