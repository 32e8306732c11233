/* commands_script: scripts of calls. */
#include "daemon/ctl/api.h"
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRIPT_MAX = 1 << 20 };

char *script_read(const char *name, size_t *size)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "rb") : stdin;
	char *text = file ? malloc(SCRIPT_MAX + 1) : NULL;

	if (!text) {
		ctl_say("%s: %s", name, strerror(errno));
	} else {
		*size = fread(text, 1, SCRIPT_MAX + 1, file);
		if (ferror(file) || *size > SCRIPT_MAX) {
			ctl_say("%s: %s", name,
				ferror(file) ? "it cannot be read" : "it is longer than 1 MiB");
			free(text);
			text = NULL;
		}
	}
	if (file && file != stdin)
		fclose(file);
	return text;
}

/* By how it begins: an array of actions is NCCO, and an object was meant to be one. */
static const char *type_of(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			return text[i] == '[' || text[i] == '{' ? "application/json" : "text/xml";
	return "text/xml";
}

/* "FILE:LINE:COL: severity: <Element> what", as editors read it. Returns whether it is an error. */
static bool print_problem(const char *file, const json_t *p)
{
	const char *element = json_string_value(json_object_get(p, "element"));
	const char *severity = json_string_value(json_object_get(p, "severity"));

	printf("%s:%lld:%lld: %s: %s%s%s%s\n", file,
	       (long long)json_integer_value(json_object_get(p, "line")),
	       (long long)json_integer_value(json_object_get(p, "column")), severity, element ? "<" : "",
	       element ? element : "", element ? "> " : "", json_string_value(json_object_get(p, "message")));
	return severity && !strcmp(severity, "error");
}

static int check(struct ctl *ctl, const char *name)
{
	size_t size = 0, i;
	char *text = script_read(name, &size);
	json_t *answer = NULL, *p;
	int code = CTL_USAGE;
	bool failed = false;

	if (text)
		code = api_post(ctl, "scripts/check", type_of(text, size), text, size, &answer);
	free(text);
	if (code)
		return code;
	if (ctl->options.json) {
		ctl_print_json(answer);
		failed = json_integer_value(json_object_get(answer, "steps")) == 0 &&
			 json_array_size(json_object_get(answer, "problems"));
	} else {
		json_array_foreach(json_object_get(answer, "problems"), i, p) failed |=
		    print_problem(name, p);
	}
	json_decref(answer);
	return failed ? CTL_REFUSED : CTL_OK;
}

int command_script(struct ctl *ctl)
{
	if (!strcmp(ctl->args[0], "run"))
		return script_run(ctl, ctl->args[1]);
	if (strcmp(ctl->args[0], "check"))
		return ctl_usage_error(
		    "script does not know \"%s\"; it is: script check FILE, script run FILE", ctl->args[0]);
	if (ctl->options.from || ctl->options.script.given_any)
		return ctl_usage_error("script check does not take that option");
	return check(ctl, ctl->args[1]);
}
