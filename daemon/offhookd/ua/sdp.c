/* See sdp.h. Parsing is sofia's; writing is short enough to be ours. */
#include "daemon/offhookd/ua/sdp.h"

#include "daemon/offhookd/ua/sdp_clean.h"
#include "daemon/offhookd/ua/sdp_crypto.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sofia-sip/sdp.h>
#include <sofia-sip/su_alloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CLEAN_MAX = 32768 }; /* bytes of a description */

static void copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

static int parse_address(struct sockaddr_storage *out, const char *host, unsigned port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof *out);
	if (!host)
		return EINVAL;
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		return 0;
	}
	if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		return 0;
	}
	return EINVAL;
}

static bool is_unspecified(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return ((const struct sockaddr_in *)address)->sin_addr.s_addr == htonl(INADDR_ANY);
	return IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static const char *media_name(const sdp_media_t *m)
{
	return m->m_type_name ? m->m_type_name : "audio";
}

/* Formats of a line as in its m= line, for declining it in the same words. */
static void copy_formats(char *out, size_t size, const sdp_media_t *m)
{
	size_t used = 0;

	out[0] = '\0';
	if (m->m_rtpmaps) {
		for (const sdp_rtpmap_t *rm = m->m_rtpmaps; rm && used + 5 < size; rm = rm->rm_next)
			used += (size_t)snprintf(out + used, size - used, "%s%u", used ? " " : "", rm->rm_pt);
	} else if (m->m_format && m->m_format->l_text && strlen(m->m_format->l_text) < size) {
		copy_text(out, size, m->m_format->l_text);
	}
	if (!out[0])
		copy_text(out, size, "0");
}

static void add_line(struct ua_sdp *out, const sdp_media_t *m, const char *proto)
{
	struct ua_sdp_line *line = &out->lines[out->line_count++];

	copy_text(line->media, sizeof line->media, media_name(m));
	copy_text(line->proto, sizeof line->proto, proto);
	copy_formats(line->formats, sizeof line->formats, m);
}

static const char *attribute(const sdp_attribute_t *list, const char *name)
{
	for (; list; list = list->a_next)
		if (list->a_name && strcasecmp(list->a_name, name) == 0)
			return list->a_value ? list->a_value : "";
	return NULL;
}

/* a=rtcp:PORT [IN IP4 ADDRESS], RFC 3605 */
static void read_rtcp(struct ua_sdp *out, const char *value, const char *host)
{
	char net[4], family[4], address[64];
	unsigned port;
	int got = value ? sscanf(value, "%u %3s %3s %63s", &port, net, family, address) : 0;

	if ((got == 1 || got == 4) && port > 0 && port < 65536 &&
	    parse_address(&out->rtcp, got == 4 ? address : host, port))
		memset(&out->rtcp, 0, sizeof out->rtcp);
}

static void read_codecs(struct ua_sdp *out, const sdp_media_t *m)
{
	for (const sdp_rtpmap_t *rm = m->m_rtpmaps; rm; rm = rm->rm_next) {
		struct ua_sdp_codec *codec = &out->codecs[out->codec_count];

		if (!rm->rm_encoding || !rm->rm_encoding[0] ||
		    strcasecmp(rm->rm_encoding, "telephone-event") == 0)
			continue;
		if (out->codec_count == UA_SDP_CODECS_MAX || strlen(rm->rm_encoding) >= sizeof codec->name)
			continue;
		copy_text(codec->name, sizeof codec->name, rm->rm_encoding);
		codec->clock_hz = (unsigned)rm->rm_rate;
		codec->channels = rm->rm_params ? (unsigned)atoi(rm->rm_params) : 1;
		codec->pt = (int)rm->rm_pt;
		copy_text(codec->fmtp, sizeof codec->fmtp, rm->rm_fmtp);
		out->codec_count++;
	}
	for (const sdp_rtpmap_t *rm = m->m_rtpmaps; rm; rm = rm->rm_next) {
		if (!rm->rm_encoding || strcasecmp(rm->rm_encoding, "telephone-event") != 0)
			continue;
		if (out->dtmf_pt < 0) {
			out->dtmf_pt = (int)rm->rm_pt;
			out->dtmf_clock_hz = (unsigned)rm->rm_rate;
		} else if (!out->dtmf_other_pt && rm->rm_rate != out->dtmf_clock_hz) {
			out->dtmf_other_pt = (int)rm->rm_pt;
			out->dtmf_other_clock_hz = (unsigned)rm->rm_rate;
		}
	}
}

static void read_direction(struct ua_sdp *out, const sdp_media_t *m)
{
	out->send = m->m_mode == sdp_sendonly || m->m_mode == sdp_sendrecv;
	out->receive = m->m_mode == sdp_recvonly || m->m_mode == sdp_sendrecv;
	if (is_unspecified(&out->rtp))
		out->receive = false;
}

static void read_crypto(struct ua_sdp *out, const sdp_media_t *m)
{
	for (const sdp_attribute_t *a = m->m_attributes; a; a = a->a_next)
		if (out->crypto_count < UA_SDP_CRYPTO_MAX && a->a_name && a->a_value &&
		    strcasecmp(a->a_name, "crypto") == 0 &&
		    ua_sdp_crypto_parse(&out->crypto[out->crypto_count], a->a_value) == 0)
			out->crypto_count++;
}

static const struct {
	unsigned flag;
	const char *name, *value;
} xr_formats[] = {
	{ UA_SDP_XR_RTT, "rcvr-rtt", "=all" },
	{ UA_SDP_XR_SUMMARY, "stat-summary", "=loss,dup,jitt" },
	{ UA_SDP_XR_VOIP, "voip-metrics", "" },
};

enum { XR_FORMATS = sizeof xr_formats / sizeof xr_formats[0] };

/* a=rtcp-xr, RFC 3611 section 5.1: formats, each perhaps with a value after "=". */
static unsigned read_xr(const char *value)
{
	unsigned flags = 0;

	while (value && *value) {
		size_t n = strcspn(value, " ="), all = strcspn(value, " ");

		for (size_t i = 0; i < XR_FORMATS; i++)
			if (n == strlen(xr_formats[i].name) && strncasecmp(value, xr_formats[i].name, n) == 0)
				flags |= xr_formats[i].flag;
		value += all;
		value += strspn(value, " ");
	}
	return flags;
}

/* Takes `m` when it is audio that we can speak. */
static bool take_line(struct ua_sdp *out, const sdp_session_t *session, const sdp_media_t *m,
		      const char *proto)
{
	const sdp_connection_t *c = m->m_connections ? m->m_connections : session->sdp_connection;
	const char *ptime, *xr = attribute(m->m_attributes, "rtcp-xr");

	if (m->m_type != sdp_media_audio || m->m_proto != sdp_proto_rtp || m->m_rejected || m->m_port == 0)
		return false;
	if (!c || parse_address(&out->rtp, c->c_address, (unsigned)m->m_port))
		return false;
	out->savp = strncasecmp(proto, "RTP/S", 5) == 0;
	out->feedback = strcasecmp(proto + strlen(proto) - 1, "F") == 0;
	read_crypto(out, m);
	read_codecs(out, m);
	read_direction(out, m);
	read_rtcp(out, attribute(m->m_attributes, "rtcp"), c->c_address);
	out->rtcp_mux = attribute(m->m_attributes, "rtcp-mux") != NULL;
	out->xr = read_xr(xr ? xr : attribute(session->sdp_attributes, "rtcp-xr"));
	ptime = attribute(m->m_attributes, "ptime");
	if (ptime && atoi(ptime) >= 10 && atoi(ptime) <= 120)
		out->ptime_ms = (unsigned)atoi(ptime);
	return true;
}

/* Whether it has a codec that can be had here at all. */
static bool is_understood(const struct ua_sdp *sdp)
{
	static const char *const names[] = { "PCMU", "PCMA", "G722", "opus", "L16" };

	for (size_t i = 0; i < sdp->codec_count; i++)
		for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
			if (strcasecmp(sdp->codecs[i].name, names[k]) == 0)
				return true;
	return false;
}

/* How much we would like to have a line. */
static int worth(const struct ua_sdp *sdp)
{
	if (!is_understood(sdp))
		return -1;
	return sdp->crypto_count ? 2 : sdp->savp ? 0 : 1;
}

static void note_plain(struct ua_sdp *out, const struct ua_sdp *plain, size_t line)
{
	if (out->plain.there || out->codec_count != plain->codec_count ||
	    memcmp(out->codecs, plain->codecs, sizeof out->codecs) != 0)
		return;
	out->plain = (struct ua_sdp_plain){ .there = true,
					    .feedback = plain->feedback,
					    .rtcp_mux = plain->rtcp_mux,
					    .line = line,
					    .rtp = plain->rtp,
					    .rtcp = plain->rtcp };
}

/* One more line that we could take, number `i`; *best is the one so far, −1 for none. */
static void weigh(struct ua_sdp *out, const struct ua_sdp *sdp, size_t i, int *best)
{
	struct ua_sdp before = *out;
	int was = *best;

	if (was < 0 || worth(sdp) > worth(out)) {
		*out = *sdp;
		*best = (int)i;
		if (was >= 0 && worth(&before) == 1)
			note_plain(out, &before, (size_t)was);
	} else if (worth(sdp) == 1 && worth(out) == 2) {
		note_plain(out, sdp, i);
	}
	ua_sdp_forget_keys(&before);
}

static int read_session(struct ua_sdp *out, const sdp_session_t *session, const struct ua_sdp_protos *protos)
{
	struct ua_sdp none = { .dtmf_pt = -1 }, lines = none;
	int best = -1;

	if (session->sdp_origin) {
		none.session_id = session->sdp_origin->o_id;
		none.version = (uint32_t)session->sdp_origin->o_version;
	}
	*out = none;
	for (const sdp_media_t *m = session->sdp_media; m; m = m->m_next) {
		size_t i = lines.line_count;
		struct ua_sdp sdp = none;

		if (i == UA_SDP_LINES_MAX || i == protos->count)
			return EBADMSG;
		add_line(&lines, m, protos->names[i]);
		if (take_line(&sdp, session, m, protos->names[i]))
			weigh(out, &sdp, i, &best);
		ua_sdp_forget_keys(&sdp);
	}
	memcpy(out->lines, lines.lines, sizeof out->lines);
	out->line_count = lines.line_count;
	if (best >= 0)
		out->lines[best].ours = true;
	return best >= 0 ? 0 : ENOENT;
}

void ua_sdp_use_plain(struct ua_sdp *sdp)
{
	const struct ua_sdp_plain *plain = &sdp->plain;

	if (!plain->there)
		return;
	for (size_t i = 0; i < sdp->line_count; i++)
		sdp->lines[i].ours = i == plain->line;
	sdp->rtp = plain->rtp;
	sdp->rtcp = plain->rtcp;
	sdp->rtcp_mux = plain->rtcp_mux;
	sdp->feedback = plain->feedback;
	sdp->savp = false;
	sdp->plain.there = false;
	ua_sdp_forget_keys(sdp);
}

void ua_sdp_forget_keys(struct ua_sdp *sdp)
{
	explicit_bzero(sdp->crypto, sizeof sdp->crypto);
	sdp->crypto_count = 0;
}

int ua_sdp_parse(struct ua_sdp *out, const char *text, size_t length)
{
	struct ua_sdp sdp = { .dtmf_pt = -1 };
	su_home_t home[1] = { SU_HOME_INIT(home) };
	sdp_parser_t *parser;
	sdp_session_t *session;
	struct ua_sdp_protos protos;
	char clean[CLEAN_MAX + 8];
	int err = EBADMSG;

	if (!text || length == 0 || length > CLEAN_MAX)
		return EBADMSG;
	length = ua_sdp_clean(clean, sizeof clean, text, length, &protos);
	if (length == 0)
		return EBADMSG;
	su_home_init(home);
	parser = sdp_parse(home, clean, (issize_t)length, 0);
	session = parser ? sdp_session(parser) : NULL;
	if (session)
		err = read_session(&sdp, session, &protos);
	if (parser)
		sdp_parser_free(parser);
	su_home_deinit(home);
	explicit_bzero(clean, length);
	if (err == 0 || err == ENOENT)
		*out = sdp;
	ua_sdp_forget_keys(&sdp);
	return err;
}

/* ---- writing ---- */

struct text {
	char *at;
	size_t left;
	bool full;
};

static void put(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->full)
		return;
	va_start(ap, fmt);
	n = vsnprintf(t->at, t->left, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->left) {
		t->full = true;
		return;
	}
	t->at += n;
	t->left -= (size_t)n;
}

