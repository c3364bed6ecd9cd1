/* SPDX-License-Identifier: MIT */
/* Root file systems on their way to become base layers. */
#include "layer/import/rootfs.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/codec/decompress.h"
#include "layer/import/rootfs_check.h"
#include "layer/import/rootfs_tar.h"
#include "layer/import/unpack.h"
#include "layer/store/name.h"
#include "layer/tar/tar.h"
#include "layer/tar/tar_writer.h"

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

/* ---- the check and the layer at once ---- */

/*
 * What is read by the check goes to the sink, too. Zeros wait until something else comes: the last
 * ones end the archive, and what it lacks goes before them.
 */
typedef struct tee {
    byte_source source;
    const byte_source *from;
    const byte_sink *to;
    uint64_t passed;
    uint64_t zeros;     /* that wait */
    wcow_status status; /* of the first failure of either */
    wcow_error error;   /* as they told it: the check would blame the entry it was at */
} tee;

static wcow_status pass_zeros(tee *t, uint64_t count, wcow_error *err)
{
    static const unsigned char zeros[4096];

    t->zeros -= count;
    t->passed += count;
    while (count) {
        size_t size = count < sizeof(zeros) ? (size_t)count : sizeof(zeros);
        wcow_status status = sink_write(t->to, zeros, size, err);

        if (status)
            return status;
        count -= size;
    }
    return WCOW_OK;
}

static wcow_status pass(tee *t, const unsigned char *bytes, size_t size, wcow_error *err)
{
    size_t used = size;
    wcow_status status;

    while (used && bytes[used - 1] == 0)
        used--;
    if (used) {
        status = pass_zeros(t, t->zeros, err);
        if (!status)
            status = sink_write(t->to, bytes, used, err);
        if (status)
            return status;
        t->passed += used;
    }
    t->zeros += size - used;
    return WCOW_OK;
}

static wcow_status read_tee(void *context, void *buffer, size_t size, size_t *got, wcow_error *err)
{
    tee *t = context;
    wcow_status status = source_read(t->from, buffer, size, got, &t->error);

    if (!status && *got)
        status = pass(t, buffer, *got, &t->error);
    t->status = status;
    if (status && err)
        *err = t->error;
    return status;
}

#define WITHOUT_HIVE "it has no Windows\\System32\\config\\%s, and "

/* Ends the archive as it was, or with the hives that it lacked. One that was cut off may have had
 * them. */
static wcow_status end_layer(tee *t, const rootfs_check *check, const hive_maker *hives,
                             uint64_t end, bool cut, wcow_error *err)
{
    const char *missing = NULL;
    wcow_status status = rootfs_check_end(check, &missing, err);

    if (status)
        return status;
    if (!missing)
        return pass_zeros(t, t->zeros, err);
    if (cut || end < t->passed)
        return error_set(err, WCOW_CORRUPT, WITHOUT_HIVE "%s", missing,
                         cut ? "is cut off" : "goes on after its end");
    status = pass_zeros(t, end - t->passed, err);
    if (!status)
        status = rootfs_check_complete(check, hives, t->to, err);
    if (status)
        return error_wrap(err, status, WITHOUT_HIVE "an empty one cannot be made", missing);
    return tar_write_end(t->to, err);
}

/* `moved` is what `tar` comes out of, if it did not come in so. */
static wcow_status check_and_pass(const byte_source *tar, const rootfs_tar *moved,
                                  const hive_maker *hives, const byte_sink *to, wcow_error *err)
{
    cleanup_rootfs_check rootfs_check *check = rootfs_check_new();
    tee t = {{.read = read_tee, .context = &t}, tar, to, 0, 0, WCOW_OK, WCOW_ERROR_INIT};
    layer_totals totals;
    wcow_status status;
    bool cut;

    if (!check)
        return error_no_memory(err);
    status = layer_unpack(&t.source, rootfs_check_writer(check), &totals, err);
    if (t.status && err)
        *err = t.error;
    if (status)
        return status;
    cut = moved ? rootfs_tar_is_cut(moved) : t.passed + t.zeros == totals.end;
    return end_layer(&t, check, hives, totals.end, cut, err);
}

wcow_status rootfs_to_layer(const byte_source *blob, const hive_maker *hives, const byte_sink *to,
                            wcow_error *err)
{
    cleanup_decompressor decompressor *d = NULL;
    cleanup_rootfs_tar rootfs_tar *moved = NULL;
    CLEANUP(replay)
    replay start = {{.read = read_replay, .context = &start}, NULL, TEXT_INIT, 0, true};
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
        return check_and_pass(&start.source, NULL, hives, to, err);
    moved = rootfs_tar_new(&start.source, found == FORM_PLAIN);
    if (!moved)
        return error_no_memory(err);
    return check_and_pass(rootfs_tar_source(moved), moved, hives, to, err);
}
