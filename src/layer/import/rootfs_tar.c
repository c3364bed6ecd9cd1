/* SPDX-License-Identifier: MIT */
/* A root file system's tar, moved below Files while it is read. */
#include "layer/import/rootfs_tar.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/backup/entry.h"
#include "layer/store/name.h"
#include "layer/tar/tar.h"
#include "layer/tar/tar_writer.h"

struct rootfs_tar {
    byte_source source;
    byte_sink to_pending;
    tar_reader *reader;
    name_set folders; /* and links: what needs no folder of that name any more */
    text pending;     /* headers and padding on their way out */
    size_t given;     /* of them */
    uint64_t size;    /* of the contents at hand */
    uint64_t left;    /* of them */
    const char *prefix;
    bool in_contents;
    bool done;
};

const char *rootfs_name(const char *name)
{
    while (name[0] == '/' || (name[0] == '.' && (name[1] == '/' || name[1] == '\0')))
        name++;
    return name;
}

static wcow_status add_pending(void *context, const void *bytes, size_t size, wcow_error *err)
{
    rootfs_tar *r = context;

    text_add_bytes(&r->pending, bytes, size);
    return r->pending.failed ? error_no_memory(err) : WCOW_OK;
}

/* Its folders first, where the archive leaves them out: those it has come before what is in them.
 */
static wcow_status add_folders(rootfs_tar *r, const char *name, const basic_info *info,
                               wcow_error *err)
{
    basic_info folder_info = *info;

    folder_info.attributes = FILE_ATTRIBUTE_DIRECTORY_BIT;
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        cleanup_free char *folder = text_copy_bytes(name, (size_t)(slash - name));
        cleanup_free char *path = text_copy(folder);
        tar_item item = {.name = folder, .kind = TAR_DIRECTORY, .info = &folder_info};
        wcow_status status;

        if (!path)
            return error_no_memory(err);
        for (char *c = path; *c; c++)
            if (*c == '/')
                *c = '\\';
        if (name_set_find(&r->folders, path) != NAME_NONE)
            continue;
        /* What is wrong with it, the check of what comes out tells. */
        ignore(name_set_claim(&r->folders, path, NAME_DIRECTORY, NULL));
        status = tar_write_header(&r->to_pending, &item, err);
        if (status)
            return status;
    }
    return WCOW_OK;
}

static void claim(rootfs_tar *r, const char *name, tar_kind kind)
{
    cleanup_free char *path = text_copy(name);

    if (!path || (kind != TAR_DIRECTORY && kind != TAR_SYMBOLIC_LINK))
        return;
    for (char *c = path; *c; c++)
        if (*c == '/')
            *c = '\\';
    ignore(name_set_claim(&r->folders, path, kind == TAR_DIRECTORY ? NAME_DIRECTORY : NAME_REPARSE,
                          NULL));
}

