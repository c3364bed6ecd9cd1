/* SPDX-License-Identifier: MIT */
/* pull: images from a registry into the store, and their layers onto the host. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/options.h"
#include "base/text.h"
#include "engine/image/platform.h"
#include "engine/image/remove.h"
#include "engine/image/transfers.h"
#include "engine/layer/users.h"

/* One image on its way; the context of the layers that arrive. */
typedef struct pulling {
    wcow_host *host;
    transfers *transfers;
    const char *name;
    layer_store layers;
    string_list imported; /* diff ids, base first, up to the last layer that this pull imported */
} pulling;

static void pulling_clear(pulling *p)
{
    string_list_free(&p->imported);
}

DEFINE_CLEANUP_VALUE(pulling, pulling, pulling_clear)

static wcow_status cannot_import(const pulling *p, wcow_status status, wcow_error *err)
{
    return error_wrap(err, status, "cannot import the layers of '%s'", p->name);
}

/* Passes the import of layers on as events. */
static bool tell_import(void *context, const char *what, uint64_t done, uint64_t total)
{
    const pulling *p = context;

    return transfer_tell(&p->transfers->progress, what, "Extracting", done, total);
}

static wcow_status chain_of(const string_list *diff_ids, size_t number, layer_id parent,
                            layer_id out, wcow_error *err)
{
    wcow_status status = layer_chain_id(NULL, diff_ids->items[0], out, err);

    for (size_t n = 1; n <= number && !status; n++) {
        memcpy(parent, out, sizeof(layer_id));
        status = layer_chain_id(parent, diff_ids->items[n], out, err);
    }
    return status;
}

