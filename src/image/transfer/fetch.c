/* SPDX-License-Identifier: MIT */
/* Pulling one image: manifest, config, layers, then all of it into the store at once. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "image/store/blob.h"
#include "image/store/image_records.h"
#include "image/store/layout.h"
#include "image/store/lease.h"
#include "image/store/stage.h"
#include "image/transfer/download.h"
#include "image/transfer/fetch.h"

void fetched_manifest_clear(fetched_manifest *m)
{
    free(m->bytes);
    image_manifest_free(m->parsed);
    free(m->media_type);
    *m = (fetched_manifest){NULL, 0, NULL, NULL, ""};
}

void fetch_clear(fetching *f)
{
    fetched_manifest_clear(&f->top);
    fetched_manifest_clear(&f->chosen);
    stage_close(f->stage);
    registry_free(f->registry);
    http_client_free(f->client);
}

const fetched_manifest *fetch_own_manifest(const fetching *f)
{
    return f->chosen.parsed ? &f->chosen : &f->top;
}

/* ---- the config ---- */

static wcow_status read_config(fetching *f, const image_descriptor *config, image_config **out,
                               wcow_error *err)
{
    files_port *files = f->request->store->files;
    cleanup_free char *path = download_path(f->request->store, config->digest);
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    if (blob_exists(f->request->store, config->digest))
        status = blob_read(f->request->store, config->digest, IMAGE_JSON_LIMIT, &bytes, &size, err);
    else
        status = error_check(err, files->read(files, path, IMAGE_JSON_LIMIT, &bytes, &size),
                             "read the image's config");
    return status ? status : image_config_parse(bytes, size, out, err);
}

static wcow_status refuse_single(const fetching *f, const char *os_version, wcow_error *err)
{
    cleanup_strings string_list builds = STRING_LIST_INIT;

    if (!string_list_add(&builds, os_version ? os_version : "(unknown)"))
        return error_no_memory(err);
    return fetch_refuse(f, &builds, err);
}

static wcow_status check_config(fetching *f, const image_manifest *manifest, image_config **out,
                                wcow_error *err)
{
    cleanup_image_config image_config *config = NULL;
    const image_choice *choice = &f->request->choice;
    wcow_status status = read_config(f, &manifest->config, &config, err);

    if (status)
        return status;
    if (config->os && !choice_admits(choice, config->os, NULL))
        return error_set(err, WCOW_UNSUPPORTED, "the image is for %s, not for Windows", config->os);
    if (config->architecture && choice->architecture &&
        strcmp(architecture_normal(config->architecture), choice->architecture) != 0)
        return error_set(err, WCOW_UNSUPPORTED, "the image is for windows/%s, not for windows/%s",
                         config->architecture, choice->architecture);
    if (config->diff_ids.count != manifest->count)
        return error_set(err, WCOW_CORRUPT, "its manifest lists %zu layer%s, its config %zu",
                         manifest->count, text_plural(manifest->count), config->diff_ids.count);
    if (choice->rank &&
        choice->rank(choice->context, config->os_version ? config->os_version : "") < 0)
        return refuse_single(f, config->os_version, err);
    *out = TAKE(config);
    return WCOW_OK;
}

/* ---- into the store ---- */

static wcow_status add_manifest(blob_stage *stage, const fetched_manifest *m, wcow_error *err)
{
    staged_blob blob;
    wcow_status status;

    if (!m->parsed)
        return WCOW_OK;
    status = stage_add_bytes(stage, m->bytes, m->size, &blob, err);
    return status ? status : stage_publish(stage, &blob, err);
}

/* What the image's entry names: an index, of which this is the chosen one, or its manifest. */
static image_descriptor describe(const fetching *f)
{
    image_descriptor top = {.media_type = f->top.media_type, .size = f->top.size};

    memcpy(top.digest, f->top.digest, sizeof(top.digest));
    if (f->chosen.parsed)
        memcpy(top.chosen, f->chosen.digest, sizeof(top.chosen));
    return top;
}

