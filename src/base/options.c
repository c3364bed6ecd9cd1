/* SPDX-License-Identifier: MIT */
/* Public option structs, read as far as their caller knows them. */
#include "base/options.h"

#include <string.h>

#include "base/error.h"

/* Structs that begin with a size_t end where one could begin. */
static bool is_plausible(size_t size)
{
    return size >= sizeof(size_t) && size % sizeof(size_t) == 0;
}

static bool is_zero(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

wcow_status options_copy(void *out, size_t known, const void *given, const char *name,
                         wcow_error *err)
{
    size_t size;

    if (!given)
        return WCOW_OK;
    memcpy(&size, given, sizeof(size));
    if (!is_plausible(size))
        return error_set(err, WCOW_INVALID, "%s was not initialised: its size is %zu", name, size);
    if (size > known && !is_zero((const char *)given + known, size - known))
        return error_set(err, WCOW_UNSUPPORTED,
                         "%s asks for what this version of libwcow does not know", name);
    memcpy(out, given, size < known ? size : known);
    memcpy(out, &known, sizeof(known)); /* the copy is one of ours */
    return WCOW_OK;
}
