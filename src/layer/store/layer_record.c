/* SPDX-License-Identifier: MIT */
/* layer.json. */
#include "layer/store/layer_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "base/text.h"
#include "layer/store/folder.h"

#define RECORD_LIMIT ((size_t)1 << 20)
#define FORMAT       1

void layer_free(layer *l)
{
    if (!l)
        return;
    free(l->path);
    string_list_free(&l->parents);
    free(l);
}

wcow_status layer_id_parse(const char *id_text, layer_id out, wcow_error *err)
{
    const char *digits = text_starts_with(id_text, "sha256:") ? id_text + 7 : id_text;

    if (strlen(digits) != SHA256_HEX_SIZE - 1 ||
        strspn(digits, "0123456789abcdef") != SHA256_HEX_SIZE - 1)
        return error_set(err, WCOW_INVALID, "'%s' is no sha256 digest", id_text);
    memcpy(out, digits, SHA256_HEX_SIZE);
    return WCOW_OK;
}

static wcow_status parse(const cJSON *json, layer *l, wcow_error *err)
{
    layer_id checked;
    wcow_status status = json_check_version(json, FORMAT, "layer.json", err);

    if (status)
        return status;
    if (!text_equal(json_text(json, "chainId", ""), l->id) || /* another layer's */
        layer_id_parse(json_text(json, "diffId", ""), l->diff_id, err) ||
        !json_strings(json, "parents", &l->parents))
        return error_set(err, WCOW_CORRUPT, "layer.json is malformed");
    for (size_t i = 0; i < l->parents.count; i++) {
        if (layer_id_parse(l->parents.items[i], checked, err))
            return error_set(err, WCOW_CORRUPT, "layer.json is malformed");
    }
    l->size = (uint64_t)json_integer(json, "size", 0);
    l->files = (uint64_t)json_integer(json, "files", 0);
    l->utility_vm = json_bool(json, "utilityVM", false);
    return WCOW_OK;
}

static wcow_status read_into(const layer_store *store, layer *l, wcow_error *err)
{
    cleanup_free char *path = path_join(l->path, LAYER_FILE);
    cleanup_free char *bytes = NULL;
    cleanup_json cJSON *json = NULL;
    size_t size = 0;
    wcow_status status;
    int32_t hr;

    if (!path)
        return error_no_memory(err);
    hr = store->files->read(store->files, path, RECORD_LIMIT, &bytes, &size);
    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return error_set(err, WCOW_NOT_FOUND, "it is not in the store");
    if (HR_FAILED(hr))
        return error_hresult(err, hr, "read layer.json");
    status = json_parse(bytes, size, "layer.json", &json, err);
    return status ? status : parse(json, l, err);
}

wcow_status layer_record_read(const layer_store *store, const char *id, layer **out,
                              wcow_error *err)
{
    cleanup_layer layer *l = calloc(1, sizeof(*l));
    wcow_status status;

    if (!l)
        return error_no_memory(err);
    memcpy(l->id, id, sizeof(l->id));
    l->path = layer_folder(store, id, "");
    if (!l->path)
        return error_no_memory(err);
    status = read_into(store, l, err);
    if (status)
        return error_wrap(err, status, "layer %s", id);
    *out = TAKE(l);
    return WCOW_OK;
}

wcow_status layer_record_write(const layer_store *store, const layer *l, wcow_error *err)
{
    static const char *const none[] = {NULL};
    const char *const *parents = l->parents.count ? (const char *const *)l->parents.items : none;
    cleanup_json cJSON *json = cJSON_CreateObject();
    cleanup_free char *bytes = NULL;
    cleanup_free char *path = path_join(l->path, LAYER_FILE);

    if (!json || !path || !json_add_integer(json, "version", FORMAT) ||
        !json_add_text(json, "chainId", l->id) || !json_add_text(json, "diffId", l->diff_id) ||
        !json_add_strings(json, "parents", parents) ||
        !json_add_integer(json, "size", (int64_t)l->size) ||
        !json_add_integer(json, "files", (int64_t)l->files) ||
        !json_add_bool(json, "utilityVM", l->utility_vm))
        return error_no_memory(err);
    bytes = json_print_pretty(json);
    if (!bytes)
        return error_no_memory(err);
    return error_check(err, store->files->replace(store->files, path, bytes, strlen(bytes)),
                       "write layer.json");
}
