/* Tests of the journal's thread by itself. */
#include "daemon/offhookd/control/journal.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t ns_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static bool no_line(const struct journal_line *line, void *arg)
{
	(void)line, (void)arg;
	return true;
}

/* What is acknowledged waits for the disk's next turn; the journal's thread sleeps until then. A spinning one
 * takes all the time that it gets. */
Test(journal, it_sleeps_between_its_syncs)
{
	char dir[] = "/tmp/offhook-journal-XXXXXX", command[64];
	const struct timespec turn = { .tv_nsec = 5000000 };
	int64_t wall, cpu;
	struct journal *journal;

	cr_assert(mkdtemp(dir));
	cr_assert_eq(journal_alloc(&journal, dir, "s1", 1 << 20, no_line, NULL), 0);
	wall = ns_of(CLOCK_MONOTONIC);
	cpu = ns_of(CLOCK_PROCESS_CPUTIME_ID);
	for (uint64_t seq = 1; seq <= 100; seq++) {
		journal_turns(journal, 3);
		journal_append(journal, seq, false, "{}\n", 3);
		journal_ack(journal, "s1", seq);
		nanosleep(&turn, NULL);
	}
	cpu = ns_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = ns_of(CLOCK_MONOTONIC) - wall;
	cr_assert_eq(journal_acked(journal, "s1"), 100);
	journal_free(journal);
	cr_assert(cpu < wall / 4, "%lld ms of CPU in %lld ms", (long long)cpu / 1000000,
		  (long long)wall / 1000000);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	cr_assert_eq(system(command), 0);
}
