/* Tests of the sections api and recordings of a conf: certificates of listeners, what is denied, and the
 * fingerprint of the whole. */
#include "lib/conf.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static struct conf *load(const char *text)
{
	struct conf_errors errors;
	struct conf *conf = NULL;
	int err = conf_parse(&conf, "t.conf", text, &errors);

	conf_errors_print(&errors, stderr);
	cr_assert_eq(err, 0);
	conf_errors_free(&errors);
	return conf;
}

/* Expects one error that begins so. */
static void expect_error(const char *text, const char *expected)
{
	struct conf_errors errors;
	struct conf *conf = NULL;

	cr_expect_eq(conf_parse(&conf, "t.conf", text, &errors), EINVAL, "%s", text);
	cr_assert_eq(errors.count, 1, "%s: %zu errors", text, errors.count);
	cr_expect_eq(strncmp(errors.lines[0], expected, strlen(expected)), 0, "%s\nis not\n%s",
		     errors.lines[0], expected);
	conf_errors_free(&errors);
}

Test(conf_api, each_https_listener_has_its_files)
{
	struct conf *conf =
	    load("api { listen = {\"https://1.2.3.4:1\", \"http://1.2.3.4:2\", \"https://1.2.3.4:3\"}\n"
		 "tls-certificate-file = {a, b} tls-key-file = {k, l} request-timeout = 5 }");

	cr_expect_str_eq(conf->api.certificates[0].certificate_file, "a");
	cr_expect_str_eq(conf->api.certificates[0].key_file, "k");
	cr_expect_null(conf->api.certificates[1].certificate_file);
	cr_expect_str_eq(conf->api.certificates[2].certificate_file, "b");
	cr_expect_str_eq(conf->api.certificates[2].key_file, "l");
	cr_expect_eq(conf->api.request_timeout_s, 5);
	cr_expect_str_eq(conf->api.public_url, "https://1.2.3.4:1");
	conf_free(conf);
	conf = load(
	    "api { listen = {\"https://1.2.3.4:1\", \"https://1.2.3.4:3\"} tls-certificate-file = both }");
	cr_expect_str_eq(conf->api.certificates[1].certificate_file, "both");
	cr_expect_str_eq(conf->api.certificates[1].key_file, "both");
	conf_free(conf);
}

Test(conf_api, files_that_do_not_fit_the_listeners_are_errors)
{
	expect_error("api { listen = \"https://1.2.3.4:1\" }",
		     "t.conf:1: api/listen: https: needs tls-certificate-file");
	expect_error("api { listen = {\"https://1.2.3.4:1\"}\n tls-certificate-file = {a, b} }",
		     "t.conf:2: api/tls-certificate-file: has 2 files; allowed: one, or one for each https "
		     "listener (1)");
	expect_error("api { deny-addresses = {\"10.0.0.0/8\",\n \"example.org\"} }",
		     "t.conf:2: api/deny-addresses: \"example.org\" is wrong; allowed: ADDRESS, "
		     "ADDRESS/BITS, metadata, internal, none");
}

static bool is_denied(const struct conf *conf, const char *text)
{
	struct sockaddr_storage address = { .ss_family = strchr(text, ':') ? AF_INET6 : AF_INET };
	void *to = address.ss_family == AF_INET ? (void *)&((struct sockaddr_in *)&address)->sin_addr
						: (void *)&((struct sockaddr_in6 *)&address)->sin6_addr;
	bool found = false;

	cr_assert_eq(inet_pton(address.ss_family, text, to), 1);
	for (size_t i = 0; i < conf->api.deny_addresses.count; i++)
		found |= conf_network_holds(conf->api.deny_addresses.items[i], &address);
	return found;
}

