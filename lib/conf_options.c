/* conf_options: see conf_options.h. */
#define _GNU_SOURCE /* vasprintf */
#include "lib/conf_options.h"

#include "lib/conf_error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Where a value came from. */
struct conf_set_value {
	const cfg_value_t *value;
	size_t order; /* the later one of two at the same address counts: the first was freed */
	int line;     /* of the prepared text */
};

/* libConfuse hands no argument of ours to its callbacks; it has one lexer for the whole process anyway. */
static struct conf_reading *current;

static int note_line(cfg_t *cfg, cfg_opt_t *option);

#define TEXT(n)                                                                            \
	{                                                                                  \
		.name = n, .type = CFGT_STR, .flags = CFGF_NODEFAULT, .validcb = note_line \
	}
#define LIST(n)                                                                                        \
	{                                                                                              \
		.name = n, .type = CFGT_STR, .flags = CFGF_NODEFAULT | CFGF_LIST, .validcb = note_line \
	}
#define SECTION(n, o)                                                              \
	{                                                                          \
		.name = n, .type = CFGT_SEC, .flags = CFGF_NODEFAULT, .subopts = o \
	}
#define SECTIONS(n, o)                                                         \
	{                                                                      \
		.name = n, .type = CFGT_SEC, .flags = CFGF_MULTI, .subopts = o \
	}

/* These tables are libConfuse's to copy, never written: it wants them non-const. */
static cfg_opt_t log_options[] = { TEXT("level"), CFG_END() };

static cfg_opt_t sip_options[] = {
	LIST("listen"),
	TEXT("domain"),
	LIST("tls-certificate-file"),
	LIST("tls-key-file"),
	TEXT("tls-ca-file"),
	TEXT("tls-verify-clients"),
	TEXT("dial-uris"),
	TEXT("tls-min-version"),
	LIST("aliases"),
	LIST("advertise"),
	LIST("local-networks"),
	TEXT("max-calls"),
	TEXT("max-calls-per-second"),
	TEXT("max-delay"),
	TEXT("max-connections"),
	TEXT("max-connections-of-source"),
	TEXT("max-message-size"),
	TEXT("message-timeout"),
	TEXT("idle-timeout"),
	TEXT("register-min"),
	TEXT("register-max"),
	TEXT("register-default"),
	TEXT("nonce-life"),
	TEXT("nonce-secret"),
	TEXT("session-timer"),
	TEXT("session-timer-min"),
	LIST("digest"),
	TEXT("ring-timeout"),
	TEXT("claim-timeout"),
	LIST("deny"),
	TEXT("max-duration"),
	TEXT("resolv-conf"),
	TEXT("keepalive"),
	CFG_END(),
};

static cfg_opt_t rtp_options[] = {
	LIST("address"), LIST("advertise"),    TEXT("ports"), TEXT("workers"),
	TEXT("timeout"), TEXT("hold-timeout"), CFG_END(),
};

static cfg_opt_t guard_options[] = {
	TEXT("rate"),		TEXT("burst"),	TEXT("max-failures"),  TEXT("max-names"),
	TEXT("max-challenges"), TEXT("window"), TEXT("ban-time"),      TEXT("max-sources"),
	LIST("user-agents"),	LIST("exempt"), TEXT("exempt-trunks"), CFG_END(),
};

static cfg_opt_t control_options[] = {
	TEXT("max-clients"), TEXT("max-backlog"), TEXT("event-ring"),
	TEXT("journal-max"), LIST("listen"),	  TEXT("certificate-file"),
	TEXT("key-file"),    TEXT("ca-file"),	  CFG_END(),
};

static cfg_opt_t switch_options[] = {
	TEXT(CONF_TITLE), TEXT("control"), TEXT("certificate-file"),
	TEXT("key-file"), TEXT("ca-file"), TEXT("certificate-name"),
	TEXT("silence"),  TEXT("wait"),	   CFG_END(),
};

static cfg_opt_t amd_options[] = { TEXT("timeout"), TEXT("speech"), TEXT("speech-end"), TEXT("silence"),
				   CFG_END() };

static cfg_opt_t bus_options[] = { TEXT("nats"), TEXT("redis"),	     TEXT("subject"), TEXT("stream"),
				   TEXT("key"),	 TEXT("max-length"), CFG_END() };

