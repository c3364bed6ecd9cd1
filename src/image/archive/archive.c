/* SPDX-License-Identifier: MIT */
/* Loading image archives. */
#include "image/archive/archive.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "image/archive/archive_contents.h"
#include "image/store/image_records.h"
#include "image/store/layout.h"

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

static void found_image_clear(found_image *found)
{
    loaded_image_clear(&found->image);
    free(found->os_version);
    free(found->architecture);
    string_list_free(&found->present);
    free(found->blobs);
}

void found_images_free(found_images *images)
{
    for (size_t i = 0; i < images->count; i++)
        found_image_clear(&images->items[i]);
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
    static const image_choice any = {.architecture = NULL};

    if (config->os && !choice_admits(&any, config->os, NULL))
        return error_set(err, WCOW_UNSUPPORTED, "it is for %s%s%s, not for Windows", config->os,
                         config->architecture ? "/" : "",
                         config->architecture ? config->architecture : "");
    return WCOW_OK;
}

wcow_status found_image_describe(found_image *found, const image_config *config, wcow_error *err)
{
    found->os_version = text_copy(config->os_version);
    found->architecture = text_copy(config->architecture);
    if ((config->os_version && !found->os_version) ||
        (config->architecture && !found->architecture))
        return error_no_memory(err);
    return WCOW_OK;
}

static wcow_status find_images(const image_store *store, const image_choice *choice,
                               const archive_contents *contents, found_images *out, wcow_error *err)
{
    if (contents_find(contents, "index.json"))
        return archive_find_oci(store, choice, contents, out, err);
    if (contents_find(contents, "manifest.json"))
        return archive_find_docker(contents, out, err);
    return error_set(err, WCOW_CORRUPT,
                     "it is no image archive: it has neither an index.json nor a manifest.json");
}

/* ---- what of it is loaded ---- */

static void leave_out(found_images *images, size_t i)
{
    found_image_clear(&images->items[i]);
    images->count--;
    memmove(&images->items[i], &images->items[i + 1],
            (images->count - i) * sizeof(images->items[0]));
}

static wcow_status leave_out_others(const image_choice *choice, found_images *images,
                                    wcow_error *err)
{
    for (size_t i = images->count; i-- > 0 && choice->strict;) {
        const found_image *found = &images->items[i];

        if (!choice_admits(choice, "windows", found->architecture) ||
            choice_rank(choice, found->os_version) < 0)
            leave_out(images, i);
    }
    if (images->count)
        return WCOW_OK;
    return error_set(err, WCOW_UNSUPPORTED,
                     "none of its images is for the platform that was asked for");
}

static void remove_name(string_list *names, size_t n)
{
    free(names->items[n]);
    memmove(&names->items[n], &names->items[n + 1], (names->count - n) * sizeof(names->items[0]));
    names->count--;
}

/* Whether another image of the archive is to have the name: one that fits better, else the last. */
static bool has_rival(const image_choice *choice, const found_images *images, size_t i,
                      const char *name)
{
    const int own = choice_rank(choice, images->items[i].os_version);

    for (size_t j = 0; j < images->count; j++) {
        const int rank = choice_rank(choice, images->items[j].os_version);

        if (j == i || !string_list_contains(&images->items[j].image.names, name))
            continue;
        if (own < 0 ? rank >= 0 || j > i : rank >= 0 && (rank < own || (rank == own && j > i)))
            return true;
    }
    return false;
}

/* Several builds under one name are as those of an index: one of them is meant. */
static void settle_names(const image_choice *choice, found_images *images)
{
    for (size_t i = images->count; i-- > 0;) {
        loaded_image *one = &images->items[i].image;
        const size_t before = one->names.count;

        for (size_t n = before; n-- > 0;) {
            if (has_rival(choice, images, i, one->names.items[n]))
                remove_name(&one->names, n);
        }
        if (before && !one->names.count && choice->rank)
            leave_out(images, i);
    }
}

/* ---- putting things in place, with the store locked ---- */

