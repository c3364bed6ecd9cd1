/* SPDX-License-Identifier: MIT */
/* Registry hives, made by the offline registry library. */
#include "layer/hives/hive.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/path.h"
#include "layer/store/working_folder.h"

/* An empty one has two pages; one of a registry of many years some hundred megabytes. */
#define EMPTY_LIMIT ((size_t)1 << 20)

const char *const hive_names[HIVE_COUNT] = {"DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

size_t hive_of(const char *path)
{
    size_t i = 0;

    for (const char *folder = HIVE_FOLDER; *folder; folder++, path++)
        if (lower(*path) != lower(*folder))
            return HIVE_COUNT;
    while (i < HIVE_COUNT && !text_equal_ignore_case(path, hive_names[i]))
        i++;
    return i;
}

static wcow_status save_empty(hives_port *hives, const machine_version *version, const char *path,
                              wcow_error *err)
{
    offline_hive *hive = NULL;
    wcow_status status = error_check(err, hives->create(hives, &hive), "ORCreateHive");
    int32_t hr;

    if (status)
        return status;
    status = error_check(err, hives->save(hives, hive, path, version->major, version->minor),
                         "ORSaveHive");
    hr = hives->close(hives, hive);
    return status ? status : error_check(err, hr, "ORCloseHive");
}

static wcow_status read_file(files_port *files, const char *path, text *out, wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    wcow_status status =
        error_check(err, files->read(files, path, EMPTY_LIMIT, &bytes, &size), "read the new hive");

    if (status)
        return status;
    text_add_bytes(out, bytes, size);
    return out->failed ? error_no_memory(err) : WCOW_OK;
}

wcow_status hive_make_empty(const layer_store *store, hives_port *hives,
                            const machine_version *version, text *out, wcow_error *err)
{
    working_folder folder = {NULL, NULL};
    cleanup_free char *path = NULL;
    wcow_status status = working_folder_open(store, &folder, err);

    if (status)
        return status;
    path = path_join(folder.path, "hive");
    status = path ? save_empty(hives, version, path, err) : error_no_memory(err);
    if (!status)
        status = read_file(store->files, path, out, err);
    working_folder_close(store, &folder);
    return status;
}
