/* From sofia's message structures to ours (private.h). */
#define _GNU_SOURCE /* strcasestr */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum conf_transport ua_transport_of(const sip_t *sip)
{
	const char *p = sip->sip_via ? sip->sip_via->v_protocol : "";

	if (su_casematch(p, sip_transport_tls))
		return CONF_TLS;
	return su_casematch(p, sip_transport_tcp) ? CONF_TCP : CONF_UDP;
}

/* Writes "host:port", with brackets around IPv6. */
void ua_format_address(char *out, size_t size, const struct sockaddr_storage *a)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (a->ss_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const void *)a;

		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
		snprintf(out, size, "[%s]:%u", host, ntohs(v6->sin6_port));
	} else {
		const struct sockaddr_in *v4 = (const void *)a;

		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
		snprintf(out, size, "%s:%u", host, ntohs(v4->sin_port));
	}
}

const char *ua_source_text(enum conf_transport transport, const struct sockaddr_storage *a,
			   char out[UA_SOURCE_TEXT_MAX])
{
	char address[64];

	ua_format_address(address, sizeof address, a);
	snprintf(out, UA_SOURCE_TEXT_MAX, "%s:%s", conf_transport_name(transport), address);
	return out;
}

const char *ua_host_text(const struct sockaddr_storage *a, char out[UA_HOST_TEXT_MAX])
{
	const void *address = a->ss_family == AF_INET6
				  ? (const void *)&((const struct sockaddr_in6 *)a)->sin6_addr
				  : (const void *)&((const struct sockaddr_in *)a)->sin_addr;

	out[0] = '\0';
	inet_ntop(a->ss_family, address, out, UA_HOST_TEXT_MAX);
	return out;
}

bool ua_message_source(struct sockaddr_storage *out, msg_t *msg)
{
	const su_sockaddr_t *su = msg ? msg_addr(msg) : NULL;

	memset(out, 0, sizeof *out);
	if (!su || (su->su_family != AF_INET && su->su_family != AF_INET6))
		return false;
	memcpy(out, su, su->su_family == AF_INET ? sizeof su->su_sin : sizeof su->su_sin6);
	return true;
}

void ua_source_from(struct ua_source *out, struct ua_agent *agent, const sip_t *sip)
{
	memset(out, 0, sizeof *out);
	out->transport = ua_transport_of(sip);
	out->listener = agent->index;
	ua_message_source(&out->address, nua_current_request(agent->nua));
	ua_source_text(out->transport, &out->address, out->text);
}

/* The user part with its escapes undone; NULL when there is none. */
static const char *user_of(const url_t *url, su_home_t *home)
{
	char *user;

	if (!url->url_user)
		return url->url_type == url_tel ? url->url_host : NULL;
	user = su_strdup(home, url->url_user);
	if (user)
		url_unescape(user, url->url_user);
	return user;
}

/* A display name without its quotes and escapes. */
static const char *display_of(const char *display, su_home_t *home)
{
	char *out, *to;

	if (!display || !display[0])
		return NULL;
	if (display[0] != '"')
		return display;
	out = to = su_strdup(home, display);
	if (!out)
		return NULL;
	for (const char *at = display + 1; *at && *at != '"'; at++) {
		if (*at == '\\' && at[1])
			at++;
		*to++ = *at;
	}
	*to = '\0';
	return out[0] ? out : NULL;
}

/* Joins parameters. sip_header_as_string() would do, if it did not lose the last of a long header. */
static char *join(su_home_t *home, char *text, const char *separator, const msg_param_t *params)
{
	for (; params && *params && text; params++)
		text = su_sprintf(home, "%s%s%s", text, separator, *params);
	return text;
}

char *ua_read_auth(const msg_auth_t *au, su_home_t *home)
{
	const msg_param_t *params = au->au_params;

	if (!params || !params[0])
		return NULL;
	return join(home, su_sprintf(home, "%s %s", au->au_scheme, params[0]), ", ", params + 1);
}

