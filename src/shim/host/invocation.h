/* SPDX-License-Identifier: MIT */
/**
 * How the shim is called: containerd's flags, in the syntax of Go's flag package, and one word that
 * says what to do.
 */
#ifndef WCOW_SHIM_HOST_INVOCATION_H
#define WCOW_SHIM_HOST_INVOCATION_H

#include <stdbool.h>

#include <wcow/error.h>

typedef enum shim_action {
    SHIM_HELP, /* called with flags alone */
    SHIM_START,
    SHIM_DELETE,
    SHIM_SERVE,   /* the server itself: what `start` calls */
    SHIM_RELEASE, /* finishes what `delete` had no time for */
    SHIM_INFO,
    SHIM_VERSION,
} shim_action;

/** Texts are the caller's arguments; one that was not given is "". */
typedef struct shim_invocation {
    shim_action action;
    const char *space; /* containerd's namespace */
    const char *id;
    const char *address; /* of containerd, for gRPC */
    const char *publish_binary;
    const char *bundle;
    bool debug;
    /* What `start` tells the server. */
    const char *events;    /* containerd's address for ttrpc */
    const char *log_level; /* number as of shim_level */
    bool pod;
} shim_invocation;

/**
 * Reads the arguments behind the program's name and sees that what the action needs is there.
 *
 * @return WCOW_INVALID, with the words that hcsshim's shim has where containerd's tests know them
 */
WCOW_CHECKED wcow_status shim_invocation_parse(int count, char *const *arguments,
                                               shim_invocation *out, wcow_error *err);

#endif
