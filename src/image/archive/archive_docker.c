/* SPDX-License-Identifier: MIT */
/*
 * Archives of `docker save`: manifest.json lists for each image its config, names and layers. They
 * have no manifests, so we make them, of the OCI kind: then other tools can read our store.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "image/archive/archive_contents.h"

#define IMAGE_LIMIT 1000

/* How a layer is packed, its first bytes tell. */
static const struct {
    unsigned char magic[4];
    size_t length;
    const char *media_type;
} packings[] = {
    {{0x1f, 0x8b, 0x08}, 3, MEDIA_OCI_LAYER "+gzip"},
    {{0x28, 0xb5, 0x2f, 0xfd}, 4, MEDIA_OCI_LAYER "+zstd"},
    {{0x50, 0x2a, 0x4d, 0x18}, 4, MEDIA_OCI_LAYER "+zstd"}, /* a frame to be skipped first */
};

static wcow_status malformed(wcow_error *err)
{
    return error_set(err, WCOW_CORRUPT, "its manifest.json is malformed");
}

static cJSON *descriptor_of(const char *media_type, const staged_blob *blob)
{
    cJSON *descriptor = cJSON_CreateObject();

    if (descriptor && json_add_text(descriptor, "mediaType", media_type) &&
        json_add_text(descriptor, "digest", blob->digest) &&
        json_add_integer(descriptor, "size", (int64_t)blob->size))
        return descriptor;
    cJSON_Delete(descriptor);
    return NULL;
}

static wcow_status find_file(const archive_contents *contents, const char *name,
                             const staged_blob **out, wcow_error *err)
{
    *out = contents_find(contents, name);
    return *out ? WCOW_OK : error_set(err, WCOW_CORRUPT, "'%s' is not in the archive", name);
}

static wcow_status packing_of(const archive_contents *contents, const staged_blob *blob,
                              const char **media_type, wcow_error *err)
{
    unsigned char start[4];
    size_t got = 0;
    wcow_status status = stage_read_start(contents->stage, blob, start, sizeof(start), &got, err);

    if (status)
        return status;
    if (got == sizeof(start) && start[1] == 0x2a)
        start[0] &= 0xf0; /* of such frames there are sixteen kinds (RFC 8878, 3.1.2) */
    *media_type = MEDIA_OCI_LAYER;
    for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
        if (got >= packings[i].length && memcmp(start, packings[i].magic, packings[i].length) == 0)
            *media_type = packings[i].media_type;
    }
    return WCOW_OK;
}

/* Adds a layer to the manifest. Only of a plain one can the diff id be checked here. */
static wcow_status add_layer(const archive_contents *contents, const char *name,
                             const char *diff_id, cJSON *layers, found_image *found,
                             wcow_error *err)
{
    const staged_blob *blob = NULL;
    const char *media_type = NULL;
    wcow_status status = find_file(contents, name, &blob, err);

    if (!status)
        status = packing_of(contents, blob, &media_type, err);
    if (status)
        return status;
    if (text_equal(media_type, MEDIA_OCI_LAYER) && !text_equal(blob->digest, diff_id))
        return error_set(err, WCOW_CORRUPT,
                         "layer '%s' is damaged: it hashes to %s, and the image says %s", name,
                         blob->digest, diff_id);
    if (!json_append(layers, descriptor_of(media_type, blob)) || !found_image_needs(found, blob))
        return error_no_memory(err);
    return WCOW_OK;
}

static wcow_status add_layers(const archive_contents *contents, const cJSON *entry,
                              const image_config *config, cJSON *manifest, found_image *found,
                              wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    cJSON *layers = cJSON_AddArrayToObject(manifest, "layers");
    wcow_status status = WCOW_OK;

    if (!layers)
        return error_no_memory(err);
    if (!cJSON_IsNull(json_member(entry, "Layers")) && !json_strings(entry, "Layers", &names))
        return malformed(err);
    if (names.count != config->diff_ids.count)
        return error_set(err, WCOW_CORRUPT, "its manifest.json lists %zu layer%s, its config %zu",
                         names.count, text_plural(names.count), config->diff_ids.count);
    for (size_t i = 0; i < names.count && !status; i++)
        status = add_layer(contents, names.items[i], config->diff_ids.items[i], layers, found, err);
    return status;
}

