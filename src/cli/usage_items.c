/* SPDX-License-Identifier: MIT */
/* Each image, container and volume with what it takes. */
#include "cli/usage_items.h"

#include <time.h>

#include "base/error.h"
#include "cli/human.h"
#include "cli/listing.h"

#define COMMAND_WIDTH 20

const struct column image_columns[] = {
    {"Containers", "CONTAINERS"},
    {"CreatedAt", "CREATED AT"},
    {"CreatedSince", "CREATED"},
    {"Digest", "DIGEST"},
    {"ID", "IMAGE ID"},
    {"Repository", "REPOSITORY"},
    {"SharedSize", "SHARED SIZE"},
    {"Size", "SIZE"},
    {"Tag", "TAG"},
    {"UniqueSize", "UNIQUE SIZE"},
    {NULL, NULL},
};

static const struct column container_columns[] = {
    {"Command", "COMMAND"}, {"CreatedAt", "CREATED AT"}, {"ID", "CONTAINER ID"},
    {"Image", "IMAGE"},     {"Labels", "LABELS"},        {"LocalVolumes", "LOCAL VOLUMES"},
    {"Mounts", "MOUNTS"},   {"Names", "NAMES"},          {"Networks", "NETWORKS"},
    {"Ports", "PORTS"},     {"RunningFor", "CREATED"},   {"Size", "SIZE"},
    {"State", "STATE"},     {"Status", "STATUS"},        {NULL, NULL},
};

static const struct column volume_columns[] = {
    {"Driver", "DRIVER"},    {"Labels", "LABELS"}, {"Links", "LINKS"}, {"Mountpoint", "MOUNTPOINT"},
    {"Name", "VOLUME NAME"}, {"Scope", "SCOPE"},   {"Size", "SIZE"},   {NULL, NULL},
};

/* ---- what rows share ---- */

struct shape {
    bool whole; /* ids and commands are not cut */
    bool human; /* sizes; else bytes */
};

/* The item of that id in the row of that type; NULL if there is none. */
static const cJSON *find(const cJSON *usages, const char *type, const char *id)
{
    const cJSON *usage;

    cJSON_ArrayForEach (usage, usages) {
        const cJSON *item;

        if (!text_equal(json_text(usage, "Type", ""), type))
            continue;
        cJSON_ArrayForEach (item, json_member(usage, "Items")) {
            if (text_equal(json_text(item, "Id", json_text(item, "Name", NULL)), id))
                return item;
        }
    }
    return NULL;
}

static bool add(cJSON *row, const char *key, text *value)
{
    bool fine = !value->failed && json_add_text(row, key, text_get(value));

    text_cut(value, 0);
    return fine;
}

static bool add_size(cJSON *row, const char *key, const struct shape *shape, uint64_t size)
{
    cleanup_text text value = TEXT_INIT;

    human_size_or_bytes(shape->human, size, 4, &value);
    return add(row, key, &value);
}

static uint64_t size_of(const cJSON *item, const char *name)
{
    return (uint64_t)json_integer(item, name, 0);
}

static bool add_id(cJSON *row, const char *id, bool whole)
{
    cleanup_text text value = TEXT_INIT;

    if (whole)
        text_add(&value, id);
    else
        human_id(id, &value);
    return add(row, "ID", &value);
}

/* When, and how long ago; `key` is what the age is called. */
static bool add_moment(cJSON *row, int64_t since, const char *key)
{
    cleanup_text text value = TEXT_INIT;

    if (!since)
        return json_add_text(row, "CreatedAt", "N/A") && json_add_text(row, key, "N/A");
    human_time(since, &value);
    if (!add(row, "CreatedAt", &value))
        return false;
    human_duration((int64_t)time(NULL) - since, &value);
    text_add(&value, " ago");
    return add(row, key, &value);
}

/* ---- rows ---- */

static cJSON *image_row(const wcow_image_info *info, const cJSON *item, const struct shape *shape)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text count = TEXT_INIT;
    bool fine;

    text_addf(&count, "%lld", (long long)json_integer(item, "Containers", 0));
    fine = row && add(row, "Containers", &count) && add_moment(row, info->created, "CreatedSince");
    fine = fine && json_add_text(row, "Digest", info->digest) &&
           add_id(row, info->id, shape->whole) &&
           json_add_text(row, "Repository", info->repository) &&
           add_size(row, "SharedSize", shape, size_of(item, "SharedSize")) &&
           add_size(row, "Size", shape, info->size) && json_add_text(row, "Tag", info->tag) &&
           add_size(row, "UniqueSize", shape, size_of(item, "UniqueSize"));
    return fine ? TAKE(row) : NULL;
}

static bool add_command(cJSON *row, const char *command, bool whole)
{
    cleanup_text text cut = TEXT_INIT;
    cleanup_text text quoted = TEXT_INIT;

    human_ellipsis(command, whole ? SIZE_MAX : COMMAND_WIDTH, &cut);
    human_quote(text_get(&cut), &quoted);
    return !cut.failed && add(row, "Command", &quoted);
}

static bool add_number(cJSON *row, const char *key, uint64_t number)
{
    cleanup_text text value = TEXT_INIT;

    text_addf(&value, "%llu", (unsigned long long)number);
    return add(row, key, &value);
}

