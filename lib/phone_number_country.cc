// phone_number: see phone_number.h; what only a country's plan can tell. The one place that sees
// libphonenumber. It makes its tables when it is first asked (about 5 ms, 2 MB); who sets no country never
// asks.
#include "lib/phone_number.h"

#include <cstdio>
#include <cstring>
#include <phonenumbers/phonenumberutil.h>
#include <phonenumbers/shortnumberinfo.h>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using i18n::phonenumbers::ShortNumberInfo;

bool phone_number_is_emergency(const char *text, const char *country)
{
	// with a country, of these only what mobile phones of the whole world know: "118" is a directory in
	// some
	if (strcmp(text, "112") == 0 || strcmp(text, "911") == 0)
		return true;
	if (!country)
		return phone_number_is_emergency_everywhere(text);
	try {
		static const ShortNumberInfo info;
		return info.IsEmergencyNumber(text, country);
	} catch (...) { // no memory
		return false;
	}
}

unsigned phone_number_country_code(const char *country)
{
	try {
		return (unsigned)PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(country);
	} catch (...) {
		return 0;
	}
}

bool phone_number_read(char out[PHONE_NUMBER_SIZE], const char *text, const char *country)
{
	try {
		const PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();
		PhoneNumber number;
		std::string e164;

		if (strpbrk(text, "*#") ||
		    util->Parse(text, country, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
		    !util->IsPossibleNumber(number))
			return false;
		util->Format(number, PhoneNumberUtil::E164, &e164);
		if (e164.size() >= PHONE_NUMBER_SIZE)
			return false;
		memcpy(out, e164.c_str(), e164.size() + 1);
		return true;
	} catch (...) {
		return false;
	}
}

char *phone_number_show(char out[PHONE_NUMBER_SHOWN_SIZE], const char *e164)
{
	snprintf(out, PHONE_NUMBER_SHOWN_SIZE, "%s", e164);
	if (*e164 != '+')
		return out;
	// the North American plan has one format: lists are long, and asking takes a hundred times as long
	if (e164[1] == '1' && strlen(e164) == 12 && strspn(e164 + 2, "0123456789") == 10) {
		snprintf(out, PHONE_NUMBER_SHOWN_SIZE, "(%.3s) %.3s-%.4s", e164 + 2, e164 + 5, e164 + 8);
		return out;
	}
	try {
		const PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();
		PhoneNumber number;
		std::string shown;

		if (util->Parse(e164, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR)
			return out;
		util->Format(number, number.country_code() == 1 ? PhoneNumberUtil::NATIONAL : PhoneNumberUtil::INTERNATIONAL, &shown);
		if (!shown.empty() && shown.size() < PHONE_NUMBER_SHOWN_SIZE)
			memcpy(out, shown.c_str(), shown.size() + 1);
	} catch (...) { // no memory: as it is
	}
	return out;
}
