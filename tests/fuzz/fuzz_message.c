/* Fuzz target: what we read of a SIP message that sofia-sip has parsed: addresses, credentials, identities,
 * bodies, digits by INFO. */
#include "daemon/offhookd/ua/private.h"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_mclass.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_request(const sip_t *sip, su_home_t *home)
{
	struct ua_agent agent = { 0 };
	struct ua_request_info info;

	if (!sip->sip_request)
		return;
	ua_read_request(&info, &agent, sip, home);
	if (!info.method || info.authorization_count > UA_AUTH_MAX)
		abort();
}

static void try_headers(const sip_t *sip, su_home_t *home)
{
	struct ua_header headers[UA_HEADERS_MAX];
	char block[UA_BLOCK_MAX];
	int q850, code = ua_read_reason(sip, &q850);
	size_t n = ua_read_x_headers(headers, UA_HEADERS_MAX, sip, home);
	const char *text = ua_header_block(block, headers, n);

	if (n > UA_HEADERS_MAX || q850 < 0 || q850 > 127 || (code && (code < 100 || code > 699)))
		abort();
	/* Nothing that would begin another header goes out. */
	for (const char *at = text; at && (at = strchr(at, '\r')); at += 2)
		if (at[1] != '\n' || at[2] == '\r')
			abort();
	(void)ua_read_asserted(sip, home);
	(void)ua_read_privacy(sip);
	(void)ua_read_path(sip, home);
}

static void try_body(const sip_t *sip)
{
	struct ua_sdp sdp;
	unsigned duration_ms;
	char digit;

	(void)ua_read_sdp(&sdp, sip);
	if (ua_read_digit(sip, &digit, &duration_ms) == 0 &&
	    (!strchr("0123456789*#ABCD", digit) || duration_ms == 0 || duration_ms >= 60000))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	static msg_mclass_t *mclass;
	const sip_t *sip;
	msg_t *msg;

	if (!mclass) {
		mclass = msg_mclass_clone(sip_default_mclass(), 0, 0);
		if (!mclass)
			abort();
		ua_lenient_install(mclass);
	}
	msg = msg_make(mclass, 0, data, (ssize_t)size);
	sip = msg ? sip_object(msg) : NULL;

	su_home_init(home);
	if (sip && (sip->sip_request || sip->sip_status)) {
		try_request(sip, home);
		try_headers(sip, home);
		try_body(sip);
	}
	su_home_deinit(home);
	if (msg)
		msg_destroy(msg);
	return 0;
}
