/* SPDX-License-Identifier: MIT */
/* Finding a container, and giving it another name. */
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/container.h"
#include "engine/container/container_event.h"
#include "engine/container/id.h"
#include "engine/container/name_claim.h"
#include "engine/container/peer_names.h"
#include "engine/container/reconcile.h"
#include "engine/container/remove.h"

wcow_status wcow_container_open(wcow_host *host, const char *reference, wcow_container **out,
                                wcow_error *err)
{
    cleanup_free char *id = NULL;
    cleanup_free char *name = NULL;
    cleanup_state state *s = NULL;
    cleanup_container wcow_container *container = NULL;
    wcow_status status = catalog_find(host, reference, &id, &name, err);

    if (status)
        return status;
    container = container_new(host, id, name);
    if (!container)
        return error_no_memory(err);
    /* Brings it to rest if its monitor died. What cannot be read shows when it is used. */
    if (!container_settle(container, &s, NULL) && removal_of_lost(container, s))
        return error_set(err, WCOW_NOT_FOUND, "No such container: %s", reference);
    *out = TAKE(container);
    return host_step(host, WCOW_OK, "the container is found");
}

/* Both are claimed while its file may say either: a claim of one alone would deny the other. */
static wcow_status take_name(wcow_host *host, record *r, const char *name, wcow_error *err)
{
    cleanup_free char *former = text_copy(r->name);
    wcow_status status = former ? name_claim_make(host, r->id, former, err) : error_no_memory(err);

    if (!status)
        status = name_claim_make(host, r->id, name, err);
    if (!status && !text_replace(&r->name, name))
        status = error_no_memory(err);
    if (!status)
        status = record_write(host, r, err);
    if (!status && !text_equal_ignore_case(former, name)) /* those are one file on Windows */
        name_claim_drop(host, r->id, former);
    return status;
}

wcow_status wcow_container_rename(wcow_container *container, const char *name, wcow_error *err)
{
    const char *plain = name[0] == '/' ? name + 1 : name;
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_record record *r = NULL;
    cleanup_free char *owner = NULL;
    cleanup_free char *copy = text_copy(plain);
    cleanup_free char *former = NULL;
    wcow_host *host = container->host;
    wcow_status status = copy ? name_check(plain, err) : error_no_memory(err);

    if (!status)
        status = catalog_lock(host, &lock, err);
    if (!status)
        status = container_record(container, &r, err);
    if (status)
        return status;
    if (text_equal(r->name, plain))
        return error_set(err, WCOW_INVALID,
                         "Renaming a container with the same name as its current name");
    status = catalog_owner(host, plain, &owner, err);
    if (!status && owner)
        status = error_set(err, WCOW_ALREADY_EXISTS,
                           "Conflict. The container name \"/%s\" is already in use by container "
                           "\"%s\". You have to remove (or rename) that container to be able to "
                           "reuse that name.",
                           plain, owner);
    if (!status && !(former = text_format("/%s", r->name)))
        status = error_no_memory(err);
    if (!status)
        status = take_name(host, r, plain, err);
    if (status)
        return status;
    store_lock_release(&lock);
    container_event(host, r, "rename", &(event_attribute){"oldName", former}, 1);
    peer_names_spread(host, r->id, &r->networks);
    free(container->name);
    container->name = TAKE(copy);
    return WCOW_OK;
}
