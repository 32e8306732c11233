/* conf_entries: see conf_entries.h. What joins them is in conf_links.c. */
#include "lib/conf_entries.h"

#include "lib/conf_deck.h"
#include "lib/conf_trunk.h"
#include "lib/conf_value.h"
#include "lib/hex.h"
#include "lib/phone_number.h"
#include "lib/told_event.h"

#include <errno.h>
#include <openssl/evp.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* Makes a UUIDv5 of the name (RFC 9562), so that it is the same at every start. */
static char *derive_sid(const char *name)
{
	static const unsigned char namespace[16] = { 0x6f, 0x66, 0x66, 0x68, 0x6f, 0x6f, 0x4b, 0x01,
						     0x9a, 0x63, 0x63, 0x6f, 0x75, 0x6e, 0x74, 0x73 };
	unsigned char input[16 + 64], digest[EVP_MAX_MD_SIZE];
	size_t length = strlen(name) > 64 ? 64 : strlen(name);
	char *sid = malloc(HEX_UUID_SIZE);

	memcpy(input, namespace, 16);
	memcpy(input + 16, name, length);
	if (!sid || !EVP_Digest(input, 16 + length, digest, NULL, EVP_sha1(), NULL)) {
		free(sid);
		return NULL;
	}
	return hex_uuid(sid, digest, 5);
}

bool conf_entry_title(const struct conf_section *section, char **out)
{
	const char *title = conf_section_title(section);

	*out = strdup(title);
	if (!conf_is_name(title))
		conf_fail(section, NULL, 0,
			  "\"%.100s\" is no name; allowed: 1 to 64 letters, digits and - . _ ~ +", title);
	return *out != NULL;
}

static void check_url(const struct conf_section *section, const char *option, const char *url)
{
	if (url && !conf_is_web_url(url))
		conf_fail(section, option, 0, "\"%.100s\" is wrong; allowed: http://… or https://…", url);
}

static void check_keys(const struct conf_section *section, const char *option,
		       const struct conf_strings *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strlen(keys->items[i]) < 8)
			conf_fail(section, option, i, "a key is too short; allowed: 8 characters or more");
}

static void check_account(const struct conf_section *section, const struct conf_account *account)
{
	struct stat st;

	if (account->country && !phone_number_is_country(account->country))
		conf_fail(section, "country", 0,
			  "\"%.20s\" is wrong; allowed: a code of ISO 3166 in capitals, as \"DE\"",
			  account->country);
	if (!conf_is_uuid(account->sid))
		conf_fail(section, "sid", 0, "\"%.60s\" is wrong; allowed: a UUID", account->sid);
	if (account->vonage_application && !conf_is_uuid(account->vonage_application))
		conf_fail(section, "vonage-application", 0, "\"%.60s\" is wrong; allowed: a UUID",
			  account->vonage_application);
	if (account->vonage_public_key_file && stat(account->vonage_public_key_file, &st) < 0)
		conf_fail(section, "vonage-public-key-file", 0,
			  "\"%.200s\": %s; allowed: a file with a public key in PEM",
			  account->vonage_public_key_file, strerror(errno));
	check_url(section, "vcita-webhook", account->vcita_webhook);
	check_keys(section, "api-keys", &account->api_keys);
	check_keys(section, "api-keys-read-only", &account->api_keys_read_only);
}

static bool read_dialect(char **out, const struct conf_section *section)
{
	static const char *const known[] = { "telefonie", "twilio", "signalwire", "vonage" };

	if (!conf_get_optional_text(section, "dialect", out))
		return false;
	for (size_t i = 0; *out && i < sizeof known / sizeof *known; i++)
		if (!strcmp(*out, known[i]))
			return true;
	if (*out)
		conf_fail(section, "dialect", 0,
			  "\"%.40s\" is no dialect; allowed: telefonie, twilio, signalwire, vonage", *out);
	return true;
}

