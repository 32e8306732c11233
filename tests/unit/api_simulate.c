/* Scripts run by the engine without a switch, on a clock that only moves when everything waits. */
#include "tests/unit/simulated.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* What came of a request, of one type of entry (NULL: all). */
static void expect(const char *request, const char *type, const char *wanted)
{
	json_t *result = simulated(request);
	char *lines = simulated_lines(result, type);

	cr_expect_str_eq(lines, wanted, "%s", lines);
	free(lines);
	json_decref(result);
}

static void expect_among(const char *request, const char *wanted)
{
	json_t *result = simulated(request);
	char *lines = simulated_lines(result, NULL);

	cr_expect(strstr(lines, wanted), "no \"%s\" in:\n%s", wanted, lines);
	free(lines);
	json_decref(result);
}

/* Two levels; a wrong key goes back to where it was pressed. */
#define MENU                                                                                                          \
	"'documents':{"                                                                                               \
	"'http://h.test/main':'<Response><Gather numDigits=`1` action=`/main-key`><Say>Main</Say></Gather></Response>'," \
	"'http://h.test/main-key':["                                                                                  \
	"'<Response><Say>Wrong</Say><Redirect>/main</Redirect></Response>',"                                          \
	"'<Response><Gather numDigits=`1` action=`/sub-key`><Say>Sub</Say></Gather></Response>'],"                     \
	"'http://h.test/sub-key':'<Response><Say>Done</Say></Response>'}"

Test(simulate, ivr_of_two_levels_with_a_wrong_key)
{
	expect("{'url':'http://h.test/main','caller':[{'digits':'9'},{'digits':'1'},{'digits':'2'}]," MENU "}", "heard",
	       "0.0 caller heard Main completed\n"
	       "1.7 caller heard Wrong completed\n"
	       "2.4 caller heard Main completed\n"
	       "4.1 caller heard Sub completed\n"
	       "5.7 caller heard Done completed\n"
	       "end over\n");
}

Test(simulate, a_key_into_the_prompt_cuts_it)
{
	expect("{'url':'http://h.test/main','caller':[{'at':0.3,'digits':'9'},{'after':0,'hangup':true}]," MENU "}", "heard",
	       "0.0 caller heard Main stopped\n"
	       "0.3 caller heard Wrong call over\n"
	       "end over\n");
}
