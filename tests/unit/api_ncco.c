/* Tests of ncco: actions to steps, and what is said of them. */
#include "daemon/api/script/ncco/ncco.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct script *compile(const char *text, struct problems *problems)
{
	struct script *script = NULL;
	char error[300];
	int err = ncco_compile(&script, text, strlen(text), problems);

	problems_say(problems, error, sizeof error);
	cr_assert_eq(err, 0, "%.200s: %s", text, error);
	return script;
}

static struct script *parse(const char *text)
{
	struct problems problems = { 0 };
	struct script *script = compile(text, &problems);

	cr_expect_eq(problems.count, 0, "%s: %s", text, problems.count ? problems.list->message : "");
	problems_clear(&problems);
	return script;
}

static void warns(const char *text, size_t steps, const char *part)
{
	struct problems problems = { 0 };
	struct script *script = compile(text, &problems);
	char said[600];

	problems_say(&problems, said, sizeof said);
	cr_expect_not_null(strstr(said, part), "%s: \"%s\" has no \"%s\"", text, said, part);
	cr_expect_eq(script->count, steps, "%s: %zu steps", text, script->count);
	problems_clear(&problems);
	script_free(script);
}

static void refuse(const char *text, const char *part)
{
	struct problems problems = { 0 };
	struct script *script = NULL;
	char said[300];

	cr_expect_eq(ncco_compile(&script, text, strlen(text), &problems), EINVAL, "%s", text);
	cr_expect_null(script);
	problems_say(&problems, said, sizeof said);
	cr_expect_not_null(strstr(said, part), "%s: \"%s\" has no \"%s\"", text, said, part);
	problems_clear(&problems);
}

static const struct step_machine *machine_of(const char *members, struct script **out)
{
	char text[400];

	snprintf(text, sizeof text,
		 "[{\"action\":\"connect\",\"endpoint\":[{\"type\":\"app\",\"user\":\"bob\"}]%s}]", members);
	*out = parse(text);
	return (*out)->steps[0].dial->targets->machine;
}

Test(ncco, machines_of_connect)
{
	static const struct {
		const char *members;
		bool hangs_up, message_end;
		unsigned timeout_s;
	} cases[] = {
		{ ",\"machineDetection\":\"continue\"", false, false, 45 },
		{ ",\"machineDetection\":\"hangup\"", true, false, 45 },
		{ ",\"advancedMachineDetection\":{}", false, true, 45 },
		{ ",\"advancedMachineDetection\":{\"mode\":\"default\",\"beep_timeout\":120}", false, true,
		  120 },
		{ ",\"advancedMachineDetection\":{\"mode\":\"detect\"}", false, false, 45 },
		{ ",\"advancedMachineDetection\":{\"behavior\":\"hangup\",\"mode\":\"detect_beep\","
		  "\"beepTimeout\":"
		  "50},\"machineDetection\":\"continue\"",
		  true, true, 50 },
	};
	struct script *s;

	cr_expect_null(machine_of("", &s));
	script_free(s);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct step_machine *m = machine_of(cases[i].members, &s);

		cr_assert_not_null(m, "%s", cases[i].members);
		cr_expect(m->hangs_up == cases[i].hangs_up && m->message_end == cases[i].message_end &&
			      m->timeout_s == cases[i].timeout_s,
			  "%s: %d %d %u", cases[i].members, m->hangs_up, m->message_end, m->timeout_s);
		script_free(s);
	}
	warns("[{\"action\":\"connect\",\"machineDetection\":\"shout\",\"endpoint\":[{\"type\":\"app\","
	      "\"user\":"
	      "\"bob\"}]}]",
	      1, "neither continue nor hangup");
	warns("[{\"action\":\"connect\",\"advancedMachineDetection\":{\"mode\":\"ask\",\"beep_timeout\":3},"
	      "\"endpoint\":[{\"type\":\"app\",\"user\":\"bob\"}]}]",
	      1, "mode");
}

Test(ncco, sounds)
{
	struct script *s =
	    parse("[{\"action\":\"talk\",\"text\":\"hi\",\"loop\":2,\"bargeIn\":true,\"level\":\"0.5\","
		  "\"language\":\"en-GB\",\"style\":\"2\",\"premium\":true},\n"
		  " {\"action\":\"stream\",\"streamUrl\":[\"http://h/a.mp3\"],\"level\":-0.5,\"loop\":0},"
		  "{\"action\":\"wait\",\"timeout\":0.5},{\"action\":\"wait\"},"
		  "{\"action\":\"talk\",\"text\":\"<speak>a<break time='1s'/></speak>\"}]");
	const struct step *p = s->steps;

	cr_assert_eq(s->count, 5);
	cr_expect(p[0].kind == STEP_SAY && p[0].loop == 2 && p[0].barge_in && fabs(p[0].level - 0.5) < 1e-9 &&
		  !strcmp(p[0].language, "en-GB") && p[0].line == 1 && p[0].column == 2);
	cr_expect(p[1].kind == STEP_PLAY && p[1].loop == 0 && !p[1].barge_in &&
		  !strcmp(p[1].text, "http://h/a.mp3") && p[1].line == 2 && p[1].column == 2);
	cr_expect(p[2].kind == STEP_PAUSE && p[2].ms == 500 && p[3].ms == 10000);
	cr_expect(p[4].markup && !p[0].markup);
	script_free(s);
}

