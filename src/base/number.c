/* SPDX-License-Identifier: MIT */
/* Numbers as users and files write them. */
#include "base/number.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SECOND  INT64_C(1000000000)
#define BILLION UINT64_C(1000000000)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads digits at *string and moves it behind them; false if there is none or the number is too
 * big. */
static bool read_digits(const char **string, uint64_t most, uint64_t *out)
{
    const char *c = *string;
    uint64_t value = 0;

    for (; is_digit(*c); c++) {
        uint64_t digit = (uint64_t)(*c - '0');

        if (digit > most || value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (c == *string)
        return false;
    *string = c;
    *out = value;
    return true;
}

bool number_parse(const char *string, uint64_t most, uint64_t *out)
{
    uint64_t value;

    if (!read_digits(&string, most, &value) || *string)
        return false;
    *out = value;
    return true;
}

bool number_parse_signed(const char *string, int64_t *out)
{
    bool negative = *string == '-';
    uint64_t most = (uint64_t)INT64_MAX + negative;
    uint64_t value;

    if (!number_parse(string + negative, most, &value))
        return false;
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/*
 * Reads ".digits" if there: value × unit of the fraction, rounded down. Digits that are too small
 * to count are read over.
 */
static bool read_fraction(const char **string, uint64_t unit, uint64_t *out)
{
    const char *c = *string;
    double weight = (double)unit;
    double value = 0;

    *out = 0;
    if (*c != '.')
        return true;
    if (!is_digit(*++c))
        return false;
    for (; is_digit(*c); c++) {
        weight /= 10;
        value += weight * (*c - '0');
    }
    *string = c;
    *out = (uint64_t)(value + 1e-6);
    return true;
}

bool billionths_parse(const char *string, uint64_t *out)
{
    uint64_t unit = BILLION;
    uint64_t value = 0;

    if (!is_digit(*string) && !(*string == '.' && is_digit(string[1])))
        return false;
    if (is_digit(*string) && !read_digits(&string, UINT64_MAX / BILLION - 1, &value))
        return false;
    value *= BILLION;
    string += *string == '.' && is_digit(string[1]);
    for (; is_digit(*string); string++) {
        unit /= 10;
        if (!unit && *string != '0')
            return false;
        value += unit * (uint64_t)(*string - '0');
    }
    if (*string)
        return false;
    *out = value;
    return true;
}

/* "k", "KB", "KiB"…: the power of its base that a suffix stands for; -1 if it is none. */
static int suffix_power(const char *suffix)
{
    static const char letters[] = "kmgtp";
    int power = 0;

    for (int i = 0; letters[i] && *suffix; i++) {
        if ((*suffix | 0x20) == letters[i]) {
            power = i + 1;
            suffix++;
            break;
        }
    }
    if (power && (*suffix | 0x20) == 'i' && (suffix[1] | 0x20) == 'b')
        suffix++;
    if ((*suffix | 0x20) == 'b')
        suffix++;
    return *suffix ? -1 : power;
}

static bool parse_size(const char *string, uint64_t base, uint64_t *out)
{
    const char *suffix = string + strspn(string, "0123456789.");
    const int power = suffix_power(suffix + (*suffix == ' '));
    uint64_t unit = 1;
    uint64_t whole, fraction;

    if (power < 0)
        return false;
    for (int i = 0; i < power; i++)
        unit *= base;
    if (!read_digits(&string, INT64_MAX / unit, &whole) ||
        !read_fraction(&string, unit, &fraction) || string != suffix)
        return false;
    *out = whole * unit + fraction;
    return true;
}

bool size_parse(const char *string, uint64_t *out)
{
    return parse_size(string, 1024, out);
}

bool size_parse_decimal(const char *string, uint64_t *out)
{
    return parse_size(string, 1000, out);
}

static const struct unit {
    const char *name;
    int64_t nanoseconds;
} units[] = {
    {"ns", 1},     {"us", 1000},       {"\xC2\xB5s", 1000},  {"ms", 1000000},
    {"s", SECOND}, {"m", 60 * SECOND}, {"h", 3600 * SECOND},
};

/* The unit that stands here and is followed by the end or the next number. */
static const struct unit *read_unit(const char **string)
{
    size_t length = strcspn(*string, "0123456789.");

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strlen(units[i].name) == length && strncmp(*string, units[i].name, length) == 0) {
            *string += length;
            return &units[i];
        }
    }
    return NULL;
}

bool duration_parse(const char *string, int64_t *out)
{
    bool negative = *string == '-';
    uint64_t total = 0;

    string += negative || *string == '+';
    if (strcmp(string, "0") == 0) {
        *out = 0;
        return true;
    }
    do {
        const char *number = string;
        const struct unit *unit;
        uint64_t whole = 0, fraction;

        string += strspn(string, "0123456789.");
        unit = read_unit(&string);
        if (!unit || !read_digits(&number, INT64_MAX / (uint64_t)unit->nanoseconds, &whole) ||
            !read_fraction(&number, (uint64_t)unit->nanoseconds, &fraction) || is_digit(*number) ||
            *number == '.')
            return false;
        whole = whole * (uint64_t)unit->nanoseconds + fraction;
        if (whole > (uint64_t)INT64_MAX - total)
            return false;
        total += whole;
    } while (*string);
    *out = negative ? -(int64_t)total : (int64_t)total;
    return true;
}

/*
 * The civil calendar, by days since 1970-01-01: years start in March, so that the leap day is the
 * last of a year, and 400 years are 146097 days.
 */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    int64_t era, of_era, of_year;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    of_era = year - era * 400;
    of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    int64_t era, of_era, years, of_year, shifted;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    of_era = days - era * 146097;
    years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * years + years / 4 - years / 100);
    shifted = (5 * of_year + 2) / 153;
    *day = of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted + (shifted < 10 ? 3 : -9);
    *year = years + era * 400 + (*month <= 2);
}

