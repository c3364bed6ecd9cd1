/* SPDX-License-Identifier: MIT */
/* Pushing one image: blobs, then the manifest. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/store/blob.h"
#include "image/transfer/send.h"

static void send_clear(sending *s)
{
    registry_free(s->registry);
    http_client_free(s->client);
    image_records_free(&s->records);
}

DEFINE_CLEANUP_VALUE(sending, sending, send_clear)

/* Layers that may not be distributed stay where their manifest says. */
static wcow_status send_layers(sending *s, const image_manifest *manifest, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (size_t i = 0; i < manifest->count && !status; i++)
        status = send_tell(s, &manifest->items[i], "Preparing", 0, err);
    for (size_t i = 0; i < manifest->count && !status; i++) {
        const image_descriptor *layer = &manifest->items[i];

        if (layer->urls.count && !blob_exists(s->request->store, layer->digest))
            status = send_tell(s, layer, "Skipped foreign layer", 0, err);
        else
            status = send_blob(s, layer, err);
    }
    return status;
}

static wcow_status put_manifest(sending *s, const image_descriptor *descriptor, const char *bytes,
                                size_t size, const char *media_type, wcow_error *err)
{
    cleanup_http_response http_response response = {.status = 0};
    cleanup_free char *url = text_format("manifests/%s", s->request->reference->tag);
    cleanup_free char *type = text_format("Content-Type: %s", media_type);
    const char *const headers[] = {type, NULL};
    const registry_request request = {
        .method = "PUT", .url = url, .headers = headers, .bytes = bytes, .size = size};
    wcow_status status;
    const char *digest;

    if (!url || !type)
        return error_no_memory(err);
    status = registry_send(s->registry, s->client, &request, &response, err);
    if (status)
        return status;
    if (!http_succeeded(&response))
        return registry_refused(&response, err);
    digest = http_header(&response, "docker-content-digest");
    if (digest && strcmp(digest, descriptor->digest) != 0)
        return error_set(err, WCOW_CORRUPT, "the registry took the manifest for %.80s, not %s",
                         digest, descriptor->digest);
    return WCOW_OK;
}

static wcow_status send_manifest(sending *s, const image *i, wcow_error *err)
{
    const image_descriptor *descriptor = &i->record.descriptor;
    const char *media_type = i->manifest->media_type;
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    wcow_status status =
        blob_read(s->request->store, descriptor->digest, IMAGE_JSON_LIMIT, &bytes, &size, err);

    if (status)
        return status;
    if (!media_type)
        media_type = descriptor->media_type ? descriptor->media_type : MEDIA_OCI_MANIFEST;
    return put_manifest(s, descriptor, bytes, size, media_type, err);
}

/* One token for all: to push here, and to mount from each repository that has something of it. */
static char *make_scope(const sending *s, const image_reference *reference)
{
    cleanup_text text scope = TEXT_INIT;
    cleanup_strings string_list paths = STRING_LIST_INIT;

    text_addf(&scope, "repository:%s:pull,push", reference->path);
    for (size_t i = 0; i < s->records.count; i++) {
        const image_reference *other = s->records.items[i].reference;

        if (!other || strcmp(other->domain, reference->domain) != 0 ||
            strcmp(other->path, reference->path) == 0 || string_list_contains(&paths, other->path))
            continue;
        if (!string_list_add(&paths, other->path))
            return NULL;
        text_addf(&scope, " repository:%s:pull", other->path);
    }
    return text_take(&scope);
}

static wcow_status connect(sending *s, wcow_error *err)
{
    const image_reference *reference = s->request->reference;
    cleanup_free char *scope = make_scope(s, reference);
    registry_target target = {.host = reference->domain, .path = reference->path};
    wcow_status status;

    if (!scope)
        return error_no_memory(err);
    target.scope = scope;
    status = registry_open(s->request->registry, &target, &s->registry, err);
    return status ? status : registry_connect(s->registry, &s->client, err);
}

wcow_status image_send(const send_request *request, send_result *out, wcow_error *err)
{
    CLEANUP(sending) sending s = {.request = request};
    cleanup_free char *name = reference_canonical(request->reference);
    cleanup_image image *i = NULL;
    wcow_status status;

    if (!name)
        return error_no_memory(err);
    status = image_store_open(request->store, name, &i, err);
    if (!status)
        status = image_store_list(request->store, &s.records, err);
    if (!status)
        status = connect(&s, err);
    if (!status)
        status = send_layers(&s, i->manifest, err);
    if (!status) {
        request->progress->muted = i->manifest->config.digest;
        status = send_blob(&s, &i->manifest->config, err);
        request->progress->muted = NULL;
    }
    if (!status)
        status = send_manifest(&s, i, err);
    if (status == WCOW_DENIED)
        error_hint(err, "wcow login tells a registry who you are.");
    if (status)
        return status;
    memcpy(out->digest, i->record.descriptor.digest, sizeof(out->digest));
    out->size = i->record.descriptor.size;
    return WCOW_OK;
}
