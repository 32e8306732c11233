/* Tests of twiml: documents to steps, and what is said of them. */
#include "daemon/api/script/twiml/twiml.h"
#include "daemon/api/script/twiml/write.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct script *compile(const char *text, size_t size, const char *charset, struct problems *problems)
{
	struct script *script = NULL;
	char error[300];
	int err = twiml_compile(&script, text, size, charset, problems);

	problems_say(problems, error, sizeof error);
	cr_assert_eq(err, 0, "%.200s: %s", text, error);
	return script;
}

/* One that has nothing to be said of. */
static struct script *parse(const char *inner)
{
	struct problems problems = { 0 };
	struct script *script;
	char text[4096];

	snprintf(text, sizeof text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>%s</Response>",
		 inner);
	script = compile(text, strlen(text), NULL, &problems);
	cr_expect_eq(problems.count, 0, "%s: %s", inner, problems.count ? problems.list->message : "");
	problems_clear(&problems);
	return script;
}

/* How often a step of it is left, and that the first warning has `part` in it. */
static void warns(const char *inner, size_t steps, const char *part)
{
	struct problems problems = { 0 };
	struct script *script;
	char text[2048], said[600];

	snprintf(text, sizeof text, "<Response>\n%s</Response>", inner);
	script = compile(text, strlen(text), NULL, &problems);
	problems_say(&problems, said, sizeof said);
	cr_expect_not_null(strstr(said, part), "%s: \"%s\" has no \"%s\"", inner, said, part);
	cr_expect_eq(script->count, steps, "%s: %zu steps", inner, script->count);
	problems_clear(&problems);
	script_free(script);
}

static void refuse(const char *text, size_t size, const char *part)
{
	struct script *script = NULL;
	struct problems problems = { 0 };
	char said[300];

	cr_expect_eq(twiml_compile(&script, text, size, NULL, &problems), EINVAL, "%.100s", text);
	cr_expect_null(script);
	problems_say(&problems, said, sizeof said);
	cr_expect_not_null(strstr(said, part), "%.100s: \"%s\" has no \"%s\"", text, said, part);
	cr_expect(problems.failed);
	problems_clear(&problems);
}

Test(twiml, reads_every_element)
{
	struct script *s =
	    parse("<Say voice=\"man\" language=\"en-US\" loop=\"2\"> Hi &amp; <![CDATA[bye]]> </Say><Play "
		  "loop=\"0\">a.wav</Play>"
		  "<Play digits=\"w1\"/><Pause length=\"3\"/><Pause/><!-- nothing -->"
		  "<Gather numDigits=\"2\" timeout=\"9\" finishOnKey=\"\" action=\"/d\" "
		  "method=\"get\"><Say>x</Say></Gather>"
		  "<Record maxLength=\"5\" finishOnKey=\"1\" playBeep=\"false\"/><Dial timeout=\"8\" "
		  "callerId=\"+1555\">alice</Dial>"
		  "<Dial> <Number>+1556</Number> </Dial><Enqueue>support</Enqueue><Leave/><Echo/>"
		  "<Refer action=\"/r\"><Sip>sip:a@b.example</Sip></Refer><Reject reason=\"busy\"/>");
	const struct step *p = s->steps;

	cr_assert_eq(s->count, 14);
	cr_expect(p[0].kind == STEP_SAY && p[0].loop == 2 && !strcmp(p[0].text, "Hi & bye") &&
		  !strcmp(p[0].voice, "man") && !p[0].markup);
	cr_expect(p[0].line == 2 && p[0].column == 11);
	cr_expect(p[1].kind == STEP_PLAY && p[1].loop == 0 && !strcmp(p[1].text, "a.wav"));
	cr_expect(p[2].kind == STEP_DIGITS && !strcmp(p[2].text, "w1"));
	cr_expect(p[3].kind == STEP_PAUSE && p[3].ms == 3000);
	cr_expect(p[4].kind == STEP_PAUSE && p[4].ms == 1000);
	cr_expect(p[5].kind == STEP_GATHER && p[5].max_digits == 2 && p[5].timeout_s == 9 &&
		  !*p[5].finish_on && !p[5].post && p[5].speech->dtmf && !p[5].speech->speech);
	cr_expect(p[5].nested_count == 1 && p[5].nested[0].kind == STEP_SAY && !strcmp(p[5].action, "/d"));
	cr_expect(p[6].kind == STEP_RECORD && p[6].max_length_s == 5 && !p[6].beep && p[6].post &&
		  !p[6].action);
	cr_expect(p[7].kind == STEP_DIAL && p[7].timeout_s == 8 && !strcmp(p[7].text, "alice") &&
		  !strcmp(p[7].caller_id, "+1555"));
	cr_expect(p[8].kind == STEP_DIAL && !strcmp(p[8].text, "+1556"));
	cr_expect(p[9].kind == STEP_ENQUEUE && !strcmp(p[9].text, "support"));
	cr_expect(p[10].kind == STEP_LEAVE && p[11].kind == STEP_ECHO);
	cr_expect(p[12].kind == STEP_REFER && !strcmp(p[12].text, "sip:a@b.example") &&
		  !strcmp(p[12].action, "/r"));
	cr_expect(p[13].kind == STEP_REJECT && p[13].code == 486);
	script_free(s);
}

