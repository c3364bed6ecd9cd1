/* SPDX-License-Identifier: MIT */
/* A file that a user named, or standard input. */
#include "engine/host/file_input.h"

#include "base/error.h"
#include "base/text.h"

static wcow_status read_input(void *context, void *buffer, size_t size, size_t *got,
                              wcow_error *err)
{
    file_input *input = context;
    wcow_status status =
        progress_tell(input->progress, input->path, "Reading", input->done, input->size, err);
    int32_t hr;

    if (status)
        return status;
    hr = input->file ? input->files->read_some(input->files, input->file, buffer, size, got)
                     : stream_read(input->stream, buffer, size, got);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "read"), "cannot read '%s'", input->path);
    input->done += *got;
    return WCOW_OK;
}

wcow_status file_input_open(wcow_host *host, const char *path, file_input *input, wcow_error *err)
{
    file_info info = {.size = 0};
    wcow_status status = host_files(host, &input->files, err);
    int32_t hr;

    if (status)
        return status;
    input->source = (byte_source){.read = read_input, .context = input};
    input->path = path;
    if (text_equal(path, "-")) {
        hr = stream_standard(STANDARD_INPUT, &input->stream);
        return error_check(err, hr, "open standard input");
    }
    hr = input->files->info(input->files, path, &info);
    if (HR_SUCCEEDED(hr) && info.kind == FILE_KIND_DIRECTORY)
        return error_set(err, WCOW_INVALID, "cannot open '%s': it is a folder, not a file", path);
    if (HR_SUCCEEDED(hr))
        hr = input->files->open(input->files, path, FILE_READ, &input->file);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "open"), "cannot open '%s'", path);
    input->size = info.size;
    return WCOW_OK;
}

void file_input_close(file_input *input)
{
    if (input->file)
        input->files->close(input->files, input->file);
    stream_free(input->stream);
}
