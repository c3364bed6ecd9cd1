/* SPDX-License-Identifier: MIT */
/* RFC 3339 without the C library's time zones, and durations in words. */
#include "container/times.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

/* Howard Hinnant's civil calendar algorithms: days since 1970 <-> year, month, day. */
static int64_t days_from_date(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const unsigned year_of_era = (unsigned)(year - era * 400);
    const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const unsigned day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + (int64_t)day_of_era - 719468;
}

static void date_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const unsigned day_of_era = (unsigned)(days - era * 146097);
    const unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const unsigned day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned shifted = (5 * day_of_year + 2) / 153;

    *day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = (int64_t)year_of_era + era * 400 + (*month <= 2);
}

void stamp_print_fixed(int64_t nanoseconds, char text[TIME_TEXT_SIZE])
{
    int64_t seconds = nanoseconds / SECOND;
    int64_t fraction = nanoseconds % SECOND;
    int64_t year;
    unsigned month;
    unsigned day;

    if (fraction < 0) {
        fraction += SECOND;
        seconds--;
    }

    int64_t days = seconds / 86400;
    int64_t rest = seconds % 86400;

    if (rest < 0) {
        rest += 86400;
        days--;
    }
    date_from_days(days, &year, &month, &day);
    snprintf(text, TIME_TEXT_SIZE,
             "%04" PRId64 "-%02u-%02uT%02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%09" PRId64 "Z",
             year, month, day, rest / 3600, rest / 60 % 60, rest % 60, fraction);
}

void stamp_print(int64_t nanoseconds, char text[TIME_TEXT_SIZE])
{
    if (!nanoseconds) {
        memcpy(text, "0001-01-01T00:00:00Z", sizeof "0001-01-01T00:00:00Z");
        return;
    }
    stamp_print_fixed(nanoseconds, text);

    size_t end = strlen(text) - 1; /* at the Z */

    while (text[end - 1] == '0')
        end--;
    if (text[end - 1] == '.')
        end--;
    text[end] = 'Z';
    text[end + 1] = '\0';
}

static bool read_digits(const char **text, unsigned count, int64_t *out)
{
    int64_t value = 0;

    for (; count; count--, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        value = value * 10 + (**text - '0');
    }
    *out = value;
    return true;
}

static bool skip(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

static bool read_fraction(const char **text, int64_t *out)
{
    int64_t unit = SECOND / 10;

    *out = 0;
    if (!skip(text, '.'))
        return true;
    if (**text < '0' || **text > '9')
        return false;
    for (; **text >= '0' && **text <= '9'; (*text)++) {
        *out += (**text - '0') * unit;
        unit /= 10;
    }
    return true;
}

static bool read_zone(const char **text, int64_t *seconds)
{
    int64_t hours;
    int64_t minutes;
    int64_t sign = **text == '-' ? -1 : 1;

    *seconds = 0;
    if (skip(text, 'Z') || skip(text, 'z'))
        return true;
    if (!skip(text, '+') && !skip(text, '-'))
        return false;
    if (!read_digits(text, 2, &hours) || !skip(text, ':') || !read_digits(text, 2, &minutes))
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool stamp_parse(const char *text, int64_t *out)
{
    int64_t year, month, day, hour, minute, second, fraction, zone;

    if (!read_digits(&text, 4, &year) || !skip(&text, '-') || !read_digits(&text, 2, &month) ||
        !skip(&text, '-') || !read_digits(&text, 2, &day))
        return false;
    if ((!skip(&text, 'T') && !skip(&text, 't')) || !read_digits(&text, 2, &hour) ||
        !skip(&text, ':') || !read_digits(&text, 2, &minute) || !skip(&text, ':') ||
        !read_digits(&text, 2, &second))
        return false;
    if (!read_fraction(&text, &fraction) || !read_zone(&text, &zone) || *text)
        return false;
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
        return false;
    if (year < 1678 || year > 2261) { /* what 64 bits of nanoseconds hold; year 1 is "never" */
        *out = 0;
        return year == 1;
    }

    int64_t days = days_from_date(year, (unsigned)month, (unsigned)day);

    *out = (days * 86400 + hour * 3600 + minute * 60 + second - zone) * SECOND + fraction;
    return true;
}

void stamp_print_duration(int64_t nanoseconds, char text[TIME_TEXT_SIZE])
{
    const int64_t seconds = nanoseconds / SECOND;
    const int64_t minutes = seconds / 60;
    const int64_t hours = (seconds + 1800) / 3600; /* rounded, as go-units does */

    if (seconds < 1)
        snprintf(text, TIME_TEXT_SIZE, "Less than a second");
    else if (seconds == 1)
        snprintf(text, TIME_TEXT_SIZE, "1 second");
    else if (seconds < 60)
        snprintf(text, TIME_TEXT_SIZE, "%" PRId64 " seconds", seconds);
    else if (minutes == 1)
        snprintf(text, TIME_TEXT_SIZE, "About a minute");
    else if (minutes < 60)
        snprintf(text, TIME_TEXT_SIZE, "%" PRId64 " minutes", minutes);
    else if (hours == 1)
        snprintf(text, TIME_TEXT_SIZE, "About an hour");
    else if (hours < 48)
        snprintf(text, TIME_TEXT_SIZE, "%" PRId64 " hours", hours);
    else if (hours < 24 * 7 * 2)
        snprintf(text, TIME_TEXT_SIZE, "%" PRId64 " days", hours / 24);
    else if (hours < 24 * 30 * 2)
        snprintf(text, TIME_TEXT_SIZE, "%" PRId64 " weeks", hours / 24 / 7);
    else if (hours < 24 * 365 * 2)
        snprintf(text, TIME_TEXT_SIZE, "%" PRId64 " months", hours / 24 / 30);
    else
        snprintf(text, TIME_TEXT_SIZE, "%" PRId64 " years", seconds / 3600 / 24 / 365);
}
