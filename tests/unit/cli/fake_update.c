/* SPDX-License-Identifier: MIT */
/* <wcow/update.h> as a script. */
#include "tests/unit/cli/fake_wcow.h"

static void add(text *line, const char *name, uint64_t limit)
{
    if (limit != WCOW_UNCHANGED)
        text_addf(line, " %s=%llu", name, (unsigned long long)limit);
}

wcow_status wcow_container_update(wcow_container *container, const wcow_update *update,
                                  wcow_error *err)
{
    cleanup_text text line = TEXT_INIT;

    text_addf(&line, "update %s", wcow_container_name(container));
    add(&line, "memory", update->memory);
    add(&line, "cpus", update->nano_cpus);
    add(&line, "count", update->cpu_count);
    add(&line, "percent", update->cpu_percent);
    add(&line, "shares", update->cpu_shares);
    add(&line, "bandwidth", update->io_bandwidth);
    add(&line, "operations", update->io_operations);
    if (update->restart)
        text_addf(&line, " restart=%s", update->restart);
    return fake_note(err, text_get(&line));
}
