/* Tests of the conf loader: what is taken, every default, and every error with its line. */
#include "tests/unit/conf_support.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(conf, an_empty_one_has_every_default)
{
	struct conf *conf = load_conf("");

	cr_expect_str_eq(conf->state_dir, "/var/lib/offhook");
	cr_expect_str_eq(conf->run_dir, "/run/offhook");
	cr_expect_eq(conf->log.level, LOG_LEVEL_INFO);
	cr_assert_eq(conf->sip.listen_count, 2);
	cr_expect_eq(conf->sip.listen[0].transport, CONF_UDP);
	cr_expect_eq(conf->sip.listen[1].transport, CONF_TCP);
	cr_expect_eq(conf->sip.listen[1].port, 5060);
	cr_expect_str_eq(conf->sip.listen[1].host, "127.0.0.1");
	cr_expect_str_eq(conf->sip.domain, "127.0.0.1");
	cr_expect_null(conf->sip.advertise[CONF_IPV4]);
	cr_expect_str_eq(conf->rtp.address[CONF_IPV4], "127.0.0.1");
	cr_expect_null(conf->rtp.address[CONF_IPV6]);
	cr_expect_eq(conf->sip.register_default_s, 3600);
	cr_expect_eq(conf->sip.claim_timeout_ms, 3000);
	cr_expect_eq(conf->rtp.port_min, 16384);
	cr_expect_eq(conf->rtp.port_max, 32767);
	cr_expect_eq(conf->control.max_backlog, 8 << 20);
	cr_expect_str_eq(conf->api.public_url, "http://127.0.0.1:8080");
	cr_assert_eq(conf->account_count, 1);
	cr_expect_str_eq(conf->accounts[0].name, "default");
	cr_expect_eq(strlen(conf->accounts[0].sid), 36);
	cr_expect_eq(conf->user_count + conf->trunk_count + conf->route_count + conf->number_count, 0);
	conf_free(conf);
}

static const char whole[] =
    "state-dir = '/tmp/x/'\n"
    "/* a comment\n over lines */ run-dir = /tmp/y // and one more\n"
    "log { level = debug }\n"
    "sip { listen = {\"udp:[::1]:0\", # any port\n \"tls:192.0.2.1:5061\",}\n tls-certificate-file = "
    "\"cert.pem\"\n domain = example.org\n"
    "  max-calls = 7 claim-timeout = 500ms ring-timeout = 2m }\n"
    "rtp { address = 192.0.2.1 ports = \"20000-20009\" workers = 3 timeout = 0 }\n"
    "control { max-backlog = 1M }\n"
    "api { listen = https://127.0.0.1:8443 tls-certificate-file = x.pem public-url = \"https://x.example/\" "
    "max-body = 64K }\n"
    "account \"one\" { sid = b3877c40-da60-4998-90ad-b792e98472af api-keys += {\"12345678\"} }\n"
    "account \"two\" { auth-token = \"t\" }\n"
    "user \"bob\" { password = \"p\\\"q\" number = \"+15550001002\" account = two max-contacts = 2 }\n"
    "user \"alice\" { number = \"+15550001001\" staff-uid = \"s\" }\n"
    "trunk \"t\" { address = \"[::1]:5070\" codecs = {\"g.722\", PCMA} register = yes username = u }\n"
    "route \"^\\\\+1\" { to = {\"trunk:t\"} }\n"
    "route \"^\\\\+\" { to = \"trunk:t\" }\n"
    "number \"+15550009001\" { dial = {\"user:alice\", \"trunk:t\"} fallback-code = 480 }\n"
    "number \"+15550009000\" { voice-url = \"http://x/y\" }\n"
    "number \"+15550009002\" { conference = c }\n"
    "number \"+15550009003\" { echo = on }\n"
    "number \"+15550009004\" { record = true }\n";

