/* SPDX-License-Identifier: MIT */
/* Manifests from a registry, and which image of several is taken. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/store/blob.h"
#include "image/transfer/fetch.h"
#include "port/hash.h"

#define MOST_VAGUE 16u /* items without a platform that are looked at */

static const char *const accepted[] = {"Accept: " MEDIA_OCI_INDEX, "Accept: " MEDIA_DOCKER_LIST,
                                       "Accept: " MEDIA_OCI_MANIFEST,
                                       "Accept: " MEDIA_DOCKER_MANIFEST, NULL};

static bool digest_of(const char *bytes, size_t size, char out[DIGEST_SIZE])
{
    cleanup_sha256 sha256 *hash = sha256_new();

    if (!hash)
        return false;
    sha256_update(hash, bytes, size);
    memcpy(out, "sha256:", strlen("sha256:"));
    sha256_finish(hash, out + strlen("sha256:"));
    return true;
}

/* `expected` NULL: whatever it is. */
static wcow_status parse(fetched_manifest *m, const char *name, const char *expected,
                         const char *media_type, wcow_error *err)
{
    wcow_status status;

    if (!digest_of(m->bytes, m->size, m->digest))
        return error_no_memory(err);
    if (expected && strcmp(m->digest, expected) != 0)
        return error_set(err, WCOW_CORRUPT, "manifest verification failed for digest %s", expected);
    status = image_manifest_parse(m->bytes, m->size, name, &m->parsed, err);
    if (status)
        return status;
    if (m->parsed->media_type)
        media_type = m->parsed->media_type;
    m->media_type = media_type
                        ? text_copy_bytes(media_type, strcspn(media_type, "; \t"))
                        : text_copy(m->parsed->is_index ? MEDIA_OCI_INDEX : MEDIA_OCI_MANIFEST);
    return m->media_type ? WCOW_OK : error_no_memory(err);
}

/* Without an answer: named as the user would. */
static wcow_status unanswered(const fetching *f, wcow_status status, wcow_error *err)
{
    cleanup_free char *familiar = reference_familiar(f->request->reference);

    return error_wrap(err, status, "cannot pull %s", familiar ? familiar : "the image");
}

static wcow_status refused(const fetching *f, const http_response *response, wcow_error *err)
{
    cleanup_free char *familiar = reference_familiar(f->request->reference);
    cleanup_free char *repository = reference_repository(f->request->reference);
    const char *what = familiar ? familiar : "image";
    wcow_status status = registry_refused(response, err);

    if (status == WCOW_NOT_FOUND)
        return error_wrap(err, status, "manifest for %s not found", what);
    if (status != WCOW_DENIED)
        return error_wrap(err, status, "cannot pull %s", what);
    error_hint(err, "wcow login tells a registry who you are.");
    return error_wrap(err, status,
                      "pull access denied for %s, repository does not exist or may require 'wcow "
                      "login'",
                      repository ? repository : what);
}

static wcow_status fetch(fetching *f, const char *name, fetched_manifest *out, wcow_error *err)
{
    cleanup_free char *url = text_format("manifests/%s", name);
    cleanup_http_response http_response response = {.status = 0};
    const registry_request request = {.method = "GET", .url = url, .headers = accepted};
    const char *digest;
    wcow_status status;

    if (!url)
        return error_no_memory(err);
    status = registry_send(f->registry, f->client, &request, &response, err);
    if (status)
        return unanswered(f, status, err);
    if (!http_succeeded(&response))
        return refused(f, &response, err);
    out->size = response.body.length;
    out->bytes = text_take(&response.body);
    if (!out->bytes)
        return error_set(err, WCOW_CORRUPT, "the registry's manifest of %s is empty", name);
    /* A tag can stand for anything; what the registry says of it shows at least what the way
     * changed. */
    digest = digest_valid(name) ? name : http_header(&response, "docker-content-digest");
    return parse(out, name, digest && digest_valid(digest) ? digest : NULL,
                 http_header(&response, "content-type"), err);
}

/* From the store, if it has it: digests do not change. */
static wcow_status fetch_digest(fetching *f, const image_descriptor *d, fetched_manifest *out,
                                wcow_error *err)
{
    if (blob_exists(f->request->store, d->digest) &&
        blob_read(f->request->store, d->digest, IMAGE_JSON_LIMIT, &out->bytes, &out->size, NULL) ==
            WCOW_OK)
        return parse(out, d->digest, d->digest, d->media_type, err);
    return fetch(f, d->digest, out, err);
}

/* ---- choosing ---- */

wcow_status fetch_refuse(const fetching *f, const string_list *builds, wcow_error *err)
{
    const image_choice *choice = &f->request->choice;
    cleanup_free char *familiar = reference_familiar(f->request->reference);
    cleanup_text text list = TEXT_INIT;

    if (!familiar)
        return error_no_memory(err);
    if (choice->refuse)
        return choice->refuse(choice->context, familiar, builds, err);
    for (size_t i = 0; i < builds->count; i++)
        text_addf(&list, "%s%s", i ? ", " : "", builds->items[i]);
    return error_set(err, WCOW_UNSUPPORTED, "no image of %s fits: it offers Windows %.300s",
                     familiar, text_get(&list));
}

