/* SPDX-License-Identifier: MIT */
/* The image store: listing, finding, opening, tagging. */
#include "image/store/image_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "image/store/blob.h"
#include "image/store/image_records.h"
#include "image/store/layout.h"
#include "port/clock.h"

void image_free(image *i)
{
    if (!i)
        return;
    reference_free(i->record.reference);
    reference_free(i->record.origin);
    image_descriptor_clear(&i->record.descriptor);
    image_manifest_free(i->manifest);
    image_config_free(i->config);
    free(i);
}

static wcow_status list_all(const image_store *store, image_records *out, wcow_error *err)
{
    cleanup_json cJSON *index = NULL;
    wcow_status status = layout_read_index(store, &index, err);

    return status ? status : records_of_index(store, index, out, NULL, err);
}

/* Whether a record tells no more of an image than another does: several manifests, of archives of
 * different kinds, can be of one image, and a digest is not worth a row beside a tag. */
static bool hides(const image_record *other, const image_record *record, bool before)
{
    if (strcmp(other->id, record->id) != 0)
        return false;
    if (record->origin)
        return other->reference && reference_same_repository(other->reference, record->origin);
    return other->reference || other->origin || before;
}

static bool is_redundant(const image_records *records, size_t i)
{
    for (size_t j = 0; j < records->count && !records->items[i].reference; j++) {
        if (j != i && hides(&records->items[j], &records->items[i], j < i))
            return true;
    }
    return false;
}

wcow_status image_store_list(const image_store *store, image_records *out, wcow_error *err)
{
    image_records records = IMAGE_RECORDS_INIT;
    wcow_status status = list_all(store, &records, err);

    if (status)
        return status;
    for (size_t i = records.count; i-- > 0;) {
        if (!is_redundant(&records, i))
            continue;
        image_record_clear(&records.items[i]);
        records.count--;
        memmove(&records.items[i], &records.items[i + 1],
                (records.count - i) * sizeof(records.items[0]));
    }
    *out = records;
    return WCOW_OK;
}

static wcow_status read_config(const image_store *store, const char *digest, image_config **out,
                               wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    wcow_status status = blob_read(store, digest, IMAGE_JSON_LIMIT, &bytes, &size, err);

    return status ? status : image_config_parse(bytes, size, out, err);
}

static wcow_status copy_reference(const image_reference *from, image_reference **out,
                                  wcow_error *err)
{
    cleanup_free char *name = from ? reference_canonical(from) : NULL;

    if (!from)
        return WCOW_OK;
    return name ? reference_parse(name, out, err) : error_no_memory(err);
}

static wcow_status copy_record(const image_record *from, image_record *out, wcow_error *err)
{
    wcow_status status;

    memcpy(out->id, from->id, sizeof(out->id));
    memcpy(out->entry, from->entry, sizeof(out->entry));
    out->tagged = from->tagged;
    status = copy_reference(from->reference, &out->reference, err);
    if (!status)
        status = copy_reference(from->origin, &out->origin, err);
    if (!status && !image_descriptor_copy(&from->descriptor, &out->descriptor))
        status = error_no_memory(err);
    return status;
}

static wcow_status open_record(const image_store *store, const image_record *record, image **out,
                               wcow_error *err)
{
    cleanup_image image *i = calloc(1, sizeof(*i));
    cleanup_descriptor image_descriptor unused = {0};
    wcow_status status;

    if (!i)
        return error_no_memory(err);
    status = copy_record(record, &i->record, err);
    if (!status)
        status = record_manifest(store, &record->descriptor, &unused, &i->manifest, err);
    if (!status)
        status = read_config(store, i->manifest->config.digest, &i->config, err);
    if (status)
        return status;
    if (i->manifest->count != i->config->diff_ids.count)
        return error_set(err, WCOW_CORRUPT, "its manifest lists %zu layer%s, its config %zu",
                         i->manifest->count, text_plural(i->manifest->count),
                         i->config->diff_ids.count);
    *out = TAKE(i);
    return WCOW_OK;
}

/* What the reference fits; one thing, or a failure. */
static wcow_status find(const image_records *records, const char *reference,
                        const image_record **out, wcow_error *err)
{
    record_match match = {NULL, false, false};
    wcow_status status = records_find(records, reference, &match, err);

    if (status)
        return status;
    if (match.ambiguous)
        return error_set(err, WCOW_CONFLICT, "multiple IDs found with provided prefix: %s",
                         reference);
    if (!match.first)
        return records_not_found(reference, err);
    *out = match.first;
    return WCOW_OK;
}