Test(conf, reads_every_kind_of_value)
{
	struct conf *conf = load_conf(whole);

	cr_expect_str_eq(conf->state_dir, "/tmp/x");
	cr_expect_str_eq(conf->run_dir, "/tmp/y");
	cr_expect_eq(conf->log.level, LOG_LEVEL_DEBUG);
	cr_assert_eq(conf->sip.listen_count, 2);
	cr_expect_str_eq(conf->sip.listen[0].host, "::1");
	cr_expect_eq(conf->sip.listen[0].port, 0);
	cr_expect_eq(conf->sip.listen[1].transport, CONF_TLS);
	cr_expect_eq(conf->sip.claim_timeout_ms, 500);
	cr_expect_eq(conf->sip.ring_timeout_s, 120);
	cr_expect_eq(conf->rtp.port_max, 20009);
	cr_expect_eq(conf->rtp.timeout_s, 0);
	cr_expect_eq(conf->control.max_backlog, 1 << 20);
	cr_expect_eq(conf->api.listen[0].transport, CONF_HTTPS);
	cr_expect_str_eq(conf->api.public_url, "https://x.example");
	cr_expect_eq(conf->api.max_body, 64 << 10);
	conf_free(conf);
}

Test(conf, addresses_of_both_families)
{
	struct conf *conf = load_conf("sip { listen = {\"udp:[2001:db8::1]:5060\", \"udp:192.0.2.1:5060\"} "
				      "advertise = {\"2001:db8::9\", "
				      "\"203.0.113.5\"} } rtp { advertise = {\"203.0.113.6\"} }");
	struct sockaddr_storage a = { 0 };

	cr_expect_str_eq(conf->sip.domain, "[2001:db8::1]");
	cr_expect_str_eq(conf->sip.advertise[CONF_IPV4], "203.0.113.5");
	cr_expect_str_eq(conf->sip.advertise[CONF_IPV6], "[2001:db8::9]");
	cr_expect_str_eq(conf->rtp.address[CONF_IPV4], "192.0.2.1");
	cr_expect_str_eq(conf->rtp.address[CONF_IPV6], "2001:db8::1");
	cr_expect_str_eq(conf->rtp.advertise[CONF_IPV4], "203.0.113.6");
	cr_expect_null(conf->rtp.advertise[CONF_IPV6]);
	cr_expect_not(conf_is_local(conf, &a));
	((struct sockaddr_in *)&a)->sin_family = AF_INET;
	((struct sockaddr_in *)&a)->sin_addr.s_addr = htonl(0x0a010203);
	cr_expect(conf_is_local(conf, &a), "10.1.2.3");
	((struct sockaddr_in *)&a)->sin_addr.s_addr = htonl(0x08080808);
	cr_expect_not(conf_is_local(conf, &a), "8.8.8.8");
	conf_free(conf);
	conf = load_conf("sip { advertise = pbx.example.org local-networks = none }");
	cr_expect_str_eq(conf->sip.advertise[CONF_IPV4], "pbx.example.org");
	cr_expect_str_eq(conf->sip.advertise[CONF_IPV6], "pbx.example.org");
	cr_expect_not(conf_is_local(conf, &a));
	conf_free(conf);
	EXPECT_ERRORS("sip { advertise = {\"192.0.2.1\", \"192.0.2.2\"} }",
		      "t.conf:1: sip/advertise: \"192.0.2.2\" is one too many");
	EXPECT_ERRORS("sip { local-networks = {\"192.0.2.0/33\"} }", "t.conf:1: sip/local-networks: ");
	EXPECT_ERRORS("rtp { address = {\"192.0.2.1\", \"pbx\"} }",
		      "t.conf:1: rtp/address: \"pbx\" is wrong");
	EXPECT_ERRORS("sip { listen = \"udp:0.0.0.0:5060\" }",
		      "t.conf: rtp/address: phones cannot send to 0.0.0.0");
}

