/* offhookctl: the admin's command. Reads the command line and runs one command against the control socket. */
#include "config.h"

#include "daemon/ctl/ctl.h"
#include "daemon/ctl/usage.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_JSON = 256,
	OPT_WAIT,
	OPT_FROM,
	OPT_TIMEOUT,
	OPT_PLAY,
	OPT_RECORD,
	OPT_FOLLOW,
	OPT_SINCE,
	OPT_DRAIN,
	OPT_ENDED,
	OPT_FAILED,
	OPT_ALL,
	OPT_LIMIT,
	OPT_USER,
	OPT_TRUNK,
	OPT_NUMBER,
	OPT_KEYS,
	OPT_CALLEES,
	OPT_TO,
	OPT_DIALECT,
	OPT_URL,
	OPT_GIVEN,
	OPT_NO_FETCH,
	OPT_SECONDS,
	OPT_VERSION
};
enum { MAX_FILES = 32, LIMIT_MAX = 5000 };

/* Options that only some commands take, as bits. */
enum {
	TAKES_FROM = 1 << 0,
	TAKES_TIMEOUT = 1 << 1,
	TAKES_PLAY = 1 << 2,
	TAKES_RECORD = 1 << 3,
	TAKES_FOLLOW = 1 << 4,
	TAKES_SINCE = 1 << 5,
	TAKES_DRAIN = 1 << 6,
	NEEDS_NO_SWITCH = 1 << 7,
	TAKES_STORY = 1 << 8,
	TAKES_WHOSE = 1 << 9,
	TAKES_PAST = 1 << 10,
	TAKES_ALL = 1 << 11,
	/* --all: of every switch of the conf, one after the other */
	OF_EACH = 1 << 12,
};

struct command {
	const char *name;
	int args; /* how many it needs */
	const char *arg_name;
	unsigned takes;
	int (*run)(struct ctl *ctl);
	int more; /* further words that it may have */
};

