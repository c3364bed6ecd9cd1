/* SPDX-License-Identifier: MIT */
/** "C:\host:C:\container[:ro]" taken apart. */
#ifndef WCOW_ENGINE_CONTAINER_MOUNT_SPEC_H
#define WCOW_ENGINE_CONTAINER_MOUNT_SPEC_H

#include <stdbool.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "port/files.h"

typedef struct mount_spec {
    const char *given; /* as the user wrote it; the caller's */
    char *source;
    char *destination;
    bool read_only;
} mount_spec;

#define MOUNT_SPEC_INIT                                                                            \
    {                                                                                              \
        NULL, NULL, NULL, false                                                                    \
    }

void mount_spec_free(mount_spec *mount);
DEFINE_CLEANUP_VALUE(mount_spec, mount_spec, mount_spec_free)
#define cleanup_mount_spec CLEANUP(mount_spec)

/** Colons of drives do not part; named pipes (\\.\pipe\…) are mounts, too. */
WCOW_CHECKED wcow_status mount_spec_parse(const char *specification, mount_spec *out,
                                          wcow_error *err);

/**
 * Whether what is to be mounted is a folder that is there, or a pipe: the service maps nothing
 * else, and says so when the container starts, without the path.
 */
WCOW_CHECKED wcow_status mount_source_check(files_port *files, const mount_spec *mount,
                                            wcow_error *err);

/** All mounts of a container. */
typedef struct mount_list {
    mount_spec *items;
    size_t count;
} mount_list;

#define MOUNT_LIST_INIT                                                                            \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

void mount_list_free(mount_list *list);
DEFINE_CLEANUP_VALUE(mount_list, mount_list, mount_list_free)

/** @param specifications  NULL-terminated; NULL: none */
WCOW_CHECKED wcow_status mount_list_parse(const char *const *specifications, mount_list *out,
                                          wcow_error *err);

#endif
