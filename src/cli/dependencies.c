/* SPDX-License-Identifier: MIT */
#include "cli/dependencies.h"

#include <stddef.h>

#include "base/json.h"

static const struct dependency {
    const char *name;
    const char *version;
    const char
        *source; /* the source package that ci/deps built it from; "" for a system's library */
} dependencies[] = {
#define DEPENDENCY(name, version, source) {name, version, source},
#include "cli/dependencies.def" /* generated, see ci/cmake/WcowVersions.cmake */
    {0},
};

cJSON *dependencies_new(void)
{
    cleanup_json cJSON *list = cJSON_CreateArray();

    if (!list)
        return NULL;
    for (const struct dependency *each = dependencies; each->name; each++) {
        cJSON *item = cJSON_CreateObject();

        if (!json_append(list, item) || !json_add_text(item, "Name", each->name) ||
            !json_add_text(item, "Version", each->version) ||
            (*each->source && !json_add_text(item, "Source", each->source)))
            return NULL;
    }
    return TAKE(list);
}