Test(conf, joins_and_finds)
{
	struct conf *conf = load_conf(whole);
	const struct conf_number *number = conf_number_find(conf, "+15550009001");

	cr_expect_str_eq(conf_user_by_name(conf, "bob")->password, "p\"q");
	cr_expect_str_eq(conf_user_by_name(conf, "bob")->account->name, "two");
	cr_expect_str_eq(conf_user_by_number(conf, "+15550001001")->name, "alice");
	cr_expect_str_eq(conf_user_by_name(conf, "alice")->account->name, "one");
	cr_expect_null(conf_user_by_name(conf, "Alice"));
	cr_expect_null(conf_user_by_name(conf, NULL));
	cr_assert_not_null(number);
	cr_expect_eq(number->action, CONF_NUMBER_DIAL);
	cr_assert_eq(number->dial_count, 2);
	cr_expect_eq(number->dial[0].kind, CONF_TO_USER);
	cr_expect_eq(number->dial[0].index, 1);
	cr_expect_eq(number->dial[1].kind, CONF_TO_TRUNK);
	cr_expect_eq(number->fallback_code, 480);
	cr_expect_eq(conf_number_find(conf, "+15550009000")->action, CONF_NUMBER_VOICE_URL);
	cr_expect_eq(conf_number_find(conf, "+15550009000")->fallback_code, 503);
	cr_expect_eq(conf_number_find(conf, "+15550009002")->action, CONF_NUMBER_CONFERENCE);
	cr_expect_eq(conf_number_find(conf, "+15550009003")->action, CONF_NUMBER_ECHO);
	cr_expect_eq(conf_number_find(conf, "+15550009004")->action, CONF_NUMBER_RECORD);
	cr_expect_str_eq(conf_trunk_by_name(conf, "t")->codecs.items[0], "G722");
	cr_expect(conf_trunk_by_name(conf, "t")->registers);
	cr_expect_str_eq(conf_account_by_name(conf, "two")->auth_token, "t");
	cr_expect_eq(conf_route_find(conf, "+15550001001"), &conf->routes[0]);
	cr_expect_eq(conf_route_find(conf, "+4915550001001"), &conf->routes[1]);
	cr_expect_null(conf_route_find(conf, "5550001001"));
	conf_free(conf);
}