Test(twiml, places_of_a_dial)
{
	struct script *s = parse(
	    "<Dial timeLimit=\"60\" hangupOnStar=\"true\" sequential=\"true\" "
	    "record=\"record-from-ringing-dual\" "
	    "recordingStatusCallback=\"/rec\" recordingStatusCallbackEvent=\"in-progress absent\">"
	    "<Number sendDigits=\"ww1\" url=\"/w\" method=\"GET\" statusCallback=\"/s\" "
	    "statusCallbackEvent=\"initiated  completed\">415-555-1212</Number>"
	    "<Client><Identity>bob</Identity><Parameter name=\"a\" value=\"b\"/></Client><Client>eve</Client>"
	    "<Sip username=\"u\" password=\"p\">sip:x@y.example?X-A=1</Sip>"
	    "<Sip><Uri username=\"v\">sip:1@y.example</Uri><Uri>sip:2@y.example</Uri>"
	    "<Headers><Header name=\"X-B\" value=\"2\"/></Headers></Sip>"
	    "<Application><ApplicationSid>AP1</ApplicationSid></Application>"
	    "<Uri>sip:old@y.example</Uri></Dial>");
	const struct step_dial *d = s->steps->dial;
	const struct step_target *t = d->targets;

	cr_assert_eq(d->target_count, 8);
	cr_expect(d->time_limit_s == 60 && d->hang_up_on_star && d->sequential &&
		  d->record == STEP_RECORD_RINGING);
	cr_expect(s->steps->recording->dual && !strcmp(s->steps->recording->status.url, "/rec") &&
		  s->steps->recording->status.events == (STEP_ON_RECORDING | STEP_ON_ABSENT));
	cr_expect(t[0].kind == STEP_TO_NUMBER && !strcmp(t[0].to, "415-555-1212") &&
		  !strcmp(t[0].send_digits, "ww1"));
	cr_expect(t[0].screen.get && !t[0].status.get &&
		  t[0].status.events == (STEP_ON_INITIATED | STEP_ON_COMPLETED));
	cr_expect(t[1].kind == STEP_TO_USER && !strcmp(t[1].to, "bob") && t[1].pair_count == 1);
	cr_expect(!strcmp(t[2].to, "eve") && t[2].pair_count == 0);
	cr_expect(t[3].kind == STEP_TO_SIP && !strcmp(t[3].username, "u") && !strcmp(t[3].password, "p"));
	cr_expect(!strcmp(t[4].username, "v") && t[4].pair_count == 1 && !strcmp(t[5].to, "sip:2@y.example"));
	cr_expect(t[6].kind == STEP_TO_APPLICATION && !strcmp(t[6].to, "AP1"));
	cr_expect(t[7].kind == STEP_TO_SIP && !strcmp(t[7].to, "sip:old@y.example"));
	script_free(s);
}

Test(twiml, rooms_and_queues)
{
	struct script *s =
	    parse("<Dial action=\"/a\"><Conference muted=\"TRUE\" beep=\"onEnter\" waitUrl=\"/m\" "
		  "waitMethod=\"GET\" "
		  "statusCallback=\"/c\" statusCallbackEvent=\"start end speaker\" "
		  "participantLabel=\"x\">R</Conference></Dial>"
		  "<Dial><Queue url=\"/agent\">support</Queue></Dial>"
		  "<Enqueue waitUrl=\"/w\" maxQueueSize=\"3\" action=\"/q\">support</Enqueue>");
	const struct step *p = s->steps;

	cr_assert_eq(s->count, 3);
	cr_expect(p[0].kind == STEP_CONFERENCE && p[0].muted && !strcmp(p[0].beeps, "enter") &&
		  !strcmp(p[0].text, "R"));
	cr_expect(p[0].room->wait.get && !strcmp(p[0].room->label, "x") && !strcmp(p[0].action, "/a"));
	cr_expect_eq(p[0].room->status.events, STEP_ON_START | STEP_ON_END | STEP_ON_SPEAKER);
	cr_expect(p[1].kind == STEP_DEQUEUE && !strcmp(p[1].text, "support") &&
		  !strcmp(p[1].queue->wait.url, "/agent"));
	cr_expect(p[2].kind == STEP_ENQUEUE && p[2].queue->max_size == 3 &&
		  !strcmp(p[2].queue->wait.url, "/w"));
	script_free(s);
}

