/* See negotiate.h. */
#include "daemon/offhookd/call/negotiate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DYNAMIC_PT_FIRST = 96, DYNAMIC_PT_LAST = 127, DTMF_PT = 101, DTMF_WIDE_PT = 102, WIDE_HZ = 48000 };

static const struct media_codec *codec_of(const struct ua_sdp_codec *c)
{
	const struct media_codec *codec = media_codec_find(c->name, c->clock_hz);

	return codec && codec->channels == c->channels ? codec : NULL;
}

static bool is_allowed(const struct media_codec *codec, const struct conf_strings *allowed)
{
	if (!allowed)
		return true;
	for (size_t i = 0; i < allowed->count; i++)
		if (strcasecmp(allowed->items[i], codec->name) == 0)
			return true;
	return false;
}

static bool has_codec(const struct ua_sdp *sdp, const struct media_codec *codec)
{
	for (size_t i = 0; i < sdp->codec_count; i++)
		if (codec_of(&sdp->codecs[i]) == codec)
			return true;
	return false;
}

static bool pt_is_taken(const struct ua_sdp *sdp, int pt)
{
	if (pt == DTMF_PT || pt == DTMF_WIDE_PT)
		return true;
	for (size_t i = 0; i < sdp->codec_count; i++)
		if (sdp->codecs[i].pt == pt)
			return true;
	return false;
}

static void add_codec(struct ua_sdp *sdp, const struct media_codec *codec)
{
	struct ua_sdp_codec *c = &sdp->codecs[sdp->codec_count];
	int pt = media_codec_static_pt(codec);

	if (sdp->codec_count == UA_SDP_CODECS_MAX || has_codec(sdp, codec))
		return;
	for (int i = DYNAMIC_PT_FIRST; pt < 0 && i <= DYNAMIC_PT_LAST; i++)
		if (!pt_is_taken(sdp, i))
			pt = i;
	memset(c, 0, sizeof *c);
	snprintf(c->name, sizeof c->name, "%s", codec->name);
	c->clock_hz = codec->clock_hz;
	c->channels = codec->channels;
	c->pt = pt;
	if (strcasecmp(codec->name, "opus") == 0)
		snprintf(c->fmtp, sizeof c->fmtp, "useinbandfec=1");
	sdp->codec_count++;
}

static void add_allowed(struct ua_sdp *offer, const struct conf_strings *allowed)
{
	const struct media_codec *codec;

	if (!allowed) {
		for (size_t i = 0; (codec = media_codec_at(i)); i++)
			add_codec(offer, codec);
		return;
	}
	for (size_t i = 0; i < allowed->count; i++) /* at each of its rates */
		for (size_t k = 0; (codec = media_codec_at(k)); k++)
			if (strcasecmp(allowed->items[i], codec->name) == 0)
				add_codec(offer, codec);
}

void negotiate_offer(struct ua_sdp *offer, const struct conf_strings *allowed, const struct ua_sdp *like)
{
	offer->codec_count = 0;
	for (size_t i = 0; like && i < like->codec_count; i++) {
		const struct media_codec *codec = codec_of(&like->codecs[i]);

		if (codec && is_allowed(codec, allowed))
			add_codec(offer, codec);
	}
	add_allowed(offer, allowed);
	offer->dtmf_pt = DTMF_PT;
	offer->dtmf_clock_hz = 8000;
	offer->dtmf_other_pt = 0;
	for (size_t i = 0; i < offer->codec_count; i++)
		if (offer->codecs[i].clock_hz == WIDE_HZ) {
			offer->dtmf_other_pt = DTMF_WIDE_PT;
			offer->dtmf_other_clock_hz = WIDE_HZ;
		}
	offer->ptime_ms = 20;
	offer->send = offer->receive = true;
	offer->line_count = 0;
}

static void add_format(struct media_remote *stream, int pt, const struct media_codec *codec,
		       unsigned clock_hz, int send_pt)
{
	for (unsigned i = 0; i < stream->format_count; i++)
		if (stream->formats[i].pt == pt)
			return; /* it means what has the better right to the number */
	if (pt < 0 || pt > DYNAMIC_PT_LAST || !clock_hz || stream->format_count == MEDIA_FORMATS_MAX)
		return;
	stream->formats[stream->format_count++] = (struct media_format){
		.codec = codec, .clock_hz = clock_hz, .pt = (uint8_t)pt, .send_pt = (int8_t)send_pt
	};
}

/* The codecs of `of` that `other` has, with the numbers of `of`; or those that it has not. */
static void add_codecs(struct media_remote *stream, const struct ua_sdp *of, const struct ua_sdp *other,
		       bool in_both, const struct ua_sdp *theirs)
{
	for (size_t i = 0; i < of->codec_count; i++) {
		const struct media_codec *codec = codec_of(&of->codecs[i]);
		int send_pt = -1;

		if (!codec || has_codec(other, codec) != in_both)
			continue;
		for (size_t k = 0; in_both && send_pt < 0 && k < theirs->codec_count; k++)
			if (codec_of(&theirs->codecs[k]) == codec)
				send_pt = theirs->codecs[k].pt;
		add_format(stream, of->codecs[i].pt, codec, codec->clock_hz, send_pt);
	}
}

static void add_events(struct media_remote *stream, const struct ua_sdp *of)
{
	if (of->dtmf_pt >= 0)
		add_format(stream, of->dtmf_pt, NULL, of->dtmf_clock_hz, -1);
	if (of->dtmf_other_pt > 0)
		add_format(stream, of->dtmf_other_pt, NULL, of->dtmf_other_clock_hz, -1);
}

