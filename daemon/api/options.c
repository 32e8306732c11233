/* See options.h. */
#include "config.h"

#include "daemon/api/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: offhook-api -c FILE [-t]\n"
    "  -c FILE  the conf file (the same as offhookd's)\n"
    "  -t       check it and exit\n"
    "  -V       print the version and exit\n"
    "  --backup TO          copy the database into a new file, also while it is in use, and exit\n"
    "  --export csv|json    write the records of all calls to standard output and exit\n";

int options_read(int argc, char *argv[], struct options *out)
{
	static const struct option names[] = {
		{ "backup", required_argument, NULL, 'B' },   { "export", required_argument, NULL, 'E' },
		{ "simulate", required_argument, NULL, 'S' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },	      { 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:thV", names, NULL)) != -1) {
		if (option == 'c') {
			out->file = optarg;
		} else if (option == 't') {
			out->check = true;
		} else if (option == 'B') {
			out->backup = optarg;
		} else if (option == 'E' && (!strcmp(optarg, "csv") || !strcmp(optarg, "json"))) {
			out->export = optarg;
		} else if (option == 'S') {
			out->simulate = optarg;
		} else if (option == 'V') {
			puts("offhook-api " VERSION);
			return 1 + EXIT_SUCCESS;
		} else {
			fputs(usage, option == 'h' ? stdout : stderr);
			return 1 + (option == 'h' ? EXIT_SUCCESS : 2);
		}
	}
	if (out->file && optind == argc)
		return 0;
	fputs(usage, stderr);
	return 1 + 2;
}
