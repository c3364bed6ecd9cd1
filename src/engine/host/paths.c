/* SPDX-License-Identifier: MIT */
/* The layout of the store. */
#include "engine/host/paths.h"

#include <inttypes.h>
#include <stdbool.h>

#include "base/path.h"
#include "base/text.h"

char *path_of_containers(const wcow_host *host)
{
    return path_join(host->root, "containers");
}

char *path_of_layers(const wcow_host *host)
{
    return path_join(host->root, "layers");
}

char *path_of_execs(const wcow_host *host)
{
    return path_join(host->root, "execs");
}

char *path_of_events(const wcow_host *host)
{
    return path_join(host->root, "events.log");
}

char *path_of_older_events(const wcow_host *host)
{
    return path_join(host->root, "events.log.1");
}

char *path_of_event_lock(const wcow_host *host)
{
    return path_join(host->root, "events.lock");
}

char *path_of_container(const wcow_host *host, const char *id)
{
    cleanup_free char *containers = path_of_containers(host);

    return containers ? path_join(containers, id) : NULL;
}

char *path_in_container(const wcow_host *host, const char *id, const char *name)
{
    cleanup_free char *folder = path_of_container(host, id);

    return folder ? path_join(folder, name) : NULL;
}

char *path_of_scratch(const wcow_host *host, const char *id)
{
    cleanup_free char *folder = path_in_container(host, id, FILE_SCRATCH);

    return folder ? path_join(folder, id) : NULL;
}

/*
 * Windows' names are the same in either case, so "c:\wcow" must lead to the monitors of "C:\wcow".
 * The hash (FNV-1a) keeps stores apart that hold copies of one container, nothing more: a
 * cryptographic one would have every monitor load the system's library for it, which under Wine
 * brings a whole TLS library.
 */
char *path_of_pipe(const wcow_host *host, const char *id)
{
    const bool folded = path_separator(host->root) == '\\';
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (const char *c = host->root; *c; c++) {
        const bool capital = folded && *c >= 'A' && *c <= 'Z';

        hash ^= (uint8_t)(capital ? *c - 'A' + 'a' : *c);
        hash *= UINT64_C(0x100000001b3);
    }
    return text_format("wcow-%016" PRIx64 "-%s", hash, id);
}
