/* Tests of twiml: documents to steps, and what is refused. */
#include "daemon/api/script/language.h"
#include "daemon/api/script/twiml.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct script *parse(const char *inner)
{
	struct script *script = NULL;
	char text[2048], error[200] = "";

	snprintf(text, sizeof text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>%s</Response>",
		 inner);
	cr_assert_eq(twiml_parse(&script, text, strlen(text), error, sizeof error), 0, "%s: %s", inner,
		     error);
	return script;
}

static void refuse_document(const char *text, size_t size, const char *part)
{
	struct script *script = NULL;
	char error[200] = "";

	cr_expect_eq(twiml_parse(&script, text, size, error, sizeof error), EINVAL, "%s", text);
	cr_expect_null(script);
	cr_expect_not_null(strstr(error, part), "%s: \"%s\" has no \"%s\"", text, error, part);
}

static void refuse(const char *inner, const char *part)
{
	char text[2048];

	snprintf(text, sizeof text, "<Response>\n%s</Response>", inner);
	refuse_document(text, strlen(text), part);
}

Test(twiml, reads_every_element)
{
	struct script *s = parse(
	    "<Say voice=\"man\" language=\"en-US\" loop=\"2\"> Hi &amp; <![CDATA[bye]]> </Say><Play "
	    "loop=\"0\">a.wav</Play>"
	    "<Play digits=\"w1\"/><Pause length=\"3\"/><Pause/><!-- nothing -->"
	    "<Gather numDigits=\"2\" timeout=\"9\" finishOnKey=\"\" action=\"/d\" "
	    "method=\"GET\"><Say>x</Say></Gather>"
	    "<Record maxLength=\"5\" finishOnKey=\"1\" playBeep=\"false\"/><Dial timeout=\"8\" "
	    "callerId=\"+1555\">alice</Dial>"
	    "<Dial> <Number>+1556</Number> </Dial><Redirect>/r</Redirect><Reject reason=\"busy\"/><Hangup/>");
	const struct step *p = s->steps;

	cr_assert_eq(s->count, 12);
	cr_expect(p[0].kind == STEP_SAY && p[0].loop == 2 && !strcmp(p[0].text, "Hi & bye") &&
		  !strcmp(p[0].voice, "man"));
	cr_expect(p[1].kind == STEP_PLAY && p[1].loop == 0 && !strcmp(p[1].text, "a.wav"));
	cr_expect(p[2].kind == STEP_DIGITS && !strcmp(p[2].text, "w1"));
	cr_expect(p[3].kind == STEP_PAUSE && p[3].ms == 3000);
	cr_expect(p[4].kind == STEP_PAUSE && p[4].ms == 1000);
	cr_expect(p[5].kind == STEP_GATHER && p[5].max_digits == 2 && p[5].timeout_s == 9 &&
		  !*p[5].finish_on && !p[5].post);
	cr_expect(p[5].nested_count == 1 && p[5].nested[0].kind == STEP_SAY && !strcmp(p[5].action, "/d"));
	cr_expect(p[6].kind == STEP_RECORD && p[6].max_length_s == 5 && !p[6].beep && p[6].post &&
		  !p[6].action);
	cr_expect(p[7].kind == STEP_DIAL && p[7].timeout_s == 8 && !strcmp(p[7].text, "alice") &&
		  !strcmp(p[7].caller_id, "+1555"));
	cr_expect(p[8].kind == STEP_DIAL && !strcmp(p[8].text, "+1556"));
	cr_expect(p[9].kind == STEP_REDIRECT && p[9].post && !strcmp(p[9].text, "/r"));
	cr_expect(p[10].kind == STEP_REJECT && p[10].code == 486);
	cr_expect(p[11].kind == STEP_HANGUP && p[11].line == 2);
	script_free(s);
}

Test(twiml, an_empty_response_has_no_steps)
{
	struct script *s = parse("  \n <!-- c --> ");

	cr_expect_eq(s->count, 0);
	script_free(s);
}

