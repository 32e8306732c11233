/* script run: a script run without a call, by the simulator of the API; and what came of it, for people. */
#include "daemon/ctl/api.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/script.h"
#include "daemon/ctl/table.h"
#include "lib/xml_encoding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEM_SIZE = 300 };

/* ---- what is asked for ---- */

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* "…@S" (at S seconds) or "…+S" (S seconds after what was before) behind an item is taken off and set.
 * Returns false when S is no number. */
static bool take_time(char *item, json_t *out)
{
	char *mark = strpbrk(item, "@+"), *end;
	double seconds;

	if (!mark)
		return true;
	seconds = strtod(mark + 1, &end);
	if (end == mark + 1 || *end || seconds < 0)
		return false;
	json_object_set_new(out, *mark == '@' ? "at" : "after", json_real(seconds));
	*mark = '\0';
	return true;
}

static void read_key_item(const char *item, json_t *out)
{
	if (!strcmp(item, "hangup"))
		json_object_set_new(out, "hangup", json_true());
	else if (begins(item, "say:"))
		json_object_set_new(out, "speech", json_string(item + 4));
	else
		json_object_set_new(out, "digits", json_string(item));
}

static void read_callee_item(const char *item, json_t *out)
{
	json_object_set_new(out, "answered", json_string(item));
}

/* "a,b,c" as a list of objects under `name`. Returns CTL_OK or CTL_USAGE. */
static int add_list(json_t *request, const char *name, const char *option, const char *text,
		    void (*read)(const char *item, json_t *out))
{
	json_t *list = json_array();
	char item[ITEM_SIZE];

	while (text && *text) {
		const size_t length = strcspn(text, ",");
		json_t *one = json_object();

		snprintf(item, sizeof item, "%.*s", (int)length, text);
		json_array_append_new(list, one);
		if (!*item || length >= sizeof item || !take_time(item, one)) {
			json_decref(list);
			return ctl_usage_error("%s: \"%s\" is none of what it may be", option, item);
		}
		read(item, one);
		text += length + (text[length] == ',');
	}
	json_object_set_new(request, name, list);
	return CTL_OK;
}

/* --given URL=FILE: the first "=" behind which there is a file. */
static int add_given(json_t *documents, const char *given)
{
	const char *equals = strrchr(given, '=');
	char *text, url[2049];
	size_t size;

	if (!equals || equals == given || (size_t)(equals - given) >= sizeof url)
		return ctl_usage_error("--given \"%s\" is not URL=FILE", given);
	snprintf(url, sizeof url, "%.*s", (int)(equals - given), given);
	text = script_read(equals + 1, &size);
	if (!text)
		return CTL_USAGE;
	json_object_set_new(documents, url, json_stringn_nocheck(text, size));
	free(text);
	return CTL_OK;
}

static int add_documents(json_t *request, const struct ctl_script *script)
{
	json_t *documents = json_object();
	int code = CTL_OK;

	for (int i = 0; i < script->given_count && !code; i++)
		code = add_given(documents, script->given[i]);
	if (json_object_size(documents))
		json_object_set(request, "documents", documents);
	json_decref(documents);
	return code;
}

static void add_text(json_t *request, const char *name, const char *text)
{
	if (text)
		json_object_set_new(request, name, json_string(text));
}

/* JSON is UTF-8, a file need not be. NULL: it has no text. */
static json_t *document_json(const char *bytes, size_t size)
{
	char *text;
	size_t length;
	const int err = xml_encoding_to_utf8(&text, &length, bytes, size, NULL);
	json_t *json = err ? NULL : json_stringn(text, length);

	free(text);
	return json;
}

/* The script itself: a file, or what is at a URL. */
static int add_script(json_t *request, const char *name)
{
	size_t size;
	char *text;

	if (begins(name, "http://") || begins(name, "https://")) {
		add_text(request, "url", name);
		return CTL_OK;
	}
	text = script_read(name, &size);
	if (!text)
		return CTL_USAGE;
	json_object_set_new(request, "document", document_json(text, size));
	free(text);
	return json_object_get(request, "document")
		   ? CTL_OK
		   : ctl_usage_error(
			 "%s: its encoding is not known, or there are bytes in it that are none of it", name);
}

static int make_request(const struct ctl *ctl, const char *name, json_t *request)
{
	const struct ctl_script *script = &ctl->options.script;
	int code = add_script(request, name);

	add_text(request, "from", ctl->options.from);
	add_text(request, "to", script->to);
	add_text(request, "dialect", script->dialect);
	if (!json_object_get(request, "url"))
		add_text(request, "url", script->url);
	if (script->no_fetch)
		json_object_set_new(request, "fetch", json_false());
	if (script->seconds)
		json_object_set_new(request, "limits", json_pack("{s:i}", "seconds", script->seconds));
	if (!code)
		code = add_list(request, "caller", "--keys", script->keys, read_key_item);
	if (!code)
		code = add_list(request, "callees", "--callees", script->callees, read_callee_item);
	return code ? code : add_documents(request, script);
}

