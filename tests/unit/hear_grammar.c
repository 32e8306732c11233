/* What a script expects to hear, as a grammar; and what was heard, as the script wrote it. */
#include "daemon/hear/grammar.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct grammar of(const char *hints)
{
	json_t *list = json_loads(hints, 0, NULL);
	struct grammar g;

	cr_assert_not_null(list);
	cr_assert_eq(grammar_make(&g, list), 0, "%s", hints);
	json_decref(list);
	return g;
}

static void expect_said(const struct grammar *g, const char *words, const char *said)
{
	char *is = grammar_said(g, words);

	cr_expect_str_eq(is, said, "%s", words);
	free(is);
}

Test(grammar, phrases_come_back_as_they_were_written)
{
	struct grammar g = of("[\"Sales\", \" Speak to an Agent \", \"AT&T\", \"Don't know\"]");

	cr_expect_not_null(
	    strstr(g.jsgf, "public <said> = sales | speak to an agent | at and t | don't know;"), "%s",
	    g.jsgf);
	expect_said(&g, "sales", "Sales");
	expect_said(&g, "speak to an agent", "Speak to an Agent");
	expect_said(&g, "at and t", "AT&T");
	cr_expect_eq(g.skipped, 0u);
	grammar_clear(&g);
}

Test(grammar, numbers_in_phrases_are_said_both_ways)
{
	struct grammar g = of("[\"option 2\", \"route 66\", \"agent 007\"]");

	expect_said(&g, "option two", "option 2");
	expect_said(&g, "route sixty six", "route 66");
	expect_said(&g, "route six six", "route 66");
	expect_said(&g, "agent zero zero seven", "agent 007");
	grammar_clear(&g);
}

Test(grammar, types_mean_what_was_said)
{
	struct grammar g =
	    of("[\"extension $digits:4\", \"$yes-no\", \"$date\", \"$number\", \"pay $number dollars\"]");

	expect_said(&g, "extension four two oh one", "extension 4201");
	expect_said(&g, "yeah", "yes");
	expect_said(&g, "no thank you", "no");
	expect_said(&g, "march the fifth", "March 5");
	expect_said(&g, "the twenty second of december", "December 22");
	expect_said(&g, "tomorrow", "tomorrow");
	expect_said(&g, "a hundred and forty two", "142");
	expect_said(&g, "twelve thousand three hundred", "12300");
	expect_said(&g, "pay twenty three dollars", "pay 23 dollars");
	expect_said(&g, "extension four two", "extension four two");
	for (size_t i = 1; i < g.word_count; i++)
		cr_expect_lt(strcmp(g.words[i - 1], g.words[i]), 0, "each word once");
	grammar_clear(&g);
}

Test(grammar, other_vendors_names_of_types)
{
	struct grammar g = of("[\"$OOV_CLASS_DIGIT_SEQUENCE\", \"$OPERAND\"]");

	expect_said(&g, "one two three", "123");
	expect_said(&g, "forty", "40");
	grammar_clear(&g);
}

Test(grammar, without_hints_yes_and_no)
{
	struct grammar g;

	cr_assert_eq(grammar_make(&g, NULL), 0);
	expect_said(&g, "yep", "yes");
	cr_expect_not_null(strstr(g.jsgf, "<yesno>"));
	grammar_clear(&g);
}

Test(grammar, what_cannot_be_said_is_left_out)
{
	struct grammar g = of(
	    "[\"sales\", \"\u65e5\u672c\", \"$colour\", \"$digits:0\", \"$digits:99\", \"$digits $digits\", "
	    "\"...\", 7, \"<x>; public <y> = z;\"]");
	json_t *none = json_loads("[\"\u65e5\", \"$x\"]", 0, NULL);
	struct grammar other;

	cr_expect_eq(g.skipped, 7u);
	cr_expect_not_null(strstr(g.jsgf, "public <said> = sales | x public y z;"),
			   "no grammar of others: %s", g.jsgf);
	grammar_clear(&g);
	cr_expect_neq(grammar_make(&other, none), 0);
	json_decref(none);
}

Test(grammar, hints_are_bounded)
{
	json_t *list = json_array();
	struct grammar g;
	char big[1000];

	memset(big, 'a', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	json_array_append_new(list, json_string(big));
	for (int i = 0; i < 60; i++)
		strcpy(big + 2 * i, "a ");
	json_array_append_new(list, json_string(big));
	for (int i = 0; i < 600; i++)
		json_array_append_new(list, json_string("one"));
	cr_assert_eq(grammar_make(&g, list), 0);
	cr_expect_eq(g.count, GRAMMAR_HINTS_MAX - 2u);
	cr_expect_eq(g.skipped, 104u);
	json_decref(list);
	grammar_clear(&g);
}
