/* INVITEs that have come already by another way: see private.h. NTA would answer them too, without a word.
 * Only those to the same port count: who has tried one listener of ours in vain, by RFC 3263, tries the next
 * with the same Call-ID and CSeq. */
#include "daemon/offhookd/ua/private.h"

#include "lib/clock.h"
#include "lib/fnv.h"
#include "lib/log.h"

#include <string.h>

enum {
	SLOTS = 1024,
	LIFE_US = 5000000,	/* T4: no transaction of an INVITE ends sooner */
	ACCEPTED_US = 32000000, /* 64 times T1: for as long an INVITE that was accepted may be sent again */
};

/* What came lately, whatever became of it. One slot for many: of those that share one the newest is known. */
static struct slot {
	uint64_t id, branch;
	int64_t until_us;
	bool accepted; /* with 2xx, which has been acknowledged */
} seen[SLOTS];

static uint64_t mix(uint64_t hash, const char *text)
{
	return fnv_add(hash, text, strlen(text) + 1); /* its end counts: "ab", "c" is not "a", "bc" */
}

uint64_t ua_merged_branch(const sip_t *sip)
{
	const sip_via_t *via = sip->sip_via;

	return via ? mix(mix(FNV_NONE, via->v_branch ? via->v_branch : ""), via->v_host) : 0;
}

/* What an INVITE is, going by what has come before. */
enum told { NEW, AGAIN, AFTER_ALL, MERGED };

static enum told is_of_living(struct ua *ua, const sip_t *sip, uint64_t branch, uint16_t port)
{
	const struct ua_call *c = ua_index_find(ua, sip->sip_call_id->i_id);

	for (; c; c = c->same_id)
		if (!c->outgoing && !c->closed && c->agent->port == port &&
		    c->remote_cseq == sip->sip_cseq->cs_seq &&
		    strcmp(c->remote_tag, sip->sip_from->a_tag) == 0)
			return c->remote_branch != branch ? MERGED : c->confirmed ? AFTER_ALL : AGAIN;
	return NEW;
}

static uint64_t id_of(const char *call_id, const char *tag, uint32_t cseq, uint16_t port)
{
	return mix(mix(FNV_NONE, call_id), tag) ^ ((uint64_t)port << 32 | cseq) * 0x9e3779b97f4a7c15u;
}

static enum told is_of_late(const sip_t *sip, uint64_t branch, uint16_t port)
{
	uint64_t id = id_of(sip->sip_call_id->i_id, sip->sip_from->a_tag, sip->sip_cseq->cs_seq, port);
	int64_t now = clock_mono_us();
	struct slot *slot = &seen[id % SLOTS];

	if (slot->id == id && slot->until_us > now)
		return slot->branch != branch ? MERGED : slot->accepted ? AFTER_ALL : AGAIN;
	*slot = (struct slot){ .id = id, .branch = branch, .until_us = now + LIFE_US };
	return NEW;
}

void ua_merged_confirmed(struct ua_call *call)
{
	uint64_t id = id_of(call->call_id, call->remote_tag, call->remote_cseq, call->agent->port);

	if (call->outgoing || call->confirmed)
		return;
	call->confirmed = true;
	seen[id % SLOTS] = (struct slot){ .id = id,
					  .branch = call->remote_branch,
					  .until_us = clock_mono_us() + ACCEPTED_US,
					  .accepted = true };
}

bool ua_merged_admits(struct ua *ua, const sip_t *sip, const struct sockaddr_storage *from)
{
	uint64_t branch;
	char address[64];
	enum told told;
	uint16_t port;

	if (!sip->sip_request || sip->sip_request->rq_method != sip_method_invite || !sip->sip_to ||
	    sip->sip_to->a_tag || !sip->sip_call_id || !sip->sip_call_id->i_id || !sip->sip_cseq ||
	    !sip->sip_from || !sip->sip_from->a_tag || !sip->sip_via)
		return true;
	branch = ua_merged_branch(sip);
	port = ua_intake_port();
	told = is_of_living(ua, sip, branch, port);
	if (told == NEW)
		told = is_of_late(sip, branch, port);
	if (told ==
	    AFTER_ALL) { /* NTA has forgotten it, and would call it merged, or new (RFC 6026 section 7.1) */
		log_debug("sip.absorbed", NULL, "sip_call_id=%s", log_quote(sip->sip_call_id->i_id));
		return false;
	}
	if (told != MERGED)
		return true;
	ua_format_address(address, sizeof address, from);
	log_warn("sip.merged", NULL, "sip_call_id=%s source=%s cseq=%u user_agent=%s why=%s",
		 log_quote(sip->sip_call_id->i_id), address, (unsigned)sip->sip_cseq->cs_seq,
		 log_quote(sip->sip_user_agent ? sip->sip_user_agent->g_string : ""),
		 log_quote(
		     "An INVITE with the same Call-ID, From tag and CSeq has come already, by another way or "
		     "from another phone: 482."));
	ua_intake_answer(482, "Request Merged", NULL);
	return false;
}
