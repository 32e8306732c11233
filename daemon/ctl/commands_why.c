/* commands_why: why a call is as it is, or why somebody was not let in. */
#include "daemon/ctl/api.h"
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/table.h"

#include "lib/conf_value.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_fact(const json_t *fact)
{
	const json_t *value = json_object_get(fact, "value");
	char *text =
	    json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(4));
	const char *shown = json_is_string(value) ? json_string_value(value) : text;

	table_print_fact(stdout, format_member(fact, "fact"), shown ? shown : "");
	free(text);
}

static int why_call(struct ctl *ctl, const char *id)
{
	char path[80];
	json_t *result = NULL;
	const json_t *fact;
	size_t i;
	int code;

	snprintf(path, sizeof path, "calls/%.40s/why", id);
	code = api_get_one(ctl, path, &result);
	if (code)
		return code;
	if (ctl->options.json) {
		ctl_print_json(result);
	} else {
		table_print_text(stdout, format_member(result, "why"));
		fputc('\n', stdout);
		json_array_foreach(json_object_get(result, "facts"), i, fact)
		{
			print_fact(fact);
		}
	}
	json_decref(result);
	return CTL_OK;
}

/* Of a dialog that has become no call: what was noted, or what its last answer says. */
static void print_refused(const json_t *trace)
{
	const json_t *refused = json_object_get(trace, "refused"),
		     *messages = json_object_get(trace, "messages");
	const json_t *last = json_array_get(refused, json_array_size(refused) - 1), *message;
	long long code = format_member_int(last, "code", 0);
	size_t i;

	json_array_foreach(messages, i, message)
	{
		if (!last && format_member_int(message, "code", 0) >= 200)
			code = format_member_int(message, "code", 0);
	}
	if (last)
		printf("Refused with %lld: ", code);
	else if (code == 401 || code == 407)
		printf("It was asked for credentials (%lld), and gave none", code);
	else
		printf("It was answered %lld", code);
	table_print_text(stdout, format_member(last, "why"));
	puts(last ? "" : ".");
}

static int why_dialog(struct ctl *ctl, const json_t *trace)
{
	int code = CTL_OK;
	const char *call;

	call = format_member(json_array_get(json_object_get(trace, "calls"), 0), "call");
	if (*call)
		code = why_call(ctl, call);
	else if (ctl->options.json)
		ctl_print_json(json_object_get(trace, "refused"));
	else
		print_refused(trace);
	return code;
}

/* ---- who is banned ---- */

/* "198.51.100.7", "198.51.100.7:5060", "2001:db8::1", "[2001:db8::1]:5060" without the port. False: it is no
 * address. */
static bool read_address(struct in6_addr *out, int *family, const char *text)
{
	char host[INET6_ADDRSTRLEN];
	uint16_t port;

	if (conf_split_host_port(text, host, sizeof host, &port))
		text = host;
	*family = strchr(text, ':') ? AF_INET6 : AF_INET;
	return inet_pton(*family, text, out) == 1;
}

/* A ban of IPv6 is one of the whole /64. */
static bool is_of(const char *ban, int family, const struct in6_addr *address)
{
	char host[INET6_ADDRSTRLEN + 4];
	struct in6_addr banned;

	snprintf(host, sizeof host, "%.*s", (int)strcspn(ban, "/"), ban);
	return inet_pton(family, host, &banned) == 1 &&
	       memcmp(&banned, address, family == AF_INET ? 4 : 8) == 0;
}

static const char *reason_in_words(const char *reason)
{
	static const char *const words[][2] = {
		{ "user-agent", "it named itself as a scanner does (guard { user-agents })" },
		{ "wrong-credentials", "it gave wrong credentials again and again (guard { max-failures })" },
		{ "many-names", "it asked for many users (guard { max-names })" },
		{ "unanswered-challenges",
		  "it was asked for credentials again and again, and gave none (guard { max-challenges })" },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i][0], reason) == 0)
			return words[i][1];
	return reason;
}

static void print_ban(const char *name, const json_t *ban)
{
	char since[FORMAT_SIZE], until[FORMAT_SIZE];

	format_time(format_member_int(ban, "since", 0), since);
	format_time(format_member_int(ban, "until", 0), until);
	printf(
	    "%s is banned since %s, until %s: %s. Of what came from there since, %lld messages or "
	    "connections were not read. offhookctl bans lift %s ends that; guard { exempt } prevents it.\n",
	    name, since, until, reason_in_words(format_member(ban, "reason")),
	    (long long)format_member_int(ban, "dropped", 0), format_member(ban, "address"));
}

/* Why an address is not heard. */
static int why_address(struct ctl *ctl, const char *name, int family, const struct in6_addr *address)
{
	json_t *result = NULL, *ban, *found = NULL;
	int code = ctl_request(ctl, "bans.list", NULL, &result);
	size_t i;

	if (code)
		return code;
	json_array_foreach(json_object_get(result, "bans"), i, ban)
	{
		if (is_of(format_member(ban, "address"), family, address))
			found = ban;
	}
	if (ctl->options.json)
		ctl_print_json(found ? found : json_null());
	else if (found)
		print_ban(name, found);
	else
		printf(
		    "%s is not banned: what comes from there is read. offhookctl trace --follow shows it.\n",
		    name);
	json_decref(result);
	return CTL_OK;
}

/* Of what was turned away unread nothing is kept. */
static void say_unread(struct ctl *ctl)
{
	json_t *result = NULL;

	if (!ctl_request_quietly(ctl, "bans.list", NULL, &result, NULL) &&
	    json_array_size(json_object_get(result, "bans")) > 0)
		ctl_say("If it came from one of the addresses that are banned now (offhookctl bans), it was "
			"not read; "
			"offhookctl why ADDRESS says why.");
	json_decref(result);
}

/* An address, a call's id, the Call-ID of a dialog, or the beginning of the id of a call that is live or has
 * just ended.
 */
int command_why(struct ctl *ctl)
{
	const char *name = ctl->args[0];
	json_t *trace = NULL;
	struct in6_addr address;
	char id[64];
	int code, family;

	if (read_address(&address, &family, name))
		return why_address(ctl, name, family, &address);
	if (strlen(name) == 36 && !name[strspn(name, "0123456789abcdef-")])
		return why_call(ctl, name);
	if (!ctl_request_quietly(ctl, "call.trace", json_pack("{s:s}", "sip_call_id", name), &trace, NULL)) {
		code = why_dialog(ctl, trace);
		json_decref(trace);
		return code;
	}
	code = ctl_find_call(ctl, name, false, id);
	if (code)
		say_unread(ctl);
	return code ? code : why_call(ctl, id);
}
