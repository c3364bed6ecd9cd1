/* SPDX-License-Identifier: MIT */
/* layer zap: destroys folders that other tools left and no recursive delete can remove. */
#include <wcow/layer.h>

#include "base/error.h"
#include "base/options.h"
#include "base/text.h"
#include "engine/host/host_stores.h"
#include "engine/host/store.h"
#include "engine/layer/foreign.h"
#include "engine/layer/protected.h"
#include "hcs/system.h"
#include "layer/store/folder.h"
#include "layer/store/scratch.h"
#include "network/endpoint.h"

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

/* Another engine's endpoint tells whose it is as long as it is attached: so before the end. False:
 * it may still run. */
static bool end_system(zapping *z, const char *id)
{
    cleanup_strings string_list endpoints = STRING_LIST_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = hns_endpoints_of(z->hcs, id, &endpoints, &problem);

    error_keep_first(&z->first, status, &problem);
    status = compute_system_destroy(z->hcs, id, NULL, &problem);
    error_keep_first(&z->first, status, &problem);
    if (status)
        return false;
    tell(z, WCOW_LAYER_ENDED, id);
    for (size_t i = 0; i < endpoints.count; i++) {
        status = hns_endpoint_delete(z->hcs, endpoints.items[i], &problem);
        error_keep_first(&z->first, status, &problem);
        if (!status)
            tell(z, WCOW_LAYER_ENDPOINT, endpoints.items[i]);
    }
    return true;
}

/* What another removal has renamed keeps the name that it has. */
static wcow_status destroy(zapping *z, const char *path, wcow_error *err)
{
    return foreign_is_removing(path) ? scratch_destroy_in_place(&z->layers, path, err)
                                     : scratch_destroy(&z->layers, path, err);
}

static void destroy_layer(zapping *z, const foreign_layer *one)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (one->mounted) {
        scratch_release(&z->layers, one->path);
        tell(z, WCOW_LAYER_UNMOUNTED, one->path);
    }
    status = destroy(z, one->path, &problem);
    error_keep_first(&z->first, status, &problem);
    if (!status)
        tell(z, WCOW_LAYER_DESTROYED, one->path);
}

/* Systems first, then what is writable, then what that stood on: of which nothing is taken from
 * under a system that cannot be ended. */
static void zap_layers(zapping *z, const foreign_layers *found)
{
    bool all = true;

    for (size_t i = 0; i < found->count; i++)
        for (size_t n = 0; n < found->items[i].systems.count; n++)
            all &= end_system(z, found->items[i].systems.items[n]);
    if (!all)
        return;
    for (int scratch = 1; scratch >= 0; scratch--)
        for (size_t i = 0; i < found->count; i++)
            if (found->items[i].scratch == (scratch == 1))
                destroy_layer(z, &found->items[i]);
}

static const foreign_layer *first_mounted(const foreign_layers *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].mounted)
            return &found->items[i];
    return NULL;
}

/* Whether what is mounted is somebody's root: nobody tells where a container's folder has not its
 * name, as containerd's. */
static wcow_status check_mounted(const foreign_layers *found, wcow_error *err)
{
    const foreign_layer *mounted = first_mounted(found);
    cleanup_text text ids = TEXT_INIT;

    if (!mounted || !found->others.count)
        return WCOW_OK;
    for (size_t i = 0; i < found->others.count; i++)
        text_addf(&ids, "%s%s", i ? ", " : "", found->others.items[i]);
    if (ids.failed)
        return error_no_memory(err);
    error_set(err, WCOW_CONFLICT, "conflict: '%s' is mounted, and may be what runs here: %s",
              mounted->path, text_get(&ids));
    error_hint(err,
               "stop that with the tool that started it; if it is not on this layer: "
               "wcow layer zap --force \"%s\"",
               mounted->path);
    return WCOW_CONFLICT;
}

/* Who forces it has ended what is known to use them. What may be another's root goes only where it
 * is named itself: a folder of many layers is named without a look at each. */
