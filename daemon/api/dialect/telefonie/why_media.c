/* How a call was heard: one-way audio, and packets that were lost, with where. */
#include "daemon/api/dialect/telefonie/why.h"

#include "lib/json_get.h"

#include <stdio.h>
#include <string.h>

enum {
	WORST_LOSS = 1, /* and its percents */
	WORST_ONE_WAY = 1000,
	LOSS_PERCENT = 2,  /* from here on people hear it */
	PACKETS_MIN = 50,  /* of less nothing can be said */
	LATE_TICKS_MIN = 5 /* a tenth of a second in all */
};

/* The worst is what the sentence says. */
static void say(struct why *why, int how_bad, const char *text)
{
	if (how_bad <= why->worst)
		return;
	why->worst = how_bad;
	snprintf(why->media, sizeof why->media, "%s", text);
}

static void add_one_way(struct why *why, const json_t *one_way, int64_t time)
{
	const char *who = json_member_text(one_way, "not_heard"), *said = json_member_text(one_way, "said");
	char text[WHY_TEXT_SIZE];

	snprintf(text, sizeof text,
		 "%.60s was not heard: %s%.60s%s, and was told to send to %.60s. NAT: %s. %.120s", who,
		 said[0] ? "its SDP named " : "its SDP named no address", said,
		 said[0] ? " as its audio's address" : "", json_member_text(one_way, "to"),
		 json_is_true(json_object_get(one_way, "nat")) ? "likely" : "not seen",
		 json_member_text(one_way, "likely"));
	why_add(why, "one-way audio", json_string(text), time);
	snprintf(text, sizeof text, "%.60s was not heard: %.160s", who, json_member_text(one_way, "likely"));
	say(why, WORST_ONE_WAY, text);
}

static json_int_t count_of(const json_t *stats, const char *name)
{
	return json_integer_value(json_object_get(stats, name));
}

/* Of each hundred packets; 0 where there are too few. */
static int percent_of(json_int_t lost, json_int_t all)
{
	return all >= PACKETS_MIN ? (int)((lost < all ? lost : all) * 100 / all) : 0;
}

static void add_loss(struct why *why, const json_t *stats, const char *who, int64_t time)
{
	const json_int_t lost = count_of(stats, "rx_lost"), far_lost = count_of(stats, "far_lost");
	const json_int_t came = count_of(stats, "rx_packets"), sent = count_of(stats, "tx_packets");
	const json_int_t late = count_of(stats, "rx_late"), ticks = count_of(stats, "late_ticks");
	const int in = percent_of(lost, came + lost), out = percent_of(far_lost, sent);
	char text[WHY_TEXT_SIZE];

	if (lost)
		why_add(why, "loss, network in",
			json_sprintf("%lld of the packets from %s were lost on their way to us (%d %%)",
				     (long long)lost, who, in),
			time);
	if (late)
		why_add(why, "late, network in",
			json_sprintf("%lld of the packets from %s came too late to be heard", (long long)late,
				     who),
			time);
	if (far_lost)
		why_add(why, "loss, far end",
			json_sprintf("%lld of our packets did not reach %s, as its RTCP says (%d %%)",
				     (long long)far_lost, who, out),
			time);
	if (ticks >= LATE_TICKS_MIN)
		why_add(why, "late, ourselves",
			json_sprintf("this switch was late %lld times by 20 ms or more", (long long)ticks),
			time);
	snprintf(text, sizeof text, "%d %% of the packets from %.60s were lost on their way to us.", in, who);
	if (in >= LOSS_PERCENT)
		say(why, WORST_LOSS + in, text);
	snprintf(text, sizeof text, "%d %% of our packets to %.60s were lost on their way.", out, who);
	if (out >= LOSS_PERCENT)
		say(why, WORST_LOSS + out, text);
}

void why_add_quality(struct why *why, const json_t *data, const char *who, int64_t time)
{
	json_t *stats = json_object_get(data, "stats"), *one_way = json_object_get(data, "one_way");

	if (one_way && why->worst < WORST_ONE_WAY)
		add_one_way(why, one_way, time);
	if (!stats)
		return;
	/* it was heard after all, before or later */
	if (why->worst == WORST_ONE_WAY && count_of(stats, "rx_packets") >= PACKETS_MIN) {
		why->worst = 0;
		why->media[0] = '\0';
	}
	add_loss(why, stats, who, time);
}
