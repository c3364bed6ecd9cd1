/* SPDX-License-Identifier: MIT */
/* The file that is exported, read piece by piece. */
#include "layer/export/export_input.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static void close_input(export_input *in)
{
    files_port *files = in->from->files;

    if (in->file)
        files->close(files, in->file);
    if (in->backup)
        files->backup_close(files, in->backup);
    in->file = NULL;
    in->backup = NULL;
}

void export_input_clear(export_input *in)
{
    close_input(in);
    free(in->piece);
}

static wcow_status fill(export_input *in, wcow_error *err)
{
    files_port *files = in->from->files;
    size_t got = 1;

    in->size = 0;
    in->at = 0;
    in->whole = false;
    while (in->size < EXPORT_PIECE_SIZE && got > 0) {
        char *to = in->piece + in->size;
        size_t left = EXPORT_PIECE_SIZE - in->size;
        int32_t hr = in->backup ? files->backup_read(files, in->backup, to, left, &got)
                                : files->read_some(files, in->file, to, left, &got);

        if (HR_FAILED(hr))
            return error_hresult(err, hr, in->backup ? "BackupRead" : "read");
        in->size += got;
    }
    return WCOW_OK;
}

wcow_status export_input_read(void *context, void *buffer, size_t size, size_t *got,
                              wcow_error *err)
{
    export_input *in = context;
    wcow_status status = in->at == EXPORT_PIECE_SIZE ? fill(in, err) : WCOW_OK;

    if (status)
        return status;
    if (size > in->size - in->at)
        size = in->size - in->at;
    memcpy(buffer, in->piece + in->at, size);
    in->at += size;
    *got = size;
    return WCOW_OK;
}

static wcow_status open_input(export_input *in, wcow_error *err)
{
    const exported_file *from = in->from;
    files_port *files = from->files;

    return error_check(err,
                       from->path
                           ? files->open(files, from->path, FILE_READ, &in->file)
                           : files->tree_backup_open(files, from->tree, from->in_tree, &in->backup),
                       "open");
}

wcow_status export_input_start(export_input *in, wcow_error *err)
{
    wcow_status status = in->file || in->backup ? WCOW_OK : open_input(in, err);

    in->source = (byte_source){.read = export_input_read, .context = in};
    if (!in->piece)
        in->piece = malloc(EXPORT_PIECE_SIZE);
    if (!status)
        status = in->piece ? fill(in, err) : error_no_memory(err);
    if (!status && in->size < in->head)
        status = error_set(err, WCOW_CORRUPT, "its attributes are cut off");
    in->at = in->head;
    in->whole = in->size < EXPORT_PIECE_SIZE;
    return status;
}

wcow_status export_input_restart(export_input *in, wcow_error *err)
{
    in->at = in->head;
    if (in->whole)
        return WCOW_OK;
    close_input(in);
    return export_input_start(in, err);
}
