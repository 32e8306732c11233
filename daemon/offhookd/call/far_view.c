#include "daemon/offhookd/call/far_view.h"

static void write_share(struct json_text *out, const char *name, uint8_t of_256)
{
	json_text_milli(out, name, of_256 * 100.0 / 256);
}

static void write_known(struct json_text *out, const char *name, int value)
{
	if (value != MEDIA_FAR_UNKNOWN)
		json_text_int(out, name, value);
}

static void write_score(struct json_text *out, const char *name, uint8_t times_10)
{
	if (times_10 != MEDIA_FAR_UNKNOWN)
		json_text_milli(out, name, times_10 / 10.0);
}

/* RFC 3611 section 4.7.6. */
static void write_config(struct json_text *out, uint8_t config)
{
	static const char *const concealments[] = { NULL, "disabled", "enhanced", "standard" };
	static const char *const buffers[] = { NULL, NULL, "fixed", "adaptive" };

	json_text_string(out, "concealment", concealments[config >> 6 & 3]);
	json_text_string(out, "buffer", buffers[config >> 4 & 3]);
}

static void write_voip(struct json_text *out, const struct media_far_voip *v)
{
	json_text_open(out, "voip");
	write_share(out, "loss_percent", v->loss);
	write_share(out, "discard_percent", v->discard);
	write_share(out, "burst_density_percent", v->burst_density);
	write_share(out, "gap_density_percent", v->gap_density);
	json_text_int(out, "burst_ms", v->burst_ms);
	json_text_int(out, "gap_ms", v->gap_ms);
	json_text_int(out, "gmin", v->gmin);
	if (v->rtt_ms)
		json_text_int(out, "rtt_ms", v->rtt_ms);
	if (v->end_system_ms)
		json_text_int(out, "end_system_ms", v->end_system_ms);
	write_known(out, "signal_dbm", v->signal_dbm);
	write_known(out, "noise_dbm", v->noise_dbm);
	write_known(out, "echo_return_loss_db", v->rerl_db);
	write_known(out, "r", v->r);
	write_known(out, "external_r", v->ext_r);
	write_score(out, "mos_lq", v->mos_lq);
	write_score(out, "mos_cq", v->mos_cq);
	write_config(out, v->config);
	json_text_int(out, "buffer_ms", v->buffer_ms);
	json_text_int(out, "buffer_max_ms", v->buffer_max_ms);
	json_text_int(out, "buffer_limit_ms", v->buffer_abs_max_ms);
	json_text_close(out);
}

static void write_summary(struct json_text *out, const struct media_far_summary *s)
{
	json_text_open(out, "summary");
	json_text_int(out, "packets", (uint16_t)(s->end - s->begin));
	if (s->has_lost)
		json_text_int(out, "lost", s->lost);
	if (s->has_duplicate)
		json_text_int(out, "duplicate", s->duplicate);
	if (s->has_jitter) {
		json_text_open(out, "jitter_ms");
		json_text_milli(out, "min", s->jitter_min_us / 1000.0);
		json_text_milli(out, "mean", s->jitter_mean_us / 1000.0);
		json_text_milli(out, "max", s->jitter_max_us / 1000.0);
		json_text_milli(out, "deviation", s->jitter_deviation_us / 1000.0);
		json_text_close(out);
	}
	json_text_close(out);
}

void far_view_write(struct json_text *out, const struct media_far *far)
{
	if (far->reports + far->xr + far->app + far->feedback + far->bye == 0)
		return;
	json_text_open(out, "far");
	json_text_string(out, "cname", far->cname);
	json_text_int(out, "reports", far->reports);
	json_text_int(out, "xr", far->xr);
	json_text_int(out, "app", far->app);
	json_text_int(out, "feedback", far->feedback);
	json_text_int(out, "bye", far->bye);
	if (far->has_voip)
		write_voip(out, &far->voip);
	if (far->has_summary)
		write_summary(out, &far->summary);
	json_text_close(out);
}