wcow_status image_store_find(const image_store *store, const char *reference, image_record *out,
                             wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    cleanup_image_record image_record copy = {0};
    const image_record *found = NULL;
    wcow_status status = list_all(store, &records, err);

    if (!status)
        status = find(&records, reference, &found, err);
    if (status || !found)
        return status;
    status = copy_record(found, &copy, err);
    if (status)
        return status;
    *out = copy;
    copy = (image_record){0};
    return WCOW_OK;
}

wcow_status image_store_open(const image_store *store, const char *reference, image **out,
                             wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    const image_record *found = NULL;
    wcow_status status = list_all(store, &records, err);

    if (!status)
        status = find(&records, reference, &found, err);
    if (status || !found)
        return status;
    status = open_record(store, found, out, err);
    return status ? error_wrap(err, status, "image '%s'", reference) : WCOW_OK;
}

/* ---- names ---- */

static void drop_name(cJSON *entry)
{
    cJSON *annotations = cJSON_GetObjectItemCaseSensitive(entry, "annotations");

    cJSON_DeleteItemFromObjectCaseSensitive(annotations, ANNOTATION_NAME);
    cJSON_DeleteItemFromObjectCaseSensitive(annotations, ANNOTATION_REF_NAME);
    if (cJSON_GetArraySize(annotations) == 0)
        cJSON_DeleteItemFromObjectCaseSensitive(entry, "annotations");
}

static bool entry_names(const cJSON *entry, const image_reference *reference)
{
    cleanup_descriptor image_descriptor descriptor = {0};
    cleanup_reference image_reference *name = NULL;

    return image_descriptor_parse(entry, "index.json", &descriptor, NULL) == WCOW_OK &&
           record_name(&descriptor, &name, NULL) == WCOW_OK && name &&
           reference_same(name, reference);
}

static bool entry_is_named(const cJSON *entry)
{
    cleanup_descriptor image_descriptor descriptor = {0};

    return image_descriptor_parse(entry, "index.json", &descriptor, NULL) == WCOW_OK &&
           (descriptor.name || descriptor.ref_name);
}

/* Two entries of one index can be of different images. */
static bool is_entry_of(const cJSON *entry, const char *digest, const char *chosen)
{
    return text_equal(json_text(entry, "digest", NULL), digest) &&
           text_equal(json_text(json_member(entry, "annotations"), ANNOTATION_CHOSEN, ""), chosen);
}

static size_t entries_of(const cJSON *entries, const char *digest, const char *chosen)
{
    const cJSON *entry;
    size_t count = 0;

    cJSON_ArrayForEach (entry, entries) {
        count += is_entry_of(entry, digest, chosen);
    }
    return count;
}

static size_t entries_as(const cJSON *entries, const cJSON *entry)
{
    const char *chosen = json_text(json_member(entry, "annotations"), ANNOTATION_CHOSEN, "");

    return entries_of(entries, json_text(entry, "digest", ""), chosen);
}

/* Takes the name from whoever has it: the entry goes if its image has others, else it stays
 * nameless. */
static void release_name(cJSON *entries, const image_reference *reference)
{
    int i = 0;

    while (i < cJSON_GetArraySize(entries)) {
        cJSON *entry = cJSON_GetArrayItem(entries, i);

        if (!entry_names(entry, reference)) {
            i++;
        } else if (entries_as(entries, entry) > 1) {
            cJSON_DeleteItemFromArray(entries, i);
        } else {
            drop_name(entry);
            i++;
        }
    }
}

static bool add_name(cJSON *entry, const image_reference *reference)
{
    cleanup_free char *canonical = reference_canonical(reference);
    cleanup_free char *familiar = reference_familiar(reference);
    cJSON *annotations = cJSON_GetObjectItemCaseSensitive(entry, "annotations");

    if (!annotations)
        annotations = cJSON_AddObjectToObject(entry, "annotations");
    return canonical && familiar && annotations &&
           json_add_text(annotations, ANNOTATION_NAME, canonical) &&
           json_add_text(annotations, ANNOTATION_REF_NAME, familiar);
}

static bool add_chosen(cJSON *entry, const char *chosen)
{
    cJSON *annotations = *chosen ? cJSON_AddObjectToObject(entry, "annotations") : NULL;

    return !*chosen || (annotations && json_add_text(annotations, ANNOTATION_CHOSEN, chosen));
}

static cJSON *new_entry(cJSON *entries, const image_descriptor *manifest)
{
    cJSON *entry = cJSON_CreateObject();

    if (!entry ||
        !json_add_text(entry, "mediaType",
                       manifest->media_type ? manifest->media_type : MEDIA_OCI_MANIFEST) ||
        !json_add_text(entry, "digest", manifest->digest) ||
        !json_add_integer(entry, "size", (int64_t)manifest->size) ||
        !add_chosen(entry, manifest->chosen)) {
        cJSON_Delete(entry);
        return NULL;
    }
    return json_append(entries, entry) ? entry : NULL;
}