static wcow_status lease_images(blob_stage *stage, const found_images *images, wcow_error *err)
{
    CLEANUP(lease_needs) lease_needs needs = {STRING_LIST_INIT, STRING_LIST_INIT};

    for (size_t i = 0; i < images->count; i++) {
        const found_image *found = &images->items[i];

        if (!string_list_add(&needs.digests, found->image.id))
            return error_no_memory(err);
        for (size_t j = 0; j < found->blob_count; j++) {
            if (!string_list_add(&needs.digests, found->blobs[j].digest))
                return error_no_memory(err);
        }
        for (size_t j = 0; j < found->present.count; j++) {
            if (!string_list_add(&needs.digests, found->present.items[j]))
                return error_no_memory(err);
        }
    }
    return image_lease_write(stage, &needs, err);
}

static wcow_status add_names(const loaded_image *one, cJSON *index, wcow_error *err)
{
    for (size_t i = 0; i < one->names.count; i++) {
        cleanup_reference image_reference *reference = NULL;
        wcow_status status = reference_parse(one->names.items[i], &reference, err);

        if (status)
            return status;
        if (!index_name(index, &one->descriptor, reference))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status publish_locked(const image_store *store, blob_stage *stage, found_images *images,
                                  bool named, wcow_error *err)
{
    cleanup_json cJSON *index = NULL;
    wcow_status status = lease_images(stage, images, err);

    if (!status)
        status = layout_read_index(store, &index, err);
    for (size_t i = 0; i < images->count && !status; i++) {
        found_image *found = &images->items[i];

        for (size_t j = 0; j < found->blob_count && !status; j++)
            status = stage_publish(stage, &found->blobs[j], err);
        if (!status)
            status = index_add(store, index, &found->image.descriptor, &found->image.added, err);
        if (!status && named)
            status = add_names(&found->image, index, err);
    }
    return status ? status : layout_write_index(store, index, err);
}

/* What the archive lacks is looked for with the store locked, too: so nobody removes it between. */
static wcow_status find_and_publish(const image_store *store, const image_choice *choice,
                                    const archive_contents *contents, bool named,
                                    found_images *images, wcow_error *err)
{
    file_lock *lock = NULL;
    wcow_status status = layout_lock(store, &lock, err);

    if (status)
        return status;
    status = find_images(store, choice, contents, images, err);
    if (!status)
        status = leave_out_others(choice, images, err);
    if (!status) {
        settle_names(choice, images);
        status = publish_locked(store, contents->stage, images, named, err);
    }
    store->files->unlock(store->files, lock);
    return status;
}

static wcow_status name_locked(const image_store *store, const loaded_image *one, wcow_error *err)
{
    cleanup_json cJSON *index = NULL;
    wcow_status status = layout_read_index(store, &index, err);

    if (!status)
        status = add_names(one, index, err);
    return status ? status : layout_write_index(store, index, err);
}

/* All of them at once, or none. */
wcow_status loaded_image_name(const image_store *store, const loaded_image *one, wcow_error *err)
{
    file_lock *lock = NULL;
    wcow_status status = layout_lock(store, &lock, err);

    if (status)
        return status;
    status = name_locked(store, one, err);
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

wcow_status archive_load(const image_store *store, const byte_source *archive,
                         const image_choice *choice, loaded_images *out, image_lease **lease,
                         wcow_error *err)
{
    static const image_choice any = {.architecture = "amd64"};
    cleanup_stage blob_stage *stage = NULL;
    CLEANUP(contents) archive_contents contents = {0};
    CLEANUP(found_images) found_images images = {0};
    wcow_status status = stage_open(store, &stage, err);

    if (status)
        return status;
    contents.stage = stage;
    status = contents_read(archive, &contents, err);
    if (!status)
        status = find_and_publish(store, choice ? choice : &any, &contents, !lease, &images, err);
    if (!status)
        status = hand_out(&images, out, err);
    if (status)
        return error_wrap(err, status, "cannot load the archive");
    if (lease)
        *lease = TAKE(stage);
    return WCOW_OK;
}