static const struct command commands[] = {
	{ "help", 0, NULL, NEEDS_NO_SWITCH, command_help, 1 },
	{ "status", 0, NULL, TAKES_ALL | OF_EACH, command_status, 0 },
	/* connects by itself, where it asks the switch */
	{ "calls", 0, NULL, NEEDS_NO_SWITCH | TAKES_WHOSE | TAKES_PAST | TAKES_ALL | OF_EACH, command_calls,
	  0 },
	{ "call", 1, "ID", 0, command_call, 0 },
	{ "originate", 1, "TO", TAKES_FROM | TAKES_TIMEOUT | TAKES_PLAY | TAKES_RECORD | TAKES_FOLLOW,
	  command_originate, 0 },
	{ "hangup", 0, NULL, TAKES_ALL | TAKES_WHOSE, command_hangup, 1 },
	{ "transfer", 2, "ID TO", TAKES_TIMEOUT, command_transfer, 0 },
	{ "mute", 1, "ID", 0, command_mute, 0 },
	{ "unmute", 1, "ID", 0, command_unmute, 0 },
	{ "record", 1, "ID", 0, command_record, 1 },
	{ "digits", 2, "ID DIGITS", 0, command_digits, 0 },
	{ "events", 0, NULL, TAKES_SINCE, command_events, 0 },
	{ "trace", 0, NULL, TAKES_FOLLOW | TAKES_WHOSE, command_trace, 1 },
	{ "pcap", 1, "CALL", 0, command_pcap, 0 },
	{ "why", 1, "CALL", 0, command_why, 0 },
	{ "registrations", 0, NULL, TAKES_ALL | OF_EACH, command_registrations, 3 },
	{ "users", 0, NULL, NEEDS_NO_SWITCH | TAKES_WHOSE, command_users, 3 },
	{ "trunks", 0, NULL, TAKES_ALL | OF_EACH, command_trunks, 0 },
	{ "conferences", 0, NULL, TAKES_ALL | OF_EACH, command_conferences, 0 },
	{ "conference", 1, "NAME", 0, command_conference, 0 },
	{ "bans", 0, NULL, TAKES_ALL | OF_EACH, command_bans, 2 },
	{ "accounts", 0, NULL, TAKES_ALL | OF_EACH, command_accounts, 0 },
	{ "rate", 1, "NUMBER", 0, command_rate, 2 },
	{ "script", 2, "check FILE or run FILE", NEEDS_NO_SWITCH | TAKES_FROM | TAKES_STORY, command_script,
	  0 },
	{ "amd", 1, "FILE", NEEDS_NO_SWITCH, command_amd, 4 },
	{ "top", 0, NULL, 0, command_top, 2 },
	{ "watch", 0, NULL, 0, command_watch, 2 },
	{ "doctor", 0, NULL, NEEDS_NO_SWITCH, command_doctor, 0 },
	{ "rpc", 1, "METHOD", 0, command_rpc, 1 },
	{ "drain", 0, NULL, TAKES_ALL | OF_EACH, command_drain, 1 },
	{ "reload", 0, NULL, TAKES_ALL | OF_EACH, command_reload, 0 },
	{ "shutdown", 0, NULL, TAKES_DRAIN | TAKES_FOLLOW | TAKES_TIMEOUT, command_shutdown, 0 },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

/* Parses a whole number of 0 to `max`. Returns 0 or EINVAL. */
static int parse_number(const char *text, long long max, long long *out)
{
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (errno || end == text || *end || value < 0 || value > max)
		return EINVAL;
	*out = value;
	return 0;
}

/* What the command line says, while it is read. */
struct line {
	struct ctl_options options;
	unsigned given; /* TAKES_… bits */
	const char *files[MAX_FILES];
	const char *documents[MAX_FILES];
};

/* An option with a number. Returns CTL_OK or CTL_USAGE. */
static int take_number(int option, const char *text, struct line *line)
{
	const char *name = option == OPT_WAIT ? "--wait" : option == OPT_TIMEOUT ? "--timeout" : "--since";
	long long value;
	if (option == OPT_LIMIT) {
		if (parse_number(text, LIMIT_MAX, &value) || !value)
			return ctl_usage_error("--limit \"%s\" is no number of calls (1 to %d)", text,
					       LIMIT_MAX);
		line->options.limit = (int)value;
		return CTL_OK;
	}
	if (parse_number(text, option == OPT_SINCE ? INT64_MAX : 86400, &value))
		return ctl_usage_error("%s \"%s\" is no number of %s", name, text,
				       option == OPT_SINCE ? "an event" : "seconds (0 to 86400)");
	if (option == OPT_WAIT)
		line->options.wait_s = (int)value;
	else if (option == OPT_TIMEOUT)
		line->options.timeout_s = (int)value, line->options.timed = true;
	else
		line->options.since = value;
	return CTL_OK;
}

static int take_file(const char *name, struct line *line)
{
	if (line->options.file_count == MAX_FILES)
		return ctl_usage_error("--play takes at most %d files", MAX_FILES);
	line->files[line->options.file_count++] = name;
	line->options.play = line->options.follow = true;
	return CTL_OK;
}

/* One of script run. */
static int take_story(int option, const char *value, struct line *line)
{
	struct ctl_script *script = &line->options.script;
	long long seconds = 0;

	line->given |= TAKES_STORY;
	script->given_any = true;
	script->given = line->documents;
	switch (option) {
	case OPT_KEYS:
		script->keys = value;
		break;
	case OPT_CALLEES:
		script->callees = value;
		break;
	case OPT_TO:
		script->to = value;
		break;
	case OPT_DIALECT:
		script->dialect = value;
		break;
	case OPT_URL:
		script->url = value;
		break;
	case OPT_NO_FETCH:
		script->no_fetch = true;
		break;
	case OPT_GIVEN:
		if (script->given_count == MAX_FILES)
			return ctl_usage_error("there may be at most %d of --given", MAX_FILES);
		line->documents[script->given_count++] = value;
		break;
	case OPT_SECONDS:
		if (parse_number(value, 86400, &seconds) || !seconds)
			return ctl_usage_error("--seconds \"%s\" is no number of seconds (1 to 86400)",
					       value);
		script->seconds = (int)seconds;
		break;
	}
	return CTL_OK;
}

/* One without a value. Returns whether it is one. */
static bool take_flag(int option, struct line *line)
{
	struct ctl_options *o = &line->options;
	const struct {
		int option;
		unsigned bit;
		bool *flag;
	} flags[] = {
		{ OPT_JSON, 0, &o->json },
		{ OPT_RECORD, TAKES_RECORD, &o->record },
		{ 'f', TAKES_FOLLOW, &o->follow },
		{ OPT_FOLLOW, TAKES_FOLLOW, &o->follow },
		{ OPT_ENDED, TAKES_PAST, &o->ended },
		{ OPT_FAILED, TAKES_PAST, &o->failed },
		{ OPT_ALL, TAKES_ALL, &o->all },
		{ OPT_DRAIN, TAKES_DRAIN, &o->drain },
	};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (flags[i].option != option)
			continue;
		line->given |= flags[i].bit;
		*flags[i].flag = true;
		return true;
	}
	return false;
}

