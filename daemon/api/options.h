/* options: offhook-api's command line. */
#ifndef OFFHOOK_API_OPTIONS_H
#define OFFHOOK_API_OPTIONS_H

#include <stdbool.h>

/* Of what is not asked for: NULL. The strings are argv's. */
struct options {
	const char *file;     /* -c: the conf file, always there */
	const char *backup;   /* --backup: the file to write */
	const char *export;   /* --export: "csv" or "json" */
	const char *simulate; /* --simulate: the account; for ourselves alone */
	bool check;	      /* -t */
};

/* `out` is all zero before. Returns 0, or the exit code plus one when that is all: the version or the usage
 * has been printed. */
int options_read(int argc, char *argv[], struct options *out) __attribute__((warn_unused_result));

#endif
