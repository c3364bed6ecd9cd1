/* SPDX-License-Identifier: MIT */
/* How an image came to be: `history`. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "engine/host/image_layers.h"

/* The layers of an image, base first, while its history is walked. */
typedef struct walk {
    const image *image;
    layer_store layers;
    string_list chains;
    size_t next;
} walk;

static uint64_t next_size(walk *w)
{
    const size_t n = w->next++;

    return n < w->chains.count && n < w->image->manifest->count
               ? image_layer_size(&w->layers, w->image, &w->chains, n)
               : 0;
}

static cJSON *row_new(const image_history *step, uint64_t size)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    int64_t created = 0;
    bool fine;

    if (step->created && !time_parse(step->created, &created))
        created = 0;
    fine = row && json_add_text(row, "Id", "<missing>") &&
           json_add_integer(row, "Created", created / 1000000000) &&
           json_add_text(row, "CreatedBy", step->created_by ? step->created_by : "") &&
           json_add_integer(row, "Size", (int64_t)size) &&
           json_add_text(row, "Comment", step->comment ? step->comment : "");
    return fine ? TAKE(row) : NULL;
}

/* Newest first, as Docker shows it; only the image itself has an id. */
static bool add_row(cJSON *rows, cJSON *row)
{
    if (!row)
        return false;
    if (!cJSON_InsertItemInArray(rows, 0, row)) {
        cJSON_Delete(row);
        return false;
    }
    return true;
}

static bool add_steps(walk *w, cJSON *rows)
{
    const image_config *config = w->image->config;
    static const image_history unknown = {0};

    for (size_t i = 0; i < config->history_count; i++) {
        const image_history *step = &config->history[i];

        if (!add_row(rows, row_new(step, step->empty_layer ? 0 : next_size(w))))
            return false;
    }
    /* Layers that the history does not tell of. */
    while (w->next < config->diff_ids.count && w->next < w->image->manifest->count)
        if (!add_row(rows, row_new(&unknown, next_size(w))))
            return false;
    return true;
}

wcow_status wcow_image_history(wcow_host *host, const char *reference, char **json, wcow_error *err)
{
    cleanup_image image *found = NULL;
    cleanup_json cJSON *rows = cJSON_CreateArray();
    walk w = {.next = 0};
    image_store images;
    char *printed;
    bool fine;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = host_layer_files(host, &w.layers, err);
    if (!status)
        status = image_store_open(&images, reference, &found, err);
    if (status)
        return status;
    w.image = found;
    status = layer_chain_ids(&found->config->diff_ids, &w.chains, err);
    fine = !status && rows && add_steps(&w, rows);
    string_list_free(&w.chains);
    if (status)
        return status;
    if (!fine)
        return error_no_memory(err);
    if (rows->child && !cJSON_ReplaceItemInObjectCaseSensitive(
                           rows->child, "Id", cJSON_CreateString(found->record.id)))
        return error_no_memory(err);
    printed = json_print(rows);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
