/* Tests of the sections speech, amd, trace, control and switch of a conf, and of a secret that switches
 * share. */
#include "tests/unit/conf_support.h"

#include <criterion/criterion.h>

Test(conf_sections, servers_that_listen)
{
	struct conf_errors errors = { 0 };
	struct conf *conf;

	cr_assert_eq(
	    conf_parse(
		&conf, "t.conf",
		"speech \"a\" { url = \"ws://127.0.0.1:2700\" }\n"
		"speech \"b\" { url = \"wss://h/x\"  key = \"k\"  rate = 8000  languages = {\"de\"} }\n",
		&errors),
	    0);
	cr_expect_str_eq(conf->speeches[0].url, "ws://127.0.0.1:2700");
	cr_expect_null(conf->speeches[0].key);
	cr_expect_eq(conf->speeches[0].rate, 16000u);
	cr_expect_eq(conf->speeches[0].languages.count, 0u);
	cr_expect_str_eq(conf->speeches[1].key, "k");
	cr_expect_eq(conf->speeches[1].rate, 8000u);
	conf_free(conf);
	EXPECT_ERRORS("speech \"a\" { url = \"http://h\" }",
		      "t.conf:1: speech/url: \"http://h\" is wrong; allowed: ws://… or wss://…");
	EXPECT_ERRORS("speech \"a\" { url = \"ws://h\"  rate = 44100 }",
		      "t.conf:1: speech/rate: \"44100\" is wrong; allowed: 8000, 16000, 24000");
	EXPECT_ERRORS(
	    "speech \"a\" { url = \"ws://h\"  command = {\"say\"} }",
	    "t.conf:1: speech: speech \"a\" has a url, to listen, beside what speaks; allowed: a section "
	    "for each");
	EXPECT_ERRORS("speech \"a\" { command = {\"say\"}  voices = {\"x\"}  key = \"k\" }",
		      "t.conf:1: speech/key: it is of a url, which speech \"a\" has not");
}

Test(conf_sections, programs_that_speak)
{
	struct conf_errors errors = { 0 };
	struct conf *conf;

	cr_assert_eq(
	    conf_parse(
		&conf, "t.conf",
		"speech \"a\" { command = {\"say\", \"-l\", \"{language}\"}  languages = {\"de\", \"de-AT\"} "
		"timeout = 3  at-once = 5  ssml = yes }\n"
		"speech \"b\" { command = {\"say\"}  voices = {\"Otto\"} }\n",
		&errors),
	    0);
	cr_expect_eq(conf->speech_count, 2u);
	cr_expect_str_eq(conf->speeches[0].command.items[2], "{language}");
	cr_expect_eq(conf->speeches[0].languages.count, 2u);
	cr_expect(conf->speeches[0].ssml);
	cr_expect_eq(conf->speeches[0].timeout_ms, 3000u);
	cr_expect_eq(conf->speeches[0].at_once, 5u);
	cr_expect_eq(conf->speeches[1].timeout_ms, 10000u);
	cr_expect_eq(conf->speeches[1].at_once, 2u);
	conf_free(conf);
	EXPECT_ERRORS("speech \"a\" { languages = {\"de\"} }",
		      "t.conf:1: speech: speech \"a\" has no command; allowed: command = "
		      "{\"/usr/bin/program\", \"argument\"}, or a url of a server that listens");
	EXPECT_ERRORS("speech \"a\" { command = {\"say\"} }",
		      "t.conf:1: speech: speech \"a\" would never be chosen; allowed: languages = {\"de\"}, "
		      "voices = {\"name\"}");
	EXPECT_ERRORS("speech \"a\" {\n command = {\"say\", \"{txt}\"}\n languages = {\"de\"} }",
		      "t.conf:2: speech/command: \"{txt}\" is wrong; allowed in braces: {text}, {file}, "
		      "{language}, {voice}");
	EXPECT_ERRORS("speech \"a\" { command = {\"say\"}  languages = {\"de/../x\"} }",
		      "t.conf:1: speech/languages: \"de/../x\" is wrong; allowed: a language's tag (BCP 47), "
		      "as \"de\" or \"de-AT\"");
	EXPECT_ERRORS("speech \"a\" { command = {\"say\"}  voices = {\"x\"} }\nspeech \"a\" { command = "
		      "{\"say\"}  voices = {\"x\"} }",
		      "t.conf:2: speech: speech \"a\" is there twice");
	EXPECT_ERRORS("speech \"a\" { command = {\"{text}\"}  voices = {\"x\"} }",
		      "t.conf:1: speech/command: \"{text}\" is no program");
	EXPECT_ERRORS("speech \"a\" { command = {\"say\"}  voices = {\"x\"}  at-once = 0 }",
		      "t.conf:1: speech/at-once: \"0\" is wrong; allowed: a whole number from 1 to 64");
}

Test(conf_sections, amd)
{
	struct conf *conf = load_conf("state-dir = \"/tmp\"\n");

	cr_expect_eq(conf->amd.timeout_ms, 0);
	cr_expect_eq(conf->amd.speech_ms, 0);
	conf_free(conf);
	conf = load_conf("amd { timeout = 2m speech = 1500ms speech-end = 500ms silence = 3 }\n");
	cr_expect_eq(conf->amd.timeout_ms, 120000);
	cr_expect_eq(conf->amd.speech_ms, 1500);
	cr_expect_eq(conf->amd.speech_end_ms, 500);
	cr_expect_eq(conf->amd.silence_ms, 3000);
	conf_free(conf);
	EXPECT_ERRORS("amd { timeout = 3m }\n", "t.conf:1: amd/timeout: \"3m\" is wrong");
	EXPECT_ERRORS("amd { speech = 10ms }\n", "t.conf:1: amd/speech: \"10ms\" is wrong");
	EXPECT_ERRORS("amd { silences = 3 }\n", "t.conf:1: ");
}

