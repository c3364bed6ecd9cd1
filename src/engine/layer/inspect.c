/* SPDX-License-Identifier: MIT */
/* layer inspect: a layer's tar, entry by entry. */
#include <wcow/layer.h>

#include "base/error.h"
#include "engine/host/file_input.h"
#include "layer/import/layer_listing.h"

typedef struct listener {
    wcow_layer_entry_fn *each;
    void *context;
} listener;

static wcow_status tell(void *context, const listed_entry *e, wcow_error *err)
{
    const listener *to = context;
    const wcow_layer_entry entry = {
        .name = e->name,
        .hard_link = e->hard_link,
        .target = e->target,
        .whiteout = e->whiteout,
        .junction = e->junction,
        .security = e->security,
        .attribute_count = e->attribute_count,
        .stream_count = e->stream_count,
        .size = e->size,
        .attributes = e->info.attributes,
        .creation_time = e->info.creation,
        .access_time = e->info.access,
        .write_time = e->info.write,
        .change_time = e->info.change,
        .stream_length = e->stream_length,
        .stream_sha256 = e->stream_sha256,
    };

    return to->each(to->context, &entry) ? WCOW_OK : error_set(err, WCOW_CANCELLED, "cancelled");
}

wcow_status wcow_layer_inspect(wcow_host *host, const char *path, wcow_layer_entry_fn *each,
                               void *context, wcow_error *err)
{
    cleanup_file_input file_input input = {.progress = NULL};
    listener to = {each, context};
    wcow_status status = file_input_open(host, path, &input, err);

    if (status)
        return status;
    status = layer_list_entries(&input.source, tell, &to, err);
    return status ? error_wrap(err, status, "'%s'", path) : WCOW_OK;
}
