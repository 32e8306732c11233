/* Fuzz target: the forms of the Twilio and SignalWire dialect, their ids, dates and credentials, and the
 * signature of what we send. */
#include "daemon/api/dialect/twilio/basic.h"
#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/dialect/twilio/form.h"
#include "daemon/api/dialect/twilio/ids.h"
#include "daemon/api/dialect/twilio/sign.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const struct query *query)
{
	static const char *const words[] = { "initiated", "ringing", "answered", "completed", NULL };
	struct form form;
	int64_t a, b;
	unsigned bits;
	bool on;
	int word;

	form_init(&form, query);
	for (size_t i = 0; i < query->count; i++) {
		const char *name = query->items[i].name;

		form_url(&form, name);
		if (form_int(&form, name, 1, 600, &a) && (a < 1 || a > 600))
			abort();
		form_bool(&form, name, &on);
		if (form_word(&form, name, words, &word) && (word < 0 || word > 3))
			abort();
		form_method(&form, name, &on);
		if (form_words(&form, name, words, &bits) && bits > 15)
			abort();
		if (form_date(&form, name, &a, &b) && a >= b)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_account account = { .sid = "b3877c40-da60-4998-90ad-b792e98472af",
					.auth_token = "token" };
	const struct conf conf = { .accounts = &account, .account_count = 1 };
	char *text = malloc(size + 1), id[UUID_TEXT_SIZE], again[UUID_TEXT_SIZE], sid[SID_SIZE],
	     signature[SIGN_SIZE];
	struct query query;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (!query_parse(&query, text)) {
		read_all(&query);
		query_clear(&query);
	}
	if (sid_read("CA", text, id) &&
	    (!sid_read("CA", sid_write(VIEW_TWILIO, "CA", id, sid), again) || strcmp(id, again)))
		abort();
	basic_account(&conf, text);
	twilio_sign(&account, "http://127.0.0.1/", text, signature);
	free(text);
	return 0;
}
