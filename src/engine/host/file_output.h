/* SPDX-License-Identifier: MIT */
/** A file that a user named, or this process's standard output, as a sink. */
#ifndef WCOW_ENGINE_HOST_FILE_OUTPUT_H
#define WCOW_ENGINE_HOST_FILE_OUTPUT_H

#include "base/sink.h"
#include "engine/host/host.h"
#include "port/stream.h"

/** Must stay where it is: the sink points to it. */
typedef struct file_output {
    byte_sink sink;
    files_port *files;
    file *file;
    stream *stream;
    const char *path; /* borrowed */
    char *temporary;  /* what is written, until it is done */
} file_output;

/** Opens it; "-" is standard output. A file appears, or is replaced, only by file_output_done(). */
WCOW_CHECKED wcow_status file_output_open(wcow_host *host, const char *path, file_output *output,
                                          wcow_error *err);
/** All is written: flushes, and gives the file its name. */
WCOW_CHECKED wcow_status file_output_done(file_output *output, wcow_error *err);
/** Without file_output_done() before, nothing is left. */
void file_output_close(file_output *output);

DEFINE_CLEANUP_VALUE(file_output, file_output, file_output_close)
#define cleanup_file_output CLEANUP(file_output)

#endif