/* An entry of the image that has no name yet. */
static cJSON *nameless_entry(cJSON *entries, const image_descriptor *manifest)
{
    cJSON *entry;

    cJSON_ArrayForEach (entry, entries) {
        if (is_entry_of(entry, manifest->digest, manifest->chosen) && !entry_is_named(entry))
            return entry;
    }
    return NULL;
}

cJSON *index_name(cJSON *index, const image_descriptor *manifest, const image_reference *reference)
{
    cJSON *entries = cJSON_GetObjectItemCaseSensitive(index, "manifests");
    cJSON *entry;

    release_name(entries, reference);
    entry = nameless_entry(entries, manifest);
    if (!entry)
        entry = new_entry(entries, manifest);
    return entry && add_name(entry, reference) ? entry : NULL;
}

static wcow_status check_there(const image_store *store, const image_descriptor *manifest,
                               wcow_error *err)
{
    if (!blob_exists(store, manifest->digest))
        return error_set(err, WCOW_NOT_FOUND, "manifest %s is not in the image store",
                         manifest->digest);
    return WCOW_OK;
}

wcow_status index_add(const image_store *store, cJSON *index, const image_descriptor *manifest,
                      bool *added, wcow_error *err)
{
    cJSON *entries = cJSON_GetObjectItemCaseSensitive(index, "manifests");
    wcow_status status = check_there(store, manifest, err);

    if (status)
        return status;
    *added = entries_of(entries, manifest->digest, manifest->chosen) == 0;
    return !*added || new_entry(entries, manifest) ? WCOW_OK : error_no_memory(err);
}

static bool note_time(cJSON *entry)
{
    cleanup_free char *when = text_format("%lld", (long long)clock_now());
    cJSON *annotations = cJSON_GetObjectItemCaseSensitive(entry, "annotations");

    cJSON_DeleteItemFromObjectCaseSensitive(annotations, ANNOTATION_TAGGED);
    return when && json_add_text(annotations, ANNOTATION_TAGGED, when);
}

static wcow_status name_locked(const image_store *store, const image_descriptor *manifest,
                               const image_reference *reference, bool noted, wcow_error *err)
{
    cleanup_json cJSON *index = NULL;
    cJSON *entry = NULL;
    bool added = false;
    wcow_status status = layout_read_index(store, &index, err);

    if (!status && !reference)
        status = index_add(store, index, manifest, &added, err);
    else if (!status)
        status = check_there(store, manifest, err);
    if (status)
        return status;
    if (reference) {
        entry = index_name(index, manifest, reference);
        if (!entry || (noted && !note_time(entry)))
            return error_no_memory(err);
    }
    return layout_write_index(store, index, err);
}

static wcow_status name(const image_store *store, const image_descriptor *manifest,
                        const image_reference *reference, bool noted, wcow_error *err)
{
    file_lock *lock = NULL;
    wcow_status status = layout_ensure(store, err);

    if (!status)
        status = layout_lock(store, &lock, err);
    if (status)
        return status;
    status = name_locked(store, manifest, reference, noted, err);
    store->files->unlock(store->files, lock);
    return status;
}

static wcow_status drop_locked(const image_store *store, const image_descriptor *manifest,
                               wcow_error *err)
{
    cleanup_json cJSON *index = NULL;
    cJSON *entries;
    cJSON *entry;
    wcow_status status = layout_read_index(store, &index, err);

    if (status)
        return status;
    entries = cJSON_GetObjectItemCaseSensitive(index, "manifests");
    entry = nameless_entry(entries, manifest);
    if (!entry)
        return WCOW_OK;
    cJSON_Delete(cJSON_DetachItemViaPointer(entries, entry));
    return layout_write_index(store, index, err);
}

wcow_status image_store_drop(const image_store *store, const image_descriptor *manifest,
                             wcow_error *err)
{
    file_lock *lock = NULL;
    wcow_status status = layout_lock(store, &lock, err);

    if (status)
        return status;
    status = drop_locked(store, manifest, err);
    store->files->unlock(store->files, lock);
    return status;
}

wcow_status image_store_name(const image_store *store, const image_descriptor *manifest,
                             const image_reference *reference, wcow_error *err)
{
    return name(store, manifest, reference, false, err);
}

wcow_status image_store_tag(const image_store *store, const image_descriptor *manifest,
                            const image_reference *reference, wcow_error *err)
{
    return name(store, manifest, reference, true, err);
}
