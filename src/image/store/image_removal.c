/* SPDX-License-Identifier: MIT */
/* How images go: names, then the image with its last name, then the blobs that nothing else uses.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "base/text.h"
#include "image/store/blob.h"
#include "image/store/downloads.h"
#include "image/store/image_records.h"
#include "image/store/layout.h"
#include "image/store/lease.h"
#include "image/store/stage.h"

#define INDEX_DEPTH 2 /* an index may list indexes; deeper ones are met nowhere */

void image_removal_free(image_removal *removal)
{
    string_list_free(&removal->untagged);
    string_list_free(&removal->diff_ids);
    *removal = (image_removal){0};
}

/* ---- which blobs are used ---- */

static wcow_status add_used(string_list *used, const char *digest, wcow_error *err)
{
    if (string_list_contains(used, digest) || string_list_add(used, digest))
        return WCOW_OK;
    return error_no_memory(err);
}

/* A manifest or index and all it names; a damaged one names nothing. */
static wcow_status add_used_by(const image_store *store, const char *digest, string_list *used,
                               unsigned depth, wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    cleanup_manifest image_manifest *manifest = NULL;
    size_t size = 0;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = add_used(used, digest, err);

    if (status)
        return status;
    if (depth > INDEX_DEPTH)
        return WCOW_OK;
    status = blob_read(store, digest, IMAGE_JSON_LIMIT, &bytes, &size, &problem);
    if (!status)
        status = image_manifest_parse(bytes, size, digest, &manifest, &problem);
    if (status == WCOW_NOT_FOUND || status == WCOW_CORRUPT || status == WCOW_UNSUPPORTED)
        return WCOW_OK;
    if (status)
        return error_pass(err, status, &problem);
    if (!manifest->is_index)
        status = add_used(used, manifest->config.digest, err);
    for (size_t i = 0; i < manifest->count && !status; i++) {
        if (manifest->is_index)
            status = add_used_by(store, manifest->items[i].digest, used, depth + 1, err);
        else
            status = add_used(used, manifest->items[i].digest, err);
    }
    return status;
}

/* An entry that is one of an index's images needs that one: the others are nobody's, or have
 * entries of their own. */
static wcow_status add_used_by_entry(const image_store *store, const cJSON *entry,
                                     string_list *used, wcow_error *err)
{
    const char *digest = json_text(entry, "digest", "");
    const char *chosen = json_text(json_member(entry, "annotations"), ANNOTATION_CHOSEN, "");
    wcow_status status;

    if (!digest_valid(digest))
        return WCOW_OK;
    if (!digest_valid(chosen))
        return add_used_by(store, digest, used, 0, err);
    status = add_used(used, digest, err);
    return status ? status : add_used_by(store, chosen, used, 1, err);
}

static wcow_status find_used(const image_store *store, const cJSON *index, string_list *used,
                             wcow_error *err)
{
    const cJSON *entry;

    cJSON_ArrayForEach (entry, json_member(index, "manifests")) {
        wcow_status status = add_used_by_entry(store, entry, used, err);

        if (status)
            return status;
    }
    return WCOW_OK;
}

/* Removes every blob that the index does not lead to and nobody has a lease of. One that somebody
 * is reading stays for now. */
static wcow_status collect_blobs(const image_store *store, const cJSON *index, wcow_error *err)
{
    static const char *const parts[] = {"blobs", "sha256", NULL};
    cleanup_free char *folder = layout_path(store, parts);
    cleanup_strings string_list used = STRING_LIST_INIT;
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_status status;
    int32_t hr;

    if (!folder)
        return error_no_memory(err);
    status = find_used(store, index, &used, err);
    if (!status)
        status = image_leased_digests(store, &used, err);
    if (status)
        return status;
    hr = store->files->list(store->files, folder, &names);
    if (HR_FAILED(hr))
        return error_hresult(err, hr, "list the blobs");
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *digest = text_format("sha256:%s", names.items[i]);
        cleanup_free char *path = path_join(folder, names.items[i]);

        if (!digest || !path)
            return error_no_memory(err);
        if (!string_list_contains(&used, digest))
            (void)store->files->remove_file(store->files, path);
    }
    layout_keep_reserve(store); /* on a full disk this is the moment at which there is room */
    return WCOW_OK;
}

/* ---- removal ---- */

/* A removal under way. */
typedef struct removal {
    const image_store *store;
    cJSON *index;
    image_records records;
    int *positions; /* of the records' entries */
    bool *gone;     /* entries to delete, by record */
    image_removal result;
} removal;

static void removal_clear(removal *r)
{
    cJSON_Delete(r->index);
    image_records_free(&r->records);
    free(r->positions);
    free(r->gone);
    image_removal_free(&r->result);
}

DEFINE_CLEANUP_VALUE(removal, removal, removal_clear)

/* Whether an image has a tag of that repository. */
static bool has_tag(const removal *r, const char *id, const image_reference *repository)
{
    for (size_t i = 0; i < r->records.count; i++) {
        const image_record *each = &r->records.items[i];

        if (!r->gone[i] && each->reference && text_equal(each->id, id) &&
            reference_same_repository(each->reference, repository))
            return true;
    }
    return false;
}

/* Tags, and the digests of repositories that it has no tag of. */
static size_t names_of(const removal *r, const char *id)
{
    size_t count = 0;

    for (size_t i = 0; i < r->records.count; i++) {
        const image_record *each = &r->records.items[i];

        count += !r->gone[i] && text_equal(each->id, id) &&
                 (each->reference || (each->origin && !has_tag(r, id, each->origin)));
    }
    return count;
}

