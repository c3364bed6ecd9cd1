/* SPDX-License-Identifier: MIT */
/* wcow layer ls: the imported layers, and what crashes left. */
#include <string.h>

#include "base/error.h"
#include "cli/all.h"
#include "cli/human.h"
#include "cli/listing.h"

struct ls {
    bool human, quiet, whole;
    const char *format;
    const char *foreign;
};

static const struct ls defaults = {.human = true};

static const struct option options[] = {
    {0, "foreign", OPTION_STRING, offsetof(struct ls, foreign), "path",
     "List another engine's layers in a folder, and what runs on them"},
    {0, "format", OPTION_STRING, offsetof(struct ls, format), "string",
     "Format output: table, table TEMPLATE, json, or TEMPLATE"},
    {0, "human", OPTION_FLAG, offsetof(struct ls, human), NULL, HUMAN_SIZES_HELP},
    {0, "no-trunc", OPTION_FLAG, offsetof(struct ls, whole), NULL, "Don't truncate output"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct ls, quiet), NULL, "Only show layer IDs"},
    {0},
};

static const struct column columns[] = {
    {"Containers", "CONTAINERS"}, {"Files", "FILES"}, {"ID", "LAYER ID"}, {"Images", "IMAGES"},
    {"Parent", "PARENT"},         {"Path", "PATH"},   {"Size", "SIZE"},   {"Status", "STATUS"},
    {"UtilityVM", "UTILITY VM"},  {NULL, NULL},
};

static bool add(cJSON *row, const char *key, text *value)
{
    bool fine = !value->failed && json_add_text(row, key, text_get(value));

    text_cut(value, 0);
    return fine;
}

static bool add_count(cJSON *row, const char *key, const cJSON *found, text *value)
{
    text_addf(value, "%lld", (long long)json_integer(found, key, 0));
    return add(row, key, value);
}

static bool add_id(cJSON *row, const char *key, const char *id, bool whole, text *value)
{
    if (whole)
        text_add(value, id);
    else
        human_id(id, value);
    return add(row, key, value);
}

static cJSON *row_new(const cJSON *found, const struct ls *ls)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text value = TEXT_INIT;
    bool fine = row && add_count(row, "Containers", found, &value) &&
                add_count(row, "Files", found, &value) &&
                add_id(row, "ID", json_text(found, "Id", ""), ls->whole, &value) &&
                add_count(row, "Images", found, &value) &&
                add_id(row, "Parent", json_text(found, "Parent", ""), ls->whole, &value) &&
                json_add_text(row, "Path", json_text(found, "Path", ""));

    human_size_or_bytes(ls->human, (uint64_t)json_integer(found, "Size", 0), 3, &value);
    fine = fine && add(row, "Size", &value) &&
           json_add_text(row, "Status", json_text(found, "Status", "")) &&
           json_add_text(row, "UtilityVM", json_bool(found, "UtilityVM", false) ? "yes" : "no");
    return fine ? TAKE(row) : NULL;
}

static const struct column foreign_columns[] = {
    {"ID", "LAYER ID"}, {"Kind", "KIND"},       {"Mounted", "MOUNTED"},
    {"Path", "PATH"},   {"Systems", "SYSTEMS"}, {NULL, NULL},
};

static cJSON *foreign_row_new(const cJSON *found, bool whole)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text value = TEXT_INIT;
    bool fine = row && add_id(row, "ID", json_text(found, "Id", ""), whole, &value) &&
                json_add_text(row, "Kind", json_text(found, "Kind", "")) &&
                json_add_text(row, "Mounted", json_bool(found, "Mounted", false) ? "yes" : "no") &&
                json_add_text(row, "Path", json_text(found, "Path", ""));
    const cJSON *system;

    cJSON_ArrayForEach (system, json_member(found, "Systems"))
        text_addf(&value, "%s%s", value.length ? "," : "", cJSON_GetStringValue(system));
    return fine && add(row, "Systems", &value) ? TAKE(row) : NULL;
}

static wcow_status run_foreign(struct session *session, const struct ls *ls, wcow_error *err)
{
    const struct listing listing = {
        .format = ls->format,
        .standard = "{{.ID}}\t{{.Kind}}\t{{.Mounted}}\t{{.Systems}}\t{{.Path}}",
        .columns = foreign_columns,
        .quiet = ls->quiet,
    };
    cleanup_wcow char *json = NULL;
    cleanup_json cJSON *layers = NULL;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    const cJSON *one;
    wcow_host *host = NULL;
    wcow_status status = rows ? session_host(session, &host, err) : error_no_memory(err);

    if (!status)
        status = wcow_layer_foreign(host, ls->foreign, &json, err);
    if (!status)
        status = json_parse(json, strlen(json), "the layers", &layers, err);
    if (status)
        return status;
    cJSON_ArrayForEach (one, layers) {
        if (!json_append(rows, foreign_row_new(one, ls->whole)))
            return error_no_memory(err);
    }
    return listing_print(session->out, &listing, rows, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct ls *ls = values;
    const struct listing listing = {
        .format = ls->format,
        .standard = "{{.ID}}\t{{.Parent}}\t{{.Size}}\t{{.Images}}\t{{.Containers}}\t{{.Status}}",
        .columns = columns,
        .quiet = ls->quiet,
    };
    cleanup_wcow char *json = NULL;
    cleanup_json cJSON *layers = NULL;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    const cJSON *one;
    wcow_host *host = NULL;
    wcow_status status;

    if (ls->foreign)
        return run_foreign(session, ls, err);
    status = rows ? session_host(session, &host, err) : error_no_memory(err);
    if (!status)
        status = wcow_layer_list(host, &json, err);
    if (!status)
        status = json_parse(json, strlen(json), "the layers", &layers, err);
    if (status)
        return status;
    cJSON_ArrayForEach (one, layers) {
        if (!json_append(rows, row_new(one, ls)))
            return error_no_memory(err);
    }
    return listing_print(session->out, &listing, rows, err);
}

const struct command cmd_layer_ls = {
    .name = "layer ls",
    .also = {"layer list"},
    .section = SECTION_OTHER,
    .summary = "List imported layers, and what crashes left of others",
    .notes =
        "STATUS is ready, unused (no image, container or pull needs it: system prune and layer rm "
        "remove it), or leftover (half a layer, of an import or removal that broke). With "
        "--foreign "
        "PATH, as C:\\ProgramData\\docker\\windowsfilter, KIND is scratch (of a container) or "
        "layer, "
        "and SYSTEMS are those that run on it: what \"layer zap PATH\" would end and destroy.",
    .options = options,
    .size = sizeof(struct ls),
    .defaults = &defaults,
    .run = run,
};
