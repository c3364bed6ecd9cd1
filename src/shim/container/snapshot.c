/* SPDX-License-Identifier: MIT */
#include "shim/container/snapshot.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "shim/container/bundle_config.h"
#include "shim/wire/task.pb.h"

#define PARENTS_MOST 256
#define PARENTS      "parentLayerPaths="

void snapshot_free(snapshot *s)
{
    free(s->folder);
    string_list_free(&s->parents);
    *s = (snapshot){NULL, STRING_LIST_INIT};
}

static wcow_status read_parents(const char *json, string_list *out, wcow_error *err)
{
    cleanup_json cJSON *list = NULL;
    const cJSON *item;
    wcow_status status = json_parse(json, strlen(json), "parentLayerPaths", &list, err);

    if (status)
        return error_kind(err, WCOW_INVALID);
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > PARENTS_MOST)
        return error_set(err, WCOW_INVALID, "parentLayerPaths is no list of at most %d folders",
                         PARENTS_MOST);
    cJSON_ArrayForEach (item, list) {
        if (!cJSON_IsString(item))
            return error_set(err, WCOW_INVALID, "parentLayerPaths has what is no text");
        if (!string_list_add(out, item->valuestring))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status read_mount_options(const wire_list *options, string_list *parents,
                                      wcow_error *err)
{
    for (size_t i = 0; i < options->count; i++) {
        cleanup_free char *option = wire_copy(options->entries[i]);
        wcow_status status = WCOW_OK;

        if (!option)
            return error_no_memory(err);
        if (text_equal(option, "ro"))
            return error_set(err, WCOW_UNSUPPORTED,
                             "a container cannot run on a snapshot that is read-only");
        if (text_starts_with(option, PARENTS))
            status = read_parents(option + strlen(PARENTS), parents, err);
        if (status)
            return status;
    }
    return WCOW_OK;
}

static wcow_status read_mount(wire_bytes encoded, snapshot *out, wcow_error *err)
{
    task_mount mount = {0};
    wcow_status status = wire_decode(task_mount_fields, encoded, "the rootfs", &mount, err);
    cleanup_free char *type = status ? NULL : wire_copy(mount.type);

    if (status)
        return status;
    if (type && !text_equal(type, "windows-layer"))
        return error_set(err, WCOW_UNSUPPORTED,
                         "snapshots of the type '%.64s' are not run by this shim: use the "
                         "snapshotter 'windows', or " WAY_OUT,
                         type);
    out->folder = wire_copy(mount.source);
    if (!type || !out->folder)
        return error_no_memory(err);
    return read_mount_options(&mount.options, &out->parents, err);
}

/* What ctr and CRI never do, but others may: the folders stand in the configuration. */
static wcow_status read_folders(const cJSON *config, snapshot *out, wcow_error *err)
{
    if (!json_strings(json_member(config, "windows"), "layerFolders", &out->parents))
        return error_set(err, WCOW_INVALID,
                         "config.json: windows.layerFolders is not a list of folders");
    if (out->parents.count == 0)
        return error_set(err, WCOW_INVALID, "the container has no rootfs");
    out->folder = out->parents.items[--out->parents.count];
    out->parents.items[out->parents.count] = NULL;
    return WCOW_OK;
}

static wcow_status find(const cJSON *config, const wire_list *rootfs, snapshot *out,
                        wcow_error *err)
{
    const bool configured = cJSON_GetArraySize(json_path(config, "windows.layerFolders")) > 0;

    if (rootfs->count > 1)
        return error_set(err, WCOW_UNSUPPORTED, "the rootfs has %zu mounts: Windows takes one",
                         rootfs->count);
    if (rootfs->count && configured)
        return error_set(err, WCOW_INVALID,
                         "layers come with the rootfs or in windows.layerFolders, not in both");
    return configured ? read_folders(config, out, err)
           : rootfs->count
               ? read_mount(rootfs->entries[0], out, err)
               : error_set(err, WCOW_INVALID, "the container has no rootfs: there is no mount");
}

static wcow_status check(const snapshot *s, wcow_error *err)
{
    if (s->parents.count == 0)
        return error_set(err, WCOW_INVALID, "the snapshot '%.256s' stands on no layer", s->folder);
    for (size_t i = 0; i <= s->parents.count; i++) {
        const char *folder = i < s->parents.count ? s->parents.items[i] : s->folder;

        if (!path_is_absolute(folder))
            return error_set(err, WCOW_INVALID, "'%.256s' is no folder of a layer", folder);
    }
    return WCOW_OK;
}

wcow_status snapshot_read(const cJSON *config, const wire_list *rootfs, snapshot *out,
                          wcow_error *err)
{
    cleanup_snapshot snapshot s = {NULL, STRING_LIST_INIT};
    wcow_status status = find(config, rootfs, &s, err);

    if (!status)
        status = check(&s, err);
    if (status)
        return status;
    *out = s;
    s = (snapshot){NULL, STRING_LIST_INIT};
    return WCOW_OK;
}
