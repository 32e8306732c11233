#include "tests/unit/simulated.h"

#include "daemon/api/dialect/telefonie/telefonie.h"
#include "daemon/api/dialect/twilio/twilio.h"
#include "daemon/api/dialect/vonage/vonage.h"
#include "daemon/api/simulate/simulate.h"
#include "lib/log.h"

#include <criterion/criterion.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char conf_text[] = "state-dir = \"/tmp\"\nrun-dir = \"/tmp\"\n"
				"account \"default\" {\n"
				"  sid = \"b3877c40-da60-4998-90ad-b792e98472af\"  auth-token = "
				"\"token-of-tests\"  api-keys = {\"key-of-tests\"}  dialect = \"twilio\"\n"
				"}\n"
				"number \"+15550009000\" { echo = true }\n";

static struct conf *load(void)
{
	char name[] = "/tmp/offhook-simulated-XXXXXX";
	struct conf_errors errors = { 0 };
	struct conf *conf = NULL;
	int fd = mkstemp(name);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, conf_text, sizeof conf_text - 1), (ssize_t)sizeof conf_text - 1);
	close(fd);
	if (conf_load(&conf, name, &errors))
		conf_errors_print(&errors, stderr);
	unlink(name);
	cr_assert_not_null(conf);
	return conf;
}

/* ~ is a quotation mark within a string. Frees `text`. */
static char *quote_inside(char *text)
{
	char *out = malloc(2 * strlen(text) + 1), *to = out;

	for (const char *c = text; *c; c++) {
		if (*c == '~')
			*to++ = '\\';
		*to++ = *c == '~' ? '"' : *c;
	}
	*to = '\0';
	free(text);
	return out;
}

static int run(const char *request, json_t **out, struct story_fault *fault)
{
	const struct script_form *const forms[] = { dialect_telefonie.script, dialect_twilio.script,
						    dialect_signalwire.script, dialect_vonage.script, NULL };
	struct conf *conf = load();
	const struct simulate_setup setup = {
		.conf = conf, .forms = forms, .account = "default", .patience_ms = 60000
	};
	char *text = strdup(request);
	json_error_t error;
	json_t *json;
	int err;

	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c == '`' ? '\'' : *c;
	text = quote_inside(text);
	json = json_loads(text, 0, &error);
	cr_assert_not_null(json, "%s in %s", error.text, text);
	if (!json_object_get(json, "fetch"))
		json_object_set_new(json, "fetch", json_false());
	curl_global_init(CURL_GLOBAL_DEFAULT);
	log_set_level(LOG_LEVEL_ERROR);
	err = simulate(out, &setup, json, fault);
	json_decref(json);
	free(text);
	conf_free(conf);
	return err;
}

json_t *simulated(const char *request)
{
	struct story_fault fault;
	json_t *out = NULL;

	cr_assert_eq(run(request, &out, &fault), 0, "%s: %s", fault.field, fault.text);
	return out;
}

char *simulated_refused(const char *request)
{
	struct story_fault fault;
	json_t *out = NULL;

	cr_assert_eq(run(request, &out, &fault), EINVAL);
	return strdup(fault.field);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* What counts of an entry. */
static void describe(char *out, size_t size, const json_t *entry)
{
	const char *type = text_of(entry, "type");
	const json_t *sound = json_array_get(json_object_get(entry, "sounds"), 0);
	const char *say = text_of(sound, "say");

	if (!strcmp(type, "step"))
		snprintf(out, size, "%s", text_of(entry, "verb"));
	else if (!strcmp(type, "heard"))
		snprintf(out, size, "%s %s", *say ? say : text_of(sound, "play"), text_of(entry, "end"));
	else if (!strcmp(type, "request"))
		snprintf(out, size, "%s %d", text_of(entry, "url"),
			 (int)json_integer_value(json_object_get(entry, "status")));
	else if (!strcmp(type, "told"))
		snprintf(out, size, "%s", text_of(entry, "url"));
	else if (!strcmp(type, "collected"))
		snprintf(out, size, "%s %s", text_of(entry, "digits"), text_of(entry, "end"));
	else if (!strcmp(type, "warning") || !strcmp(type, "error"))
		snprintf(out, size, "%s", text_of(entry, "message"));
	else if (!strcmp(type, "stream"))
		snprintf(out, size, "%s", text_of(entry, "state"));
	else if (!strcmp(type, "recorded"))
		snprintf(out, size, "%d", (int)json_integer_value(json_object_get(entry, "ms")));
	else
		snprintf(out, size, "%s%s%s%s%s", text_of(entry, "status"), text_of(entry, "digits"),
			 text_of(entry, "with"), text_of(entry, "what"),
			 json_object_get(entry, "hangup") ? "hangup" : text_of(entry, "speech"));
}

char *simulated_lines(const json_t *result, const char *type)
{
	char *out = NULL, what[2000];
	size_t size = 0, i;
	FILE *stream = open_memstream(&out, &size);
	json_t *entry;

	json_array_foreach(json_object_get(result, "transcript"), i, entry)
	{
		if (type && strcmp(type, text_of(entry, "type")))
			continue;
		describe(what, sizeof what, entry);
		fprintf(stream, "%.1f %s %s %s\n",
			(double)json_integer_value(json_object_get(entry, "at_ms")) / 1000,
			text_of(entry, "call"), text_of(entry, "type"), what);
	}
	fprintf(stream, "end %s\n", text_of(json_object_get(result, "end"), "why"));
	fclose(stream);
	return out;
}
