/* SPDX-License-Identifier: MIT */
/* wcow service ls: the Windows services of containers. */
#include "base/error.h"
#include "cli/all.h"
#include "cli/human.h"
#include "cli/listing.h"

struct ls {
    bool quiet, whole;
    const char *format;
};

static const struct option options[] = {
    {0, "format", OPTION_STRING, offsetof(struct ls, format), "string",
     "Format output: table, table TEMPLATE, json, or TEMPLATE"},
    {0, "no-trunc", OPTION_FLAG, offsetof(struct ls, whole), NULL, "Don't truncate output"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct ls, quiet), NULL, "Only show services' names"},
    {0},
};

static const struct column columns[] = {
    {"Container", "CONTAINER ID"},
    {"ID", "SERVICE"},
    {"Names", "NAMES"},
    {"PID", "PID"},
    {"Root", "ROOT"},
    {"Start", "START"},
    {"State", "STATE"},
    {NULL, NULL},
};

static bool add(cJSON *row, const char *key, text *value)
{
    bool fine = !value->failed && json_add_text(row, key, text_get(value));

    text_cut(value, 0);
    return fine;
}

static cJSON *row_new(const wcow_service_info *info, bool whole)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text value = TEXT_INIT;
    bool fine = row != NULL;

    if (whole)
        text_add(&value, info->container);
    else
        human_id(info->container, &value);
    fine = fine && add(row, "Container", &value) && json_add_text(row, "ID", info->name) &&
           json_add_text(row, "Names", info->stray ? "(stray)" : info->container_name);
    if (info->pid)
        text_addf(&value, "%u", info->pid);
    fine = fine && add(row, "PID", &value) && json_add_text(row, "Root", info->root) &&
           json_add_text(row, "Start", info->automatic ? "with the host" : "on demand") &&
           json_add_text(row, "State", info->state);
    return fine ? TAKE(row) : NULL;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct ls *ls = values;
    const struct listing listing = {
        .format = ls->format,
        .quiet = ls->quiet,
        .columns = columns,
        .standard =
            "{{.ID}}\t{{.Container}}\t{{.Names}}\t{{.Start}}\t{{.State}}\t{{.PID}}\t{{.Root}}"};
    cleanup_wcow wcow_service_info *infos = NULL;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    wcow_host *host = NULL;
    size_t count = 0;
    wcow_status status = session_host(session, &host, err);

    if (!status)
        status = wcow_service_list(host, &infos, &count, err);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++)
        if (!json_append(rows, row_new(&infos[i], ls->whole)))
            return error_no_memory(err);
    return listing_print(session->out, &listing, rows, err);
}

const struct command cmd_service_ls = {
    .name = "service ls",
    .also = {"service list"},
    .section = SECTION_OTHER,
    .summary = "List the Windows services of containers",
    .notes = "A container has one while its monitor is to outlive the session or the job that has "
             "started it, and for good if it comes back with the host (--restart).",
    .options = options,
    .size = sizeof(struct ls),
    .run = run,
};
