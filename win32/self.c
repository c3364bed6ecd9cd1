/* SPDX-License-Identifier: MIT */
/* This executable, for whoever starts it again. */
#include "self.h"

#include <stdlib.h>

#include "base/command_line.h"
#include "base/text.h"

#define PATH_LIMIT 32768

wchar_t *self_path(void)
{
    wchar_t *path = malloc(PATH_LIMIT * sizeof(*path));

    if (path && GetModuleFileNameW(NULL, path, PATH_LIMIT))
        return path;
    free(path);
    return NULL;
}

/* A file's name holds no quote, and a backslash before the closing one cannot be its last
 * character. */
wchar_t *self_command_line(const wchar_t *self, const char *const *arguments)
{
    cleanup_free char *name = utf8_from_wide(self);
    cleanup_free char *rest = command_line_join(arguments);
    cleanup_free char *line = name && rest ? text_format("\"%s\" %s", name, rest) : NULL;

    return line ? wide_from_utf8(line) : NULL;
}