static void add_credentials(struct ua_request_info *out, const sip_authorization_t *au, su_home_t *home)
{
	for (; au && out->authorization_count < UA_AUTH_MAX; au = au->au_next) {
		char *value = ua_read_auth(au, home);

		if (value)
			out->authorization[out->authorization_count++] = value;
	}
}

char *ua_read_path(const sip_t *sip, su_home_t *home)
{
	char *all = NULL;
	size_t n = 0;

	for (const sip_path_t *p = sip->sip_path; p && n < UA_PATHS_MAX; p = p->r_next, n++) {
		char *one = url_as_string(home, p->r_url);

		one = one ? join(home, su_sprintf(home, "<%s>", one), ";", p->r_params) : NULL;
		if (one)
			all = all ? su_sprintf(home, "%s, %s", all, one) : one;
	}
	return all;
}

void ua_read_request(struct ua_request_info *out, struct ua_agent *agent, const sip_t *sip, su_home_t *home)
{
	ua_read_headers(out, sip, home);
	ua_source_from(&out->source, agent, sip);
}

void ua_read_headers(struct ua_request_info *out, const sip_t *sip, su_home_t *home)
{
	const url_t *to = sip->sip_request->rq_url;

	memset(out, 0, sizeof *out);
	out->method = sip->sip_request->rq_method_name;
	out->request_user = user_of(to, home);
	out->request_host = to->url_host;
	out->request_uri = url_as_string(home, to);
	if (sip->sip_from) {
		out->from_user = user_of(sip->sip_from->a_url, home);
		out->from_host = sip->sip_from->a_url->url_host;
		out->from_display = display_of(sip->sip_from->a_display, home);
		out->from_uri = url_as_string(home, sip->sip_from->a_url);
	}
	if (sip->sip_to) {
		out->to_user = user_of(sip->sip_to->a_url, home);
		out->to_host = sip->sip_to->a_url->url_host;
	}
	out->call_id = sip->sip_call_id ? sip->sip_call_id->i_id : "";
	out->cseq = sip->sip_cseq ? sip->sip_cseq->cs_seq : 0;
	out->user_agent = sip->sip_user_agent ? sip->sip_user_agent->g_string : NULL;
	out->max_forwards = sip->sip_max_forwards ? (int)sip->sip_max_forwards->mf_count : -1;
	add_credentials(out, sip->sip_authorization, home);
	add_credentials(out, sip->sip_proxy_authorization, home);
}

/* One line of log for a description of which something was passed over, or that is of no use. */
static void log_notes(const sip_t *sip, const struct ua_sdp *sdp, const struct ua_sdp_notes *notes)
{
	const char *id = sip->sip_call_id ? sip->sip_call_id->i_id : "";

	if (notes->count)
		log_info("sip.sdp_skipped", NULL, "sip_call_id=%s count=%u what=%s", log_quote(id),
			 notes->count, log_quote(notes->text));
	if (sdp->trouble)
		log_info("sip.sdp_useless", NULL, "sip_call_id=%s why=%s", log_quote(id),
			 log_quote(sdp->trouble));
}

int ua_read_sdp(struct ua_sdp *out, const sip_t *sip)
{
	const char *type, *text;
	struct ua_sdp_notes notes = { 0 };
	size_t length;
	int err = EBADMSG;

	if (!sip || !sip->sip_payload || sip->sip_payload->pl_len == 0)
		return ENOENT;
	type = sip->sip_content_type ? sip->sip_content_type->c_type : "application/sdp";
	text = sip->sip_payload->pl_data;
	length = sip->sip_payload->pl_len;
	if (strncasecmp(type, "multipart/", 10) == 0)
		text = ua_multipart_sdp(
		    text, length, msg_params_find(sip->sip_content_type->c_params, "boundary="), &length);
	else if (!su_casematch(type, "application/sdp"))
		text = NULL;
	memset(out, 0, sizeof *out);
	out->dtmf_pt = -1;
	if (text)
		err = ua_sdp_parse(out, text, length, &notes);
	else
		out->trouble = "its body is no session description";
	log_notes(sip, out, &notes);
	return err ? EBADMSG : 0;
}

