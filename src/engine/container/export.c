/* SPDX-License-Identifier: MIT */
/* export: a container's whole file system as a tar. */
#include <stdlib.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/container_event.h"
#include "engine/container/resting.h"
#include "engine/host/file_output.h"
#include "image/store/blob.h"
#include "layer/export/export_tree.h"
#include "layer/export/hive_stack.h"
#include "layer/store/scratch.h"

/* ---- the registry ---- */

/* What the layers above the base change, from their blobs. */
static wcow_status add_layers(wcow_host *host, const record *r, hive_stack *stack, wcow_error *err)
{
    cleanup_image image *i = NULL;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = image_store_open(&images, r->image_id, &i, err);
    if (status == WCOW_NOT_FOUND)
        return error_set(err, WCOW_UNSUPPORTED, "its image %s is gone", r->image);
    for (size_t n = 1; !status && n < i->manifest->count; n++) {
        cleanup_blob_reader blob_reader *blob = NULL;

        status = blob_open(&images, i->manifest->items[n].digest, &blob, err);
        if (!status)
            status = hive_stack_add_layer(stack, blob_source(blob), err);
    }
    return status;
}

static wcow_status collect_registry(wcow_host *host, resting *r, hive_stack *stack, wcow_error *err)
{
    const char *base = r->chain.items[r->chain.count - 1].path;
    hives_port *hives = NULL;
    wcow_status status = host_hives(host, &hives, err);

    if (!status)
        status = hive_stack_open(&r->layers, hives, &host->version, base, stack, err);
    if (!status)
        status = add_layers(host, r->record, stack, err);
    return status ? status : hive_stack_add_scratch(stack, r->scratch, &r->chain, err);
}

/* Old hosts cannot do it, and without its image nobody can: then its files are what there is. */
static wcow_status make_registry(wcow_container *container, resting *r, hive_stack *stack,
                                 char **warning, wcow_error *err)
{
    wcow_error why = WCOW_ERROR_INIT;
    wcow_status status = collect_registry(container->host, r, stack, &why);

    if (status != WCOW_UNSUPPORTED && status != WCOW_UNAVAILABLE) {
        if (status && err)
            *err = why;
        return status;
    }
    *warning = text_format("what container %s changed in the registry is not exported: %s",
                           container->name, why.message);
    hive_stack_close(stack);
    return *warning ? WCOW_OK : error_no_memory(err);
}

/* ---- the whole ---- */

/* The layer's folder whose utility VM the container would boot; NULL: there is none. */
static wcow_status find_utility_vm(const resting *r, char **out, wcow_error *err)
{
    cleanup_free char *folder = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = layer_chain_utility_vm(&r->layers, &r->chain, &folder, &problem);

    if (status == WCOW_NOT_FOUND)
        return WCOW_OK;
    if (status)
        return error_pass(err, status, &problem);
    *out = path_parent(folder);
    return *out ? WCOW_OK : error_no_memory(err);
}

/* Mounted for process isolation, whatever the container's own: the volume is the same. */
static wcow_status write_mounted(const resting *r, const char *hives, const byte_sink *sink,
                                 wcow_error *err)
{
    cleanup_free char *volume = NULL;
    cleanup_free char *utility_vm = NULL;
    tree_parts parts = {.hives = hives};
    wcow_status unmounted;
    wcow_status status = find_utility_vm(r, &utility_vm, err);

    if (!status)
        status = scratch_mount(&r->layers, r->scratch, &r->chain, &volume, err);
    if (status)
        return status;
    resting_forget_names(r, volume);
    parts.volume = volume;
    parts.utility_vm = utility_vm;
    status = tree_write_tar(r->layers.files, &parts, sink, err);
    unmounted = scratch_unmount(&r->layers, r->scratch, status ? NULL : err);
    return status ? status : unmounted;
}

static wcow_status write_whole(wcow_container *container, resting *r, const byte_sink *sink,
                               char **warning, wcow_error *err)
{
    hive_stack stack = HIVE_STACK_INIT;
    wcow_status status = make_registry(container, r, &stack, warning, err);

    if (!status)
        status = write_mounted(r, hive_stack_folder(&stack), sink, err);
    hive_stack_close(&stack);
    return status;
}

static wcow_status export_to(wcow_container *container, const char *path, char **warning,
                             wcow_error *err)
{
    cleanup_file_output file_output output = {.path = path};
    cleanup_resting resting source = RESTING_INIT;
    wcow_status status = resting_take(container, "export", &source, err);

    if (!status)
        status = file_output_open(container->host, path, &output, err);
    if (!status)
        status = write_whole(container, &source, &output.sink, warning, err);
    if (!status)
        status = resting_done(container, err);
    if (!status)
        status = file_output_done(&output, err);
    if (!status)
        container_event_of(container->host, container->id, "export", NULL, 0);
    return status;
}

wcow_status wcow_container_export(wcow_container *container, const char *path, char **warning,
                                  wcow_error *err)
{
    cleanup_free char *told = NULL;
    wcow_status status = export_to(container, path, &told, err);

    if (status && status != WCOW_CONFLICT)
        return error_wrap(err, status, "cannot export container %s", container->name);
    if (!status && warning)
        *warning = TAKE(told);
    return status;
}
