/* SPDX-License-Identifier: MIT */
/* Paths of `cp`, as text. */
#include "layer/copy/copy_path.h"

#include <string.h>

#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"

void copy_path_free(copy_path *path)
{
    free(path->whole);
    *path = (copy_path)COPY_PATH_INIT;
}

void copy_plan_free(copy_plan *plan)
{
    free(plan->folder);
    free(plan->name);
    *plan = (copy_plan){NULL, NULL};
}

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

static bool has_drive(const char *path)
{
    return ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z')) &&
           path[1] == ':';
}

/* To the separator behind the next component, and that one, too. */
static size_t past_component(const char *path, size_t at)
{
    at += strcspn(path + at, "/\\");
    return path[at] ? at + 1 : at;
}

size_t copy_path_root(const char *path)
{
    if (has_drive(path))
        return is_separator(path[2]) ? 3 : 0;
    if (!is_separator(path[0]))
        return 0;
    if (!is_separator(path[1]))
        return 1;
    /* \\?\C:\, \\?\Volume{…}\, \\server\share\ */
    if (path[2] == '?' && is_separator(path[3]))
        return text_starts_with(path + 4, "UNC\\") ? past_component(path, past_component(path, 8))
                                                   : past_component(path, 4);
    return past_component(path, past_component(path, 2));
}

const char *copy_path_base(const char *path)
{
    const char *base = path + copy_path_root(path);

    for (const char *c = base; *c; c++)
        if (*c == '\\')
            base = c + 1;
    return base;
}

char *copy_path_parent(const char *path)
{
    const size_t root = copy_path_root(path);
    const size_t length = (size_t)(copy_path_base(path) - path);

    return text_copy_bytes(path, length > root ? length - 1 : root);
}

char *copy_path_join(const char *path, const char *name)
{
    if (!*name)
        return text_copy(path);
    return text_format("%s%s%s", path, text_ends_with(path, "\\") ? "" : "\\", name);
}

char *copy_path_native(const char *path)
{
    char *native = text_copy(path);

    for (char *c = native; c && *c && copy_path_root(path) == 1; c++)
        if (*c == '\\')
            *c = '/';
    return native;
}

static char fold(char c)
{
    return c == '/' ? '\\' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool copy_path_is_in(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    while (length > 0 && is_separator(folder[length - 1]))
        length--;
    for (size_t i = 0; i < length; i++)
        if (fold(path[i]) != fold(folder[i]))
            return false;
    return !path[length] || is_separator(path[length]);
}

static void add_component(text *out, size_t root, const char *component, size_t length)
{
    if (length == 0 || (length == 1 && *component == '.'))
        return;
    if (length == 2 && component[0] == '.' && component[1] == '.') {
        const char *base = copy_path_base(text_get(out));
        const size_t start = (size_t)(base - text_get(out));

        text_cut(out, start > root ? start - 1 : root);
        return;
    }
    if (out->length > root)
        text_add_char(out, '\\');
    text_add_bytes(out, component, length);
}

char *copy_path_clean(const char *path)
{
    cleanup_text text out = TEXT_INIT;
    const size_t root = copy_path_root(path);
    size_t at = root;

    for (size_t i = 0; i < root; i++)
        text_add_char(&out, is_separator(path[i]) ? '\\' : path[i]);
    if (root && !text_ends_with(text_get(&out), "\\")) /* "\\server\share" */
        text_add_char(&out, '\\');

    const size_t begin = out.length;

    while (path[at] && !out.failed) {
        const size_t length = strcspn(path + at, "/\\");

        add_component(&out, begin, path + at, length);
        at += length;
        at += is_separator(path[at]);
    }
    return text_take(&out);
}

/* "." as the last component, or nothing behind the last separator. */
static void look_at_end(const char *given, copy_path *out)
{
    const size_t length = strlen(given);
    const char last = length ? given[length - 1] : '\0';

    out->dot = last == '.' && (length == 1 || is_separator(given[length - 2]));
    out->folder = out->dot || is_separator(last);
}

wcow_status copy_path_set(const char *whole, const char *given, copy_path *out, wcow_error *err)
{
    char *clean = copy_path_clean(whole);

    if (!clean)
        return error_no_memory(err);
    copy_path_free(out);
    out->whole = clean;
    look_at_end(given, out);
    return WCOW_OK;
}

wcow_status copy_path_in_container(const char *given, copy_path *out, wcow_error *err)
{
    cleanup_free char *whole = NULL;

    if (has_drive(given) && !given[2])
        return error_set(err, WCOW_INVALID, "no relative path specified in \"%s\"", given);
    whole = has_drive(given) && is_separator(given[2]) ? text_copy(given)
                                                       : text_format("C:\\%s", given);
    if (!whole)
        return error_no_memory(err);
    if (whole[0] == 'c')
        whole[0] = 'C';
    return copy_path_set(whole, given, out, err);
}

/* ---- where it goes ---- */

/* Takes both over. */
/* NOLINTNEXTLINE(readability-non-const-parameter): they are freed with the plan */
static wcow_status put(copy_plan *out, char *folder, char *name, wcow_error *err)
{
    copy_plan_free(out);
    *out = (copy_plan){folder, name};
    if (folder)
        return WCOW_OK;
    copy_plan_free(out);
    return error_no_memory(err);
}

wcow_status copy_plan_make(const copy_end *source, const char *name, const copy_end *destination,
                           copy_plan *out, wcow_error *err)
{
    const copy_path *to = destination->path;
    char *copy = NULL;

    if (destination->exists && destination->folder) {
        copy = text_copy(name);
        return name && !copy ? error_no_memory(err) : put(out, text_copy(to->whole), copy, err);
    }
    if (destination->exists && source->folder)
        return error_set(err, WCOW_INVALID, "cannot copy directory");
    if (!destination->exists && !source->folder && to->folder)
        return error_set(err, WCOW_INVALID, "no such directory");
    if (!destination->exists && to->dot) /* what is in it was meant */
        return put(out, text_copy(to->whole), NULL, err);
    copy = text_copy(copy_path_base(to->whole));
    return copy ? put(out, copy_path_parent(to->whole), copy, err) : error_no_memory(err);
}
