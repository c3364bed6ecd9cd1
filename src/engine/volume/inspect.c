/* SPDX-License-Identifier: MIT */
/* volume inspect. */
#include <wcow/volume.h>

#include "base/error.h"
#include "docker/volume_inspect.h"
#include "engine/host/volume_store.h"

wcow_status wcow_volume_inspect(wcow_host *host, const char *given, char **json, wcow_error *err)
{
    cleanup_free char *name = NULL;
    cleanup_free char *data = NULL;
    cleanup_volume volume *v = NULL;
    volume_facts facts = {.driver = VOLUME_DRIVER};
    char *printed;
    wcow_status status;

    if (volume_name_take(given, &name, NULL)) /* then there is none */
        return error_set(err, WCOW_NOT_FOUND, "get %s: no such volume", given);
    status = volume_open(host, name, &v, err);
    if (status)
        return status;
    data = path_of_volume_data(host, name);
    facts.name = v->name;
    facts.mountpoint = data;
    facts.labels = (const char *const *)v->labels.items;
    facts.created = v->created;
    printed = data ? volume_inspect_print(&facts) : NULL;
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}