/* Prints up to the seconds; returns the length. The years of int64 nanoseconds are 1677…2262. */
static size_t print_seconds(int64_t nanoseconds, char string[TIME_TEXT_SIZE], int64_t *rest)
{
    int64_t seconds = nanoseconds / SECOND;
    int64_t days, year, month, day, of_day;
    int length;

    *rest = nanoseconds % SECOND;
    if (*rest < 0) {
        *rest += SECOND;
        seconds--;
    }
    days = seconds / 86400 - (seconds % 86400 < 0);
    of_day = seconds - days * 86400;
    civil_from_days(days, &year, &month, &day);
    length =
        snprintf(string, TIME_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)year % 10000,
                 (unsigned)month % 100, (unsigned)day % 100, (unsigned)(of_day / 3600) % 100,
                 (unsigned)(of_day / 60 % 60), (unsigned)(of_day % 60));
    return (size_t)length;
}

void time_print_fixed(int64_t nanoseconds, char string[TIME_TEXT_SIZE])
{
    int64_t rest;
    size_t length = print_seconds(nanoseconds, string, &rest);

    (void)snprintf(string + length, TIME_TEXT_SIZE - length, ".%09uZ",
                   (unsigned)rest % 1000000000u);
}

void time_print(int64_t nanoseconds, char string[TIME_TEXT_SIZE])
{
    size_t length;

    time_print_fixed(nanoseconds, string);
    length = strlen(string) - 1;
    while (string[length - 1] == '0')
        length--;
    if (string[length - 1] == '.')
        length--;
    string[length] = 'Z';
    string[length + 1] = '\0';
}

/* Two digits (or four) and what must stand behind them. */
static bool read_field(const char **string, size_t digits, const char *behind, int64_t *out)
{
    int64_t value = 0;

    for (size_t i = 0; i < digits; i++, (*string)++) {
        if (!is_digit(**string))
            return false;
        value = value * 10 + (**string - '0');
    }
    if (*behind && (**string == '\0' || !strchr(behind, **string)))
        return false;
    *string += *behind != '\0';
    *out = value;
    return true;
}

/* Nine digits are kept, further ones read over. */
static bool read_nanoseconds(const char **string, int64_t *out)
{
    int64_t unit = SECOND / 10;

    *out = 0;
    if (**string != '.')
        return true;
    if (!is_digit(*++*string))
        return false;
    for (; is_digit(**string); (*string)++, unit /= 10)
        *out += unit * (**string - '0');
    return true;
}

static bool read_offset(const char **string, int64_t *seconds)
{
    bool negative = **string == '-';
    int64_t hours, minutes;

    *seconds = 0;
    if (**string == 'Z' || **string == 'z') {
        (*string)++;
        return true;
    }
    if (!negative && **string != '+')
        return false;
    (*string)++;
    if (!read_field(string, 2, ":", &hours) || !read_field(string, 2, "", &minutes) || hours > 23 ||
        minutes > 59)
        return false;
    *seconds = (hours * 60 + minutes) * 60 * (negative ? -1 : 1);
    return true;
}

bool time_parse(const char *string, int64_t *out)
{
    int64_t year, month, day, hour, minute, second, rest, offset, seconds;
    int64_t check[3];

    if (!read_field(&string, 4, "-", &year) || !read_field(&string, 2, "-", &month) ||
        !read_field(&string, 2, "Tt ", &day) || !read_field(&string, 2, ":", &hour) ||
        !read_field(&string, 2, ":", &minute) || !read_field(&string, 2, "", &second) ||
        !read_nanoseconds(&string, &rest) || !read_offset(&string, &offset) || *string)
        return false;
    if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60 || year < 1678 ||
        year > 2261)
        return false;
    civil_from_days(days_from_civil(year, month, day), &check[0], &check[1], &check[2]);
    if (check[1] != month || check[2] != day) /* the 31st of a month that has 30 */
        return false;

    seconds = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    *out = (seconds - offset) * SECOND + rest;
    return true;
}
