/* See tally.h. */
#include "daemon/offhookd/tally/tally.h"

#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/tally/tally_rows.h"
#include "media/media.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct tally {
	struct calls *calls;
	struct call_listener listener;
	struct tally_table accounts, trunks, causes;
};

static const char other[] = "other";

/* Names that the conf knows; "" for none. */
static const char *account_label(const struct tally *t, const struct call *call)
{
	if (!call->account)
		return "";
	return conf_account_by_name(t->calls->conf, call->account) ? call->account : other;
}

static const char *trunk_label(const struct tally *t, const struct call *call)
{
	if (!call->trunk)
		return "";
	return conf_trunk_by_name(t->calls->conf, call->trunk) ? call->trunk : other;
}

static struct tally_row *row_of_account(struct tally *t, const struct call *call)
{
	return tally_row_get(&t->accounts,
			     &(struct tally_labels){ .account = account_label(t, call),
						     .trunk = trunk_label(t, call),
						     .word = call_direction_name(call->direction) });
}

static struct tally_row *row_of_trunk(struct tally *t, const struct call *call)
{
	return tally_row_get(&t->trunks,
			     &(struct tally_labels){ .account = "",
						     .trunk = trunk_label(t, call),
						     .word = call_direction_name(call->direction) });
}

/* ---- counting ---- */

static double seconds(int64_t from_ms, int64_t to_ms)
{
	return (double)(to_ms - from_ms) / 1000;
}

/* How long the caller hears nothing: until the far end rings, or answers at once (RFC 6076 section 4.3). */
static void count_delay(struct tally *t, const struct call *call, int64_t until)
{
	struct tally_row *row = call->direction == CALL_OUTBOUND ? row_of_trunk(t, call) : NULL;

	if (row)
		histogram_add(&row->delay, &tally_delay_bounds, seconds(call->created, until));
}

static void count_answer(struct tally *t, const struct call *call)
{
	struct tally_row *row = row_of_account(t, call);

	if (row)
		row->answered++;
	row = row_of_trunk(t, call);
	if (row)
		histogram_add(&row->setup, &tally_setup_bounds, seconds(call->created, call->answered));
	if (!call->ringing)
		count_delay(t, call, call->answered);
}

static void count_end(struct tally *t, const struct call *call)
{
	const char *by = call_ender_name(call->ended_by);
	struct tally_row *row = row_of_account(t, call);

	if (row) {
		row->ended[call->status]++;
		if (call->answered)
			row->talk_ms += (uint64_t)(call->ended - call->answered);
	}
	row = tally_row_get(&t->causes, &(struct tally_labels){ .account = "",
								.trunk = trunk_label(t, call),
								.word = by ? by : "",
								.number = call->q850 });
	if (row)
		row->answered++;
}

static void on_state(struct call *call, void *arg)
{
	struct tally *t = arg;

	if (call->status == CALL_RINGING)
		count_delay(t, call, call->ringing);
	else if (call->status == CALL_IN_PROGRESS)
		count_answer(t, call);
	else if (call_is_over(call))
		count_end(t, call);
}

static void on_media(struct call *call, const struct media_stats *stats, void *arg)
{
	struct tally_row *row = row_of_trunk(arg, call);

	if (row && stats->mos_in > 0)
		histogram_add(&row->mos_in, &tally_mos_bounds, (double)stats->mos_in);
	if (row && stats->mos_out > 0)
		histogram_add(&row->mos_out, &tally_mos_bounds, (double)stats->mos_out);
}

int tally_alloc(struct tally **out, struct calls *calls)
{
	struct tally *t = calloc(1, sizeof *t);

	if (!t)
		return ENOMEM;
	t->calls = calls;
	t->listener = (struct call_listener){ .state = on_state, .media = on_media, .arg = t };
	calls_listen(calls, &t->listener);
	*out = t;
	return 0;
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	calls_unlisten(t->calls, &t->listener);
	tally_table_clear(&t->accounts);
	tally_table_clear(&t->trunks);
	tally_table_clear(&t->causes);
	free(t);
}

/* ---- telling ---- */