static wcow_status import_arrived(pulling *p, const arrived_layer *arrived, const char *parent,
                                  wcow_error *err)
{
    cleanup_blob_reader blob_reader *blob = NULL;
    const char *diff_id = arrived->diff_ids->items[arrived->number];
    wcow_status status = arrived_layer_open(arrived, &blob, err);

    if (!status)
        status = layer_import_blob(&p->layers, parent, diff_id, arrived->digest, blob, tell_import,
                                   p, err);
    if (status)
        return cannot_import(p, status, err);
    for (size_t n = p->imported.count; n <= arrived->number; n++) {
        if (!string_list_add(&p->imported, arrived->diff_ids->items[n]))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* A layer that is here, while those above it still come: it is imported at once. The pull's lease
 * names it already, so what is found with nobody at work on it stays. */
static wcow_status take(void *context, const arrived_layer *arrived, wcow_error *err)
{
    pulling *p = context;
    cleanup_layer layer *present = NULL;
    layer_id parent;
    layer_id chain;
    wcow_status status = chain_of(arrived->diff_ids, arrived->number, parent, chain, err);
    bool there;

    if (status)
        return status;
    there = layer_open_settled(&p->layers, chain, &present, NULL) == WCOW_OK;
    if (!there)
        status = import_arrived(p, arrived, arrived->number ? parent : NULL, err);
    if (!status && (arrived->fresh || !there))
        (void)transfer_tell(&p->transfers->progress, arrived->digest, "Pull complete", 0, 0);
    return status;
}

/* What another pull may go on with stays; what nobody can ever run goes. */
static void give_back(pulling *p, wcow_status status)
{
    if (p->imported.count && status != WCOW_CANCELLED && status != WCOW_UNAVAILABLE)
        ignore(layers_release(p->host, &p->imported, NULL));
}

/* The image is in the store, its layers are imported – unless its blobs were there before. */
static wcow_status unpack(void *context, const char *id, wcow_error *err)
{
    pulling *p = context;
    cleanup_image image *one = NULL;
    wcow_status status = image_store_open(&p->transfers->images, id, &one, err);

    if (status == WCOW_NOT_FOUND)
        status = image_was_removed(id, err);
    if (!status)
        status = image_unpack(p->host, one, tell_import, p, err);
    for (size_t n = p->imported.count; one && n < one->config->diff_ids.count; n++) {
        if (!string_list_add(&p->imported, one->config->diff_ids.items[n]))
            return error_no_memory(err);
    }
    return status ? cannot_import(p, status, err) : WCOW_OK;
}

static wcow_status say(transfers *t, const char *line, wcow_error *err)
{
    if (!line)
        return error_no_memory(err);
    if (!transfer_tell(&t->progress, NULL, line, 0, 0))
        return error_set(err, WCOW_CANCELLED, "cancelled");
    return WCOW_OK;
}

static wcow_status report(transfers *t, const fetch_result *result, const char *familiar,
                          wcow_error *err)
{
    cleanup_free char *digest = text_format("Digest: %s", result->digest);
    cleanup_free char *state = text_format(
        "Status: %s %s", result->fresh ? "Downloaded newer image for" : "Image is up to date for",
        familiar);
    wcow_status status = say(t, digest, err);

    return status ? status : say(t, state, err);
}

static wcow_status pull_one(wcow_host *host, transfers *t, const image_reference *reference,
                            platform_wish *wish, wcow_error *err)
{
    cleanup_free char *familiar = reference_familiar(reference);
    cleanup_free char *name = reference_canonical(reference);
    CLEANUP(pulling) pulling p = {.host = host, .transfers = t, .name = name};
    /* Where there is no storage service, as on Linux, the blobs alone are kept. */
    const bool imports = host_layers(host, &p.layers, NULL) == WCOW_OK;
    const fetch_request request = {.store = &t->images,
                                   .registry = &t->registry,
                                   .reference = reference,
                                   .choice = platform_choice(wish),
                                   .progress = &t->progress,
                                   .take = imports ? take : NULL,
                                   .finish = imports ? unpack : NULL,
                                   .take_context = &p};
    cleanup_free char *begin =
        text_format("%s: Pulling from %s", reference->digest ? reference->digest : reference->tag,
                    reference->path);
    fetch_result result = {"", false};
    wcow_status status;

    if (!familiar || !name)
        return error_no_memory(err);
    status = say(t, begin, err);
    if (!status)
        status = image_fetch(&request, &result, err);
    if (status)
        give_back(&p, status);
    return status ? status : report(t, &result, familiar, err);
}

static wcow_status pull_tags(wcow_host *host, transfers *t, image_reference *reference,
                             platform_wish *wish, wcow_error *err)
{
    cleanup_strings string_list tags = STRING_LIST_INIT;
    wcow_status status = image_tags(&t->registry, reference, &tags, err);

    for (size_t i = 0; i < tags.count && !status; i++) {
        free(reference->tag);
        reference->tag = text_copy(tags.items[i]);
        status = reference->tag ? pull_one(host, t, reference, wish, err) : error_no_memory(err);
    }
    return status;
}

wcow_status wcow_image_pull(wcow_host *host, const char *reference,
                            const wcow_pull_options *options, wcow_error *err)
{
    wcow_pull_options how = WCOW_PULL_OPTIONS_INIT;
    cleanup_reference image_reference *parsed = NULL;
    cleanup_transfers transfers t = {.open = false};
    cleanup_free char *name = NULL;
    platform_wish wish;
    wcow_status status = options_copy(&how, sizeof how, options, "wcow_pull_options", err);

    if (!status)
        status = reference_parse(reference, &parsed, err);
    if (!status && how.all_tags && (parsed->tag || parsed->digest))
        status = error_set(err, WCOW_INVALID, "tag can't be used with --all-tags/-a");
    if (!status)
        status = platform_parse(host, how.platform, how.process, &wish, err);
    if (!status)
        status = transfers_open(host, how.told, how.context, &t, err);
    if (status)
        return status;
    if (!how.all_tags && !reference_default_tag(parsed))
        return error_no_memory(err);
    name = how.all_tags ? text_format("%s/%s", parsed->domain, parsed->path)
                        : reference_canonical(parsed);
    if (!name)
        return error_no_memory(err);
    if (parsed->digest) { /* it alone counts, as for Docker */
        free(parsed->tag);
        parsed->tag = NULL;
    }
    status = how.all_tags ? pull_tags(host, &t, parsed, &wish, err)
                          : pull_one(host, &t, parsed, &wish, err);
    if (!status && how.name)
        *how.name = TAKE(name);
    return status;
}
