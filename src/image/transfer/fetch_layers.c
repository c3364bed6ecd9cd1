/* SPDX-License-Identifier: MIT */
/*
 * The layers of an image: downloaded several at once, by threads of their own, and handed over one
 * after the other, base first, by the thread that fetches. So the import of what is there goes on
 * while the rest still comes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/transfer/download.h"
#include "image/transfer/fetch.h"

#define MOST_THREADS 16u

/* Layers to download, each once. */
typedef struct crew {
    fetching *f;
    const image_descriptor **blobs;
    bool *arrived; /* of each */
    size_t count;
    size_t next;
    pthread_mutex_t lock; /* guards arrived, next and the first failure */
    pthread_cond_t changed;
    wcow_status status;
    wcow_error error;
} crew;

/* ---- what is to be downloaded ---- */

/* Its place among those to download; their count: none, the store has it. */
static size_t find(const crew *c, const char *digest)
{
    size_t i = 0;

    while (i < c->count && strcmp(c->blobs[i]->digest, digest) != 0)
        i++;
    return i;
}

static wcow_status list_missing(crew *c, wcow_error *err)
{
    const image_manifest *manifest = fetch_own_manifest(c->f)->parsed;

    c->blobs = calloc(manifest->count + 1, sizeof(*c->blobs));
    c->arrived = calloc(manifest->count + 1, sizeof(*c->arrived));
    if (!c->blobs || !c->arrived)
        return error_no_memory(err);
    for (size_t i = 0; i < manifest->count; i++) {
        const image_descriptor *layer = &manifest->items[i];

        if (!blob_exists(c->f->request->store, layer->digest) && find(c, layer->digest) == c->count)
            c->blobs[c->count++] = layer;
    }
    return WCOW_OK;
}

wcow_status fetch_announce(fetching *f, wcow_error *err)
{
    const image_manifest *manifest = fetch_own_manifest(f)->parsed;
    wcow_status status = WCOW_OK;
    bool missing = false;

    for (size_t i = 0; i < manifest->count; i++)
        missing |= !blob_exists(f->request->store, manifest->items[i].digest);
    for (size_t i = 0; i < manifest->count && missing && !status; i++) {
        const char *digest = manifest->items[i].digest;
        const bool there = blob_exists(f->request->store, digest);

        status = progress_tell(f->request->progress, digest,
                               there ? "Already exists" : "Pulling fs layer", 0, 0, err);
    }
    return status;
}

/* ---- downloading ---- */

static const image_descriptor *next_job(crew *c, size_t *number)
{
    const image_descriptor *job = NULL;

    pthread_mutex_lock(&c->lock);
    if (!c->status && c->next < c->count) {
        *number = c->next;
        job = c->blobs[c->next++];
    }
    pthread_mutex_unlock(&c->lock);
    return job;
}

static void arrive(crew *c, size_t number)
{
    pthread_mutex_lock(&c->lock);
    c->arrived[number] = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

/* False: another failure came first, of which this one is but a consequence. */
static bool fail(crew *c, wcow_status status, const wcow_error *error)
{
    bool first;

    pthread_mutex_lock(&c->lock);
    first = c->status == WCOW_OK;
    if (first) {
        c->status = status;
        c->error = *error;
    }
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    progress_abandon(c->f->request->progress, true); /* the others need not go on */
    return first;
}

static void *work(void *context)
{
    crew *c = context;
    const fetch_request *request = c->f->request;
    cleanup_http_client http_client *client = NULL;
    wcow_error error = WCOW_ERROR_INIT;
    wcow_status status = registry_connect(c->f->registry, &client, &error);
    const image_descriptor *job;
    size_t number = 0;

    while (!status && (job = next_job(c, &number)) != NULL) {
        status =
            download_blob(request->store, c->f->registry, client, job, request->progress, &error);
        if (!status)
            arrive(c, number);
    }
    if (status)
        (void)fail(c, status, &error);
    return NULL;
}

/* ---- handing over ---- */

static bool wait_for(crew *c, size_t number)
{
    bool there;

    pthread_mutex_lock(&c->lock);
    while (!c->status && !c->arrived[number])
        pthread_cond_wait(&c->changed, &c->lock);
    there = !c->status;
    pthread_mutex_unlock(&c->lock);
    return there;
}

static void hand_over(crew *c, const image_config *config)
{
    const fetch_request *request = c->f->request;
    const image_manifest *manifest = fetch_own_manifest(c->f)->parsed;

    for (size_t i = 0; i < manifest->count && request->take; i++) {
        const char *digest = manifest->items[i].digest;
        const size_t number = find(c, digest);
        const arrived_layer layer = {.store = request->store,
                                     .diff_ids = &config->diff_ids,
                                     .number = i,
                                     .digest = digest,
                                     .fresh = number < c->count};
        wcow_error error = WCOW_ERROR_INIT;
        wcow_status status;

        if (layer.fresh && !wait_for(c, number))
            return;
        status = request->take(request->take_context, &layer, &error);
        if (status) {
            c->f->refused = fail(c, status, &error);
            return;
        }
    }
}

/* What was downloaded is what its digest says, and yet nobody can ever use it. */
static void discard(const crew *c)
{
    const image_store *store = c->f->request->store;

    for (size_t i = 0; i < c->count; i++) {
        cleanup_free char *path = download_path(store, c->blobs[i]->digest);

        if (path)
            (void)store->files->remove_file(store->files, path);
    }
}

wcow_status arrived_layer_open(const arrived_layer *layer, blob_reader **out, wcow_error *err)
{
    cleanup_free char *path = NULL;

    if (blob_exists(layer->store, layer->digest))
        return blob_open(layer->store, layer->digest, out, err);
    path = download_path(layer->store, layer->digest);
    return path ? blob_open_file(layer->store, path, layer->digest, out, err)
                : error_no_memory(err);
}

static void run_crew(crew *c, const image_config *config)
{
    pthread_t threads[MOST_THREADS];
    const size_t wanted = c->f->request->registry->settings->downloads;
    size_t started = 0;

    while (started < wanted && started < c->count && started < MOST_THREADS &&
           pthread_create(&threads[started], NULL, work, c) == 0)
        started++;
    if (!started)
        work(c);
    hand_over(c, config);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    if (c->f->refused && c->status == WCOW_CORRUPT)
        discard(c);
}

wcow_status fetch_layers(fetching *f, const image_config *config, wcow_error *err)
{
    crew c = {.f = f, .error = WCOW_ERROR_INIT};
    wcow_status status = list_missing(&c, err);
    bool locked = !status && pthread_mutex_init(&c.lock, NULL) == 0;
    bool ready = locked && pthread_cond_init(&c.changed, NULL) == 0;

    if (!status && !ready)
        status = error_no_memory(err);
    if (!status && c.count) {
        f->fresh = true;
        run_crew(&c, config);
        progress_abandon(f->request->progress, false);
        status = c.status;
        if (status && err)
            *err = c.error;
    }
    if (ready)
        pthread_cond_destroy(&c.changed);
    if (locked)
        pthread_mutex_destroy(&c.lock);
    free(c.blobs);
    free(c.arrived);
    return status;
}
