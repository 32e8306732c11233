/* switch.metrics: all that is counted, for GET /metrics of offhook-api. */
#include "daemon/offhookd/methods/method.h"

#include "daemon/offhookd/stream/streams.h"
#include "daemon/offhookd/tally/tally.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/histogram.h"
#include "lib/process.h"

/* In seconds. */
static json_t *lateness(const struct media_load *load)
{
	struct histogram_bounds bounds = { .count = MEDIA_LATE_BOUNDS };
	struct histogram late = { .sum = (double)load->late_sum_us / 1e6 };
	uint64_t below = 0;

	for (size_t i = 0; i < MEDIA_LATE_BOUNDS; i++) {
		bounds.at[i] = (double)(media_late_bounds_us[i] + 1) / 1e6;
		late.counts[i] = load->late_within[i] - below;
		below = load->late_within[i];
	}
	late.counts[MEDIA_LATE_BOUNDS] = load->ticks - below;
	return histogram_json(&late, &bounds);
}

static json_t *packets(const struct media_load *t)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I}", "received", (json_int_t)t->rx_packets, "lost",
			 (json_int_t)t->rx_lost, "late", (json_int_t)t->rx_late, "sent",
			 (json_int_t)t->tx_packets, "concealed_ms", (json_int_t)t->rx_concealed_ms);
}

/* Each trunk's name, and whether it can be used. */
static json_t *trunk_states(const struct trunk_table *table)
{
	json_t *all = trunk_list(table), *out = json_array(), *one;
	size_t i;

	json_array_foreach(all, i, one)
	{
		json_array_append_new(out, json_pack("{s:O,s:O}", "name", json_object_get(one, "name"),
						     "state", json_object_get(one, "state")));
	}

	json_decref(all);
	return out;
}

void method_switch_metrics(struct asked *a)
{
	const struct methods *m = a->m;
	json_t *out = json_pack("{s:o}", "status", methods_status(m));
	struct control_server_stats control;
	struct media_load load;

	control_server_stats(m->server, &control);
	media_engine_get_load(m->media, &load);
	json_object_set_new(out, "tick_late_s", lateness(&load));
	json_object_set_new(out, "packets", packets(&load));
	json_object_set_new(out, "trunk_states", trunk_states(m->trunks));
	json_object_set_new(out, "streams", streams_report(m->streams));
	json_object_set_new(out, "control_requests", json_integer((json_int_t)control.requests));
	json_object_set_new(out, "control_errors", json_integer((json_int_t)control.errors));
	json_object_set_new(out, "process", process_json());
	tally_report(m->tally, out);
	control_reply(a->request, out);
}