Test(ncco, recordings)
{
	struct script *s =
	    parse("[{\"action\":\"record\",\"format\":\"ogg\",\"split\":\"conversation\",\"channels\":2,"
		  "\"endOnKey\":\"#\",\"endOnSilence\":3,\"timeOut\":60,\"beepStart\":true,"
		  "\"eventUrl\":[\"http://h/rec\"],\"eventMethod\":\"GET\"},{\"action\":\"record\"}]");
	const struct step *p = s->steps;

	cr_assert_eq(s->count, 2);
	cr_expect(p[0].kind == STEP_RECORD && p[0].timeout_s == 3 && p[0].max_length_s == 60 && p[0].beep &&
		  !strcmp(p[0].finish_on, "#") && p[0].recording->dual);
	cr_expect(!strcmp(p[0].recording->status.url, "http://h/rec") && p[0].recording->status.get);
	cr_expect_str_eq(p[0].recording->format, "ogg");
	cr_expect(p[1].kind == STEP_START_RECORDING && !p[1].recording->dual && !p[1].recording->format);
	script_free(s);
}

Test(ncco, conversations)
{
	struct script *s =
	    parse("[{\"action\":\"conversation\",\"name\":\"room\",\"musicOnHoldUrl\":[\"http://h/m\"],"
		  "\"startOnEnter\":false,\"endOnExit\":true,\"record\":true,\"canSpeak\":[\"u1\"],"
		  "\"canHear\":[],\"mute\":true},{\"action\":\"transfer\",\"conversation_id\":\"CON-1\"}]");
	const struct step *p = s->steps;

	cr_assert_eq(s->count, 2);
	cr_expect(p[0].kind == STEP_CONFERENCE && !p[0].starts && p[0].ends && p[0].record && p[0].muted &&
		  !strcmp(p[0].music, "http://h/m"));
	cr_expect(p[0].room->speaks_to.given && p[0].room->speaks_to.count == 1 &&
		  !strcmp(p[0].room->speaks_to.list[0], "u1") && p[0].room->hears.given &&
		  p[0].room->hears.count == 0);
	cr_expect(p[1].kind == STEP_TRANSFER && !strcmp(p[1].text, "CON-1") && !p[1].room->hears.given);
	script_free(s);
}

Test(ncco, places)
{
	struct script *s =
	    parse("[{\"action\":\"connect\",\"endpoint\":[{\"type\":\"phone\",\"number\":\"447700900000\","
		  "\"dtmfAnswer\":\"2p02p\","
		  "\"onAnswer\":{\"url\":\"http://h/w\",\"ringbackTone\":\"http://h/"
		  "rb\"}}],\"from\":\"447700900001\","
		  "\"eventType\":\"synchronous\",\"timeout\":45,\"limit\":300,\"eventUrl\":[\"http://h/e\"]},"
		  "{\"action\":\"connect\",\"randomFromNumber\":true,\"endpoint\":[{\"type\":\"sip\",\"uri\":"
		  "\"sip:a@h\","
		  "\"headers\":{\"k\":\"v\"},\"standardHeaders\":{\"User-to-User\":\"u\"}}]},"
		  "{\"action\":\"connect\",\"endpoint\":[{\"type\":\"app\",\"user\":\"bob\"}]},"
		  "{\"action\":\"connect\",\"endpoint\":[{\"type\":\"vbc\",\"extension\":\"12\"}]}]");
	const struct step *p = s->steps;

	cr_assert_eq(s->count, 4);
	cr_expect(p[0].kind == STEP_DIAL && p[0].timeout_s == 45 && p[0].dial->time_limit_s == 300 &&
		  p[0].dial->replaceable && !strcmp(p[0].caller_id, "447700900001"));
	cr_expect(p[0].dial->targets->kind == STEP_TO_NUMBER &&
		  !strcmp(p[0].dial->targets->send_digits, "2w02w") && p[0].dial->targets->screen.get &&
		  !strcmp(p[0].dial->targets->ring_back, "http://h/rb"));
	cr_expect(!strcmp(p[0].dial->targets->status.url, "http://h/e") &&
		  p[0].dial->targets->status.events ==
		      (STEP_ON_INITIATED | STEP_ON_RINGING | STEP_ON_ANSWERED | STEP_ON_COMPLETED));
	cr_expect(p[1].dial->any_caller_id && p[1].dial->targets->kind == STEP_TO_SIP &&
		  p[1].dial->targets->pair_count == 2);
	cr_expect_str_eq(p[1].dial->targets->pairs[0].name, "X-k");
	cr_expect_str_eq(p[1].dial->targets->pairs[1].name, "User-to-User");
	cr_expect(p[2].dial->targets->kind == STEP_TO_USER && !strcmp(p[2].dial->targets->to, "bob"));
	cr_expect(p[3].dial->targets->kind == STEP_TO_NUMBER && !strcmp(p[3].dial->targets->to, "12"));
	script_free(s);
}

