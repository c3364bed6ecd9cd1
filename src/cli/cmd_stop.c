/* SPDX-License-Identifier: MIT */
/* wcow stop, wcow restart: both take a time to wait. */
#include <stdint.h>

#include "base/error.h"
#include "cli/all.h"
#include "cli/container_options.h"

struct stop {
    const char *signal;
    int64_t seconds;
    const struct session *session;
    bool *told; /* one of them; it is the next member, which a const struct may change so */
    bool warned;
};

static const struct stop defaults = {NULL, NOT_GIVEN, NULL, NULL, false};

static const struct option stop_options[] = {
    {'s', "signal", OPTION_STRING, offsetof(struct stop, signal), "string",
     "Signal to send to the container (SHUTDOWN); see wcow kill --help"},
    {'t', "timeout", OPTION_INTEGER, offsetof(struct stop, seconds), "int",
     "Seconds to wait before killing the container; negative: for ever"},
    /* Docker's name for it before version 28. */
    {0, "time", OPTION_INTEGER, offsetof(struct stop, seconds), "int", "The same as --timeout"},
    {0},
};

/* Once, for however many it holds. */
static void warn(const struct stop *stop, const wcow_container *container)
{
    const char *const *each = wcow_container_warnings(container);

    if (*each && !*stop->told)
        session_warning(stop->session, "%s", *each);
    *stop->told = *stop->told || *each;
}

static wcow_status stop_one(wcow_container *container, const void *values, wcow_error *err)
{
    const struct stop *stop = values;
    const int seconds = stop_seconds(stop->seconds);
    wcow_status status = stop->signal && *stop->signal
                             ? wcow_container_stop_by(container, stop->signal, seconds, err)
                             : wcow_container_stop(container, seconds, err);

    if (!status)
        warn(stop, container);
    return status;
}

static wcow_status restart_one(wcow_container *container, const void *values, wcow_error *err)
{
    const struct stop *stop = values;
    const char *signal = stop->signal && *stop->signal ? stop->signal : NULL;
    wcow_status status =
        wcow_container_restart(container, signal, stop_seconds(stop->seconds), err);

    if (!status)
        warn(stop, container);
    return status;
}

static wcow_status check(const struct stop *stop, wcow_error *err)
{
    if (stop->seconds <= INT32_MAX)
        return WCOW_OK;
    return error_set(err, WCOW_INVALID, "invalid --timeout: %lld", (long long)stop->seconds);
}

static wcow_status stop(struct session *session, void *values, wcow_error *err)
{
    struct stop *stop = values;
    wcow_status status = check(values, err);

    stop->session = session;
    stop->told = &stop->warned;
    return status ? status : session_each_container(session, stop_one, values, err);
}

static wcow_status restart(struct session *session, void *values, wcow_error *err)
{
    struct stop *stop = values;
    wcow_status status = check(values, err);

    stop->session = session;
    stop->told = &stop->warned;
    return status ? status : session_each_container(session, restart_one, values, err);
}

const struct command cmd_stop = {
    .name = "stop",
    .also = {"container stop"},
    .section = SECTION_OTHER,
    .summary = "Stop one or more running containers",
    .arguments = "CONTAINER [CONTAINER...]",
    .options = stop_options,
    .size = sizeof(struct stop),
    .defaults = &defaults,
    .minimum = 1,
    .maximum = -1,
    .run = stop,
};

const struct command cmd_restart = {
    .name = "restart",
    .also = {"container restart"},
    .section = SECTION_OTHER,
    .summary = "Restart one or more containers",
    .arguments = "CONTAINER [CONTAINER...]",
    .options = stop_options,
    .size = sizeof(struct stop),
    .defaults = &defaults,
    .minimum = 1,
    .maximum = -1,
    .run = restart,
};
