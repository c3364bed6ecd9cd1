/* SPDX-License-Identifier: MIT */
/* Root file systems on their way to become base layers. */
#include "layer/rootfs.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/decompress.h"
#include "layer/name.h"
#include "layer/rootfs_tar.h"
#include "layer/tar.h"
#include "layer/unpack.h"

/* Entries of the archive's root that may come before the first one that tells. */
#define ROOT_ENTRIES 8

/* ---- reading the beginning twice ---- */

typedef struct replay {
    byte_source source;
    const byte_source *from;
    text seen;   /* what was read of it */
    size_t give; /* where reading goes on */
    bool recording;
} replay;

static void replay_clear(replay *r)
{
    text_free(&r->seen);
}

DEFINE_CLEANUP_VALUE(replay, replay, replay_clear)

static wcow_status read_replay(void *context, void *buffer, size_t size, size_t *got,
                               wcow_error *err)
{
    replay *r = context;
    wcow_status status;

    if (!r->recording && r->give < r->seen.length) {
        *got = r->seen.length - r->give < size ? r->seen.length - r->give : size;
        memcpy(buffer, r->seen.data + r->give, *got);
        r->give += *got;
        return WCOW_OK;
    }
    status = source_read(r->from, buffer, size, got, err);
    if (!status && r->recording)
        text_add_bytes(&r->seen, buffer, *got);
    return r->seen.failed ? error_no_memory(err) : status;
}

/* ---- what it is ---- */

static bool is_of_layer(const char *name)
{
    static const char *const roots[] = {LAYER_FILES, LAYER_HIVES, LAYER_UTILITY_VM};

    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        size_t length = strlen(roots[i]);

        if (strncmp(name, roots[i], length) == 0 && (name[length] == '/' || name[length] == '\0'))
            return true;
    }
    return false;
}

typedef enum form {
    FORM_LAYER,     /* of a base layer */
    FORM_DOT_LAYER, /* the same, after an entry for the archive's root (`tar -c .`) */
    FORM_PLAIN
} form;

static wcow_status look_at(replay *r, form *out, wcow_error *err)
{
    cleanup_tar_reader tar_reader *reader = tar_reader_new(&r->source);
    const tar_entry *entry = NULL;
    wcow_status status = WCOW_OK;

    if (!reader)
        return error_no_memory(err);
    for (int i = 0; i < ROOT_ENTRIES && !status; i++) {
        status = tar_next(reader, &entry, err);
        if (!status && !entry)
            return error_set(err, WCOW_INVALID, "the archive is empty");
        if (!status && *rootfs_name(entry->name)) {
            *out = !is_of_layer(rootfs_name(entry->name)) ? FORM_PLAIN
                   : i > 0                                ? FORM_DOT_LAYER
                                                          : FORM_LAYER;
            return WCOW_OK;
        }
    }
    *out = FORM_PLAIN;
    return status;
}

/* ---- the check: an import that writes nothing ---- */

/* What ProcessBaseImage makes a base layer's own hives from. */
static const char *const hives[] = {"DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"};
#define HIVE_COUNT  (sizeof(hives) / sizeof(hives[0]))
#define HIVE_FOLDER LAYER_FILES "\\Windows\\System32\\config\\"

typedef struct checker {
    layer_writer base;
    bool hive[HIVE_COUNT];
} checker;

static size_t hive_of(const char *name)
{
    size_t i = 0;

    for (; i < HIVE_COUNT; i++) {
        cleanup_free char *path = text_format(HIVE_FOLDER "%s", hives[i]);

        if (path && text_equal_ignore_case(name, path))
            break;
    }
    return i;
}

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

static wcow_status note(layer_writer *writer, const layer_entry *entry, layer_output *out,
                        wcow_error *err)
{
    checker *c = (checker *)writer;
    size_t hive = hive_of(entry->name);

    (void)out;
    if (hive < HIVE_COUNT && !entry->reparse)
        c->hive[hive] = true;
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
    size_t hive = hive_of(name);

    if (kind != NAME_FILE && kind != NAME_HARD_LINK && kind != NAME_REPARSE)
        return error_set(err, WCOW_CORRUPT, "the archive has no file '%s' before this link to it",
                         target);
    if (hive < HIVE_COUNT)
        ((checker *)writer)->hive[hive] = true;
    return check_folder(writer, name, err);
}

static wcow_status refuse_whiteout(layer_writer *writer, const char *name, wcow_error *err)
{
    (void)writer;
    return error_set(err, WCOW_CORRUPT, "a base layer cannot remove '%s' from anything", name);
}

static wcow_status finish(layer_writer *writer, wcow_error *err)
{
    const checker *c = (const checker *)writer;

    for (size_t i = 0; i < HIVE_COUNT; i++) {
        if (!c->hive[i])
            return error_set(err, WCOW_INVALID,
                             "it has no Windows\\System32\\config\\%s: only the whole file system "
                             "of a Windows image or container can become an image",
                             hives[i]);
    }
    return WCOW_OK;
}

static void forget(layer_writer *writer)
{
    (void)writer;
}

/* ---- both at once ---- */

/* What is read by the check goes to the sink, too. */
typedef struct tee {
    byte_source source;
    const byte_source *from;
    const byte_sink *to;
    wcow_status status; /* of the first failure of either */
    wcow_error error;   /* as they told it: the check would blame the entry it was at */
} tee;

static wcow_status read_tee(void *context, void *buffer, size_t size, size_t *got, wcow_error *err)
{
    tee *t = context;
    wcow_status status = source_read(t->from, buffer, size, got, &t->error);

    if (!status && *got)
        status = sink_write(t->to, buffer, *got, &t->error);
    t->status = status;
    if (status && err)
        *err = t->error;
    return status;
}

static wcow_status check_and_pass(const byte_source *tar, const byte_sink *to, wcow_error *err)
{
    checker c = {.base = {always_alone, note, take_bytes, take_end, check_link, refuse_whiteout,
                          finish, forget, NAME_SET_INIT, false}};
    tee t = {{read_tee, &t}, tar, to, WCOW_OK, WCOW_ERROR_INIT};
    layer_totals totals;
    wcow_status status = layer_unpack(&t.source, &c.base, &totals, err);

    if (!status)
        status = finish(&c.base, err);
    layer_writer_free(&c.base);
    if (t.status && err)
        *err = t.error;
    return status;
}

wcow_status rootfs_to_layer(const byte_source *blob, const byte_sink *to, wcow_error *err)
{
    cleanup_decompressor decompressor *d = NULL;
    cleanup_rootfs_tar rootfs_tar *moved = NULL;
    CLEANUP(replay) replay start = {{read_replay, &start}, NULL, TEXT_INIT, 0, true};
    form found = FORM_PLAIN;
    wcow_status status = decompressor_new(blob, &d, err);

    if (status)
        return status;
    start.from = decompressor_source(d);
    status = look_at(&start, &found, err);
    if (status)
        return status;
    start.recording = false;
    if (found == FORM_LAYER)
        return check_and_pass(&start.source, to, err);
    moved = rootfs_tar_new(&start.source, found == FORM_PLAIN);
    if (!moved)
        return error_no_memory(err);
    return check_and_pass(rootfs_tar_source(moved), to, err);
}
