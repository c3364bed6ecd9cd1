/* SPDX-License-Identifier: MIT */
/* create: record, config and scratch of a new container. */
#include "engine/container/draft.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/container.h"
#include "engine/container/container_event.h"
#include "engine/container/id.h"
#include "engine/container/monitor_link.h"
#include "engine/container/name_claim.h"
#include "engine/container/reconcile.h"
#include "engine/container/remove.h"
#include "engine/container/volume_copy.h"
#include "engine/container/volumes.h"
#include "engine/host/image_layers.h"
#include "engine/host/paths.h"
#include "layer/store/scratch.h"

#define NAME_ATTEMPTS 50u

/* Under the catalog's lock: a name nobody else has. */
static wcow_status take_given_name(wcow_host *host, const char *name, wcow_error *err)
{
    cleanup_free char *owner = NULL;
    wcow_status status = catalog_owner(host, name, &owner, err);

    if (status || !owner)
        return status;
    return error_set(err, WCOW_ALREADY_EXISTS,
                     "Conflict. The container name \"/%s\" is already in use by container \"%s\". "
                     "You have to remove (or rename) that container to be able to reuse that name.",
                     name, owner);
}

/* Whoever has it is brought to rest, and may be gone then: with --rm, by its monitor's death. */
static void free_name(wcow_host *host, const char *name)
{
    cleanup_free char *owner = NULL;
    cleanup_container wcow_container *had = NULL;

    if (!catalog_owner(host, name, &owner, NULL) && owner)
        ignore(wcow_container_open(host, owner, &had, NULL));
}

static wcow_status make_up_name(wcow_host *host, record *r, wcow_error *err)
{
    char name[NAME_SIZE];

    for (unsigned attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
        cleanup_free char *owner = NULL;
        wcow_status status = name_make(attempt, name, err);

        if (!status)
            status = catalog_owner(host, name, &owner, err);
        if (status)
            return status;
        if (!owner)
            return text_replace(&r->name, name) ? WCOW_OK : error_no_memory(err);
    }
    return error_set(err, WCOW_FAILED, "cannot find a free name: give one");
}

/* An rmi that came first must win: what it has destroyed cannot be built on. */
static wcow_status check_image(wcow_host *host, const record *r, wcow_error *err)
{
    cleanup_image image *again = NULL;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    return status ? status : image_store_open(&images, r->image_id, &again, err);
}

static wcow_status write_config(wcow_host *host, const draft *d, wcow_error *err)
{
    cleanup_free char *config = path_in_container(host, d->record->id, FILE_CONFIG);
    cleanup_free char *scratch = path_in_container(host, d->record->id, FILE_SCRATCH);
    wcow_status status;

    if (!config || !scratch)
        return error_no_memory(err);
    status = store_make_directory(host, scratch, err);
    return status ? status : store_write(host, config, d->config, err);
}

/*
 * container.json comes last: it makes the folder a container, and takes the name. Until then the
 * folder is debris, which nobody touches while the catalog's lock is held. Nor is a volume of it
 * anybody's to remove: whoever does that looks for its users under the same lock.
 */
static wcow_status write_files(wcow_host *host, const draft *d, store_lock *owner, wcow_error *err)
{
    static const state creating = {.phase = PHASE_CREATING};
    const char *id = d->record->id;
    wcow_status status = write_config(host, d, err);

    if (!status)
        status = container_own(host, id, host->limits.lock, owner, err);
    if (!status)
        status = state_write(host, id, &creating, err);
    if (!status)
        status = volumes_make(host, d->record, err);
    if (!status)
        status = name_claim_make(host, id, d->record->name, err);
    if (!status)
        status = record_write(host, d->record, err);
    return status;
}

static wcow_status enrol(wcow_host *host, draft *d, store_lock *owner, wcow_error *err)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    wcow_status status;

    if (*d->record->name)
        free_name(host, d->record->name);
    status = catalog_lock(host, &lock, err);
    if (!status)
        status = *d->record->name ? take_given_name(host, d->record->name, err)
                                  : make_up_name(host, d->record, err);
    if (!status)
        status = check_image(host, d->record, err);
    if (status)
        return status;
    status = write_files(host, d, owner, err);
    if (status) {
        ignore(volumes_retire_unfinished(host, d->record->id, NULL));
        name_claim_drop(host, d->record->id, d->record->name);
        store_lock_release(owner);
        store_lock_release(&lock);
        ignore(volume_sweep(host, NULL));
        ignore(removal_sweep(host, d->record->id, NULL));
    }
    return status;
}