Test(twiml, recordings_beside_the_script)
{
	struct script *s =
	    parse("<Start><Recording name=\"n\" channels=\"dual\" track=\"inbound\" trim=\"trim-silence\" "
		  "recordingStatusCallback=\"/r\"/></Start><Stop><Recording name=\"n\"/></Stop>");
	const struct step *p = s->steps;

	cr_assert_eq(s->count, 2);
	cr_expect(p[0].kind == STEP_START_RECORDING && p[0].recording->dual && p[0].recording->trim &&
		  p[0].recording->track == STEP_TRACK_INBOUND && !strcmp(p[0].recording->name, "n"));
	cr_expect(p[1].kind == STEP_STOP_RECORDING && !strcmp(p[1].text, "n"));
	script_free(s);
}

Test(twiml, transcriptions_beside_the_script)
{
	struct script *s = parse(
	    "<Start><Transcription/><Transcription name=\"n\" track=\"outbound_track\" "
	    "languageCode=\"de-DE\" "
	    "hints=\"a, b\" partialResults=\"true\" profanityFilter=\"false\" inboundTrackLabel=\"agent\" "
	    "outboundTrackLabel=\"caller\" statusCallbackUrl=\"/t\" statusCallbackMethod=\"GET\"/></Start>"
	    "<Stop><Transcription name=\"n\"/><Transcription/></Stop>");
	const struct step *p = s->steps;
	const struct step_transcription *one = p[0].transcription, *two = p[1].transcription;

	cr_assert_eq(s->count, 4);
	cr_expect(p[0].kind == STEP_START_TRANSCRIPTION && one->track == STEP_TRACK_BOTH && !one->partials &&
		  one->profanity_filter && !one->name && !one->status.url && !one->language);
	cr_expect(two->track == STEP_TRACK_OUTBOUND && two->partials && !two->profanity_filter &&
		  two->status.get);
	cr_expect_str_eq(two->name, "n");
	cr_expect_str_eq(two->language, "de-DE");
	cr_expect_str_eq(two->hints, "a, b");
	cr_expect_str_eq(two->inbound_label, "agent");
	cr_expect_str_eq(two->outbound_label, "caller");
	cr_expect_str_eq(two->status.url, "/t");
	cr_expect(p[2].kind == STEP_STOP_TRANSCRIPTION && p[3].kind == STEP_STOP_TRANSCRIPTION && !p[3].text);
	cr_expect_str_eq(p[2].text, "n");
	script_free(s);
	warns("<Start><Transcription track=\"all\"/></Start>", 1, "track");
	warns("<Start><Transcription transcriptionEngine=\"google\"/></Start>", 1, "transcriptionEngine");
	warns("<Start><Transcription intelligenceService=\"GA1\"/></Start>", 1, "intelligenceService");
	warns("<Start><Transcription colour=\"red\"/></Start>", 1, "colour");
}

Test(twiml, speech_with_markup)
{
	struct script *s = parse("<Say>One <break time=\"1s\"/>two <sub alias=\"World &amp; Co\">WC</sub> "
				 "<lang xml:lang=\"de-DE\">drei</lang> &lt;4&gt;</Say>");

	cr_assert_eq(s->count, 1);
	cr_expect_str_eq(s->steps->markup,
			 "<speak>One <break time=\"1s\"></break>two <sub alias=\"World &amp; Co\">WC</sub> "
			 "<lang xml:lang=\"de-DE\">drei</lang> &lt;4&gt;</speak>");
	cr_expect_str_eq(s->steps->text, "One , two World & Co drei <4>");
	script_free(s);
}

