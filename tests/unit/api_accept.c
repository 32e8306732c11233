/* Tests of accept: which media type is wanted. */
#include "daemon/api/http/accept.h"

#include <criterion/criterion.h>

static bool wants_svg(const char *accept)
{
	return accept_prefers(accept, "image/svg+xml");
}

Test(accept, a_type_is_wanted_when_it_is_named_and_json_not_rather)
{
	static const char *const yes[] = { "image/svg+xml",
					   "IMAGE/SVG+XML",
					   "text/html, image/svg+xml;q=0.8, */*;q=0.1",
					   "application/json;q=0.5,image/svg+xml",
					   "image/svg+xml;charset=utf-8;q=0.3, application/json; q=0.2",
					   "application/json,image/svg+xml",
					   ", ,image/svg+xml ,",
					   "image/svg+xml;q=7" };
	static const char *const no[] = { NULL,
					  "",
					  "*/*",
					  "image/*",
					  "application/json",
					  "image/svg+xmlx",
					  "ximage/svg+xml",
					  "image/svg+xml;q=0",
					  "image/svg+xml;q=x",
					  "image/svg+xml;q=x;q=0",
					  "image/svg+xml;q=0.1, application/json",
					  ";;;;,,,,====q=" };

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		cr_expect(wants_svg(yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		cr_expect_not(wants_svg(no[i]), "%s", no[i] ? no[i] : "NULL");
}
