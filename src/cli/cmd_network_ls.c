/* SPDX-License-Identifier: MIT */
/* wcow network ls. */
#include <wcow/network.h>

#include <string.h>

#include "base/error.h"
#include "base/regex.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/filter.h"
#include "cli/human.h"
#include "cli/listing.h"

struct ls {
    bool quiet, whole;
    const char *format;
    string_list filters;
};

static const struct option options[] = {
    {'f', "filter", OPTION_FILTER, offsetof(struct ls, filters), "filter",
     "Provide filter values (driver, id, label, name, scope, type=builtin|custom, dangling)"},
    {0, "format", OPTION_STRING, offsetof(struct ls, format), "string",
     "Format output: table, table TEMPLATE, json, or TEMPLATE"},
    {0, "no-trunc", OPTION_FLAG, offsetof(struct ls, whole), NULL, "Don't truncate output"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct ls, quiet), NULL, "Only display network IDs"},
    {0},
};

/* ---- filters (moby daemon/network/filter.go) ---- */

static bool is_true(const char *value)
{
    return strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

static bool fits_driver(const void *thing, const char *value, void *context)
{
    const wcow_network_info *info = thing;

    (void)context;
    return strcmp(info->driver, value) == 0;
}

static bool fits_scope(const void *thing, const char *value, void *context)
{
    const wcow_network_info *info = thing;

    (void)context;
    return strcmp(info->scope, value) == 0;
}

static bool fits_type(const void *thing, const char *value, void *context)
{
    const wcow_network_info *info = thing;

    (void)context;
    return info->predefined == (strcmp(value, "builtin") == 0);
}

static bool fits_dangling(const void *thing, const char *value, void *context)
{
    const wcow_network_info *info = thing;
    const bool used = info->predefined || info->endpoint_count > 0;

    (void)context;
    return used != is_true(value);
}

/* "key" or "key=value". */
static bool fits_label(const void *thing, const char *value, void *context)
{
    const wcow_network_info *info = thing;
    const size_t length = strlen(value);
    const bool pair = strchr(value, '=') != NULL;

    (void)context;
    for (const char *label = info->labels; *label; label += strlen(label) + 1)
        if (strncmp(label, value, length) == 0 &&
            (label[length] == '\0' || (!pair && label[length] == '=')))
            return true;
    return false;
}

/* A pattern that is none has been refused; what is out of memory counts as no match. */
static bool matches(const char *pattern, const char *string)
{
    regex *compiled = NULL;
    bool failed = false;
    bool found;

    if (strcmp(pattern, string) == 0)
        return true;
    if (regex_new(pattern, &compiled, NULL))
        return false;
    found = regex_matches(compiled, string, &failed);
    regex_free(compiled);
    return found;
}

static bool fits_name(const void *thing, const char *value, void *context)
{
    (void)context;
    return matches(value, ((const wcow_network_info *)thing)->name);
}

static bool fits_id(const void *thing, const char *value, void *context)
{
    (void)context;
    return matches(value, ((const wcow_network_info *)thing)->id);
}

static const struct filter_rule filter_rules[] = {
    {"dangling", false, fits_dangling, "true false"},
    {"driver", false, fits_driver, "nat transparent l2bridge l2tunnel internal private ics"},
    {"id", false, fits_id, NULL},
    {"label", true, fits_label, NULL},
    {"name", false, fits_name, "NETWORK"},
    {"scope", false, fits_scope, "local"},
    {"type", false, fits_type, "builtin custom"},
    {NULL, false, NULL, NULL},
};

static wcow_status check_value(const char *filter, wcow_error *err)
{
    const char *value = strchr(filter, '=') + 1;
    regex *compiled = NULL;
    wcow_status status = WCOW_OK;

    if (text_starts_with(filter, "dangling=") && !is_true(value) && strcmp(value, "false") != 0 &&
        strcmp(value, "0") != 0)
        return error_set(err, WCOW_INVALID,
                         "invalid value for filter 'dangling', must be \"true\" (or \"1\"), or "
                         "\"false\" (or \"0\")");
    if (text_starts_with(filter, "type=") && strcmp(value, "builtin") != 0 &&
        strcmp(value, "custom") != 0)
        return error_set(err, WCOW_INVALID, "invalid filter: 'type'='%s'", value);
    if (text_starts_with(filter, "name=") || text_starts_with(filter, "id="))
        status = regex_new(value, &compiled, err);
    regex_free(compiled);
    return status;
}

static wcow_status check_filters(const string_list *filters, wcow_error *err)
{
    wcow_status status = filters_check(filters, filter_rules, err);

    for (size_t i = 0; i < filters->count && !status; i++)
        status = check_value(filters->items[i], err);
    return status;
}

/* ---- rows ---- */

static const struct column columns[] = {
    {"CreatedAt", "CREATED AT"},
    {"Driver", "DRIVER"},
    {"ID", "NETWORK ID"},
    {"IPv4", "IPV4"},
    {"IPv6", "IPV6"},
    {"Internal", "INTERNAL"},
    {"Labels", "LABELS"},
    {"Name", "NAME"},
    {"Scope", "SCOPE"},
    {NULL, NULL},
};

static bool add(cJSON *row, const char *key, text *value)
{
    bool fine = !value->failed && json_add_text(row, key, text_get(value));

    text_cut(value, 0);
    return fine;
}

static bool add_labels(cJSON *row, const wcow_network_info *info, text *value)
{
    cleanup_strings string_list sorted = STRING_LIST_INIT;

    for (const char *label = info->labels; *label; label += strlen(label) + 1)
        if (!string_list_add(&sorted, label))
            return false;
    string_list_sort(&sorted);
    for (size_t i = 0; i < sorted.count; i++)
        text_addf(value, "%s%s", i ? "," : "", sorted.items[i]);
    return add(row, "Labels", value);
}

/* Members stand in the order of their names, as in Docker's JSON. */
static cJSON *row_new(const wcow_network_info *info, bool whole)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text value = TEXT_INIT;
    bool fine;

    if (info->created)
        human_time(info->created, &value);
    else
        text_add(&value, "0001-01-01 00:00:00 +0000 UTC");
    fine = row && add(row, "CreatedAt", &value) && json_add_text(row, "Driver", info->driver);
    if (whole)
        text_add(&value, info->id);
    else
        human_id(info->id, &value);
    fine = fine && add(row, "ID", &value) && json_add_text(row, "IPv4", "true") &&
           json_add_text(row, "IPv6", "false") &&
           json_add_text(row, "Internal", info->internal ? "true" : "false") &&
           add_labels(row, info, &value) && json_add_text(row, "Name", info->name) &&
           json_add_text(row, "Scope", info->scope);
    return fine ? TAKE(row) : NULL;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    struct ls *ls = values;
    struct listing listing = {
        .standard = "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
        .raw = ls->quiet ? "network_id: {{.ID}}"
                         : "network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\n"
                           "scope: {{.Scope}}\n",
        .columns = columns,
    };
    cleanup_wcow char *kept = NULL;
    cleanup_wcow wcow_network_info *infos = NULL;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    wcow_host *host = NULL;
    size_t count = 0;
    wcow_status status = rows ? check_filters(&ls->filters, err) : error_no_memory(err);

    if (!status)
        status = session_host(session, &host, err);
    if (!status && !ls->quiet)
        status = session_setting(session, "networksFormat", &ls->format, &kept, err);
    listing.format = ls->format;
    listing.quiet = ls->quiet && listing_is_table(ls->format);
    if (!status)
        status = wcow_network_list(host, &infos, &count, err);
    for (size_t i = 0; i < count && !status; i++)
        if (filters_pass(&ls->filters, filter_rules, &infos[i], NULL) &&
            !json_append(rows, row_new(&infos[i], ls->whole)))
            status = error_no_memory(err);
    return status ? status : listing_print(session->out, &listing, rows, err);
}

const struct command cmd_network_ls = {
    .name = "network ls",
    .also = {"network list"},
    .section = SECTION_OTHER,
    .summary = "List networks",
    .notes =
        "All networks of the host, whoever made them; rm and prune remove those of wcow alone.",
    .options = options,
    .filters = filter_rules,
    .size = sizeof(struct ls),
    .run = run,
};