static unsigned port_of(const struct sockaddr_storage *a)
{
	return ntohs(a->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)a)->sin6_port
					      : ((const struct sockaddr_in *)a)->sin_port);
}

static const char *host_of(const struct sockaddr_storage *a, char out[INET6_ADDRSTRLEN])
{
	const void *from = a->ss_family == AF_INET6
			       ? (const void *)&((const struct sockaddr_in6 *)a)->sin6_addr
			       : (const void *)&((const struct sockaddr_in *)a)->sin_addr;
	return inet_ntop(a->ss_family == AF_INET6 ? AF_INET6 : AF_INET, from, out, INET6_ADDRSTRLEN);
}

static const char *direction_name(const struct ua_sdp *sdp)
{
	if (sdp->send)
		return sdp->receive ? "sendrecv" : "sendonly";
	return sdp->receive ? "recvonly" : "inactive";
}

static void put_crypto(struct text *t, const struct ua_sdp_crypto *crypto)
{
	char line[UA_SDP_CRYPTO_TEXT];

	if (ua_sdp_crypto_print(crypto, line) > 0)
		put(t, "a=crypto:%s\r\n", line);
	explicit_bzero(line, sizeof line);
}

static void put_event(struct text *t, int pt, unsigned clock_hz)
{
	put(t, "a=rtpmap:%d telephone-event/%u\r\na=fmtp:%d 0-15\r\n", pt, clock_hz, pt);
}