/* One option. Returns CTL_OK, CTL_USAGE, or −1 when there is nothing more to do. */
static int take_option(int option, const char *value, struct line *line)
{
	struct ctl_options *options = &line->options;
	switch (option) {
	case 'c':
		options->conf_file = value;
		return CTL_OK;
	case 's':
		options->socket = value;
		return CTL_OK;
	case 'h':
		fputs(usage_text(), stdout);
		return -1;
	case OPT_VERSION:
		puts("offhookctl " PACKAGE_VERSION);
		return -1;
	case OPT_WAIT:
		return take_number(option, value, line);
	case OPT_FROM:
		line->given |= TAKES_FROM;
		options->from = value;
		return CTL_OK;
	case OPT_TIMEOUT:
		line->given |= TAKES_TIMEOUT;
		return take_number(option, value, line);
	case OPT_PLAY:
		line->given |= TAKES_PLAY;
		return take_file(value, line);
	case OPT_USER:
	case OPT_TRUNK:
	case OPT_NUMBER:
		line->given |= TAKES_WHOSE;
		*(option == OPT_USER	? &options->user
		  : option == OPT_TRUNK ? &options->trunk
					: &options->number) = value;
		return CTL_OK;
	case OPT_SINCE:
		line->given |= TAKES_SINCE;
		return take_number(option, value, line);
	case OPT_LIMIT:
		line->given |= TAKES_PAST;
		return take_number(option, value, line);
	}
	if (option >= OPT_KEYS && option <= OPT_SECONDS)
		return take_story(option, value, line);
	if (take_flag(option, line))
		return CTL_OK;
	fputs("Try 'offhookctl --help'.\n", stderr); /* getopt has said what is wrong */
	return CTL_USAGE;
}

