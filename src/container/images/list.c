/* SPDX-License-Identifier: MIT */
/* The list of images: `images`. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "container/host/layers.h"

#define TEXTS 6 /* of a row: id, repository, tag, digest, version, labels */

typedef struct builder {
    text texts;
    wcow_image_info *rows;
    size_t (*offsets)[TEXTS];
    size_t count;
} builder;

static void builder_free(builder *b)
{
    text_free(&b->texts);
    free(b->rows);
    free(b->offsets);
}

DEFINE_CLEANUP_VALUE(builder, builder, builder_free)

static size_t add_text(builder *b, const char *value)
{
    const size_t at = b->texts.length;

    text_add_bytes(&b->texts, value, strlen(value) + 1);
    return at;
}

uint64_t image_size(const layer_store *layers, const image *i)
{
    uint64_t size = 0;
    layer_id parent;

    for (size_t n = 0; n < i->config->diff_ids.count && n < i->manifest->count; n++) {
        cleanup_layer layer *present = NULL;
        layer_id chain;

        if (layer_chain_id(n ? parent : NULL, i->config->diff_ids.items[n], chain, NULL))
            break;
        if (!layer_open(layers, chain, &present, NULL))
            size += present->size;
        else
            size += i->manifest->items[n].size;
        memcpy(parent, chain, sizeof parent);
    }
    return size;
}

/* Of one that is damaged (NULL) only the names are known. */
static void add_row(builder *b, const layer_store *layers, const image_record *r, const image *i)
{
    const image_reference *name = r->reference ? r->reference : r->origin;
    cleanup_free char *repository = name ? reference_repository(name) : NULL;
    wcow_image_info *row = &b->rows[b->count];
    size_t *at = b->offsets[b->count++];
    const char *version = i ? i->config->os_version : NULL;

    at[0] = add_text(b, r->id);
    at[1] = add_text(b, repository ? repository : "<none>");
    at[2] = add_text(b, r->reference ? r->reference->tag : "<none>");
    at[3] = add_text(b, r->entry);
    at[4] = add_text(b, version ? version : "");
    at[5] = b->texts.length;
    for (size_t n = 0; i && n < i->config->labels.count; n++)
        add_text(b, i->config->labels.items[n]);
    add_text(b, "");
    row->created = i ? i->config->created_seconds : 0;
    row->size = i ? image_size(layers, i) : 0;
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

static wcow_image_info *one_block(const builder *b)
{
    const size_t rows = b->count * sizeof(wcow_image_info);
    char *block = malloc(rows + b->texts.length + 1);
    wcow_image_info *row = (wcow_image_info *)(void *)block;

    if (!block || b->texts.failed) {
        free(block);
        return NULL;
    }
    if (rows)
        memcpy(block, b->rows, rows);
    memcpy(block + rows, text_get(&b->texts), b->texts.length);
    for (size_t i = 0; i < b->count; i++) {
        const char *texts = block + rows;

        row[i].id = texts + b->offsets[i][0];
        row[i].repository = texts + b->offsets[i][1];
        row[i].tag = texts + b->offsets[i][2];
        row[i].digest = texts + b->offsets[i][3];
        row[i].os_version = texts + b->offsets[i][4];
        row[i].labels = texts + b->offsets[i][5];
    }
    if (b->count)
        qsort(row, b->count, sizeof *row, newest_first);
    return row;
}

wcow_status wcow_image_list(wcow_host *host, wcow_image_info **out, size_t *count, wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    CLEANUP(builder) builder b = {.texts = TEXT_INIT};
    layer_store layers = {.root = host->root};
    wcow_image_info *block;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = image_store_list(&images, &records, err);
    if (status)
        return status;
    layers.files = images.files;
    b.rows = calloc(records.count + 1, sizeof *b.rows);
    b.offsets = calloc(records.count + 1, sizeof *b.offsets);
    if (!b.rows || !b.offsets)
        return error_no_memory(err);
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
    block = one_block(&b);
    if (!block)
        return error_no_memory(err);
    *out = block;
    *count = b.count;
    return WCOW_OK;
}