static wcow_status check_named(const foreign_layers *found, const char *path, wcow_error *err)
{
    const bool named = found->count == 1 && text_equal_ignore_case(found->items[0].path, path);

    return named ? WCOW_OK : check_mounted(found, err);
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
        return check_mounted(found, err);
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

static bool is_found(const foreign_layers *found, const char *path)
{
    for (size_t i = 0; i < found->count; i++)
        if (text_equal(found->items[i].path, path))
            return true;
    return false;
}

/* What goes is renamed to this first; what has the name already would go with it. */
static wcow_status check_neighbour(zapping *z, const foreign_layers *found, const char *path,
                                   wcow_error *err)
{
    cleanup_free char *removing =
        foreign_is_removing(path) ? NULL : text_format("%s" REMOVING_SUFFIX, path);

    if (foreign_is_removing(path))
        return WCOW_OK;
    if (!removing)
        return error_no_memory(err);
    if (store_absent(z->host, removing) || is_found(found, removing))
        return WCOW_OK;
    error_set(err, WCOW_CONFLICT, "conflict: '%s' is in the way, and no layer that was asked for",
              removing);
    error_hint(err, "move it away, or destroy it first; nothing was done");
    return WCOW_CONFLICT;
}

/* A layer goes with all that is in its folder. */
static wcow_status check_contents(zapping *z, const char *path, wcow_error *err)
{
    cleanup_free char *stranger = NULL;
    wcow_status status = foreign_stranger(&z->layers, path, &stranger, err);

    if (status || !stranger)
        return status;
    error_set(err, WCOW_CONFLICT, "conflict: '%s' in '%s' is no part of a layer", stranger, path);
    error_hint(err, "move it away; nothing was done");
    return WCOW_CONFLICT;
}

static wcow_status check_each(zapping *z, const foreign_layers *found, const char *path,
                              wcow_error *err)
{
    wcow_status status = check_neighbour(z, found, path, err);

    if (!status)
        status = protected_check_stores(z->host, path, err);
    for (size_t i = 0; i < found->count && !status; i++) {
        status = check_neighbour(z, found, found->items[i].path, err);
        if (!status)
            status = protected_check_stores(z->host, found->items[i].path, err);
        if (!status)
            status = check_contents(z, found->items[i].path, err);
    }
    return status;
}

/* All that is asked before anything is done. */
static wcow_status find_layers(zapping *z, const char *path, foreign_layers *found, wcow_error *err)
{
    wcow_status status = protected_check_name(z->host, path, err);

    if (!status)
        status = host_layers(z->host, &z->layers, err);
    if (!status)
        status = foreign_check_folder(&z->layers, path, err);
    if (!status)
        status = protected_check_place(z->host, path, err);
    if (!status)
        status = host_hcs(z->host, &z->hcs, err);
    if (!status)
        status = foreign_layers_find(z->host, &z->layers, path, found, err);
    if (!status)
        status = check_layers(z->host, found, path, err);
    if (!status)
        status = check_each(z, found, path, err);
    if (!status)
        status = z->options.force ? check_named(found, path, err) : check_idle(found, path, err);
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
        return destroy(z, path, err);
    error_set(err, WCOW_CONFLICT, "conflict: '%s' holds more than layers, as '%s'", path, rest);
    error_hint(err, "its layers are destroyed; the rest is left to you, to keep or to delete");
    return WCOW_CONFLICT;
}

wcow_status wcow_layer_zap_list(wcow_host *host, const char *path, char **json, wcow_error *err)
{
    cleanup_foreign foreign_layers found = FOREIGN_LAYERS_INIT;
    cleanup_free char *folder = foreign_path(path);
    zapping z = {.host = host, .options = WCOW_LAYER_ZAP_OPTIONS_INIT, .first = WCOW_ERROR_INIT};
    wcow_status status = folder ? find_layers(&z, folder, &found, err) : error_no_memory(err);

    return status ? status : foreign_print(&found, json, err);
}

wcow_status wcow_layer_zap(wcow_host *host, const char *path, const wcow_layer_zap_options *options,
                           wcow_error *err)
{
    cleanup_foreign foreign_layers found = FOREIGN_LAYERS_INIT;
    cleanup_free char *folder = foreign_path(path);
    zapping z = {.host = host, .options = WCOW_LAYER_ZAP_OPTIONS_INIT, .first = WCOW_ERROR_INIT};
    wcow_status status =
        options_copy(&z.options, sizeof z.options, options, "wcow_layer_zap_options", err);

    if (!status)
        status = folder ? find_layers(&z, folder, &found, err) : error_no_memory(err);
    if (status)
        return status;
    zap_layers(&z, &found);
    return z.first.status ? error_pass(err, z.first.status, &z.first)
                          : destroy_folder(&z, folder, err);
}
