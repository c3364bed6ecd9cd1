/* SPDX-License-Identifier: MIT */
/* export: a container's whole file system as a tar. */
#include "base/error.h"
#include "container/file_output.h"
#include "container/resting.h"
#include "layer/export_tree.h"

/* Mounted for process isolation, whatever the container's own: the volume is the same. */
static wcow_status write_mounted(const resting *r, const byte_sink *sink, wcow_error *err)
{
    cleanup_free char *volume = NULL;
    wcow_status unmounted;
    wcow_status status = scratch_mount(&r->layers, r->scratch, &r->chain, &volume, err);

    if (status)
        return status;
    status = tree_write_tar(r->layers.files, volume, sink, err);
    unmounted = scratch_unmount(&r->layers, r->scratch, status ? NULL : err);
    return status ? status : unmounted;
}

static wcow_status export_to(wcow_container *container, const char *path, wcow_error *err)
{
    cleanup_file_output file_output output = {.path = path};
    cleanup_resting resting source = RESTING_INIT;
    wcow_status status = resting_take(container, "export", &source, err);

    if (!status)
        status = file_output_open(container->host, path, &output, err);
    if (!status)
        status = write_mounted(&source, &output.sink, err);
    if (!status)
        status = resting_done(container, err);
    return status ? status : file_output_done(&output, err);
}

wcow_status wcow_container_export(wcow_container *container, const char *path, wcow_error *err)
{
    wcow_status status = export_to(container, path, err);

    if (status && status != WCOW_CONFLICT)
        return error_wrap(err, status, "cannot export container %s", container->name);
    return status;
}
