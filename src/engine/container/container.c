/* SPDX-License-Identifier: MIT */
/* The container object itself. */
#include "engine/container/container.h"

#include <stdlib.h>

#include "base/text.h"

wcow_container *container_new(wcow_host *host, const char *id, const char *name)
{
    cleanup_container wcow_container *container = calloc(1, sizeof *container);

    if (!container)
        return NULL;
    container->host = host;
    container->id = text_copy(id);
    container->name = text_copy(name);
    if (!container->id || !container->name)
        return NULL;
    return TAKE(container);
}

void wcow_container_free(wcow_container *container)
{
    if (!container)
        return;
    free(container->id);
    free(container->name);
    machine_child_free(container->ahead);
    free(container->ahead_service);
    string_list_free(&container->warnings);
    free(container);
}

const char *wcow_container_id(const wcow_container *container)
{
    return container->id;
}

const char *wcow_container_name(const wcow_container *container)
{
    return container->name;
}

const char *const *wcow_container_warnings(const wcow_container *container)
{
    static const char *const none[] = {NULL};

    return container->warnings.count ? (const char *const *)container->warnings.items : none;
}
