/* Fuzzes what the test trunk reads: a SIP message, its description, its number; and what it writes about
 * them. */
#include "daemon/offhookd/testtrunk/message.h"
#include "daemon/offhookd/testtrunk/number.h"
#include "daemon/offhookd/testtrunk/offer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct test_response response = { 200, "tag", "127.0.0.1:5070", "v=0\r\n" };
	struct test_text all = { (const char *)data, size };
	struct test_message message, again;
	struct test_offer offer;
	char out[TEST_MESSAGE_MAX], sdp[TEST_SDP_MAX];
	size_t n;

	if (test_offer_read(&offer, all) == 0)
		test_offer_write(sdp, &offer, &offer.rtp, 1);
	if (test_message_read(&message, (const char *)data, size))
		return 0;
	if (test_plan_of(message.user).code > 699)
		abort();
	n = test_message_respond(out, sizeof out, &message, &response);
	if (n && (n >= sizeof out || test_message_read(&again, out, n) || again.status != 200 ||
		  !test_text_is(again.call_id, message.call_id) || again.cseq != message.cseq))
		abort();
	return 0;
}