static wcow_status make_scratch(wcow_host *host, const draft *d, wcow_error *err)
{
    cleanup_layer_chain layer_chain chain = LAYER_CHAIN_INIT;
    cleanup_free char *path = path_of_scratch(host, d->record->id);
    layer_store layers;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = host_layers(host, &layers, err);
    if (!status)
        status = layer_chain_open(&layers, d->record->chain, &chain, err);
    if (!status)
        status = scratch_create(&layers, path, &chain, d->scratch_size, err);
    if (!status)
        status = volumes_fill(host, d->record, &layers, &chain, err);
    return status;
}

static wcow_status finish(void *context, state *s, wcow_error *err)
{
    (void)context;
    (void)err;
    s->phase = PHASE_CREATED;
    s->made = true;
    return WCOW_OK;
}

/* With the owner's lock held. */
static wcow_status make_parts(wcow_container *container, bool start_follows, const draft *d,
                              wcow_error *err)
{
    wcow_host *host = container->host;
    wcow_status status;

    if (start_follows) /* its monitor comes while the scratch is made, and waits for the lock */
        monitor_start_ahead(container, d->record);
    status = host_step(host, make_scratch(host, d, err), "its scratch layer is made");
    if (status)
        return status;
    return host_step(host, state_change(host, container->id, finish, NULL, err),
                     "the container is made");
}

static wcow_status build(wcow_host *host, bool start_follows, draft *d, wcow_container **out,
                         wcow_error *err)
{
    cleanup_container wcow_container *container = NULL;
    cleanup_lock store_lock owner = STORE_LOCK_INIT;
    wcow_status status = host_step(host, enrol(host, d, &owner, err), "the container is enrolled");

    if (status)
        return status;
    container = container_new(host, d->record->id, d->record->name);
    status = container ? make_parts(container, start_follows, d, err) : error_no_memory(err);
    if (status) {
        ignore(removal_carry_out(host, d->record->id, NULL, true, &owner, NULL));
        return status;
    }
    container_event(host, d->record, "create", NULL, 0);
    container->warnings = d->warnings;
    d->warnings = (string_list)STRING_LIST_INIT;
    *out = TAKE(container);
    return WCOW_OK;
}

static wcow_status check_mounts(wcow_host *host, const mount_list *mounts, wcow_error *err)
{
    files_port *files = NULL;
    wcow_status status = host_files(host, &files, err);

    for (size_t i = 0; i < mounts->count && !status; i++)
        status = mount_source_check(files, &mounts->items[i], err);
    return status;
}

static wcow_status create(wcow_host *host, container_wish *wish, wcow_container **out,
                          wcow_error *err)
{
    cleanup_image image *source = NULL;
    cleanup_draft draft d = {0};
    char id[ID_LENGTH + 1];
    image_store images;
    wcow_status status = draft_check(host, wish, &d, err);

    if (!status)
        status = check_mounts(host, &wish->mounts, err);
    if (!status)
        status = host_images(host, &images, err);
    if (!status)
        status = host_step(host, image_store_open(&images, wish->spec.image, &source, err),
                           "the image is read");
    if (!status)
        status = network_wish_check(host, &wish->network, err);
    if (!status)
        status = id_make(id, err);
    if (!status)
        status = draft_new(host, wish, source, id, &d, err);
    if (!status)
        status = host_step(host, image_unpack(host, source, NULL, err), "its layers are there");
    return status ? status : build(host, wish->spec.start_follows, &d, out, err);
}

wcow_status wcow_container_create(wcow_host *host, const wcow_container_spec *spec,
                                  wcow_container **out, wcow_error *err)
{
    cleanup_container_wish container_wish wish = {0};
    wcow_status status = config_take(spec, &wish, err);

    if (status)
        return status;
    status = create(host, &wish, out, err);
    /* These name what is wrong by themselves, in Docker's words. */
    if (status && status != WCOW_NOT_FOUND && status != WCOW_ALREADY_EXISTS)
        error_wrap(err, status,
                   wish.spec.name ? "cannot create container '%s'"
                                  : "cannot create a container of '%s'",
                   wish.spec.name ? wish.spec.name : wish.spec.image);
    return status;
}
