#include "daemon/api/offline.h"

#include "daemon/api/http/web.h"
#include "daemon/api/store/backup.h"
#include "lib/conf_files.h"
#include "lib/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what, const char *detail)
{
	fprintf(stderr, "%soffhook-api: %s: %s\n", log_priority(LOG_LEVEL_ERROR), what, detail);
	return EXIT_FAILURE;
}

int offline_database(const struct conf *conf, const struct options *options)
{
	char file[4096], error[400];
	int err;

	snprintf(file, sizeof file, "%s/offhook.db", conf->state_dir);
	if (options->backup)
		err = backup_copy(file, options->backup, error, sizeof error);
	else
		err = backup_export(file, strcmp(options->export, "csv") ? BACKUP_JSON : BACKUP_CSV, stdout,
				    error, sizeof error);
	return err ? fail(options->backup ? "backup" : "export", error) : EXIT_SUCCESS;
}

int offline_check(const struct conf *conf)
{
	char error[400];

	if (web_server_check(conf, error, sizeof error))
		return fail("check", error);
	conf_print_good(conf);
	return EXIT_SUCCESS;
}
