/* SPDX-License-Identifier: MIT */
/* Reading one file of a log. */
#include "engine/container/log_input.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/source.h"
#include "engine/container/log_files.h"
#include "layer/codec/decompress.h"

struct log_input {
    files_port *files;
    file *file;
    byte_source packed;         /* the file as it is */
    decompressor *decompressor; /* NULL: it is not compressed */
};

void log_input_free(log_input *input)
{
    if (!input)
        return;
    decompressor_free(input->decompressor);
    if (input->file)
        input->files->close(input->files, input->file);
    free(input);
}

static wcow_status read_file(void *context, void *buffer, size_t size, size_t *got, wcow_error *err)
{
    log_input *input = context;

    return error_check(err, input->files->read_some(input->files, input->file, buffer, size, got),
                       "read the log");
}

/* NULL, without an error: it is not there. */
static wcow_status open_path(wcow_host *host, const char *path, log_input **out, wcow_error *err)
{
    cleanup_log_input log_input *input = calloc(1, sizeof *input);
    wcow_status status =
        path && input ? host_files(host, &input->files, err) : error_no_memory(err);
    int32_t hr;

    if (status)
        return status;
    hr = input->files->open(input->files, path, FILE_READ, &input->file);
    if (hr == HR_FILE_NOT_FOUND)
        return WCOW_OK;
    status = error_check(err, hr, "open the log");
    if (!status)
        *out = TAKE(input);
    return status;
}

static wcow_status open_packed(wcow_host *host, const char *id, uint64_t number, log_input **out,
                               wcow_error *err)
{
    cleanup_free char *path = log_path_packed(host, id, number);
    cleanup_log_input log_input *input = NULL;
    wcow_status status = open_path(host, path, &input, err);

    if (status || !input)
        return status;
    input->packed = (byte_source){.read = read_file, .context = input};
    status = decompressor_new(&input->packed, &input->decompressor, err);
    if (status)
        return error_wrap(err, status, "cannot read '%s'", path);
    *out = TAKE(input);
    return WCOW_OK;
}

/* A compressed one is whole before what it was made of goes. */
wcow_status log_input_open(wcow_host *host, const char *id, uint64_t number, log_input **out,
                           wcow_error *err)
{
    cleanup_free char *path = log_path(host, id, number);
    log_input *input = NULL;
    wcow_status status = open_path(host, path, &input, err);

    if (!status && !input && number)
        status = open_packed(host, id, number, &input, err);
    if (!status)
        *out = input;
    return status;
}

wcow_status log_input_read(log_input *input, void *buffer, size_t size, size_t *got,
                           wcow_error *err)
{
    if (!input->decompressor)
        return read_file(input, buffer, size, got, err);
    return source_read(decompressor_source(input->decompressor), buffer, size, got, err);
}

wcow_status log_input_rewind(log_input *input, wcow_error *err)
{
    return error_check(err, input->files->seek(input->files, input->file, 0), "read the log");
}
