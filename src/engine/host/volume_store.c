/* SPDX-License-Identifier: MIT */
/*
 * Volumes on the disk. What begins with '-' is none, as no name does: "-new" is one that is being
 * made, under the lock; all others are on their way out.
 */
#include "engine/host/volume_store.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fields.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/host/event_log.h"
#include "port/hash.h"

#define VERSION     1
#define FILE_VOLUME "volume.json"
#define DATA        "_data"
#define NEW         "-new"
/* Of a folder, as NTFS has it. */
#define NAME_LIMIT 255
/* Folders in folders; what is deeper counts nothing. */
#define DEPTH_LIMIT 256

#define AT(name) offsetof(volume, name)

static const field fields[] = {
    {"name", FIELD_TEXT, .at = AT(name), .text = ""},
    {"container", FIELD_TEXT, .at = AT(container), .text = ""},
    {"labels", FIELD_TEXTS, .at = AT(labels)},
    {"anonymous", FIELD_BOOL, .at = AT(anonymous)},
    {"created", FIELD_TIME, .at = AT(created)},
    FIELDS_END,
};

void volume_free(volume *v)
{
    if (!v)
        return;
    cJSON_Delete(v->read);
    free(v->name);
    free(v->container);
    string_list_free(&v->labels);
    free(v);
}

/* ---- names ---- */

/* Devices, with whatever extension (learn.microsoft.com, "Naming Files, Paths, and Namespaces"). */
static bool is_reserved(const char *name)
{
    static const char *const devices[] = {"con", "prn", "nul", "aux"};
    const size_t length = strcspn(name, ".");

    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
        if (length == 3 && strncmp(name, devices[i], 3) == 0)
            return true;
    return length == 4 && (!strncmp(name, "com", 3) || !strncmp(name, "lpt", 3)) &&
           name[3] >= '1' && name[3] <= '9';
}

static bool has_its_characters(const char *name)
{
    if (!isalnum((unsigned char)*name))
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("_.-", *name))
            return false;
    return true;
}