static json_t *labels_json(const struct tally_row *row)
{
	return json_pack("{s:s,s:s}", "trunk", row->trunk, "direction", row->word);
}

static json_t *account_json(const struct tally_row *row)
{
	json_t *out = labels_json(row), *ended = json_object();

	for (int i = 0; i < CALL_STATUS_COUNT; i++)
		if (call_status_is_final((enum call_status)i))
			json_object_set_new(ended, call_status_name((enum call_status)i),
					    json_integer((json_int_t)row->ended[i]));
	json_object_set_new(out, "account", json_string(row->account));
	json_object_set_new(out, "answered", json_integer((json_int_t)row->answered));
	json_object_set_new(out, "talk_ms", json_integer((json_int_t)row->talk_ms));
	json_object_set_new(out, "ended", ended);
	return out;
}

static json_t *trunk_json(const struct tally_row *row)
{
	json_t *out = labels_json(row);

	json_object_set_new(out, "setup_s", histogram_json(&row->setup, &tally_setup_bounds));
	json_object_set_new(out, "post_dial_delay_s", histogram_json(&row->delay, &tally_delay_bounds));
	json_object_set_new(out, "mos_in", histogram_json(&row->mos_in, &tally_mos_bounds));
	json_object_set_new(out, "mos_out", histogram_json(&row->mos_out, &tally_mos_bounds));
	return out;
}

static json_t *cause_json(const struct tally_row *row)
{
	return json_pack("{s:s,s:s,s:i,s:I}", "trunk", row->trunk, "ended_by", row->word, "cause",
			 row->number, "calls", (json_int_t)row->answered);
}

static json_t *live_json(const struct tally_row *row)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:I}", "account", row->account, "trunk", row->trunk, "direction",
			 row->word, "status", call_status_name((enum call_status)row->number), "calls",
			 (json_int_t)row->answered);
}

static json_t *list(const struct tally_table *table, json_t *one(const struct tally_row *row))
{
	json_t *out = json_array();

	for (const struct tally_row *row = table->rows; row; row = row->hh.next)
		json_array_append_new(out, one(row));
	return out;
}

static json_t *list_live(const struct tally *t)
{
	struct tally_table table = { 0 };
	json_t *out;

	for (const struct call *call = t->calls->live; call; call = call->hh.next) {
		struct tally_row *row = tally_row_get(
		    &table, &(struct tally_labels){ .account = account_label(t, call),
						    .trunk = trunk_label(t, call),
						    .word = call_direction_name(call->direction),
						    .number = (int)call->status });

		if (row)
			row->answered++;
	}
	out = list(&table, live_json);
	tally_table_clear(&table);
	return out;
}

void tally_report(const struct tally *t, json_t *out)
{
	json_object_set_new(out, "live", list_live(t));
	json_object_set_new(out, "ended", list(&t->accounts, account_json));
	json_object_set_new(out, "trunks", list(&t->trunks, trunk_json));
	json_object_set_new(out, "causes", list(&t->causes, cause_json));
}

/* ---- one trunk ---- */

void tally_add_trunk(const struct tally *t, json_t *trunk)
{
	const char *name = json_string_value(json_object_get(trunk, "name"));
	uint64_t ended = 0, answered = 0, talk_ms = 0;
	const struct tally_row *row, *next;

	HASH_ITER(hh, (struct tally_row *)t->accounts.rows, row, next)
	{
		if (!name || strcmp(row->trunk, name) != 0 ||
		    strcmp(row->word, call_direction_name(CALL_OUTBOUND)) != 0)
			continue;
		for (int i = 0; i < CALL_STATUS_COUNT; i++)
			ended += row->ended[i];
		answered += row->ended[CALL_COMPLETED];
		talk_ms += row->talk_ms;
	}
	json_object_set_new(trunk, "calls_ended", json_integer((json_int_t)ended));
	if (ended)
		json_object_set_new(trunk, "asr_percent", json_integer((json_int_t)(answered * 100 / ended)));
	if (answered)
		json_object_set_new(trunk, "acd_s", json_integer((json_int_t)(talk_ms / answered / 1000)));
}
