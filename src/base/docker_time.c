/* SPDX-License-Identifier: MIT */
/* Docker's zero time. */
#include "base/docker_time.h"

#include <string.h>

#include "base/text.h"

#define NEVER "0001-01-01T00:00:00Z"

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
