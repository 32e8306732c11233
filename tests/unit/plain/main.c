/* Runs the tests that were registered; arguments are the beginnings of names ("media_paths"), none is all. */
#include <criterion/criterion.h>

#include <sys/wait.h>
#include <unistd.h>

struct plain_test *plain_tests;
int plain_failures;

static int wanted(const struct plain_test *t, int argc, char **argv)
{
	char name[256];
	snprintf(name, sizeof name, "%s::%s", t->suite, t->name);
	for (int i = 1; i < argc; i++)
		if (strncmp(name, argv[i], strlen(argv[i])) == 0)
			return 1;
	return argc == 1;
}

static int passes(const struct plain_test *t)
{
	int status = 0;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		if (t->options.init)
			t->options.init();
		t->run();
		if (t->options.fini)
			t->options.fini();
		exit(plain_failures > 0);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int main(int argc, char **argv)
{
	int failed = 0, run = 0;
	for (const struct plain_test *t = plain_tests; t; t = t->next) {
		if (!wanted(t, argc, argv))
			continue;
		run++;
		if (!passes(t)) {
			failed++;
			printf("FAIL %s::%s\n", t->suite, t->name);
		}
	}
	printf("%d tests, %d failed\n", run, failed);
	return failed > 0;
}