Test(twiml, speech_with_markup_around_all_of_it)
{
	static const char text[] = "<Response><Say><speak>a<x:effect xmlns:x=\"urn:x\"><emphasis>b</emphasis>"
				   "</x:effect></speak></Say></Response>";
	struct problems problems = { 0 };
	struct script *s = compile(text, sizeof text - 1, NULL, &problems);

	cr_expect_eq(problems.count, 1, "%zu", problems.count);
	cr_expect_str_eq(s->steps->markup, "<speak>a<emphasis>b</emphasis></speak>", "%s", s->steps->markup);
	problems_clear(&problems);
	script_free(s);
}

Test(twiml, one_thing_is_said_once)
{
	struct problems problems = { 0 };
	static const char text[] = "<Response>a<Say>b</Say>c</Response>";
	struct script *s = compile(text, sizeof text - 1, NULL, &problems);

	cr_expect_eq(problems.count, 1, "%zu", problems.count);
	problems_clear(&problems);
	script_free(s);
}

Test(twiml, an_empty_response_has_no_steps)
{
	struct script *s = parse("  \n <!-- c --> <?php nothing ?>");

	cr_expect_eq(s->count, 0);
	script_free(s);
	s = parse("<Redirect/>");
	cr_expect(s->count == 1 && !s->steps->text);
	script_free(s);
}

Test(twiml, names_what_it_passes_over_and_where)
{
	warns("\n  <Conference/>", 0,
	      "Line 3, column 3, <Conference>: It has no meaning inside of <Response>");
	warns("<Frobnicate/><Hangup/>", 1, "Line 2, column 1, <Frobnicate>: It is not known");
	warns("<hangup/>", 0, "it is written <Hangup>");
	warns("<Play>tone:ring</Play><Play digits=\"1\">tone:ring</Play>", 1, "There is no tone \"ring\"");
	warns("<Connect><Room>r</Room></Connect><Say>a</Say>", 1,
	      "known (Twilio, SignalWire), but not built");
	warns("<Say colour=\"x\">a</Say>", 1,
	      "Line 2, column 6, <Say>: colour is not known, and passed over; possible: voice");
	warns("<Dial callerID=\"+1\">a</Dial>", 1, "it is written callerId");
	warns("<Say language=\"xx-DE\">a</Say>", 1, "language=\"xx-DE\" cannot be spoken");
	warns("<Say/>", 0, "<Say>: It is empty");
	warns("<Play/>", 0, "<Play>: It is empty");
	warns("<Say>a<b>c</b></Say>", 1, "<b>: It is not known");
	warns("<Say loop=\"-1\">a</Say>", 1, "not a whole number from 0 to 1000; 1 is taken");
	warns("<Say loop=\"99999999999999999999\">a</Say>", 1, "not a whole number");
	warns("<Play digits=\"1x\"/>", 0, "digits may have");
	warns("<Gather><Dial>a</Dial></Gather>", 1,
	      "<Dial>: It has no meaning inside of <Gather>, and is passed over; ");
	warns("<Gather><Play digits=\"1\"/></Gather>", 1, "Digits inside of <Gather>");
	warns("<Gather input=\"speech dtmf\" speechTimeout=\"soon\"/>", 1, "speechTimeout");
	warns("<Record timeout=\"x\"/>", 1, "5 is taken");
	warns("<Record trim=\"x\"/>", 1, "possible: trim-silence, do-not-trim. trim-silence is taken");
	warns("<Record transcribe=\"true\"/>", 1, "not transcribed");
	warns("<Dial><Conference/></Dial>", 1, "<Conference>: It has no name");
	warns("<Dial><Conference beep=\"loud\">a</Conference></Dial>", 1,
	      "possible: true, false, onEnter, onExit");
	warns("<Dial><Conference>a</Conference><Conference>b</Conference></Dial>", 1, "cannot be in two");
	warns("<Dial><Number>1</Number><Conference>b</Conference></Dial>", 1, "no other place is rung");
	warns("<Dial timeLimit=\"100000\">1</Dial>", 1, "from 1 to 14400; it is passed over");
	warns("<Dial/>", 1, "<Dial>: It is empty");
	warns("<Dial>1<Number>2</Number></Dial>", 1, "The text beside its elements");
	warns("<Dial><Number statusCallbackEvent=\"rang\">2</Number></Dial>", 1,
	      "\"rang\" in statusCallbackEvent");
	warns("<Redirect method=\"PUT\">/a</Redirect>", 1, "POST is taken");
	warns("<Reject reason=\"mood\"/>", 1, "rejected is taken");
	warns("<Refer/>", 0, "no <Sip>");
	warns("words", 0, "<Response>: The text between");
	warns("<Hangup reason=\"x\"/>", 1, "reason is not known, and passed over; possible: none");
	warns("<Hangup/><Say>a</Say>", 2, "Line 2, column 10, <Say>: It is never reached");
}

