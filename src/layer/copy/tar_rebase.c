/* SPDX-License-Identifier: MIT */
/* Tars of others as ours. */
#include "layer/copy/tar_rebase.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "layer/backup/entry.h"
#include "layer/store/name.h"
#include "layer/tar/tar.h"
#include "layer/tar/tar_writer.h"

#define PIECE_SIZE       (64u * 1024)
#define UNITS_PER_SECOND UINT64_C(10000000)
#define NAME_SHOWN       200

typedef struct rebasing {
    const tar_names *names;
    const byte_sink *to;
    copy_notes *notes;
    tar_reader *reader;
    char *buffer;
} rebasing;

static void rebasing_clear(rebasing *r)
{
    tar_reader_free(r->reader);
    free(r->buffer);
}

DEFINE_CLEANUP_VALUE(rebasing, rebasing, rebasing_clear)

static wcow_status rename_entry(const tar_names *names, const char *name, bool folder, char **out,
                                wcow_error *err)
{
    cleanup_free char *clean = NULL;
    const size_t length = names->only ? strlen(names->only) : 0;
    const char *rest;
    char *made;
    wcow_status status = archive_name(name, &clean, err);

    if (status)
        return status;
    rest = clean;
    if (names->only) {
        if (strncmp(clean, names->only, length) != 0 || (rest[length] && rest[length] != '\\'))
            return error_set(err, WCOW_CORRUPT, "it was not asked for");
        rest += length + (rest[length] == '\\');
    }
    made = text_format("%s%s%s%s", names->as ? names->as : ".", *rest ? "/" : "", rest,
                       folder ? "/" : "");
    if (!made)
        return error_no_memory(err);
    for (char *c = made; *c; c++)
        if (*c == '\\')
            *c = '/';
    *out = made;
    return WCOW_OK;
}

/* Or lies in it; the name is checked, and has separators of either kind. */
static bool is_volume_s(const char *name)
{
    while (strncmp(name, "./", 2) == 0 || *name == '/' || *name == '\\')
        name += *name == '.' ? 2 : 1;

    cleanup_free char *top = text_copy_bytes(name, strcspn(name, "/\\"));

    return top && name_is_volume_s(top);
}

static wcow_status pass_contents(const rebasing *r, const tar_entry *entry, wcow_error *err)
{
    size_t got = 1;
    wcow_status status = WCOW_OK;

    while (!status && got > 0) {
        status = tar_read(r->reader, r->buffer, PIECE_SIZE, &got, err);
        if (!status && got > 0)
            status = sink_write(r->to, r->buffer, got, err);
    }
    r->notes->content += entry->size;
    return status ? status : tar_write_padding(r->to, entry->size, err);
}

static wcow_status pass_entry(const rebasing *r, const tar_entry *entry, wcow_error *err)
{
    cleanup_free char *name = NULL;
    cleanup_free char *link = NULL;
    basic_info info = {0};
    wcow_status status =
        rename_entry(r->names, entry->name, entry->kind == TAR_DIRECTORY, &name, err);

    if (!status && entry->kind == TAR_HARD_LINK)
        status = rename_entry(r->names, entry->link, false, &link, err);
    if (!status && entry->kind == TAR_SYMBOLIC_LINK)
        link = text_copy(entry->link);
    if (!status && entry->write.present)
        status = entry_basic_info(entry, &info, err);
    if (status || (r->names->volume && is_volume_s(entry->name)))
        return status;
    if (entry->kind == TAR_OTHER) {
        copy_leave_out(r->notes, text_format("'%.*s' is left out: Windows has no such files (type "
                                             "'%c' of the archive)",
                                             NAME_SHOWN, entry->name, entry->type));
        return WCOW_OK;
    }
    info.write -= info.write % UNITS_PER_SECOND;

    const tar_item item = {.name = name,
                           .link = link,
                           .kind = entry->kind,
                           .size = entry->size,
                           .info = &info,
                           .has_mode = true,
                           .mode = entry->mode,
                           .write_only = true};

    status = tar_write_header(r->to, &item, err);
    return status || entry->kind != TAR_FILE ? status : pass_contents(r, entry, err);
}

wcow_status tar_rebase(const byte_source *from, const tar_names *names, const byte_sink *to,
                       copy_notes *notes, wcow_error *err)
{
    CLEANUP(rebasing)
    rebasing r = {.names = names,
                  .to = to,
                  .notes = notes,
                  .reader = tar_reader_new(from),
                  .buffer = malloc(PIECE_SIZE)};
    const tar_entry *entry = NULL;
    wcow_status status =
        r.reader && r.buffer ? tar_next(r.reader, &entry, err) : error_no_memory(err);

    while (!status && entry) {
        status = pass_entry(&r, entry, err);
        if (status)
            return error_wrap(err, status, "'%.*s'", NAME_SHOWN, entry->name);
        status = tar_next(r.reader, &entry, err);
    }
    if (!status)
        status = tar_write_end(to, err);
    return status ? status
                  : tar_drain_within(r.reader, names->tail ? names->tail : UINT64_MAX, err);
}