/* Stages the manifest and describes it. */
static wcow_status add_manifest(const archive_contents *contents, const cJSON *manifest,
                                found_image *found, wcow_error *err)
{
    cleanup_free char *bytes = json_print(manifest);
    image_descriptor *descriptor = &found->image.descriptor;
    staged_blob blob;
    wcow_status status;

    if (!bytes)
        return error_no_memory(err);
    status = stage_add_bytes(contents->stage, bytes, strlen(bytes), &blob, err);
    if (status)
        return status;
    descriptor->media_type = text_copy(MEDIA_OCI_MANIFEST);
    if (!descriptor->media_type || !found_image_needs(found, &blob))
        return error_no_memory(err);
    memcpy(descriptor->digest, blob.digest, sizeof(descriptor->digest));
    descriptor->size = blob.size;
    return WCOW_OK;
}

static wcow_status add_names(const cJSON *entry, loaded_image *found, wcow_error *err)
{
    cleanup_strings string_list tags = STRING_LIST_INIT;

    if (!cJSON_IsNull(json_member(entry, "RepoTags")) && !json_strings(entry, "RepoTags", &tags))
        return malformed(err);
    for (size_t i = 0; i < tags.count; i++) {
        cleanup_reference image_reference *reference = NULL;
        cleanup_free char *familiar = NULL;
        wcow_status status = reference_parse(tags.items[i], &reference, err);

        if (status)
            return status;
        if (reference_default_tag(reference))
            familiar = reference_familiar(reference);
        if (!familiar || !string_list_add(&found->names, familiar))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status read_config(const archive_contents *contents, const cJSON *entry,
                               const staged_blob **blob, image_config **out, wcow_error *err)
{
    const char *name = json_text(entry, "Config", NULL);
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    wcow_status status = name ? find_file(contents, name, blob, err) : malformed(err);

    if (!status)
        status = contents_json(contents, *blob, name, &bytes, &size, err);
    if (!status)
        status = image_config_parse(bytes, size, out, err);
    return status ? status : archive_check_platform(*out, err);
}

static wcow_status find_image(const archive_contents *contents, const cJSON *entry,
                              found_image *found, wcow_error *err)
{
    cleanup_json cJSON *manifest = cJSON_CreateObject();
    cleanup_image_config image_config *config = NULL;
    const staged_blob *blob = NULL;
    wcow_status status = read_config(contents, entry, &blob, &config, err);

    if (status)
        return status;
    if (!manifest || !json_add_integer(manifest, "schemaVersion", 2) ||
        !json_add_text(manifest, "mediaType", MEDIA_OCI_MANIFEST) ||
        !json_add(manifest, "config", descriptor_of(MEDIA_OCI_CONFIG, blob)) ||
        !found_image_needs(found, blob))
        return error_no_memory(err);
    memcpy(found->image.id, blob->digest, sizeof(found->image.id));
    status = found_image_describe(found, config, err);
    if (status)
        return status;
    status = add_layers(contents, entry, config, manifest, found, err);
    if (!status)
        status = add_manifest(contents, manifest, found, err);
    return status ? status : add_names(entry, &found->image, err);
}

wcow_status archive_find_docker(const archive_contents *contents, found_images *out,
                                wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    cleanup_json cJSON *json = NULL;
    const cJSON *entry;
    size_t size = 0;
    wcow_status status = contents_json(contents, contents_find(contents, "manifest.json"),
                                       "manifest.json", &bytes, &size, err);

    if (!status)
        status = json_parse(bytes, size, "manifest.json", &json, err);
    if (status)
        return status;
    if (!cJSON_IsArray(json) || cJSON_GetArraySize(json) == 0 ||
        cJSON_GetArraySize(json) > IMAGE_LIMIT)
        return malformed(err);
    cJSON_ArrayForEach (entry, json) {
        found_image *found = found_images_add(out);

        if (!found)
            return error_no_memory(err);
        status = find_image(contents, entry, found, err);
        if (status)
            return error_wrap(err, status, "image %zu of the archive", out->count);
    }
    return WCOW_OK;
}
