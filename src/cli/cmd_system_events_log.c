/* SPDX-License-Identifier: MIT */
/* wcow system events-log: what Windows' event log says of containers. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <wcow/events_log.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/all.h"
#include "cli/listing.h"
#include "cli/moment.h"

struct events_log {
    const char *since, *format;
    int64_t count;
};

static const struct option options[] = {
    {0, "format", OPTION_STRING, offsetof(struct events_log, format), "string",
     "Format output: table, table TEMPLATE, json, or TEMPLATE"},
    {'n', "tail", OPTION_INTEGER, offsetof(struct events_log, count), "int",
     "Number of entries to show, the last ones"},
    {0, "since", OPTION_STRING, offsetof(struct events_log, since), "string",
     "Show entries since a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\")"},
    {0},
};

static const struct events_log defaults = {NULL, NULL, 50};

static const struct column columns[] = {
    {"Channel", "CHANNEL"}, {"ID", "ID"},     {"Level", "LEVEL"}, {"Message", "MESSAGE"},
    {"Source", "SOURCE"},   {"Time", "TIME"}, {NULL, NULL},
};

static wcow_status read_options(const struct events_log *log, wcow_events_log_options *out,
                                wcow_error *err)
{
    const int64_t now = (int64_t)time(NULL) * 1000000000;

    if (log->count < 1 || log->count > 2000)
        return error_set(err, WCOW_INVALID, "--tail is a number from 1 to 2000");
    out->limit = (uint32_t)log->count;
    if (log->since && !moment_parse(log->since, now, &out->since))
        return error_set(err, WCOW_INVALID, "invalid value for --since: '%s' is no time",
                         log->since);
    return WCOW_OK;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct events_log *log = values;
    const struct listing listing = {
        .format = log->format,
        .standard = "{{.Time}}\t{{.Level}}\t{{.Source}}\t{{.ID}}\t{{.Message}}",
        .columns = columns,
    };
    wcow_events_log_options wanted = WCOW_EVENTS_LOG_OPTIONS_INIT;
    cleanup_wcow char *json = NULL;
    cleanup_json cJSON *rows = NULL;
    wcow_host *host = NULL;
    wcow_status status = read_options(log, &wanted, err);

    if (!status)
        status = session_host(session, &host, err);
    wanted.container = session->count ? session->arguments[0] : NULL;
    if (!status)
        status = wcow_host_events_log(host, &wanted, &json, err);
    if (!status)
        status = json_parse(json, strlen(json), "the entries", &rows, err);
    return status ? status : listing_print(session->out, &listing, rows, err);
}

const struct command cmd_system_events_log = {
    .name = "system events-log",
    .section = SECTION_OTHER,
    .summary = "Show what Windows' event log says of containers",
    .arguments = "[CONTAINER]",
    .notes =
        "Reads what the Host Compute Service wrote (Hyper-V-Compute-Admin and -Operational) and "
        "wcow's "
        "own entries in the Application log: containers that could not be started, monitors that "
        "died. Without --since, of the last day. CONTAINER may be gone: 12 digits of its id are "
        "enough.\n\n"
        "\"event-log\": false in daemon.json (in wcow's folder) keeps wcow from writing entries.",
    .options = options,
    .defaults = &defaults,
    .size = sizeof(struct events_log),
    .maximum = 1,
    .run = run,
};
