/* Scripts run by the engine without a switch, on a clock that only moves when everything waits. */
#include "tests/unit/simulated.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What came of a request, of one type of entry (NULL: all). */
static void expect(const char *request, const char *type, const char *wanted)
{
	json_t *result = simulated(request);
	char *lines = simulated_lines(result, type);

	cr_expect_str_eq(lines, wanted, "%s", lines);
	free(lines);
	json_decref(result);
}

static void expect_among(const char *request, const char *wanted)
{
	json_t *result = simulated(request);
	char *lines = simulated_lines(result, NULL);

	cr_expect(strstr(lines, wanted), "no \"%s\" in:\n%s", wanted, lines);
	free(lines);
	json_decref(result);
}

/* Two levels; a wrong key goes back to where it was pressed. */
#define MENU                                                                                       \
	"'documents':{"                                                                            \
	"'http://h.test/main':'<Response><Gather numDigits=`1` "                                   \
	"action=`/main-key`><Say>Main</Say></Gather></Response>',"                                 \
	"'http://h.test/main-key':["                                                               \
	"'<Response><Say>Wrong</Say><Redirect>/main</Redirect></Response>',"                       \
	"'<Response><Gather numDigits=`1` action=`/sub-key`><Say>Sub</Say></Gather></Response>']," \
	"'http://h.test/sub-key':'<Response><Say>Done</Say></Response>'}"

Test(simulate, ivr_of_two_levels_with_a_wrong_key)
{
	expect("{'url':'http://h.test/main','caller':[{'digits':'9'},{'digits':'1'},{'digits':'2'}]," MENU
	       "}",
	       "heard",
	       "0.0 caller heard Main completed\n"
	       "1.7 caller heard Wrong completed\n"
	       "2.4 caller heard Main completed\n"
	       "4.1 caller heard Sub completed\n"
	       "5.7 caller heard Done completed\n"
	       "end over\n");
}

Test(simulate, a_key_into_the_prompt_cuts_it)
{
	expect(
	    "{'url':'http://h.test/main','caller':[{'at':0.3,'digits':'9'},{'after':0,'hangup':true}]," MENU
	    "}",
	    "heard",
	    "0.0 caller heard Main stopped\n"
	    "0.3 caller heard Wrong call over\n"
	    "end over\n");
}

Test(simulate, voicemail)
{
	expect_among("{'document':'<Response><Say>Leave word</Say><Record action=`http://h.test/kept` "
		     "maxLength=`20`/></Response>',"
		     "'caller':[{'speech':'This is me'}],"
		     "'documents':{'http://h.test/kept':'<Response><Say>Thanks</Say></Response>'}}",
		     "caller recorded 2060\n");
	/* nobody speaks: nothing is kept, and the script goes on behind it */
	expect("{'document':'<Response><Record action=`http://h.test/kept`/><Say>Nothing</Say></Response>'}",
	       "heard",
	       "0.0 caller heard tone:beep completed\n5.2 caller heard Nothing completed\nend over\n");
}

Test(simulate, dial_busy_and_then_the_next)
{
	expect("{'document':'<Response><Dial>+15551112222</Dial><Say>Busy</Say></"
	       "Response>','callees':[{'answered':'busy'}]}",
	       NULL,
	       "0.0 caller call queued\n"
	       "0.0 caller call ringing\n"
	       "0.0 caller call in-progress\n"
	       "0.0 caller step Dial\n"
	       "0.0 callee 1 call queued\n"
	       "0.1 callee 1 call ringing\n"
	       "2.0 callee 1 call busy\n"
	       "2.0 caller step Say\n"
	       "2.0 caller heard Busy completed\n"
	       "2.7 caller call completed\n"
	       "end over\n");
}

Test(simulate, whoever_answers_first_of_several)
{
	expect("{'document':'<Response><Dial><Number>+15551112222</Number><Number>+15551113333</Number></"
	       "Dial></Response>',"
	       "'callees':[{'to':'+15551112222','answered':'answer','after':5},"
	       "{'to':'+15551113333','answered':true,'after':3,'talks':7}]}",
	       "call",
	       "0.0 caller call queued\n"
	       "0.0 caller call ringing\n"
	       "0.0 caller call in-progress\n"
	       "0.0 callee 1 call queued\n"
	       "0.0 callee 2 call queued\n"
	       "0.1 callee 1 call ringing\n"
	       "0.1 callee 2 call ringing\n"
	       "3.0 callee 2 call in-progress\n"
	       "3.0 callee 1 call canceled\n"
	       "10.0 callee 2 call completed\n"
	       "10.0 caller call completed\n"
	       "end over\n");
}

