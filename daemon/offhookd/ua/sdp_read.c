/* Reading a session description; see sdp.h. Of the many ways in which phones and carriers break the grammar
 * none but that of the audio's own lines can hurt us: the rest is passed over, and noted. */
#include "daemon/offhookd/ua/sdp_reading.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 32768 };

void sdp_note(struct sdp_reading *r, const char *what)
{
	size_t used = r->notes ? strlen(r->notes->text) : 0;

	if (r->notes && r->notes->count++ < 4)
		snprintf(r->notes->text + used, sizeof r->notes->text - used, "%sline %u: %s",
			 used ? "; " : "", r->text.line, what);
}

/* ---- m= ---- */

/* A word as it may stand in our answer; `none` when there is none. */
static void copy_token(char *out, size_t size, struct sdp_span s, const char *none)
{
	sdp_copy(out, size, s);
	for (char *at = out; *at; at++)
		if (*at < 0x21 || *at > 0x7e)
			*at = '_';
	if (!out[0])
		snprintf(out, size, "%s", none);
}

/* As many formats as there is room for: they are for declining the line in its own words. */
static void copy_formats(struct ua_sdp_line *line, struct sdp_span formats)
{
	struct sdp_span word;
	size_t used = 0;

	line->formats[0] = '\0';
	while (sdp_next_word(&formats, &word) && used + sdp_length(word) + 2 <= sizeof line->formats) {
		if (used)
			line->formats[used++] = ' ';
		copy_token(line->formats + used, sizeof line->formats - used, word, "");
		used += strlen(line->formats + used);
	}
	if (!used)
		snprintf(line->formats, sizeof line->formats, "0");
}

static void take_formats(struct sdp_reading *r, struct sdp_span formats)
{
	struct sdp_audio *audio = &r->audio;
	bool seen[SDP_PT_COUNT] = { false }, odd = false;
	struct sdp_span word;

	while (sdp_next_word(&formats, &word)) {
		long pt = sdp_number(word, SDP_PT_COUNT - 1);

		odd |= pt < 0;
		if (pt < 0 || seen[pt])
			continue;
		seen[pt] = true;
		audio->formats[audio->format_count++] = (uint8_t)pt;
	}
	if (odd)
		sdp_note(r, "a format that is no payload type");
}

static bool is_rtp(struct sdp_span proto)
{
	return sdp_is(proto, "RTP/AVP") || sdp_is(proto, "RTP/AVPF") || sdp_is(proto, "RTP/SAVP") ||
	       sdp_is(proto, "RTP/SAVPF");
}

static void begin_audio(struct sdp_reading *r, struct sdp_span proto, unsigned port, struct sdp_span formats)
{
	struct sdp_audio *audio = &r->audio;

	memset(audio, 0, sizeof *audio);
	audio->sdp.dtmf_pt = -1;
	audio->sdp.session_id = r->session_id;
	audio->sdp.version = r->version;
	audio->sdp.savp = sdp_begins(proto, "RTP/S");
	audio->sdp.feedback = (proto.end[-1] | 32) == 'f';
	audio->port = port;
	take_formats(r, formats);
	r->in_audio = true;
}

static void take_media(struct sdp_reading *r, struct sdp_span value)
{
	struct sdp_span media, port_word, proto = { value.end, value.end };
	struct ua_sdp_line *line = &r->lines[r->line_count];
	long port = -1;
	bool audio;

	sdp_finish_audio(r);
	r->in_media = true;
	if (r->line_count == UA_SDP_LINES_MAX) {
		r->too_many = true;
		return;
	}
	sdp_next_word(&value, &media);
	if (sdp_next_word(&value, &port_word))
		port =
		    sdp_number(sdp_cut(&port_word, '/'), SDP_PORT_MAX); /* "49170/2": the first is enough */
	sdp_next_word(&value, &proto);
	copy_token(line->media, sizeof line->media, media, "audio");
	copy_token(line->proto, sizeof line->proto, proto, "RTP/AVP");
	copy_formats(line, value);
	line->ours = false;
	r->line_count++;
	audio = sdp_is(media, "audio");
	r->others |= port > 0 && !(audio && is_rtp(proto));
	if (port < 0 || proto.at == proto.end) {
		sdp_note(r, "no m= that can be read");
		r->unreadable |= audio;
	} else if (audio && is_rtp(proto) && port > 0) {
		begin_audio(r, proto, (unsigned)port, value);
	} else if (audio && is_rtp(proto) && r->declined < 0) {
		r->declined = (int)r->line_count - 1;
	} else if (audio && port > 0 &&
		   (sdp_begins(proto, "UDP/TLS/RTP") || sdp_begins(proto, "TCP/TLS/RTP"))) {
		r->dtls = true;
	}
}

