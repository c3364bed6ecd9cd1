/* SPDX-License-Identifier: MIT */
/* wcow system df: what the store takes on the disk. */
#include <string.h>

#include "base/error.h"
#include "cli/all.h"
#include "cli/human.h"
#include "cli/listing.h"
#include "cli/usage_items.h"

struct df {
    const char *format;
    bool human, verbose;
};

static const struct df defaults = {.human = true};

static const struct option options[] = {
    {0, "format", OPTION_STRING, offsetof(struct df, format), "string",
     "Format output: table, table TEMPLATE, json, or TEMPLATE"},
    {0, "human", OPTION_FLAG, offsetof(struct df, human), NULL, HUMAN_SIZES_HELP},
    {'v', "verbose", OPTION_FLAG, offsetof(struct df, verbose), NULL,
     "Show each image, container and volume"},
    {0},
};

static const struct column columns[] = {
    {"Active", "ACTIVE"}, {"Reclaimable", "RECLAIMABLE"},
    {"Size", "SIZE"},     {"TotalCount", "TOTAL"},
    {"Type", "TYPE"},     {NULL, NULL},
};

static bool add(cJSON *row, const char *key, text *value)
{
    bool fine = !value->failed && json_add_text(row, key, text_get(value));

    text_cut(value, 0);
    return fine;
}

static bool add_count(cJSON *row, const char *key, const cJSON *usage, text *value)
{
    text_addf(value, "%lld", (long long)json_integer(usage, key, 0));
    return add(row, key, value);
}

static cJSON *row_new(const cJSON *usage, bool human)
{
    uint64_t size = (uint64_t)json_integer(usage, "Size", 0);
    uint64_t free_able = (uint64_t)json_integer(usage, "Reclaimable", 0);
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text value = TEXT_INIT;
    bool fine = row && add_count(row, "Active", usage, &value);

    human_size_or_bytes(human, free_able, 4, &value);
    if (size)
        text_addf(&value, " (%d%%)", (int)(100.0 * (double)free_able / (double)size));
    fine = fine && add(row, "Reclaimable", &value);
    human_size_or_bytes(human, size, 4, &value);
    fine = fine && add(row, "Size", &value) && add_count(row, "TotalCount", usage, &value) &&
           json_add_text(row, "Type", json_text(usage, "Type", ""));
    return fine ? TAKE(row) : NULL;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct df *df = values;
    const struct listing listing = {
        .format = df->format,
        .standard = "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
        .columns = columns,
    };
    cleanup_wcow char *json = NULL;
    cleanup_json cJSON *usages = NULL;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    const cJSON *usage;
    wcow_host *host = NULL;
    wcow_status status = rows ? session_host(session, &host, err) : error_no_memory(err);

    if (!status)
        status = wcow_host_disk_usage(host, &json, err);
    if (!status)
        status = json_parse(json, strlen(json), "the usage", &usages, err);
    if (status)
        return status;
    if (df->verbose)
        return usage_print_items(session, host, usages, df->format, df->human, err);
    cJSON_ArrayForEach (usage, usages) {
        if (!json_append(rows, row_new(usage, df->human)))
            return error_no_memory(err);
    }
    return listing_print(session->out, &listing, rows, err);
}

const struct command cmd_system_df = {
    .name = "system df",
    .section = SECTION_OTHER,
    .summary = "Show how much of the disk wcow uses",
    .options = options,
    .size = sizeof(struct df),
    .defaults = &defaults,
    .run = run,
};
