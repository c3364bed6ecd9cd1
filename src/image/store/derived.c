/* SPDX-License-Identifier: MIT */
/* Images made of images. */
#include "image/store/derived.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "image/store/blob.h"
#include "image/store/image_records.h"
#include "image/store/layout.h"
#include "image/store/stage.h"

#define MEDIA_DOCKER_LAYER "application/vnd.docker.image.rootfs.diff.tar.gzip"
#define MEDIA_GZIP_LAYER   MEDIA_OCI_LAYER "+gzip"

typedef struct deriving {
    const image_store *store;
    const derivation *request;
    blob_stage *stage;
    staged_blob layer, config, manifest;
    char diff_id[DIGEST_SIZE];
} deriving;

static wcow_status produce(void *context, const byte_sink *sink, wcow_error *err)
{
    deriving *c = context;

    return c->request->produce(c->request->context, sink, c->diff_id, err);
}

static bool set_text(cJSON *object, const char *name, const char *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    return json_add_text(object, name, value);
}

static cJSON *member_array(cJSON *object, const char *name)
{
    cJSON *array = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsArray(array) ? array : cJSON_AddArrayToObject(object, name);
}

/* Steps tell of layers by their order: a base that does not tell of all of its own gets empty ones,
 * lest ours be taken for one of them. */
static bool complete_history(const image_config *base, cJSON *history)
{
    size_t told = 0;

    for (size_t i = 0; i < base->history_count; i++)
        told += !base->history[i].empty_layer;
    for (; told < base->diff_ids.count; told++)
        if (!json_append(history, cJSON_CreateObject()))
            return false;
    return true;
}

static bool add_history(const derivation *request, cJSON *config)
{
    cJSON *history = member_array(config, "history");
    cleanup_json cJSON *step = cJSON_CreateObject();

    return history && step &&
           (!request->base || complete_history(request->base->config, history)) &&
           json_add_text(step, "created", request->created) &&
           json_add_text(step, "author", request->author) &&
           json_add_text(step, "created_by", request->created_by) &&
           json_add_text(step, "comment", request->comment) && json_append(history, TAKE(step));
}

static bool change_config(const deriving *c, cJSON *config)
{
    const derivation *request = c->request;
    cJSON *root = cJSON_GetObjectItemCaseSensitive(config, "rootfs");
    cJSON *diffs = root ? member_array(root, "diff_ids") : NULL;

    if (!diffs || !json_append(diffs, cJSON_CreateString(c->diff_id)))
        return false;
    /* What the old engine noted of the container that made the base. */
    cJSON_DeleteItemFromObjectCaseSensitive(config, "container");
    cJSON_DeleteItemFromObjectCaseSensitive(config, "container_config");
    cJSON_DeleteItemFromObjectCaseSensitive(config, "config");
    return set_text(config, "created", request->created) &&
           (!request->author || set_text(config, "author", request->author)) &&
           add_history(request, config) &&
           json_add(config, "config", cJSON_Duplicate(request->config, true));
}

static wcow_status stage_json(deriving *c, const cJSON *value, staged_blob *out, wcow_error *err)
{
    cleanup_free char *printed = json_print(value);

    if (!printed)
        return error_no_memory(err);
    return stage_add_bytes(c->stage, printed, strlen(printed), out, err);
}

/* The base's config, or one of an image without layers. */
static wcow_status begin_config(const derivation *request, cJSON **out, wcow_error *err)
{
    cleanup_json cJSON *config = NULL;
    cJSON *root;

    if (request->base) {
        const char *json = request->base->config->json;

        return json_parse_with_nul(json, strlen(json), "the image's config", out, err);
    }
    config = cJSON_CreateObject();
    if (!config || !json_add_text(config, "architecture", request->architecture) ||
        !json_add_text(config, "os", "windows") ||
        !json_add_text(config, "os.version", request->os_version))
        return error_no_memory(err);
    root = cJSON_AddObjectToObject(config, "rootfs");
    if (!root || !json_add_text(root, "type", "layers"))
        return error_no_memory(err);
    *out = TAKE(config);
    return WCOW_OK;
}

static wcow_status make_config(deriving *c, wcow_error *err)
{
    cleanup_json cJSON *config = NULL;
    wcow_status status = begin_config(c->request, &config, err);

    if (status)
        return status;
    if (!change_config(c, config))
        return error_no_memory(err);
    return stage_json(c, config, &c->config, err);
}

static cJSON *describe(const char *type, const staged_blob *blob)
{
    cleanup_json cJSON *descriptor = cJSON_CreateObject();

    if (!descriptor || !json_add_text(descriptor, "mediaType", type) ||
        !json_add_text(descriptor, "digest", blob->digest) ||
        !json_add_integer(descriptor, "size", (int64_t)blob->size))
        return NULL;
    return TAKE(descriptor);
}

