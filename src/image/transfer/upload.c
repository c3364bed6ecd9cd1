/* SPDX-License-Identifier: MIT */
/*
 * An upload (OCI distribution spec, "Pushing blobs"): POST begins one, PATCH adds a piece, PUT ends
 * it; a short blob goes with the PUT. After a break GET tells what the registry has of it.
 *
 * Registries differ in what a break leaves: some keep each byte that came, Debian's docker-registry
 * whole pieces, others nothing. So the registry's word counts, and not what was sent.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/store/blob.h"
#include "image/transfer/send.h"

#define SKIP_SIZE (64u * 1024)
#define BYTES     "Content-Type: application/octet-stream"

typedef struct upload {
    sending *s;
    const image_descriptor *blob;
    const char *from;    /* where it may be mounted from, or NULL */
    char *location;      /* its address; NULL: not begun */
    uint64_t offset;     /* bytes that the registry has */
    uint64_t furthest;   /* most that it ever had */
    uint64_t chunk;      /* bytes of a piece */
    uint64_t asked;      /* how long the registry wants us to wait, in ms */
    uint64_t left;       /* bytes of the request under way that were not read yet */
    blob_reader *reader; /* NULL: not open */
    bool whole;          /* this registry takes no pieces */
    bool again;          /* the failure at hand is worth another attempt */
} upload;

static void upload_clear(upload *u)
{
    free(u->location);
    blob_close(u->reader);
}

DEFINE_CLEANUP_VALUE(upload, upload, upload_clear)

static void forget(upload *u)
{
    free(u->location);
    u->location = NULL;
    u->offset = 0;
}

static wcow_status move_to(upload *u, const http_response *response, wcow_error *err)
{
    char *next = http_url_join(response->url, http_header(response, "location"));

    if (!next)
        return error_set(err, WCOW_CORRUPT, "the registry's upload address is no URL");
    free(u->location);
    u->location = next;
    return WCOW_OK;
}

/* "0-99": 100 bytes of at most so many. "0-0" is what Debian's docker-registry says of none. False:
 * it says nothing that could be so. */
static bool read_range(const http_response *response, uint64_t most, uint64_t *out)
{
    const char *value = http_header(response, "range");
    unsigned long long last;
    char *end;

    if (value && text_starts_with(value, "bytes="))
        value += strlen("bytes=");
    if (!value || !text_starts_with(value, "0-") || value[2] < '0' || value[2] > '9')
        return false;
    last = strtoull(value + 2, &end, 10);
    if (*end || last >= most)
        return false; /* not a number, or more than there is */
    *out = last ? last + 1 : 0;
    return true;
}

/* ---- beginning, and finding out where it is ---- */

/* A registry may want larger pieces than ours. */
static void read_chunk(upload *u, const http_response *response)
{
    const char *least = http_header(response, "oci-chunk-min-length");
    const uint64_t wanted = least ? strtoull(least, NULL, 10) : 0;

    u->chunk = wanted > u->s->request->chunk ? wanted : u->s->request->chunk;
}

static wcow_status begin(upload *u, bool *mounted, wcow_error *err)
{
    cleanup_http_response http_response response = {.status = 0};
    cleanup_free char *digest = http_escape(u->blob->digest);
    cleanup_free char *source = u->from ? http_escape(u->from) : NULL;
    cleanup_free char *url = u->from ? text_format("blobs/uploads/?mount=%s&from=%s",
                                                   digest ? digest : "", source ? source : "")
                                     : text_copy("blobs/uploads/");
    const registry_request request = {.method = "POST", .url = url};
    wcow_status status;

    if (!digest || !url || (u->from && !source))
        return error_no_memory(err);
    status = registry_send(u->s->registry, u->s->client, &request, &response, err);
    if (status)
        return status;
    *mounted = response.status == 201 && u->from;
    if (*mounted)
        return WCOW_OK;
    if (!http_succeeded(&response) || !http_header(&response, "location"))
        return registry_refused(&response, err);
    read_chunk(u, &response);
    u->offset = 0;
    return move_to(u, &response, err);
}

/* How far it is; it begins anew where the registry does not know that. */
static wcow_status locate(upload *u, wcow_error *err)
{
    cleanup_http_response http_response response = {.status = 0};
    const registry_request request = {.method = "GET", .url = u->location};
    wcow_status status = registry_send(u->s->registry, u->s->client, &request, &response, err);

    if (status)
        return status;
    if (registry_busy(&response))
        return registry_refused(&response, err);
    if (u->whole || response.status < 200 || response.status > 299 ||
        !read_range(&response, u->blob->size, &u->offset)) {
        forget(u);
        return WCOW_OK;
    }
    return http_header(&response, "location") ? move_to(u, &response, err) : WCOW_OK;
}

/* ---- sending ---- */

/* What a failed request to the upload means for the next attempt. */
static wcow_status judge(upload *u, const http_response *response, wcow_error *err)
{
    const int code = response->status;
    const bool unknown = code == 404 || code == 416;
    const bool no_pieces = !u->whole && u->offset == 0 && u->blob->size > u->chunk &&
                           (code == 400 || code == 405 || code == 415 || code == 501);

    /* A 401 comes when the token is too old: the next request gets a new one. */
    u->again = unknown || no_pieces || code == 401 || registry_busy(response);
    u->whole |= no_pieces;
    u->asked = registry_retry_after(response);
    if (unknown || no_pieces)
        forget(u);
    return registry_refused(response, err);
}

