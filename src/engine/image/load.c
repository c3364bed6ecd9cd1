/* SPDX-License-Identifier: MIT */
/* load: an archive into the store, its layers onto the host, and names at last. */
#include <wcow/image.h>

#include <stdlib.h>

#include "base/error.h"
#include "base/options.h"
#include "base/text.h"
#include "engine/host/file_input.h"
#include "engine/host/image_layers.h"
#include "engine/host/listener.h"
#include "engine/host/store.h"
#include "engine/image/image_event.h"
#include "engine/image/platform.h"
#include "engine/image/remove.h"
#include "engine/layer/users.h"
#include "image/archive/archive.h"

/* A load under way: images are in the store, without their names. */
typedef struct loading {
    wcow_host *host;
    const wcow_load_options *options;
    listener told;
    image_store images;
    loaded_images all;
    size_t finished;    /* so many of them have their names */
    image_lease *lease; /* keeps the others from prunes */
} loading;

static void loading_clear(loading *l)
{
    loaded_images_free(&l->all);
    image_lease_end(l->lease);
    listener_close(&l->told);
}

DEFINE_CLEANUP_VALUE(loading, loading, loading_clear)

/* Where there is no storage service, as on Linux, the blobs alone are kept; create imports later.
 */
static wcow_status unpack(loading *l, const loaded_image *loaded, wcow_error *err)
{
    cleanup_image image *one = NULL;
    storage_port *storage;
    wcow_status status;

    if (host_storage(l->host, &storage, NULL))
        return WCOW_OK;
    status = image_store_open(&l->images, loaded->id, &one, err);
    if (status == WCOW_NOT_FOUND)
        status = image_was_removed(loaded->id, err);
    if (!status)
        status = image_unpack(l->host, one, &l->told.sink, err);
    if (status)
        error_wrap(err, status, "cannot import the layers of '%s'",
                   loaded->names.count ? loaded->names.items[0] : loaded->id);
    return status;
}

static void announce(const loading *l, const loaded_image *one)
{
    for (size_t n = 0; l->options->loaded && n < one->names.count; n++)
        l->options->loaded(l->options->context, one->names.items[n]);
    if (l->options->loaded && !one->names.count)
        l->options->loaded(l->options->context, one->id);
}

static wcow_status finish(loading *l, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    while (l->finished < l->all.count && !status) {
        const loaded_image *one = &l->all.items[l->finished];

        status = unpack(l, one, err);
        if (!status)
            status = loaded_image_name(&l->images, one, err);
        if (status)
            break;
        image_event(l->host, "load", one->id, one->id);
        announce(l, one);
        l->finished++;
    }
    return status;
}

/* One whose layers nobody can ever import goes with all of its names, though it was there before.
 */
static void forget(const loading *l, const char *id)
{
    cleanup_image_removal image_removal done = {.deleted = false};

    if (!image_store_remove(&l->images, id, REMOVE_ANY, &done, NULL))
        ignore(layers_release(l->host, &done.diff_ids, NULL));
}

/* What failed, and what was to come after it, is not there: unless it was before. */
static void take_back(loading *l, wcow_status status)
{
    const loaded_image *failed = &l->all.items[l->finished];

    image_lease_end(TAKE(l->lease));
    if (status == WCOW_CORRUPT && !failed->added)
        forget(l, failed->id);
    for (size_t i = l->finished; i < l->all.count; i++) {
        cleanup_image image *one = NULL;

        if (!l->all.items[i].added)
            continue;
        if (!image_store_open(&l->images, l->all.items[i].id, &one, NULL) &&
            !image_store_drop(&l->images, &l->all.items[i].descriptor, NULL))
            ignore(layers_release(l->host, &one->config->diff_ids, NULL));
    }
    ignore(image_store_collect(&l->images, NULL));
}

static wcow_status load(loading *l, file_input *input, wcow_error *err)
{
    platform_wish wish;
    image_choice choice;
    wcow_status status = platform_parse(l->host, l->options->platform, false, &wish, err);

    if (status)
        return status;
    choice = platform_choice(&wish);
    choice.strict = *wish.os_version || !text_equal(wish.architecture, "amd64");
    status = archive_load(&l->images, &input->source, &choice, &l->all, &l->lease, err);
    if (status)
        return status;
    status = finish(l, err);
    if (status)
        take_back(l, status);
    return status;
}

wcow_status wcow_image_load(wcow_host *host, const char *path, const wcow_load_options *options,
                            wcow_error *err)
{
    wcow_load_options how = WCOW_LOAD_OPTIONS_INIT;
    CLEANUP(loading) loading l = {.host = host, .options = &how, .all = LOADED_IMAGES_INIT};
    cleanup_file_input file_input input = {.done = 0};
    wcow_status status = options_copy(&how, sizeof how, options, "wcow_load_options", err);

    if (status)
        return status;
    status = listener_open(&l.told, NULL, how.progress, how.context, err);
    input.progress = &l.told.sink;
    if (!status)
        status = file_input_open(host, path, &input, err);
    if (!status)
        status = store_make_directory(host, host->root, err);
    if (!status)
        status = host_images(host, &l.images, err);
    return status ? status : load(&l, &input, err);
}
