/* SPDX-License-Identifier: MIT */
/* Writes image archives: an OCI layout that is a docker-archive, too. */
#include "image/archive/archive.h"
#include "image/archive/archive_selection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "image/store/blob.h"
#include "image/store/image_records.h"

#define COPY_SIZE (256u * 1024)
#define BLOBS     "blobs/sha256/"

/* An archive being written; also the context of libarchive's callback. */
typedef struct writing {
    const image_store *store;
    const byte_sink *sink;
    struct archive *archive;
    wcow_error sink_error; /* what the sink said when it failed */
    wcow_status sink_status;
    string_list written; /* digests */
    char buffer[COPY_SIZE];
} writing;

static la_ssize_t write_more(struct archive *archive, void *context, const void *bytes, size_t size)
{
    writing *w = context;

    w->sink_status = sink_write(w->sink, bytes, size, &w->sink_error);
    if (w->sink_status) {
        archive_set_error(archive, EIO, "the sink failed");
        return -1;
    }
    return (la_ssize_t)size;
}

static void writing_free(writing *w)
{
    archive_write_free(w->archive);
    string_list_free(&w->written);
    free(w);
}

DEFINE_CLEANUP(writing, writing *, writing_free)

static wcow_status writing_error(const writing *w, wcow_error *err)
{
    const char *said = archive_error_string(w->archive);

    if (w->sink_status) {
        if (err)
            *err = w->sink_error;
        return w->sink_status;
    }
    return error_set(err, WCOW_FAILED, "cannot write the archive: %s", said ? said : "no reason");
}

static wcow_status writing_open(const image_store *store, const byte_sink *sink, writing **out,
                                wcow_error *err)
{
    CLEANUP(writing) writing *w = calloc(1, sizeof(*w));

    if (!w)
        return error_no_memory(err);
    w->store = store;
    w->sink = sink;
    w->archive = archive_write_new();
    if (!w->archive)
        return error_no_memory(err);
    /* Layers beyond 8 GB do not fit in ustar; restricted PAX is ustar for all others. */
    if (archive_write_set_format_pax_restricted(w->archive) != ARCHIVE_OK ||
        archive_write_open(w->archive, w, NULL, write_more, NULL) != ARCHIVE_OK)
        return writing_error(w, err);
    *out = TAKE(w);
    return WCOW_OK;
}

/* The same images make the same archive: no times, no owners. */
static wcow_status begin_entry(writing *w, const char *name, uint64_t size, bool folder,
                               wcow_error *err)
{
    struct archive_entry *entry = archive_entry_new();
    int result;

    if (!entry)
        return error_no_memory(err);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, folder ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry, folder ? 0755 : 0644);
    archive_entry_set_mtime(entry, 0, 0);
    archive_entry_set_size(entry, (la_int64_t)size);
    result = archive_write_header(w->archive, entry);
    archive_entry_free(entry);
    return result == ARCHIVE_OK ? WCOW_OK : writing_error(w, err);
}

static wcow_status add_data(writing *w, const void *bytes, size_t size, wcow_error *err)
{
    la_ssize_t written = size ? archive_write_data(w->archive, bytes, size) : 0;

    return written == (la_ssize_t)size ? WCOW_OK : writing_error(w, err);
}

static wcow_status add_json(writing *w, const char *name, const cJSON *value, wcow_error *err)
{
    cleanup_free char *printed = json_print(value);
    wcow_status status;

    if (!printed)
        return error_no_memory(err);
    status = begin_entry(w, name, strlen(printed), false, err);
    return status ? status : add_data(w, printed, strlen(printed), err);
}

/* A blob as it is in the store, once; the reader checks its digest. */
static wcow_status add_blob(writing *w, const char *digest, wcow_error *err)
{
    cleanup_free char *name = text_format(BLOBS "%s", digest + strlen("sha256:"));
    cleanup_blob_reader blob_reader *reader = NULL;
    size_t got = 1;
    wcow_status status;

    if (string_list_contains(&w->written, digest))
        return WCOW_OK;
    if (!name || !string_list_add(&w->written, digest))
        return error_no_memory(err);
    status = blob_open(w->store, digest, &reader, err);
    if (!status)
        status = begin_entry(w, name, blob_size(reader), false, err);
    while (!status && got > 0) {
        status = source_read(blob_source(reader), w->buffer, COPY_SIZE, &got, err);
        if (!status)
            status = add_data(w, w->buffer, got, err);
    }
    return status;
}

static wcow_status add_image(writing *w, const image *i, wcow_error *err)
{
    wcow_status status = add_blob(w, i->record.descriptor.digest, err);

    if (!status)
        status = add_blob(w, i->manifest->config.digest, err);
    for (size_t n = 0; n < i->manifest->count && !status; n++)
        status = add_blob(w, i->manifest->items[n].digest, err);
    return status ? error_wrap(err, status, "image %s", i->record.id) : WCOW_OK;
}

