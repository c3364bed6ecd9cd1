/* SPDX-License-Identifier: MIT */
/* layer zap: destroys folders that other tools left and no recursive delete can remove. */
#include <wcow/layer.h>

#include <string.h>

#include "base/error.h"
#include "base/options.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/host/host_stores.h"
#include "engine/host/store.h"
#include "engine/layer/foreign.h"
#include "hcs/system.h"
#include "layer/store/scratch.h"
#include "network/endpoint.h"

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

    if (!plain)
        return error_no_memory(err);
    if (!path_is_absolute(path))
        return error_set(err, WCOW_INVALID, "'%s' is not an absolute path", path);
    if (strstr(plain, "\\..\\") || text_ends_with(plain, "\\..") || strstr(plain, "\\.\\"))
        return error_set(err, WCOW_INVALID, "'%s' has '.' or '..' in it", path);
    if (is_volume(plain))
        return error_set(err, WCOW_INVALID, "'%s' is a whole volume", path);
    if (path_lies_in(plain, host->root) || path_lies_in(host->root, plain)) {
        error_set(err, WCOW_INVALID, "'%s' belongs to wcow's own store", path);
        error_hint(err, "use: wcow layer rm, wcow system prune");
        return WCOW_INVALID;
    }
    if (plain[1] == ':' && (path_lies_in(plain + 2, "\\Windows") ||
                            text_equal_ignore_case(plain + 2, "\\ProgramData") ||
                            text_equal_ignore_case(plain + 2, "\\Users")))
        return error_set(err, WCOW_INVALID, "'%s' belongs to Windows", path);
    return WCOW_OK;
}

/* One call's work. It goes on over failures, and tells the first. */
typedef struct zapping {
    wcow_host *host;
    hcs_port *hcs;
    layer_store layers;
    wcow_layer_zap_options options;
    wcow_error first; /* what could not be done */
} zapping;

static void tell(const zapping *z, wcow_layer_zapped what, const char *name)
{
    if (z->options.tell)
        z->options.tell(z->options.context, what, name);
}

/* Another engine's endpoint tells whose it is as long as it is attached: so before the end. */
static void end_system(zapping *z, const char *id)
{
    cleanup_strings string_list endpoints = STRING_LIST_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = hns_endpoints_of(z->hcs, id, &endpoints, &problem);

    error_keep_first(&z->first, status, &problem);
    status = compute_system_destroy(z->hcs, id, NULL, &problem);
    error_keep_first(&z->first, status, &problem);
    if (status)
        return;
    tell(z, WCOW_LAYER_ENDED, id);
    for (size_t i = 0; i < endpoints.count; i++) {
        status = hns_endpoint_delete(z->hcs, endpoints.items[i], &problem);
        error_keep_first(&z->first, status, &problem);
        if (!status)
            tell(z, WCOW_LAYER_ENDPOINT, endpoints.items[i]);
    }
}

static void destroy_layer(zapping *z, const foreign_layer *one)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (one->mounted) {
        scratch_release(&z->layers, one->path);
        tell(z, WCOW_LAYER_UNMOUNTED, one->path);
    }
    status = scratch_destroy(&z->layers, one->path, &problem);
    error_keep_first(&z->first, status, &problem);
    if (!status)
        tell(z, WCOW_LAYER_DESTROYED, one->path);
}

/* Systems first, then what is writable, then what that stood on. */
static void zap_layers(zapping *z, const foreign_layers *found)
{
    for (size_t i = 0; i < found->count; i++)
        for (size_t n = 0; n < found->items[i].systems.count; n++)
            end_system(z, found->items[i].systems.items[n]);
    for (int scratch = 1; scratch >= 0; scratch--)
        for (size_t i = 0; i < found->count; i++)
            if (found->items[i].scratch == (scratch == 1))
                destroy_layer(z, &found->items[i]);
}