Test(twiml, other_namespaces_are_nobodys_business)
{
	static const char text[] =
	    "<Response xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
	    "xsi:noNamespaceSchemaLocation=\"x.xsd\"><Say xsi:a=\"b\">a</Say></Response>";
	struct problems problems = { 0 };
	struct script *s = compile(text, sizeof text - 1, NULL, &problems);

	cr_expect(s->count == 1 && problems.count == 0);
	script_free(s);
}

static void says(const char *bytes, size_t size, const char *charset, const char *text)
{
	struct problems problems = { 0 };
	struct script *s = compile(bytes, size, charset, &problems);

	cr_assert_eq(s->count, 1);
	cr_expect_str_eq(s->steps->text, text);
	cr_expect_eq(s->steps->column, 11, "%d", s->steps->column);
	script_free(s);
}

#define WIDE                                                                        \
	"<\0R\0e\0s\0p\0o\0n\0s\0e\0>\0<\0S\0a\0y\0>\0\xe4\0<\0/\0S\0a\0y\0>\0<\0/" \
	"\0R\0e\0s\0p\0o\0n\0s\0e\0>\0"

Test(twiml, encodings)
{
	static const char latin[] = "<Response><Say>\xe4</Say></Response>",
			  utf8[] = "<Response><Say>\xc3\xa4</Say></Response>";
	static const char declared[] =
	    "<?xml version='1.0' encoding='ISO-8859-1'?><Response><Say>\xe4</Say></Response>";
	static const char memory[] =
	    "<?xml version=\"1.0\" encoding=\"utf-16\"?><Response><Say>\xc3\xa4</Say></Response>";
	static const char marked[] = "\xff\xfe" WIDE, plain[] = WIDE;
	struct problems problems = { 0 };
	struct script *s;

	says(latin, sizeof latin - 1, "iso-8859-1", "\xc3\xa4");
	says(utf8, sizeof utf8 - 1, NULL, "\xc3\xa4");
	says(marked, sizeof marked - 1, NULL, "\xc3\xa4");
	says(marked, sizeof marked - 1, "UTF-16", "\xc3\xa4");
	says(plain, sizeof plain - 1, NULL, "\xc3\xa4");
	s = compile(declared, sizeof declared - 1, NULL, &problems);
	cr_expect_str_eq(s->steps->text, "\xc3\xa4");
	script_free(s);
	/* what came within JSON is UTF-8 whatever it says; what came as bytes is not */
	s = compile(memory, sizeof memory - 1, "utf-8", &problems);
	cr_expect_str_eq(s->steps->text, "\xc3\xa4");
	script_free(s);
	refuse(memory, sizeof memory - 1, "none of its encoding");
	refuse(latin, sizeof latin - 1, "none of its encoding");
	cr_expect_eq(twiml_compile(&s, latin, sizeof latin - 1, NULL, &problems), EINVAL);
	cr_expect_eq(problems.list->line, 1);
	cr_expect_eq(problems.list->column, 16, "%d", problems.list->column);
	problems_clear(&problems);
	cr_expect_eq(twiml_compile(&s, utf8, sizeof utf8 - 1, "x-klingon", &problems), EINVAL);
	cr_expect_not_null(strstr(problems.list->message, "encoding is not known"));
	problems_clear(&problems);
}

Test(twiml, entities_of_its_own_and_no_others)
{
	static const char own[] =
	    "<!DOCTYPE Response [<!ENTITY b \"c\">]><Response><Say>a&b;</Say></Response>";
	static const char file[] =
	    "<!DOCTYPE r [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><Response><Say>a&b;</Say></Response>";
	static const char bomb[] =
	    "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\">"
	    "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c "
	    "\"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">"
	    "<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e "
	    "\"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\">"
	    "<!ENTITY f "
	    "\"&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;\">]><Response><Say>&f;&f;&f;&f;</Say></"
	    "Response>";
	struct problems problems = { 0 };
	struct script *s = compile(own, sizeof own - 1, NULL, &problems);

	cr_expect_str_eq(s->steps->text, "ac");
	script_free(s);
	s = compile(file, sizeof file - 1, NULL, &problems);
	cr_expect_str_eq(s->steps->text, "a");
	script_free(s);
	refuse(bomb, sizeof bomb - 1, "XML is broken");
}

