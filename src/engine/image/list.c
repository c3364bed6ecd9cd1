/* SPDX-License-Identifier: MIT */
/* The list of images: `images`. */
#include <wcow/image.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/rows.h"
#include "engine/host/image_layers.h"

/* The texts of a row, in the order of add_row(). */
static const size_t texts[] = {
    offsetof(wcow_image_info, id),         offsetof(wcow_image_info, repository),
    offsetof(wcow_image_info, tag),        offsetof(wcow_image_info, digest),
    offsetof(wcow_image_info, os_version), offsetof(wcow_image_info, labels),
};

/* Of one that is damaged (NULL) only the names are known. */
static void add_row(row_builder *b, const layer_store *layers, const image_record *r,
                    const image *i)
{
    const image_reference *name = r->reference ? r->reference : r->origin;
    cleanup_free char *repository = name ? reference_repository(name) : NULL;
    const char *version = i ? i->config->os_version : NULL;
    const wcow_image_info row = {
        .created = i ? i->config->created_seconds : 0,
        .size = i ? image_size(layers, i) : 0,
    };

    rows_add(b, &row);
    rows_add_text(b, r->id);
    rows_add_text(b, repository ? repository : "<none>");
    rows_add_text(b, r->reference ? r->reference->tag : "<none>");
    rows_add_text(b, r->entry);
    rows_add_text(b, version ? version : "");
    rows_begin_text(b); /* an empty one ends them */
    for (size_t n = 0; i && n < i->config->labels.count; n++)
        text_add_bytes(&b->texts, i->config->labels.items[n],
                       strlen(i->config->labels.items[n]) + 1);
    text_add_bytes(&b->texts, "", 1);
}

/* Of the same second: image by image, and each one's names in order. */
static int newest_first(const void *a, const void *b)
{
    const wcow_image_info *left = a;
    const wcow_image_info *right = b;
    int order = (left->created < right->created) - (left->created > right->created);

    if (!order)
        order = strcmp(left->id, right->id);
    if (!order)
        order = strcmp(left->repository, right->repository);
    return order ? order : strcmp(left->tag, right->tag);
}

static row_builder rows_new(void)
{
    return (row_builder){.row_size = sizeof(wcow_image_info),
                         .members = texts,
                         .member_count = sizeof(texts) / sizeof(texts[0])};
}

wcow_status wcow_image_list(wcow_host *host, wcow_image_info **out, size_t *count, wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_rows row_builder b = rows_new();
    layer_store layers;
    wcow_image_info *block;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = host_layer_files(host, &layers, err);
    if (!status)
        status = image_store_list(&images, &records, err);
    if (status)
        return status;
    for (size_t i = 0; i < records.count; i++) {
        cleanup_image image *one = NULL;
        wcow_error problem = WCOW_ERROR_INIT;

        status = image_store_open(&images, records.items[i].id, &one, &problem);
        if (!status || status == WCOW_CORRUPT)
            add_row(&b, &layers, &records.items[i], one);
        else if (status != WCOW_NOT_FOUND) { /* removed meanwhile */
            if (err)
                *err = problem;
            return status;
        }
    }
    block = rows_take(&b);
    if (!block)
        return error_no_memory(err);
    if (b.count)
        qsort(block, b.count, sizeof *block, newest_first);
    *out = block;
    *count = b.count;
    return WCOW_OK;
}

/* Finds it, and opens it unless its config is damaged. */
static wcow_status find(wcow_host *host, const char *reference, image_record *record, image **out,
                        wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = image_store_find(&images, reference, record, err);
    if (status)
        return status;
    status = image_store_open(&images, record->id, out, &problem);
    if (status == WCOW_CORRUPT)
        return WCOW_OK;
    return error_pass(err, status, &problem);
}

wcow_status wcow_image_get_info(wcow_host *host, const char *reference, wcow_image_info **out,
                                wcow_error *err)
{
    cleanup_image_record image_record record = {0};
    cleanup_image image *opened = NULL;
    cleanup_rows row_builder b = rows_new();
    layer_store layers;
    wcow_image_info *block;
    wcow_status status = host_layer_files(host, &layers, err);

    if (!status)
        status = find(host, reference, &record, &opened, err);
    if (status)
        return status;
    add_row(&b, &layers, &record, opened);
    block = rows_take(&b);
    if (!block)
        return error_no_memory(err);
    *out = block;
    return WCOW_OK;
}

wcow_status wcow_image_exists(wcow_host *host, const char *reference, bool *exists, wcow_error *err)
{
    cleanup_image_record image_record record = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (status)
        return status;
    status = image_store_find(&images, reference, &record, &problem);
    if (status && status != WCOW_NOT_FOUND)
        return error_pass(err, status, &problem);
    *exists = !status;
    return WCOW_OK;
}
