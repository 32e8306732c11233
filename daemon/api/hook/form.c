#include "daemon/api/hook/form.h"

#include <string.h>

const struct hook_form *hook_form_find(const struct hook_form *const forms[], const char *dialect)
{
	for (size_t i = 0; forms[i] && dialect; i++)
		if (!strcmp(forms[i]->dialect, dialect))
			return forms[i];
	return forms[0];
}
