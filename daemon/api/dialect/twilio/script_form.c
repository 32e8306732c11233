#include "daemon/api/dialect/twilio/script_form.h"

#include "daemon/api/dialect/script_names.h"
#include "daemon/api/dialect/stream_start.h"
#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/dialect/twilio/parameters.h"
#include "daemon/api/dialect/twilio/sign.h"

#include <string.h>

static void add(struct told_form *form, const char *neutral, const char *value)
{
	const struct script_name *known = script_name_find(neutral);
	char sid[SID_SIZE], date[DATE_TEXT_SIZE];
	int64_t from, to;

	if (known && !*known->name)
		return;
	if (known && known->prefix)
		told_id(form, known->name, known->prefix, value);
	else if ((!strcmp(neutral, "recording_started") || !strcmp(neutral, "timestamp")) &&
		 date_read(value, &from, &to))
		told_text(form, known->name, date_write(from, date));
	else
		told_text(form, known ? known->name : neutral, script_value(neutral, value));
	if (!strcmp(neutral, "recording"))
		told_url(form, "RecordingUrl", "/Recordings/%s", sid_write(form->of.view, "RE", value, sid));
}

static char *parameters_of(const struct script_told *told, const json_t *more, enum view view)
{
	struct call_row row = { .id = (char *)told->call,
				.direction = told->inbound ? "inbound" : "outbound",
				.from = (char *)told->from,
				.to = (char *)told->to };
	struct told_form form;
	const char *name;
	json_t *value;

	if (told_begin(&form, told->conf, told->account, view))
		return NULL;
	told_call(&form, told->row ? told->row : &row, told->status);
	json_object_foreach((json_t *)more, name, value) if (json_is_string(value))
	    add(&form, name, json_string_value(value));
	return told_end(&form);
}

static char *twilio_parameters(const struct script_told *told, const json_t *more)
{
	return parameters_of(told, more, VIEW_TWILIO);
}

static char *signalwire_parameters(const struct script_told *told, const json_t *more)
{
	return parameters_of(told, more, VIEW_SIGNALWIRE);
}

static json_t *stream_of(const struct script_told *told, const struct script_stream *stream, enum view view,
			 sign_lines_h *sign)
{
	const char *account = told->account->sid ? told->account->sid : "";
	char account_sid[SID_SIZE], call_sid[SID_SIZE], stream_sid[SID_SIZE];

	return stream_params(told, stream, sid_write(view, "AC", account, account_sid),
			     sid_write(view, "CA", told->call, call_sid),
			     sid_write(view, "MZ", stream->id, stream_sid), sign);
}

static json_t *twilio_stream(const struct script_told *told, const struct script_stream *stream)
{
	return stream_of(told, stream, VIEW_TWILIO, twilio_sign_lines);
}

static json_t *signalwire_stream(const struct script_told *told, const struct script_stream *stream)
{
	return stream_of(told, stream, VIEW_SIGNALWIRE, signalwire_sign_lines);
}

const struct script_form twilio_script_form = { .dialect = "twilio",
						.parameters = twilio_parameters,
						.stream = twilio_stream,
						.sign = twilio_sign_lines };
const struct script_form signalwire_script_form = { .dialect = "signalwire",
						    .parameters = signalwire_parameters,
						    .stream = signalwire_stream,
						    .sign = signalwire_sign_lines,
						    .asks_of_silence = true };
