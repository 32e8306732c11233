#include "tests/unit/conf_support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct conf *load_conf(const char *text)
{
	struct conf_errors errors;
	struct conf *conf = NULL;
	int err = conf_parse(&conf, "t.conf", text, &errors);

	conf_errors_print(&errors, stderr);
	cr_assert_eq(err, 0);
	cr_expect_eq(errors.count, 0);
	conf_errors_free(&errors);
	return conf;
}

void expect_conf_errors(const char *text, const char *const expected[])
{
	struct conf_errors errors;
	struct conf *conf = NULL;
	size_t i;

	cr_expect_eq(conf_parse(&conf, "t.conf", text, &errors), EINVAL, "%s", text);
	cr_expect_null(conf);
	for (i = 0; expected[i]; i++) {
		cr_assert_lt(i, errors.count, "%s: missing: %s", text, expected[i]);
		cr_expect_eq(strncmp(errors.lines[i], expected[i], strlen(expected[i])), 0, "%s\nis not\n%s",
			     errors.lines[i], expected[i]);
	}
	cr_expect_eq(errors.count, i, "%s: %zu errors", text, errors.count);
	conf_errors_free(&errors);
}

void expect_one_conf_error(const char *text, const char *expected)
{
	struct conf_errors errors;
	struct conf *conf = NULL;

	cr_expect_eq(conf_parse(&conf, "t.conf", text, &errors), EINVAL, "%s", text);
	cr_expect_eq(errors.count, 1, "%s: %zu errors", text, errors.count);
	if (errors.count)
		cr_expect_eq(strncmp(errors.lines[0], expected, strlen(expected)), 0, "%s: %s", text,
			     errors.lines[0]);
	conf_errors_free(&errors);
}

void expect_conf_warnings(const char *text, const char *const expected[])
{
	struct conf_errors errors;
	struct conf *conf = NULL;
	size_t i = 0;

	cr_assert_eq(conf_parse(&conf, "t.conf", text, &errors), 0, "%s: %s", text,
		     errors.count ? errors.lines[0] : "");
	for (; expected[i] && i < conf->warnings.count; i++)
		cr_expect_eq(strncmp(conf->warnings.lines[i], expected[i], strlen(expected[i])), 0,
			     "%s\nis not\n%s", conf->warnings.lines[i], expected[i]);
	cr_expect_null(expected[i], "missing: %s", expected[i] ? expected[i] : "");
	cr_expect_eq(i, conf->warnings.count, "more: %s",
		     i < conf->warnings.count ? conf->warnings.lines[i] : "");
	conf_free(conf);
	conf_errors_free(&errors);
}
