/* SPDX-License-Identifier: MIT */
/**
 * Volumes on the disk: volumes/<name>/ with `_data`, which containers see, and volume.json beside
 * it, which they do not. A volume comes and goes by one rename, under containers.lock
 * (engine/container/catalog.h): so whoever holds that knows which there are, and who uses them.
 */
#ifndef WCOW_ENGINE_HOST_VOLUME_STORE_H
#define WCOW_ENGINE_HOST_VOLUME_STORE_H

#include "base/json.h"
#include "engine/host/store.h"

#define VOLUME_DRIVER "local"
/** What Docker marks those with that nobody gave a name. */
#define VOLUME_ANONYMOUS_LABEL "com.docker.volume.anonymous"

/** volume.json. A folder without one, or with a damaged one, is a volume all the same: its data is
 * somebody's. */
typedef struct volume {
    cJSON *read;        /* the file as it was read; NULL: it is new */
    char *name;         /* small letters, as its folder */
    char *container;    /* the id of which it was made for; "": of none */
    string_list labels; /* "key=value" */
    bool anonymous;
    int64_t created; /* nanoseconds since 1970 */
} volume;

void volume_free(volume *v);
DEFINE_CLEANUP(volume, volume *, volume_free)
#define cleanup_volume CLEANUP(volume)

/**
 * A name as the store has it, small letters (as Docker on Windows keeps them), if it may be one:
 * [a-zA-Z0-9][a-zA-Z0-9_.-]+, and nothing that Windows takes for a device or cuts short.
 *
 * @param[out] out  malloc'ed
 */
WCOW_CHECKED wcow_status volume_name_take(const char *given, char **out, wcow_error *err);

/* All return fresh memory, NULL when out of memory. */
char *path_of_volumes(const wcow_host *host);
char *path_of_volume(const wcow_host *host, const char *name);
/** Where its data is: volumes\<name>\_data. */
char *path_of_volume_data(const wcow_host *host, const char *name);

/** Names of them all, in order. */
WCOW_CHECKED wcow_status volume_names(wcow_host *host, string_list *out, wcow_error *err);
bool volume_exists(wcow_host *host, const char *name);
/** WCOW_NOT_FOUND, "get NAME: no such volume"; WCOW_UNSUPPORTED if a newer wcow made it. */
WCOW_CHECKED wcow_status volume_open(wcow_host *host, const char *name, volume **out,
                                     wcow_error *err);
/** Under containers.lock: makes it, whole or not at all. One that is there is fine, and stays as it
 * is. */
WCOW_CHECKED wcow_status volume_make(wcow_host *host, const volume *v, wcow_error *err);
/**
 * Under containers.lock: takes it out of the way, which fails while a program has something open in
 * it. Its data goes with the next volume_sweep(). One that is not there is fine.
 */
WCOW_CHECKED wcow_status volume_retire(wcow_host *host, const char *name, wcow_error *err);
/** Deletes what was taken out of the way, and never what a link in it leads to. */
WCOW_CHECKED wcow_status volume_sweep(wcow_host *host, wcow_error *err);
/** Under containers.lock: deletes what a crash left half made. */
WCOW_CHECKED wcow_status volume_sweep_new(wcow_host *host, wcow_error *err);
/** Bytes of its files; what cannot be read counts nothing. */
uint64_t volume_size(wcow_host *host, const char *name);
/**
 * A folder in it, as --mount volume-subpath names it: there, and led to by no link, which a
 * container could have put there to get at the host's files.
 */
WCOW_CHECKED wcow_status volume_check_subpath(wcow_host *host, const char *name,
                                              const char *subpath, wcow_error *err);

#endif