static cfg_opt_t trace_options[] = { TEXT("keep"), TEXT("size"),   TEXT("rtp"),
				     TEXT("hep"),  TEXT("hep-id"), CFG_END() };

static cfg_opt_t s3_options[] = {
	TEXT("endpoint"), TEXT("bucket"),  TEXT("region"),     TEXT("key"), TEXT("secret"),
	TEXT("prefix"),	  TEXT("ca-file"), TEXT("keep-local"), CFG_END(),
};

static cfg_opt_t recordings_options[] = {
	TEXT("format"),
	TEXT("key-file"),
	SECTION("s3", s3_options),
	CFG_END(),
};

static cfg_opt_t api_options[] = {
	LIST("listen"),
	LIST("metrics-listen"),
	LIST("tls-certificate-file"),
	LIST("tls-key-file"),
	TEXT("public-url"),
	TEXT("max-body"),
	TEXT("max-connections"),
	TEXT("max-connections-of-source"),
	LIST("cors-origins"),
	TEXT("hear"),
	TEXT("access-log"),
	TEXT("idle-timeout"),
	TEXT("request-timeout"),
	LIST("deny-addresses"),
	TEXT("ca-file"),
	TEXT("webhook-retry"),
	TEXT("keep-records"),
	TEXT("keep-recordings"),
	TEXT("sound-cache"),
	CFG_END(),
};

static cfg_opt_t deck_options[] = {
	TEXT(CONF_TITLE),	TEXT("currency"), TEXT("increments"),
	TEXT("connection-fee"), TEXT("minimum"),  TEXT("decimals"),
	LIST("rates"),		LIST("inbound"),  CFG_END(),
};

static cfg_opt_t account_options[] = {
	TEXT(CONF_TITLE),
	TEXT("sid"),
	TEXT("country"),
	TEXT("auth-token"),
	LIST("api-keys"),
	LIST("api-keys-read-only"),
	LIST("deny"),
	LIST("numbers"),
	TEXT("max-duration"),
	TEXT("max-conferences"),
	TEXT("conference-wait"),
	TEXT("deck"),
	TEXT("max-spend-day"),
	TEXT("max-spend-call"),
	TEXT("day-starts"),
	TEXT("dialect"),
	TEXT("vonage-application"),
	TEXT("vonage-public-key-file"),
	TEXT("vonage-signature-secret"),
	TEXT("vcita-webhook"),
	TEXT("public-recordings"),
	CFG_END(),
};

static cfg_opt_t user_options[] = {
	TEXT(CONF_TITLE), TEXT("password"),	TEXT("number"),	   TEXT("extension"),	 TEXT("staff-uid"),
	TEXT("account"),  TEXT("max-contacts"), TEXT("max-calls"), TEXT("max-duration"), LIST("may-call"),
	LIST("codecs"),	  TEXT("srtp"),		TEXT("dtmf"),	   TEXT("caller-id"),	 CFG_END(),
};

static cfg_opt_t trunk_options[] = {
	TEXT(CONF_TITLE),
	TEXT("address"),
	TEXT("transport"),
	TEXT("proxy"),
	TEXT("domain"),
	TEXT("tls-verify"),
	LIST("from"),
	TEXT("username"),
	TEXT("password"),
	TEXT("register"),
	TEXT("register-expires"),
	TEXT("registers-here"),
	TEXT("built-in"),
	TEXT("number"),
	LIST("codecs"),
	TEXT("srtp"),
	TEXT("dtmf"),
	TEXT("number-out"),
	TEXT("number-in"),
	TEXT("country-code"),
	TEXT("national-prefix"),
	TEXT("international-prefix"),
	TEXT("strip-out"),
	TEXT("strip-in"),
	TEXT("prepend-out"),
	TEXT("prepend-in"),
	LIST("caller-id"),
	TEXT("hide-caller"),
	TEXT("max-calls"),
	TEXT("max-calls-per-second"),
	TEXT("health-interval"),
	TEXT("try-timeout"),
	TEXT("account"),
	CFG_END(),
};

static cfg_opt_t route_options[] = {
	TEXT(CONF_TITLE), LIST("to"), LIST("weights"), LIST("failover-on"), CFG_END(),
};