/* The value of "NAME=…" at the beginning of a line, or "". */
static const char *value_of_line(const char *body, const char *name)
{
	size_t n = strlen(name);

	while (*body) {
		const char *at = body + strspn(body, " \t");

		if (strncasecmp(at, name, n) == 0 && at[n + strspn(at + n, " \t")] == '=')
			return strchr(at, '=') + 1;
		body += strcspn(body, "\r\n");
		body += strspn(body, "\r\n");
	}
	return "";
}

/* application/dtmf-relay: "Signal=5\r\nDuration=160"; application/vnd.nortelnetworks.digits: a line "d=5"
 * among others; application/dtmf: "5". Returns 0 or EBADMSG. */
static int read_text(const char *type, const char *body, char *digit, unsigned *duration_ms)
{
	const char *signal = body, *duration = strcasestr(body, "Duration");
	size_t length;
	long ms = 0;

	if (strcasecmp(type, "application/dtmf-relay") == 0)
		signal = value_of_line(body, "Signal");
	else if (strcasecmp(type, "application/vnd.nortelnetworks.digits") == 0)
		signal = value_of_line(body, "d");
	signal += strspn(signal, " \t\r\n\"");
	length = strcspn(signal, " \t\r\n;,\"");
	if (length == 0 || length > 2 || !strchr("0123456789*#ABCDabcd", *signal))
		return EBADMSG; /* several digits, or something that we would have to guess at */
	*digit = *signal >= 'a' ? (char)(*signal - 32) : *signal;
	if (length == 2) { /* an event of RFC 4733 by its number */
		if (signal[0] != '1' || signal[1] < '0' || signal[1] > '5')
			return EBADMSG;
		*digit = "*#ABCD"[signal[1] - '0'];
	}
	if (duration && strchr(duration, '='))
		ms = strtol(strchr(duration, '=') + 1, NULL, 10);
	*duration_ms = ms > 0 && ms < 60000 ? (unsigned)ms : 160;
	return 0;
}

/* audio/telephone-event: the payload of RFC 4733 section 2.3. The one that says that the key was released
 * counts: others of the same press may come before it. Returns 0 or ENOTSUP. */
static int read_event(const uint8_t *payload, size_t size, char *digit, unsigned *duration_ms)
{
	static const char keys[] = "0123456789*#ABCD";
	unsigned ms;

	if (size != 4 || payload[0] >= sizeof keys - 1 || !(payload[1] & 0x80))
		return ENOTSUP;
	*digit = keys[payload[0]];
	ms = ((unsigned)payload[2] << 8 | payload[3]) / 8; /* of a clock of 8 kHz */
	*duration_ms = ms ? ms : 160;
	return 0;
}

int ua_read_digit(const sip_t *sip, char *digit, unsigned *duration_ms)
{
	const char *type = sip->sip_content_type ? sip->sip_content_type->c_type : "";
	char body[128];
	size_t n;

	if (!sip->sip_payload || sip->sip_payload->pl_len == 0)
		return ENOENT;
	if (strcasecmp(type, "audio/telephone-event") == 0)
		return read_event((const uint8_t *)sip->sip_payload->pl_data, sip->sip_payload->pl_len, digit,
				  duration_ms);
	if (strcasecmp(type, "application/dtmf-relay") != 0 && strcasecmp(type, "application/dtmf") != 0 &&
	    strcasecmp(type, "application/vnd.nortelnetworks.digits") != 0)
		return ENOTSUP;
	n = sip->sip_payload->pl_len < sizeof body - 1 ? sip->sip_payload->pl_len : sizeof body - 1;
	memcpy(body, sip->sip_payload->pl_data, n);
	body[n] = '\0';
	return read_text(type, body, digit, duration_ms);
}

/* Headers that are passed on to the other leg and shown to programs: X-…, where the call was before, what the
 * callers' programs say. */
