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

enum { COMMAND_WIDTH = 20, MOUNT_WIDTH = 15 };

struct ps {
    bool all, quiet, latest, whole, size;
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
    {'s', "size", OPTION_FLAG, offsetof(struct ps, size), NULL, "Display total file sizes"},
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
    {"Platform", "PLATFORM"},
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

static bool add_volumes(cJSON *row, size_t count)
{
    cleanup_text text value = TEXT_INIT;

    text_addf(&value, "%zu", count);
    return add(row, "LocalVolumes", &value);
}

static bool add_command(cJSON *row, const char *command, bool whole)
{
    cleanup_text text cut = TEXT_INIT;
    cleanup_text text quoted = TEXT_INIT;

    human_ellipsis(command, whole ? SIZE_MAX : COMMAND_WIDTH, &cut);
    human_quote(text_get(&cut), &quoted);
    return !cut.failed && add(row, "Command", &quoted);
}

/* Each source is cut for itself. */
static bool add_mounts(cJSON *row, const char *mounts, bool whole)
{
    cleanup_text text shown = TEXT_INIT;

    for (const char *at = mounts; *at;) {
        const size_t length = strcspn(at, ",");
        cleanup_free char *source = text_copy_bytes(at, length);

        if (!source)
            return false;
        text_add(&shown, at == mounts ? "" : ",");
        human_ellipsis(source, whole ? SIZE_MAX : MOUNT_WIDTH, &shown);
        at += length + (at[length] == ',');
    }
    return add(row, "Mounts", &shown);
}

/* "windows(10.0.20348.1)/amd64", as containerd's platforms are written. */
static bool add_platform(cJSON *row, const wcow_container_info *info)
{
    cleanup_text text platform = TEXT_INIT;

    text_add(&platform, "windows");
    if (*info->os_version)
        text_addf(&platform, "(%s)", info->os_version);
    text_add(&platform, "/amd64");
    return add(row, "Platform", &platform);
}

/* Of none Docker says nothing. */
static bool add_health(cJSON *row, const char *health)
{
    return json_add_text(row, "HealthStatus", health && strcmp(health, "none") != 0 ? health : "");
}

static bool add_ids(cJSON *row, const wcow_container_info *info, bool whole)
{
    cleanup_text text id = TEXT_INIT;

    if (whole)
        text_add(&id, info->id);
    else
        human_id(info->id, &id);
    return add_health(row, info->health) && add(row, "ID", &id) &&
           json_add_text(row, "Image", info->image) &&
           json_add_text(row, "Isolation", info->isolation) &&
           json_add_text(row, "Labels", info->labels) && add_volumes(row, info->local_volumes) &&
           add_mounts(row, info->mounts, whole) && json_add_text(row, "Names", info->name) &&
           json_add_text(row, "Networks", info->networks) && add_platform(row, info) &&
           json_add_text(row, "Ports", info->ports);
}

/* "2MB (virtual 298MB)"; nothing is looked up unless it is asked for. */
static void add_size(struct session *session, const char *id, bool wanted, text *out)
{
    cleanup_container wcow_container *container = NULL;
    uint64_t own = 0;
    uint64_t whole = 0;

    /* One that is removed at this moment takes nothing any more. */
    if (wanted && !session_container(session, id, &container, NULL) &&
        wcow_container_sizes(container, &own, &whole, NULL))
        own = whole = 0;
    human_size(own, 3, out);
    if (!whole)
        return;
    text_add(out, " (virtual ");
    human_size(whole, 3, out);
    text_add(out, ")");
}

/* Members stand in the order of their names, as in Docker's JSON. */
static cJSON *row_new(struct session *session, const wcow_container_info *info, const struct ps *ps)
{
    const bool whole = ps->whole;
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text value = TEXT_INIT;
    bool fine = row && add_command(row, info->command, whole);

    human_time(info->created, &value);
    fine = fine && add(row, "CreatedAt", &value) && add_ids(row, info, whole);
    human_duration((int64_t)time(NULL) - info->created, &value);
    text_add(&value, " ago");
    fine = fine && add(row, "RunningFor", &value);
    add_size(session, info->id, ps->size, &value);
    fine = fine && add(row, "Size", &value) && json_add_text(row, "State", info->state) &&
           json_add_text(row, "Status", info->status);
    return fine ? TAKE(row) : NULL;
}

/* Newest first. -n, -l and a filter by status look at all of them. */
static wcow_status select_rows(struct session *session, const struct ps *ps, ps_listing *listing,
                               cJSON *rows, wcow_error *err)
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
        if (!json_append(rows, row_new(session, &infos[i], ps)))
            return error_no_memory(err);
    }
    return listing->status ? error_pass(err, listing->status, &listing->problem) : WCOW_OK;
}

#define TABLE                                                                                      \
    "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"
#define RAW                                                                                        \
    "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: "                \
    "{{.CreatedAt}}\n"                                                                             \
    "state: {{- pad .State 1 0}}\nstatus: {{- pad .Status 1 0}}\nnames: {{.Names}}\n"              \
    "labels: {{- pad .Labels 1 0}}\nports: {{- pad .Ports 1 0}}\n"

/* Which format counts, and whether it asks for sizes: docker/cli's rules. */
static wcow_status choose_format(struct session *session, struct ps *ps, struct listing *listing,
                                 char **kept, wcow_error *err)
{
    const bool given = ps->format && *ps->format;
    wcow_status status = session_setting(session, "psFormat", &ps->format, kept, err);

    if (status)
        return status;
    if (given && ps->quiet) {
        fputs("WARNING: Ignoring custom format, because both --format and --quiet are set.\n",
              session->err);
        fflush(session->err);
    }
    if (!ps->quiet && ps->format && strstr(ps->format, ".Size"))
        ps->size = true;
    listing->format = ps->format;
    listing->quiet = ps->quiet;
    listing->standard = ps->size ? TABLE "\t{{.Size}}" : TABLE;
    listing->raw = ps->quiet ? "container_id: {{.ID}}" : ps->size ? RAW "size: {{.Size}}\n" : RAW;
    return WCOW_OK;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    struct ps *ps = values;
    struct listing listing = {.columns = columns};
    cleanup_wcow char *kept = NULL;
    cleanup_wcow wcow_container_info *infos = NULL;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    wcow_host *host = NULL;
    size_t count = 0;
    CLEANUP(ps_listing) ps_listing found = {0};
    wcow_status status = ps_filters_read(&ps->filters, &found, err);

    if (!status)
        status = choose_format(session, ps, &listing, &kept, err);
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
        status = select_rows(session, ps, &found, rows, err);
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