static int read_account(struct conf_account *account, const struct conf_section *section)
{
	if (!conf_entry_title(section, &account->name))
		return ENOMEM;
	account->sid = derive_sid(account->name);
	if (!account->sid || !conf_get_text(section, "sid", &account->sid) ||
	    !conf_get_optional_text(section, "auth-token", &account->auth_token) ||
	    !conf_get_texts(section, "api-keys", &account->api_keys) ||
	    !conf_get_texts(section, "api-keys-read-only", &account->api_keys_read_only) ||
	    !conf_get_prefixes(section, "deny", &account->deny) ||
	    !conf_get_prefixes(section, "numbers", &account->numbers) ||
	    !conf_get_optional_text(section, "country", &account->country) ||
	    !conf_get_optional_text(section, "vonage-application", &account->vonage_application) ||
	    !conf_get_optional_text(section, "vonage-public-key-file", &account->vonage_public_key_file) ||
	    !conf_get_optional_text(section, "vonage-signature-secret", &account->vonage_signature_secret) ||
	    !conf_get_optional_text(section, "vcita-webhook", &account->vcita_webhook))
		return ENOMEM;
	if (!read_dialect(&account->dialect, section) ||
	    (!account->dialect && !(account->dialect = strdup("telefonie"))))
		return ENOMEM;
	conf_get_time_s(section, "max-duration", 0, 30 * 86400, &account->max_duration_s);
	conf_get_bool(section, "public-recordings", &account->public_recordings);
	account->max_conferences = 100;
	account->conference_wait_s = 300;
	conf_get_number(section, "max-conferences", 0, 100000, &account->max_conferences);
	conf_get_time_s(section, "conference-wait", 0, 30 * 86400, &account->conference_wait_s);
	check_account(section, account);
	return 0;
}

static int default_account(struct conf_account *account)
{
	account->name = strdup("default");
	account->sid = derive_sid("default");
	account->dialect = strdup("telefonie");
	return account->name && account->sid && account->dialect ? 0 : ENOMEM;
}

/* A number of ours, that phones or programs dial. */
static void check_number(const struct conf_section *section, const char *option, const char *number)
{
	if (number && !conf_is_e164(number) && !phone_number_is_short(number))
		conf_fail(
		    section, option, 0,
		    "\"%.60s\" is wrong; allowed: + and up to 15 digits (E.164), or a short number: 2 to 6 "
		    "digits, or * or # in front",
		    number);
}

static int read_user(struct conf_user *user, const struct conf_section *section)
{
	user->max_contacts = 10;
	if (!conf_entry_title(section, &user->name) ||
	    !conf_get_optional_text(section, "password", &user->password) ||
	    !conf_get_optional_text(section, "number", &user->number) ||
	    !conf_get_optional_text(section, "extension", &user->extension) ||
	    !conf_get_optional_text(section, "staff-uid", &user->staff_uid) ||
	    !conf_get_optional_text(section, "caller-id", &user->caller_id) ||
	    !conf_get_prefixes(section, "may-call", &user->may_call) ||
	    conf_read_codecs(&user->codecs, section, false) != 0)
		return ENOMEM;
	user->srtp = conf_read_srtp(section);
	user->dtmf = conf_read_dtmf(section);
	conf_get_number(section, "max-calls", 0, 100000, &user->max_calls);
	conf_get_time_s(section, "max-duration", 0, 30 * 86400, &user->max_duration_s);
	if (user->caller_id && !conf_is_e164(user->caller_id))
		conf_fail(section, "caller-id", 0,
			  "\"%.60s\" is wrong; allowed: + and up to 15 digits (E.164)", user->caller_id);
	check_number(section, "number", user->number);
	if (user->extension && !phone_number_is_short(user->extension))
		conf_fail(section, "extension", 0,
			  "\"%.60s\" is wrong; allowed: 2 to 6 digits, or * or # in front", user->extension);
	conf_get_number(section, "max-contacts", 1, 100, &user->max_contacts);
	return 0;
}

static int read_failover(struct conf_route *route, const struct conf_section *section)
{
	size_t count = conf_value_count(section, "failover-on");

	if (count == 0)
		return 0;
	route->failover_on = calloc(count, sizeof(*route->failover_on));
	if (!route->failover_on)
		return ENOMEM;
	for (size_t i = 0; i < count; i++) {
		unsigned code = 503;

		conf_get_number_at(section, "failover-on", i, 400, 699, &code);
		route->failover_on[route->failover_count++] = (int)code;
	}
	return 0;
}

bool conf_route_fails_over(const struct conf_route *route, int code)
{
	static const int usual[] = { 408, 500, 502, 503, 504 };
	const int *codes = route && route->failover_on ? route->failover_on : usual;
	size_t count = codes == usual ? sizeof(usual) / sizeof(usual[0]) : route->failover_count;

	for (size_t i = 0; i < count; i++)
		if (codes[i] == code)
			return true;
	return false;
}