Test(simulate, a_callee_who_has_to_press_a_key_first)
{
	expect_among("{'document':'<Response><Dial><Number "
		     "url=`http://h.test/screen`>+15551112222</Number></Dial></Response>',"
		     "'callees':[{'digits':'1'}],'documents':{"
		     "'http://h.test/screen':'<Response><Gather numDigits=`1` action=`/taken`><Say>Take "
		     "it</Say></Gather><Hangup/></Response>',"
		     "'http://h.test/taken':'<Response/>'}}",
		     "caller bridged callee 1\n");
}

Test(simulate, a_caller_in_a_queue_and_an_agent)
{
	static const char queue[] =
	    "{'document':'<Response><Enqueue action=`http://h.test/left` "
	    "waitUrl=`http://h.test/wait`>support</Enqueue></Response>',"
	    "'calls':[{'at':10,'document':'<Response><Dial><Queue>support</Queue></Dial></Response>',"
	    "'caller':[{'after':20,'hangup':true}]}],"
	    "'documents':{'http://h.test/wait':'<Response><Say>Please hold the line</Say><Pause "
	    "length=`3`/></Response>',"
	    "'http://h.test/left':'<Response><Say>Bye</Say></Response>'}}";
	json_t *result = simulated(queue), *entry;
	bool asked = false;
	size_t i;

	expect_among(queue, "10.0 call 2 bridged caller\n");
	expect_among(queue, "caller heard Bye completed\n");
	json_array_foreach(json_object_get(result, "transcript"), i, entry)
	{
		const char *told =
		    json_string_value(json_object_get(json_object_get(entry, "parameters"), "QueueResult"));

		asked |= told && !strcmp(told, "bridged");
	}
	cr_expect(asked);
	json_decref(result);
}

Test(simulate, two_in_a_conference)
{
	expect("{'document':'<Response><Dial><Conference "
	       "endConferenceOnExit=`true`>room</Conference></Dial></Response>',"
	       "'caller':[{'at':30,'hangup':true}],"
	       "'calls':[{'at':10,'document':'<Response><Dial><Conference>room</Conference></Dial><Say>Over</"
	       "Say></Response>'}]}",
	       "conference",
	       "0.0  conference init\n"
	       "0.0  conference in-progress\n"
	       "0.0 caller conference join\n"
	       "10.0 call 2 conference join\n"
	       "30.0 caller conference leave\n"
	       "30.0 call 2 conference leave\n"
	       "30.0  conference completed\n"
	       "end over\n");
}

Test(simulate, an_ncco)
{
	expect("{'document':'[{~action~:~talk~,~text~:~Hello~},{~action~:~input~,~type~:[~dtmf~],~dtmf~:{~"
	       "maxDigits~:1},"
	       "~eventUrl~:[~http://h.test/key~]}]','dialect':'vonage','caller':[{'digits':'7'}],"
	       "'documents':{'http://h.test/key':'[{~action~:~talk~,~text~:~Seven~}]'}}",
	       "heard", "0.0 caller heard Hello completed\n1.7 caller heard Seven completed\nend over\n");
}

Test(simulate, a_script_is_asked_for_as_its_dialect_does)
{
	static const struct {
		const char *more, *method;
	} asked[] = { { "'dialect':'vonage'", "GET" },
		      { "'dialect':'vonage','method':'POST'", "POST" },
		      { "'dialect':'twilio'", "POST" },
		      { "'dialect':'signalwire','method':'GET'", "GET" } };
	char request[300];

	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		json_t *result, *entry;
		size_t k;

		snprintf(request, sizeof request,
			 "{'url':'http://h.test/a','documents':{'http://h.test/a':''},%s}", asked[i].more);
		result = simulated(request);
		json_array_foreach(json_object_get(result, "transcript"), k, entry)
		{
			if (!strcmp(json_string_value(json_object_get(entry, "type")), "request"))
				cr_expect_str_eq(json_string_value(json_object_get(entry, "method")),
						 asked[i].method, "%s", asked[i].more);
		}
		json_decref(result);
	}
}

Test(simulate, what_the_fallback_is_told)
{
	static const char request[] =
	    "{'url':'http://h.test/gone','fallback_url':'http://h.test/fallback','documents':{"
	    "'http://h.test/fallback':'<Response><Say>Sorry</Say></Response>'}}";
	json_t *result = simulated(request), *entry;
	const char *code = NULL;
	size_t i;

	json_array_foreach(json_object_get(result, "transcript"), i, entry)
	{
		const char *told =
		    json_string_value(json_object_get(json_object_get(entry, "parameters"), "ErrorCode"));

		code = told ? told : code;
	}
	cr_expect(code && !strcmp(code, "11200"));
	json_decref(result);
	expect_among(request, "caller heard Sorry completed\n");
}

