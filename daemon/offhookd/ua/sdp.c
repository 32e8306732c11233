/* Choosing among the lines of a session description, and writing one. See sdp.h. */
#include "daemon/offhookd/ua/sdp.h"

#include "daemon/offhookd/ua/sdp_crypto.h"
#include "daemon/offhookd/ua/sdp_private.h"

#include "lib/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct ua_sdp_xr_format ua_sdp_xr_formats[UA_SDP_XR_FORMATS] = {
	{ UA_SDP_XR_RTT, "rcvr-rtt", "=all" },
	{ UA_SDP_XR_SUMMARY, "stat-summary", "=loss,dup,jitt" },
	{ UA_SDP_XR_VOIP, "voip-metrics", "" },
};

/* How much we would like to have a line. */
static int worth(const struct ua_sdp *sdp)
{
	if (!sdp->codec_count)
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
					    .rtcp = plain->rtcp,
					    .name = plain->name };
}

void ua_sdp_weigh(struct ua_sdp *out, const struct ua_sdp *sdp, size_t i, int *best)
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

void ua_sdp_use_plain(struct ua_sdp *sdp)
{
	const struct ua_sdp_plain *plain = &sdp->plain;

	if (!plain->there)
		return;
	for (size_t i = 0; i < sdp->line_count; i++)
		sdp->lines[i].ours = i == plain->line;
	sdp->rtp = plain->rtp;
	sdp->rtcp = plain->rtcp;
	sdp->name = plain->name;
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
	for (size_t i = 0, n = 0; i < UA_SDP_XR_FORMATS; i++)
		if (xr & ua_sdp_xr_formats[i].flag)
			put(t, "%s%s%s", n++ ? " " : "", ua_sdp_xr_formats[i].name,
			    ua_sdp_xr_formats[i].value);
	put(t, "\r\n");
}

static void put_audio(struct text *t, const struct ua_sdp *sdp)
{
	put(t, "m=audio %u RTP/%sAVP%s", sdp->declined ? 0 : socket_address_port(&sdp->rtp),
	    sdp->savp ? "S" : "", sdp->feedback ? "F" : "");
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