/* ---- index.json ---- */

static cJSON *index_entry(const selected_image *selected, size_t name)
{
    const image_descriptor *manifest = &selected->image->record.descriptor;
    const char *type = manifest->media_type ? manifest->media_type : MEDIA_OCI_MANIFEST;
    cleanup_json cJSON *entry = cJSON_CreateObject();
    cJSON *annotations;

    if (!entry || !json_add_text(entry, "mediaType", type) ||
        !json_add_text(entry, "digest", manifest->digest) ||
        !json_add_integer(entry, "size", (int64_t)manifest->size))
        return NULL;
    if (name < selected->names.count) {
        annotations = cJSON_AddObjectToObject(entry, "annotations");
        if (!annotations ||
            !json_add_text(annotations, ANNOTATION_NAME, selected->names.items[name]) ||
            !json_add_text(annotations, ANNOTATION_REF_NAME, selected->references.items[name]))
            return NULL;
    }
    return TAKE(entry);
}

static cJSON *make_index(const archive_selection *selection)
{
    cleanup_json cJSON *index = cJSON_CreateObject();
    cJSON *entries = NULL;

    if (!index || !json_add_integer(index, "schemaVersion", 2) ||
        !json_add_text(index, "mediaType", MEDIA_OCI_INDEX))
        return NULL;
    entries = cJSON_AddArrayToObject(index, "manifests");
    for (size_t i = 0; entries && i < selection->count; i++) {
        const selected_image *selected = &selection->items[i];
        size_t name = 0;

        do {
            if (!json_append(entries, index_entry(selected, name)))
                return NULL;
        } while (++name < selected->names.count);
    }
    return entries ? TAKE(index) : NULL;
}

/* ---- manifest.json ---- */

static char *blob_name(const char *digest)
{
    return text_format(BLOBS "%s", digest + strlen("sha256:"));
}

static cJSON *manifest_entry(const selected_image *selected)
{
    const image_manifest *manifest = selected->image->manifest;
    cleanup_free char *config = blob_name(manifest->config.digest);
    cleanup_json cJSON *entry = cJSON_CreateObject();
    cleanup_strings string_list layers = STRING_LIST_INIT;
    bool fine = entry && config && json_add_text(entry, "Config", config);

    for (size_t i = 0; fine && i < manifest->count; i++)
        fine = string_list_own(&layers, blob_name(manifest->items[i].digest));
    if (fine && selected->tags.count)
        fine = json_add_strings(entry, "RepoTags", (const char *const *)selected->tags.items);
    else
        fine = fine && cJSON_AddNullToObject(entry, "RepoTags");
    fine = fine && json_add_strings(entry, "Layers", (const char *const *)layers.items);
    return fine ? TAKE(entry) : NULL;
}

static cJSON *make_manifest(const archive_selection *selection)
{
    cleanup_json cJSON *all = cJSON_CreateArray();

    for (size_t i = 0; all && i < selection->count; i++)
        if (!json_append(all, manifest_entry(&selection->items[i])))
            return NULL;
    return all ? TAKE(all) : NULL;
}

static wcow_status add_lists(writing *w, const archive_selection *selection, wcow_error *err)
{
    cleanup_json cJSON *index = make_index(selection);
    cleanup_json cJSON *manifest = make_manifest(selection);
    cleanup_json cJSON *layout = cJSON_CreateObject();
    wcow_status status;

    if (!index || !manifest || !layout || !json_add_text(layout, "imageLayoutVersion", "1.0.0"))
        return error_no_memory(err);
    status = add_json(w, "index.json", index, err);
    if (!status)
        status = add_json(w, "manifest.json", manifest, err);
    return status ? status : add_json(w, "oci-layout", layout, err);
}

wcow_status archive_save(const image_store *store, const char *const *references, size_t count,
                         const byte_sink *sink, wcow_error *err)
{
    CLEANUP(selection) archive_selection selection = {NULL, 0};
    CLEANUP(writing) writing *w = NULL;
    wcow_status status = selection_make(store, references, count, &selection, err);

    if (!status)
        status = writing_open(store, sink, &w, err);
    if (!status)
        status = begin_entry(w, "blobs/", 0, true, err);
    if (!status)
        status = begin_entry(w, BLOBS, 0, true, err);
    for (size_t i = 0; i < selection.count && !status; i++)
        status = add_image(w, selection.items[i].image, err);
    if (!status)
        status = add_lists(w, &selection, err);
    if (!status && archive_write_close(w->archive) != ARCHIVE_OK)
        status = writing_error(w, err);
    return status;
}
