/* SPDX-License-Identifier: MIT */
/* Durations, sizes, times for people. */
#include "cli/human.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

/* From the largest that fits: Docker's steps, with their odd limits (48 hours, 2 weeks, 2 months).
 */
static const struct {
    int64_t below; /* seconds */
    int64_t unit;
    const char *name;
} steps[] = {
    {60, 1, "seconds"},
    {60 * 60, 60, "minutes"},
    {48 * 3600, 3600, "hours"},
    {14 * 86400, 86400, "days"},
    {60 * 86400, 7 * 86400, "weeks"},
    {365 * 86400LL, 30 * 86400, "months"},
    {INT64_MAX, 365 * 86400LL, "years"},
};

void human_duration(int64_t seconds, text *out)
{
    /* Docker rounds to whole hours from the first hour on. */
    int64_t rounded = seconds < 3600 ? seconds : (seconds + 1800) / 3600 * 3600;
    size_t i = 0;

    if (seconds < 1) {
        text_add(out, "Less than a second");
    } else if (seconds == 1) {
        text_add(out, "1 second");
    } else if (seconds >= 60 && seconds < 120) {
        text_add(out, "About a minute");
    } else if (rounded == 3600) {
        text_add(out, "About an hour");
    } else {
        while (rounded >= steps[i].below)
            i++;
        text_addf(out, "%lld %s", (long long)(rounded / steps[i].unit), steps[i].name);
    }
}

void human_size(uint64_t bytes, int digits, text *out)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double size = (double)bytes;
    size_t i = 0;

    while (size >= 1000.0 && i + 1 < sizeof(units) / sizeof(units[0])) {
        size /= 1000.0;
        i++;
    }
    text_addf(out, "%.*g%s", digits, size, units[i]);
}

void human_size_or_bytes(bool human, uint64_t bytes, int digits, text *out)
{
    if (human)
        human_size(bytes, digits, out);
    else
        text_addf(out, "%" PRIu64, bytes);
}

void human_memory(uint64_t bytes, text *out)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double size = (double)bytes;
    size_t i = 0;

    while (size >= 1024.0 && i + 1 < sizeof(units) / sizeof(units[0])) {
        size /= 1024.0;
        i++;
    }
    text_addf(out, "%.4g%s", size, units[i]);
}

/* Windows names zones in full ("Pacific Standard Time"); Go shows their capitals, and so do we. */
static void add_zone(const char *name, text *out)
{
    bool full = strchr(name, ' ') != NULL;

    for (; *name; name++)
        if (!full || isupper((unsigned char)*name))
            text_add_char(out, *name);
}

/* Minutes that local time is ahead of UTC at that moment. */
static int zone_offset(time_t now, const struct tm *local)
{
    const struct tm *utc = gmtime(&now);
    int days = local->tm_yday - utc->tm_yday;

    if (local->tm_year != utc->tm_year)
        days = local->tm_year > utc->tm_year ? 1 : -1;
    return (days * 24 + local->tm_hour - utc->tm_hour) * 60 + local->tm_min - utc->tm_min;
}

void human_time(int64_t seconds, text *out)
{
    time_t now = (time_t)seconds;
    const struct tm *found = localtime(&now);
    struct tm local;
    char zone[64] = "UTC";
    char stamp[32];
    int offset;

    if (!found)
        return;
    local = *found;
    offset = zone_offset(now, &local);
    strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &local);
    if (offset != 0)
        strftime(zone, sizeof(zone), "%Z", &local);
    text_addf(out, "%s %c%02d%02d ", stamp, offset < 0 ? '-' : '+', abs(offset) / 60,
              abs(offset) % 60);
    add_zone(zone, out);
}

void human_cpu(uint64_t time_100ns, text *out)
{
    uint64_t milliseconds = time_100ns / 10000;
    uint64_t seconds = milliseconds / 1000;

    text_addf(out, "%02llu:%02llu:%02llu.%03llu", (unsigned long long)(seconds / 3600),
              (unsigned long long)(seconds / 60 % 60), (unsigned long long)(seconds % 60),
              (unsigned long long)(milliseconds % 1000));
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void human_ellipsis(const char *string, size_t width, text *out)
{
    size_t characters = 0;
    size_t cut = 0;

    for (size_t i = 0; string[i]; i++) {
        if (continues(string[i]))
            continue;
        if (characters++ == width - 1)
            cut = i;
    }
    if (characters <= width) {
        text_add(out, string);
        return;
    }
    text_add_bytes(out, string, cut);
    text_add(out, "\xe2\x80\xa6");
}

void human_quote(const char *string, text *out)
{
    text_add_char(out, '"');
    for (; *string; string++) {
        if (*string == '"' || *string == '\\')
            text_addf(out, "\\%c", *string);
        else if (*string == '\n')
            text_add(out, "\\n");
        else if (*string == '\t')
            text_add(out, "\\t");
        else if (*string == '\r')
            text_add(out, "\\r");
        else if (text_control_length(string) == 1)
            text_addf(out, "\\x%02x", (unsigned)*string);
        else if (text_control_length(string) == 2)
            text_addf(out, "\\u00%02x", (unsigned char)*++string);
        else
            text_add_char(out, *string);
    }
    text_add_char(out, '"');
}

void human_id(const char *id, text *out)
{
    const char *digits = text_starts_with(id, "sha256:") ? id + 7 : id;

    text_addf(out, "%.12s", digits);
}
