/* SPDX-License-Identifier: MIT */
/* Manifests and indexes. */
#include "oci/manifest.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "oci/image_config.h"

void image_manifest_free(image_manifest *manifest)
{
    if (!manifest)
        return;
    free(manifest->media_type);
    image_descriptor_clear(&manifest->config);
    for (size_t i = 0; i < manifest->count; i++)
        image_descriptor_clear(&manifest->items[i]);
    free(manifest->items);
    free(manifest);
}

static wcow_status parse_items(const cJSON *array, const char *what, image_manifest *m,
                               wcow_error *err)
{
    const cJSON *item;
    int count = cJSON_GetArraySize(array);

    if (count > IMAGE_LAYER_LIMIT)
        return error_set(err, WCOW_CORRUPT, "%s lists %d items, more than %d", what, count,
                         IMAGE_LAYER_LIMIT);
    m->items = calloc((size_t)count + 1, sizeof(*m->items));
    if (!m->items)
        return error_no_memory(err);
    cJSON_ArrayForEach (item, array) {
        wcow_status status = image_descriptor_parse(item, what, &m->items[m->count], err);

        if (status)
            return status;
        m->count++;
    }
    return WCOW_OK;
}

static wcow_status parse(const cJSON *json, const char *what, image_manifest *m, wcow_error *err)
{
    const cJSON *manifests = json_member(json, "manifests");
    const cJSON *layers = json_member(json, "layers");
    const char *media_type = json_text(json, "mediaType", NULL);
    wcow_status status;

    if (json_integer(json, "schemaVersion", 0) == 1)
        return error_set(err, WCOW_UNSUPPORTED,
                         "%s is in Docker's old format (schema 1); save or push the image anew",
                         what);
    /* One that could be read as either is read differently by different tools: refused by all. */
    if (json_integer(json, "schemaVersion", 0) != 2 ||
        (manifests && (layers || json_member(json, "config"))))
        return error_set(err, WCOW_CORRUPT, "%s is malformed", what);
    m->media_type = text_copy(media_type);
    if (media_type && !m->media_type)
        return error_no_memory(err);

    m->is_index = manifests != NULL;
    if (!cJSON_IsArray(m->is_index ? manifests : layers))
        return error_set(err, WCOW_CORRUPT, "%s is malformed: it lists no %s", what,
                         m->is_index ? "manifests" : "layers");
    if (!m->is_index) {
        status = image_descriptor_parse(json_member(json, "config"), what, &m->config, err);
        if (status)
            return status;
    }
    return parse_items(m->is_index ? manifests : layers, what, m, err);
}

wcow_status image_manifest_parse(const char *bytes, size_t size, const char *what,
                                 image_manifest **out, wcow_error *err)
{
    cleanup_json cJSON *json = NULL;
    cleanup_manifest image_manifest *m = NULL;
    wcow_status status = json_parse_with_nul(bytes, size, what, &json, err);

    if (status)
        return status;
    m = calloc(1, sizeof(*m));
    if (!m)
        return error_no_memory(err);
    status = parse(json, what, m, err);
    if (status)
        return status;
    *out = TAKE(m);
    return WCOW_OK;
}