wcow_status volume_name_take(const char *given, char **out, wcow_error *err)
{
    const size_t length = strlen(given);
    cleanup_free char *name = text_copy(given);

    if (!name)
        return error_no_memory(err);
    for (char *c = name; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (length == 1)
        return error_set(err, WCOW_INVALID,
                         "create %s: volume name is too short, names should be at least two "
                         "alphanumeric characters",
                         given);
    if (!has_its_characters(name))
        return error_set(err, WCOW_INVALID,
                         "create %.300s: \"%.300s\" includes invalid characters for a local volume "
                         "name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to "
                         "pass a host directory, use absolute path",
                         given, given);
    if (is_reserved(name))
        return error_set(err, WCOW_INVALID,
                         "volume name \"%s\" cannot be a reserved word for Windows filenames",
                         name);
    if (name[length - 1] == '.' || length > NAME_LIMIT)
        return error_set(err, WCOW_INVALID,
                         "create %.300s: a volume's name is one of a folder of Windows: it has no "
                         "dot at its end, and at most %d characters",
                         given, NAME_LIMIT);
    *out = TAKE(name);
    return WCOW_OK;
}

/* ---- paths ---- */

char *path_of_volumes(const wcow_host *host)
{
    return path_join(host->root, "volumes");
}

char *path_of_volume(const wcow_host *host, const char *name)
{
    cleanup_free char *folder = path_of_volumes(host);

    return folder ? path_join(folder, name) : NULL;
}

static char *path_in_volume(const wcow_host *host, const char *name, const char *what)
{
    cleanup_free char *folder = path_of_volume(host, name);

    return folder ? path_join(folder, what) : NULL;
}

char *path_of_volume_data(const wcow_host *host, const char *name)
{
    return path_in_volume(host, name, DATA);
}

/* ---- which there are ---- */

static wcow_status list_folders(wcow_host *host, string_list *out, wcow_error *err)
{
    cleanup_free char *folder = path_of_volumes(host);
    wcow_status status = folder ? store_list(host, folder, out, err) : error_no_memory(err);

    string_list_sort(out);
    return status;
}

wcow_status volume_names(wcow_host *host, string_list *out, wcow_error *err)
{
    cleanup_strings string_list all = STRING_LIST_INIT;
    wcow_status status = list_folders(host, &all, err);

    for (size_t i = 0; i < all.count && !status; i++) {
        cleanup_free char *name = NULL;
        wcow_error ignored = WCOW_ERROR_INIT;

        /* What somebody else has put there under another name is none of ours. */
        if (volume_name_take(all.items[i], &name, &ignored) || !text_equal(name, all.items[i]))
            continue;
        if (!string_list_own(out, TAKE(name)))
            status = error_no_memory(err);
    }
    return status;
}

bool volume_exists(wcow_host *host, const char *name)
{
    cleanup_free char *path = path_of_volume(host, name);

    return path && store_exists(host, path);
}

/* What stands for a file that is not there, or damaged. */
static wcow_status open_unknown(const char *name, volume **out, wcow_error *err)
{
    cleanup_volume volume *v = calloc(1, sizeof *v);

    if (!v || !(v->name = text_copy(name)) || !(v->container = text_copy("")))
        return error_no_memory(err);
    *out = TAKE(v);
    return WCOW_OK;
}

static wcow_status read_file(wcow_host *host, const char *name, volume **out, wcow_error *err)
{
    cleanup_free char *path = path_in_volume(host, name, FILE_VOLUME);
    cleanup_volume volume *v = calloc(1, sizeof *v);
    wcow_status status =
        path && v ? store_read_version(host, path, VERSION, &v->read, err) : error_no_memory(err);

    if (status)
        return status;
    if (!fields_read(fields, v->read, v) || !text_equal(v->name, name))
        return error_set(err, WCOW_CORRUPT, "'%s' is damaged: not what wcow wrote", path);
    *out = TAKE(v);
    return WCOW_OK;
}

wcow_status volume_open(wcow_host *host, const char *name, volume **out, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (!volume_exists(host, name))
        return error_set(err, WCOW_NOT_FOUND, "get %s: no such volume", name);
    status = read_file(host, name, out, &problem);
    if (status == WCOW_NOT_FOUND || status == WCOW_CORRUPT)
        return open_unknown(name, out, err);
    return error_pass(err, status, &problem);
}

/* ---- coming ---- */

/* Its data, which containers may write, in a folder that they may not. */
static wcow_status make_folders(wcow_host *host, wcow_error *err)
{
    cleanup_free char *folder = path_of_volume(host, NEW);
    cleanup_free char *data = path_of_volume_data(host, NEW);
    files_port *files;
    wcow_status status = host_files(host, &files, err);

    if (!status && (!folder || !data))
        status = error_no_memory(err);
    if (!status)
        status = store_make_directory(host, folder, err);
    if (status)
        return status;
    return error_check(err, files->make_volume(files, data), "make the volume's folder");
}

static bool add_anonymous(const volume *v, cJSON *json)
{
    cJSON *labels = cJSON_GetObjectItemCaseSensitive(json, "labels");

    return !v->anonymous || json_append(labels, cJSON_CreateString(VOLUME_ANONYMOUS_LABEL "="));
}

static wcow_status write_file(wcow_host *host, const volume *v, wcow_error *err)
{
    cleanup_free char *path = path_in_volume(host, NEW, FILE_VOLUME);
    cleanup_json cJSON *json = fields_object(fields, v);

    if (!path || !json || !json_put_integer(json, "version", VERSION) || !add_anonymous(v, json))
        return error_no_memory(err);
    return store_write(host, path, json, err);
}

static void note(wcow_host *host, const char *name, const char *action)
{
    const event_attribute driver = {"driver", VOLUME_DRIVER};

    event_note(host, "volume", action, name, &driver, 1);
}

static wcow_status rename_folder(wcow_host *host, const char *from, const char *to, wcow_error *err)
{
    cleanup_free char *source = path_of_volume(host, from);
    cleanup_free char *target = path_of_volume(host, to);
    files_port *files;
    wcow_status status = host_files(host, &files, err);

    if (status)
        return status;
    if (!source || !target)
        return error_no_memory(err);
    return error_check(err, files->rename(files, source, target), "rename the folder");
}

static wcow_status make_new(wcow_host *host, const volume *v, const char *folder, wcow_error *err)
{
    wcow_status status = store_remove(host, folder, NEW, err); /* that a crash left */

    if (!status)
        status = make_folders(host, err);
    if (!status)
        status = write_file(host, v, err);
    if (!status)
        status = rename_folder(host, NEW, v->name, err);
    if (status)
        ignore(store_remove(host, folder, NEW, NULL));
    return status;
}

wcow_status volume_make(wcow_host *host, const volume *v, wcow_error *err)
{
    cleanup_free char *folder = path_of_volumes(host);
    wcow_status status;

    if (volume_exists(host, v->name))
        return WCOW_OK;
    status = folder ? store_make_directory(host, folder, err) : error_no_memory(err);
    if (!status)
        status = make_new(host, v, folder, err);
    if (status)
        return error_wrap(err, status, "create %s", v->name);
    note(host, v->name, "create");
    return WCOW_OK;
}

/* ---- going ---- */

wcow_status volume_retire(wcow_host *host, const char *name, wcow_error *err)
{
    uint64_t random = 0;
    cleanup_free char *away = NULL;
    wcow_status status;

    if (!volume_exists(host, name))
        return WCOW_OK;
    status = error_check(err, random_bytes(&random, sizeof random), "make a name");
    if (!status)
        away = text_format("-%016llx", (unsigned long long)random);
    if (!status && !away)
        return error_no_memory(err);
    if (!status)
        status = rename_folder(host, name, away, err);
    if (status)
        return error_wrap(err, status, "remove %s", name);
    note(host, name, "destroy");
    return WCOW_OK;
}

wcow_status volume_sweep_new(wcow_host *host, wcow_error *err)
{
    cleanup_free char *folder = path_of_volumes(host);

    return folder ? store_remove(host, folder, NEW, err) : error_no_memory(err);
}

wcow_status volume_sweep(wcow_host *host, wcow_error *err)
{
    cleanup_strings string_list all = STRING_LIST_INIT;
    cleanup_free char *folder = path_of_volumes(host);
    wcow_error first = WCOW_ERROR_INIT;
    wcow_status status = folder ? list_folders(host, &all, err) : error_no_memory(err);

    if (status)
        return status;
    for (size_t i = 0; i < all.count; i++) {
        wcow_error problem = WCOW_ERROR_INIT;

        if (all.items[i][0] != '-' || text_equal(all.items[i], NEW))
            continue;
        status = store_remove(host, folder, all.items[i], &problem);
        error_keep_first(&first, status, &problem);
    }
    return error_pass(err, first.status, &first);
}

/* ---- what is in it ---- */

static uint64_t size_of(files_port *files, file_tree *tree, const char *name, unsigned depth)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    file_info info = {.kind = FILE_KIND_DIRECTORY};
    uint64_t total = 0;

    if (*name && HR_FAILED(files->tree_info(files, tree, name, &info)))
        return 0;
    if (info.kind != FILE_KIND_DIRECTORY)
        return info.kind == FILE_KIND_FILE ? info.size : 0;
    if (depth == DEPTH_LIMIT || HR_FAILED(files->tree_list(files, tree, name, &names)))
        return 0;
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *below =
            *name ? text_format("%s\\%s", name, names.items[i]) : text_copy(names.items[i]);

        total += below ? size_of(files, tree, below, depth + 1) : 0;
    }
    return total;
}

