#include "base/rfc3339.h"

#include <stdio.h>

/*
 * Days since 1970 to a date of the Gregorian calendar. Years are counted from March, so that
 * the leap day is a year's last; 146097 days are 400 years, and 719468 lie before 1970.
 */
static void date_of(long days, unsigned *year, unsigned *month, unsigned *day)
{
	unsigned long z = (unsigned long)(days + 719468);
	unsigned long era = z / 146097, of_era = z % 146097;
	unsigned long y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned long of_year = of_era - (365 * y + y / 4 - y / 100);
	unsigned long m = (5 * of_year + 2) / 153;

	*day = (unsigned)(of_year - (153 * m + 2) / 5 + 1);
	*month = (unsigned)(m < 10 ? m + 3 : m - 9);
	*year = (unsigned)(y + era * 400 + (*month <= 2));
}

const char *rfc3339(const struct timespec *ts, char buf[static RFC3339_SIZE])
{
	time_t secs = ts->tv_sec < 0 ? 0 : ts->tv_sec;
	unsigned of_day = (unsigned)(secs % 86400), year, month, day;

	date_of((long)(secs / 86400), &year, &month, &day);
	snprintf(buf, RFC3339_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%09uZ", year % 10000,
		 month % 100, day % 100, of_day / 3600, of_day / 60 % 60, of_day % 60,
		 (unsigned)ts->tv_nsec % 1000000000);
	return buf;
}

const char *rfc3339_now(char buf[static RFC3339_SIZE])
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_REALTIME, &ts);
	return rfc3339(&ts, buf);
}
