/* Who is not heard, and why that may be: what is said of a NAT. */
#include "daemon/offhookd/call/whereabouts.h"

#include "lib/json_get.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

static void set_address(struct sockaddr_storage *out, const char *host, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof *out);
	out->ss_family = strchr(host, ':') ? AF_INET6 : AF_INET;
	if (out->ss_family == AF_INET6)
		cr_assert_eq(inet_pton(AF_INET6, host, &v6->sin6_addr), 1);
	else
		cr_assert_eq(inet_pton(AF_INET, host, &v4->sin_addr), 1);
	*(out->ss_family == AF_INET6 ? &v6->sin6_port : &v4->sin_port) = htons(port);
}

/* What is said of a call whose description names `said`, and whose signalling comes from `signal`. */
static json_t *one_way(const char *said, const char *signal)
{
	static struct call call;
	static char user[] = "alice";
	struct sockaddr_storage from;

	memset(&call, 0, sizeof call);
	call.user = user;
	set_address(&call.stream.rtp, said, 4000);
	set_address(&from, signal, 5060);
	address_take(&call.stream.signal, &from);
	return whereabouts_one_way(&call);
}

static void expect(const char *said, const char *signal, bool nat)
{
	json_t *what = one_way(said, signal);
	const char *likely = json_member_text(what, "likely");

	cr_expect_eq(json_is_true(json_object_get(what, "nat")), nat, "%s from %s", said, signal);
	cr_expect_eq(strstr(likely, "behind a NAT") != NULL, nat, "%s from %s: %s", said, signal, likely);
	cr_expect_str_eq(json_member_text(what, "not_heard"), "alice");
	json_decref(what);
}

Test(whereabouts, a_private_address_from_a_public_one_is_a_nat)
{
	expect("192.168.1.20", "203.0.113.7", true);
	expect("10.0.0.5", "203.0.113.7", true);
	expect("172.31.255.1", "203.0.113.7", true);
	expect("100.64.0.9", "203.0.113.7", true); /* RFC 6598 */
	expect("169.254.3.4", "203.0.113.7", true);
	expect("fd00::20", "2001:db8::7", true);
	expect("192.168.1.20", "10.0.0.1", true); /* another private network */
}

Test(whereabouts, what_is_no_nat)
{
	expect("192.168.1.20", "192.168.1.20", false);
	expect("203.0.113.9", "203.0.113.7", false);
	expect("172.32.0.1", "203.0.113.7", false);
	expect("100.128.0.1", "203.0.113.7", false);
	expect("2001:db8::20", "2001:db8::7", false);
	expect("fd00::20", "fd00::20", false);
}