/* Windows' own records go along; what others say of owners and the like means nothing there. */
static wcow_status keep_records(const tar_entry *entry, string_list *out, wcow_error *err)
{
    static const char prefix[] = "MSWINDOWS.";

    for (size_t i = 0; i < entry->pax.count; i++) {
        const pax_record *record = &entry->pax.items[i];

        if (!text_starts_with(record->key, prefix) ||
            text_equal(record->key, "MSWINDOWS.fileattr") ||
            strlen(record->value) != record->length)
            continue;
        if (!string_list_own(out, text_format("%s=%s", record->key, record->value)))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* Without a final '/': folders have one in some archives. */
static char *moved_name(const rootfs_tar *r, const char *name)
{
    char *moved = text_format("%s%s", r->prefix, name);
    size_t length = moved ? strlen(moved) : 0;

    while (length && moved[length - 1] == '/')
        moved[--length] = '\0';
    return moved;
}

static wcow_status put_entry(rootfs_tar *r, const tar_entry *entry, const char *name,
                             wcow_error *err)
{
    cleanup_free char *moved = moved_name(r, name);
    cleanup_free char *link = entry->kind == TAR_HARD_LINK
                                  ? text_format("%s%s", r->prefix, rootfs_name(entry->link))
                                  : text_copy(entry->link);
    cleanup_strings string_list records = STRING_LIST_INIT;
    cleanup_free char *checked = NULL;
    basic_info info;
    wcow_status status = entry_basic_info(entry, &info, err);

    if (!moved || !link)
        return error_no_memory(err);
    if (!status)
        status = keep_records(entry, &records, err);
    /* One that is refused further on, for its depth perhaps, gets no folders. */
    if (!status && layer_name(moved, &checked, NULL) == WCOW_OK)
        status = add_folders(r, moved, &info, err);
    if (status)
        return status;
    claim(r, moved, entry->kind);

    const tar_item item = {.name = moved,
                           .link = *link ? link : NULL,
                           .kind = entry->kind,
                           .size = entry->size,
                           .info = &info,
                           .extra = &records};

    r->size = r->left = entry->size;
    r->in_contents = true;
    return tar_write_header(&r->to_pending, &item, err);
}

/* The archive's own root, which names Files. */
static wcow_status put_root(rootfs_tar *r, const tar_entry *entry, wcow_error *err)
{
    basic_info info;
    tar_item item = {.name = LAYER_FILES, .kind = TAR_DIRECTORY, .info = &info};
    wcow_status status = entry_basic_info(entry, &info, err);

    if (status || !*r->prefix || entry->kind != TAR_DIRECTORY ||
        name_set_find(&r->folders, LAYER_FILES) != NAME_NONE)
        return status;
    claim(r, LAYER_FILES, TAR_DIRECTORY);
    return tar_write_header(&r->to_pending, &item, err);
}

static wcow_status next(rootfs_tar *r, wcow_error *err)
{
    const tar_entry *entry = NULL;
    const char *name;
    wcow_status status = tar_next(r->reader, &entry, err);

    if (status)
        return status;
    if (!entry) {
        r->done = true;
        status = tar_drain(r->reader, err);
        return status ? status : tar_write_end(&r->to_pending, err);
    }
    name = rootfs_name(entry->name);
    if (entry->kind == TAR_OTHER)
        status = error_set(err, WCOW_CORRUPT,
                           "a Windows layer cannot hold this kind of entry ('%c')", entry->type);
    else
        status = *name ? put_entry(r, entry, name, err) : put_root(r, entry, err);
    return status ? error_wrap(err, status, "entry '%s'", entry->name) : WCOW_OK;
}

static wcow_status read_contents(rootfs_tar *r, void *buffer, size_t size, size_t *got,
                                 wcow_error *err)
{
    wcow_status status = tar_read(r->reader, buffer, size, got, err);

    if (status)
        return status;
    r->left -= *got;
    if (*got)
        return WCOW_OK;
    r->in_contents = false;
    if (r->left)
        return error_set(err, WCOW_CORRUPT, "an entry is shorter than it says");
    return tar_write_padding(&r->to_pending, r->size, err);
}

static wcow_status read_moved(void *context, void *buffer, size_t size, size_t *got,
                              wcow_error *err)
{
    rootfs_tar *r = context;
    wcow_status status = WCOW_OK;

    *got = 0;
    while (!status && *got == 0) {
        size_t waiting = r->pending.length - r->given;

        if (waiting) {
            *got = waiting < size ? waiting : size;
            memcpy(buffer, r->pending.data + r->given, *got);
            r->given += *got;
            continue;
        }
        text_cut(&r->pending, 0);
        r->given = 0;
        if (r->in_contents)
            status = read_contents(r, buffer, size, got, err);
        else if (r->done)
            return WCOW_OK;
        else
            status = next(r, err);
    }
    return status;
}

rootfs_tar *rootfs_tar_new(const byte_source *tar, bool below_files)
{
    cleanup_rootfs_tar rootfs_tar *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->source = (byte_source){.read = read_moved, .context = r};
    r->to_pending = (byte_sink){add_pending, r};
    r->prefix = below_files ? LAYER_FILES "/" : "";
    r->reader = tar_reader_new(tar);
    return r->reader ? TAKE(r) : NULL;
}

bool rootfs_tar_is_cut(const rootfs_tar *r)
{
    return tar_is_cut(r->reader);
}

const byte_source *rootfs_tar_source(rootfs_tar *r)
{
    return &r->source;
}

void rootfs_tar_free(rootfs_tar *r)
{
    if (!r)
        return;
    tar_reader_free(r->reader);
    name_set_free(&r->folders);
    text_free(&r->pending);
    free(r);
}
