/* SPDX-License-Identifier: MIT */
/* How a container's files are reached. */
#include "engine/container/container_files.h"
#include "engine/container/configuration.h"

#include <stdlib.h>
#include <string.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/container/guest_tar.h"
#include "engine/container/reconcile.h"
#include "engine/container/record.h"
#include "engine/container/volumes.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "layer/copy/tree_pack.h"
#include "layer/copy/tree_unpack.h"
#include "layer/store/scratch.h"
#include "port/clock.h"

/* Another copy, a commit or an export of the same container has it for a while. */
#define PATIENCE_MILLISECONDS 10000u
#define PAUSE_MILLISECONDS    50u

/* ---- what is seen ---- */

/* A folder of the host may be a link itself, and trees begin at none. */
static wcow_status resolve_source(const wcow_host *host_of, files_port *files, const char *source,
                                  char **out, wcow_error *err)
{
    cleanup_free char *volumes = path_of_volumes(host_of);
    cleanup_file_view file_view host = {.files = files, .host = true};
    cleanup_view_file view_file found = {0};
    cleanup_free char *clean = copy_path_clean(source);
    wcow_status status = clean && volumes ? WCOW_OK : error_no_memory(err);

    /* In a volume other containers decide what is there: links in it lead nowhere. */
    if (!status)
        status = file_view_find(&host, clean, !text_starts_with(source, volumes), &found, err);
    if (!status)
        *out = copy_path_native(found.path);
    return status || *out ? status : error_no_memory(err);
}

static bool is_read_only(const cJSON *mount)
{
    const cJSON *option;

    cJSON_ArrayForEach (option, json_member(mount, "options"))
        if (cJSON_IsString(option) && text_equal(option->valuestring, "ro"))
            return true;
    return false;
}

static wcow_status add_mount(container_files *f, const cJSON *mount, wcow_error *err)
{
    const char *source = json_text(mount, "source", "");
    const char *destination = json_text(mount, "destination", "");
    const bool drive = strlen(destination) == 2 && destination[1] == ':';
    cleanup_free char *at = text_format("%s%s", destination, drive ? "\\" : "");
    cleanup_free char *resolved = NULL;
    wcow_status status = WCOW_OK;

    if (!at)
        return error_no_memory(err);
    if (!copy_path_root(at) || text_starts_with(destination, "\\\\")) /* a named pipe */
        return WCOW_OK;
    status = resolve_source(f->container->host, f->view.files, source, &resolved, err);
    if (status)
        return error_wrap(err, status, "what is mounted at '%s'", destination);
    return file_view_add(&f->view, at, resolved, is_read_only(mount), err);
}

/* The volume, unless the host does not see it, and what is mounted into it. */
static wcow_status show(container_files *f, const char *drive, wcow_error *err)
{
    wcow_host *host = f->container->host;
    cleanup_json cJSON *config = NULL;
    cleanup_record record *r = NULL;
    const cJSON *mount;
    wcow_status status = host_files(host, &f->view.files, err);

    if (!status)
        status = record_read(host, f->container->id, &r, err);
    if (!status)
        status = volumes_check(host, r, err);
    if (!status)
        status = configuration_load(host, f->container->id, &config, err);
    if (!status && drive)
        status = file_view_add(&f->view, "C:\\", drive, false, err);
    cJSON_ArrayForEach (mount, json_member(config, "mounts"))
        if (!status)
            status = add_mount(f, mount, err);
    return status;
}

/* ---- how they are reached ---- */

static wcow_status reach_resting(container_files *f, wcow_error *err)
{
    cleanup_free char *drive = NULL;
    wcow_status status = resting_take(f->container, "copy files of", &f->rest, err);

    if (!status)
        status = scratch_mount(&f->rest.layers, f->rest.scratch, &f->rest.chain, &drive, err);
    if (status)
        return status;
    f->mounted = true;
    return show(f, drive, err);
}

static wcow_status reach_running(container_files *f, wcow_error *err)
{
    wcow_host *host = f->container->host;
    cleanup_free char *scratch = path_of_scratch(host, f->container->id);
    cleanup_free char *drive = NULL;
    layer_store layers;
    wcow_status status = scratch ? host_layers(host, &layers, err) : error_no_memory(err);

    if (!status)
        status = scratch_volume(&layers, scratch, &drive, err);
    return status ? status : show(f, drive, err);
}

static wcow_status reach(container_files *f, wcow_error *err)
{
    wcow_container *container = f->container;
    cleanup_state state *s = NULL;
    cleanup_record record *r = NULL;
    wcow_status status = container_settle(container, &s, err);

    if (!status)
        status = container_record(container, &r, err);
    if (status)
        return status;
    if (s->phase == PHASE_PAUSED)
        return error_set(err, WCOW_CONFLICT,
                         "Container %s is paused, unpause the container before copying files",
                         container->name);
    if (s->phase != PHASE_RUNNING)
        return reach_resting(f, err);
    f->in_guest = r->isolation == WCOW_ISOLATION_HYPERV;
    return f->in_guest ? show(f, NULL, err) : reach_running(f, err);
}

wcow_status container_files_open(wcow_container *container, container_files *out, wcow_error *err)
{
    const uint64_t give_up = ticks_after(PATIENCE_MILLISECONDS);

    for (;;) {
        wcow_error problem = WCOW_ERROR_INIT;
        container_files f = CONTAINER_FILES_INIT;
        wcow_status status;

        f.container = container;
        status = reach(&f, &problem);
        if (!status) {
            *out = f;
            return WCOW_OK;
        }
        ignore(container_files_close(&f, NULL));
        if (status != WCOW_TIMEOUT || ticks_now() >= give_up)
            return error_pass(err, status, &problem);
        clock_sleep(PAUSE_MILLISECONDS);
    }
}

wcow_status container_files_close(container_files *f, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    file_view_close(&f->view); /* a drive with an open folder is not let go of */
    if (f->mounted)
        status = scratch_unmount(&f->rest.layers, f->rest.scratch, err);
    if (f->mounted && !status)
        status = resting_done(f->container, err);
    f->mounted = false;
    resting_clear(&f->rest);
    f->rest = (resting)RESTING_INIT;
    return status;
}

/* ---- what is done with them ---- */

wcow_status container_files_find(container_files *f, const char *path, bool follow, view_file *out,
                                 wcow_error *err)
{
    return f->in_guest ? guest_find(f->container, path, follow, out, err)
                       : file_view_find(&f->view, path, follow, out, err);
}

wcow_status container_files_pack(container_files *f, const char *path, bool follow,
                                 const char *name, const byte_sink *sink, copy_notes *notes,
                                 wcow_error *err)
{
    return f->in_guest ? guest_pack(f->container, path, follow, name, sink, notes, err)
                       : tree_pack(&f->view, path, name, sink, notes, err);
}

wcow_status container_files_unpack(container_files *f, const byte_source *tar, const char *folder,
                                   copy_notes *notes, wcow_error *err)
{
    const unpack_target target = {.view = &f->view, .folder = folder, .own_links = true};

    return f->in_guest ? guest_unpack(f->container, tar, folder, notes, err)
                       : tree_unpack(tar, &target, notes, err);
}
