/* SPDX-License-Identifier: MIT */
/**
 * What is mounted into a container, as users write it: "C:\host:C:\container[:ro]" of -v
 * (mount_spec.c), "type=bind,source=…" of --mount (mount_option.c).
 */
#ifndef WCOW_ENGINE_CONTAINER_MOUNT_SPEC_H
#define WCOW_ENGINE_CONTAINER_MOUNT_SPEC_H

#include <stdbool.h>

#include <wcow/container.h>

#include "base/cleanup.h"
#include "base/strings.h"
#include "port/files.h"

typedef enum mount_type {
    MOUNT_BIND,   /* a folder of the host */
    MOUNT_VOLUME, /* a folder that wcow keeps under a name */
    MOUNT_PIPE,   /* a named pipe of the host */
} mount_type;

/** Docker's words for them, ended by NULL. */
extern const char *const mount_types[];

/** Where a mount was asked for: what counts if two have one destination. */
typedef enum mount_origin {
    MOUNT_FROM_VOLUME,    /* -v SOURCE:DESTINATION */
    MOUNT_FROM_OPTION,    /* --mount */
    MOUNT_FROM_CONTAINER, /* --volumes-from */
    MOUNT_FROM_CONFIG,    /* -v DESTINATION alone, or the image's VOLUME */
} mount_origin;

/** One mount. The first members are kept in container.json, the others are there to make it. */
typedef struct mount_spec {
    mount_type type;
    char *name;        /* of a volume; "" until an anonymous one gets one, and of others */
    char *source;      /* on the host; "" until it is known where a volume is */
    char *destination; /* in the container */
    char *mode;        /* as -v has it: "ro", "rw" or "" */
    bool read_only;
    bool anonymous;   /* nobody gave the volume a name: it may go with the container (rm -v) */
    bool with_option; /* --mount asked for it: Docker shows those apart */
    /* ---- for making it ---- */
    mount_origin origin;
    char *given;         /* as it was written, a relative source made whole */
    char *subpath;       /* folder in the volume; NULL: all of it */
    string_list labels;  /* for a volume that is made */
    bool copies;         /* what the image has there goes into the volume, if that is empty */
    bool creates_source; /* a folder of the host that is not there is made */
} mount_spec;

#define MOUNT_SPEC_INIT                                                                            \
    {                                                                                              \
        .type = MOUNT_BIND                                                                         \
    }

void mount_spec_free(mount_spec *mount);
DEFINE_CLEANUP_VALUE(mount_spec, mount_spec, mount_spec_free)
#define cleanup_mount_spec CLEANUP(mount_spec)

/** -v: colons of drives do not part; named pipes (\\.\pipe\…) are mounts, too. */
WCOW_CHECKED wcow_status mount_spec_parse(const char *specification, mount_spec *out,
                                          wcow_error *err);
/** --mount: comma-separated key=value, those with commas in quotes. */
WCOW_CHECKED wcow_status mount_option_parse(const char *option, mount_spec *out, wcow_error *err);

/**
 * Whether what is to be mounted is a folder that is there, or a pipe: the service maps nothing
 * else, and says so when the container starts, without the path.
 */
WCOW_CHECKED wcow_status mount_source_check(files_port *files, const mount_spec *mount,
                                            wcow_error *err);

/* ---- what both grammars share ---- */

bool mount_is_pipe(const char *path);
/** A source that begins with a dot is one of this process's folder. False: out of memory. */
bool mount_take_source(mount_spec *mount, const char *source, size_t length);
/** Checks and takes a destination: slashes turned, none at its end. `what` names the mount. */
WCOW_CHECKED wcow_status mount_take_destination(mount_spec *mount, const char *destination,
                                                size_t length, const char *what, wcow_error *err);
/** A volume's name as it is kept (Docker keeps small letters on Windows), if it may be one. */
WCOW_CHECKED wcow_status mount_take_name(mount_spec *mount, const char *name, wcow_error *err);
/** WCOW_INVALID, "invalid mount config for type "bind": …", the mount named before it. */
wcow_status mount_misconfigured(const mount_spec *mount, wcow_error *err, const char *format, ...)
    WCOW_PRINTF(3, 4);

/** All mounts of a container. Begins as field_items (base/fields.h) does. */
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

/** Adds one, and owns what it has from then on; it is freed when that fails: out of memory. */
bool mount_list_add(mount_list *list, mount_spec *mount);

/** The spec's: those of -v first, then those of --mount. */
WCOW_CHECKED wcow_status mount_list_parse(const wcow_container_spec *spec, mount_list *out,
                                          wcow_error *err);

#endif