Test(simulate, a_script_is_called_as_elsewhere_and_an_ncco_may_be_an_array)
{
	expect("{'script':'<Response><Say>Hello</Say></Response>'}", "heard",
	       "0.0 caller heard Hello completed\nend over\n");
	expect("{'document':[{'action':'talk','text':'Hello'}]}", "heard",
	       "0.0 caller heard Hello completed\nend over\n");
	expect("{'url':'http://h.test/a','dialect':'vonage','document':[{'action':'talk','text':'Hello'}]}",
	       "heard", "0.0 caller heard Hello completed\nend over\n");
}

Test(simulate, streams_to_programs)
{
	expect("{'document':'<Response><Start><Stream name=`ear` url=`wss://h.test/ear`/></Start><Connect "
	       "action=`http://h.test/over`>"
	       "<Stream url=`wss://h.test/mouth`/></Connect></Response>','documents':{'http://h.test/over':"
	       "'<Response><Say>Over</Say></Response>'}}",
	       NULL,
	       "0.0 caller call queued\n"
	       "0.0 caller call ringing\n"
	       "0.0 caller call in-progress\n"
	       "0.0 caller step Stream\n"
	       "0.0 caller step Stream\n"
	       "0.1 caller stream started\n"
	       "0.1 caller stream started\n"
	       "10.1 caller stream stopped\n"
	       "10.1  request http://h.test/over 200\n"
	       "10.1 caller step Say\n"
	       "10.1 caller heard Over completed\n"
	       "10.8 caller call completed\n"
	       "10.8 caller stream stopped\n"
	       "end over\n");
}

Test(simulate, redirections_without_end_are_ended)
{
	json_t *result = simulated("{'url':'http://h.test/a','documents':{"
				   "'http://h.test/a':'<Response><Redirect>/b</Redirect></Response>',"
				   "'http://h.test/b':'<Response><Redirect>/a</Redirect></Response>'}}");
	const json_t *caller = json_array_get(json_object_get(result, "calls"), 0);

	cr_expect_not_null(strstr(json_string_value(json_object_get(caller, "reason")), "runs in circles"));
	cr_expect_str_eq(json_string_value(json_object_get(json_object_get(result, "end"), "why")), "over");
	json_decref(result);
}

/* What ends a script that does not end by itself. */
static void expect_end(const char *request, const char *why)
{
	json_t *result = simulated(request);

	cr_expect_str_eq(json_string_value(json_object_get(json_object_get(result, "end"), "why")), why);
	json_decref(result);
}

#define ENDLESS                                                                                     \
	"'url':'http://h.test/a','documents':{'http://h.test/a':'<Response><Say>Again</Say><Pause " \
	"length=`10`/>"                                                                             \
	"<Redirect/></Response>'}"

Test(simulate, an_endless_script_ends_within_each_limit)
{
	expect_end("{" ENDLESS ",'limits':{'steps':50}}", "steps");
	expect_end("{" ENDLESS ",'limits':{'requests':20}}", "requests");
	expect_end("{" ENDLESS ",'limits':{'seconds':60}}", "time");
	expect_end("{" ENDLESS "}", "requests");
	expect_end("{'document':'<Response><Play loop=`0`>tone:ringback</Play></Response>'}", "waits");
	expect_end("{'document':'<Response><Play "
		   "loop=`0`>tone:ringback</Play></Response>','caller':[{'hangup':true}]}",
		   "over");
}

Test(simulate, what_the_caller_has_left_to_do_is_done_where_nothing_listens)
{
	expect("{'document':'<Response><Echo/></Response>','caller':[{'digits':'1'},{'speech':'Is anybody "
	       "there'},{'digits':'2#'},"
	       "{'after':30,'hangup':true}]}",
	       "caller",
	       "1.0 caller caller 1\n"
	       "2.0 caller caller Is anybody there\n"
	       "4.5 caller caller 2#\n"
	       "34.7 caller caller hangup\n"
	       "end over\n");
}

