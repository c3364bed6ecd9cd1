/* SPDX-License-Identifier: MIT */
/* <wcow/stats.h> as a script. */
#include "tests/unit/cli/fake_wcow.h"

#include <stdlib.h>

#include "base/error.h"

struct wcow_stats_watch {
    char *name;
};

wcow_status wcow_stats_watch_start(wcow_container *container, wcow_stats_watch **out,
                                   wcow_error *err)
{
    const char *name = wcow_container_name(container);
    wcow_status status = fake_call(err, "watch %s", name);
    wcow_stats_watch *watch;

    if (status)
        return status;
    watch = calloc(1, sizeof(*watch));
    if (!watch)
        return error_no_memory(err);
    watch->name = text_copy(name);
    fake.open_watches++;
    *out = watch;
    return WCOW_OK;
}

wcow_status wcow_stats_watch_latest(wcow_stats_watch *watch, unsigned samples,
                                    uint32_t milliseconds, wcow_stats **out, wcow_error *err)
{
    wcow_status status = fake_call(err, "latest %s %u", watch->name, samples);

    (void)milliseconds;
    if (status)
        return status;
    if (!fake.stats)
        return error_set(err, WCOW_TIMEOUT, "it does not answer");
    *out = fake_copy_list(fake.stats, sizeof(**out));
    return *out ? WCOW_OK : error_no_memory(err);
}

void wcow_stats_watch_free(wcow_stats_watch *watch)
{
    if (!watch)
        return;
    fake.open_watches--;
    free(watch->name);
    free(watch);
}