Test(conf_sections, trace)
{
	struct conf *conf = load_conf("state-dir = \"/tmp\"\n");

	cr_expect_eq(conf->trace.keep_s, 7 * 86400);
	cr_expect_eq(conf->trace.size, (size_t)2 << 30);
	conf_free(conf);
	conf = load_conf("trace { keep = 2d size = 512MiB }\n");
	cr_expect_eq(conf->trace.keep_s, 2 * 86400);
	cr_expect_eq(conf->trace.size, (size_t)512 << 20);
	conf_free(conf);
	EXPECT_ERRORS("trace { keep = 4000d }\n", "t.conf:1: trace/keep: \"4000d\" is wrong");
	EXPECT_ERRORS("trace { size = 1K }\n", "t.conf:1: trace/size: \"1K\" is wrong");
	EXPECT_ERRORS("trace { size = 1TiB }\n", "t.conf:1: trace/size: \"1TiB\" is wrong");
	EXPECT_ERRORS("trace { keeps = 1d }\n", "t.conf:1: ");
	conf = load_conf("trace { hep = \"udp:[::1]:9060\" hep-id = 7 }\n");
	cr_expect_str_eq(conf->trace.hep_host, "::1");
	cr_expect_eq(conf->trace.hep_port, 9060);
	cr_expect_eq(conf->trace.hep_id, 7);
	conf_free(conf);
	EXPECT_ERRORS("trace { hep = \"tcp:h:9060\" }\n", "t.conf:1: trace/hep: \"tcp:h:9060\" is wrong");
	EXPECT_ERRORS("trace { hep = \"udp:h\" }\n", "t.conf:1: trace/hep: \"udp:h\" is wrong");
	EXPECT_ERRORS("trace { hep = \"udp:a b:1\" }\n", "t.conf:1: trace/hep: \"udp:a b:1\" is wrong");
}

Test(conf_sections, a_secret_of_several_switches_is_long)
{
	struct conf *conf = load_conf("sip { nonce-secret = \"0123456789abcdef0123456789abcdef\" }\n");

	cr_expect_str_eq(conf->sip.nonce_secret, "0123456789abcdef0123456789abcdef");
	conf_free(conf);
	expect_one_conf_error("sip {\n nonce-secret = \"0123456789abcdef0123456789abcde\" }\n",
			      "t.conf:2: sip/nonce-secret: it has 31 characters; allowed: 32 and more");
}

Test(conf_sections, switches_and_their_certificates)
{
	struct conf_errors errors = { 0 };
	struct conf *conf = NULL;

	cr_assert_eq(
	    conf_parse(&conf, "t.conf",
		       "switch \"a\" { control = \"tls:[2001:db8::1]:5999\" certificate-file = \"c\""
		       " key-file = \"k\" ca-file = \"a\" wait = 90s }\n"
		       "switch \"b\" { control = \"unix:/run/b/control.sock\" }\n"
		       "control { listen = {\"tls:10.0.0.1:5999\"} certificate-file = \"c\" key-file = "
		       "\"k\" ca-file = \"a\" }",
		       &errors),
	    0);
	cr_assert_eq(conf->switch_count, 2);
	cr_expect_str_eq(conf->switches[0].host, "2001:db8::1");
	cr_expect_eq(conf->switches[0].port, 5999);
	cr_expect_eq(conf->switches[0].wait_ms, 90000);
	cr_expect_eq(conf->switches[0].silence_ms, 3000);
	cr_expect_str_eq(conf->switches[1].path, "/run/b/control.sock");
	cr_expect_eq(conf->control.listen_count, 1);
	conf_free(conf);
	conf_errors_free(&errors);
	EXPECT_ERRORS("switch \"a\" { }", "t.conf:1: switch: switch \"a\" has no control; allowed: ");
	EXPECT_ERRORS(
	    "switch \"a\" { control = \"tls:pbx.example:1\" certificate-file = \"c\" key-file = \"k\" "
	    "ca-file = \"a\" }",
	    "t.conf:1: switch/control: \"tls:pbx.example:1\" is wrong; allowed: tls:ADDRESS:PORT");
	EXPECT_ERRORS(
	    "switch \"a\" { control = \"tls:10.0.0.1:5999\" certificate-file = \"c\" key-file = \"k\" }",
	    "t.conf:1: switch: control = \"tls:…\" needs ca-file");
	EXPECT_ERRORS("switch \"a\" { control = \"unix:/a\" }\nswitch \"a\" { control = \"unix:/b\" }",
		      "t.conf:2: switch: switch \"a\" is there twice");
	EXPECT_ERRORS("control { listen = {\"tcp:10.0.0.1:5999\"} certificate-file = \"c\" key-file = \"k\" "
		      "ca-file = \"a\" }",
		      "t.conf:1: control/listen: \"tcp:10.0.0.1:5999\" is wrong; allowed: tls:ADDRESS:PORT");
	EXPECT_ERRORS("control { ca-file = \"a\" }",
		      "t.conf:1: control/ca-file: it is of control { listen }, which is not there");
}