static wcow_status check_idle(const foreign_layers *found, const char *path, wcow_error *err)
{
    size_t systems = 0;
    const char *first = NULL;

    for (size_t i = 0; i < found->count; i++) {
        if (!first && found->items[i].systems.count)
            first = found->items[i].systems.items[0];
        systems += found->items[i].systems.count;
    }
    if (!systems)
        return WCOW_OK;
    error_set(err, WCOW_CONFLICT, "conflict: %zu running system%s use%s layers in '%s', as %s",
              systems, systems == 1 ? "" : "s", systems == 1 ? "s" : "", path, first);
    error_hint(err, "stop them with the tool that started them, or end them with --force; "
                    "wcow layer ls --foreign lists them");
    return WCOW_CONFLICT;
}

/* A mistyped path leads to somebody's files: where no layer is, a recursive delete does. */
static wcow_status check_layers(wcow_host *host, const foreign_layers *found, const char *path,
                                wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_status status;

    if (found->count)
        return WCOW_OK;
    status = error_check(err, host->files->list(host->files, path, &names), "list");
    if (status)
        return error_wrap(err, status, "cannot look into '%s'", path);
    if (!names.count)
        return WCOW_OK;
    error_set(err, WCOW_INVALID, "there are no layers in '%s'", path);
    error_hint(err, "to remove it all the same: rmdir /s \"%s\"", path);
    return WCOW_INVALID;
}

/* All that is asked before anything is done. */
static wcow_status find_layers(zapping *z, const char *path, foreign_layers *found, wcow_error *err)
{
    wcow_status status = check_path(z->host, path, err);

    if (!status)
        status = host_layers(z->host, &z->layers, err);
    if (!status)
        status = foreign_check_folder(&z->layers, path, err);
    if (!status)
        status = host_hcs(z->host, &z->hcs, err);
    if (!status)
        status = foreign_layers_find(z->host, &z->layers, path, found, err);
    if (!status)
        status = check_layers(z->host, found, path, err);
    if (!status && !z->options.force)
        status = check_idle(found, path, err);
    return status;
}

/* What lay beside the layers is somebody's, and was not asked for. */
static wcow_status destroy_folder(zapping *z, const char *path, wcow_error *err)
{
    cleanup_free char *rest = NULL;
    wcow_status status;

    if (store_absent(z->host, path)) /* it was a layer itself */
        return WCOW_OK;
    status = foreign_rest(&z->layers, path, &rest, err);
    if (status)
        return status;
    if (!rest)
        return scratch_destroy(&z->layers, path, err);
    error_set(err, WCOW_CONFLICT, "conflict: '%s' holds more than layers, as '%s'", path, rest);
    error_hint(err, "its layers are destroyed; the rest is left to you, to keep or to delete");
    return WCOW_CONFLICT;
}

wcow_status wcow_layer_zap_list(wcow_host *host, const char *path, char **json, wcow_error *err)
{
    cleanup_foreign foreign_layers found = FOREIGN_LAYERS_INIT;
    zapping z = {.host = host, .options = WCOW_LAYER_ZAP_OPTIONS_INIT, .first = WCOW_ERROR_INIT};
    wcow_status status = find_layers(&z, path, &found, err);

    return status ? status : foreign_print(&found, json, err);
}

wcow_status wcow_layer_zap(wcow_host *host, const char *path, const wcow_layer_zap_options *options,
                           wcow_error *err)
{
    cleanup_foreign foreign_layers found = FOREIGN_LAYERS_INIT;
    zapping z = {.host = host, .options = WCOW_LAYER_ZAP_OPTIONS_INIT, .first = WCOW_ERROR_INIT};
    wcow_status status =
        options_copy(&z.options, sizeof z.options, options, "wcow_layer_zap_options", err);

    if (!status)
        status = find_layers(&z, path, &found, err);
    if (status)
        return status;
    zap_layers(&z, &found);
    return z.first.status ? error_pass(err, z.first.status, &z.first)
                          : destroy_folder(&z, path, err);
}
