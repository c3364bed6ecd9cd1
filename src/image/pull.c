/* SPDX-License-Identifier: MIT */
/* Pulling one image: manifest, config, layers side by side, then all of it into the store at once.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "image/blob.h"
#include "image/download.h"
#include "image/layout.h"
#include "image/pull_internal.h"
#include "image/records.h"
#include "image/stage.h"

void pulled_manifest_clear(pulled_manifest *m)
{
    free(m->bytes);
    image_manifest_free(m->parsed);
    free(m->media_type);
    *m = (pulled_manifest){NULL, 0, NULL, NULL, ""};
}

void pull_clear(pull *p)
{
    pulled_manifest_clear(&p->top);
    pulled_manifest_clear(&p->chosen);
    registry_free(p->registry);
    http_client_free(p->client);
}

/* The image's manifest: the top one, or the one that was chosen of an index. */
static const pulled_manifest *own_manifest(const pull *p)
{
    return p->chosen.parsed ? &p->chosen : &p->top;
}

/* ---- layers, side by side ---- */

typedef struct crew {
    pull *p;
    const image_descriptor *const *blobs;
    size_t count;
    size_t next;
    pthread_mutex_t lock; /* guards next and the first failure */
    wcow_status status;
    wcow_error error;
} crew;

static const image_descriptor *next_job(crew *c)
{
    const image_descriptor *job = NULL;

    pthread_mutex_lock(&c->lock);
    if (!c->status && c->next < c->count)
        job = c->blobs[c->next++];
    pthread_mutex_unlock(&c->lock);
    return job;
}

static void fail(crew *c, wcow_status status, const wcow_error *error)
{
    pthread_mutex_lock(&c->lock);
    if (!c->status) {
        c->status = status;
        c->error = *error;
    }
    pthread_mutex_unlock(&c->lock);
    transfer_abandon(c->p->request->progress, true); /* the others need not go on */
}

static void *work(void *context)
{
    crew *c = context;
    const pull_request *request = c->p->request;
    cleanup_http_client http_client *client = NULL;
    wcow_error error = WCOW_ERROR_INIT;
    wcow_status status = registry_connect(c->p->registry, &client, &error);
    const image_descriptor *job;

    while (!status && (job = next_job(c)) != NULL)
        status =
            download_blob(request->store, c->p->registry, client, job, request->progress, &error);
    if (status)
        fail(c, status, &error);
    return NULL;
}

static wcow_status download_all(pull *p, const image_descriptor *const *blobs, size_t count,
                                wcow_error *err)
{
    crew c = {.p = p, .blobs = blobs, .count = count, .error = WCOW_ERROR_INIT};
    pthread_t threads[16];
    size_t wanted = p->request->registry->settings->downloads;
    size_t started = 0;

    if (pthread_mutex_init(&c.lock, NULL))
        return error_no_memory(err);
    while (started + 1 < wanted && started + 1 < count && started < 16 &&
           pthread_create(&threads[started], NULL, work, &c) == 0)
        started++;
    work(&c);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&c.lock);
    transfer_abandon(p->request->progress, false);
    if (c.status && err)
        *err = c.error;
    return c.status;
}

/* ---- the config ---- */

static wcow_status read_config(pull *p, const image_descriptor *config, image_config **out,
                               wcow_error *err)
{
    files_port *files = p->request->store->files;
    cleanup_free char *path = download_path(p->request->store, config->digest);
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    if (blob_exists(p->request->store, config->digest))
        status = blob_read(p->request->store, config->digest, IMAGE_JSON_LIMIT, &bytes, &size, err);
    else
        status = error_check(err, files->read(files, path, IMAGE_JSON_LIMIT, &bytes, &size),
                             "read the image's config");
    return status ? status : image_config_parse(bytes, size, out, err);
}

static wcow_status check_config(pull *p, const image_manifest *manifest, wcow_error *err)
{
    cleanup_image_config image_config *config = NULL;
    const image_choice *choice = &p->request->choice;
    wcow_status status = read_config(p, &manifest->config, &config, err);

    if (status || !config)
        return status;
    if (config->os && strcmp(config->os, "windows") != 0)
        return error_set(err, WCOW_UNSUPPORTED, "the image is for %s, not for Windows", config->os);
    if (config->diff_ids.count != manifest->count)
        return error_set(err, WCOW_CORRUPT, "its manifest lists %zu layers, its config %zu",
                         manifest->count, config->diff_ids.count);
    if (choice->rank &&
        choice->rank(choice->context, config->os_version ? config->os_version : "") < 0)
        return error_set(err, WCOW_UNSUPPORTED,
                         "the image is for Windows %s, which this host cannot run",
                         config->os_version);
    return WCOW_OK;
}

/* ---- blobs ---- */

typedef struct blob_list {
    const image_descriptor **items;
    size_t count;
} blob_list;

static void blob_list_free(blob_list *list)
{
    free(list->items);
}

DEFINE_CLEANUP_VALUE(blob_list, blob_list, blob_list_free)

static bool listed(const blob_list *list, const char *digest)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i]->digest, digest) == 0)
            return true;
    }
    return false;
}

/* Layers that the store does not have, each once. */
static wcow_status missing_layers(pull *p, bool tell, blob_list *out, wcow_error *err)
{
    const image_manifest *manifest = own_manifest(p)->parsed;

    free(out->items);
    out->items = calloc(manifest->count + 1, sizeof(*out->items));
    out->count = 0;
    if (!out->items)
        return error_no_memory(err);
    for (size_t i = 0; i < manifest->count; i++) {
        const image_descriptor *layer = &manifest->items[i];
        bool there = blob_exists(p->request->store, layer->digest);

        if (tell && !transfer_tell(p->request->progress, layer->digest,
                                   there ? "Already exists" : "Pulling fs layer", 0, 0))
            return error_set(err, WCOW_CANCELLED, "cancelled");
        if (!there && !listed(out, layer->digest))
            out->items[out->count++] = layer;
    }
    return WCOW_OK;
}

