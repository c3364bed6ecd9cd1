/* SPDX-License-Identifier: MIT */
/* One blob to a registry: asked for, mounted from another repository, sent whole or in pieces. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/blob.h"
#include "image/push_internal.h"

static wcow_status tell(push *p, const image_descriptor *blob, const char *state, uint64_t done,
                        wcow_error *err)
{
    if (transfer_tell(p->request->progress, blob->digest, state, done, done ? blob->size : 0))
        return WCOW_OK;
    return error_set(err, WCOW_CANCELLED, "cancelled");
}

static wcow_status is_there(push *p, const image_descriptor *blob, bool *out, wcow_error *err)
{
    cleanup_http_response http_response response = {.status = 0};
    cleanup_free char *url = text_format("blobs/%s", blob->digest);
    const registry_request request = {.method = "HEAD", .url = url};
    wcow_status status;

    if (!url)
        return error_no_memory(err);
    status = registry_send(p->registry, p->client, &request, &response, err);
    if (status)
        return status;
    if (response.status != 200 && response.status != 404)
        return registry_refused(&response, err);
    *out = response.status == 200;
    return WCOW_OK;
}

/* ---- beginning an upload, or mounting ---- */

static bool image_has(const push *p, const image_record *record, const char *digest)
{
    cleanup_image image *i = NULL;

    if (image_store_open(p->request->store, record->id, &i, NULL) != WCOW_OK)
        return false;
    for (size_t n = 0; n < i->manifest->count; n++) {
        if (strcmp(i->manifest->items[n].digest, digest) == 0)
            return true;
    }
    return false;
}

/* Another repository of the same registry that probably has it: one whose image we have. */
static const char *mount_source(const push *p, const char *digest)
{
    const image_reference *own = p->request->reference;

    for (size_t i = 0; i < p->records.count; i++) {
        const image_record *record = &p->records.items[i];

        if (record->reference && strcmp(record->reference->domain, own->domain) == 0 &&
            strcmp(record->reference->path, own->path) != 0 && image_has(p, record, digest))
            return record->reference->path;
    }
    return NULL;
}

/* *location stays NULL when the registry mounted it. */
static wcow_status begin_upload(push *p, const image_descriptor *blob, const char *from,
                                char **location, wcow_error *err)
{
    cleanup_http_response http_response response = {.status = 0};
    cleanup_free char *digest = http_escape(blob->digest);
    cleanup_free char *source = from ? http_escape(from) : NULL;
    cleanup_free char *url = from ? text_format("blobs/uploads/?mount=%s&from=%s",
                                                digest ? digest : "", source ? source : "")
                                  : text_copy("blobs/uploads/");
    const registry_request request = {.method = "POST", .url = url};
    wcow_status status;

    if (!digest || !url || (from && !source))
        return error_no_memory(err);
    status = registry_send(p->registry, p->client, &request, &response, err);
    if (status)
        return status;
    if (response.status == 201 && from)
        return WCOW_OK;
    if (response.status != 202 || !http_header(&response, "location"))
        return registry_refused(&response, err);
    *location = http_url_join(response.url, http_header(&response, "location"));
    return *location ? WCOW_OK
                     : error_set(err, WCOW_CORRUPT, "the registry's upload address is no URL");
}

/* ---- sending ---- */

/* Part of a blob as a request's body. */
typedef struct part {
    push *p;
    const image_descriptor *blob;
    blob_reader *reader;
    uint64_t left;
} part;

static wcow_status read_part(void *context, void *buffer, size_t size, size_t *got, wcow_error *err)
{
    part *s = context;
    wcow_status status = WCOW_OK;

    *got = 0;
    if (s->left == 0)
        return WCOW_OK;
    if (size > s->left)
        size = (size_t)s->left;
    status = source_read(blob_source(s->reader), buffer, size, got, err);
    if (!status && *got == 0)
        status = error_set(err, WCOW_CORRUPT, "blob %s is shorter than its manifest says",
                           s->blob->digest);
    if (!status)
        status = tell(s->p, s->blob, "Pushing", blob_position(s->reader), err);
    s->left -= status ? 0 : *got;
    return status;
}

static char *final_url(const char *location, const char *digest)
{
    cleanup_free char *escaped = http_escape(digest);

    return escaped
               ? text_format("%s%sdigest=%s", location, strchr(location, '?') ? "&" : "?", escaped)
               : NULL;
}