/* Under the store's lock: whatever is not named in the index could be swept away. */
static wcow_status publish_locked(fetching *f, wcow_error *err)
{
    const image_store *store = f->request->store;
    const image_manifest *manifest = fetch_own_manifest(f)->parsed;
    const image_descriptor top = describe(f); /* borrowed */
    cleanup_json cJSON *index = NULL;
    wcow_status status = download_publish(store, manifest->config.digest, err);

    for (size_t i = 0; i < manifest->count && !status; i++)
        status = download_publish(store, manifest->items[i].digest, err);
    if (!status)
        status = add_manifest(f->stage, &f->chosen, err);
    if (!status)
        status = add_manifest(f->stage, &f->top, err);
    if (!status)
        status = layout_read_index(store, &index, err);
    if (!status)
        status = index_add(store, index, &top, &f->added, err);
    return status ? status : layout_write_index(store, index, err);
}

static wcow_status publish(fetching *f, wcow_error *err)
{
    const image_store *store = f->request->store;
    file_lock *lock = NULL;
    wcow_status status = layout_lock(store, &lock, err);

    if (status)
        return status;
    status = publish_locked(f, err);
    store->files->unlock(store->files, lock);
    return status;
}

/* The name comes last, so that who has it keeps it when anything fails. */
static wcow_status finish(fetching *f, wcow_error *err)
{
    const fetch_request *request = f->request;
    const image_descriptor top = describe(f);
    image_reference name = *request->reference; /* borrowed */
    wcow_status status = publish(f, err);

    if (name.digest) /* it is not said that the tag leads there */
        name.tag = NULL;
    if (!status && request->finish)
        status = request->finish(request->take_context,
                                 fetch_own_manifest(f)->parsed->config.digest, err);
    f->refused |= status != WCOW_OK;
    f->unusable = status == WCOW_CORRUPT;
    return status ? status : image_store_name(request->store, &top, &name, err);
}

/* What failed after it was in the store. Its blobs stay for the next pull, unless nobody can ever
 * use them: then it goes with all of its names, should it have been there before. */
static void take_back(fetching *f)
{
    const image_store *store = f->request->store;
    const image_descriptor top = describe(f);
    const char *id = fetch_own_manifest(f)->parsed->config.digest;
    cleanup_image_removal image_removal done = {.deleted = false};

    if (!f->added && !f->unusable)
        return;
    stage_close(TAKE(f->stage)); /* with the lease */
    if (f->added)
        ignore(image_store_drop(store, &top, NULL));
    else
        ignore(image_store_remove(store, id, REMOVE_ANY, &done, NULL));
    if (f->unusable)
        ignore(image_store_collect(store, NULL));
}

/* ---- what nobody may remove meanwhile ---- */

static wcow_status list_blobs(const image_manifest *manifest, lease_needs *out, wcow_error *err)
{
    bool fine = string_list_add(&out->digests, manifest->config.digest);

    for (size_t i = 0; i < manifest->count && fine; i++)
        fine = string_list_add(&out->digests, manifest->items[i].digest);
    return fine ? WCOW_OK : error_no_memory(err);
}

/* Before anybody looks which blobs are there. */
static wcow_status lease_blobs(fetching *f, lease_needs *needs, wcow_error *err)
{
    const image_store *store = f->request->store;
    file_lock *lock = NULL;
    wcow_status status = list_blobs(fetch_own_manifest(f)->parsed, needs, err);

    if (!status)
        status = stage_open(store, &f->stage, err);
    if (!status)
        status = layout_lock(store, &lock, err);
    if (status)
        return status;
    status = image_lease_write(f->stage, needs, err);
    store->files->unlock(store->files, lock);
    return status;
}

/* Before whoever takes layers looks which of them are imported. */
static wcow_status lease_layers(fetching *f, lease_needs *needs, const image_config *config,
                                wcow_error *err)
{
    for (size_t i = 0; i < config->diff_ids.count; i++) {
        if (!string_list_add(&needs->diff_ids, config->diff_ids.items[i]))
            return error_no_memory(err);
    }
    return image_lease_write(f->stage, needs, err);
}

/* ---- the blobs ---- */

static wcow_status fetch_config(fetching *f, image_config **out, wcow_error *err)
{
    const fetch_request *request = f->request;
    const image_manifest *manifest = fetch_own_manifest(f)->parsed;
    wcow_status status = WCOW_OK;

    blob_discard_damaged(request->store, manifest->config.digest);
    if (!blob_exists(request->store, manifest->config.digest)) {
        f->fresh = true;
        status = download_blob(request->store, f->registry, f->client, &manifest->config,
                               request->progress, err);
    }
    return status ? status : check_config(f, manifest, out, err);
}

