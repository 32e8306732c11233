/* script_form: what a script is asked with, in the words of TwiML, signed by Offhook-Signature. */
#ifndef OFFHOOK_API_TELEFONIE_SCRIPT_FORM_H
#define OFFHOOK_API_TELEFONIE_SCRIPT_FORM_H

#include "daemon/api/script/form.h"

extern const struct script_form telefonie_script_form;

#endif