static int read_route(struct conf_route *route, const struct conf_section *section)
{
	char reason[128];
	regex_t *regex;
	int err;

	route->pattern = strdup(conf_section_title(section));
	regex = calloc(1, sizeof(*regex));
	if (!route->pattern || !regex) {
		free(regex);
		return ENOMEM;
	}
	if (strlen(route->pattern) > 256) {
		conf_fail(section, NULL, 0, "the pattern is too long; allowed: 256 characters");
		free(regex);
		return 0;
	}
	err = regcomp(regex, route->pattern, REG_EXTENDED | REG_NOSUB);
	if (err != 0) {
		regerror(err, regex, reason, sizeof(reason));
		conf_fail(section, NULL, 0,
			  "\"%.100s\" is no pattern: %s; allowed: a POSIX extended regular expression",
			  route->pattern, reason);
		free(regex);
		return 0;
	}
	route->regex = regex;
	return read_failover(route, section);
}

/* Finds out which of the actions a number has; it must be one. */
static void read_action(struct conf_number *number, const struct conf_section *section)
{
	bool echo = false, record = false;
	int actions = 0;

	conf_get_bool(section, "echo", &echo);
	conf_get_bool(section, "record", &record);
	if (number->voice_url) {
		number->action = CONF_NUMBER_VOICE_URL;
		actions++;
	}
	if (conf_value_count(section, "dial") > 0) {
		number->action = CONF_NUMBER_DIAL;
		actions++;
	}
	if (number->conference) {
		number->action = CONF_NUMBER_CONFERENCE;
		actions++;
	}
	if (echo || record) {
		number->action = record ? CONF_NUMBER_RECORD : CONF_NUMBER_ECHO;
		actions++;
	}
	if (actions != 1)
		conf_fail(
		    section, NULL, 0,
		    "number \"%.60s\" has %s; allowed: one of voice-url, dial, conference, echo, record",
		    number->number, actions ? "more than one action" : "nothing to do");
}

static void check_callback_events(const struct conf_section *section, const struct conf_strings *events)
{
	for (size_t i = 0; i < events->count; i++)
		if (!told_event_of_call(events->items[i]))
			conf_fail(section, "status-callback-events", i, "\"%.40s\" is no event; allowed: %s",
				  events->items[i], TOLD_EVENTS_OF_CALLS);
}

static bool read_voice_method(struct conf_number *number, const struct conf_section *section)
{
	char *method = NULL;
	bool ok = conf_get_optional_text(section, "voice-method", &method);

	if (method && strcmp(method, "GET") && strcmp(method, "POST"))
		conf_fail(section, "voice-method", 0, "\"%.40s\" is wrong; allowed: POST, GET", method);
	number->voice_get = method && !strcmp(method, "GET");
	number->voice_method_said = method != NULL;
	free(method);
	return ok;
}

static int read_number(struct conf_number *number, const struct conf_section *section)
{
	unsigned fallback = 503;

	number->number = strdup(conf_section_title(section));
	if (!number->number || !conf_get_optional_text(section, "voice-url", &number->voice_url) ||
	    !conf_get_optional_text(section, "status-callback", &number->status_callback) ||
	    !conf_get_texts(section, "status-callback-events", &number->callback_events) ||
	    !conf_get_optional_text(section, "fallback-url", &number->fallback_url) ||
	    !read_dialect(&number->dialect, section) || !read_voice_method(number, section) ||
	    !conf_get_optional_text(section, "conference", &number->conference))
		return ENOMEM;
	check_number(section, NULL, number->number);
	check_url(section, "voice-url", number->voice_url);
	check_url(section, "fallback-url", number->fallback_url);
	check_url(section, "status-callback", number->status_callback);
	check_callback_events(section, &number->callback_events);
	if (number->conference && !conf_is_name(number->conference))
		conf_fail(section, "conference", 0,
			  "\"%.100s\" is no name; allowed: 1 to 64 letters, digits and - . _ ~ +",
			  number->conference);
	conf_get_number(section, "fallback-code", 400, 699, &fallback);
	number->fallback_code = (int)fallback;
	read_action(number, section);
	return 0;
}

/* Allocates a table with one item a section, or `least`. */
static void *table_alloc(struct conf_reading *reading, const char *name, size_t size, size_t least,
			 size_t *count)
{
	size_t n = conf_section_count(reading, name);
	void *table;

	n = n < least ? least : n;
	table = calloc(n ? n : 1, size);
	*count = table ? n : 0;
	return table;
}

