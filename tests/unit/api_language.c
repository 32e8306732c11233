/* Tags of languages, and the voices that speak them. */
#include "daemon/api/speech/language.h"

#include <criterion/criterion.h>

Test(language, tags_with_and_without_regions)
{
	cr_expect_str_eq(language_find("en"), "");
	cr_expect_str_eq(language_find("en-AU"), "");
	cr_expect_str_eq(language_find("de-DE"), "de");
	cr_expect_str_eq(language_find("DE"), "de");
	cr_expect_str_eq(language_find("pt-BR"), "pt-br");
	cr_expect_str_eq(language_find("pt-PT"), "pt");
	cr_expect_str_eq(language_find("es-MX"), "es-419");
	cr_expect_str_eq(language_find("zh-CN"), "cmn");
	cr_expect_str_eq(language_find("zh-HK"), "yue");
	cr_expect_null(language_find("xx"));
	cr_expect_null(language_find(""));
	cr_expect_null(language_find("d"));
	cr_expect_null(language_find("deutsch"));
}