Test(conf, syntax_errors_have_their_line_and_all_are_found)
{
	EXPECT_ERRORS("# one\n// two\n/* three\n*/ colour = red\nlog { levle = info }\nx \"y\" { a { b = {1, "
		      "2} } }\nz(1)\n",
		      "t.conf:4: unknown name colour; allowed: state-dir, run-dir, resume, log, sip,",
		      "t.conf:5: unknown name levle; did you mean \"level\"?; allowed: level",
		      "t.conf:6: unknown name x;", "t.conf:7: unknown name z;");
	expect_one_conf_error("log {\n level = \"info\n}\nsip { domain = \"a\" }\ncolour = red\n",
			      "t.conf:2: the string that begins here has no end on its line");
	expect_one_conf_error(
	    "user \"a\" {\n password = \"p\"\nuser \"b\" {\n password = \"q\"\n}\nlog { colour = red }\n",
	    "t.conf:1: section user has no end; allowed: } before user { on line 3");
	/* names of sections that are names of options here, too */
	expect_one_conf_error("user \"a\" {\n password = \"p\"\naccount \"b\" {\n}\ncolour = red\n",
			      "t.conf:1: section user has no end; allowed: } before account { on line 3");
	expect_one_conf_error("user \"a\" {\nnumber \"100\" {\n echo = true }\n",
			      "t.conf:1: section user has no end; allowed: } before number { on line 2");
	expect_one_conf_error("user \"a\" {\n number \"100\"\n}\n",
			      "t.conf:2: unexpected \"100\"; allowed: = after a name");
	expect_one_conf_error("sip {\nrtp { workers = 1 }\n", "t.conf:1: section sip has no end");
	expect_one_conf_error("sip {\n", "t.conf:1: section sip has no end; allowed: }");
	EXPECT_ERRORS("user \"a\" { passwrod = x }",
		      "t.conf:1: unknown name passwrod; did you mean \"password\"?; allowed: ");
	EXPECT_ERRORS(
	    "user \"alice\" { }\nnumber \"+1555\" { dial = {\"user:alcie\"} }",
	    "t.conf:2: number/dial: there is no user \"alcie\"; did you mean \"alice\"?; allowed: the title");
	EXPECT_ERRORS("/* never\n ends", "t.conf:1: the comment");
	EXPECT_ERRORS("log { level info }", "t.conf:1: unexpected info; allowed: = after a name",
		      "t.conf:1: unknown name info");
	EXPECT_ERRORS("log { level = }", "t.conf:1: level has no value");
	EXPECT_ERRORS("log { level = {info} }\nsip { domain += x }", "t.conf:1: level takes one value",
		      "t.conf:2: unexpected +=");
	EXPECT_ERRORS("sip { listen = {\"udp:1.2.3.4:5\" \"x\"}\n }",
		      "t.conf:1: unexpected \"x\"; allowed: a comma");
	EXPECT_ERRORS("log { level = info\nlevel = warn }",
		      "t.conf:2: level is set twice; the first is on line 1");
	EXPECT_ERRORS("log { }\nlog { }", "t.conf:2: section log is there twice");
	EXPECT_ERRORS("log \"x\" { }\nuser { }", "t.conf:1: unexpected \"x\"", "t.conf:2: unexpected {");
	EXPECT_ERRORS("}\n\"log\" = 1", "t.conf:1: unexpected }", "t.conf:2: unexpected \"log\"");
}

Test(conf, what_cannot_work_together)
{
	EXPECT_ERRORS("sip { listen = \"udp:127.0.0.1:5060\" }\ntrunk \"t\" {\n address = \"192.0.2.1\"\n "
		      "transport = \"tls\" }",
		      "t.conf:4: trunk/transport: nothing in sip { listen } is tls");
	EXPECT_ERRORS("sip { listen = \"udp:127.0.0.1:5060\" }\ntrunk \"t\" { address = \"192.0.2.1\" "
		      "transport = \"tcp\" }",
		      "t.conf:2: trunk/transport: nothing in sip { listen } is tcp");
}

#define TLS                                                                                              \
	"sip { listen = {\"udp:127.0.0.1:5060\", \"tls:127.0.0.1:5061\"} tls-certificate-file = \"/c\" " \
	"tls-key-file = "                                                                                \
	"\"/k\" }\n"

