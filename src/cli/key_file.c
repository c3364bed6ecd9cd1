/* SPDX-License-Identifier: MIT */
/* Reads files of variables and labels. */
#include "cli/key_file.h"

#include <ctype.h>
#include <string.h>

#include <wcow/wcow.h>

#include "base/error.h"
#include "base/text.h"
#include "base/utf.h"
#include "cli/command.h"

enum { KEY_FILE_LIMIT = 1 << 20 };

static wcow_status add_line(char *line, bool names_alone, string_list *out, wcow_error *err)
{
    size_t key;

    while (isspace((unsigned char)*line))
        line++;
    if (!*line || *line == '#')
        return WCOW_OK;

    key = strcspn(line, "=");
    if (key == 0)
        return error_set(err, WCOW_INVALID, "no variable name on line '%s'", line);
    if (strcspn(line, " \t") < key)
        return error_set(err, WCOW_INVALID, "variable '%.*s' contains whitespaces", (int)key, line);
    if (!line[key] && !names_alone)
        return WCOW_OK;
    return string_list_add(out, line) ? WCOW_OK : error_no_memory(err);
}

/* Ends the line at `at` and returns the start of the next; NULL after the last. */
static char *cut_line(char *at)
{
    char *end = at + strcspn(at, "\n");
    char *next = *end ? end + 1 : NULL;

    if (end > at && end[-1] == '\r')
        end--;
    *end = '\0';
    return next;
}

static wcow_status read_lines(char *bytes, size_t size, bool names_alone, string_list *out,
                              wcow_error *err)
{
    if (strlen(bytes) != size || !utf8_valid(bytes, size))
        return error_set(err, WCOW_INVALID, "it is not UTF-8 text");
    if (text_starts_with(bytes, "\xef\xbb\xbf"))
        bytes += 3;
    while (bytes) {
        char *line = bytes;
        wcow_status status;

        bytes = cut_line(line);
        status = add_line(line, names_alone, out, err);
        if (status)
            return status;
    }
    return WCOW_OK;
}

wcow_status key_file_read(const char *path, bool names_alone, string_list *out, wcow_error *err)
{
    cleanup_wcow char *bytes = NULL;
    size_t size = 0;
    wcow_status status = wcow_file_read(path, KEY_FILE_LIMIT, &bytes, &size, err);

    /* A file that the user named and that cannot be read is bad input, whatever the reason. */
    if (status)
        return error_wrap(err, WCOW_INVALID, "cannot read '%s'", path);
    status = read_lines(bytes, size, names_alone, out, err);
    return status ? error_wrap(err, status, "invalid file '%s'", path) : WCOW_OK;
}