/* What there is instead: builds of Windows, or the other systems. */
static wcow_status nothing_fits(const fetching *f, const image_manifest *index, wcow_error *err)
{
    const image_choice *choice = &f->request->choice;
    cleanup_free char *familiar = reference_familiar(f->request->reference);
    cleanup_strings string_list builds = STRING_LIST_INIT;
    cleanup_text text others = TEXT_INIT;

    for (size_t i = 0; i < index->count; i++) {
        const image_descriptor *d = &index->items[i];

        if (choice_admits(choice, d->os, d->architecture)) {
            if (!string_list_add(&builds, d->os_version ? d->os_version : "(unknown)"))
                return error_no_memory(err);
        } else if (d->os && others.length < 200) {
            text_addf(&others, "%s%s/%s", others.length ? ", " : "", d->os,
                      d->architecture ? d->architecture : "?");
        }
    }
    if (builds.count)
        return fetch_refuse(f, &builds, err);
    return error_set(err, WCOW_UNSUPPORTED,
                     "no matching manifest for windows/%s in the manifest list entries of %s "
                     "(it offers %.300s)",
                     choice->architecture ? choice->architecture : "amd64",
                     familiar ? familiar : "it", text_get(&others));
}

/* A small blob into memory, from the store or the registry. */
static wcow_status read_small(fetching *f, const image_descriptor *d, char **out, size_t *size,
                              wcow_error *err)
{
    cleanup_free char *url = text_format("blobs/%s", d->digest);
    cleanup_http_response http_response response = {.status = 0};
    const registry_request request = {.method = "GET", .url = url};
    char digest[DIGEST_SIZE];
    wcow_status status;

    if (blob_exists(f->request->store, d->digest) &&
        blob_read(f->request->store, d->digest, IMAGE_JSON_LIMIT, out, size, NULL) == WCOW_OK)
        return WCOW_OK;
    if (!url)
        return error_no_memory(err);
    status = registry_send(f->registry, f->client, &request, &response, err);
    if (status)
        return unanswered(f, status, err);
    if (!http_succeeded(&response))
        return registry_refused(&response, err);
    if (!digest_of(text_get(&response.body), response.body.length, digest))
        return error_no_memory(err);
    if (strcmp(digest, d->digest) != 0)
        return error_set(err, WCOW_CORRUPT, "blob %s is damaged: it hashes to %s", d->digest,
                         digest);
    *size = response.body.length;
    *out = text_take(&response.body);
    return *out ? WCOW_OK : error_no_memory(err);
}

/* What an item is for that has no platform: its config says it. What is no image says nothing. */
static wcow_status look_at(fetching *f, image_descriptor *item, wcow_error *err)
{
    CLEANUP(fetched_manifest) fetched_manifest m = {NULL, 0, NULL, NULL, ""};
    cleanup_free char *bytes = NULL;
    cleanup_image_config image_config *config = NULL;
    size_t size = 0;
    wcow_status status = fetch_digest(f, item, &m, err);

    if (status || m.parsed->is_index || m.parsed->config.size > IMAGE_JSON_LIMIT)
        return status;
    status = read_small(f, &m.parsed->config, &bytes, &size, err);
    if (status || image_config_parse(bytes, size, &config, NULL))
        return status;
    return descriptor_learn(item, config, err);
}

static wcow_status look_at_vague(fetching *f, wcow_error *err)
{
    image_manifest *index = f->top.parsed;
    size_t looked = 0;
    wcow_status status = WCOW_OK;

    for (size_t i = 0; i < index->count && !status && looked < MOST_VAGUE; i++) {
        if (!descriptor_is_vague(&index->items[i]))
            continue;
        status = look_at(f, &index->items[i], err);
        looked++;
    }
    return status;
}

/* Those that say what they are for first: the others cost two requests each. */
static wcow_status choose(fetching *f, const image_descriptor **out, wcow_error *err)
{
    const image_choice *choice = &f->request->choice;
    wcow_status status;

    *out = choice_of(choice, f->top.parsed);
    if (*out)
        return WCOW_OK;
    status = look_at_vague(f, err);
    if (status)
        return status;
    *out = choice_of(choice, f->top.parsed);
    return *out ? WCOW_OK : nothing_fits(f, f->top.parsed, err);
}

wcow_status fetch_manifests(fetching *f, wcow_error *err)
{
    const image_reference *reference = f->request->reference;
    const image_descriptor *chosen;
    wcow_status status =
        fetch(f, reference->digest ? reference->digest : reference->tag, &f->top, err);

    if (status || !f->top.parsed->is_index)
        return status;
    status = choose(f, &chosen, err);
    if (!status)
        status = fetch_digest(f, chosen, &f->chosen, err);
    if (!status && f->chosen.parsed->is_index)
        status = error_set(err, WCOW_CORRUPT, "%s is an index within an index", chosen->digest);
    return status;
}
