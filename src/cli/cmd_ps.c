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

/* A row, as its columns see it. */
struct shown {
    struct session *session;
    const wcow_container_info *info;
    const struct ps *ps;
};

static void add_command(const struct shown *row, text *out)
{
    cleanup_text text cut = TEXT_INIT;

    human_ellipsis(row->info->command, row->ps->whole ? SIZE_MAX : COMMAND_WIDTH, &cut);
    human_quote(text_get(&cut), out);
    out->failed = out->failed || cut.failed;
}

static void add_created(const struct shown *row, text *out)
{
    human_time(row->info->created, out);
}

/* Of none Docker says nothing. */
static void add_health(const struct shown *row, text *out)
{
    const char *health = row->info->health;

    text_add(out, health && strcmp(health, "none") != 0 ? health : "");
}

static void add_id(const struct shown *row, text *out)
{
    if (row->ps->whole)
        text_add(out, row->info->id);
    else
        human_id(row->info->id, out);
}

static void add_image(const struct shown *row, text *out)
{
    text_add(out, row->info->image);
}

static void add_isolation(const struct shown *row, text *out)
{
    text_add(out, row->info->isolation);
}

static void add_labels(const struct shown *row, text *out)
{
    text_add(out, row->info->labels);
}

static void add_volumes(const struct shown *row, text *out)
{
    text_addf(out, "%zu", row->info->local_volumes);
}

/* Each source is cut for itself. */
static void add_mounts(const struct shown *row, text *out)
{
    const char *mounts = row->info->mounts;

    for (const char *at = mounts; *at;) {
        const size_t length = strcspn(at, ",");
        cleanup_free char *source = text_copy_bytes(at, length);

        if (!source) {
            out->failed = true;
            return;
        }
        text_add(out, at == mounts ? "" : ",");
        human_ellipsis(source, row->ps->whole ? SIZE_MAX : MOUNT_WIDTH, out);
        at += length + (at[length] == ',');
    }
}

static void add_name(const struct shown *row, text *out)
{
    text_add(out, row->info->name);
}

static void add_networks(const struct shown *row, text *out)
{
    text_add(out, row->info->networks);
}

/* "windows(10.0.20348.1)/amd64", as containerd's platforms are written. */
static void add_platform(const struct shown *row, text *out)
{
    text_add(out, "windows");
    if (*row->info->os_version)
        text_addf(out, "(%s)", row->info->os_version);
    text_add(out, "/amd64");
}

static void add_ports(const struct shown *row, text *out)
{
    text_add(out, row->info->ports);
}

static void add_age(const struct shown *row, text *out)
{
    human_duration((int64_t)time(NULL) - row->info->created, out);
    text_add(out, " ago");
}

/* "2MB (virtual 298MB)"; nothing is looked up unless it is asked for. */
static void add_size(const struct shown *row, text *out)
{
    cleanup_container wcow_container *container = NULL;
    uint64_t own = 0;
    uint64_t whole = 0;

    /* One that is removed at this moment takes nothing any more. */
    if (row->ps->size && !session_container(row->session, row->info->id, &container, NULL) &&
        wcow_container_sizes(container, &own, &whole, NULL))
        own = whole = 0;
    human_size(own, 3, out);
    if (!whole)
        return;
    text_add(out, " (virtual ");
    human_size(whole, 3, out);
    text_add(out, ")");
}

static void add_state(const struct shown *row, text *out)
{
    text_add(out, row->info->state);
}

static void add_status(const struct shown *row, text *out)
{
    text_add(out, row->info->status);
}

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

#define COLUMNS (sizeof(columns) / sizeof(columns[0]) - 1)

/* What stands in the columns, in their order: that of the members in Docker's JSON. */
static void (*const contents[COLUMNS])(const struct shown *row, text *out) = {
    add_command, add_created, add_health, add_id,    add_image,    add_isolation,
    add_labels,  add_volumes, add_mounts, add_name,  add_networks, add_platform,
    add_ports,   add_age,     add_size,   add_state, add_status,
};

/* `needed`: by the number of a column. */
static cJSON *row_new(const struct shown *shown, const bool needed[COLUMNS])
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text value = TEXT_INIT;
    bool fine = row != NULL;

    for (size_t i = 0; fine && i < COLUMNS; i++) {
        if (!needed[i])
            continue;
        contents[i](shown, &value);
        fine = !value.failed && json_add_text(row, columns[i].key, text_get(&value));
        text_cut(&value, 0);
    }
    return fine ? TAKE(row) : NULL;
}

/* Newest first. -n, -l and a filter by status look at all of them. */
static wcow_status select_rows(struct session *session, const struct ps *ps,
                               const struct listing *format, ps_listing *listing, cJSON *rows,
                               wcow_error *err)
{
    const wcow_container_info *infos = listing->infos;
    int64_t limit = ps->latest ? 1 : ps->last;
    bool all = ps->all || limit > 0 || filters_have(&ps->filters, "status");
    bool needed[COLUMNS];
    int64_t taken = 0;

    for (size_t i = 0; i < COLUMNS; i++)
        needed[i] = listing_needs(format, columns[i].key);
    for (size_t i = 0; i < listing->count && (limit <= 0 || taken < limit); i++) {
        const struct shown row = {session, &infos[i], ps};

        if (!all && !infos[i].running)
            continue;
        if (!ps_filters_pass(&ps->filters, listing, &infos[i]))
            continue;
        if (!json_append(rows, row_new(&row, needed)))
            return error_no_memory(err);
        taken++;
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
    if (given && ps->quiet)
        session_warning(session,
                        "Ignoring custom format, because both --format and --quiet are set.");
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
        status = select_rows(session, ps, &listing, &found, rows, err);
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
    .filters = ps_filter_rules,
    .size = sizeof(struct ps),
    .defaults = &defaults,
    .run = run,
};
