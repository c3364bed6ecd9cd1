/* SPDX-License-Identifier: MIT */
/* layer zap: destroys folders that other tools left and no recursive delete can remove. */
#include <wcow/layer.h>

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "container/host/layers.h"
#include "container/host/store.h"

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

/* Without separators at its end, and with '\' for '/': to compare with. */
static char *plain_path(const char *path)
{
    char *plain = text_copy(path);
    size_t length = plain ? strlen(plain) : 0;

    while (length > 0 && is_separator(plain[length - 1]))
        plain[--length] = '\0';
    for (size_t i = 0; i < length; i++)
        if (plain[i] == '/')
            plain[i] = '\\';
    return plain;
}

/* Whether `inner` is `outer` or lies in it. */
static bool lies_in(const char *inner, const char *outer)
{
    size_t length = strlen(outer);
    cleanup_free char *head = NULL;

    if (strlen(inner) < length || (inner[length] && inner[length] != '\\'))
        return false;
    head = text_copy_bytes(inner, length);
    return !head || text_equal_ignore_case(head, outer);
}

/* "C:\", "\\?\Volume{…}\", "/": everything that is on a volume. */
static bool is_volume(const char *plain)
{
    const char *rest = plain;

    if (text_starts_with(rest, "\\\\?\\") || text_starts_with(rest, "\\\\.\\"))
        rest += 4;
    return !strchr(rest, '\\') || (rest == plain && strrchr(plain, '\\') <= plain + 1);
}

/* What must never be destroyed, whatever the user confirms: mistyping is easy. */
static wcow_status check_path(const wcow_host *host, const char *path, wcow_error *err)
{
    cleanup_free char *plain = plain_path(path);
    cleanup_free char *root = plain_path(host->root);

    if (!plain || !root)
        return error_no_memory(err);
    if (!path_is_absolute(path))
        return error_set(err, WCOW_INVALID, "'%s' is not an absolute path", path);
    if (strstr(plain, "\\..\\") || text_ends_with(plain, "\\..") || strstr(plain, "\\.\\"))
        return error_set(err, WCOW_INVALID, "'%s' has '.' or '..' in it", path);
    if (is_volume(plain))
        return error_set(err, WCOW_INVALID, "'%s' is a whole volume", path);
    if (lies_in(plain, root) || lies_in(root, plain)) {
        error_set(err, WCOW_INVALID, "'%s' belongs to wcow's own store", path);
        error_hint(err, "use: wcow layer rm, wcow system prune");
        return WCOW_INVALID;
    }
    if (plain[1] == ':' &&
        (lies_in(plain + 2, "\\Windows") || text_equal_ignore_case(plain + 2, "\\ProgramData") ||
         text_equal_ignore_case(plain + 2, "\\Users")))
        return error_set(err, WCOW_INVALID, "'%s' belongs to Windows", path);
    return WCOW_OK;
}

wcow_status wcow_layer_zap(wcow_host *host, const char *path, wcow_error *err)
{
    layer_store layers;
    wcow_status status = check_path(host, path, err);

    if (!status)
        status = host_layers(host, &layers, err);
    if (status)
        return status;
    if (!store_exists(host, path))
        return error_set(err, WCOW_NOT_FOUND, "there is no folder '%s'", path);
    return scratch_destroy(&layers, path, err);
}
