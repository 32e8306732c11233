#include "daemon/api/script/form.h"

#include <string.h>

const struct script_form *script_form_find(const struct script_form *const forms[], const char *dialect)
{
	for (size_t i = 0; forms[i] && dialect; i++)
		if (!strcmp(forms[i]->dialect, dialect))
			return forms[i];
	return forms[0];
}
