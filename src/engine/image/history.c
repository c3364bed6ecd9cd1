/* SPDX-License-Identifier: MIT */
/* history: an image's steps and the sizes of its layers. */
#include <wcow/image.h>

#include <stdlib.h>

#include "base/error.h"
#include "docker/image_history.h"
#include "engine/host/image_layers.h"

/* The layers of an image, base first, while its history is walked. */
typedef struct walk {
    const image *image;
    layer_store layers;
    string_list chains;
    size_t next;
} walk;

static bool at_end(const walk *w)
{
    return w->next >= w->chains.count || w->next >= w->image->manifest->count;
}

static uint64_t next_size(walk *w)
{
    return at_end(w) ? 0 : image_layer_size(&w->layers, w->image, &w->chains, w->next++);
}

/* As many as `steps` has room for: a step each, then the layers that the history does not tell of.
 */
static size_t gather(walk *w, history_facts *steps)
{
    const image_config *config = w->image->config;
    size_t count = 0;

    for (; count < config->history_count; count++) {
        const image_history *step = &config->history[count];

        steps[count] = (history_facts){step, step->empty_layer ? 0 : next_size(w)};
    }
    for (; !at_end(w); count++)
        steps[count] = (history_facts){NULL, next_size(w)};
    return count;
}

static wcow_status print(walk *w, char **json, wcow_error *err)
{
    const image_config *config = w->image->config;
    cleanup_free history_facts *steps =
        calloc(config->history_count + w->chains.count + 1, sizeof *steps);
    char *printed;

    if (!steps)
        return error_no_memory(err);
    printed = image_history_print(w->image->record.id, steps, gather(w, steps));
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}

wcow_status wcow_image_history(wcow_host *host, const char *reference, char **json, wcow_error *err)
{
    cleanup_image image *found = NULL;
    walk w = {.next = 0};
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = host_layer_files(host, &w.layers, err);
    if (!status)
        status = image_store_open(&images, reference, &found, err);
    if (status)
        return status;
    w.image = found;
    status = layer_chain_ids(&found->config->diff_ids, &w.chains, err);
    if (!status)
        status = print(&w, json, err);
    string_list_free(&w.chains);
    return status;
}
