/* SPDX-License-Identifier: MIT */
/** A container as `docker inspect` shows it. */
#ifndef WCOW_DOCKER_CONTAINER_INSPECT_H
#define WCOW_DOCKER_CONTAINER_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "docker/container_network.h"
#include "docker/health_result.h"

typedef struct mount_facts {
    const char *type;
    const char *name; /* of a volume, NULL of others, as its driver */
    const char *source;
    const char *destination;
    const char *driver;
    const char *mode; /* "ro", "rw" or "" */
    bool writable;
} mount_facts;

/** The same as --mount asks for it. */
typedef struct mount_wish_facts {
    const char *type;
    const char *source; /* NULL: none */
    const char *target;
    bool read_only;
    bool creates_source;
    const char *const *labels; /* of a volume that is made */
    const char *subpath;       /* NULL: none */
} mount_wish_facts;

/**
 * What there is to say. All borrowed; lists are ended by NULL, and NULL is an empty one. Times are
 * nanoseconds since 1970, 0: never.
 */
typedef struct container_facts {
    const char *id;
    const char *name; /* without the slash that Docker puts before it */
    int64_t created;
    const char *path; /* what it runs, and its arguments */
    const char *const *path_arguments;
    const char *image;    /* as the user gave it */
    const char *image_id; /* "sha256:…" */
    const char *os_version;
    const char *log_path;
    const char *scratch; /* folder of its writable layer */
    const char *const *running_execs;

    const char *state; /* Docker's word */
    bool running;      /* paused is running, too */
    bool paused;
    bool restarting;
    uint32_t restart_count;
    bool dead;
    uint32_t pid; /* 0 unless it runs */
    uint32_t exit_code;
    const char *error;
    int64_t started;
    int64_t finished;
    const char *health; /* "starting", "healthy", "unhealthy"; "": there is no check */
    uint32_t health_streak;
    field_items health_log; /* of health_result */

    const char *log_driver;
    const char *const *log_options;
    const char *const *health_test;
    uint64_t health_interval; /* nanoseconds; 0, here and below: not said */
    uint64_t health_timeout;
    uint64_t health_start_period;
    uint64_t health_start_interval;
    uint64_t health_retries;

    const char *hostname;
    const char *domainname;
    const char *stop_signal; /* NULL: none */
    const char *user;
    const char *working_directory;
    const char *const *environment; /* "KEY=value" */
    const char *const *entrypoint;
    const char *const *arguments;
    const char *const *labels; /* "key=value" */
    bool tty;
    bool open_stdin;
    bool args_escaped;
    int stop_timeout; /* seconds */

    const char *const *binds; /* as the user gave them */
    const mount_facts *mounts;
    size_t mount_count;
    const mount_wish_facts *mount_wishes;
    size_t mount_wish_count;
    const char *const *volumes_from; /* as the user gave them */
    const char *const *volumes;      /* paths that are volumes, of the user's and the image's */
    const char *volume_driver;
    bool auto_remove;
    const char *restart_policy;
    uint32_t restart_maximum;
    const char *isolation;
    int schema;                         /* of its documents to the service: 1 or 2 */
    uint64_t memory;                    /* bytes, 0: no limit; as are the others */
    const char *const *storage_options; /* "size=30GB" */
    const char *const *security_options;
    const char *const *devices;
    const char *const *dns_search;
    uint64_t nano_cpus;
    uint64_t cpu_count;
    uint64_t cpu_percent;
    uint64_t cpu_shares;
    uint64_t io_bandwidth; /* bytes a second */
    uint64_t io_operations;

    network_facts network;
} container_facts;

/** The JSON, with every member that Docker's has; malloc'ed. NULL: out of memory. */
char *container_inspect_print(const container_facts *facts);

#endif
