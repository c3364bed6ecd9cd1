/* SPDX-License-Identifier: MIT */
/* The check of what is to become a base layer: an import that writes nothing. */
#include "layer/import/rootfs_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"
#include "layer/backup/sddl.h"
#include "layer/tar/tar_writer.h"

#define ARCHIVE_BIT 0x20u

/* Passwords are kept in hives: they are for the system alone. */
#define EVERYBODY "O:BAG:SYD:(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)"
#define NOBODY    "O:BAG:SYD:(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
#define HIVE_SDDL "O:BAG:SYD:(A;;FA;;;SY)(A;;FA;;;BA)"

/* The folders that hives are in. */
static const struct {
    const char *path, *name, *sddl;
} folders[] = {
    {LAYER_FILES "\\Windows", "Windows", EVERYBODY},
    {LAYER_FILES "\\Windows\\System32", "System32", EVERYBODY},
    {LAYER_FILES "\\Windows\\System32\\config", "config", NOBODY},
};
#define FOLDER_COUNT (sizeof(folders) / sizeof(folders[0]))

struct rootfs_check {
    layer_writer base;
    bool hive[HIVE_COUNT];
    char *folder[FOLDER_COUNT]; /* as the archive spells it; NULL: it has none */
    basic_info info;            /* of the innermost one */
};

/* Which of the hives an entry is; HIVE_COUNT: none. */
static size_t hive_entry(const char *name)
{
    return name_is_below(name, LAYER_FILES) ? hive_of(name + strlen(LAYER_FILES "\\")) : HIVE_COUNT;
}

/* ---- the writer ---- */

/* It has nothing to write that other threads could help with. */
static bool always_alone(const layer_writer *writer, const char *name)
{
    (void)writer;
    (void)name;
    return true;
}

/* A base layer's writer makes no folder by itself. */
static wcow_status check_folder(const layer_writer *writer, const char *name, wcow_error *err)
{
    const char *base = name_base(name);
    cleanup_free char *folder = text_copy_bytes(name, (size_t)(base - name));

    if (!folder)
        return error_no_memory(err);
    if (!*folder)
        return WCOW_OK;
    folder[strlen(folder) - 1] = '\0';
    if (name_set_find(&writer->names, folder) == NAME_DIRECTORY)
        return WCOW_OK;
    return error_set(err, WCOW_CORRUPT, "the archive has no folder '%s' before it", folder);
}