Test(conf, what_is_hardly_meant_is_a_warning)
{
	EXPECT_WARNINGS("user \"a\" { password = \"0123456789abcdef\" }\naccount \"x\" { api-keys = "
			"\"0123456789abcdef\" }",
			NULL);
	EXPECT_WARNINGS(
	    "account \"x\" {\n api-keys = {\"CHANGE-ME-0123456789\",\n \"12345678\"}\n auth-token = \"t\" }\n"
	    "user \"alice\" { password = \"1234\" }\nuser \"longname\" { password = \"longname\" }\n"
	    "user \"d\" { password = \"123456789\" }",
	    "t.conf:2: account/api-keys: this secret is the one of the sample",
	    "t.conf:3: account/api-keys: this secret is so short",
	    "t.conf:4: account/auth-token: this secret is so short",
	    "t.conf:5: user/password: this secret is so short",
	    "t.conf:6: user/password: this secret is the name",
	    "t.conf:7: user/password: this secret is digits alone");
	EXPECT_WARNINGS(TLS "trunk \"t\" { address = \"192.0.2.1\" transport = \"tls\" }",
			"t.conf:2: trunk/address: whose certificate it shows is not looked at");
	EXPECT_WARNINGS(TLS "trunk \"t\" { address = \"192.0.2.1\" transport = \"tls\" tls-verify = false }",
			NULL);
	EXPECT_WARNINGS(TLS "trunk \"t\" { address = \"sip.example.com\" transport = \"tls\" }", NULL);
	EXPECT_WARNINGS("sip { listen = \"udp:192.0.2.1:5060\" }\nrtp { address = \"127.0.0.1\" }",
			"t.conf:2: rtp/address: phones that call 192.0.2.1 cannot send audio to 127.0.0.1");
	EXPECT_WARNINGS("sip { listen = {\"udp:127.0.0.1:5060\",\n \"udp:192.0.2.1:5060\"} }",
			"t.conf:2: sip/listen: phones that call 192.0.2.1 cannot send audio to 127.0.0.1; "
			"set rtp { address }");
	EXPECT_WARNINGS("sip { listen = \"udp:192.0.2.1:5060\" }\nrtp { address = \"127.0.0.1\" advertise = "
			"\"192.0.2.1\" }",
			NULL);
	EXPECT_WARNINGS("user \"a\" { password = \"0123456789abcdef\" extension = \"110\" }\nnumber \"112\" "
			"{ echo = true }",
			"t.conf:1: user/extension: 110 is an emergency number",
			"t.conf:2: number: 112 is an emergency number");
}

Test(conf, ports_as_others_write_them)
{
	struct conf_errors errors;
	struct conf *conf = NULL;

	EXPECT_WARNINGS("rtp { ports = \"10000-20000\" }",
			"t.conf:1: rtp/ports: 10000-20000: the last port is 19999");
	cr_assert_eq(conf_parse(&conf, "t.conf", "rtp { ports = \"10000-20000\" }", &errors), 0);
	cr_expect_eq(conf->rtp.port_max, 19999);
	conf_free(conf);
	conf_errors_free(&errors);
	EXPECT_ERRORS("rtp { ports = \"10001-20000\" }", "t.conf:1: rtp/ports: \"10001-20000\" is wrong");
	EXPECT_ERRORS("rtp { ports = \"10000-10000\" }", "t.conf:1: rtp/ports: \"10000-10000\" is wrong");
}