Test(twiml, refuses_what_is_no_such_document)
{
	refuse("", 0, "XML is broken");
	refuse("<Response>", 10, "Line 1, column ");
	refuse("<Response/><Response/>", 22, "XML is broken");
	refuse("<html/>", 7, "Line 1, column 1, <html>: The root element must be <Response>");
	refuse("<Response>\0</Response>", 22, "NUL");
	refuse("<Response>&nothing;</Response>", 30, "XML is broken");
}

Test(twiml, has_limits)
{
	size_t size = TWIML_SIZE_MAX + 100;
	struct problems problems = { 0 };
	struct script *s;
	char *text = malloc(size + 1);
	char *at;

	cr_assert_not_null(text);
	memset(text, ' ', size);
	memcpy(text, "<Response>", 10);
	memcpy(text + size - 11, "</Response>", 11);
	refuse(text, size, "larger than");
	at = text + sprintf(text, "<Response>");
	for (int i = 0; i <= TWIML_STEPS_MAX; i++)
		at += sprintf(at, "<Echo/>");
	at += sprintf(at, "</Response>");
	refuse(text, (size_t)(at - text), "more than 500");
	at = text + sprintf(text, "<Response><Say>");
	memset(at, 'a', 5000);
	at += 5000;
	at += sprintf(at, "</Say></Response>");
	s = compile(text, (size_t)(at - text), NULL, &problems);
	cr_expect_eq(strlen(s->steps->text), TWIML_TEXT_MAX);
	cr_expect_not_null(strstr(problems.list->message, "longer than"));
	script_free(s);
	problems_clear(&problems);
	at = text;
	for (int i = 0; i < 2000; i++)
		at += sprintf(at, "<a>");
	refuse(text, (size_t)(at - text), "XML is broken");
	at = text + sprintf(text, "<Response>");
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, "<X/>");
	at += sprintf(at, "</Response>");
	s = compile(text, (size_t)(at - text), NULL, &problems);
	cr_expect(problems.count == PROBLEMS_MAX && problems.more == 1000 - PROBLEMS_MAX);
	script_free(s);
	problems_clear(&problems);
	free(text);
}

Test(twiml, digits_are_sent_before_a_document_goes_on)
{
	static const struct {
		const char *rest, *url;
		const char *text;
	} all[] = {
		{ NULL, NULL, "<Response><Play digits=\"w1#\"/></Response>" },
		{ "<Hangup/></Response>", NULL, "<Response><Play digits=\"w1#\"/><Hangup/></Response>" },
		{ NULL, "http://h/?a=1&b=<2>",
		  "<Response><Play digits=\"w1#\"/><Redirect method=\"POST\">http://h/?a=1&amp;b=&lt;2&gt;"
		  "</Redirect></Response>" },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		char *text = write_digits("w1#", all[i].rest, all[i].url, false);
		struct problems problems = { 0 };
		struct script *s;

		cr_assert_not_null(text);
		cr_expect_str_eq(text, all[i].text);
		s = compile(text, strlen(text), NULL, &problems);
		cr_expect_eq(problems.count, 0);
		cr_expect(s->steps[0].kind == STEP_DIGITS && !strcmp(s->steps[0].text, "w1#"));
		if (all[i].url)
			cr_expect_str_eq(s->steps[1].text, all[i].url);
		script_free(s);
		problems_clear(&problems);
		free(text);
	}
}

Test(twiml, keeps_so_many_problems)
{
	enum { ATTRIBUTES = 10000 };
	char *text = malloc(ATTRIBUTES * 12 + 100), *at = text;
	struct problems problems = { 0 };
	struct script *s;

	cr_assert_not_null(text);
	at += sprintf(at, "<Response><Say");
	for (int i = 0; i < ATTRIBUTES; i++)
		at += sprintf(at, "\nx%d=\"1\"", i);
	at += sprintf(at, ">a</Say></Response>");
	s = compile(text, (size_t)(at - text), NULL, &problems);
	cr_expect_eq(problems.count, PROBLEMS_MAX);
	cr_expect_eq(problems.more, ATTRIBUTES - PROBLEMS_MAX);
	for (size_t i = 0; i < problems.count; i++) {
		cr_expect_eq(problems.list[i].line, atoi(problems.list[i].attribute + 1) + 2);
		cr_expect_eq(problems.list[i].column, 1);
	}
	script_free(s);
	problems_clear(&problems);
	free(text);
}
