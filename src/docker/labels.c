/* SPDX-License-Identifier: MIT */
/* Labels that are asked for. */
#include "docker/labels.h"

#include <string.h>

#include "base/text.h"

static bool has(const string_list *labels, const char *asked)
{
    const char *equals = strchr(asked, '=');
    const size_t length = strlen(asked);

    for (size_t i = 0; i < labels->count; i++) {
        const char *own = labels->items[i];

        if (equals ? text_equal(own, asked)
                   : strncmp(own, asked, length) == 0 && (own[length] == '=' || !own[length]))
            return true;
    }
    return false;
}

static bool has_all(const string_list *labels, const char *const *asked)
{
    for (; *asked; asked++)
        if (!has(labels, *asked))
            return false;
    return true;
}

bool labels_fit(const string_list *labels, const char *const *wanted, const char *const *unwanted)
{
    if (wanted && !has_all(labels, wanted))
        return false;
    return !unwanted || !*unwanted || !has_all(labels, unwanted);
}
