/* SPDX-License-Identifier: MIT */
/* An image as `docker image inspect` shows it. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "container/layers.h"

/* Every name of the image, as tags and as digests. */
static wcow_status add_names(const image_store *images, const image *i, cJSON *json,
                             wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_strings string_list tags = STRING_LIST_INIT;
    cleanup_strings string_list digests = STRING_LIST_INIT;
    wcow_status status = image_store_list(images, &records, err);

    if (status)
        return status;
    for (size_t n = 0; n < records.count; n++) {
        const image_record *r = &records.items[n];
        const image_reference *name = r->reference ? r->reference : r->origin;
        cleanup_free char *repository = NULL;
        cleanup_free char *digest = NULL;

        if (!name || !text_equal(r->id, i->record.id))
            continue;
        repository = reference_repository(name);
        digest = repository ? text_format("%s@%s", repository, r->entry) : NULL;
        if (!digest || (r->reference && !string_list_own(&tags, reference_familiar(r->reference))))
            return error_no_memory(err);
        if (!string_list_contains(&digests, digest) && !string_list_add(&digests, digest))
            return error_no_memory(err);
    }
    if (!json_add_strings(json, "RepoTags", (const char *const *)tags.items) ||
        !json_add_strings(json, "RepoDigests", (const char *const *)digests.items))
        return error_no_memory(err);
    return WCOW_OK;
}

static bool add_or_null(cJSON *json, const char *name, const string_list *items)
{
    if (!items->count)
        return json_add(json, name, cJSON_CreateNull());
    return json_add_strings(json, name, (const char *const *)items->items);
}

/* The config's own "config" object, as it stands there; Docker shows it unchanged, too. */
static bool add_config(cJSON *json, const image_config *config)
{
    cleanup_json cJSON *whole = NULL;
    cJSON *inner;

    if (json_parse(config->json, strlen(config->json), "the image's config", &whole, NULL))
        return false;
    inner = cJSON_DetachItemFromObjectCaseSensitive(whole, "config");
    return json_add(json, "Config", inner ? inner : cJSON_CreateObject());
}

static bool add_file_system(cJSON *json, const image_config *config)
{
    cleanup_json cJSON *root = cJSON_CreateObject();

    return root && json_add_text(root, "Type", "layers") &&
           add_or_null(root, "Layers", &config->diff_ids) && json_add(json, "RootFS", TAKE(root));
}

static uint64_t blob_sum(const image *i)
{
    uint64_t size = 0;

    for (size_t n = 0; n < i->manifest->count; n++)
        size += i->manifest->items[n].size;
    return size;
}

static bool add_facts(cJSON *json, const image *i)
{
    const image_config *config = i->config;

    return json_add_text(json, "Created", config->created ? config->created : "") &&
           json_add_text(json, "Author", config->author ? config->author : "") &&
           json_add_text(json, "Architecture", config->architecture ? config->architecture : "") &&
           json_add_text(json, "Os", config->os ? config->os : "windows") &&
           json_add_text(json, "OsVersion", config->os_version ? config->os_version : "") &&
           json_add_integer(json, "Size", (int64_t)blob_sum(i));
}

wcow_status wcow_image_inspect(wcow_host *host, const char *reference, char **json, wcow_error *err)
{
    cleanup_image image *found = NULL;
    cleanup_json cJSON *all = cJSON_CreateObject();
    image_store images;
    char *printed;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = image_store_open(&images, reference, &found, err);
    if (status)
        return status;
    if (!all || !json_add_text(all, "Id", found->record.id))
        return error_no_memory(err);
    status = add_names(&images, found, all, err);
    if (status)
        return status;
    if (!add_facts(all, found) || !add_config(all, found->config) ||
        !add_file_system(all, found->config))
        return error_no_memory(err);
    printed = json_print_pretty(all);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