static void put_xr(struct text *t, unsigned xr)
{
	put(t, "a=rtcp-xr:");
	for (size_t i = 0, n = 0; i < XR_FORMATS; i++)
		if (xr & xr_formats[i].flag)
			put(t, "%s%s%s", n++ ? " " : "", xr_formats[i].name, xr_formats[i].value);
	put(t, "\r\n");
}

static void put_audio(struct text *t, const struct ua_sdp *sdp)
{
	put(t, "m=audio %u RTP/%sAVP%s", port_of(&sdp->rtp), sdp->savp ? "S" : "", sdp->feedback ? "F" : "");
	for (size_t i = 0; i < sdp->codec_count; i++)
		put(t, " %d", sdp->codecs[i].pt);
	if (sdp->dtmf_pt >= 0)
		put(t, " %d", sdp->dtmf_pt);
	if (sdp->dtmf_other_pt)
		put(t, " %d", sdp->dtmf_other_pt);
	put(t, "\r\n");
	for (size_t i = 0; i < sdp->codec_count; i++) {
		const struct ua_sdp_codec *c = &sdp->codecs[i];

		put(t, "a=rtpmap:%d %s/%u", c->pt, c->name, c->clock_hz);
		if (c->channels > 1)
			put(t, "/%u", c->channels);
		put(t, "\r\n");
		if (c->fmtp[0])
			put(t, "a=fmtp:%d %s\r\n", c->pt, c->fmtp);
	}
	if (sdp->dtmf_pt >= 0)
		put_event(t, sdp->dtmf_pt, sdp->dtmf_clock_hz ? sdp->dtmf_clock_hz : 8000);
	if (sdp->dtmf_other_pt)
		put_event(t, sdp->dtmf_other_pt, sdp->dtmf_other_clock_hz);
	if (sdp->ptime_ms)
		put(t, "a=ptime:%u\r\n", sdp->ptime_ms);
	if (sdp->rtcp_mux)
		put(t, "a=rtcp-mux\r\n");
	if (sdp->xr)
		put_xr(t, sdp->xr);
	for (size_t i = 0; i < sdp->crypto_count; i++)
		put_crypto(t, &sdp->crypto[i]);
	put(t, "a=%s\r\n", direction_name(sdp));
}

int ua_sdp_print(const struct ua_sdp *sdp, char *out, size_t size)
{
	struct text t = { .at = out, .left = size };
	char host[INET6_ADDRSTRLEN];
	const char *family = sdp->rtp.ss_family == AF_INET6 ? "IP6" : "IP4";

	if (!host_of(&sdp->rtp, host))
		return -1;
	put(&t, "v=0\r\no=- %llu %u IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n",
	    (unsigned long long)sdp->session_id, sdp->version, family, host, family, host);
	for (size_t i = 0; i < sdp->line_count; i++) {
		if (sdp->lines[i].ours)
			put_audio(&t, sdp);
		else
			put(&t, "m=%s 0 %s %s\r\n", sdp->lines[i].media, sdp->lines[i].proto,
			    sdp->lines[i].formats);
	}
	if (sdp->line_count == 0)
		put_audio(&t, sdp);
	return t.full ? -1 : (int)(size - t.left);
}