/* ---- all of it ---- */

/* "NAME ID VERSION IN IP4 ADDRESS": nothing depends on it, and names with blanks are seen. */
static void take_origin(struct sdp_reading *r, struct sdp_span value)
{
	char number[24];
	struct sdp_span word, before[2] = { { value.end, value.end }, { value.end, value.end } };

	while (sdp_next_word(&value, &word) && !sdp_is(word, "IN")) {
		before[0] = before[1];
		before[1] = word;
	}
	sdp_copy(number, sizeof number, before[0]);
	r->session_id = strtoull(number, NULL, 10);
	sdp_copy(number, sizeof number, before[1]);
	r->version = (uint32_t)strtoull(number, NULL, 10);
}

static void take_line(struct sdp_reading *r, const struct sdp_line *line)
{
	bool skip = r->in_media && !r->in_audio; /* it belongs to what we do not take */

	switch (line->type) {
	case 'm':
		take_media(r, line->value);
		break;
	case 'c':
		if (!skip && !sdp_read_where(r->in_media ? &r->audio.where : &r->where, line->value))
			sdp_note(r, "no c= that can be read");
		break;
	case 'a':
		if (!skip)
			sdp_take_attribute(r, line->value);
		break;
	case 'o':
		take_origin(r, line->value);
		break;
	case 'v':
		r->has_version = true;
		break;
	case 0:
		sdp_note(r, "no line of a description");
		break;
	default: /* s i u e p b t r z k: nothing that we go by */
		break;
	}
}

/* What is wrong with one that has nothing for us. */
static const char *trouble_of(const struct sdp_reading *r)
{
	if (r->too_many)
		return "it has more media lines than Offhook can answer";
	if (r->unreadable)
		return "its audio line cannot be read";
	if (r->nowhere)
		return "it has no address for its audio";
	if (r->dtls)
		return "its audio is encrypted by DTLS-SRTP alone, which Offhook does not have";
	if (r->declined >= 0 && r->others)
		return "its audio is declined, by port 0, in favour of what Offhook does not have";
	if (r->declined >= 0)
		return "its audio is declined, by port 0";
	return r->line_count ? "it has no audio over RTP" : "it is no session description";
}

static int conclude(struct sdp_reading *r)
{
	struct ua_sdp *out = r->out;
	int ours = r->best;

	if (!r->has_version && !r->line_count) {
		out->trouble = trouble_of(r);
		return EBADMSG;
	}
	if (r->too_many)
		ours = -1;
	/* one that turns to something else instead (a fax to T.38) holds nobody, and stays with its audio
	 * when that is refused */
	out->declined = ours < 0 && r->declined >= 0 && !r->too_many && !r->others;
	out->trouble = ours < 0 ? trouble_of(r) : NULL;
	memcpy(out->lines, r->lines, sizeof out->lines);
	out->line_count = r->line_count;
	if (out->declined)
		out->lines[r->declined].ours = true;
	if (ours >= 0)
		out->lines[ours].ours = true;
	return r->too_many ? EBADMSG : ours >= 0 ? 0 : ENOENT;
}

int ua_sdp_parse(struct ua_sdp *out, const char *text, size_t length, struct ua_sdp_notes *notes)
{
	struct sdp_reading r = { .out = out, .best = -1, .declined = -1, .notes = notes };
	struct sdp_line line;

	memset(out, 0, sizeof *out);
	out->dtmf_pt = -1;
	if (notes)
		memset(notes, 0, sizeof *notes);
	if (!text || length > BYTES_MAX) {
		out->trouble = length > BYTES_MAX ? "it is too long" : "it is no session description";
		return EBADMSG;
	}
	r.text = (struct sdp_reader){ .at = text, .end = text + length };
	while (sdp_next_line(&r.text, &line))
		take_line(&r, &line);
	sdp_finish_audio(&r);
	return conclude(&r);
}