static cJSON *container_row(const wcow_container_info *info, const cJSON *item,
                            const struct shape *shape)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    bool fine =
        row && add_command(row, info->command, shape->whole) &&
        add_moment(row, info->created, "RunningFor") && add_id(row, info->id, shape->whole) &&
        json_add_text(row, "Image", info->image) && json_add_text(row, "Labels", info->labels) &&
        add_number(row, "LocalVolumes", info->local_volumes) &&
        json_add_text(row, "Mounts", info->mounts) && json_add_text(row, "Names", info->name) &&
        json_add_text(row, "Networks", info->networks) && json_add_text(row, "Ports", "") &&
        add_size(row, "Size", shape, size_of(item, "Size")) &&
        json_add_text(row, "State", info->state) && json_add_text(row, "Status", info->status);

    return fine ? TAKE(row) : NULL;
}

static cJSON *volume_row(const wcow_volume_info *info, const cJSON *item, const struct shape *shape)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    bool fine = row && json_add_text(row, "Driver", info->driver) &&
                json_add_text(row, "Labels", info->labels) &&
                add_number(row, "Links", info->links) &&
                json_add_text(row, "Mountpoint", info->mountpoint) &&
                json_add_text(row, "Name", info->name) && json_add_text(row, "Scope", "local") &&
                add_size(row, "Size", shape, size_of(item, "Size"));

    return fine ? TAKE(row) : NULL;
}

static wcow_status image_rows(wcow_host *host, const cJSON *usages, const struct shape *shape,
                              cJSON *rows, wcow_error *err)
{
    cleanup_wcow wcow_image_info *infos = NULL;
    size_t count = 0;
    wcow_status status = wcow_image_list(host, &infos, &count, err);

    for (size_t i = 0; i < count; i++) {
        const cJSON *item = find(usages, "Images", infos[i].id);

        if (!json_append(rows, image_row(&infos[i], item, shape)))
            return error_no_memory(err);
    }
    return status;
}

static wcow_status container_rows(wcow_host *host, const cJSON *usages, const struct shape *shape,
                                  cJSON *rows, wcow_error *err)
{
    cleanup_wcow wcow_container_info *infos = NULL;
    size_t count = 0;
    wcow_status status = wcow_container_list(host, &infos, &count, err);

    for (size_t i = 0; i < count; i++) {
        const cJSON *item = find(usages, "Containers", infos[i].id);

        if (!json_append(rows, container_row(&infos[i], item, shape)))
            return error_no_memory(err);
    }
    return status;
}

static wcow_status volume_rows(wcow_host *host, const cJSON *usages, const struct shape *shape,
                               cJSON *rows, wcow_error *err)
{
    cleanup_wcow wcow_volume_info *infos = NULL;
    size_t count = 0;
    wcow_status status = wcow_volume_list(host, &infos, &count, err);

    for (size_t i = 0; i < count; i++) {
        const cJSON *item = find(usages, "Local Volumes", infos[i].name);

        if (!json_append(rows, volume_row(&infos[i], item, shape)))
            return error_no_memory(err);
    }
    return status;
}

/* ---- printing ---- */

static wcow_status print_tables(FILE *out, cJSON *all, wcow_error *err)
{
    const struct listing images = {
        .standard = "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t"
                    "{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
        .columns = image_columns,
    };
    const struct listing containers = {
        .standard = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t"
                    "{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
        .columns = container_columns,
    };
    const struct listing volumes = {
        .standard = "{{.Name}}\t{{.Links}}\t{{.Size}}",
        .columns = volume_columns,
    };
    wcow_status status;

    fputs("Images space usage:\n\n", out);
    status = listing_print(out, &images, cJSON_GetObjectItemCaseSensitive(all, "Images"), err);
    if (status)
        return status;
    fputs("\nContainers space usage:\n\n", out);
    status =
        listing_print(out, &containers, cJSON_GetObjectItemCaseSensitive(all, "Containers"), err);
    if (status)
        return status;
    fputs("\nLocal Volumes space usage:\n\n", out);
    return listing_print(out, &volumes, cJSON_GetObjectItemCaseSensitive(all, "Volumes"), err);
}

/* One object of lists, as Docker's; of what builds leave there is nothing. */
static cJSON *make_lists(void)
{
    static const char *const names[] = {"Images", "Containers", "Volumes", "BuildCache"};
    cleanup_json cJSON *all = cJSON_CreateObject();

    for (size_t i = 0; all && i < sizeof(names) / sizeof(names[0]); i++)
        if (!cJSON_AddArrayToObject(all, names[i]))
            return NULL;
    return TAKE(all);
}

wcow_status usage_print_items(struct session *session, wcow_host *host, const cJSON *usages,
                              const char *format, bool human, wcow_error *err)
{
    const bool table = listing_is_table(format);
    const struct shape shape = {.whole = !table, .human = human};
    cleanup_json cJSON *all = make_lists();
    wcow_status status;

    if (!all)
        return error_no_memory(err);
    status = image_rows(host, usages, &shape, cJSON_GetObjectItemCaseSensitive(all, "Images"), err);
    if (!status)
        status = container_rows(host, usages, &shape,
                                cJSON_GetObjectItemCaseSensitive(all, "Containers"), err);
    if (!status)
        status = volume_rows(host, usages, &shape, cJSON_GetObjectItemCaseSensitive(all, "Volumes"),
                             err);
    if (status)
        return status;
    return table ? print_tables(session->out, all, err)
                 : format_print(session->out, format, all, err);
}
