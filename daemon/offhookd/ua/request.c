/* Requests outside dialogs: REGISTER, and whatever else NUA hands over. */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"

#include <stdlib.h>
#include <string.h>

enum { EXPIRES_MAX_S = 0x7fffffff };

static const char *instance_of(const sip_contact_t *m)
{
	const char *value = msg_params_find(m->m_params, "+sip.instance=");

	return value && value[0] ? value : NULL;
}

/* "300", with quotes or without. Malformed values are 3600 (RFC 3261 section 20.10). */
long ua_read_expires(const char *text, long none)
{
	unsigned long s = 0;

	text += strspn(text, "\" \t");
	if (!*text)
		return none;
	if (!strchr("0123456789", *text))
		return 3600;
	for (; *text >= '0' && *text <= '9'; text++)
		s = s < EXPIRES_MAX_S ? s * 10 + (unsigned long)(*text - '0') : s;
	text += strspn(text, "\" \t");
	return *text ? 3600 : s < EXPIRES_MAX_S ? (long)s : EXPIRES_MAX_S;
}

static void read_contacts(struct ua_register *out, const sip_t *sip, su_home_t *home)
{
	for (const sip_contact_t *m = sip->sip_contact; m; m = m->m_next) {
		struct ua_contact *c = &out->contacts[out->contact_count];

		if (m->m_url->url_type == url_any) {
			out->all = true;
			continue;
		}
		if (out->contact_count == UA_CONTACTS_MAX) {
			out->too_many = true;
			return;
		}
		c->uri = url_as_string(home, m->m_url);
		c->expires_s = m->m_expires ? ua_read_expires(m->m_expires, -1) : -1;
		c->q = m->m_q ? strtof(m->m_q, NULL) : -1;
		c->instance = instance_of(m);
		if (c->uri)
			out->contact_count++;
	}
}

void ua_request_on_register(struct ua_agent *agent, nua_handle_t *nh, const sip_t *sip)
{
	su_home_t home[1] = { SU_HOME_INIT(home) };
	struct ua_request request = { .agent = agent, .nh = nh };
	struct ua_register in = { .expires_s = -1 };

	su_home_init(home);
	ua_read_request(&in.request, agent, sip, home);
	read_contacts(&in, sip, home);
	in.path = ua_read_path(sip, home);
	if (sip->sip_expires)
		in.expires_s = (long)sip->sip_expires->ex_delta;
	agent->ua->handlers.reg(&request, &in, agent->ua->arg);
	if (!request.answered)
		ua_request_respond(&request, &(struct ua_refusal){ .code = 500 });
	su_home_deinit(home);
}

void ua_request_respond(struct ua_request *request, const struct ua_refusal *response)
{
	char block[UA_BLOCK_MAX], retry[16];
	const char *phrase = response->phrase ? response->phrase : sip_status_phrase(response->code);
	const char *headers = ua_header_block(block, response->headers, response->header_count);

	if (request->answered)
		return;
	request->answered = true;
	snprintf(retry, sizeof retry, "%u", response->retry_after_s);
	nua_respond(request->nh, response->code, phrase ? phrase : "Refused",
		    NUTAG_WITH_THIS(request->agent->nua),
		    TAG_IF(response->retry_after_s, SIPTAG_RETRY_AFTER_STR(retry)),
		    TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_END());
	ua_root_kick(request->agent->ua->root);
}
