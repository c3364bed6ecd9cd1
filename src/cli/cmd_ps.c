/* SPDX-License-Identifier: MIT */
/* wcow ps: the containers. */
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "cli/all.h"
#include "cli/filter.h"
#include "cli/human.h"
#include "cli/listing.h"
#include "cli/ps_filter.h"

enum { COMMAND_WIDTH = 20 };

struct ps {
    bool all, quiet, latest, whole;
    int64_t last;
    const char *format;
    string_list filters;
};

static const struct ps defaults = {.last = -1};

static const struct option options[] = {
    {'a', "all", OPTION_FLAG, offsetof(struct ps, all), NULL,
     "Show all containers (default shows just running)"},
    {'f', "filter", OPTION_FILTER, offsetof(struct ps, filters), "filter",
     "Filter output based on conditions provided"},
    {0, "format", OPTION_STRING, offsetof(struct ps, format), "string",
     "Format output: table, table TEMPLATE, json, or TEMPLATE"},
    {'n', "last", OPTION_INTEGER, offsetof(struct ps, last), "int",
     "Show n last created containers (includes all states)"},
    {'l', "latest", OPTION_FLAG, offsetof(struct ps, latest), NULL,
     "Show the latest created container (includes all states)"},
    {0, "no-trunc", OPTION_FLAG, offsetof(struct ps, whole), NULL, "Don't truncate output"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct ps, quiet), NULL, "Only display container IDs"},
    {0},
};

static const struct column columns[] = {
    {"Command", "COMMAND"},
    {"CreatedAt", "CREATED AT"},
    {"HealthStatus", "HEALTH STATUS"},
    {"ID", "CONTAINER ID"},
    {"Image", "IMAGE"},
    {"Isolation", "ISOLATION"},
    {"Labels", "LABELS"},
    {"LocalVolumes", "LOCAL VOLUMES"},
    {"Mounts", "MOUNTS"},
    {"Names", "NAMES"},
    {"Networks", "NETWORKS"},
    {"Ports", "PORTS"},
    {"RunningFor", "CREATED"},
    {"Size", "SIZE"},
    {"State", "STATE"},
    {"Status", "STATUS"},
    {NULL, NULL},
};

static bool add(cJSON *row, const char *key, text *value)
{
    bool fine = !value->failed && json_add_text(row, key, text_get(value));

    text_cut(value, 0);
    return fine;
}

static bool add_command(cJSON *row, const char *command, bool whole)
{
    cleanup_text text cut = TEXT_INIT;
    cleanup_text text quoted = TEXT_INIT;

    human_ellipsis(command, whole ? SIZE_MAX : COMMAND_WIDTH, &cut);
    human_quote(text_get(&cut), &quoted);
    return !cut.failed && add(row, "Command", &quoted);
}

static bool add_ids(cJSON *row, const wcow_container_info *info, bool whole)
{
    cleanup_text text id = TEXT_INIT;

    if (whole)
        text_add(&id, info->id);
    else
        human_id(info->id, &id);
    return json_add_text(row, "HealthStatus", "") && add(row, "ID", &id) &&
           json_add_text(row, "Image", info->image) &&
           json_add_text(row, "Isolation", info->isolation) &&
           json_add_text(row, "Labels", info->labels) && json_add_text(row, "LocalVolumes", "0") &&
           json_add_text(row, "Mounts", "") && json_add_text(row, "Names", info->name) &&
           json_add_text(row, "Networks", info->networks) && json_add_text(row, "Ports", "");
}

/* Members stand in the order of their names, as in Docker's JSON. */
static cJSON *row_new(const wcow_container_info *info, bool whole)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text value = TEXT_INIT;
    bool fine = row && add_command(row, info->command, whole);

    human_time(info->created, &value);
    fine = fine && add(row, "CreatedAt", &value) && add_ids(row, info, whole);
    human_duration((int64_t)time(NULL) - info->created, &value);
    text_add(&value, " ago");
    fine = fine && add(row, "RunningFor", &value) && json_add_text(row, "Size", "0B") &&
           json_add_text(row, "State", info->state) && json_add_text(row, "Status", info->status);
    return fine ? TAKE(row) : NULL;
}

/* Newest first. -n, -l and a filter by status look at all of them. */
static wcow_status select_rows(const struct ps *ps, ps_listing *listing, cJSON *rows,
                               wcow_error *err)
{
    const wcow_container_info *infos = listing->infos;
    int64_t limit = ps->latest ? 1 : ps->last;
    bool all = ps->all || limit > 0 || filters_have(&ps->filters, "status");

    for (size_t i = 0; i < listing->count; i++) {
        if (limit > 0 && (int64_t)cJSON_GetArraySize(rows) == limit)
            break;
        if (!all && !infos[i].running)
            continue;
        if (!ps_filters_pass(&ps->filters, listing, &infos[i]))
            continue;
        if (!json_append(rows, row_new(&infos[i], ps->whole)))
            return error_no_memory(err);
    }
    return listing->status ? error_pass(err, listing->status, &listing->problem) : WCOW_OK;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct ps *ps = values;
    struct listing listing = {.format = ps->format, .columns = columns, .quiet = ps->quiet};
    cleanup_wcow wcow_container_info *infos = NULL;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    wcow_host *host = NULL;
    size_t count = 0;
    CLEANUP(ps_listing) ps_listing found = {0};
    wcow_status status = ps_filters_read(&ps->filters, &found, err);

    listing.standard = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t"
                       "{{.Ports}}\t{{.Names}}";
    if (!status && !rows)
        status = error_no_memory(err);
    if (!status)
        status = session_host(session, &host, err);
    if (!status)
        status = wcow_container_list(host, &infos, &count, err);
    if (!status) {
        found.host = host;
        found.infos = infos;
        found.count = count;
        status = ps_filters_find(&ps->filters, &found, err);
    }
    if (!status)
        status = select_rows(ps, &found, rows, err);
    return status ? status : listing_print(session->out, &listing, rows, err);
}

const struct command cmd_ps = {
    .name = "ps",
    .also = {"container ls", "container list", "container ps"},
    .section = SECTION_COMMON,
    .summary = "List containers",
    .notes =
        "Filters: ancestor, before, exited, expose, health, id, is-task, isolation, label, name (a "
        "regular expression), network, publish, since, status, volume",
    .options = options,
    .size = sizeof(struct ps),
    .defaults = &defaults,
    .run = run,
};
