/* SPDX-License-Identifier: MIT */
/* A file that a user named, or standard output. */
#include "engine/host/file_output.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "port/hash.h"

static wcow_status told(const file_output *output, int32_t hr, const char *call, wcow_error *err)
{
    if (HR_SUCCEEDED(hr))
        return WCOW_OK;
    if (hr == HR_BROKEN_PIPE && text_equal(output->path, "-")) {
        /* Whoever read is gone, as head -c: the container, of which the code's hint tells, is not.
         */
        error_set(err, WCOW_STOPPED, "cannot write to standard output: its reader has closed it");
        if (err)
            err->hresult = hr;
        return WCOW_STOPPED;
    }
    return error_wrap(err, error_hresult(err, hr, call), "cannot write '%s'", output->path);
}

static wcow_status write_output(void *context, const void *bytes, size_t size, wcow_error *err)
{
    file_output *output = context;
    int32_t hr = output->file ? output->files->write_all(output->files, output->file, bytes, size)
                              : stream_write(output->stream, bytes, size);

    return told(output, hr, "write", err);
}

wcow_status file_output_open(wcow_host *host, const char *path, file_output *output,
                             wcow_error *err)
{
    uint32_t random = 0;
    file_info info;
    wcow_status status = host_files(host, &output->files, err);

    if (status)
        return status;
    output->sink = (byte_sink){write_output, output};
    output->path = path;
    if (text_equal(path, "-"))
        return told(output, stream_standard(STANDARD_OUTPUT, &output->stream), "open", err);
    if (HR_SUCCEEDED(output->files->info(output->files, path, &info)) &&
        info.kind == FILE_KIND_DIRECTORY)
        return error_set(err, WCOW_INVALID, "cannot write '%s': it is a folder, not a file", path);
    status = told(output, random_bytes(&random, sizeof(random)), "get random bytes", err);
    if (status)
        return status;
    output->temporary = text_format("%s.%08x", path, (unsigned)random);
    if (!output->temporary)
        return error_no_memory(err);
    return told(output,
                output->files->open(output->files, output->temporary, FILE_CREATE, &output->file),
                "create", err);
}

wcow_status file_output_done(file_output *output, wcow_error *err)
{
    files_port *files = output->files;
    int32_t hr;

    if (!output->file)
        return WCOW_OK;
    hr = files->flush(files, output->file);
    files->close(files, output->file);
    output->file = NULL;
    if (HR_SUCCEEDED(hr)) {
        hr = files->remove_file(files, output->path);
        if (HR_SUCCEEDED(hr) || hr == HR_FILE_NOT_FOUND)
            hr = files->rename(files, output->temporary, output->path);
    }
    if (HR_FAILED(hr)) {
        (void)files->remove_file(files, output->temporary);
        return told(output, hr, "put it in place", err);
    }
    free(output->temporary);
    output->temporary = NULL;
    return WCOW_OK;
}

void file_output_close(file_output *output)
{
    if (output->file) {
        output->files->close(output->files, output->file);
        (void)output->files->remove_file(output->files, output->temporary);
    }
    free(output->temporary);
    stream_free(output->stream);
}
