/* SPDX-License-Identifier: MIT */
/* Loading image archives. */
#include "image/archive/archive.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "image/archive/archive_contents.h"
#include "image/layout.h"
#include "image/records.h"

static void loaded_image_clear(loaded_image *found)
{
    image_descriptor_clear(&found->descriptor);
    string_list_free(&found->names);
}

void loaded_images_free(loaded_images *images)
{
    for (size_t i = 0; i < images->count; i++)
        loaded_image_clear(&images->items[i]);
    free(images->items);
    *images = (loaded_images)LOADED_IMAGES_INIT;
}

void found_images_free(found_images *images)
{
    for (size_t i = 0; i < images->count; i++) {
        loaded_image_clear(&images->items[i].image);
        free(images->items[i].blobs);
    }
    free(images->items);
    *images = (found_images){0};
}

DEFINE_CLEANUP_VALUE(found_images, found_images, found_images_free)

found_image *found_images_add(found_images *images)
{
    found_image *items = realloc(images->items, (images->count + 1) * sizeof(*items));

    if (!items)
        return NULL;
    images->items = items;
    items[images->count] = (found_image){0};
    return &items[images->count++];
}

bool found_image_needs(found_image *found, const staged_blob *blob)
{
    staged_blob *blobs = realloc(found->blobs, (found->blob_count + 1) * sizeof(*blobs));

    if (!blobs)
        return false;
    found->blobs = blobs;
    blobs[found->blob_count++] = *blob;
    return true;
}

wcow_status archive_check_platform(const image_config *config, wcow_error *err)
{
    if (config->os && !text_equal(config->os, "windows"))
        return error_set(err, WCOW_UNSUPPORTED, "it is for %s%s%s, not for Windows", config->os,
                         config->architecture ? "/" : "",
                         config->architecture ? config->architecture : "");
    return WCOW_OK;
}

static wcow_status find_images(const image_store *store, const archive_contents *contents,
                               found_images *out, wcow_error *err)
{
    if (contents_find(contents, "index.json"))
        return archive_find_oci(store, contents, out, err);
    if (contents_find(contents, "manifest.json"))
        return archive_find_docker(contents, out, err);
    return error_set(err, WCOW_CORRUPT,
                     "it is no image archive: it has neither an index.json nor a manifest.json");
}

/* ---- putting things in place, with the store locked ---- */

static wcow_status add_names(const image_store *store, cJSON *index, const loaded_image *found,
                             wcow_error *err)
{
    wcow_status status = WCOW_OK;

    if (found->names.count == 0)
        return index_add(store, index, &found->descriptor, NULL, err);
    for (size_t i = 0; i < found->names.count && !status; i++) {
        cleanup_reference image_reference *reference = NULL;

        status = reference_parse(found->names.items[i], &reference, err);
        if (!status)
            status = index_add(store, index, &found->descriptor, reference, err);
    }
    return status;
}

static wcow_status commit_locked(const image_store *store, blob_stage *stage,
                                 const found_images *images, wcow_error *err)
{
    cleanup_json cJSON *index = NULL;
    wcow_status status = layout_read_index(store, &index, err);

    for (size_t i = 0; i < images->count && !status; i++) {
        const found_image *found = &images->items[i];

        for (size_t j = 0; j < found->blob_count && !status; j++)
            status = stage_commit(stage, &found->blobs[j], err);
        if (!status)
            status = add_names(store, index, &found->image, err);
    }
    return status ? status : layout_write_index(store, index, err);
}

/* What the archive lacks is looked for with the store locked, too: so nobody removes it between. */
static wcow_status find_and_commit(const image_store *store, const archive_contents *contents,
                                   found_images *images, wcow_error *err)
{
    file_lock *lock = NULL;
    wcow_status status = layout_lock(store, &lock, err);

    if (status)
        return status;
    status = find_images(store, contents, images, err);
    if (!status)
        status = commit_locked(store, contents->stage, images, err);
    store->files->unlock(store->files, lock);
    return status;
}

static wcow_status hand_out(found_images *images, loaded_images *out, wcow_error *err)
{
    loaded_image *items = calloc(images->count + 1, sizeof(*items));

    if (!items)
        return error_no_memory(err);
    for (size_t i = 0; i < images->count; i++) {
        items[i] = images->items[i].image;
        images->items[i].image = (loaded_image){0};
    }
    *out = (loaded_images){items, images->count};
    return WCOW_OK;
}

wcow_status archive_load(const image_store *store, const byte_source *archive, loaded_images *out,
                         wcow_error *err)
{
    cleanup_stage blob_stage *stage = NULL;
    CLEANUP(contents) archive_contents contents = {0};
    CLEANUP(found_images) found_images images = {0};
    wcow_status status = stage_open(store, &stage, err);

    if (status)
        return status;
    contents.stage = stage;
    status = contents_read(archive, &contents, err);
    if (!status)
        status = find_and_commit(store, &contents, &images, err);
    if (!status)
        status = hand_out(&images, out, err);
    return status ? error_wrap(err, status, "cannot load the archive") : WCOW_OK;
}
