/* SPDX-License-Identifier: MIT */
/** Where a process's output is to go, if not into a pipe: URIs as containerd's clients write them.
 */
#ifndef WCOW_SHIM_STDIO_LOG_URI_H
#define WCOW_SHIM_STDIO_LOG_URI_H

#include <wcow/error.h>

#include "base/strings.h"

typedef enum log_kind {
    LOG_NONE,   /* no URI: a pipe's name, or nothing */
    LOG_BINARY, /* binary:///C:/path/program.exe?key=value&…: a program that gets it */
    LOG_FILE,   /* file:///C:/path/file.log: appended to */
} log_kind;

typedef struct log_uri {
    log_kind kind;
    char *path;            /* with '\' where it has a drive */
    string_list arguments; /* of a program: each key, and its value if it has one */
} log_uri;

#define LOG_URI_INIT                                                                               \
    {                                                                                              \
        LOG_NONE, NULL, STRING_LIST_INIT                                                           \
    }

/** Longer ones are refused: a command line of Windows has no more, either. */
#define LOG_URI_LIMIT 32767

/**
 * Reads one. Keys and values are decoded as those of a form ('+' is a blank); of a key that comes
 * twice, the first counts. The path is of this computer: one of a share, of a device, of another
 * host, or relative, is refused, and so is what cannot be decoded.
 *
 * @return WCOW_INVALID, with words for the user
 */
WCOW_CHECKED wcow_status log_uri_parse(const char *text, log_uri *out, wcow_error *err);
void log_uri_free(log_uri *uri);

DEFINE_CLEANUP_VALUE(log_uri, log_uri, log_uri_free)
#define cleanup_log_uri CLEANUP(log_uri)

#endif
