/* Tests of the registrar's bindings and their file. */
#include "daemon/offhookd/phones/bindings.h"
#include "daemon/offhookd/phones/contact_uri.h"

#include "lib/clock.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct desk {
	struct event_base *base;
	struct bindings *bindings;
	char folder[32], file[64];
	unsigned changes[4];
};

static const int64_t start_ms = INT64_C(1795166521000);

static void on_change(enum bindings_change change, const struct binding *binding, void *arg)
{
	struct desk *desk = arg;

	cr_assert_not_null(binding->user);
	desk->changes[change]++;
}

static void open_again(struct desk *desk)
{
	cr_assert_eq(bindings_alloc(&desk->bindings, desk->base, desk->file, on_change, desk), 0);
}

static void open_desk(struct desk *desk)
{
	memset(desk, 0, sizeof(*desk));
	clock_test_freeze(start_ms, 1000);
	strcpy(desk->folder, "/tmp/offhook-test-XXXXXX");
	cr_assert_not_null(mkdtemp(desk->folder));
	snprintf(desk->file, sizeof(desk->file), "%s/registrations.json", desk->folder);
	desk->base = event_base_new();
	open_again(desk);
}

static void close_desk(struct desk *desk)
{
	char path[96];

	bindings_free(desk->bindings);
	event_base_free(desk->base);
	unlink(desk->file);
	snprintf(path, sizeof(path), "%s.broken", desk->file);
	unlink(path);
	cr_expect_eq(rmdir(desk->folder), 0, "something is left in the folder");
}

static struct bindings_wish wish(const char *user, const char *uri, uint32_t cseq, unsigned expires_s)
{
	return (struct bindings_wish){ .user = user,
				       .uri = uri,
				       .source = "udp:192.0.2.1:5060",
				       .call_id = "call-1",
				       .cseq = cseq,
				       .q = -1,
				       .expires_s = expires_s,
				       .max_contacts = 3 };
}

static int set(struct desk *desk, const char *user, const char *uri, uint32_t cseq, unsigned expires_s)
{
	struct bindings_wish w = wish(user, uri, cseq, expires_s);

	return bindings_set(desk->bindings, &w);
}

Test(bindings, come_are_refreshed_and_go)
{
	struct desk desk;

	open_desk(&desk);
	cr_expect_eq(set(&desk, "alice", "sip:a@192.0.2.1", 1, 60), 0);
	cr_expect_eq(set(&desk, "alice", "sip:a@192.0.2.2", 2, 60), 0);
	cr_expect_eq(set(&desk, "bob", "sip:b@192.0.2.3", 1, 60), 0);
	cr_expect_eq(bindings_count(desk.bindings), 3);
	cr_expect_str_eq(bindings_of(desk.bindings, "alice")->uri, "sip:a@192.0.2.1");
	cr_expect_str_eq(bindings_of(desk.bindings, "alice")->next->uri, "sip:a@192.0.2.2");
	cr_expect_null(bindings_of(desk.bindings, "alice")->next->next);
	clock_test_advance(10000);
	cr_expect_eq(set(&desk, "alice", "sip:a@192.0.2.1", 3, 60), 0);
	cr_expect_eq(bindings_of(desk.bindings, "alice")->registered, start_ms);
	cr_expect_eq(bindings_of(desk.bindings, "alice")->expires, start_ms + 70000);
	cr_expect_eq(set(&desk, "alice", "sip:a@192.0.2.1", 4, 0), 0);
	cr_expect_eq(set(&desk, "alice", "sip:nobody@192.0.2.1", 5, 0), 0);
	cr_expect_eq(bindings_count(desk.bindings), 2);
	bindings_remove_user(desk.bindings, "alice");
	cr_expect_null(bindings_of(desk.bindings, "alice"));
	cr_expect_eq(desk.changes[BINDING_REGISTERED], 3);
	cr_expect_eq(desk.changes[BINDING_REFRESHED], 1);
	cr_expect_eq(desk.changes[BINDING_REMOVED], 2);
	close_desk(&desk);
}

