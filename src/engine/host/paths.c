/* SPDX-License-Identifier: MIT */
/* The layout of the store. */
#include "engine/host/paths.h"

#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "port/hash.h"

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

/* Windows' names are the same in either case, so "c:\wcow" must lead to the monitors of "C:\wcow".
 */
char *path_of_pipe(const wcow_host *host, const char *id)
{
    cleanup_sha256 sha256 *hash = sha256_new();
    cleanup_free char *root = text_copy(host->root);
    char hex[SHA256_HEX_SIZE];

    if (!hash || !root)
        return NULL;
    for (char *c = root; *c && path_separator(host->root) == '\\'; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    sha256_update(hash, root, strlen(root));
    sha256_finish(hash, hex);
    return text_format("wcow-%.8s-%s", hex, id);
}
