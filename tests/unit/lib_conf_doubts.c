/* What contradicts itself in a conf that is well formed is a warning with its line. */
#include "lib/conf.h"
#include "lib/conf_files.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USER "user \"a\" { password = \"0123456789abcdef\" "

/* Reads `text`, which is good, and expects these beginnings of warnings. */
static void expect(const char *text, const char *const expected[])
{
	struct conf_errors errors;
	struct conf *conf = NULL;
	size_t i = 0;

	cr_assert_eq(conf_parse(&conf, "t.conf", text, &errors), 0, "%s: %s", text,
		     errors.count ? errors.lines[0] : "");
	for (; expected[i] && i < conf->warnings.count; i++)
		cr_expect_eq(strncmp(conf->warnings.lines[i], expected[i], strlen(expected[i])), 0,
			     "%s\nis not\n%s", conf->warnings.lines[i], expected[i]);
	cr_expect_null(expected[i], "%s\nmissing: %s", text, expected[i]);
	cr_expect_eq(i, conf->warnings.count, "%s\nmore: %s", text,
		     i < conf->warnings.count ? conf->warnings.lines[i] : "");
	conf_free(conf);
	conf_errors_free(&errors);
}
#define EXPECT(text, ...) expect(text, (const char *const[]){ __VA_ARGS__, NULL })

Test(conf_doubts, users_without_a_password)
{
	EXPECT("user \"a\" { }\nuser \"b\" { password = \"0123456789abcdef\" number = \"101\" }", NULL);
	EXPECT("user \"a\" {\n number = \"101\" }\nuser \"b\" {\n extension = \"102\" }",
	       "t.conf:2: user/number: calls to it ring nobody",
	       "t.conf:4: user/extension: calls to it ring nobody");
	EXPECT(
	    "user \"a\" { }\nuser \"b\" { password = \"0123456789abcdef\" }\n"
	    "number \"100\" { dial = {\"user:b\",\n \"user:a\",\n \"user:b\"} }",
	    "t.conf:4: number/dial: this rings nobody: without a password no phone registers as user \"a\"",
	    "t.conf:5: number/dial: \"user:b\" is there twice");
}

Test(conf_doubts, what_is_never_asked)
{
	EXPECT("api { deny-addresses = \"internal\" }\nnumber \"100\" { voice-url = "
	       "\"http://10.1.2.3:9000/\" }\n"
	       "number \"101\" { voice-url = \"https://192.0.2.1/\" }\nnumber \"102\" { voice-url = "
	       "\"http://[::1]/\"\n"
	       " status-callback = \"http://127.0.0.1/\" }\nnumber \"103\" { voice-url = "
	       "\"http://a.example/\" }",
	       "t.conf:2: number/voice-url: it is never asked: api { deny-addresses }",
	       "t.conf:3: number/voice-url: it is never asked",
	       "t.conf:4: number/voice-url: it is never asked",
	       "t.conf:5: number/status-callback: it is never asked");
	EXPECT("number \"100\" { voice-url = \"http://127.0.0.1:9000/\" }", NULL);
	EXPECT("number \"100\" { echo = true\n status-callback-events = \"completed\"\n fallback-url = "
	       "\"http://a.example/\" }",
	       "t.conf:2: number/status-callback-events: nobody is told",
	       "t.conf:3: number/fallback-url: it is never asked: voice-url is not set");
}

#define TRUNK "trunk \"t\" { address = \"192.0.2.1\" }\n"
#define ROUTES(one, two) \
	TRUNK "route \"" one "\" { to = \"trunk:t\" }\nroute \"" two "\" { to = \"trunk:t\" }"
#define NEVER(one) "t.conf:3: route: nothing ever goes this way: route \"" one "\" (t.conf:2) comes first"

Test(conf_doubts, routes_that_are_never_reached)
{
	EXPECT(ROUTES("^\\\\+", "^\\\\+1"), NEVER("^\\+"));
	EXPECT(ROUTES("^\\\\+1", "^\\\\+1"), NEVER("^\\+1"));
	EXPECT(ROUTES(".*", "^\\\\+1"), NEVER(".*"));
	EXPECT(ROUTES("^\\\\+1", "^\\\\+12[0-9]+$"), NEVER("^\\+1"));
	/* these take something that the first one leaves */
	EXPECT(ROUTES("^\\\\+1", "^\\\\+"), NULL);
	EXPECT(ROUTES("^\\\\+1", "^\\\\+49"), NULL);
	EXPECT(ROUTES("^\\\\+1", "^\\\\+1?2"), NULL);
	EXPECT(ROUTES("^\\\\+1", "^\\\\+1|^112$"), NULL);
	EXPECT(ROUTES("^\\\\+1$", "^\\\\+12"), NULL);
	EXPECT(ROUTES("^\\\\+(1|44)", "^\\\\+44"), NULL);
	EXPECT(ROUTES("1", "^\\\\+44"), NULL);
}

