/* SPDX-License-Identifier: MIT */
/* wcow images. */
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "cli/all.h"
#include "cli/human.h"
#include "cli/image_filter.h"
#include "cli/listing.h"
#include "cli/usage_items.h"

struct images {
    bool all, quiet, whole, digests;
    const char *format;
    string_list filters;
};

static const struct option options[] = {
    {'a', "all", OPTION_FLAG, offsetof(struct images, all), NULL, "Show all images"},
    {0, "digests", OPTION_FLAG, offsetof(struct images, digests), NULL, "Show digests"},
    {'f', "filter", OPTION_FILTER, offsetof(struct images, filters), "filter",
     "Filter output based on conditions provided"},
    {0, "format", OPTION_STRING, offsetof(struct images, format), "string",
     "Format output: table, table TEMPLATE, json, or TEMPLATE"},
    {0, "no-trunc", OPTION_FLAG, offsetof(struct images, whole), NULL, "Don't truncate output"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct images, quiet), NULL, "Only show image IDs"},
    {0},
};

static bool add(cJSON *row, const char *key, text *value)
{
    bool fine = !value->failed && json_add_text(row, key, text_get(value));

    text_cut(value, 0);
    return fine;
}

static bool add_created(cJSON *row, const wcow_image_info *info)
{
    cleanup_text text value = TEXT_INIT;

    if (info->created == 0)
        return json_add_text(row, "CreatedAt", "N/A") && json_add_text(row, "CreatedSince", "N/A");
    human_time(info->created, &value);
    if (!add(row, "CreatedAt", &value))
        return false;
    human_duration((int64_t)time(NULL) - info->created, &value);
    text_add(&value, " ago");
    return add(row, "CreatedSince", &value);
}

/* Members stand in the order of their names, as in Docker's JSON. */
static cJSON *row_new(const wcow_image_info *info, bool whole)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text value = TEXT_INIT;
    const char *digest = info->digest[0] ? info->digest : "<none>";
    bool fine = row && json_add_text(row, "Containers", "N/A") && add_created(row, info) &&
                json_add_text(row, "Digest", digest);

    if (whole)
        text_add(&value, info->id);
    else
        human_id(info->id, &value);
    fine = fine && add(row, "ID", &value) && json_add_text(row, "Repository", info->repository) &&
           json_add_text(row, "SharedSize", "N/A");
    human_size(info->size, 3, &value);
    fine = fine && add(row, "Size", &value) && json_add_text(row, "Tag", info->tag) &&
           json_add_text(row, "UniqueSize", "N/A");
    return fine ? TAKE(row) : NULL;
}

/* With -q each image counts once, however many tags it has. */
static bool was_before(const wcow_image_info *infos, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(infos[k].id, infos[i].id) == 0)
            return true;
    return false;
}

static wcow_status select_rows(const struct session *session, const struct images *images,
                               struct image_listing *all, cJSON *rows, wcow_error *err)
{
    const wcow_image_info *infos = all->infos;
    const char *pattern = session->count ? session->arguments[0] : NULL;

    for (size_t i = 0; i < all->count; i++) {
        if (pattern && *pattern && !image_fits_reference(&infos[i], pattern))
            continue;
        if (!image_filters_pass(&images->filters, all, &infos[i]))
            continue;
        if (images->quiet && listing_is_table(images->format) && was_before(infos, i))
            continue;
        if (!json_append(rows, row_new(&infos[i], images->whole)))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* What docker/cli prints for --format raw; each image ends with an empty line. */
static const char *raw_format(const struct images *images)
{
    if (images->quiet)
        return "image_id: {{.ID}}";
    return images->digests ? "repository: {{.Repository}}\ntag: {{.Tag}}\ndigest: {{.Digest}}\n"
                             "image_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: "
                             "{{.Size}}\n"
                           : "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\n"
                             "created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n";
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    struct images *images = values;
    struct listing listing = {.raw = raw_format(images), .columns = image_columns};
    cleanup_wcow char *kept = NULL;
    cleanup_wcow wcow_image_info *infos = NULL;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    cleanup_wcow wcow_container_info *containers = NULL;
    struct image_listing all = {0};
    wcow_host *host = NULL;
    size_t count = 0;
    wcow_status status = rows ? session_host(session, &host, err) : error_no_memory(err);

    if (!status && !images->quiet) /* as Docker: with -q the setting does not count */
        status = session_setting(session, "imagesFormat", &images->format, &kept, err);
    listing.format = images->format;
    listing.quiet = images->quiet && listing_is_table(images->format);
    listing.standard =
        images->digests
            ? "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
            : "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}";
    if (!status)
        status = image_filters_read(host, &images->filters, &all, err);
    containers = all.containers;
    if (!status)
        status = wcow_image_list(host, &infos, &count, err);
    if (status)
        return status;
    all.infos = infos;
    all.count = count;
    status = select_rows(session, images, &all, rows, err);
    return status ? status : listing_print(session->out, &listing, rows, err);
}

const struct command cmd_images = {
    .name = "images",
    .also = {"image ls", "image list"},
    .section = SECTION_COMMON,
    .summary = "List images",
    .arguments = "[REPOSITORY[:TAG]]",
    .notes = "Filters: before=IMAGE, since=IMAGE, until=TIME, containers=true|false, "
             "dangling=true|false, label=KEY[=VALUE], label!=KEY[=VALUE], reference=PATTERN (* and "
             "? stand for no slash). TIME is a moment, or an age as 24h.",
    .options = options,
    .filters = image_filter_rules,
    .size = sizeof(struct images),
    .maximum = 1,
    .run = run,
};
