#include "media/tones.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { STEPS_MAX = 4 };

/* On and off times [ms], beginning with on, up to a 0. */
struct tones_cadence {
	unsigned ms[STEPS_MAX + 1];
};

struct tone_plan {
	const char *country, *name;
	unsigned f1, f2;
	struct tones_cadence cadence;
};

/* ITU-T E.180 supplement 2 (various tones used in national networks). A dial tone's round is one second. */
static const struct tone_plan plans[] = {
	{ "us", "dial", 350, 440, { { 1000 } } },
	{ "us", "ringback", 440, 480, { { 2000, 4000 } } },
	{ "us", "busy", 480, 620, { { 500, 500 } } },
	{ "us", "congestion", 480, 620, { { 250, 250 } } },
	{ "us", "beep", 1000, 0, { { 200 } } },
	{ "us", "enter", 800, 0, { { 160 } } },
	{ "us", "exit", 500, 0, { { 160 } } },
	{ "gb", "dial", 350, 440, { { 1000 } } },
	{ "gb", "ringback", 400, 450, { { 400, 200, 400, 2000 } } },
	{ "gb", "busy", 400, 0, { { 375, 375 } } },
	{ "gb", "congestion", 400, 0, { { 400, 350, 225, 525 } } },
	{ "de", "dial", 425, 0, { { 1000 } } },
	{ "de", "ringback", 425, 0, { { 1000, 4000 } } },
	{ "de", "busy", 425, 0, { { 480, 480 } } },
	{ "de", "congestion", 425, 0, { { 240, 240 } } },
	{ "fr", "dial", 440, 0, { { 1000 } } },
	{ "fr", "ringback", 440, 0, { { 1500, 3500 } } },
	{ "fr", "busy", 440, 0, { { 500, 500 } } },
	{ "fr", "congestion", 440, 0, { { 250, 250 } } },
	{ "it", "dial", 425, 0, { { 200, 200, 600, 1000 } } },
	{ "it", "ringback", 425, 0, { { 1000, 4000 } } },
	{ "it", "busy", 425, 0, { { 500, 500 } } },
	{ "it", "congestion", 425, 0, { { 200, 200 } } },
	{ "es", "dial", 425, 0, { { 1000 } } },
	{ "es", "ringback", 425, 0, { { 1500, 3000 } } },
	{ "es", "busy", 425, 0, { { 200, 200 } } },
	{ "il", "dial", 400, 0, { { 1000 } } },
	{ "il", "ringback", 400, 0, { { 1000, 3000 } } },
	{ "il", "busy", 400, 0, { { 500, 500 } } },
	{ "in", "dial", 400, 0, { { 1000 } } },
	{ "in", "ringback", 400, 0, { { 400, 200, 400, 2000 } } },
	{ "in", "busy", 400, 0, { { 750, 750 } } },
	{ "jp", "dial", 400, 0, { { 1000 } } },
	{ "jp", "ringback", 400, 0, { { 1000, 2000 } } },
	{ "jp", "busy", 400, 0, { { 500, 500 } } },
	{ "au", "dial", 425, 0, { { 1000 } } },
	{ "au", "ringback", 400, 450, { { 400, 200, 400, 2000 } } },
	{ "au", "busy", 425, 0, { { 375, 375 } } },
};

static const struct tone_plan *find(const char *name, const char *country)
{
	const struct tone_plan *fallback = NULL;
	for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
		if (strcmp(plans[i].name, name) != 0)
			continue;
		if (country && strcmp(plans[i].country, country) == 0)
			return &plans[i];
		if (strcmp(plans[i].country, "us") == 0)
			fallback = &plans[i];
	}
	return fallback;
}

/* A sine without calling sin() a sample: y[n] = 2·cos(ω)·y[n−1] − y[n−2]. */
static void resonator_start(float s[2], float *k, unsigned hz, unsigned rate)
{
	double w = 2 * M_PI * hz / rate;
	s[0] = 0;
	s[1] = (float)-sin(w);
	*k = (float)(2 * cos(w));
}

static float resonator_next(float s[2], float k)
{
	float y = k * s[0] - s[1];
	s[1] = s[0];
	s[0] = y;
	return y;
}

static void restart(struct tones *t, unsigned f1, unsigned f2)
{
	resonator_start(t->s1, &t->k1, f1, t->rate);
	resonator_start(t->s2, &t->k2, f2, t->rate);
	if (f2 == 0)
		t->s2[1] = t->k2 = 0;
}

static void begin_step(struct tones *t, unsigned step)
{
	t->step = step;
	t->left = t->cadence->ms[step] * (t->rate / 100) / 10;
}

void tones_start_pair(struct tones *t, unsigned f1, unsigned f2, float dbm0, unsigned rate)
{
	memset(t, 0, sizeof *t);
	t->rate = rate;
	/* 0 dBm0 is a sine 3.14 dB (µ-law) under full scale: ITU-T G.711. */
	t->amplitude = 32767.0f * powf(10, (dbm0 - 3.14f) / 20);
	restart(t, f1, f2);
}

int tones_start(struct tones *t, const char *name, const char *country, unsigned rate)
{
	const struct tone_plan *plan = find(name, country);
	if (!plan)
		return ENOENT;
	tones_start_pair(t, plan->f1, plan->f2, plan->f2 ? -13 : -10, rate);
	t->cadence = &plan->cadence;
	begin_step(t, 0);
	return 0;
}

int tones_start_digit(struct tones *t, char digit, unsigned rate)
{
	static const char keys[] = "123A456B789C*0#D";
	static const unsigned rows[] = { 697, 770, 852, 941 }, columns[] = { 1209, 1336, 1477, 1633 };
	const char *at = digit ? strchr(keys, digit) : NULL;
	if (!at)
		return EINVAL;
	unsigned key = (unsigned)(at - keys);
	tones_start_pair(t, rows[key / 4], columns[key % 4], -9, rate);
	return 0;
}

static void sound(struct tones *t, int16_t *out, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] =
		    (int16_t)(t->amplitude * (resonator_next(t->s1, t->k1) + resonator_next(t->s2, t->k2)));
}

size_t tones_read(struct tones *t, int16_t *out, size_t count)
{
	t->round_over = false;
	if (!t->cadence) {
		sound(t, out, count);
		return count;
	}
	size_t done = 0;
	while (done < count) {
		size_t n = count - done < t->left ? count - done : t->left;
		if (t->step % 2 == 0)
			sound(t, out + done, n);
		else
			memset(out + done, 0, n * sizeof *out);
		done += n;
		t->left -= (unsigned)n;
		if (t->left > 0)
			break;
		bool more = t->cadence->ms[t->step + 1] != 0;
		begin_step(t, more ? t->step + 1 : 0);
		t->round_over = !more;
		if (!more)
			break;
	}
	return done;
}