static wcow_status untag(removal *r, size_t i, wcow_error *err)
{
    const image_reference *name = record_any_name(&r->records.items[i]);
    cleanup_free char *familiar = NULL;

    r->gone[i] = true;
    if (!name)
        return WCOW_OK;
    familiar = reference_familiar(name);
    if (!familiar || !string_list_add(&r->result.untagged, familiar))
        return error_no_memory(err);
    return WCOW_OK;
}

/* A digest goes with the last tag of its repository. */
static wcow_status untag_digests(removal *r, const image_record *removed, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    if (!removed->reference || has_tag(r, removed->id, removed->reference))
        return WCOW_OK;
    for (size_t i = 0; i < r->records.count && !status; i++) {
        const image_record *each = &r->records.items[i];

        if (!r->gone[i] && each->origin && text_equal(each->id, removed->id) &&
            reference_same_repository(each->origin, removed->reference))
            status = untag(r, i, err);
    }
    return status;
}

/* Every entry of the image. */
static wcow_status untag_all(removal *r, const char *id, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    for (size_t i = 0; i < r->records.count && !status; i++) {
        if (!r->gone[i] && text_equal(r->records.items[i].id, id))
            status = untag(r, i, err);
    }
    return status;
}

/* Says which layers the image had, as far as its config can still be read. */
static wcow_status note_layers(removal *r, const char *id, wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    cleanup_image_config image_config *config = NULL;
    size_t size = 0;

    if (blob_read(r->store, id, IMAGE_JSON_LIMIT, &bytes, &size, NULL) ||
        image_config_parse(bytes, size, &config, NULL))
        return WCOW_OK;
    for (size_t i = 0; i < config->diff_ids.count; i++) {
        if (!string_list_add(&r->result.diff_ids, config->diff_ids.items[i]))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status choose(removal *r, const record_match *match, image_removal_rule rule,
                          wcow_error *err)
{
    const char *id = match->first->id;
    wcow_status status = WCOW_OK;

    memcpy(r->result.id, id, sizeof(r->result.id));
    if (match->by_name) {
        status = untag(r, (size_t)(match->first - r->records.items), err);
        if (!status)
            status = untag_digests(r, match->first, err);
    } else if (rule != REMOVE_ANY && names_of(r, id) > (rule == REMOVE_IF_NAMELESS ? 0 : 1)) {
        return error_set(err, WCOW_CONFLICT,
                         "conflict: unable to delete %.12s (must be forced) - image is referenced "
                         "in multiple repositories",
                         id + strlen("sha256:"));
    } else {
        status = untag_all(r, id, err);
    }
    if (status || names_of(r, id) > 0)
        return status;
    r->result.deleted = true;
    status = untag_all(r, id, err);
    return status ? status : note_layers(r, id, err);
}

static void delete_entries(removal *r)
{
    cJSON *entries = cJSON_GetObjectItemCaseSensitive(r->index, "manifests");

    for (size_t i = r->records.count; i-- > 0;) {
        if (r->gone[i])
            cJSON_DeleteItemFromArray(entries, r->positions[i]);
    }
}

static wcow_status find_and_choose(removal *r, const char *reference, image_removal_rule rule,
                                   wcow_error *err)
{
    record_match match = {NULL, false, false};
    wcow_status status = layout_read_index(r->store, &r->index, err);

    if (!status)
        status = records_of_index(r->store, r->index, &r->records, &r->positions, err);
    if (!status)
        status = records_find(&r->records, reference, &match, err);
    if (status)
        return status;
    if (match.ambiguous)
        return error_set(err, WCOW_CONFLICT, "multiple IDs found with provided prefix: %s",
                         reference);
    if (!match.first)
        return records_not_found(reference, err);
    r->gone = calloc(r->records.count, sizeof(*r->gone));
    return r->gone ? choose(r, &match, rule, err) : error_no_memory(err);
}

/* The index first: should we die between, blobs are left for a sweep, and no image without its own.
 */
static wcow_status remove_locked(const image_store *store, const char *reference,
                                 image_removal_rule rule, image_removal *out, wcow_error *err)
{
    CLEANUP(removal) removal r = {.store = store};
    wcow_status status = find_and_choose(&r, reference, rule, err);

    if (status)
        return status;
    delete_entries(&r);
    status = layout_write_index(store, r.index, err);
    if (!status && r.result.deleted)
        status = collect_blobs(store, r.index, err);
    if (status)
        return status;
    *out = r.result;
    r.result = (image_removal){0};
    return WCOW_OK;
}

wcow_status image_store_remove(const image_store *store, const char *reference,
                               image_removal_rule rule, image_removal *out, wcow_error *err)
{
    file_lock *lock = NULL;
    wcow_status status = layout_ensure(store, err);

    if (!status)
        status = layout_lock(store, &lock, err);
    if (status)
        return status;
    status = remove_locked(store, reference, rule, out, err);
    store->files->unlock(store->files, lock);
    return status;
}

static wcow_status sweep_locked(const image_store *store, wcow_error *err)
{
    cleanup_json cJSON *index = NULL;
    wcow_status status = stage_sweep(store, err);

    if (!status)
        status = layout_read_index(store, &index, err);
    return status ? status : collect_blobs(store, index, err);
}

wcow_status image_store_collect(const image_store *store, wcow_error *err)
{
    file_lock *lock = NULL;
    wcow_status status = layout_ensure(store, err);

    if (!status)
        status = layout_lock(store, &lock, err);
    if (status)
        return status;
    status = sweep_locked(store, err);
    store->files->unlock(store->files, lock);
    return status;
}

wcow_status image_store_sweep(const image_store *store, wcow_error *err)
{
    wcow_status status = image_store_collect(store, err);

    return status ? status : downloads_sweep(store, err);
}