static wcow_status fetch_blobs(fetching *f, wcow_error *err)
{
    const fetch_request *request = f->request;
    const image_manifest *manifest = fetch_own_manifest(f)->parsed;
    CLEANUP(download_locks) download_locks locks = {.files = NULL};
    CLEANUP(lease_needs) lease_needs needs = {STRING_LIST_INIT, STRING_LIST_INIT};
    cleanup_image_config image_config *config = NULL;
    cleanup_free const image_descriptor **all = calloc(manifest->count + 1, sizeof(*all));
    wcow_status status = downloads_ensure(request->store, err);

    if (!all)
        return error_no_memory(err);
    all[0] = &manifest->config;
    for (size_t i = 0; i < manifest->count; i++)
        all[i + 1] = &manifest->items[i];
    if (!status)
        status = lease_blobs(f, &needs, err);
    if (!status)
        status = fetch_announce(f, err);
    if (!status)
        status = downloads_lock(request->store, all, manifest->count + 1, request->progress, &locks,
                                err);
    if (!status)
        status = fetch_config(f, &config, err);
    if (!status)
        status = lease_layers(f, &needs, config, err);
    if (!status)
        status = fetch_layers(f, config, err);
    return status ? status : finish(f, err);
}

/* ---- the whole ---- */

/* Whether the name leads to it already. */
static bool is_up_to_date(const fetching *f)
{
    cleanup_free char *name = reference_canonical(f->request->reference);
    cleanup_image image *present = NULL;

    return name && image_store_open(f->request->store, name, &present, NULL) == WCOW_OK &&
           strcmp(present->record.entry, f->top.digest) == 0 &&
           strcmp(present->record.descriptor.digest, fetch_own_manifest(f)->digest) == 0;
}

static wcow_status begin(fetching *f, const char *host, wcow_error *err)
{
    const fetch_request *request = f->request;
    cleanup_free char *scope = text_format("repository:%s:pull", request->reference->path);
    const registry_target target = {.host = host, .path = request->reference->path, .scope = scope};
    wcow_status status =
        scope ? registry_open(request->registry, &target, &f->registry, err) : error_no_memory(err);

    if (!status)
        status = registry_connect(f->registry, &f->client, err);
    return status ? status : fetch_manifests(f, err);
}

static wcow_status fetch_from(fetching *f, const char *host, fetch_result *out, wcow_error *err)
{
    progress_sink *progress = f->request->progress;
    const image_manifest *manifest;
    wcow_status status = begin(f, host, err);

    if (status)
        return status;
    manifest = fetch_own_manifest(f)->parsed;
    if (manifest->config.size > IMAGE_JSON_LIMIT)
        return error_set(err, WCOW_CORRUPT, "the image's config is too large (%" PRIu64 " bytes)",
                         manifest->config.size);
    f->fresh = !is_up_to_date(f);
    progress->muted = manifest->config.digest;
    status = fetch_blobs(f, err);
    progress->muted = NULL;
    if (status) {
        take_back(f);
        return status;
    }
    memcpy(out->digest, f->top.digest, sizeof(out->digest));
    out->fresh = f->fresh;
    return WCOW_OK;
}

/* Whether what failed at a mirror may succeed elsewhere. */
static bool is_worth_another(const fetching *f, wcow_status status)
{
    return status != WCOW_CANCELLED && status != WCOW_NO_MEMORY && status != WCOW_UNSUPPORTED &&
           !f->refused;
}

/* A mirror that does not have it, or does not work, is no reason to fail. */
wcow_status image_fetch(const fetch_request *request, fetch_result *out, wcow_error *err)
{
    const image_reference *reference = request->reference;
    const string_list *mirrors = &request->registry->settings->mirrors;
    CLEANUP(fetching) fetching own = {.request = request};

    for (size_t i = 0; i < mirrors->count && text_equal(reference->domain, "docker.io"); i++) {
        CLEANUP(fetching) fetching f = {.request = request};
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status = fetch_from(&f, mirrors->items[i], out, &problem);

        if (!status || !is_worth_another(&f, status))
            return error_pass(err, status, &problem);
    }
    return fetch_from(&own, reference->domain, out, err);
}
