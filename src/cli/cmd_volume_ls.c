/* SPDX-License-Identifier: MIT */
/* wcow volume ls: the volumes, by name. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/regex.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/filter.h"
#include "cli/listing.h"

struct ls {
    bool quiet;
    const char *format;
    string_list filters;
};

static const struct option options[] = {
    {'f', "filter", OPTION_FILTER, offsetof(struct ls, filters), "filter",
     "Provide filter values (dangling=true, driver, label, name)"},
    {0, "format", OPTION_STRING, offsetof(struct ls, format), "string",
     "Format output: table, table TEMPLATE, json, or TEMPLATE"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct ls, quiet), NULL, "Only display volume names"},
    {0},
};

static const struct column columns[] = {
    {"Availability", "AVAILABILITY"},
    {"Driver", "DRIVER"},
    {"Group", "GROUP"},
    {"Labels", "LABELS"},
    {"Links", "LINKS"},
    {"Mountpoint", "MOUNTPOINT"},
    {"Name", "VOLUME NAME"},
    {"Scope", "SCOPE"},
    {"Size", "SIZE"},
    {"Status", "STATUS"},
    {NULL, NULL},
};

/* ---- filters ---- */

static bool is_true(const char *value)
{
    return text_equal(value, "true") || text_equal(value, "1");
}

static bool fits_dangling(const void *thing, const char *value, void *context)
{
    const wcow_volume_info *info = thing;

    (void)context;
    return (info->links == 0) == is_true(value);
}

static bool fits_driver(const void *thing, const char *value, void *context)
{
    const wcow_volume_info *info = thing;

    (void)context;
    return text_equal(info->driver, value);
}

/* "key" or "key=value" in "a=b,c=d". */
static bool fits_label(const void *thing, const char *value, void *context)
{
    const wcow_volume_info *info = thing;
    const size_t length = strlen(value);
    const bool pair = strchr(value, '=') != NULL;

    (void)context;
    for (const char *at = info->labels; *at;) {
        const size_t end = strcspn(at, ",");

        if (strncmp(at, value, length) == 0 &&
            (at[length] == '\0' || at[length] == ',' || (!pair && at[length] == '=')))
            return true;
        at += end + (at[end] == ',');
    }
    return false;
}

/* A regular expression, or the name itself. The context notes that there was no memory. */
static bool fits_name(const void *thing, const char *value, void *context)
{
    const wcow_volume_info *info = thing;
    regex *pattern = NULL;
    bool failed = false;
    bool fits = text_equal(info->name, value);

    if (!fits && !regex_new(value, &pattern, NULL))
        fits = regex_matches(pattern, info->name, &failed);
    regex_free(pattern);
    *(bool *)context = *(bool *)context || failed;
    return fits;
}

static const struct filter_rule filter_rules[] = {
    {"dangling", false, fits_dangling, "true false"},
    {"driver", false, fits_driver, "local"},
    {"label", true, fits_label, NULL},
    {"name", false, fits_name, "VOLUME"},
    {NULL, false, NULL, NULL},
};

static wcow_status check_one(const char *filter, wcow_error *err)
{
    const char *value = strchr(filter, '=') + 1;
    regex *pattern = NULL;
    wcow_status status;

    if (text_starts_with(filter, "dangling=") && !is_true(value) && !text_equal(value, "false") &&
        !text_equal(value, "0"))
        return error_set(err, WCOW_INVALID, "invalid filter 'dangling=[%s]'", value);
    if (!text_starts_with(filter, "name="))
        return WCOW_OK;
    status = regex_new(value, &pattern, err);
    regex_free(pattern);
    return status ? error_wrap(err, status, "invalid filter '%s'", filter) : WCOW_OK;
}

static wcow_status check_filters(const string_list *filters, wcow_error *err)
{
    wcow_status status = filters_check(filters, filter_rules, err);

    for (size_t i = 0; i < filters->count && !status; i++)
        status = check_one(filters->items[i], err);
    return status;
}

/* ---- rows ---- */

/* What Docker's has of a cluster's volumes, or tells in `system df -v` alone. */
static cJSON *row_new(const wcow_volume_info *info)
{
    static const char *const unknown[] = {"Availability", "Group", "Links", "Size", "Status"};
    cleanup_json cJSON *row = cJSON_CreateObject();
    bool fine = row && json_add_text(row, "Driver", info->driver) &&
                json_add_text(row, "Labels", info->labels) &&
                json_add_text(row, "Mountpoint", info->mountpoint) &&
                json_add_text(row, "Name", info->name) && json_add_text(row, "Scope", "local");

    for (size_t i = 0; fine && i < sizeof(unknown) / sizeof(unknown[0]); i++)
        fine = json_add_text(row, unknown[i], "N/A");
    return fine ? TAKE(row) : NULL;
}

static wcow_status collect(const struct ls *ls, const wcow_volume_info *infos, size_t count,
                           cJSON *rows, wcow_error *err)
{
    bool failed = false;

    for (size_t i = 0; i < count; i++)
        if (filters_pass(&ls->filters, filter_rules, &infos[i], &failed) &&
            !json_append(rows, row_new(&infos[i])))
            return error_no_memory(err);
    return failed ? error_no_memory(err) : WCOW_OK;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct ls *ls = values;
    const char *format = ls->format;
    cleanup_free char *kept = NULL;
    cleanup_wcow wcow_volume_info *infos = NULL;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    wcow_host *host = NULL;
    size_t count = 0;
    wcow_status status = rows ? check_filters(&ls->filters, err) : error_no_memory(err);

    if (!status)
        status = session_host(session, &host, err);
    if (!status && !ls->quiet)
        status = session_setting(session, "volumesFormat", &format, &kept, err);
    if (!status)
        status = wcow_volume_list(host, &infos, &count, err);
    if (!status)
        status = collect(ls, infos, count, rows, err);
    if (status)
        return status;

    const struct listing listing = {
        .format = ls->quiet && listing_is_table(format) ? "{{.Name}}" : format,
        .standard = "{{.Driver}}\t{{.Name}}",
        .raw = ls->quiet ? "name: {{.Name}}" : "name: {{.Name}}\ndriver: {{.Driver}}\n",
        .columns = columns,
    };

    return listing_print(session->out, &listing, rows, err);
}

const struct command cmd_volume_ls = {
    .name = "volume ls",
    .also = {"volume list"},
    .section = SECTION_OTHER,
    .summary = "List volumes",
    .options = options,
    .filters = filter_rules,
    .size = sizeof(struct ls),
    .run = run,
};
