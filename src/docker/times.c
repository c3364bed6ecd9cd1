/* SPDX-License-Identifier: MIT */
/* Docker's zero time, and spans in words. */
#include "docker/times.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define SECOND INT64_C(1000000000)
#define NEVER  "0001-01-01T00:00:00Z"

void docker_time_print(int64_t nanoseconds, char words[TIME_TEXT_SIZE])
{
    if (nanoseconds)
        time_print(nanoseconds, words);
    else
        memcpy(words, NEVER, sizeof NEVER);
}

bool docker_time_parse(const char *words, int64_t *out)
{
    if (!text_equal(words, NEVER))
        return time_parse(words, out);
    *out = 0;
    return true;
}

void span_print(int64_t nanoseconds, char words[TIME_TEXT_SIZE])
{
    const int64_t seconds = nanoseconds / SECOND;
    const int64_t minutes = seconds / 60;
    const int64_t hours = (seconds + 1800) / 3600; /* rounded, as go-units does */

    if (seconds < 1)
        snprintf(words, TIME_TEXT_SIZE, "Less than a second");
    else if (seconds == 1)
        snprintf(words, TIME_TEXT_SIZE, "1 second");
    else if (seconds < 60)
        snprintf(words, TIME_TEXT_SIZE, "%" PRId64 " seconds", seconds);
    else if (minutes == 1)
        snprintf(words, TIME_TEXT_SIZE, "About a minute");
    else if (minutes < 60)
        snprintf(words, TIME_TEXT_SIZE, "%" PRId64 " minutes", minutes);
    else if (hours == 1)
        snprintf(words, TIME_TEXT_SIZE, "About an hour");
    else if (hours < 48)
        snprintf(words, TIME_TEXT_SIZE, "%" PRId64 " hours", hours);
    else if (hours < 24 * 7 * 2)
        snprintf(words, TIME_TEXT_SIZE, "%" PRId64 " days", hours / 24);
    else if (hours < 24 * 30 * 2)
        snprintf(words, TIME_TEXT_SIZE, "%" PRId64 " weeks", hours / 24 / 7);
    else if (hours < 24 * 365 * 2)
        snprintf(words, TIME_TEXT_SIZE, "%" PRId64 " months", hours / 24 / 30);
    else
        snprintf(words, TIME_TEXT_SIZE, "%" PRId64 " years", seconds / 3600 / 24 / 365);
}
