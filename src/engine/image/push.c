/* SPDX-License-Identifier: MIT */
/* push, and tag, which comes before it. */
#include <wcow/image.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/image/image_event.h"
#include "engine/image/transfers.h"

static wcow_status push_one(wcow_host *host, transfers *t, const image_reference *reference,
                            wcow_error *err)
{
    const send_request request = {.store = &t->images,
                                  .registry = &t->registry,
                                  .reference = reference,
                                  .progress = &t->told.sink,
                                  .chunk = SEND_CHUNK};
    cleanup_free char *familiar = reference_familiar(reference);
    cleanup_free char *line = NULL;
    send_result result = {"", 0};
    wcow_status status = familiar ? image_send(&request, &result, err) : error_no_memory(err);

    if (status)
        return error_wrap(err, status, "cannot push %s", familiar ? familiar : "");
    image_event_of(host, "push", reference);
    line = text_format("%s: digest: %s size: %" PRIu64, reference->tag, result.digest, result.size);
    if (!line)
        return error_no_memory(err);
    ignore(transfers_say(t, line, NULL)); /* too late to cancel: it is there */
    return WCOW_OK;
}

static bool same_repository(const image_reference *a, const image_reference *b)
{
    return a && strcmp(a->domain, b->domain) == 0 && strcmp(a->path, b->path) == 0;
}

static wcow_status push_tags(wcow_host *host, transfers *t, const image_reference *reference,
                             wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_free char *repository = reference_repository(reference);
    wcow_status status = image_store_list(&t->images, &records, err);
    size_t pushed = 0;

    for (size_t i = 0; i < records.count && !status; i++) {
        if (!same_repository(records.items[i].reference, reference))
            continue;
        status = push_one(host, t, records.items[i].reference, err);
        pushed++;
    }
    if (!status && !pushed)
        status = error_set(err, WCOW_NOT_FOUND, "An image does not exist locally with the tag: %s",
                           repository ? repository : reference->path);
    return status;
}

static wcow_status begin(transfers *t, const image_reference *reference, wcow_error *err)
{
    cleanup_free char *line =
        text_format("The push refers to repository [%s/%s]", reference->domain, reference->path);

    return transfers_say(t, line, err);
}

static wcow_status check(const transfers *t, const image_reference *reference, wcow_error *err)
{
    cleanup_free char *name = reference_canonical(reference);
    cleanup_free char *repository = reference_repository(reference);
    cleanup_image image *one = NULL;
    wcow_status status;

    if (!name || !repository)
        return error_no_memory(err);
    status = image_store_open(&t->images, name, &one, err);
    if (status == WCOW_NOT_FOUND)
        return error_set(err, status, "An image does not exist locally with the tag: %s",
                         repository);
    return status;
}

wcow_status wcow_image_push(wcow_host *host, const char *reference, bool all_tags,
                            wcow_transfer_fn *told, void *context, char **name, wcow_error *err)
{
    cleanup_reference image_reference *parsed = NULL;
    cleanup_transfers transfers t = TRANSFERS_INIT;
    cleanup_free char *whole = NULL;
    wcow_status status = reference_parse(reference, &parsed, err);

    if (!status && parsed->digest)
        status = error_set(err, WCOW_INVALID, "cannot push a digest reference");
    if (!status && all_tags && parsed->tag)
        status = error_set(err, WCOW_INVALID, "tag can't be used with --all-tags/-a");
    if (!status)
        status = transfers_open(host, told, context, &t, err);
    if (status)
        return status;
    if (!all_tags && !reference_default_tag(parsed))
        return error_no_memory(err);
    whole = reference_canonical(parsed);
    if (!whole)
        return error_no_memory(err);
    if (!all_tags)
        status = check(&t, parsed, err);
    if (!status)
        status = begin(&t, parsed, err);
    if (status)
        return status;
    status = all_tags ? push_tags(host, &t, parsed, err) : push_one(host, &t, parsed, err);
    if (!status && name)
        *name = TAKE(whole);
    return status;
}

wcow_status wcow_image_tag(wcow_host *host, const char *reference, const char *name,
                           wcow_error *err)
{
    cleanup_reference image_reference *parsed = NULL;
    cleanup_image image *one = NULL;
    image_store images;
    wcow_status status = reference_parse(name, &parsed, err);

    if (!status && parsed->digest)
        status = error_set(err, WCOW_INVALID,
                           "refusing to create a tag with a digest reference: '%s'", name);
    if (!status && !reference_default_tag(parsed))
        status = error_no_memory(err);
    if (!status)
        status = host_images(host, &images, err);
    if (!status)
        status = image_store_open(&images, reference, &one, err);
    if (!status)
        status = image_store_tag(&images, &one->record.descriptor, parsed, err);
    if (!status)
        image_event_tag(host, one->record.id, parsed);
    return status;
}