Test(bindings, refuse_old_requests)
{
	struct bindings_wish other;
	struct desk desk;

	open_desk(&desk);
	cr_expect_eq(set(&desk, "alice", "sip:1", 5, 60), 0);
	cr_expect_eq(set(&desk, "alice", "sip:1", 5, 60), EALREADY);
	cr_expect_eq(set(&desk, "alice", "sip:1", 4, 0), EALREADY);
	other = wish("alice", "sip:1", 1, 60);
	other.call_id = "call-2";
	cr_expect_eq(bindings_set(desk.bindings, &other), 0);
	other.max_contacts = 0;
	other.uri = "sip:2";
	cr_expect_eq(bindings_set(desk.bindings, &other), ENOSPC);
	cr_expect_eq(bindings_count(desk.bindings), 1);
	close_desk(&desk);
}

Test(bindings, a_phone_begins_anew_with_a_nonce_that_is_newer_than_its_registration)
{
	struct bindings_wish w = wish("alice", "sip:1", 100, 60);
	struct desk desk;

	open_desk(&desk);
	w.nonce_us = clock_mono_us();
	cr_expect_eq(bindings_set(desk.bindings, &w), 0);
	w.cseq = 1;
	w.nonce_us = bindings_of(desk.bindings, "alice")->refreshed_us;
	cr_expect_eq(bindings_set(desk.bindings, &w), EALREADY, "the nonce is not newer");
	w.nonce_us++;
	cr_expect_eq(bindings_set(desk.bindings, &w), 0);
	cr_expect_eq(bindings_of(desk.bindings, "alice")->cseq, 1);
	close_desk(&desk);
}

static bool is_gone(const struct binding *binding, void *arg)
{
	(void)arg;
	return strcmp(binding->uri, "sip:2") == 0;
}

Test(bindings, the_newest_has_room_made_for_it)
{
	struct desk desk;

	open_desk(&desk);
	for (uint32_t i = 1; i <= 3; i++) {
		char uri[] = "sip:0";

		uri[4] = (char)('0' + i);
		cr_expect_eq(set(&desk, "alice", uri, i, 60), 0);
		clock_test_advance(1000);
	}
	/* the first was heard of again: the second has been silent for longest */
	cr_expect_eq(set(&desk, "alice", "sip:1", 4, 60), 0);
	clock_test_advance(1000);
	cr_expect_eq(set(&desk, "alice", "sip:4", 5, 60), 0);
	cr_expect_eq(bindings_count(desk.bindings), 3);
	cr_expect_eq(desk.changes[BINDING_REMOVED], 1);
	cr_expect_str_eq(bindings_of(desk.bindings, "alice")->uri, "sip:1");
	cr_expect_str_eq(bindings_of(desk.bindings, "alice")->next->uri, "sip:3");
	/* one that is known to be gone goes before all */
	bindings_set_gone(desk.bindings, is_gone);
	clock_test_advance(1000);
	cr_expect_eq(set(&desk, "alice", "sip:2", 6, 60), 0);
	cr_expect_eq(set(&desk, "alice", "sip:5", 7, 60), 0);
	for (const struct binding *b = bindings_of(desk.bindings, "alice"); b; b = b->next)
		cr_expect_str_neq(b->uri, "sip:2");
	cr_expect_eq(bindings_count(desk.bindings), 3);
	close_desk(&desk);
}

Test(bindings, the_same_address_written_in_another_way_is_one_phone)
{
	struct desk desk;

	open_desk(&desk);
	cr_expect_eq(set(&desk, "alice", "sip:a@Phone.example:5070;transport=tcp;ob", 1, 60), 0);
	cr_expect_eq(set(&desk, "alice", "SIP:%61@phone.EXAMPLE:5070;ob;Transport=TCP", 2, 60), 0);
	cr_expect_eq(bindings_count(desk.bindings), 1);
	cr_expect_eq(set(&desk, "alice", "sip:a@phone.example:5070", 3, 60), 0);
	cr_expect_eq(bindings_count(desk.bindings), 2);
	close_desk(&desk);
}

static void expect_equal(bool equal, const char *a, const char *b)
{
	cr_expect_eq(contact_uri_equal(a, b), equal, "%s and %s", a, b);
	cr_expect_eq(contact_uri_equal(b, a), equal, "%s and %s", b, a);
}