Test(ncco, input_and_notify)
{
	struct script *s =
	    parse("[{\"action\":\"input\",\"type\":[\"dtmf\"],\"dtmf\":{\"timeOut\":5,\"maxDigits\":6,"
		  "\"submitOnHash\":true},"
		  "\"eventUrl\":[\"http://h/"
		  "in\"]},{\"action\":\"input\",\"type\":[\"dtmf\"],\"mode\":\"asynchronous\"},"
		  "{\"action\":\"notify\",\"payload\":{\"foo\":[1,\"b\"]},\"eventUrl\":[\"http://h/n\"]}]");
	const struct step *p = s->steps;

	cr_assert_eq(s->count, 3);
	cr_expect(p[0].kind == STEP_GATHER && p[0].timeout_s == 5 && p[0].max_digits == 6 &&
		  !strcmp(p[0].finish_on, "#") && !strcmp(p[0].action, "http://h/in") && p[0].post);
	cr_expect(p[1].in_background && !p[1].action && p[1].max_digits == 4 && p[1].timeout_s == 3 &&
		  !*p[1].finish_on);
	cr_expect(p[2].kind == STEP_NOTIFY);
	cr_expect_str_eq(p[2].text, "{\"foo\":[1,\"b\"]}");
	script_free(s);
}

Test(ncco, input_as_it_was_before_there_was_speech)
{
	struct script *s =
	    parse("[{\"action\":\"input\",\"maxDigits\":1,\"timeOut\":10,\"submitOnHash\":true}]");

	cr_assert_eq(s->count, 1);
	cr_expect(s->steps->timeout_s == 10 && s->steps->max_digits == 1 &&
		  !strcmp(s->steps->finish_on, "#"));
	script_free(s);
}

/* What a key ends before an input is the prompt of that: the key is its first digit. */
Test(ncco, sounds_that_a_key_ends_are_prompts)
{
	struct script *s = parse("[{\"action\":\"talk\",\"text\":\"a\"},"
				 "{\"action\":\"talk\",\"text\":\"b\",\"bargeIn\":true},"
				 "{\"action\":\"stream\",\"streamUrl\":[\"c\"],\"bargeIn\":true,\"loop\":2},"
				 "{\"action\":\"input\",\"type\":[\"dtmf\"]},"
				 "{\"action\":\"talk\",\"text\":\"d\",\"bargeIn\":true},"
				 "{\"action\":\"input\",\"type\":[\"dtmf\"],\"mode\":\"asynchronous\"}]");
	const struct step *p = s->steps;

	cr_assert_eq(s->count, 4);
	cr_expect(p[0].kind == STEP_SAY && !p[0].barge_in);
	cr_assert(p[1].kind == STEP_GATHER && p[1].barge_in && p[1].nested_count == 2);
	cr_expect(p[1].nested[0].kind == STEP_SAY && !strcmp(p[1].nested[0].text, "b"));
	cr_expect(p[1].nested[1].kind == STEP_PLAY && p[1].nested[1].loop == 2);
	cr_expect(p[2].kind == STEP_SAY && p[2].barge_in);
	cr_expect(p[3].in_background && !p[3].nested_count);
	script_free(s);
}