Test(conf, wrong_values_have_their_line_and_say_what_is_allowed)
{
	EXPECT_ERRORS("state-dir = var\nrun-dir = \"\"\n",
		      "t.conf:1: state-dir: \"var\" is wrong; allowed: an absolute path",
		      "t.conf:2: run-dir: is empty");
	EXPECT_ERRORS("log { level = loud }",
		      "t.conf:1: log/level: \"loud\" is wrong; allowed: debug, info, warn, error");
	EXPECT_ERRORS(
	    "sip {\n listen = {\"upd:127.0.0.1:5060\",\n\n \"udp:localhost:1\",\n \"udp:1.2.3.4:66000\"} }",
	    "t.conf:2: sip/listen: \"upd:127.0.0.1:5060\" has no such transport; allowed: udp, tcp, tls",
	    "t.conf:4: sip/listen: \"udp:localhost:1\" is no address",
	    "t.conf:5: sip/listen: \"udp:1.2.3.4:66000\" is no");
	EXPECT_ERRORS(
	    "sip { listen = {\"udp:1.2.3.4:5\", \"udp:1.2.3.4:5\"} max-calls = 0 register-min = 1x }",
	    "t.conf:1: sip/listen: \"udp:1.2.3.4:5\" is there twice",
	    "t.conf:1: sip/max-calls: \"0\" is wrong; allowed: a whole number",
	    "t.conf:1: sip/register-min: \"1x\"");
	EXPECT_ERRORS("rtp { address = 0.0.0.0 ports = \"20001-20010\" }",
		      "t.conf:1: rtp/address: phones cannot send to 0.0.0.0",
		      "t.conf:1: rtp/ports: \"20001-20010\" is wrong");
	EXPECT_ERRORS("rtp { ports = \"20000-19999\" workers = -1 }",
		      "t.conf:1: rtp/ports:", "t.conf:1: rtp/workers:");
	EXPECT_ERRORS("api { listen = \"http://x:1\" public-url = \"ftp://x\" }",
		      "t.conf:1: api/listen:", "t.conf:1: api/public-url:");
	EXPECT_ERRORS(
	    "account \"a\" { sid = 7 api-keys = {short} vonage-public-key-file = \"/nonexistent\" }",
	    "t.conf:1: account/sid:",
	    "t.conf:1: account/vonage-public-key-file: \"/nonexistent\": No such file",
	    "t.conf:1: account/api-keys:");
	EXPECT_ERRORS("user \"a b\" { number = 5555511 max-contacts = x }",
		      "t.conf:1: user: \"a b\" is no name",
		      "t.conf:1: user/number:", "t.conf:1: user/max-contacts:");
	EXPECT_ERRORS("user \"u\" { srtp = maybe }",
		      "t.conf:1: user/srtp: \"maybe\" is wrong; allowed: off, accepted, offered, required");
	EXPECT_ERRORS("trunk \"t\" { codecs = {PCMX} }\ntrunk \"u\" { address = \"a:0\" register = true }",
		      "t.conf:1: trunk/codecs: \"PCMX\" is no codec; allowed: PCMU",
		      "t.conf:1: trunk: trunk \"t\" has no address",
		      "t.conf:2: trunk/address:", "t.conf:2: trunk/register: needs a username");
	EXPECT_ERRORS("number \"+1555\" { }\nnumber 1 { echo = true conference = c }",
		      "t.conf:1: number: number \"+1555\" has nothing to do; allowed: one of voice-url, dial",
		      "t.conf:2: number: \"1\" is wrong; allowed: + and up to 15 digits",
		      "t.conf:2: number: number \"1\" has more than one action");
}

Test(conf, what_does_not_fit_together_is_found)
{
	EXPECT_ERRORS(
	    "user \"a\" { number = \"+1555\" account = x }\nuser \"a\" { }\nuser \"b\" {\n number = "
	    "\"+1555\" }\n"
	    "number \"+1555\" { dial = {\"user:c\",\n \"phone:x\", \"trunk:t\"} }\nnumber \"+1555\" { echo = "
	    "true }",
	    "t.conf:1: user/account: there is no account \"x\"", "t.conf:2: user: user \"a\" is there twice",
	    "t.conf:4: user/number: +1555 is the number of user \"a\" already",
	    "t.conf:5: number: +1555 is the number of user \"a\"",
	    "t.conf:5: number/dial: there is no user \"c\"", "t.conf:6: number/dial: \"phone:x\" is wrong",
	    "t.conf:6: number/dial: there is no trunk \"t\"",
	    "t.conf:7: number: number \"+1555\" is there twice",
	    "t.conf:7: number: +1555 is the number of user");
	EXPECT_ERRORS("route \"^(\" { to = {\"trunk:t\"} }\nroute \"x\" { }\nuser \"a\" { }\nroute y { to = "
		      "{\"user:a\"} }",
		      "t.conf:1: route: \"^(\" is no pattern", "t.conf:1: route/to: there is no trunk",
		      "t.conf:2: route: route \"x\" leads nowhere",
		      "t.conf:4: route/to: a route leads to trunks");
	EXPECT_ERRORS("account \"a\" { api-keys = {\"12345678\"} }\naccount \"b\" { api-keys = "
		      "{\"12345678\"} }\naccount \"a\" { }",
		      "t.conf:2: account/api-keys: account \"a\" has the same key",
		      "t.conf:3: account: account \"a\" is there twice",
		      "t.conf:3: account/sid: account \"a\" has the same sid");
	EXPECT_ERRORS("sip { register-min = 100 register-max = 50 }",
		      "t.conf:1: sip/register-min: 100 s is more than register-max");
}