Test(conf_doubts, trunks)
{
	/* with another number it is meant: a loop to test with */
	EXPECT("sip { listen = \"udp:127.0.0.1:5070\" }\ntrunk \"t\" { address = \"127.0.0.1:5070\" "
	       "strip-out = 4 }",
	       NULL);
	EXPECT("sip { listen = \"udp:127.0.0.1:5070\" }\ntrunk \"t\" {\n address = \"127.0.0.1:5070\" }\n"
	       "trunk \"u\" { address = \"127.0.0.1:5071\"\n proxy = \"127.0.0.1:5070\" }",
	       "t.conf:3: trunk/address: this is where we listen ourselves",
	       "t.conf:5: trunk/proxy: this is where we listen ourselves");
	EXPECT(
	    "account \"a\" { }\naccount \"b\" { }\ntrunk \"t\" { address = \"192.0.2.1\" }\n"
	    "trunk \"u\" { address = \"192.0.2.1\" }\ntrunk \"v\" { account = \"b\"\n address = "
	    "\"192.0.2.1\" }",
	    "t.conf:6: trunk/address: its calls are those of trunk \"t\", which has the same address, and of "
	    "account \"a\"");
	EXPECT("trunk \"t\" { address = \"192.0.2.1\" srtp = \"required\" }",
	       "t.conf:1: trunk/srtp: its keys go in the clear");
}

Test(conf_doubts, limits_that_allow_nothing)
{
	EXPECT("sip { deny = \"+190\" }\naccount \"x\" { deny = \"+49\" }\n" USER
	       "may-call = {\"+1\",\n \"+1900\",\n "
	       "\"+4930\"} }",
	       "t.conf:4: user/may-call: \"+1900\" is denied by sip { deny = \"+190\" }",
	       "t.conf:5: user/may-call: \"+4930\" is denied by account { deny = \"+49\" }");
	EXPECT(USER "srtp = \"required\" }", "t.conf:1: user/srtp: its keys go in the clear");
	EXPECT("rtp { ports = \"20000-20199\" }", NULL);
	EXPECT("rtp { ports = \"20000-20199\" }\nsip { max-calls = 100 }", NULL);
	EXPECT("sip { max-calls = 9000 }",
	       "t.conf:1: sip/max-calls: rtp { ports } has room for 8192 far ends");
	EXPECT("rtp { ports = \"5000-32767\" }\nsip { listen = \"udp:127.0.0.1:5060\" }",
	       "t.conf:2: sip/listen: port 5060 is among rtp { ports }");
}

Test(conf_doubts, a_nat_is_in_front_of_sip_and_audio)
{
	EXPECT("sip { advertise = \"203.0.113.5\" }",
	       "t.conf:1: sip/advertise: phones outside are still told to send audio to 127.0.0.1");
	EXPECT("rtp { advertise = \"203.0.113.5\" }",
	       "t.conf:1: rtp/advertise: phones outside are still told to send SIP to where we listen");
	EXPECT("sip { advertise = \"203.0.113.5\" }\nrtp { advertise = \"203.0.113.5\" }", NULL);
	EXPECT("sip { listen = \"udp:192.0.2.1:5060\" }\nrtp { address = \"127.0.0.1\" advertise = "
	       "\"192.0.2.1\" }",
	       NULL);
}

Test(conf_doubts, a_codec_twice)
{
	EXPECT(USER "codecs = {\"PCMU\",\n \"opus\",\n \"pcmu\"} }",
	       "t.conf:3: user/codecs: pcmu is there twice");
	EXPECT("trunk \"t\" { address = \"192.0.2.1\" codecs = {\"G722\",\n \"g722\"} }",
	       "t.conf:2: trunk/codecs: g722 is there twice");
}

/* What only a daemon looks at: the machine that it is on. */
static int load_file(const char *text, struct conf_errors *errors, struct conf **conf)
{
	char name[] = "/tmp/offhook-doubts-XXXXXX";
	int fd = mkstemp(name), err;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	err = conf_load_for(conf, name, CONF_OF_SWITCH, errors);
	unlink(name);
	return err;
}

Test(conf_doubts, addresses_that_are_not_of_this_machine)
{
	struct conf_errors errors;
	struct conf *conf = NULL;

	cr_expect_neq(
	    load_file("state-dir = \"/tmp\" run-dir = \"/tmp\"\nrtp {\n address = \"192.0.2.77\" }\n"
		      "sip { listen = {\"udp:127.0.0.1:5060\",\n \"udp:198.51.100.7:5060\", "
		      "\"tcp:198.51.100.7:5060\"} }",
		      &errors, &conf),
	    0);
	cr_assert_eq(errors.count, 2);
	cr_expect(strstr(errors.lines[0], ":5: sip/listen: 198.51.100.7 is no address of this machine"), "%s",
		  errors.lines[0]);
	cr_expect(strstr(errors.lines[1], ":3: rtp/address: 192.0.2.77 is no address of this machine"), "%s",
		  errors.lines[1]);
	conf_errors_free(&errors);
}

Test(conf_doubts, one_with_nothing_in_it)
{
	struct conf_errors errors;
	struct conf *conf = NULL;

	cr_assert_eq(load_file("state-dir = \"/tmp\" run-dir = \"/tmp\"", &errors, &conf), 0);
	cr_assert_eq(conf->warnings.count, 2);
	cr_expect(strstr(conf->warnings.lines[0], "there is no user and no trunk"));
	cr_expect(strstr(conf->warnings.lines[1], "no account has api-keys"));
	conf_free(conf);
	conf_errors_free(&errors);
}
