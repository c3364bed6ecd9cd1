/* SPDX-License-Identifier: MIT */
/* Names of pipes. */
#include "base/pipe_name.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define HERE        "\\\\.\\pipe\\"
#define HERE_LENGTH (sizeof(HERE) - 1)
#define SCHEME      "npipe:"

/* Slashes are '\\' by now. With a scheme, "npipe://./pipe/x" and "npipe:////./pipe/x" are in use.
 */
static const char *without_scheme(const char *address)
{
    if (!text_starts_with(address, SCHEME))
        return address;
    address += sizeof(SCHEME) - 1;
    return text_starts_with(address, "\\\\\\\\") ? address + 2 : address;
}

/* Windows takes dots and blanks off a path's end, so one of them alone is no name. */
static bool is_part(const char *part, size_t length)
{
    return strspn(part, ". ") < length;
}

static bool has_parts(const char *name)
{
    for (;;) {
        const size_t length = strcspn(name, "\\");

        if (!is_part(name, length))
            return false;
        if (name[length] == '\0')
            return true;
        name += length + 1;
    }
}

static bool is_here(const char *path)
{
    for (size_t i = 0; i < HERE_LENGTH; i++) {
        const bool upper = path[i] >= 'A' && path[i] <= 'Z';

        if ((upper ? path[i] - 'A' + 'a' : path[i]) != HERE[i])
            return false;
    }
    return has_parts(path + HERE_LENGTH);
}

int32_t pipe_name_parse(const char *address, char **name)
{
    cleanup_free char *whole = text_copy(address);
    const char *path;
    char *copy;

    if (!whole)
        return HR_OUT_OF_MEMORY;
    for (char *c = whole; *c; c++) {
        if (*c == '/')
            *c = '\\';
    }
    path = without_scheme(whole);
    if (strlen(path) <= HERE_LENGTH || !is_here(path))
        return HR_INVALID_PARAMETER;
    copy = text_copy(path + HERE_LENGTH);
    if (!copy)
        return HR_OUT_OF_MEMORY;
    *name = copy;
    return HR_OK;
}