Test(conf_api, metadata_is_denied_by_default)
{
	struct conf *conf = load("");

	cr_expect(is_denied(conf, "169.254.169.254"));
	cr_expect(is_denied(conf, "fe80::1"));
	cr_expect(is_denied(conf, "fd00:ec2::254"));
	cr_expect_not(is_denied(conf, "127.0.0.1"));
	cr_expect_not(is_denied(conf, "10.0.0.1"));
	conf_free(conf);
	conf = load("api { deny-addresses = {metadata, \"127.0.0.0/8\"} }");
	cr_expect(is_denied(conf, "169.254.169.254"));
	cr_expect(is_denied(conf, "fd20:ce::254"));
	cr_expect(is_denied(conf, "127.0.0.1"));
	cr_expect_not(is_denied(conf, "10.0.0.1"));
	conf_free(conf);
	conf = load("api { deny-addresses = none }");
	cr_expect_not(is_denied(conf, "169.254.169.254"));
	conf_free(conf);
}

Test(conf_api, internal_is_all_that_is_not_the_internet)
{
	static const char *const denied[] = {
		"0.1.2.3",
		"10.1.2.3",
		"100.64.0.1",
		"127.0.0.1",
		"169.254.169.254",
		"172.31.255.255",
		"192.0.0.192",
		"192.168.1.1",
		"198.19.0.1",
		"224.0.0.1",
		"255.255.255.255",
		"168.63.129.16",
		"100.100.100.200",
		"fd00:ec2::254",
		"::1",
		"::",
		"fe80::1",
		"fec0::1",
		"fd20:ce::254",
		"fd00:c1::a9fe:a9fe",
		"ff02::1",
	};
	static const char *const allowed[] = { "1.1.1.1",	  "100.63.255.255", "100.128.0.0",
					       "172.32.0.0",	  "192.0.1.1",	    "223.255.255.255",
					       "2606:4700::1111", "2a00::1" };
	struct conf *conf = load("api { deny-addresses = internal }");

	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		cr_expect(is_denied(conf, denied[i]), "%s", denied[i]);
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		cr_expect_not(is_denied(conf, allowed[i]), "%s", allowed[i]);
	conf_free(conf);
}

Test(conf_api, the_fingerprint_tells_confs_apart)
{
	struct conf *a = load("log { level = info }"), *b = load("log { level = info }"),
		    *c = load("log { level = warn }");

	cr_expect_eq(a->fingerprint, b->fingerprint);
	cr_expect_neq(a->fingerprint, c->fingerprint);
	conf_mix(b, "x", 1);
	cr_expect_neq(a->fingerprint, b->fingerprint);
	conf_free(a);
	conf_free(b);
	conf_free(c);
}

Test(conf_api, a_number_says_how_its_script_is_asked)
{
	struct conf *conf =
	    load("account \"a\" { dialect = \"telefonie\" }\n"
		 "number \"+15550009000\" { voice-url = \"http://h/v\" voice-method = \"GET\" "
		 "fallback-url = \"http://h/f\" dialect = \"telefonie\" }\n"
		 "number \"+15550009001\" { voice-url = \"http://h/v\" }");
	const struct conf_number *number = conf_number_find(conf, "+15550009000");

	cr_expect(number->voice_get);
	cr_expect_str_eq(number->fallback_url, "http://h/f");
	cr_expect_str_eq(number->dialect, "telefonie");
	number = conf_number_find(conf, "+15550009001");
	cr_expect_not(number->voice_get);
	cr_expect_null(number->fallback_url);
	cr_expect_null(number->dialect);
	cr_expect_str_eq(number->account->dialect, "telefonie");
	conf_free(conf);
}

Test(conf_api, a_number_says_what_its_callback_is_told)
{
	struct conf *conf = load("number \"+15550009000\" { echo = true status-callback = \"http://h/s\" "
				 "status-callback-events = {\"completed\", \"call.record_done\"} }");
	const struct conf_strings *events = &conf_number_find(conf, "+15550009000")->callback_events;

	cr_assert_eq(events->count, 2);
	cr_expect_str_eq(events->items[1], "call.record_done");
	conf_free(conf);
	expect_error(
	    "number \"+15550009000\" { echo = true status-callback-events = {\"call.recorded\"} }",
	    "t.conf:1: number/status-callback-events: \"call.recorded\" is no event; allowed: queued");
}