/* ---- what came of it ---- */

static double seconds_of(const json_t *entry, const char *name)
{
	return (double)json_integer_value(json_object_get(entry, name)) / 1000;
}

/* Texts are those of a document, and of whoever it asks. */
static void put(const char *before, const char *text, const char *behind)
{
	fputs(before, stdout);
	table_print_text(stdout, text);
	fputs(behind, stdout);
}

static void print_value(const char *name, const json_t *value)
{
	char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	put(" ", name, "=");
	put("", text ? text : json_string_value(value), "");
	free(text);
}

static void print_members(const json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value) print_value(name, value);
}

static void print_step(const json_t *entry)
{
	printf("<%s> %lld:%lld", format_member(entry, "verb"),
	       (long long)json_integer_value(json_object_get(entry, "line")),
	       (long long)json_integer_value(json_object_get(entry, "column")));
	print_members(json_object_get(entry, "attributes"));
}

static void print_heard(const json_t *entry)
{
	const char *end = format_member(entry, "end");
	const json_t *sound;
	size_t i;

	printf("  hears");
	json_array_foreach(json_object_get(entry, "sounds"), i, sound)
	{
		if (json_object_get(sound, "say"))
			put(" \"", format_member(sound, "say"), "\"");
		else if (json_object_get(sound, "play"))
			put(" ", format_member(sound, "play"), "");
		else
			printf(" silence");
	}
	if (json_object_get(entry, "ended_ms"))
		printf(" (%.1f s, %s)", seconds_of(entry, "ended_ms") - seconds_of(entry, "at_ms"), end);
}

static void print_request(const json_t *entry)
{
	const json_t *status = json_object_get(entry, "status");

	put("", format_member(entry, "method"), " ");
	put("", format_member(entry, "url"), "");
	print_members(json_object_get(entry, "parameters"));
	if (json_object_get(entry, "error"))
		put(" → ", format_member(entry, "error"), "");
	else if (status)
		printf(" → %lld", (long long)json_integer_value(status));
}

/* Of other types: all that is there. */
static void print_rest(const json_t *entry)
{
	static const char *const known[] = { "at_ms", "call", "type", NULL };
	const char *name;
	json_t *value;

	printf("%s%s", begins(format_member(entry, "type"), "call") ? "  " : "",
	       format_member(entry, "type"));
	json_object_foreach((json_t *)entry, name, value)
	{
		size_t i = 0;

		while (known[i] && strcmp(known[i], name))
			i++;
		if (!known[i])
			print_value(name, value);
	}
}

static void print_entry(const json_t *entry)
{
	const char *type = format_member(entry, "type");

	printf("%9.3f  %-8s  ", seconds_of(entry, "at_ms"), format_member(entry, "call"));
	if (!strcmp(type, "step"))
		print_step(entry);
	else if (!strcmp(type, "heard"))
		print_heard(entry);
	else if (!strcmp(type, "request") || !strcmp(type, "told"))
		print_request(entry);
	else
		print_rest(entry);
	putchar('\n');
}

static void print_report(const json_t *report)
{
	const json_t *end = json_object_get(report, "end"), *entry;
	size_t i;

	json_array_foreach(json_object_get(report, "transcript"), i, entry) print_entry(entry);
	printf("%9.3f  %s\n", seconds_of(end, "at_ms"), format_member(end, "text"));
}

static bool went_well(const json_t *report)
{
	const json_t *entry;
	bool failed = strcmp(format_member(json_object_get(report, "end"), "why"), "over");
	size_t i;

	json_array_foreach(json_object_get(report, "transcript"), i, entry) failed |=
	    !strcmp(format_member(entry, "type"), "error");
	return !failed;
}

int script_run(struct ctl *ctl, const char *name)
{
	json_t *request = json_object(), *report = NULL;
	int code = make_request(ctl, name, request);
	char *text = code ? NULL : json_dumps(request, JSON_COMPACT);
	bool good;

	if (text)
		code = api_post(ctl, "scripts/simulate", "application/json", text, strlen(text), &report);
	free(text);
	json_decref(request);
	if (code)
		return code;
	if (ctl->options.json)
		ctl_print_json(report);
	else
		print_report(report);
	good = went_well(report);
	json_decref(report);
	return good ? CTL_OK : CTL_REFUSED;
}
