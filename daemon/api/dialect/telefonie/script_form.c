#include "daemon/api/dialect/telefonie/script_form.h"

#include "daemon/api/dialect/script_names.h"
#include "daemon/api/dialect/stream_start.h"
#include "daemon/api/dialect/telefonie/call_json.h"
#include "daemon/api/dialect/telefonie/sign.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int add_pair(FILE *form, const char *name, const char *value)
{
	char *escaped = curl_easy_escape(NULL, value, 0);

	if (!escaped)
		return ENOMEM;
	fprintf(form, "%s%s=%s", ftell(form) ? "&" : "", name, escaped);
	curl_free(escaped);
	return 0;
}

static int add_more(FILE *form, const struct conf *conf, const json_t *more)
{
	const char *name;
	json_t *value;
	int err = 0;

	json_object_foreach((json_t *)more, name, value)
	{
		const char *text = json_string_value(value);
		const struct script_name *known = script_name_find(name);

		if (known && !*known->name)
			continue;
		err = add_pair(form, known ? known->name : name, text ? script_value(name, text) : "");
		if (!err && !strcmp(name, "recording")) {
			json_t *url = recording_url_json(conf, text ? text : "");

			err = add_pair(form, "RecordingUrl", json_string_value(url));
			json_decref(url);
		}
		if (err)
			break;
	}

	return err;
}

static char *parameters(const struct script_told *told, const json_t *more)
{
	const char *const pairs[][2] = { { "CallSid", told->call },
					 { "AccountSid", told->account->sid ? told->account->sid : "" },
					 { "From", told->from },
					 { "To", told->to },
					 { "CallStatus", told->status },
					 { "Direction", told->inbound ? "inbound" : "outbound-api" },
					 { "ApiVersion", "2010-04-01" },
					 { "ParentCallSid", told->parent } };
	char *text = NULL;
	size_t size;
	FILE *form = open_memstream(&text, &size);
	int err = 0;

	if (!form)
		return NULL;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs && !err; i++)
		err = pairs[i][1] ? add_pair(form, pairs[i][0], pairs[i][1]) : 0;
	if (!err)
		add_more(form, told->conf, more);
	fclose(form);
	return text;
}

static json_t *stream(const struct script_told *told, const struct script_stream *stream)
{
	return stream_params(told, stream, told->account->sid ? told->account->sid : "", told->call,
			     stream->id, telefonie_sign_lines);
}

const struct script_form telefonie_script_form = {
	.dialect = "telefonie", .parameters = parameters, .stream = stream, .sign = telefonie_sign_lines
};
