/* SPDX-License-Identifier: MIT */
/** A file that a user named, or this process's standard input, as a source. */
#ifndef WCOW_ENGINE_HOST_FILE_INPUT_H
#define WCOW_ENGINE_HOST_FILE_INPUT_H

#include "base/progress.h"
#include "base/source.h"
#include "engine/host/host.h"
#include "port/stream.h"

/** Must stay where it is. */
typedef struct file_input {
    byte_source source;
    progress_sink *progress; /* told of each read; set by the caller before, or NULL */
    files_port *files;
    file *file;
    stream *stream;
    const char *path;    /* borrowed */
    uint64_t size, done; /* bytes; size 0: unknown */
} file_input;

/** Opens it; "-" is standard input. */
WCOW_CHECKED wcow_status file_input_open(wcow_host *host, const char *path, file_input *input,
                                         wcow_error *err);
void file_input_close(file_input *input);

DEFINE_CLEANUP_VALUE(file_input, file_input, file_input_close)
#define cleanup_file_input CLEANUP(file_input)

#endif