/* Users are those of the user sections, and after them one for each trunk that registers here. */
static int read_users(struct conf *conf, struct conf_reading *reading)
{
	size_t phones = conf_section_count(reading, "user"), here = 0;
	int err = 0;

	for (size_t i = 0; i < conf->trunk_count; i++)
		here += conf->trunks[i].registers_here;
	conf->users = calloc(phones + here ? phones + here : 1, sizeof(*conf->users));
	if (!conf->users)
		return ENOMEM;
	for (size_t i = 0; err == 0 && i < phones; i++) {
		struct conf_section s = conf_section_get(reading, "user", i);

		conf->user_count++;
		err = read_user(&conf->users[i], &s);
	}
	for (size_t i = 0; err == 0 && i < conf->trunk_count; i++)
		if (conf->trunks[i].registers_here)
			err = conf_trunk_user(&conf->users[conf->user_count++], &conf->trunks[i]);
	return err;
}

int conf_entries_read(struct conf *conf, struct conf_reading *reading)
{
	bool no_account = conf_section_count(reading, "account") == 0;
	struct conf_section s;
	int err = 0;

	conf->decks = table_alloc(reading, "deck", sizeof(*conf->decks), 0, &conf->deck_count);
	conf->accounts = table_alloc(reading, "account", sizeof(*conf->accounts), 1, &conf->account_count);
	conf->trunks = table_alloc(reading, "trunk", sizeof(*conf->trunks), 0, &conf->trunk_count);
	conf->routes = table_alloc(reading, "route", sizeof(*conf->routes), 0, &conf->route_count);
	conf->numbers = table_alloc(reading, "number", sizeof(*conf->numbers), 0, &conf->number_count);
	if (!conf->decks || !conf->accounts || !conf->trunks || !conf->routes || !conf->numbers)
		return ENOMEM;
	for (size_t i = 0; err == 0 && i < conf->deck_count; i++) {
		s = conf_section_get(reading, "deck", i);
		err = conf_deck_read(&conf->decks[i], &s);
	}
	for (size_t i = 0; err == 0 && i < conf->account_count; i++) {
		s = conf_section_get(reading, "account", i);
		err = no_account ? default_account(&conf->accounts[i]) : read_account(&conf->accounts[i], &s);
	}
	for (size_t i = 0; err == 0 && i < conf->trunk_count; i++) {
		s = conf_section_get(reading, "trunk", i);
		err = conf_trunk_read(&conf->trunks[i], &s);
	}
	if (err == 0)
		err = read_users(conf, reading);
	for (size_t i = 0; err == 0 && i < conf->route_count; i++) {
		s = conf_section_get(reading, "route", i);
		err = read_route(&conf->routes[i], &s);
	}
	for (size_t i = 0; err == 0 && i < conf->number_count; i++) {
		s = conf_section_get(reading, "number", i);
		err = read_number(&conf->numbers[i], &s);
	}
	return err;
}

static void free_account(struct conf_account *account)
{
	free(account->name);
	free(account->sid);
	free(account->dialect);
	free(account->country);
	free(account->auth_token);
	conf_strings_clear(&account->api_keys);
	conf_strings_clear(&account->api_keys_read_only);
	conf_strings_clear(&account->deny);
	conf_strings_clear(&account->numbers);
	free(account->vonage_application);
	free(account->vonage_public_key_file);
	free(account->vonage_signature_secret);
	free(account->vcita_webhook);
}

static void free_user(struct conf_user *user)
{
	free(user->name);
	free(user->password);
	free(user->number);
	free(user->extension);
	free(user->staff_uid);
	free(user->caller_id);
	conf_strings_clear(&user->may_call);
	conf_strings_clear(&user->codecs);
}

static void free_route(struct conf_route *route)
{
	free(route->pattern);
	if (route->regex)
		regfree(route->regex);
	free(route->regex);
	free(route->to);
	free(route->weights);
	free(route->failover_on);
}

static void free_number(struct conf_number *number)
{
	free(number->number);
	free(number->voice_url);
	free(number->fallback_url);
	free(number->dialect);
	free(number->status_callback);
	conf_strings_clear(&number->callback_events);
	free(number->dial);
	free(number->conference);
}

void conf_entries_free(struct conf *conf)
{
	for (size_t i = 0; i < conf->deck_count; i++)
		conf_deck_clear(&conf->decks[i]);
	for (size_t i = 0; i < conf->account_count; i++)
		free_account(&conf->accounts[i]);
	for (size_t i = 0; i < conf->user_count; i++)
		free_user(&conf->users[i]);
	for (size_t i = 0; i < conf->trunk_count; i++)
		conf_trunk_clear(&conf->trunks[i]);
	for (size_t i = 0; i < conf->route_count; i++)
		free_route(&conf->routes[i]);
	for (size_t i = 0; i < conf->number_count; i++)
		free_number(&conf->numbers[i]);
	free(conf->decks);
	free(conf->accounts);
	free(conf->users);
	free(conf->trunks);
	free(conf->routes);
	free(conf->numbers);
}