/* Those of RFC 3261 section 19.1.4, and what phones write. */
Test(contact_uri, equal_and_not)
{
	expect_equal(true, "sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp");
	expect_equal(true, "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5");
	expect_equal(true, "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5");
	expect_equal(true, "sip:alice@atlanta.com?subject=project%20x",
		     "sip:alice@atlanta.com?subject=project x");
	expect_equal(false, "SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP");
	expect_equal(false, "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060");
	expect_equal(false, "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp");
	expect_equal(false, "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off");
	expect_equal(false, "sip:carol@chicago.com", "sip:carol@chicago.com?Subject=x");
	expect_equal(false, "sip:192.0.2.1", "sip:a@192.0.2.1");
	expect_equal(false, "sips:a@b", "sip:a@b");
	expect_equal(false, "sip:a@b;line=1", "sip:a@b;line=2");
	expect_equal(true, "sip:a@[2001:DB8::1]:5060;;ob", "sip:a@[2001:db8::1]:5060");
	expect_equal(true, "tel:+1", "tel:+1");
	expect_equal(false, "tel:+1", "tel:+2");
	expect_equal(false, "", "sip:a");
	expect_equal(true, "sip:%", "sip:%");
	expect_equal(false, "sip:%4", "sip:4");
}

Test(bindings, a_phone_that_moved_takes_its_own_place)
{
	struct bindings_wish w = wish("alice", "sip:a@192.0.2.1:1", 1, 60);
	struct desk desk;

	open_desk(&desk);
	w.instance = "<urn:uuid:1>";
	cr_expect_eq(bindings_set(desk.bindings, &w), 0);
	w.uri = "sip:a@192.0.2.1:2";
	w.cseq = 2;
	cr_expect_eq(bindings_set(desk.bindings, &w), 0);
	cr_expect_eq(bindings_count(desk.bindings), 1);
	cr_expect_str_eq(bindings_of(desk.bindings, "alice")->uri, "sip:a@192.0.2.1:2");
	close_desk(&desk);
}

/* Turns the loop until the change was told, with the frozen clock; the table looks once a second. */
static void wait_for(struct desk *desk, enum bindings_change change, unsigned count)
{
	time_t deadline = time(NULL) + 20;

	while (desk->changes[change] < count) {
		cr_assert_lt(time(NULL), deadline);
		event_base_loop(desk->base, EVLOOP_ONCE);
	}
}

Test(bindings, expire)
{
	struct desk desk;

	open_desk(&desk);
	set(&desk, "alice", "sip:1", 1, 60);
	set(&desk, "alice", "sip:2", 1, 61);
	set(&desk, "bob", "sip:3", 1, 3600);
	clock_test_advance(59999);
	event_base_loop(desk.base, EVLOOP_ONCE);
	cr_expect_eq(desk.changes[BINDING_EXPIRED], 0);
	clock_test_advance(1);
	wait_for(&desk, BINDING_EXPIRED, 1);
	cr_expect_str_eq(bindings_of(desk.bindings, "alice")->uri, "sip:2");
	clock_test_advance(1000);
	wait_for(&desk, BINDING_EXPIRED, 2);
	cr_expect_null(bindings_of(desk.bindings, "alice"));
	cr_expect_not_null(bindings_of(desk.bindings, "bob"));
	close_desk(&desk);
}

Test(bindings, last_as_long_whoever_sets_the_clock)
{
	static const int64_t jumps[] = { 7200000, -14400000 };

	for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
		struct desk desk;

		open_desk(&desk);
		set(&desk, "alice", "sip:1", 1, 60);
		set(&desk, "bob", "sip:2", 1, 3600);
		clock_test_freeze(start_ms + jumps[i], 1000);
		event_base_loop(desk.base, EVLOOP_ONCE);
		cr_expect_eq(desk.changes[BINDING_EXPIRED], 0);
		cr_expect_eq(bindings_of(desk.bindings, "alice")->expires, start_ms + jumps[i] + 60000);
		clock_test_advance(60000);
		wait_for(&desk, BINDING_EXPIRED, 1);
		cr_expect_null(bindings_of(desk.bindings, "alice"));
		cr_expect_not_null(bindings_of(desk.bindings, "bob"));
		close_desk(&desk);
	}
}