static cfg_opt_t number_options[] = {
	TEXT(CONF_TITLE),
	TEXT("voice-url"),
	TEXT("voice-method"),
	TEXT("fallback-url"),
	TEXT("dialect"),
	TEXT("status-callback"),
	LIST("status-callback-events"),
	LIST("dial"),
	TEXT("conference"),
	TEXT("echo"),
	TEXT("record"),
	TEXT("fallback-code"),
	TEXT("account"),
	CFG_END(),
};

static cfg_opt_t speech_options[] = {
	TEXT(CONF_TITLE), LIST("command"), LIST("languages"), LIST("voices"),
	TEXT("ssml"),	  TEXT("timeout"), TEXT("at-once"),   TEXT("url"),
	TEXT("key"),	  TEXT("rate"),	   TEXT("protocol"),  CFG_END(),
};

static cfg_opt_t top_options[] = {
	TEXT("state-dir"),
	TEXT("run-dir"),
	TEXT("resume"),
	SECTION("log", log_options),
	SECTION("sip", sip_options),
	SECTION("rtp", rtp_options),
	SECTION("guard", guard_options),
	SECTION("control", control_options),
	SECTION("trace", trace_options),
	SECTION("bus", bus_options),
	SECTION("amd", amd_options),
	SECTION("recordings", recordings_options),
	SECTION("api", api_options),
	SECTIONS("deck", deck_options),
	SECTIONS("account", account_options),
	SECTIONS("user", user_options),
	SECTIONS("trunk", trunk_options),
	SECTIONS("route", route_options),
	SECTIONS("number", number_options),
	SECTIONS("speech", speech_options),
	SECTIONS("switch", switch_options),
	CFG_END(),
};

/* Notes the line of the value that was set last. libConfuse asks a second time at the end of a list. */
static int note_line(cfg_t *cfg, cfg_opt_t *option)
{
	struct conf_reading *reading = current;
	const cfg_value_t *value = option->nvalues ? option->values[option->nvalues - 1] : NULL;
	struct conf_set_value *last =
	    reading->value_count ? &reading->values[reading->value_count - 1] : NULL;

	if (!value || ((option->flags & CFGF_LIST) && last && last->value == value))
		return 0;
	if (reading->value_count == reading->value_capacity) {
		size_t capacity = reading->value_capacity ? reading->value_capacity * 2 : 256;
		struct conf_set_value *values = realloc(reading->values, capacity * sizeof(*values));

		if (!values)
			return -1;
		reading->values = values;
		reading->value_capacity = capacity;
	}
	last = &reading->values[reading->value_count];
	*last = (struct conf_set_value){ value, reading->value_count, cfg->line };
	reading->value_count++;
	return 0;
}

static struct conf_place place_of(const struct conf_reading *reading, int line)
{
	const struct conf_source *source = &reading->source;

	if (line >= 1 && (size_t)line <= source->line_count)
		return source->lines[line - 1];
	return (struct conf_place){ source->files[0], 0 };
}