static bool is_kept(const char *name)
{
	static const char *const others[] = { "Diversion", "History-Info", "User-to-User" };

	if (strncasecmp(name, "X-", 2) == 0)
		return true;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcasecmp(name, others[i]) == 0)
			return true;
	return false;
}

/* sofia-sip leaves these two among the headers that it does not know. */
static const url_t *identity(const sip_t *sip, const char *name, su_home_t *home)
{
	for (const sip_unknown_t *un = sip->sip_unknown; un; un = un->un_next) {
		sip_contact_t *m;

		if (!un->un_name || !un->un_value || strcasecmp(un->un_name, name) != 0)
			continue;
		m = sip_contact_make(home, ua_lenient_address(home, un->un_value, true));
		if (m)
			return m->m_url;
	}
	return NULL;
}

const char *ua_read_asserted(const sip_t *sip, su_home_t *home)
{
	const url_t *url = identity(sip, "P-Asserted-Identity", home);

	if (!url)
		url = identity(sip, "Remote-Party-ID", home);
	return url ? user_of(url, home) : NULL;
}

bool ua_read_privacy(const sip_t *sip)
{
	const char *asked[] = { "id", "user", "header" };
	const sip_privacy_t *p = sip->sip_privacy;

	for (size_t i = 0; p && p->priv_values && p->priv_values[i]; i++)
		for (size_t k = 0; k < sizeof asked / sizeof asked[0]; k++)
			if (strcasecmp(p->priv_values[i], asked[k]) == 0)
				return true;
	return false;
}

/* Who has transferred the caller to us (RFC 3892); sofia-sip knows this one. NULL: nobody. */
static const char *referred_by(const sip_t *sip, su_home_t *home)
{
	const sip_referred_by_t *by = sip->sip_referred_by;
	char *uri = by ? url_as_string(home, by->b_url) : NULL;

	return uri ? join(home, su_sprintf(home, "<%s>", uri), ";", by->b_params) : NULL;
}

size_t ua_read_x_headers(struct ua_header *out, size_t max, const sip_t *sip, su_home_t *home)
{
	size_t n = 0;

	out[n].name = "Referred-By";
	out[n].value = referred_by(sip, home);
	if (out[n].value)
		n++;
	for (const sip_unknown_t *un = sip->sip_unknown; un && n < max; un = un->un_next) {
		if (!un->un_name || !is_kept(un->un_name) || !un->un_value)
			continue;
		out[n].name = su_strdup(home, un->un_name);
		out[n].value = su_strdup(home, un->un_value);
		if (out[n].name && out[n].value)
			n++;
	}
	return n;
}

/* RFC 3326: Reason: Q.850;cause=16;text="…", SIP;cause=200. Returns the SIP cause, 0 for none. */
int ua_read_reason(const sip_t *sip, int *q850)
{
	int code = 0;

	*q850 = 0;
	for (const sip_reason_t *re = sip ? sip->sip_reason : NULL; re; re = re->re_next) {
		int cause = re->re_cause ? atoi(re->re_cause) : 0;

		if (!re->re_protocol)
			continue;
		if (strcasecmp(re->re_protocol, "Q.850") == 0 && cause > 0 && cause < 128)
			*q850 = cause;
		else if (strcasecmp(re->re_protocol, "SIP") == 0 && cause >= 100 && cause < 700)
			code = cause;
	}
	return code;
}

static bool is_clean(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

const char *ua_header_block(char out[UA_BLOCK_MAX], const struct ua_header *headers, size_t count)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		int n;

		if (!headers[i].name || !headers[i].value || !is_clean(headers[i].name) ||
		    !is_clean(headers[i].value))
			continue;
		n = snprintf(out + used, UA_BLOCK_MAX - used, "%s: %s\r\n", headers[i].name,
			     headers[i].value);
		if (n < 0 || (size_t)n >= UA_BLOCK_MAX - used)
			break;
		used += (size_t)n;
	}
	out[used] = '\0';
	return used ? out : NULL;
}
