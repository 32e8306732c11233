/* See doctor.h. */
#include "daemon/ctl/doctor.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/style.h"
#include "daemon/ctl/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 1000 };

static const char *const level_names[] = { "ok", "warning", "fault" };

void doctor_note(struct doctor *doctor, enum doctor_level level, const char *subject, const char *advice,
		 const char *fmt, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	json_array_append_new(doctor->findings,
			      json_pack("{s:s,s:s,s:s,s:s*}", "level", level_names[level], "subject", subject,
					"text", text, "advice", advice));
	doctor->counts[level]++;
}

/* How a level is shown. */
static void print_level(const char *name, FILE *to)
{
	static const struct {
		const char *word;
		enum style style;
	} shown[] = { { "ok     ", STYLE_GOOD }, { "warning", STYLE_WARNING }, { "FAULT  ", STYLE_BAD } };

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (strcmp(name, level_names[i]) == 0)
			fprintf(to, "%s%s%s", style(shown[i].style, to), shown[i].word,
				style(STYLE_PLAIN, to));
}

static void print_count(size_t count, const char *one, const char *many, FILE *to)
{
	fprintf(to, "%zu %s", count, count == 1 ? one : many);
}

void doctor_print(const struct doctor *doctor, FILE *to)
{
	size_t i;
	const json_t *finding;

	json_array_foreach(doctor->findings, i, finding)
	{
		const char *advice = format_member(finding, "advice");

		print_level(format_member(finding, "level"), to);
		fputs("  ", to);
		table_print_text(to, format_member(finding, "subject"));
		fputs(": ", to);
		table_print_text(to, format_member(finding, "text"));
		fputc('\n', to);
		if (*advice) {
			fputs("         ", to);
			table_print_text(to, advice);
			fputc('\n', to);
		}
	}
	print_count(doctor->counts[DOCTOR_FAULT], "fault", "faults", to);
	fputs(", ", to);
	print_count(doctor->counts[DOCTOR_WARNING], "warning", "warnings", to);
	fputs(".\n", to);
}

json_t *doctor_json(const struct doctor *doctor)
{
	return json_pack("{s:b,s:I,s:I,s:O}", "ok", doctor->counts[DOCTOR_FAULT] == 0, "warnings",
			 (json_int_t)doctor->counts[DOCTOR_WARNING], "faults",
			 (json_int_t)doctor->counts[DOCTOR_FAULT], "findings", doctor->findings);
}