/* Comfort noise under a number of its own: we offer none, and those who send it all the same mean theirs. */
static void add_noise(struct media_remote *stream, const struct ua_sdp *of)
{
	unsigned before = stream->format_count;

	for (size_t i = 0; i < of->codec_count; i++)
		if (strcasecmp(of->codecs[i].name, "CN") == 0)
			add_format(stream, of->codecs[i].pt, NULL, of->codecs[i].clock_hz, -1);
	for (; before < stream->format_count; before++)
		stream->formats[before].noise = true;
}

/* What may come, the best founded first: what both have under the numbers of our description, which is what
 * the far end is to use (RFC 3264 section 5.1); the same under its own, which many use; and what only one of
 * the two has named, which is a fault that does no harm. */
static void fill_formats(struct media_remote *stream, const struct ua_sdp *ours, const struct ua_sdp *theirs)
{
	bool events = ours->dtmf_pt >= 0, both = events && theirs->dtmf_pt >= 0;

	add_codecs(stream, ours, theirs, true, theirs);
	if (both)
		add_events(stream, ours);
	add_codecs(stream, theirs, ours, true, theirs);
	if (both)
		add_events(stream, theirs);
	add_codecs(stream, ours, theirs, false, theirs);
	if (events)
		add_events(stream, ours);
	add_codecs(stream, theirs, ours, false, theirs);
	add_noise(stream, theirs);
}

void negotiate_forget_events(struct media_remote *stream)
{
	unsigned kept = 0;

	stream->dtmf_pt = -1;
	for (unsigned i = 0; i < stream->format_count; i++)
		if (stream->formats[i].codec || stream->formats[i].noise)
			stream->formats[kept++] = stream->formats[i];
	stream->format_count = kept;
}

/* The stream towards the writer of `theirs`, with its codec number `i`. */
static void fill_stream(struct media_remote *stream, const struct ua_sdp *theirs, size_t i)
{
	memset(stream, 0, sizeof *stream);
	stream->rtp = theirs->rtp;
	stream->rtcp = theirs->rtcp;
	stream->rtcp_mux = theirs->rtcp_mux;
	stream->codec = codec_of(&theirs->codecs[i]);
	stream->pt = theirs->codecs[i].pt;
	stream->dtmf_pt = theirs->dtmf_pt;
	stream->dtmf_clock_hz = theirs->dtmf_clock_hz;
	if (theirs->dtmf_other_pt && theirs->dtmf_other_clock_hz == theirs->codecs[i].clock_hz) {
		stream->dtmf_pt = theirs->dtmf_other_pt; /* events count the time of their stream */
		stream->dtmf_clock_hz = theirs->dtmf_other_clock_hz;
	}
	stream->ptime_ms = theirs->ptime_ms ? theirs->ptime_ms : 20;
	stream->xr = (theirs->xr & UA_SDP_XR_RTT ? MEDIA_XR_RTT : 0) |
		     (theirs->xr & UA_SDP_XR_VOIP ? MEDIA_XR_VOIP : 0) |
		     (theirs->xr & UA_SDP_XR_SUMMARY ? MEDIA_XR_SUMMARY : 0);
	stream->send = theirs->receive;
	stream->receive = theirs->send;
}

static int choose(const struct ua_sdp *offer, const struct conf_strings *allowed,
		  const struct media_codec *prefer)
{
	int first = -1;

	for (size_t i = 0; i < offer->codec_count; i++) {
		const struct media_codec *codec = codec_of(&offer->codecs[i]);

		if (!codec || !is_allowed(codec, allowed))
			continue;
		if (codec == prefer)
			return (int)i;
		if (first < 0)
			first = (int)i;
	}
	return first;
}

int negotiate_answer(struct ua_sdp *answer, struct media_remote *stream, const struct ua_sdp *offer,
		     const struct conf_strings *allowed, const struct media_codec *prefer)
{
	int i = choose(offer, allowed, prefer);

	if (i < 0)
		return ENOENT;
	fill_stream(stream, offer, (size_t)i);
	answer->codecs[0] = offer->codecs[i];
	if (strcasecmp(answer->codecs[0].name, "opus") != 0)
		answer->codecs[0].fmtp[0] = '\0';
	answer->codec_count = 1;
	answer->dtmf_pt = stream->dtmf_pt;
	answer->dtmf_clock_hz = stream->dtmf_clock_hz;
	answer->dtmf_other_pt = 0;
	answer->ptime_ms = stream->ptime_ms;
	answer->rtcp_mux = offer->rtcp_mux;
	answer->xr = offer->xr;
	answer->send = offer->receive;
	answer->receive = offer->send;
	memcpy(answer->lines, offer->lines, sizeof answer->lines);
	answer->line_count = offer->line_count;
	fill_formats(stream, answer, offer);
	return 0;
}

int negotiate_accept(struct media_remote *stream, const struct ua_sdp *offer, const struct ua_sdp *answer)
{
	for (size_t i = 0; i < answer->codec_count; i++) {
		const struct media_codec *codec = codec_of(&answer->codecs[i]);

		if (codec && has_codec(offer, codec)) {
			fill_stream(stream, answer, i);
			fill_formats(stream, offer, answer);
			return 0;
		}
	}
	return ENOENT;
}