static int read_options(int argc, char **argv, struct line *line)
{
	static const struct option long_options[] = {
		{ "conf", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "wait", required_argument, NULL, OPT_WAIT },
		{ "from", required_argument, NULL, OPT_FROM },
		{ "timeout", required_argument, NULL, OPT_TIMEOUT },
		{ "play", required_argument, NULL, OPT_PLAY },
		{ "record", no_argument, NULL, OPT_RECORD },
		{ "follow", no_argument, NULL, OPT_FOLLOW },
		{ "since", required_argument, NULL, OPT_SINCE },
		{ "drain", no_argument, NULL, OPT_DRAIN },
		{ "ended", no_argument, NULL, OPT_ENDED },
		{ "failed", no_argument, NULL, OPT_FAILED },
		{ "all", no_argument, NULL, OPT_ALL },
		{ "limit", required_argument, NULL, OPT_LIMIT },
		{ "user", required_argument, NULL, OPT_USER },
		{ "trunk", required_argument, NULL, OPT_TRUNK },
		{ "number", required_argument, NULL, OPT_NUMBER },
		{ "keys", required_argument, NULL, OPT_KEYS },
		{ "callees", required_argument, NULL, OPT_CALLEES },
		{ "to", required_argument, NULL, OPT_TO },
		{ "dialect", required_argument, NULL, OPT_DIALECT },
		{ "url", required_argument, NULL, OPT_URL },
		{ "given", required_argument, NULL, OPT_GIVEN },
		{ "no-fetch", no_argument, NULL, OPT_NO_FETCH },
		{ "seconds", required_argument, NULL, OPT_SECONDS },
		{ NULL, 0, NULL, 0 },
	};
	int option;
	while ((option = getopt_long(argc, argv, "c:s:hf", long_options, NULL)) != -1) {
		int code = take_option(option, optarg, line);
		if (code)
			return code;
	}
	return CTL_OK;
}

/* Checks the command and its arguments. Returns the command, or NULL after saying what is wrong. */
static const struct command *read_command(int argc, char **argv, struct line *line)
{
	if (argc < 1) {
		fputs(usage_text(), stderr);
		return NULL;
	}
	const struct command *command = find_command(argv[0]);
	if (!command) {
		ctl_usage_error("there is no command \"%s\"", argv[0]);
		return NULL;
	}
	if (line->given & ~command->takes) {
		ctl_usage_error("%s does not take that option", command->name);
		return NULL;
	}
	if (argc - 1 < command->args) {
		ctl_usage_error("%s needs %s", command->name, command->arg_name);
		return NULL;
	}
	for (int i = 1 + command->args + command->more; i < argc; i++) {
		if (!line->options.play) {
			ctl_usage_error("%s does not take \"%s\"", command->name, argv[i]);
			return NULL;
		}
		if (take_file(argv[i], line))
			return NULL;
	}
	return command;
}

static int run(struct ctl *ctl, const struct command *command)
{
	int code = command->takes & NEEDS_NO_SWITCH ? CTL_OK : ctl_connect(ctl);

	if (!code)
		code = command->run(ctl);
	ctl_disconnect(ctl);
	return code;
}

/* --all: the first exit code that is not 0, and the others are asked all the same. */
static int run_on_each(struct ctl *ctl, const struct command *command)
{
	char **names = NULL;
	int worst = ctl_switches(ctl, &names);

	for (size_t i = 0; names && names[i]; i++) {
		int code;

		if (!ctl->options.json) {
			printf("%sswitch %s\n", i ? "\n" : "", names[i]);
			fflush(stdout);
		}
		ctl->options.socket = names[i];
		code = run(ctl, command);
		if (!worst)
			worst = code;
	}
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
	return worst;
}

int main(int argc, char **argv)
{
	struct line line = { .options = { .since = -1 } };
	struct ctl ctl = { .exit_code = -1 };
	/* Widths of characters are looked up in a locale that is always there; what is printed is UTF-8 in
	 * any case. */
	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);

	int code = read_options(argc, argv, &line);
	if (code)
		return code < 0 ? CTL_OK : code;
	const struct command *command = read_command(argc - optind, argv + optind, &line);
	if (!command)
		return CTL_USAGE;
	ctl.options = line.options;
	ctl.options.files = line.files;
	ctl.args = (const char *const *)argv + optind + 1;
	ctl.arg_count = argc - optind - 1;

	code = line.options.all && command->takes & OF_EACH ? run_on_each(&ctl, command) : run(&ctl, command);
	if (fflush(stdout) && !code)
		code = CTL_REFUSED;
	return code;
}
