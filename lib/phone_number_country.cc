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

enum phone_number_kind phone_number_kind(const char *e164)
{
	try {
		const PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();
		PhoneNumber number;

		if (util->Parse(e164, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR)
			return PHONE_NUMBER_LOCAL;
		switch (util->GetNumberType(number)) {
		case PhoneNumberUtil::MOBILE:
			return PHONE_NUMBER_MOBILE;
		case PhoneNumberUtil::TOLL_FREE:
			return PHONE_NUMBER_TOLL_FREE;
		default:
			return PHONE_NUMBER_LOCAL;
		}
	} catch (...) {
		return PHONE_NUMBER_LOCAL;
	}
}

// Of its digits alone: what is the beginning of a number cannot be parsed.
static int calling_code(const PhoneNumberUtil *util, const char *e164, std::string *region)
{
	int code = 0;

	region->clear();
	if (*e164 != '+')
		return 0;
	for (int i = 1; i <= 3 && e164[i] >= '0' && e164[i] <= '9'; i++) {
		code = code * 10 + e164[i] - '0';
		util->GetRegionCodeForCountryCode(code, region);
		if (*region != "ZZ")
			return code;
	}
	region->clear();
	return 0;
}

char *phone_number_country(char out[PHONE_NUMBER_COUNTRY_SIZE], const char *e164)
{
	*out = '\0';
	try {
		const PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();
		PhoneNumber number;
		std::string region = "ZZ";

		if (*e164 == '+' && util->Parse(e164, "ZZ", &number) == PhoneNumberUtil::NO_PARSING_ERROR)
			util->GetRegionCodeForNumber(number, &region);
		if (region == "ZZ")
			(void)calling_code(util, e164, &region);
		if (region.size() < PHONE_NUMBER_COUNTRY_SIZE)
			memcpy(out, region.c_str(), region.size() + 1);
	} catch (...) {
	}
	return out;
}

unsigned phone_number_usual_length(const char *e164)
{
	try {
		const PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();
		PhoneNumber number;
		std::string region, text;

		if (!calling_code(util, e164, &region) || !util->GetExampleNumber(region, &number))
			return 0;
		util->Format(number, PhoneNumberUtil::E164, &text);
		return (unsigned)text.size() - 1;
	} catch (...) {
		return 0;
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