uint64_t volume_size(wcow_host *host, const char *name)
{
    cleanup_free char *data = path_of_volume_data(host, name);
    files_port *files;
    file_tree *tree = NULL;
    uint64_t total;

    if (!data || host_files(host, &files, NULL) || HR_FAILED(files->tree_open(files, data, &tree)))
        return 0;
    total = size_of(files, tree, "", 0);
    files->tree_close(files, tree);
    return total;
}

static int32_t look_at(files_port *files, const char *data, const char *subpath, file_info *out)
{
    cleanup_free char *name = text_copy(subpath);
    file_tree *tree = NULL;
    int32_t hr = name ? files->tree_open(files, data, &tree) : HR_OUT_OF_MEMORY;

    if (HR_FAILED(hr))
        return hr;
    for (char *c = name; *c; c++)
        *c = *c == '/' ? '\\' : *c;
    hr = files->tree_info(files, tree, name, out);
    files->tree_close(files, tree);
    return hr;
}

wcow_status volume_check_subpath(wcow_host *host, const char *name, const char *subpath,
                                 wcow_error *err)
{
    cleanup_free char *data = path_of_volume_data(host, name);
    file_info info = {.kind = FILE_KIND_FILE};
    files_port *files;
    wcow_status status = host_files(host, &files, err);
    int32_t hr;

    if (status)
        return status;
    hr = data ? look_at(files, data, subpath, &info) : HR_OUT_OF_MEMORY;
    if (hr == HR_REPARSE_POINT || (HR_SUCCEEDED(hr) && info.kind == FILE_KIND_REPARSE))
        return error_set(err, WCOW_INVALID,
                         "volume-subpath '%s' of volume %s leads through a link, and perhaps out "
                         "of the volume: name the folder itself",
                         subpath, name);
    if (HR_SUCCEEDED(hr) && info.kind == FILE_KIND_FILE)
        return error_set(err, WCOW_INVALID,
                         "volume-subpath '%s' of volume %s is a file: Windows mounts folders only",
                         subpath, name);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "looking at it"),
                          "cannot access volume-subpath '%s' of volume %s", subpath, name);
    return WCOW_OK;
}
