/* Fuzz target: a conf. What is refused has errors, what is taken is whole; a good conf loads after anything.
 */
#include "lib/conf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct conf *conf)
{
	if (!conf->state_dir || !conf->run_dir || conf->sip.listen_count == 0 || conf->account_count == 0)
		abort();
	for (size_t i = 0; i < conf->user_count; i++) {
		if (!conf->users[i].account ||
		    conf_user_by_name(conf, conf->users[i].name) != &conf->users[i])
			abort();
	}
	for (size_t i = 0; i < conf->number_count; i++) {
		if (conf_number_find(conf, conf->numbers[i].number) != &conf->numbers[i])
			abort();
		if (conf->numbers[i].action == CONF_NUMBER_DIAL && conf->numbers[i].dial_count == 0)
			abort();
	}
	conf_route_find(conf, "+15550001001");
}

static int parse(const char *text)
{
	struct conf_errors errors;
	struct conf *conf = NULL;
	int err = conf_parse(&conf, "fuzz.conf", text, &errors);

	if ((err == 0) != (conf != NULL) || (err == 0) != (errors.count == 0))
		abort();
	if (conf)
		check(conf);
	conf_free(conf);
	conf_errors_free(&errors);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	/* Files of this machine are not to be read. The C library takes any time for some patterns; a conf is
	 * its admin's own. */
	if (!strstr(text, "include") && !strstr(text, "route"))
		parse(text);
	/* Nothing that was refused may spoil what comes next. */
	if (parse("log { level = warn } user \"a\" { }") != 0)
		abort();
	free(text);
	return 0;
}
