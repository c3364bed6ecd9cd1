/* SPDX-License-Identifier: MIT */
/*
 * pull: images from a registry into the store, and their layers onto the host.
 *
 * Layers are imported twice over, as it were. While later ones still come, each that has arrived is
 * imported at once (take); when all are in the store, those that nobody imported yet follow
 * (complete): of an image whose blobs were there before, that is all of them. Only then the image
 * gets its name.
 */
#include <wcow/image.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/options.h"
#include "base/text.h"
#include "engine/host/image_layers.h"
#include "engine/image/image_event.h"
#include "engine/image/platform.h"
#include "engine/image/transfers.h"
#include "engine/layer/users.h"

/* What a user asked for, and what it is done with. */
typedef struct pull {
    wcow_host *host;
    image_reference *reference; /* of the image at hand, or without a tag of the repository */
    platform_wish wish;
    transfers transfers;
    layer_store layers;
    bool imports; /* false: there is no storage service, as on Linux; the blobs alone are kept */
} pull;

static void pull_clear(pull *p)
{
    transfers_close(&p->transfers);
    reference_free(p->reference);
}

DEFINE_CLEANUP_VALUE(pull, pull, pull_clear)

/* One image on its way. */
typedef struct arrival {
    pull *pull;
    const char *name;
    string_list imported; /* diff ids, base first, up to the last layer that this pull imported */
} arrival;

static void arrival_clear(arrival *a)
{
    string_list_free(&a->imported);
}

DEFINE_CLEANUP_VALUE(arrival, arrival, arrival_clear)

static wcow_status cannot_import(const arrival *a, wcow_status status, wcow_error *err)
{
    return error_wrap(err, status, "cannot import the layers of '%s'", a->name);
}

/* ---- layers ---- */

