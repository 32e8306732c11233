/* A program's audio: the message that it says most often, and what becomes of what it said. */
#include "daemon/offhookd/stream/media_text.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

/* What a whole reader of JSON makes of it; a new object to be let go of. */
static const char *whole(const char *text, size_t size, json_t **message)
{
	const char *event;

	*message = json_loadb(text, size, 0, NULL);
	event = json_string_value(json_object_get(*message, "event"));
	return event && !strcmp(event, "media")
		   ? json_string_value(json_object_get(json_object_get(*message, "media"), "payload"))
		   : NULL;
}

/* It may leave a message to the whole reader, but never says anything else than that. Returns whether it took
 * it. */
static bool agrees(const char *text, size_t size)
{
	const char *payload = "";
	size_t length = 0;
	json_t *message;
	const bool taken = media_text_payload(text, size, &payload, &length);
	const char *other = whole(text, size, &message);

	if (taken) {
		cr_expect_not_null(other, "%.*s", (int)size, text);
		cr_expect(other && strlen(other) == length && !memcmp(other, payload, length), "%.*s",
			  (int)size, text);
	}
	json_decref(message);
	return taken;
}

Test(stream, the_payload_of_what_programs_say)
{
	static const char *const takes[] = {
		"{\"event\":\"media\",\"streamSid\":\"MZ1\",\"media\":{\"payload\":\"AAAA\"}}",
		("{ \"media\" : { \"track\" : \"outbound\" , \"payload\" : \"AA==\" } , \"event\" : "
		 "\"media\" "
		 "}\r\n"),
		"{\"event\":\"media\",\"media\":{\"payload\":\"\"}}",
		"{\"event\":\"mark\",\"event\":\"media\",\"media\":{\"payload\":\"x\",\"payload\":\"y\"}}",
	};
	static const char *const leaves[] = {
		"",
		"{",
		"{}",
		"[]",
		"null",
		"{\"event\":\"media\"}",
		"{\"event\":\"media\",\"media\":{}}",
		"{\"event\":\"mark\",\"media\":{\"payload\":\"AAAA\"}}",
		"{\"event\":\"media\",\"media\":\"AAAA\"}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"AA\\/A\"}}", /* escaped, as PHP does */
		"{\"event\":\"media\",\"sequenceNumber\":1,\"media\":{\"payload\":\"AAAA\"}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"AAAA\"}},",
		"{\"event\":\"media\",\"media\":{\"payload\":\"AAAA\"},}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"AAAA\"",
		"{\"event\":\"media\",\"media\":{\"payload\":\"A\x01\"}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"\xff\"}}",
		"{\"event\":\"media\",\"media\":{\"payload\":\"x\"},\"media\":{\"a\":\"b\"}}",
		"{'event':'media'}",
	};

	for (size_t i = 0; i < sizeof takes / sizeof *takes; i++)
		cr_expect(agrees(takes[i], strlen(takes[i])), "%s", takes[i]);
	for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
		cr_expect_not(agrees(leaves[i], strlen(leaves[i])), "%s", leaves[i]);
}

/* Each byte of a good message replaced by each other, and each beginning of it. */
Test(stream, a_broken_message_is_never_taken)
{
	static const char good[] = "{\"event\":\"media\",\"media\":{\"payload\":\"AB==\"}}";
	char text[sizeof good];

	for (size_t size = 0; size < sizeof good - 1; size++)
		cr_expect_not(agrees(good, size), "%zu bytes", size);
	for (size_t at = 0; at < sizeof good - 1; at++) {
		memcpy(text, good, sizeof good);
		for (int c = 0; c < 256; c++) {
			text[at] = (char)c;
			(void)agrees(text, sizeof good - 1);
		}
	}
}
