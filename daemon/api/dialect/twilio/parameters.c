#include "daemon/api/dialect/twilio/parameters.h"

#include "daemon/api/call/machine.h"
#include "daemon/api/dialect/twilio/call_json.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int told_begin(struct told_form *form, const struct conf *conf, const struct conf_account *account,
	       enum view view)
{
	memset(form, 0, sizeof *form);
	form->of = (struct view_of){ conf, account, view,
				     view == VIEW_TWILIO ? "/2010-04-01" : "/api/laml/2010-04-01" };
	form->out = open_memstream(&form->text, &form->size);
	return form->out ? 0 : ENOMEM;
}

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-_.", c);
}

void told_text(struct told_form *form, const char *name, const char *value)
{
	fprintf(form->out, "%s%s=", ftell(form->out) ? "&" : "", name);
	for (; *value; value++) {
		if (is_plain(*value))
			fputc(*value, form->out);
		else if (*value == ' ')
			fputc('+', form->out);
		else
			fprintf(form->out, "%%%02X", (unsigned char)*value);
	}
}

void told_int(struct told_form *form, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)value);
	told_text(form, name, text);
}

void told_id(struct told_form *form, const char *name, const char *prefix, const char *id)
{
	char sid[SID_SIZE];

	told_text(form, name, sid_write(form->of.view, prefix, id, sid));
}

void told_url(struct told_form *form, const char *name, const char *fmt, ...)
{
	char sid[SID_SIZE], path[256], url[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(path, sizeof path, fmt, args);
	va_end(args);
	snprintf(url, sizeof url, "%s%s/Accounts/%s%s", form->of.conf->api.public_url, form->of.root,
		 view_account_sid(&form->of, sid), path);
	told_text(form, name, url);
}

/* "SipHeader_X-…": those of the INVITE that programs have put there. */
static void told_headers(struct told_form *form, const struct call_row *row)
{
	const char *name;
	json_t *value;
	char full[100];

	json_object_foreach(json_object_get(row->snapshot, "headers"), name, value)
	{
		snprintf(full, sizeof full, "SipHeader_%.80s", name);
		if (json_is_string(value))
			told_text(form, full, json_string_value(value));
	}
}

void told_call(struct told_form *form, const struct call_row *row, const char *status)
{
	const char *caller_name = json_string_value(json_object_get(row->snapshot, "from_name"));
	const char *forwarded = json_string_value(json_object_get(row->snapshot, "forwarded_from"));
	const char *sip = json_string_value(json_object_get(row->snapshot, "sip_call_id"));
	const char *answered_by = machine_answered_by(row);
	char from_text[PARTY_SIZE], to_text[PARTY_SIZE], sid[SID_SIZE];
	const char *from = twilio_from(form->of.conf, row, from_text);
	const char *to = twilio_to(form->of.conf, row, to_text);

	told_id(form, "CallSid", "CA", row->id);
	told_text(form, "AccountSid", view_account_sid(&form->of, sid));
	told_text(form, "ApiVersion", "2010-04-01");
	told_text(form, "CallStatus", status);
	told_text(form, "Direction", twilio_direction(row));
	told_text(form, "From", from);
	told_text(form, "To", to);
	told_text(form, "Caller", from);
	told_text(form, "Called", to);
	if (row->parent)
		told_id(form, "ParentCallSid", "CA", row->parent);
	if (answered_by)
		told_text(form, "AnsweredBy", answered_by);
	if (caller_name)
		told_text(form, "CallerName", caller_name);
	if (forwarded)
		told_text(form, "ForwardedFrom", forwarded);
	if (sip && form->of.view == VIEW_TWILIO)
		told_text(form, "SipCallId", sip);
	told_headers(form, row);
}

char *told_end(struct told_form *form)
{
	if (!fclose(form->out))
		return form->text;
	free(form->text);
	return NULL;
}