/* The base's manifest, of either kind, or an empty one. */
static wcow_status begin_manifest(const deriving *c, cJSON **out, wcow_error *err)
{
    const image *base = c->request->base;
    cleanup_free char *bytes = NULL;
    cleanup_json cJSON *manifest = NULL;
    size_t size = 0;
    wcow_status status;

    if (base) {
        status = blob_read(c->store, base->record.descriptor.digest, IMAGE_JSON_LIMIT, &bytes,
                           &size, err);
        return status ? status
                      : json_parse_with_nul(bytes, size, base->record.descriptor.digest, out, err);
    }
    manifest = cJSON_CreateObject();
    if (!manifest || !json_add_integer(manifest, "schemaVersion", 2) ||
        !json_add_text(manifest, "mediaType", MEDIA_OCI_MANIFEST))
        return error_no_memory(err);
    *out = TAKE(manifest);
    return WCOW_OK;
}

/* With another config and one layer more. */
static wcow_status make_manifest(deriving *c, wcow_error *err)
{
    const image *base = c->request->base;
    bool docker = base && base->manifest->media_type &&
                  strcmp(base->manifest->media_type, MEDIA_DOCKER_MANIFEST) == 0;
    cleanup_json cJSON *manifest = NULL;
    cJSON *layers;
    wcow_status status = begin_manifest(c, &manifest, err);

    if (status)
        return status;
    cJSON_DeleteItemFromObjectCaseSensitive(manifest, "config");
    if (!json_add(manifest, "config",
                  describe(docker ? MEDIA_DOCKER_CONFIG : MEDIA_OCI_CONFIG, &c->config)))
        return error_no_memory(err);
    layers = member_array(manifest, "layers");
    if (!layers ||
        !json_append(layers, describe(docker ? MEDIA_DOCKER_LAYER : MEDIA_GZIP_LAYER, &c->layer)))
        return error_no_memory(err);
    return stage_json(c, manifest, &c->manifest, err);
}

/* Under the store's lock: blobs that are there now stay, once the index names the new image. */
static wcow_status check_base(const deriving *c, wcow_error *err)
{
    const image *base = c->request->base;

    for (size_t i = 0; base && i < base->manifest->count; i++) {
        const char *digest = base->manifest->items[i].digest;

        if (!blob_exists(c->store, digest))
            return error_set(err, WCOW_NOT_FOUND, "the image's blob %s was removed meanwhile",
                             digest);
    }
    return WCOW_OK;
}

static wcow_status lease_image(const deriving *c, wcow_error *err)
{
    CLEANUP(lease_needs) lease_needs needs = {STRING_LIST_INIT, STRING_LIST_INIT};

    if (!string_list_add(&needs.digests, c->config.digest))
        return error_no_memory(err);
    return image_lease_write(c->stage, &needs, err);
}

static wcow_status put_in_place(deriving *c, wcow_error *err)
{
    const image *base = c->request->base;
    cleanup_descriptor image_descriptor descriptor = {0};
    cleanup_json cJSON *index = NULL;
    bool added = false;
    wcow_status status = check_base(c, err);

    if (!status)
        status = lease_image(c, err);
    if (!status)
        status = stage_publish(c->stage, &c->layer, err);
    if (!status)
        status = stage_publish(c->stage, &c->config, err);
    if (!status)
        status = stage_publish(c->stage, &c->manifest, err);
    if (!status)
        status = layout_read_index(c->store, &index, err);
    if (status)
        return status;
    if (base && !image_descriptor_copy(&base->record.descriptor, &descriptor))
        return error_no_memory(err);
    memcpy(descriptor.digest, c->manifest.digest, sizeof(descriptor.digest));
    descriptor.size = c->manifest.size;
    status = index_add(c->store, index, &descriptor, &added, err);
    return status ? status : layout_write_index(c->store, index, err);
}

wcow_status image_derive(const image_store *store, const derivation *request, char id[DIGEST_SIZE],
                         image_lease **lease, wcow_error *err)
{
    cleanup_stage blob_stage *stage = NULL;
    deriving c = {.store = store, .request = request};
    file_lock *lock = NULL;
    wcow_status status = stage_open(store, &stage, err);

    c.stage = stage;
    if (!status)
        status = stage_add_produced(stage, produce, &c, &c.layer, err);
    if (!status)
        status = make_config(&c, err);
    if (!status)
        status = make_manifest(&c, err);
    if (!status)
        status = layout_lock(store, &lock, err);
    if (status)
        return status;
    status = put_in_place(&c, err);
    store->files->unlock(store->files, lock);
    if (status)
        return status;
    memcpy(id, c.config.digest, DIGEST_SIZE);
    *lease = TAKE(stage);
    return WCOW_OK;
}
