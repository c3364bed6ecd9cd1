/* SPDX-License-Identifier: MIT */
/* inspect: what there is to say of an image. */
#include <wcow/image.h>

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "docker/image_inspect.h"
#include "engine/host/image_layers.h"

/* Every name of the image, as tags and as digests; and when it was last tagged here, as Docker: a
 * name that came with a pull or load is no tagging. */
typedef struct names {
    string_list tags;
    string_list digests;
    int64_t tagged;
} names;

static void names_free(names *n)
{
    string_list_free(&n->tags);
    string_list_free(&n->digests);
}

DEFINE_CLEANUP_VALUE(names, names, names_free)

static bool add_name(names *out, const image_record *r)
{
    const image_reference *name = r->reference ? r->reference : r->origin;
    cleanup_free char *repository = NULL;
    cleanup_free char *digest = NULL;

    if (!name)
        return true;
    repository = reference_repository(name);
    digest = repository ? text_format("%s@%s", repository, r->entry) : NULL;
    if (!digest || (r->reference && !string_list_own(&out->tags, reference_familiar(r->reference))))
        return false;
    return string_list_contains(&out->digests, digest) || string_list_add(&out->digests, digest);
}

static wcow_status find_names(const image_store *images, const image *i, names *out,
                              wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    wcow_status status = image_store_list(images, &records, err);

    for (size_t n = 0; n < records.count && !status; n++) {
        const image_record *r = &records.items[n];

        if (!text_equal(r->id, i->record.id))
            continue;
        if (r->tagged > out->tagged)
            out->tagged = r->tagged;
        if (!add_name(out, r))
            status = error_no_memory(err);
    }
    return status;
}

/* Where its topmost layer is; NULL: it is not imported. */
static layer *find_top(const layer_store *layers, const image *i)
{
    layer *top = NULL;
    layer_id chain;

    return !image_chain(i, chain, NULL) && !layer_open(layers, chain, &top, NULL) ? top : NULL;
}

wcow_status wcow_image_inspect(wcow_host *host, const char *reference, char **json, wcow_error *err)
{
    cleanup_image image *found = NULL;
    cleanup_layer layer *top = NULL;
    CLEANUP(names) names n = {STRING_LIST_INIT, STRING_LIST_INIT, 0};
    layer_store layers;
    image_store images;
    char *printed;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = host_layer_files(host, &layers, err);
    if (!status)
        status = image_store_open(&images, reference, &found, err);
    if (!status)
        status = find_names(&images, found, &n, err);
    if (status)
        return status;
    top = find_top(&layers, found);
    printed = image_inspect_print(&(image_facts){
        .id = found->record.id,
        .tags = (const char *const *)n.tags.items,
        .digests = (const char *const *)n.digests.items,
        .config = found->config,
        .folder = top ? top->path : NULL,
        .size = image_size(&layers, found),
        .tagged = n.tagged,
    });
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