Test(ncco, names_what_it_passes_over_and_where)
{
	warns("[{\"action\":\"stream\",\"streamUrl\":[\"tone:ring\"]}]", 0, "There is no tone");
	warns("[{\"action\":\"dance\"},{\"action\":\"wait\"}]", 1,
	      "Line 1, column 3, <dance>: The action is not known");
	warns("[{}]", 0, "It has no action");
	warns("[\n {\"action\":\"talk\",\n  \"text\":\"a\", \"colour\":1}]", 1,
	      "Line 3, column 15, <talk>: colour is not known, and passed over; possible: action, text");
	warns("[{\"action\":\"talk\",\"text\":\"a\",\"bargein\":true}]", 1, "it is written bargeIn");
	warns("[{\"action\":\"talk\"}]", 0, "It has no text");
	warns("[{\"action\":\"talk\",\"text\":\"a\",\"loop\":-1}]", 1, "loop is not a number from 0 to 1000");
	warns("[{\"action\":\"talk\",\"text\":\"a\",\"loop\":\"x\"}]", 1, "loop is not a number");
	warns("[{\"action\":\"talk\",\"text\":\"a\",\"language\":\"xx\"}]", 1, "cannot be spoken");
	warns("[{\"action\":\"stream\",\"streamUrl\":[\"a\",\"b\"]}]", 1, "Only the first of streamUrl");
	warns("[{\"action\":\"record\",\"transcription\":{}}]", 1, "transcription is not built");
	warns("[{\"action\":\"record\",\"format\":\"aac\"}]", 1, "possible: mp3, wav, ogg");
	warns("[{\"action\":\"record\",\"endOnKey\":\"x\"}]", 1, "no key of a phone");
	warns("[{\"action\":\"conversation\"}]", 0, "It has no name");
	warns("[{\"action\":\"connect\"}]", 1, "It has no endpoint");
	warns("[{\"action\":\"connect\",\"endpoint\":[{\"type\":\"phone\",\"number\":\"1\",\"dtmfAnswer\":"
	      "\"1w\"}]}]",
	      1, "dtmfAnswer has at most");
	warns("[{\"action\":\"connect\",\"endpoint\":[{\"type\":\"pigeon\",\"uri\":\"wss://h\"}]}]", 1,
	      "\"pigeon\" is no kind of endpoint that is built");
	warns("[{\"action\":\"input\",\"type\":[\"speech\"],\"mode\":\"asynchronous\"}]", 1,
	      "Speech is not listened to in the background");
	warns("[{\"action\":\"input\",\"type\":[\"speech\"],\"speech\":{\"context\":\"x\"}}]", 1,
	      "context is no array");
	warns("[{\"action\":\"input\",\"type\":[\"speech\"],\"speech\":{\"endOnSilence\":60}}]", 1,
	      "endOnSilence");
	warns("[{\"action\":\"input\",\"type\":\"dtmf\"}]", 1, "type is no array");
	warns("[{\"action\":\"notify\",\"payload\":{}}]", 0, "It has no eventUrl");
}

Test(ncco, refuses_what_is_no_such_document)
{
	refuse("", "The JSON is broken");
	refuse("{\"action\":\"talk\"}", "must be an array");
	refuse("[1]", "no action");
	refuse("[{\"action\":\"talk\"]", "Line 1, column ");
	refuse("[{\"a\":1,\"a\":2}]", "duplicate");
}

Test(ncco, has_limits)
{
	size_t size = NCCO_SIZE_MAX + 100;
	char *text = malloc(size + 1), *at = text;

	cr_assert_not_null(text);
	memset(text, ' ', size);
	text[size] = '\0';
	refuse(text, "larger than");
	at += sprintf(at, "[{\"action\":\"wait\"}");
	for (int i = 0; i < NCCO_ACTIONS_MAX; i++)
		at += sprintf(at, ",{\"action\":\"wait\"}");
	strcpy(at, "]");
	refuse(text, "more than 500");
	memset(text, '[', 5000);
	text[5000] = '\0';
	refuse(text, "broken");
	free(text);
}

/* Those beyond are counted, and each that is kept knows its place. */
Test(ncco, keeps_so_many_problems)
{
	enum { MEMBERS = 20000 };
	char *text = malloc(MEMBERS * 12 + 100), *at = text;
	struct problems problems = { 0 };
	struct script *s;

	cr_assert_not_null(text);
	at += sprintf(at, "[{\"action\":\"talk\",\"text\":\"a\"");
	for (int i = 0; i < MEMBERS; i++)
		at += sprintf(at, ",\n\"x%d\":1", i);
	strcpy(at, "}]");
	s = compile(text, &problems);
	cr_expect_eq(problems.count, PROBLEMS_MAX);
	cr_expect_eq(problems.more, MEMBERS - PROBLEMS_MAX);
	cr_expect_not(problems.failed);
	for (size_t i = 0; i < problems.count; i++) {
		cr_expect_eq(problems.list[i].column, 1);
		cr_expect_str_eq(problems.list[i].element, "talk");
		cr_expect_eq(problems.list[i].line, atoi(problems.list[i].attribute + 1) + 2);
	}
	/* one that is not a warning still says that it does not run */
	cr_expect(problems_full(&problems));
	cr_expect_eq(problems.more, MEMBERS - PROBLEMS_MAX + 1);
	problems_add(&problems, true, &(struct problem_place){ 0 }, "broken");
	cr_expect(problems.failed);
	cr_expect_eq(problems.more, MEMBERS - PROBLEMS_MAX + 2);
	problems_clear(&problems);
	cr_expect_not(problems_full(&problems));
	cr_expect_eq(problems.more, 0);
	script_free(s);
	free(text);
}
