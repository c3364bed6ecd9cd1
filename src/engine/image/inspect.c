/* SPDX-License-Identifier: MIT */
/* An image as `docker image inspect` shows it. */
#include <wcow/image.h>

#include <string.h>

#include "base/docker_type.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "docker/times.h"
#include "engine/host/image_layers.h"

/* Every name of the image, as tags and as digests. */
static wcow_status add_names(const image_records *records, const image *i, cJSON *json,
                             wcow_error *err)
{
    cleanup_strings string_list tags = STRING_LIST_INIT;
    cleanup_strings string_list digests = STRING_LIST_INIT;

    for (size_t n = 0; n < records->count; n++) {
        const image_record *r = &records->items[n];
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

    if (json_parse_with_nul(config->json, strlen(config->json), "the image's config", &whole, NULL))
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

/* What it was made with; a commit's and an import's message is that of its last step. */
static const char *comment_of(const image_config *config)
{
    const size_t count = config->history_count;

    return count && config->history[count - 1].comment ? config->history[count - 1].comment : "";
}

static bool add_facts(cJSON *json, const image_config *config)
{
    return json_add_text(json, "Parent", "") &&
           json_add_text(json, "Comment", comment_of(config)) &&
           json_add_text(json, "Created", config->created ? config->created : "") &&
           json_add_text(json, "DockerVersion", "") &&
           json_add_text(json, "Author", config->author ? config->author : "") &&
           add_config(json, config) &&
           json_add_text(json, "Architecture", config->architecture ? config->architecture : "") &&
           json_add_text(json, "Os", config->os ? config->os : "windows") &&
           json_add_text(json, "OsVersion", config->os_version ? config->os_version : "");
}

/* Where its topmost layer is, if it is imported. */
static cJSON *make_graph_driver(const layer_store *layers, const image *i)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    cleanup_json cJSON *data = NULL;
    cleanup_layer layer *top = NULL;
    layer_id chain;
    const bool imported = !image_chain(i, chain, NULL) && !layer_open(layers, chain, &top, NULL);

    data = imported ? cJSON_CreateObject() : cJSON_CreateNull();
    if (!json || !data || (imported && !json_add_text(data, "dir", top->path)) ||
        !json_add(json, "Data", TAKE(data)) || !json_add_text(json, "Name", "windowsfilter"))
        return NULL;
    return TAKE(json);
}

/* When it was last tagged here, as Docker: a name that came with a pull or load is no tagging. */
static cJSON *make_metadata(const image_records *records, const image *i)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    char when[TIME_TEXT_SIZE] = "0001-01-01T00:00:00Z";
    int64_t last = 0;

    for (size_t n = 0; n < records->count; n++) {
        const image_record *r = &records->items[n];

        if (text_equal(r->id, i->record.id) && r->tagged > last)
            last = r->tagged;
    }
    if (last)
        time_print(last, when);
    return json && json_add_text(json, "LastTagTime", when) ? TAKE(json) : NULL;
}

static bool add_storage(cJSON *json, const layer_store *layers, const image_records *records,
                        const image *i)
{
    return json_add_integer(json, "Size", (int64_t)image_size(layers, i)) &&
           json_add(json, "GraphDriver", make_graph_driver(layers, i)) &&
           add_file_system(json, i->config) &&
           json_add(json, "Metadata", make_metadata(records, i));
}

wcow_status wcow_image_inspect(wcow_host *host, const char *reference, char **json, wcow_error *err)
{
    cleanup_image image *found = NULL;
    cleanup_json cJSON *all = cJSON_CreateObject();
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    layer_store layers;
    image_store images;
    char *printed;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = host_layer_files(host, &layers, err);
    if (!status)
        status = image_store_open(&images, reference, &found, err);
    if (!status)
        status = image_store_list(&images, &records, err);
    if (status)
        return status;
    if (!all || !json_add_text(all, "Id", found->record.id))
        return error_no_memory(err);
    status = add_names(&records, found, all, err);
    if (status)
        return status;
    if (!add_facts(all, found->config) || !add_storage(all, &layers, &records, found))
        return error_no_memory(err);
    if (!docker_complete(all, DOCKER_IMAGE))
        return error_no_memory(err);
    printed = json_print_pretty(all);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