/* What this pull may have imported now: the first layers of those, so many of them. */
static wcow_status note_imported(arrival *a, const string_list *diff_ids, size_t count,
                                 wcow_error *err)
{
    for (size_t n = a->imported.count; n < count; n++) {
        if (!string_list_add(&a->imported, diff_ids->items[n]))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status import_arrived(arrival *a, const arrived_layer *arrived, const char *parent,
                                  wcow_error *err)
{
    cleanup_blob_reader blob_reader *blob = NULL;
    const char *diff_id = arrived->diff_ids->items[arrived->number];
    wcow_status status = arrived_layer_open(arrived, &blob, err);

    if (!status)
        status = layer_import_blob(&a->pull->layers, parent, diff_id, blob,
                                   &a->pull->transfers.told.sink, err);
    return status ? cannot_import(a, status, err)
                  : note_imported(a, arrived->diff_ids, arrived->number + 1, err);
}

/* A layer_taker. The lease of what is fetched names the layer already, so one that is found with
 * nobody at work on it stays. */
static wcow_status take(void *context, const arrived_layer *arrived, wcow_error *err)
{
    arrival *a = context;
    const size_t n = arrived->number;
    cleanup_strings string_list chains = STRING_LIST_INIT;
    cleanup_layer layer *present = NULL;
    wcow_status status = layer_chain_ids(arrived->diff_ids, &chains, err);
    bool there;

    if (status)
        return status;
    there = layer_open_settled(&a->pull->layers, chains.items[n], &present, NULL) == WCOW_OK;
    if (!there)
        status = import_arrived(a, arrived, n ? chains.items[n - 1] : NULL, err);
    if (!status && (arrived->fresh || !there))
        ignore(progress_tell(&a->pull->transfers.told.sink, arrived->digest, "Pull complete", 0, 0,
                             NULL)); /* who cancels is told so by the next step */
    return status;
}

/* An image_taker. */
static wcow_status complete(void *context, const char *id, wcow_error *err)
{
    arrival *a = context;
    pull *p = a->pull;
    cleanup_image image *one = NULL;
    wcow_status noted;
    wcow_status status = image_store_open(&p->transfers.images, id, &one, err);

    if (status == WCOW_NOT_FOUND)
        status = image_was_removed(id, err);
    if (status)
        return cannot_import(a, status, err);
    status = image_unpack(p->host, one, &p->transfers.told.sink, err);
    if (status)
        (void)cannot_import(a, status, err);
    noted = note_imported(a, &one->config->diff_ids, one->config->diff_ids.count, err);
    return noted ? noted : status;
}

/* What another pull may go on with stays; what nobody can ever run goes. */
static void give_back(arrival *a, wcow_status status)
{
    if (a->imported.count && status != WCOW_CANCELLED && status != WCOW_UNAVAILABLE)
        ignore(layers_release(a->pull->host, &a->imported, NULL));
}

/* ---- an image ---- */

static wcow_status say_begin(pull *p, wcow_error *err)
{
    const image_reference *reference = p->reference;
    cleanup_free char *line =
        text_format("%s: Pulling from %s", reference->digest ? reference->digest : reference->tag,
                    reference->path);

    return transfers_say(&p->transfers, line, err);
}

static wcow_status say_end(pull *p, const fetch_result *result, wcow_error *err)
{
    cleanup_free char *familiar = reference_familiar(p->reference);
    cleanup_free char *digest = text_format("Digest: %s", result->digest);
    cleanup_free char *state = text_format(
        "Status: %s %s", result->fresh ? "Downloaded newer image for" : "Image is up to date for",
        familiar ? familiar : "");
    wcow_status status = familiar ? WCOW_OK : error_no_memory(err);

    if (!status)
        image_event_of(p->host, "pull", p->reference);
    if (!status)
        status = transfers_say(&p->transfers, digest, err);
    return status ? status : transfers_say(&p->transfers, state, err);
}

static wcow_status pull_image(pull *p, wcow_error *err)
{
    cleanup_free char *name = reference_canonical(p->reference);
    CLEANUP(arrival) arrival a = {.pull = p, .name = name};
    const fetch_request request = {.store = &p->transfers.images,
                                   .registry = &p->transfers.registry,
                                   .reference = p->reference,
                                   .choice = platform_choice(&p->wish),
                                   .progress = &p->transfers.told.sink,
                                   .take = p->imports ? take : NULL,
                                   .finish = p->imports ? complete : NULL,
                                   .take_context = &a};
    fetch_result result = {"", false};
    wcow_status status = name ? say_begin(p, err) : error_no_memory(err);

    if (!status)
        status = image_fetch(&request, &result, err);
    if (status)
        give_back(&a, status);
    return status ? status : say_end(p, &result, err);
}

/* ---- what was asked for ---- */

/* One image, by its tag (or the default one) or by its digest; where both are given the digest
 * alone counts, as for Docker. */
static wcow_status pull_single(pull *p, char **name, wcow_error *err)
{
    if (!reference_default_tag(p->reference))
        return error_no_memory(err);
    *name = reference_canonical(p->reference);
    if (!*name)
        return error_no_memory(err);
    if (p->reference->digest)
        free(TAKE(p->reference->tag));
    return pull_image(p, err);
}

/* Every tag of a repository, one after the other. */
static wcow_status pull_repository(pull *p, char **name, wcow_error *err)
{
    image_reference *reference = p->reference;
    cleanup_strings string_list tags = STRING_LIST_INIT;
    wcow_status status;

    if (reference->tag || reference->digest)
        return error_set(err, WCOW_INVALID, "tag can't be used with --all-tags/-a");
    *name = text_format("%s/%s", reference->domain, reference->path);
    status =
        *name ? image_tags(&p->transfers.registry, reference, &tags, err) : error_no_memory(err);
    for (size_t i = 0; i < tags.count && !status; i++) {
        free(reference->tag);
        reference->tag = text_copy(tags.items[i]);
        status = reference->tag ? pull_image(p, err) : error_no_memory(err);
    }
    return status;
}

wcow_status wcow_image_pull(wcow_host *host, const char *reference,
                            const wcow_pull_options *options, wcow_error *err)
{
    wcow_pull_options how = WCOW_PULL_OPTIONS_INIT;
    CLEANUP(pull) pull p = {.host = host, .transfers = TRANSFERS_INIT};
    cleanup_free char *name = NULL;
    wcow_status status = options_copy(&how, sizeof how, options, "wcow_pull_options", err);

    if (!status)
        status = reference_parse(reference, &p.reference, err);
    if (!status)
        status = platform_parse(host, how.platform, how.process, &p.wish, err);
    if (!status)
        status = transfers_open(host, how.told, how.context, &p.transfers, err);
    if (status)
        return status;
    p.imports = host_layers(host, &p.layers, NULL) == WCOW_OK;
    status = how.all_tags ? pull_repository(&p, &name, err) : pull_single(&p, &name, err);
    if (!status && how.name)
        *how.name = TAKE(name);
    return status;
}
