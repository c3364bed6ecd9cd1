/* SPDX-License-Identifier: MIT */
/* Paths as text, of Windows and of POSIX. */
#include "base/path.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static bool has_drive(const char *path)
{
    char letter = path[0];

    return ((letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z')) && path[1] == ':';
}

char path_separator(const char *path)
{
    return has_drive(path) || strchr(path, '\\') ? '\\' : '/';
}

/* Windows takes both separators; a POSIX name may hold a backslash, but then we took it for
 * Windows'. */
static bool is_separator(const char *path, char c)
{
    return c == '/' || (c == '\\' && path_separator(path) == '\\');
}

char *path_join(const char *base, const char *name)
{
    const size_t length = strlen(base);
    const size_t more = strlen(name);
    const bool parted = length == 0 || is_separator(base, base[length - 1]);
    char *joined = malloc(length + more + 2);

    if (!joined)
        return NULL;
    memcpy(joined, base, length);
    joined[length] = parted ? '\0' : path_separator(base);
    memcpy(joined + length + !parted, name, more + 1);
    return joined;
}

const char *path_base_name(const char *path)
{
    const char *name = path;

    for (const char *c = path; *c; c++) {
        if (is_separator(path, *c))
            name = c + 1;
    }
    return name;
}

char *path_parent(const char *path)
{
    size_t length = (size_t)(path_base_name(path) - path);
    size_t root = 0;

    /* A root keeps its separator: "/" and "C:\" are folders, "" and "C:" are not. */
    if (has_drive(path) && is_separator(path, path[2]))
        root = 3;
    else if (path[0] == '/')
        root = 1;

    if (length > root)
        length--;
    return text_copy_bytes(path, length);
}

bool path_is_absolute(const char *path)
{
    if (has_drive(path))
        return path[2] == '\\' || path[2] == '/';
    return path[0] == '/' || (path[0] == '\\' && path[1] == '\\');
}

static char plain(char c)
{
    return c == '/' ? '\\' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool path_lies_in(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    while (length > 0 && plain(folder[length - 1]) == '\\')
        length--;
    for (size_t i = 0; i < length; i++)
        if (plain(path[i]) != plain(folder[i])) /* the shorter path ends so, too */
            return false;
    return path[length] == '\0' || plain(path[length]) == '\\';
}