Test(bindings, outlive_a_restart)
{
	struct bindings_wish w = wish("alice", "sip:a@192.0.2.1", 7, 60);
	const struct binding *b;
	struct desk desk;

	open_desk(&desk);
	w.path = "<sip:edge;lr>";
	w.agent = "phone \"x\" \xc3\xab";
	w.instance = "<urn:uuid:1>";
	w.q = 0.5f;
	w.listener = 1;
	cr_expect_eq(bindings_set(desk.bindings, &w), 0);
	set(&desk, "bob", "sip:b@192.0.2.2", 1, 20);
	bindings_free(desk.bindings);
	clock_test_advance(30000);
	open_again(&desk);
	cr_expect_eq(desk.changes[BINDING_REGISTERED], 2, "what is read is no change");
	cr_expect_eq(bindings_count(desk.bindings), 1);
	b = bindings_of(desk.bindings, "alice");
	cr_assert_not_null(b);
	cr_expect_str_eq(b->uri, "sip:a@192.0.2.1");
	cr_expect_str_eq(b->source, "udp:192.0.2.1:5060");
	cr_expect_str_eq(b->path, "<sip:edge;lr>");
	cr_expect_str_eq(b->agent, "phone \"x\" \xc3\xab");
	cr_expect_str_eq(b->instance, "<urn:uuid:1>");
	cr_expect_str_eq(b->call_id, "call-1");
	cr_expect_eq(b->cseq, 7);
	cr_expect_eq(b->q, 0.5f);
	cr_expect_eq(b->listener, 1);
	cr_expect_eq(b->registered, start_ms);
	cr_expect_eq(b->expires, start_ms + 60000);
	cr_expect_eq(set(&desk, "alice", "sip:a@192.0.2.1", 7, 60), EALREADY);
	close_desk(&desk);
}

/* The file as JSON, once it holds `count` contacts. */
static void wait_for_file(struct desk *desk, size_t count)
{
	time_t deadline = time(NULL) + 20;
	json_t *all = NULL;

	while (json_array_size(all) != count) {
		cr_assert_lt(time(NULL), deadline);
		clock_test_advance(1000);
		event_base_loop(desk->base, EVLOOP_ONCE);
		json_decref(all);
		all = json_load_file(desk->file, 0, NULL);
	}
	json_decref(all);
}

Test(bindings, are_written_while_the_switch_runs)
{
	struct desk desk;

	open_desk(&desk);
	set(&desk, "alice", "sip:1", 1, 600000);
	set(&desk, "bob", "sip:2", 1, 600000);
	wait_for_file(&desk, 2);
	set(&desk, "bob", "sip:2", 2, 0);
	wait_for_file(&desk, 1);
	set(&desk, "alice", "sip:1", 2, 0);
	wait_for_file(&desk, 0);
	close_desk(&desk);
}

static void write_file(const struct desk *desk, const char *text)
{
	FILE *f = fopen(desk->file, "w");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

Test(bindings, a_broken_file_is_set_aside)
{
	struct desk desk;
	char path[96];

	open_desk(&desk);
	bindings_free(desk.bindings);
	write_file(&desk, "[{\"user\":");
	open_again(&desk);
	cr_expect_eq(bindings_count(desk.bindings), 0);
	snprintf(path, sizeof(path), "%s.broken", desk.file);
	cr_expect_eq(access(path, F_OK), 0);
	bindings_free(desk.bindings);
	write_file(&desk, "[7, {\"user\":\"x\"}, "
			  "{\"user\":\"a\",\"uri\":\"sip:1\",\"source\":\"s\",\"call_id\":\"c\",\"cseq\":1,"
			  "\"expires\":1795166999000},{\"user\":\"a\",\"uri\":\"sip:1\",\"source\":\"s\","
			  "\"call_id\":\"d\",\"cseq\":1,"
			  "\"expires\":1795166999000}]");
	open_again(&desk);
	cr_expect_eq(bindings_count(desk.bindings), 1);
	close_desk(&desk);
}

Test(bindings, twenty_thousand_users)
{
	struct desk desk;
	char user[32], uri[64];

	open_desk(&desk);
	for (int round = 1; round <= 3; round++) {
		for (int i = 0; i < 20000; i++) {
			snprintf(user, sizeof(user), "u%d", i);
			snprintf(uri, sizeof(uri), "sip:u%d@192.0.2.1:5060;transport=udp", i);
			cr_assert_eq(set(&desk, user, uri, (uint32_t)round, 3600), 0);
		}
	}
	cr_expect_eq(bindings_count(desk.bindings), 20000);
	bindings_free(desk.bindings);
	open_again(&desk);
	cr_expect_eq(bindings_count(desk.bindings), 20000);
	close_desk(&desk);
}
