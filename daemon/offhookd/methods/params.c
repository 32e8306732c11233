/* Reading a method's parameters as its row of the table says. See method.h. */
#include "daemon/offhookd/methods/method.h"
#include "lib/random.h"

#include <ctype.h>
#include <string.h>

/* Things to play: absolute paths, tone:NAME, silence:MS. */
static void read_files(struct method_in *out, struct json_get *g, const struct method_param *p)
{
	const json_t *array = NULL, *file;
	size_t i;

	json_get_array(g, p->name, p->required, &array);
	json_array_foreach((json_t *)array, i, file)
	{
		const char *name = json_string_value(file);

		if (!name || out->file_count == METHODS_FILES_MAX ||
		    (name[0] != '/' && strncmp(name, "tone:", 5) != 0 && strncmp(name, "silence:", 8) != 0))
			json_get_fail(g, p->name,
				      "must hold at most %d absolute paths, tone:NAME or silence:MS",
				      METHODS_FILES_MAX);
		else
			out->files[out->file_count++] = name;
	}
	if (p->required && array && out->file_count == 0)
		json_get_fail(g, p->name, "is empty");
}

bool methods_is_uuid(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23
			? text[i] != '-'
			: !isxdigit((unsigned char)text[i]) || isupper((unsigned char)text[i]))
			return false;
	return i == UUID_TEXT_SIZE - 1;
}

static void read_text(const char **out, struct json_get *g, const struct method_param *p)
{
	if (!json_get_string(g, p->name, p->required, out))
		return;
	if (p->kind == PARAM_PATH && (*out)[0] != '/')
		json_get_fail(g, p->name, "must be an absolute path");
	if (p->kind == PARAM_UUID && !methods_is_uuid(*out))
		json_get_fail(g, p->name, "must be a UUID in lower case");
}

static void read_bool(int *out, struct json_get *g, const struct method_param *p)
{
	bool value = false;

	*out = (int)p->absent;
	if (json_get_bool(g, p->name, p->required, &value))
		*out = value;
}

static void read_one(struct method_in *out, struct json_get *g, const struct method_param *p)
{
	void *at = (char *)out + p->at;

	switch (p->kind) {
	case PARAM_TEXT:
	case PARAM_PATH:
	case PARAM_UUID:
		read_text(at, g, p);
		break;
	case PARAM_INT:
		*(int64_t *)at = p->absent;
		json_get_int(g, p->name, p->required, p->min, p->max, at);
		break;
	case PARAM_BOOL:
		read_bool(at, g, p);
		break;
	case PARAM_WORD:
		json_get_enum(g, p->name, p->required, p->words, at);
		break;
	case PARAM_OBJECT:
		json_get_object(g, p->name, p->required, at);
		break;
	case PARAM_ARRAY:
		json_get_array(g, p->name, p->required, at);
		break;
	case PARAM_FILES:
		read_files(out, g, p);
		break;
	}
}

void methods_read(struct method_in *out, struct json_get *g, const struct method_param *params)
{
	for (const struct method_param *p = params; p && p->name; p++)
		read_one(out, g, p);
}
