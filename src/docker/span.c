/* SPDX-License-Identifier: MIT */
/* Spans in words. */
#include "docker/span.h"

#include <inttypes.h>
#include <stdio.h>

#define SECOND INT64_C(1000000000)

void span_print(int64_t nanoseconds, char words[SPAN_SIZE])
{
    const int64_t seconds = nanoseconds / SECOND;
    const int64_t minutes = seconds / 60;
    const int64_t hours = (seconds + 1800) / 3600; /* rounded, as go-units does */

    if (seconds < 1)
        snprintf(words, SPAN_SIZE, "Less than a second");
    else if (seconds == 1)
        snprintf(words, SPAN_SIZE, "1 second");
    else if (seconds < 60)
        snprintf(words, SPAN_SIZE, "%" PRId64 " seconds", seconds);
    else if (minutes == 1)
        snprintf(words, SPAN_SIZE, "About a minute");
    else if (minutes < 60)
        snprintf(words, SPAN_SIZE, "%" PRId64 " minutes", minutes);
    else if (hours == 1)
        snprintf(words, SPAN_SIZE, "About an hour");
    else if (hours < 48)
        snprintf(words, SPAN_SIZE, "%" PRId64 " hours", hours);
    else if (hours < 24 * 7 * 2)
        snprintf(words, SPAN_SIZE, "%" PRId64 " days", hours / 24);
    else if (hours < 24 * 30 * 2)
        snprintf(words, SPAN_SIZE, "%" PRId64 " weeks", hours / 24 / 7);
    else if (hours < 24 * 365 * 2)
        snprintf(words, SPAN_SIZE, "%" PRId64 " months", hours / 24 / 30);
    else
        snprintf(words, SPAN_SIZE, "%" PRId64 " years", seconds / 3600 / 24 / 365);
}
