/* SPDX-License-Identifier: MIT */
/* pull: images from a registry into the store, and their layers onto the host. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "container/platform.h"
#include "container/transfers.h"

/* Passes the import of layers on as events. */
static bool tell_import(void *context, const char *what, uint64_t done, uint64_t total)
{
    transfers *t = context;

    return transfer_tell(&t->progress, what, "Extracting", done, total);
}

static void forget(const image_store *images, const char *id)
{
    cleanup_image_removal image_removal removal = {.deleted = false};

    (void)!image_store_remove(images, id, true, &removal, NULL);
}

/* Where there is no storage service, as on Linux, the blobs alone are kept. */
static wcow_status unpack(wcow_host *host, transfers *t, const char *reference, wcow_error *err)
{
    cleanup_image image *one = NULL;
    storage_port *storage;
    wcow_status status = image_store_open(&t->images, reference, &one, err);

    if (status || host_storage(host, &storage, NULL))
        return status;
    status = image_unpack(host, one, tell_import, t, err);
    if (status == WCOW_CORRUPT)
        forget(&t->images, one->record.id);
    if (status)
        return error_wrap(err, status, "cannot import the layers of '%s'", reference);
    for (size_t i = 0; i < one->manifest->count; i++)
        (void)transfer_tell(&t->progress, one->manifest->items[i].digest, "Pull complete", 0, 0);
    return WCOW_OK;
}

static wcow_status say(transfers *t, const char *line, wcow_error *err)
{
    if (!line)
        return error_no_memory(err);
    if (!transfer_tell(&t->progress, NULL, line, 0, 0))
        return error_set(err, WCOW_CANCELLED, "cancelled");
    return WCOW_OK;
}

static wcow_status report(transfers *t, const pull_result *result, const char *familiar,
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
    const pull_request request = {.store = &t->images,
                                  .registry = &t->registry,
                                  .reference = reference,
                                  .choice = platform_choice(wish),
                                  .progress = &t->progress};
    cleanup_free char *familiar = reference_familiar(reference);
    cleanup_free char *name = reference_canonical(reference);
    cleanup_free char *begin =
        text_format("%s: Pulling from %s", reference->digest ? reference->digest : reference->tag,
                    reference->path);
    pull_result result = {"", false};
    wcow_status status;

    if (!familiar || !name)
        return error_no_memory(err);
    status = say(t, begin, err);
    if (!status)
        status = image_pull(&request, &result, err);
    if (!status)
        status = unpack(host, t, name, err);
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
    const wcow_pull_options defaults = WCOW_PULL_OPTIONS_INIT;
    cleanup_reference image_reference *parsed = NULL;
    cleanup_transfers transfers t = {.open = false};
    platform_wish wish;
    wcow_status status = reference_parse(reference, &parsed, err);

    if (!options)
        options = &defaults;
    if (!status && options->all_tags && (parsed->tag || parsed->digest))
        status = error_set(err, WCOW_INVALID, "tag can't be used with --all-tags/-a");
    if (!status)
        status = platform_parse(host, options->platform, options->process, &wish, err);
    if (!status)
        status = transfers_open(host, options->told, options->context, &t, err);
    if (status)
        return status;
    if (options->all_tags)
        return pull_tags(host, &t, parsed, &wish, err);
    if (!reference_default_tag(parsed))
        return error_no_memory(err);
    return pull_one(host, &t, parsed, &wish, err);
}