/* What libConfuse itself does not like, after all that has been checked before. */
static void report(cfg_t *cfg, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void report(cfg_t *cfg, const char *fmt, va_list ap)
{
	struct conf_place place;
	char *what = NULL;

	/* A look-up of an option that its section does not have. */
	if (!current)
		return;
	place = place_of(current, cfg->line);
	if (vasprintf(&what, fmt, ap) < 0)
		what = NULL;
	conf_errors_add(current->errors, place.file, place.line, "%s", what ? what : "out of memory");
	free(what);
}

static int compare_values(const void *a, const void *b)
{
	const struct conf_set_value *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

int conf_reading_open(struct conf_reading *reading, const char *name, const char *text, size_t length,
		      struct conf_errors *errors)
{
	int err, result;

	memset(reading, 0, sizeof(*reading));
	reading->errors = errors;
	err = conf_source_prepare(&reading->source, name, text, length, top_options, errors);
	if (err != 0)
		return err;
	reading->cfg = cfg_init(top_options, CFGF_NONE);
	if (!reading->cfg)
		return ENOMEM;
	cfg_set_error_function(reading->cfg, report);
	current = reading;
	errno = 0;
	result = cfg_parse_buf(reading->cfg, reading->source.text);
	current = NULL;
	if (result != CFG_SUCCESS && errors->count == 0)
		conf_errors_add(errors, name, 0, "cannot be read: %s", strerror(errno ? errno : EINVAL));
	if (reading->value_count > 1)
		qsort(reading->values, reading->value_count, sizeof(*reading->values), compare_values);
	return 0;
}

void conf_reading_close(struct conf_reading *reading)
{
	if (reading->cfg)
		cfg_free(reading->cfg);
	free(reading->values);
	conf_source_free(&reading->source);
	memset(reading, 0, sizeof(*reading));
}

size_t conf_section_count(struct conf_reading *reading, const char *name)
{
	return cfg_size(reading->cfg, name);
}

struct conf_section conf_section_get(struct conf_reading *reading, const char *name, size_t index)
{
	struct conf_section section = { reading, NULL, name };

	if (!name[0])
		section.cfg = reading->cfg;
	else if (index < cfg_size(reading->cfg, name))
		section.cfg = cfg_getnsec(reading->cfg, name, (unsigned)index);
	return section;
}

struct conf_section conf_section_inside(const struct conf_section *above, const char *name, const char *path)
{
	struct conf_section section = { above->reading, NULL, path };

	if (above->cfg && cfg_size(above->cfg, name))
		section.cfg = cfg_getnsec(above->cfg, name, 0);
	return section;
}

const char *conf_section_title(const struct conf_section *section)
{
	const char *title = conf_value(section, CONF_TITLE, 0);

	return title ? title : "";
}

size_t conf_value_count(const struct conf_section *section, const char *option)
{
	return section->cfg ? cfg_size(section->cfg, option) : 0;
}

const char *conf_value(const struct conf_section *section, const char *option, size_t index)
{
	if (index >= conf_value_count(section, option))
		return NULL;
	return cfg_getnstr(section->cfg, option, (unsigned)index);
}

/* Line of the prepared text on which the value was set, or 0. */
static int line_of(const struct conf_reading *reading, const cfg_value_t *value)
{
	size_t low = 0, high = reading->value_count;

	/* The last entry of that address. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (reading->values[middle].value <= value)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && reading->values[low - 1].value == value ? reading->values[low - 1].line : 0;
}

/* Line of the prepared text for an error: the value's, else that of the section's title, else where the
 * section ends. */
static int error_line(const struct conf_section *section, const char *option, size_t index)
{
	const char *const names[] = { option, CONF_TITLE };

	for (size_t i = 0; i < 2 && section->cfg; i++) {
		cfg_opt_t *found = NULL;

		if (names[i] && (i == 0 || strcmp(section->name, "") != 0))
			found =
			    conf_value_count(section, names[i]) ? cfg_getopt(section->cfg, names[i]) : NULL;
		if (found && found->nvalues > index)
			return line_of(section->reading, found->values[index]);
		if (found && found->nvalues > 0)
			return line_of(section->reading, found->values[0]);
	}
	return section->cfg && section->name[0] ? section->cfg->line : 0;
}

struct conf_place conf_place_of(const struct conf_section *section, const char *option, size_t index)
{
	return place_of(section->reading, error_line(section, option, index));
}

static void add(struct conf_errors *to, const struct conf_section *section, const char *option, size_t index,
		const char *fmt, va_list ap) __attribute__((format(printf, 5, 0)));

static void add(struct conf_errors *to, const struct conf_section *section, const char *option, size_t index,
		const char *fmt, va_list ap)
{
	struct conf_place place = conf_place_of(section, option, index);
	char *what = NULL;

	if (vasprintf(&what, fmt, ap) < 0)
		what = NULL;
	conf_errors_add(to, place.file, place.line, "%s%s%s: %s", section->name,
			section->name[0] && option ? "/" : "", option ? option : "",
			what ? what : "out of memory");
	free(what);
}

void conf_fail(const struct conf_section *section, const char *option, size_t index, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(section->reading->errors, section, option, index, fmt, ap);
	va_end(ap);
}

void conf_warn(const struct conf_section *section, const char *option, size_t index, const char *fmt, ...)
{
	va_list ap;

	if (!section->reading->warnings)
		return;
	va_start(ap, fmt);
	add(section->reading->warnings, section, option, index, fmt, ap);
	va_end(ap);
}