Test(twiml, names_what_it_refuses_and_where)
{
	refuse("\n<Conference/>", "Line 3, <Conference>: is not supported");
	refuse("<Say colour=\"x\">a</Say>", "Line 2, <Say>: the attribute colour");
	refuse("<Say language=\"xx-DE\">a</Say>", "language=\"xx-DE\" is not supported");
	refuse("<Say/>", "<Say>: is empty");
	refuse("<Say>a<b>c</b></Say>", "<b>: is not supported inside <Say>");
	refuse("<Say loop=\"-1\">a</Say>", "loop must be a whole number");
	refuse("<Say loop=\"1e3\">a</Say>", "loop must be a whole number");
	refuse("<Play digits=\"1x\"/>", "digits may have");
	refuse("<Gather><Dial>a</Dial></Gather>", "<Dial>: is not supported inside <Gather>");
	refuse("<Gather input=\"speech\"/>", "input=\"speech\"");
	refuse("<Gather><Play loop=\"0\">a</Play></Gather>", "loop=\"0\"");
	refuse("<Record timeout=\"x\"/>", "timeout");
	refuse("<Record trim=\"x\"/>", "possible: trim-silence, do-not-trim");
	refuse("<Dial><Conference/></Dial>", "<Conference>: is empty");
	refuse("<Dial><Conference beep=\"loud\">a</Conference></Dial>",
	       "possible: true, false, onEnter, onExit");
	refuse("<Dial><Conference>a</Conference><Conference>b</Conference></Dial>",
	       "<Conference>: is not supported inside <Dial>");
	refuse("<Record transcribe=\"true\"/>", "transcribe");
	refuse("<Dial><Client>a</Client></Dial>", "<Client>");
	refuse("<Dial record=\"true\">a</Dial>", "record");
	refuse("<Redirect/>", "<Redirect>: is empty");
	refuse("<Redirect method=\"PUT\">/a</Redirect>", "method must be GET or POST");
	refuse("<Reject reason=\"mood\"/>", "reason=\"mood\"");
	refuse("words", "text between");
	refuse("<Hangup reason=\"x\"/>", "reason");
}

Test(twiml, refuses_what_is_no_such_document)
{
	refuse_document("", 0, "XML is broken");
	refuse_document("<Response>", 10, "Line 1: the XML is broken");
	refuse_document("<Response/><Response/>", 22, "XML is broken");
	refuse_document("<html/>", 7, "<Response>");
	refuse_document("<Response>\0</Response>", 22, "NUL");
	refuse_document("<!DOCTYPE a [<!ENTITY b \"c\">]><Response/>", 41, "document type");
	refuse_document("<Response>&nothing;</Response>", 30, "XML is broken");
}

Test(twiml, has_limits)
{
	size_t size = TWIML_SIZE_MAX + 100;
	char *text = malloc(size + 1);
	char *at;

	cr_assert_not_null(text);
	memset(text, ' ', size);
	memcpy(text, "<Response>", 10);
	memcpy(text + size - 11, "</Response>", 11);
	refuse_document(text, size, "larger than");
	at = text + sprintf(text, "<Response>");
	for (int i = 0; i <= TWIML_STEPS_MAX; i++)
		at += sprintf(at, "<Hangup/>");
	at += sprintf(at, "</Response>");
	refuse_document(text, (size_t)(at - text), "more than 500");
	at = text + sprintf(text, "<Response><Say>");
	memset(at, 'a', 5000);
	at += 5000;
	at += sprintf(at, "</Say></Response>");
	refuse_document(text, (size_t)(at - text), "longer than");
	at = text;
	for (int i = 0; i < 2000; i++)
		at += sprintf(at, "<a>");
	refuse_document(text, (size_t)(at - text), "XML is broken");
	free(text);
}

Test(language, tags_with_and_without_regions)
{
	cr_expect_str_eq(language_find("en"), "");
	cr_expect_str_eq(language_find("en-AU"), "");
	cr_expect_str_eq(language_find("de-DE"), "de");
	cr_expect_str_eq(language_find("DE"), "de");
	cr_expect_str_eq(language_find("pt-BR"), "pt-br");
	cr_expect_str_eq(language_find("pt-PT"), "pt");
	cr_expect_str_eq(language_find("es-MX"), "es-419");
	cr_expect_str_eq(language_find("zh-CN"), "cmn");
	cr_expect_str_eq(language_find("zh-HK"), "yue");
	cr_expect_null(language_find("xx"));
	cr_expect_null(language_find(""));
	cr_expect_null(language_find("d"));
	cr_expect_null(language_find("deutsch"));
}