Test(conf, a_flood_of_errors_is_bounded)
{
	char *text = calloc(20000, 1);
	struct conf_errors errors;
	struct conf *conf = NULL;

	for (int i = 0; i < 5000; i++)
		strcpy(text + 3 * (size_t)i, "x \n");
	cr_expect_eq(conf_parse(&conf, "t", text, &errors), EINVAL);
	cr_expect_eq(errors.count, 101);
	conf_errors_free(&errors);
	free(text);
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

Test(conf, includes_files_beside_it)
{
	static const char *const names[] = { "main.conf", "users.conf", "bad.conf", "loop.conf" };
	char folder[] = "/tmp/offhook-test-XXXXXX", path[96], expected[128];
	struct conf_errors errors;
	struct conf *conf = NULL;

	cr_assert_not_null(mkdtemp(folder));
	write_file(folder, "main.conf", "log { level = warn }\ninclude(\"users.conf\")\nuser \"b\" { }\n");
	write_file(folder, "users.conf", "# here\nuser \"a\" { }");
	snprintf(path, sizeof(path), "%s/main.conf", folder);
	cr_expect_eq(conf_load(&conf, path, &errors), 0);
	conf_errors_print(&errors, stderr);
	conf_errors_free(&errors);
	cr_assert_not_null(conf);
	cr_expect_str_eq(conf->file, path);
	cr_expect_eq(conf->user_count, 2);
	conf_free(conf);

	conf = NULL;
	write_file(folder, "main.conf",
		   "\ninclude(\"bad.conf\")\nuser \"b\" { account = y }\ninclude(\"gone.conf\")");
	write_file(folder, "bad.conf", "\n\nuser \"a\" {\n account = x }");
	cr_expect_eq(conf_load(&conf, path, &errors), EINVAL);
	cr_assert_eq(errors.count, 3);
	snprintf(expected, sizeof(expected), "%s/main.conf:4: include(\"%s/gone.conf\"): No such file",
		 folder, folder);
	cr_expect_eq(strncmp(errors.lines[0], expected, strlen(expected)), 0, "%s", errors.lines[0]);
	snprintf(expected, sizeof(expected), "%s/bad.conf:4: user/account", folder);
	cr_expect_eq(strncmp(errors.lines[1], expected, strlen(expected)), 0, "%s", errors.lines[1]);
	snprintf(expected, sizeof(expected), "%s/main.conf:3: user/account", folder);
	cr_expect_eq(strncmp(errors.lines[2], expected, strlen(expected)), 0, "%s", errors.lines[2]);
	conf_errors_free(&errors);

	write_file(folder, "loop.conf", "include(\"loop.conf\")");
	snprintf(path, sizeof(path), "%s/loop.conf", folder);
	cr_expect_eq(conf_load(&conf, path, &errors), EINVAL);
	cr_expect_eq(errors.count, 1);
	conf_errors_free(&errors);
	cr_expect_eq(conf_load(&conf, folder, &errors), EISDIR);
	conf_errors_free(&errors);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	cr_expect_eq(conf_load(&conf, path, &errors), ENOENT);
	cr_expect_eq(errors.count, 1);
	conf_errors_free(&errors);
	cr_expect_null(conf);
	rmdir(folder);
}

Test(conf, loads_twenty_thousand_users)
{
	char *text = malloc(2000000), *at = text;
	struct conf *conf;

	for (int i = 0; i < 20000; i++)
		at += sprintf(at, "user \"u%d\" { password = \"p%d\" number = \"+1555%07d\" }\n", i, i, i);
	conf = load_conf(text);
	cr_expect_eq(conf->user_count, 20000);
	cr_expect_str_eq(conf_user_by_number(conf, "+15550019999")->name, "u19999");
	conf_free(conf);
	free(text);
}