static wcow_status note_folder(rootfs_check *c, const layer_entry *entry, wcow_error *err)
{
    for (size_t i = 0; i < FOLDER_COUNT; i++) {
        if (!text_equal_ignore_case(entry->name, folders[i].path))
            continue;
        free(c->folder[i]);
        c->folder[i] = text_copy(entry->name);
        c->info = entry->info;
        return c->folder[i] ? WCOW_OK : error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status note(layer_writer *writer, const layer_entry *entry, layer_output *out,
                        wcow_error *err)
{
    rootfs_check *c = (rootfs_check *)writer;
    bool folder = (entry->info.attributes & FILE_ATTRIBUTE_DIRECTORY_BIT) != 0;
    size_t hive = hive_entry(entry->name);

    (void)out;
    if (hive < HIVE_COUNT) {
        if (entry->reparse || folder)
            return error_set(err, WCOW_CORRUPT,
                             "it must be a file: the layer's registry is made of it");
        c->hive[hive] = true;
    } else if (folder && !entry->reparse) {
        wcow_status status = note_folder(c, entry, err);

        if (status)
            return status;
    }
    return check_folder(writer, entry->name, err);
}

static wcow_status take_bytes(layer_writer *writer, layer_output *out, const void *bytes,
                              size_t size, wcow_error *err)
{
    (void)writer;
    (void)out;
    (void)bytes;
    (void)size;
    (void)err;
    return WCOW_OK;
}

static wcow_status take_end(layer_writer *writer, layer_output *out, wcow_error *err)
{
    (void)writer;
    (void)out;
    (void)err;
    return WCOW_OK;
}

static wcow_status check_link(layer_writer *writer, const char *name, const char *target,
                              wcow_error *err)
{
    name_kind kind = name_set_find(&writer->names, target);
    size_t hive = hive_entry(name);

    if (kind != NAME_FILE && kind != NAME_HARD_LINK && kind != NAME_REPARSE)
        return error_set(err, WCOW_CORRUPT, "the archive has no file '%s' before this link to it",
                         target);
    if (hive < HIVE_COUNT)
        ((rootfs_check *)writer)->hive[hive] = true;
    return check_folder(writer, name, err);
}

static wcow_status refuse_whiteout(layer_writer *writer, const char *name, wcow_error *err)
{
    (void)writer;
    return error_set(err, WCOW_CORRUPT, "a base layer cannot remove '%s' from anything", name);
}

static wcow_status refuse_opaque(layer_writer *writer, const char *folder, wcow_error *err)
{
    (void)writer;
    return error_set(err, WCOW_CORRUPT, "a base layer has nothing to hide in '%s'", folder);
}

static void forget(layer_writer *writer)
{
    rootfs_check *c = (rootfs_check *)writer;

    for (size_t i = 0; i < FOLDER_COUNT; i++)
        free(c->folder[i]);
    free(c);
}

rootfs_check *rootfs_check_new(void)
{
    rootfs_check *c = calloc(1, sizeof(*c));

    if (c)
        /* It is not finished but ended: rootfs_check_end(). */
        c->base = (layer_writer){
            always_alone,  note, take_bytes, take_end,      check_link, refuse_whiteout,
            refuse_opaque, NULL, forget,     NAME_SET_INIT, false,      0};
    return c;
}

layer_writer *rootfs_check_writer(rootfs_check *check)
{
    return &check->base;
}

void rootfs_check_free(rootfs_check *check)
{
    layer_writer_free(check ? &check->base : NULL);
}

/* ---- what is missing ---- */

wcow_status rootfs_check_end(const rootfs_check *check, const char **missing, wcow_error *err)
{
    size_t i = 0;

    if (!check->folder[0])
        return error_set(err, WCOW_INVALID,
                         "it has no folder Windows: only the whole file system of a Windows image, "
                         "container or volume can become an image");
    while (i < HIVE_COUNT && check->hive[i])
        i++;
    if (i == HIVE_COUNT) {
        *missing = NULL;
        return WCOW_OK;
    }
    for (size_t f = 1; f < FOLDER_COUNT; f++) {
        if (!check->folder[f] && name_set_find(&check->base.names, folders[f].path) != NAME_NONE)
            return error_set(err, WCOW_INVALID,
                             "it has no " HIVE_FOLDER "%s, and its '%s' is no folder for one",
                             hive_names[i], folders[f].path + strlen(LAYER_FILES "\\"));
    }
    *missing = hive_names[i];
    return WCOW_OK;
}

static wcow_status add_entry(const byte_sink *to, tar_item *item, const char *sddl, wcow_error *err)
{
    cleanup_strings string_list records = STRING_LIST_INIT;
    cleanup_free unsigned char *security = NULL;
    cleanup_free char *encoded = NULL;
    size_t size = 0;
    wcow_status status = sddl_encode(sddl, &security, &size, err);

    if (status)
        return status;
    encoded = base64_encode(security, size);
    if (!encoded || !string_list_own(&records, text_format("MSWINDOWS.rawsd=%s", encoded)))
        return error_no_memory(err);
    item->extra = &records;
    status = tar_write_header(to, item, err);
    item->extra = NULL;
    return status;
}

/* Adds what is missing of the folders; *path becomes the innermost one's name in the tar. */
static wcow_status add_folders(const rootfs_check *c, const byte_sink *to, text *path,
                               wcow_error *err)
{
    basic_info info = c->info;

    info.attributes = FILE_ATTRIBUTE_DIRECTORY_BIT;
    text_add(path, LAYER_FILES);
    for (size_t i = 0; i < FOLDER_COUNT; i++) {
        tar_item item = {.kind = TAR_DIRECTORY, .info = &info};
        wcow_status status;

        text_addf(path, "/%s", c->folder[i] ? name_base(c->folder[i]) : folders[i].name);
        if (path->failed)
            return error_no_memory(err);
        item.name = text_get(path);
        status = c->folder[i] ? WCOW_OK : add_entry(to, &item, folders[i].sddl, err);
        if (status)
            return status;
    }
    return WCOW_OK;
}

static wcow_status add_hive(const rootfs_check *c, const char *name, const text *hive,
                            const byte_sink *to, wcow_error *err)
{
    basic_info info = c->info;
    tar_item item = {.name = name, .kind = TAR_FILE, .size = hive->length, .info = &info};
    wcow_status status;

    info.attributes = ARCHIVE_BIT;
    status = add_entry(to, &item, HIVE_SDDL, err);
    if (!status)
        status = sink_write(to, text_get(hive), hive->length, err);
    return status ? status : tar_write_padding(to, hive->length, err);
}

wcow_status rootfs_check_complete(const rootfs_check *check, const hive_maker *maker,
                                  const byte_sink *to, wcow_error *err)
{
    cleanup_text text hive = TEXT_INIT;
    cleanup_text text folder = TEXT_INIT;
    wcow_status status = maker->make(maker->context, &hive, err);

    if (!status)
        status = add_folders(check, to, &folder, err);
    for (size_t i = 0; i < HIVE_COUNT && !status; i++) {
        cleanup_free char *name = text_format("%s/%s", text_get(&folder), hive_names[i]);

        if (check->hive[i])
            continue;
        status = name ? add_hive(check, name, &hive, to, err) : error_no_memory(err);
    }
    return status;
}
