/* SPDX-License-Identifier: MIT */
/* One blob to a registry: asked for, mounted from another repository, or sent. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/transfer/send.h"

wcow_status send_tell(sending *s, const image_descriptor *blob, const char *state, uint64_t done,
                      wcow_error *err)
{
    return progress_tell(s->request->progress, blob->digest, state, done, done ? blob->size : 0,
                         err);
}

/* Some registries, and proxies before them, refuse HEAD (403, 405) or know it for manifests only:
 * then it is sent, as Docker does, and the answer to that counts. */
wcow_status send_is_there(sending *s, const image_descriptor *blob, bool *out, wcow_error *err)
{
    cleanup_http_response http_response response = {.status = 0};
    cleanup_free char *url = text_format("blobs/%s", blob->digest);
    const registry_request request = {.method = "HEAD", .url = url};
    wcow_status status;

    if (!url)
        return error_no_memory(err);
    status = registry_send(s->registry, s->client, &request, &response, err);
    if (status)
        return status;
    if (response.status == 401 || registry_busy(&response))
        return registry_refused(&response, err);
    *out = http_succeeded(&response);
    return WCOW_OK;
}

/* ---- mounting ---- */

static bool image_has(const sending *s, const image_record *record, const char *digest)
{
    cleanup_image image *i = NULL;

    if (image_store_open(s->request->store, record->id, &i, NULL) != WCOW_OK)
        return false;
    for (size_t n = 0; n < i->manifest->count; n++) {
        if (strcmp(i->manifest->items[n].digest, digest) == 0)
            return true;
    }
    return false;
}

/* Another repository of the same registry that probably has it: one whose image we have. */
static const char *mount_source(const sending *s, const char *digest)
{
    const image_reference *own = s->request->reference;

    for (size_t i = 0; i < s->records.count; i++) {
        const image_record *record = &s->records.items[i];

        if (record->reference && strcmp(record->reference->domain, own->domain) == 0 &&
            strcmp(record->reference->path, own->path) != 0 && image_has(s, record, digest))
            return record->reference->path;
    }
    return NULL;
}

wcow_status send_blob(sending *s, const image_descriptor *blob, wcow_error *err)
{
    const char *from;
    bool there = false;
    bool mounted = false;
    wcow_status status = send_is_there(s, blob, &there, err);

    if (status)
        return error_wrap(err, status, "blob %s", blob->digest);
    if (there)
        return send_tell(s, blob, "Layer already exists", 0, err);
    from = mount_source(s, blob->digest);
    status = send_upload(s, blob, from, &mounted, err);
    if (status)
        return error_wrap(err, status, "blob %s", blob->digest);
    if (mounted) {
        cleanup_free char *state = text_format("Mounted from %s", from);

        return send_tell(s, blob, state ? state : "Mounted", 0, err);
    }
    return send_tell(s, blob, "Pushed", 0, err);
}