static wcow_status skip_to(upload *u, wcow_error *err)
{
    cleanup_free char *buffer = malloc(SKIP_SIZE);
    wcow_status status = WCOW_OK;

    if (!buffer)
        return error_no_memory(err);
    if (u->reader && blob_position(u->reader) > u->offset) {
        blob_close(u->reader);
        u->reader = NULL;
    }
    if (!u->reader)
        status = blob_open(u->s->request->store, u->blob->digest, &u->reader, err);
    while (!status && blob_position(u->reader) < u->offset) {
        const uint64_t left = u->offset - blob_position(u->reader);
        size_t got = 0;

        status = source_read(blob_source(u->reader), buffer,
                             left < SKIP_SIZE ? (size_t)left : SKIP_SIZE, &got, err);
        if (!status && !got)
            status = error_set(err, WCOW_CORRUPT, "it is shorter than its manifest says");
    }
    return status;
}

static wcow_status read_part(void *context, void *buffer, size_t size, size_t *got, wcow_error *err)
{
    upload *u = context;
    wcow_status status;

    *got = 0;
    if (u->left == 0)
        return WCOW_OK;
    if (size > u->left)
        size = (size_t)u->left;
    status = source_read(blob_source(u->reader), buffer, size, got, err);
    if (!status && *got == 0)
        status = error_set(err, WCOW_CORRUPT, "it is shorter than its manifest says");
    if (!status)
        status = send_tell(u->s, u->blob, "Pushing", blob_position(u->reader), err);
    u->left -= status ? 0 : *got;
    return status;
}

/* Sends so many bytes from where it is, by a request that says the rest. */
static wcow_status send_part(upload *u, registry_request request, http_response *out,
                             wcow_error *err)
{
    const byte_source source = {.read = read_part, .context = u};
    wcow_status status = skip_to(u, err);

    if (status)
        return status;
    request.source = &source;
    request.once = true;
    u->left = request.size;
    status = registry_send(u->s->registry, u->s->client, &request, out, err);
    u->again = status == WCOW_UNAVAILABLE;
    return status;
}

/* One piece. A registry may say that it took less of it. */
static wcow_status send_piece(upload *u, wcow_error *err)
{
    cleanup_http_response http_response response = {.status = 0};
    const uint64_t left = u->blob->size - u->offset;
    const uint64_t size = left < u->chunk ? left : u->chunk;
    const uint64_t end = u->offset + size;
    uint64_t has = 0;
    cleanup_free char *range =
        text_format("Content-Range: %" PRIu64 "-%" PRIu64, u->offset, end - 1);
    const char *const headers[] = {BYTES, range, NULL};
    const registry_request request = {
        .method = "PATCH", .url = u->location, .headers = headers, .size = size};
    wcow_status status;

    if (!range)
        return error_no_memory(err);
    status = send_part(u, request, &response, err);
    if (status)
        return status;
    if (!http_succeeded(&response))
        return judge(u, &response, err);
    if (!read_range(&response, end, &has) || (!has && end == 1))
        has = end;
    if (has <= u->offset) {
        u->again = true;
        return error_set(err, WCOW_UNAVAILABLE, "the registry took nothing of it");
    }
    u->offset = has;
    u->furthest = has > u->furthest ? has : u->furthest;
    return http_header(&response, "location") ? move_to(u, &response, err) : WCOW_OK;
}

static wcow_status finish(upload *u, wcow_error *err)
{
    cleanup_http_response http_response response = {.status = 0};
    cleanup_free char *digest = http_escape(u->blob->digest);
    cleanup_free char *url = text_format(
        "%s%sdigest=%s", u->location, strchr(u->location, '?') ? "&" : "?", digest ? digest : "");
    const char *const headers[] = {BYTES, NULL};
    const registry_request request = {
        .method = "PUT", .url = url, .headers = headers, .size = u->blob->size - u->offset};
    wcow_status status;

    if (!url || !digest)
        return error_no_memory(err);
    status = send_part(u, request, &response, err);
    if (status || http_succeeded(&response))
        return status;
    return judge(u, &response, err);
}

/* ---- until it is there ---- */

static wcow_status attempt(upload *u, bool *done, bool *mounted, wcow_error *err)
{
    const bool before = u->location != NULL;
    wcow_status status = before ? locate(u, err) : WCOW_OK;

    /* An upload that is not known any more may have been finished: the answer was lost. */
    if (!status && before && !u->location)
        status = send_is_there(u->s, u->blob, done, err);
    if (!status && !*done && !u->location)
        status = begin(u, mounted, err);
    *done |= *mounted;
    if (status || *done || !u->location)
        return status;
    /* What goes in one piece needs no PATCH, unless the registry has some of it. */
    while (!status && !u->whole && u->offset < u->blob->size &&
           (u->offset || u->blob->size > u->chunk))
        status = send_piece(u, err);
    return status ? status : finish(u, err);
}

/* An attempt that got further than all before is not counted. */
static wcow_status upload_patiently(sending *s, const image_descriptor *blob, const char *from,
                                    bool *mounted, wcow_error *err)
{
    CLEANUP(upload) upload u = {.s = s, .blob = blob, .from = from, .chunk = s->request->chunk};
    unsigned futile = 0;
    bool done = false;

    for (;;) {
        const uint64_t before = u.furthest;
        wcow_status status;

        u.again = false;
        u.asked = 0;
        status = attempt(&u, &done, mounted, err);
        if (!status || !u.again)
            return status;
        futile = u.furthest > before ? 0 : futile + 1;
        if (futile == REGISTRY_ATTEMPTS)
            return status;
        status = registry_pause(s->registry, futile ? futile - 1 : 0, u.asked, err);
        if (!status)
            status = send_tell(s, blob, "Retrying", 0, err);
        if (status)
            return status;
    }
}

wcow_status send_upload(sending *s, const image_descriptor *blob, const char *from, bool *mounted,
                        wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;

    return error_pass(err, upload_patiently(s, blob, from, mounted, &problem), &problem);
}
