/* SPDX-License-Identifier: MIT */
/* Points in time, absolute and relative. */
#include "cli/moment.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/number.h"

enum { SECOND = 1000000000 };

/* Nanoseconds of ".123"; moves past it. */
static int64_t read_fraction(const char **at)
{
    int64_t unit = SECOND;
    int64_t value = 0;

    if (**at != '.')
        return 0;
    for ((*at)++; isdigit((unsigned char)**at); (*at)++) {
        unit /= 10;
        value += (**at - '0') * unit;
    }
    return value;
}

static bool read_digits(const char **at, int digits, int *out)
{
    int value = 0;

    for (int i = 0; i < digits; i++, (*at)++) {
        if (!isdigit((unsigned char)**at))
            return false;
        value = value * 10 + (**at - '0');
    }
    *out = value;
    return true;
}

static bool read_sign(const char **at, char sign)
{
    if (**at != sign)
        return false;
    (*at)++;
    return true;
}

static bool read_clock(const char **at, struct tm *day, int64_t *fraction)
{
    if (!read_digits(at, 2, &day->tm_hour) || !read_sign(at, ':') ||
        !read_digits(at, 2, &day->tm_min))
        return false;
    if (read_sign(at, ':')) {
        if (!read_digits(at, 2, &day->tm_sec))
            return false;
        *fraction = read_fraction(at);
    }
    return day->tm_hour < 24 && day->tm_min < 60 && day->tm_sec < 61;
}

/* Without a zone: what the clock on the wall showed here. */
static bool parse_local(const char *string, int64_t *out)
{
    struct tm day = {.tm_isdst = -1};
    int64_t fraction = 0;
    time_t seconds;

    if (!read_digits(&string, 4, &day.tm_year) || !read_sign(&string, '-') ||
        !read_digits(&string, 2, &day.tm_mon) || !read_sign(&string, '-') ||
        !read_digits(&string, 2, &day.tm_mday))
        return false;
    if (read_sign(&string, 'T') && !read_clock(&string, &day, &fraction))
        return false;
    if (*string || day.tm_mon < 1 || day.tm_mon > 12 || day.tm_mday < 1 || day.tm_mday > 31)
        return false;
    day.tm_year -= 1900;
    day.tm_mon -= 1;
    seconds = mktime(&day);
    if (seconds == (time_t)-1)
        return false;
    *out = (int64_t)seconds * SECOND + fraction;
    return true;
}

static bool parse_seconds(const char *string, int64_t *out)
{
    int64_t seconds = 0;
    int64_t fraction;

    if (!isdigit((unsigned char)*string))
        return false;
    for (; isdigit((unsigned char)*string); string++) {
        if (seconds > INT64_MAX / SECOND / 10 - 1)
            return false;
        seconds = seconds * 10 + (*string - '0');
    }
    fraction = read_fraction(&string);
    if (*string)
        return false;
    *out = seconds * SECOND + fraction;
    return true;
}

bool moment_parse(const char *string, int64_t now, int64_t *out)
{
    int64_t duration;

    /* A number without a unit is a time and not a duration. */
    if (parse_seconds(string, out))
        return true;
    if (duration_parse(string, &duration)) {
        if (duration < 0 && now > INT64_MAX + duration)
            return false;
        *out = now - duration;
        return true;
    }
    return time_parse(string, out) || parse_local(string, out);
}
