/* SPDX-License-Identifier: MIT */
/* wcow update: other limits and another restart policy for containers that are there. */
#include "base/error.h"
#include "cli/all.h"

#include <wcow/update.h>

struct update {
    uint64_t memory, nano_cpus, io_bandwidth;
    int64_t cpu_count, cpu_percent, cpu_shares, io_operations;
    const char *restart;
};

static const struct update defaults = {
    .memory = WCOW_UNCHANGED,
    .nano_cpus = WCOW_UNCHANGED,
    .io_bandwidth = WCOW_UNCHANGED,
    .cpu_count = NOT_GIVEN,
    .cpu_percent = NOT_GIVEN,
    .cpu_shares = NOT_GIVEN,
    .io_operations = NOT_GIVEN,
};

static const struct option options[] = {
    {0, "cpu-count", OPTION_INTEGER, offsetof(struct update, cpu_count), "int", "CPU count"},
    {0, "cpu-percent", OPTION_INTEGER, offsetof(struct update, cpu_percent), "int",
     "CPU percent, of all processors: 1 to 100"},
    {'c', "cpu-shares", OPTION_INTEGER, offsetof(struct update, cpu_shares), "int",
     "CPU shares (relative weight): 1 to 10000"},
    {0, "cpus", OPTION_BILLIONTHS, offsetof(struct update, nano_cpus), "decimal", "Number of CPUs"},
    {0, "io-maxbandwidth", OPTION_SIZE, offsetof(struct update, io_bandwidth), "bytes",
     "Maximum IO bandwidth limit for the system drive"},
    {0, "io-maxiops", OPTION_INTEGER, offsetof(struct update, io_operations), "uint",
     "Maximum IOps limit for the system drive"},
    {'m', "memory", OPTION_SIZE, offsetof(struct update, memory), "bytes", "Memory limit"},
    {0, "restart", OPTION_STRING, offsetof(struct update, restart), "string",
     "Restart policy to apply when a container exits"},
    {0},
};

/* A negative number is one that is out of every range. */
static uint64_t number(int64_t given)
{
    if (given == NOT_GIVEN)
        return WCOW_UNCHANGED;
    return given < 0 ? (uint64_t)INT64_MAX + 1 : (uint64_t)given;
}

static wcow_update wishes(const struct update *given)
{
    wcow_update update = WCOW_UPDATE_INIT;

    update.memory = given->memory;
    update.nano_cpus = given->nano_cpus;
    update.cpu_count = number(given->cpu_count);
    update.cpu_percent = number(given->cpu_percent);
    update.cpu_shares = number(given->cpu_shares);
    update.io_bandwidth = given->io_bandwidth;
    update.io_operations = number(given->io_operations);
    update.restart = given->restart && *given->restart ? given->restart : NULL;
    return update;
}

static bool has_none(const struct update *given)
{
    return given->memory == WCOW_UNCHANGED && given->nano_cpus == WCOW_UNCHANGED &&
           given->io_bandwidth == WCOW_UNCHANGED && given->cpu_count == NOT_GIVEN &&
           given->cpu_percent == NOT_GIVEN && given->cpu_shares == NOT_GIVEN &&
           given->io_operations == NOT_GIVEN && !given->restart;
}

/* Docker prints warnings to its standard output, behind the names; here that has the names alone.
 */
static wcow_status update_it(struct session *session, const char *name, const wcow_update *update,
                             wcow_error *err)
{
    cleanup_container wcow_container *container = NULL;
    wcow_status status = session_container(session, name, &container, err);

    if (!status)
        status = wcow_container_update(container, update, err);
    if (status)
        return status;
    fprintf(session->out, "%s\n", name);
    fflush(session->out);
    for (const char *const *each = wcow_container_warnings(container); *each; each++)
        session_warning(session, "%s", *each);
    return WCOW_OK;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct update *given = values;
    const wcow_update update = wishes(given);
    wcow_host *host = NULL;
    wcow_status status;

    if (has_none(given))
        return error_set(err, WCOW_INVALID,
                         "you must provide one or more flags when using this command");
    status = session_host(session, &host, err);
    for (int i = 0; !status && i < session->count; i++) {
        wcow_error failure = WCOW_ERROR_INIT;

        if (update_it(session, session->arguments[i], &update, &failure))
            session_report(session, &failure);
    }
    return status;
}

const struct command cmd_update = {
    .name = "update",
    .also = {"container update"},
    .section = SECTION_OTHER,
    .summary = "Update configuration of one or more containers",
    .arguments = "CONTAINER [CONTAINER...]",
    .notes = "A limit of 0 takes it away. All of it counts from the next start on. Memory and "
             "processors of a running container with process isolation are changed at once where "
             "Windows can; a warning tells of what goes on as it is.\n\n"
             "--cpu-count, --cpu-percent, --io-maxbandwidth and --io-maxiops are wcow's own here; "
             "Docker on Windows updates the restart policy alone.",
    .options = options,
    .size = sizeof(struct update),
    .defaults = &defaults,
    .minimum = 1,
    .maximum = -1,
    .run = run,
};