static wcow_status add_manifest(blob_stage *stage, const pulled_manifest *m, wcow_error *err)
{
    staged_blob blob;
    wcow_status status;

    if (!m->parsed)
        return WCOW_OK;
    status = stage_add_bytes(stage, m->bytes, m->size, &blob, err);
    return status ? status : stage_commit(stage, &blob, err);
}

/* Under the store's lock: whatever is not named in the index could be swept away. */
static wcow_status commit_locked(pull *p, blob_stage *stage, const image_reference *name,
                                 wcow_error *err)
{
    const image_store *store = p->request->store;
    const image_manifest *manifest = own_manifest(p)->parsed;
    image_descriptor top = {.media_type = p->top.media_type, .size = p->top.size};
    cleanup_json cJSON *index = NULL;
    wcow_status status = download_commit(store, manifest->config.digest, err);

    memcpy(top.digest, p->top.digest, sizeof(top.digest));
    for (size_t i = 0; i < manifest->count && !status; i++)
        status = download_commit(store, manifest->items[i].digest, err);
    if (!status)
        status = add_manifest(stage, &p->chosen, err);
    if (!status)
        status = add_manifest(stage, &p->top, err);
    if (!status)
        status = layout_read_index(store, &index, err);
    if (!status)
        status = index_add(store, index, &top, name, err);
    return status ? status : layout_write_index(store, index, err);
}

static wcow_status commit(pull *p, wcow_error *err)
{
    const image_store *store = p->request->store;
    const image_reference *reference = p->request->reference;
    cleanup_stage blob_stage *stage = NULL;
    file_lock *lock = NULL;
    wcow_status status = stage_open(store, &stage, err);

    if (!status)
        status = layout_lock(store, &lock, err);
    if (status)
        return status;
    status = commit_locked(p, stage, reference->digest ? NULL : reference, err);
    store->files->unlock(store->files, lock);
    return status;
}

static wcow_status fetch_blobs(pull *p, bool *fresh, wcow_error *err)
{
    const pull_request *request = p->request;
    const image_manifest *manifest = own_manifest(p)->parsed;
    CLEANUP(download_locks) download_locks locks = {.files = NULL};
    CLEANUP(blob_list) blob_list layers = {NULL, 0};
    CLEANUP(blob_list) blob_list all = {calloc(manifest->count + 1, sizeof(*all.items)), 0};
    wcow_status status = downloads_ensure(request->store, err);

    if (!all.items)
        return error_no_memory(err);
    all.items[all.count++] = &manifest->config;
    for (size_t i = 0; i < manifest->count; i++)
        all.items[all.count++] = &manifest->items[i];
    if (!status)
        status = missing_layers(p, false, &layers, err);
    if (!status && layers.count)
        status = missing_layers(p, true, &layers, err);
    if (!status)
        status =
            downloads_lock(request->store, all.items, all.count, request->progress, &locks, err);
    if (!status && !blob_exists(request->store, manifest->config.digest)) {
        *fresh = true;
        status = download_blob(request->store, p->registry, p->client, &manifest->config,
                               request->progress, err);
    }
    if (!status)
        status = check_config(p, manifest, err);
    if (!status) /* again: another pull may have brought some while we waited */
        status = missing_layers(p, false, &layers, err);
    if (!status && layers.count) {
        *fresh = true;
        status = download_all(p, layers.items, layers.count, err);
    }
    return status ? status : commit(p, err);
}

/* ---- the whole ---- */

static wcow_status pull_from(const pull_request *request, const char *host, pull_result *out,
                             wcow_error *err)
{
    CLEANUP(pull) pull p = {.request = request};
    cleanup_free char *scope = text_format("repository:%s:pull", request->reference->path);
    const image_manifest *manifest;
    pull_result result = {"", false};
    wcow_status status;

    if (!scope)
        return error_no_memory(err);
    status = registry_open(request->registry, host, request->reference->path, scope, NULL,
                           &p.registry, err);
    if (!status)
        status = registry_connect(p.registry, &p.client, err);
    if (!status)
        status = pull_manifests(&p, err);
    if (status)
        return status;
    manifest = own_manifest(&p)->parsed;
    if (manifest->config.size > IMAGE_JSON_LIMIT)
        return error_set(err, WCOW_CORRUPT, "the image's config is too large (%" PRIu64 " bytes)",
                         manifest->config.size);
    request->progress->muted = manifest->config.digest;
    result.fresh = !blob_exists(request->store, p.top.digest);
    memcpy(result.digest, p.top.digest, sizeof(result.digest));
    status = fetch_blobs(&p, &result.fresh, err);
    request->progress->muted = NULL;
    if (!status)
        *out = result;
    return status;
}

/* A mirror that does not have it, or does not work, is no reason to fail. */
wcow_status image_pull(const pull_request *request, pull_result *out, wcow_error *err)
{
    const image_reference *reference = request->reference;
    const string_list *mirrors = &request->registry->settings->mirrors;
    wcow_status status;

    for (size_t i = 0; i < mirrors->count && text_equal(reference->domain, "docker.io"); i++) {
        status = pull_from(request, mirrors->items[i], out, err);
        if (status == WCOW_OK || status == WCOW_CANCELLED || status == WCOW_NO_MEMORY ||
            status == WCOW_UNSUPPORTED)
            return status;
    }
    return pull_from(request, reference->domain, out, err);
}