Test(simulate, a_hang_up_in_the_middle_of_each_verb)
{
	static const char *const verbs[] = {
		"<Say>A text that takes its time to be said, as everybody hears</Say>",
		"<Play>http://h.test/a.mp3</Play>",
		"<Play>tone:ringback</Play>",
		"<Pause length=`9`/>",
		"<Gather><Say>Press</Say></Gather>",
		"<Record/>",
		"<Record action=`http://h.test/next`/>",
		"<Dial>+15551112222</Dial>",
		"<Dial answerOnBridge=`true`>+15551112222</Dial>",
		"<Dial action=`http://h.test/next` record=`record-from-ringing`>+15551112222</Dial>",
		"<Dial sequential=`true`><Number>+15551112222</Number><Number>+15551113333</Number></Dial>",
		"<Dial><Number url=`http://h.test/next`>+15551112222</Number></Dial>",
		"<Dial><Conference>room</Conference></Dial>",
		"<Dial><Conference waitUrl=`http://h.test/next`>room</Conference></Dial>",
		"<Dial><Queue>support</Queue></Dial>",
		"<Enqueue>support</Enqueue>",
		"<Enqueue waitUrl=`http://h.test/next` action=`http://h.test/next`>support</Enqueue>",
		"<Echo/>",
		"<Start><Recording/></Start><Pause length=`9`/>",
	};
	static const double at[] = { 0, 0.05, 1.05, 2.5 };
	char request[1000];

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
			json_t *result;
			const json_t *caller;

			snprintf(request, sizeof request,
				 "{'document':'<Response>%s<Hangup/></Response>','documents':{'http://h.test/"
				 "next':"
				 "'<Response><Pause "
				 "length=`1`/></Response>'},'caller':[{'at':%.2f,'hangup':true}]}",
				 verbs[i], at[k]);
			result = simulated(request);
			caller = json_array_get(json_object_get(result, "calls"), 0);
			cr_expect_str_eq(json_string_value(json_object_get(caller, "ended_by")), "caller",
					 "%s at %.2f", verbs[i], at[k]);
			cr_expect_str_eq(
			    json_string_value(json_object_get(json_object_get(result, "end"), "why")), "over",
			    "%s at %.2f", verbs[i], at[k]);
			json_decref(result);
		}
	}
}

Test(simulate, what_is_told_and_what_is_wrong)
{
	expect_among("{'document':'<Response><Frobnicate/><Record "
		     "recordingStatusCallback=`http://h.test/told`/></Response>',"
		     "'caller':[{'speech':'Hello there'}]}",
		     "caller told http://h.test/told\n");
	expect_among("{'document':'<Response><Frobnicate/></Response>'}", "caller warning It is not known");
	expect_among("{'url':'http://h.test/none'}", "request http://h.test/none 404\n");
	expect_among("{'url':'http://h.test/a','documents':{'http://h.test/"
		     "a':[{'status':503},'<Response><Say>At last</Say></Response>']}}",
		     "heard At last completed\n");
	expect_among("{'url':'http://h.test/a','documents':{'http://h.test/"
		     "a':{'status':302,'location':'http://h.test/b'},"
		     "'http://h.test/b':{'body':'Just said','type':'text/plain'}}}",
		     "heard Just said completed\n");
	expect_among("{'document':'<Response><Play>http://h.test/gone.mp3</Play><Say>On</Say></Response>',"
		     "'documents':{'http://h.test/gone.mp3':{'status':404}}}",
		     "caller warning http://h.test/gone.mp3 could not be fetched: HTTP status 404.\n");
}

static void refused(const char *request, const char *field)
{
	char *told = simulated_refused(request);

	cr_expect_str_eq(told, field, "%s, not %s: %s", told, field, request);
	free(told);
}

Test(simulate, what_is_no_story)
{
	refused("{}", "document");
	refused("{'url':'ftp://h.test/a'}", "url");
	refused("{'document':'<Response/>','dialect':'klingon'}", "dialect");
	refused("{'document':'<Response/>','frob':1}", "frob");
	refused("{'document':'<Response/>','caller':[{'digits':'x'}]}", "caller[0].digits");
	refused("{'document':'<Response/>','caller':[{'digits':'1','hangup':true}]}", "caller[0].digits");
	refused("{'document':'<Response/>','caller':[{'at':-1,'hangup':true}]}", "caller[0].at");
	refused("{'document':'<Response/>','caller':[3]}", "caller[0].digits");
	refused("{'document':'<Response/>','callees':[{'answered':'perhaps'}]}", "callees[0].answered");
	refused("{'document':'<Response/>','calls':[{}]}", "calls[0].document");
	refused("{'document':'<Response/>','documents':{'x':'y'}}", "documents");
	refused("{'document':'<Response/>','documents':{'http://h.test/':{'status':'ok'}}}", "documents");
	refused("{'document':'<Response/>','limits':{'steps':0}}", "steps");
	refused("{'document':'<Response/>','limits':{'seconds':1e9}}", "seconds");
}
