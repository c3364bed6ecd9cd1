/* SPDX-License-Identifier: MIT */
/* wcow logs. */
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/moment.h"
#include "cli/output.h"

struct logs {
    bool details, follow, timestamps;
    const char *since, *until, *tail;
};

static const struct logs defaults = {.tail = "all"};

static const struct option options[] = {
    {0, "details", OPTION_FLAG, offsetof(struct logs, details), NULL,
     "Show extra details provided to logs"},
    {'f', "follow", OPTION_FLAG, offsetof(struct logs, follow), NULL, "Follow log output"},
    {0, "since", OPTION_STRING, offsetof(struct logs, since), "string",
     "Show logs since timestamp (\"2013-01-02T13:23:37Z\") or relative (\"42m\")"},
    {'n', "tail", OPTION_STRING, offsetof(struct logs, tail), "string",
     "Number of lines to show from the end of the logs (all)"},
    {'t', "timestamps", OPTION_FLAG, offsetof(struct logs, timestamps), NULL, "Show timestamps"},
    {0, "until", OPTION_STRING, offsetof(struct logs, until), "string",
     "Show logs before a timestamp (\"2013-01-02T13:23:37Z\") or relative (\"42m\")"},
    {0},
};

static wcow_status parse_moment(const char *name, const char *value, int64_t *out, wcow_error *err)
{
    if (!value || !*value || moment_parse(value, (int64_t)time(NULL) * 1000000000, out))
        return WCOW_OK;
    return error_set(err, WCOW_INVALID, "invalid value for \"%s\": '%s' is no time and no duration",
                     name, value);
}

static wcow_status fill(const struct logs *logs, wcow_log_options *out, wcow_error *err)
{
    wcow_status status = parse_moment("since", logs->since, &out->since, err);

    if (!status)
        status = parse_moment("until", logs->until, &out->until, err);
    if (status)
        return status;
    out->follow = logs->follow;
    out->timestamps = logs->timestamps;
    out->details = logs->details;
    if (!text_equal_ignore_case(logs->tail, "all") && !number_parse_signed(logs->tail, &out->tail))
        return error_set(
            err, WCOW_INVALID,
            "invalid argument \"%s\" for \"-n, --tail\" flag: neither a number nor all",
            logs->tail);
    return WCOW_OK;
}

/* Ends the call when nobody reads any more. */
static bool print_piece(void *context, bool is_error, const char *bytes, size_t length)
{
    struct session *session = context;

    return output_write(is_error ? session->err : session->out, bytes, length);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    wcow_log_options how = WCOW_LOG_OPTIONS_INIT;
    cleanup_container wcow_container *container = NULL;
    wcow_status status = fill(values, &how, err);

    if (!status)
        status = session_container(session, session->arguments[0], &container, err);
    return status ? status : wcow_container_logs(container, &how, print_piece, session, err);
}

const struct command cmd_logs = {
    .name = "logs",
    .also = {"container logs"},
    .section = SECTION_OTHER,
    .summary = "Fetch the logs of a container",
    .arguments = "CONTAINER",
    .options = options,
    .size = sizeof(struct logs),
    .defaults = &defaults,
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