static wcow_status send_part(push *p, part *body, const char *method, const char *url,
                             uint64_t size, const char *range, http_response *out, wcow_error *err)
{
    const byte_source source = {read_part, body};
    const char *const headers[] = {"Content-Type: application/octet-stream", range, NULL};
    const registry_request request = {.method = method,
                                      .url = url,
                                      .headers = headers,
                                      .source = &source,
                                      .size = size,
                                      .once = true};

    body->left = size;
    return registry_send(p->registry, p->client, &request, out, err);
}

/* In pieces; *finish becomes the address for the final, empty PUT. */
static wcow_status send_pieces(push *p, part *body, char **location, wcow_error *err)
{
    const image_descriptor *blob = body->blob;
    uint64_t sent = 0;

    while (sent < blob->size) {
        cleanup_http_response http_response response = {.status = 0};
        const uint64_t left = blob->size - sent;
        const uint64_t size = left < p->request->chunk ? left : p->request->chunk;
        cleanup_free char *range =
            text_format("Content-Range: %" PRIu64 "-%" PRIu64, sent, sent + size - 1);
        const char *next;
        wcow_status status;

        if (!range)
            return error_no_memory(err);
        status = send_part(p, body, "PATCH", *location, size, range, &response, err);
        if (status)
            return status;
        next = http_header(&response, "location");
        if (response.status != 202 || !next)
            return registry_refused(&response, err);
        free(*location);
        *location = http_url_join(response.url, next);
        if (!*location)
            return error_set(err, WCOW_CORRUPT, "the registry's upload address is no URL");
        sent += size;
    }
    return WCOW_OK;
}

static wcow_status finish(push *p, part *body, const char *location, uint64_t size, wcow_error *err)
{
    cleanup_http_response http_response response = {.status = 0};
    cleanup_free char *url = final_url(location, body->blob->digest);
    wcow_status status;

    if (!url)
        return error_no_memory(err);
    status = send_part(p, body, "PUT", url, size, NULL, &response, err);
    if (status || response.status == 201 || response.status == 204)
        return status;
    return registry_refused(&response, err);
}

static wcow_status send_once(push *p, const image_descriptor *blob, const char *from, bool *mounted,
                             wcow_error *err)
{
    cleanup_blob_reader blob_reader *reader = NULL;
    cleanup_free char *location = NULL;
    bool pieces = blob->size > p->request->chunk;
    wcow_status status = begin_upload(p, blob, from, &location, err);

    *mounted = !status && !location;
    if (status || !location)
        return status;
    status = blob_open(p->request->store, blob->digest, &reader, err);
    if (status)
        return status;

    part body = {p, blob, reader, 0};

    if (pieces)
        status = send_pieces(p, &body, &location, err);
    return status ? status : finish(p, &body, location, pieces ? 0 : blob->size, err);
}

/* An upload that broke is begun anew: what a registry keeps of it, it throws away by itself. */
static wcow_status send(push *p, const image_descriptor *blob, const char *from, bool *mounted,
                        wcow_error *err)
{
    for (unsigned attempt = 0;; attempt++) {
        wcow_status status = send_once(p, blob, from, mounted, err);

        if (status != WCOW_UNAVAILABLE || attempt + 1 == REGISTRY_ATTEMPTS)
            return status;
        status = registry_pause(p->registry, attempt, NULL, err);
        if (!status)
            status = tell(p, blob, "Retrying", 0, err);
        if (status)
            return status;
    }
}

wcow_status push_blob(push *p, const image_descriptor *blob, wcow_error *err)
{
    const char *from;
    bool there = false;
    bool mounted = false;
    wcow_status status = is_there(p, blob, &there, err);

    if (status)
        return error_wrap(err, status, "blob %s", blob->digest);
    if (there)
        return tell(p, blob, "Layer already exists", 0, err);
    from = mount_source(p, blob->digest);
    status = send(p, blob, from, &mounted, err);
    if (status)
        return error_wrap(err, status, "blob %s", blob->digest);
    if (mounted) {
        cleanup_free char *state = text_format("Mounted from %s", from);

        return tell(p, blob, state ? state : "Mounted", 0, err);
    }
    return tell(p, blob, "Pushed", 0, err);
}