Test(conf_api, dialects_and_methods_that_are_none_are_errors)
{
	expect_error("account \"a\" { dialect = \"bell\" }",
		     "t.conf:1: account/dialect: \"bell\" is no dialect; allowed: telefonie, twilio, "
		     "signalwire, vonage");
	expect_error(
	    "number \"+15550009000\" { echo = true dialect = \"x\" }",
	    "t.conf:1: number/dialect: \"x\" is no dialect; allowed: telefonie, twilio, signalwire, vonage");
	expect_error("number \"+15550009000\" { voice-url = \"http://h/\" voice-method = \"PUT\" }",
		     "t.conf:1: number/voice-method: \"PUT\" is wrong; allowed: POST, GET");
	expect_error("number \"+15550009000\" { voice-url = \"http://h/\" fallback-url = \"ftp://h/\" }",
		     "t.conf:1: number/fallback-url: \"ftp://h/\" is wrong");
}

#define S3(more)                                                                                             \
	"recordings { s3 { endpoint = \"https://s3.example.com:9000\" region = \"eu-1\" key = \"k\" secret " \
	"= \"s\" " more " } }"

Test(conf_recordings, have_defaults)
{
	struct conf *conf = load("");

	cr_expect_eq(conf->recordings.format, CONF_WAV);
	cr_expect_null(conf->recordings.key_file);
	cr_expect_null(conf->recordings.s3.endpoint);
	conf_free(conf);
	conf = load("recordings { format = ogg key-file = \"/k\" s3 { endpoint = "
		    "\"https://s3.example.com:9000\" region = \"eu-1\" key = \"k\" secret = \"s\" "
		    "prefix = \"a/b-\" } }");
	cr_expect_eq(conf->recordings.format, CONF_OGG);
	cr_expect_str_eq(conf->recordings.key_file, "/k");
	cr_expect_str_eq(conf->recordings.s3.endpoint, "https://s3.example.com:9000");
	cr_expect_str_eq(conf->recordings.s3.prefix, "a/b-");
	cr_expect_null(conf->recordings.s3.bucket);
	cr_expect_not(conf->recordings.s3.keep_local);
	conf_free(conf);
	conf = load(S3("bucket = \"calls.of-us\" keep-local = yes"));
	cr_expect_str_eq(conf->recordings.s3.bucket, "calls.of-us");
	cr_expect(conf->recordings.s3.keep_local);
	conf_free(conf);
}

Test(conf_recordings, refuse_what_makes_no_sense)
{
	expect_error("recordings { format = flac }",
		     "t.conf:1: recordings/format: unknown format; allowed: ");
	expect_error("recordings { s3 { } }",
		     "t.conf:1: recordings/s3: needs endpoint, region, key and secret");
	expect_error(
	    "recordings {\ns3 { endpoint = \"s3.example.com\" region = \"r\" key = \"k\" secret = \"s\" } }",
	    "t.conf:2: recordings/s3/endpoint: no endpoint; allowed: ");
	expect_error(
	    "recordings { s3 { endpoint = \"https://x/bucket\" region = \"r\" key = \"k\" secret = \"s\" } }",
	    "t.conf:1: recordings/s3/endpoint: no endpoint; allowed: ");
	expect_error(S3("bucket = \"a/b\""),
		     "t.conf:1: recordings/s3/bucket: no name of a bucket; allowed: ");
	expect_error(S3("prefix = \"/a\""),
		     "t.conf:1: recordings/s3/prefix: no beginning of names; allowed: ");
	expect_error(S3("prefix = \"a/../b\""),
		     "t.conf:1: recordings/s3/prefix: no beginning of names; allowed: ");
	expect_error(S3("endpoit = x"), "t.conf:1: unknown name endpoit; did you mean \"endpoint\"?");
}
