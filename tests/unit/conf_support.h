/* What tests of the conf loader share. A test fails where what is expected does not come. */
#ifndef OFFHOOK_TESTS_CONF_SUPPORT_H
#define OFFHOOK_TESTS_CONF_SUPPORT_H

#include "lib/conf.h"

/* Reads `text`, as a file t.conf, which is good; conf_free() is the caller's. */
struct conf *load_conf(const char *text);
/* Expects EINVAL and exactly these lines, the last NULL; each must begin a line of the errors. */
void expect_conf_errors(const char *text, const char *const expected[]);
/* One mistake is told once: not what follows from it. */
void expect_one_conf_error(const char *text, const char *expected);
/* Reads `text`, which is good, and expects these beginnings of warnings. */
void expect_conf_warnings(const char *text, const char *const expected[]);

#define EXPECT_ERRORS(text, ...)   expect_conf_errors(text, (const char *const[]){ __VA_ARGS__, NULL })
#define EXPECT_WARNINGS(text, ...) expect_conf_warnings(text, (const char *const[]){ __VA_ARGS__, NULL })

#endif
