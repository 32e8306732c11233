/* Tests of what is kept of SIP messages: how they are read, and that no secret is. */
#include "daemon/offhookd/trace/blank.h"
#include "daemon/offhookd/trace/sipline.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define HEAD                                          \
	"Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"      \
	"From: \"A\" <sip:alice:pw1@h;x=y>;tag=1\r\n" \
	"t: sips:bob@h\r\n"                           \
	"i: abc@h \r\n"                               \
	"CSeq: 7 INVITE\r\n"

/* `text` after its secrets were taken out, in a static buffer. */
static const char *blanked(const char *text)
{
	static char out[4096];
	struct sipline sip;

	strcpy(out, text);
	cr_assert(sipline_read(&sip, out, strlen(out)));
	blank_secrets(out, strlen(text), &sip);
	cr_assert_eq(strlen(out), strlen(text));
	return out;
}

static void expect_blank(const char *lines, const char *wanted, const char *body, const char *wanted_body)
{
	char in[2048], out[2048];

	snprintf(in, sizeof in, "INVITE sip:bob@h SIP/2.0\r\ni: 1\r\nCSeq: 1 INVITE\r\n%s\r\n%s", lines,
		 body);
	snprintf(out, sizeof out, "INVITE sip:bob@h SIP/2.0\r\ni: 1\r\nCSeq: 1 INVITE\r\n%s\r\n%s", wanted,
		 wanted_body);
	cr_expect_str_eq(blanked(in), out);
}

Test(trace, a_request_is_read)
{
	static const char text[] = "INVITE sip:+1555@h SIP/2.0\r\n" HEAD "\r\nv=0\r\n";
	struct sipline sip;

	cr_assert(sipline_read(&sip, text, strlen(text)));
	cr_expect(sip_slice_is(&sip.method, "INVITE"));
	cr_expect(sip_slice_is(&sip.call_id, "abc@h"));
	cr_expect(sip_slice_is(&sip.from_user, "alice"));
	cr_expect(sip_slice_is(&sip.to_user, "bob"));
	cr_expect(sip_slice_is(&sip.request_user, "+1555"));
	cr_expect_eq(sip.code, 0);
	cr_expect_str_eq(text + sip.head, "v=0\r\n");
}

Test(trace, a_response_is_read)
{
	static const char text[] = "SIP/2.0 486 Busy Here\r\n" HEAD "\r\n";
	struct sipline sip;

	cr_assert(sipline_read(&sip, text, strlen(text)));
	cr_expect_eq(sip.code, 486);
	cr_expect(sip_slice_is(&sip.phrase, "Busy Here"));
	cr_expect(sip_slice_is(&sip.method, "INVITE"));
}

Test(trace, what_is_no_message_is_not_kept)
{
	static const char *const texts[] = { "",
					     "\r\n\r\n",
					     "GET / HTTP/1.1\r\n\r\n",
					     "SIP/2.0 99 x\r\n" HEAD,
					     "INVITE sip:x SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n",
					     "SIP/2.0 200" };
	struct sipline sip;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		cr_expect_not(sipline_read(&sip, texts[i], strlen(texts[i])), "%s", texts[i]);
}

Test(trace, credentials_are_blanked)
{
	expect_blank("Authorization: Digest username=\"a\", response=\"0123\", cnonce=\"response=1\"\r\n",
		     "Authorization: Digest username=\"a\", response=\"****\", cnonce=\"response=1\"\r\n", "",
		     "");
	expect_blank("proxy-authorization : digest RESPONSE = 01ab,nc=1\r\n",
		     "proxy-authorization : digest RESPONSE = ****,nc=1\r\n", "", "");
	expect_blank("Authorization: Digest realm=\"x\",\r\n response=\"ab\"\r\n",
		     "Authorization: Digest realm=\"x\",\r\n response=\"**\"\r\n", "", "");
	expect_blank("Authorization: Basic YTpi\r\n", "Authorization: Basic*****\r\n", "", "");
	expect_blank("Authentication-Info: nextnonce=\"n\", rspauth=\"ff\"\r\n",
		     "Authentication-Info: nextnonce=\"n\", rspauth=\"**\"\r\n", "", "");
	expect_blank("Contact: <sip:a:secret@h:5060>\r\nRoute: <sip:h:5070;lr>\r\n",
		     "Contact: <sip:a:******@h:5060>\r\nRoute: <sip:h:5070;lr>\r\n", "", "");
}

Test(trace, keys_and_digits_are_blanked)
{
	expect_blank("", "",
		     "v=0\r\na=crypto:1 AES inline:abcd|2^20|1:4;inline:ef\r\nm=audio 1 RTP/AVP 0\r\n",
		     "v=0\r\na=crypto:1 AES inline:****|2^20|1:4;inline:**\r\nm=audio 1 RTP/AVP 0\r\n");
	expect_blank("", "", "k=clear:xyz\r\na=ice-pwd:p\r\na=key-mgmt:mikey AA\r\nSignal=5\r\nDuration=160",
		     "k=*********\r\na=ice-pwd:*\r\na=key-mgmt:********\r\nSignal=*\r\nDuration=160");
}
