/* SPDX-License-Identifier: MIT */
/* Entries of index.json as image records. */
#include "image/store/image_records.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "image/store/blob.h"

void image_record_clear(image_record *record)
{
    reference_free(record->reference);
    reference_free(record->origin);
    image_descriptor_clear(&record->descriptor);
    *record = (image_record){0};
}

void image_records_free(image_records *records)
{
    for (size_t i = 0; i < records->count; i++)
        image_record_clear(&records->items[i]);
    free(records->items);
    *records = (image_records)IMAGE_RECORDS_INIT;
}

/* containerd's annotation is the whole name; the OCI one may be a name or a bare tag. */
wcow_status record_name(const image_descriptor *descriptor, image_reference **out, wcow_error *err)
{
    const char *name = descriptor->name ? descriptor->name : descriptor->ref_name;
    cleanup_reference image_reference *reference = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    *out = NULL;
    if (!name)
        return WCOW_OK;
    status = reference_parse(name, &reference, &problem);
    if (status == WCOW_INVALID)
        return WCOW_OK; /* another tool's; the image is there all the same */
    if (status)
        return error_pass(err, status, &problem);
    if (!reference_default_tag(reference))
        return error_no_memory(err);
    if (reference->tag) {
        free(reference->digest);
        reference->digest = NULL;
    } else if (!text_equal(reference->digest, descriptor->digest)) {
        return WCOW_OK; /* a name of something else */
    }
    *out = TAKE(reference);
    return WCOW_OK;
}

const image_reference *record_any_name(const image_record *record)
{
    return record->reference ? record->reference : record->origin;
}

bool reference_same_repository(const image_reference *a, const image_reference *b)
{
    return strcmp(a->domain, b->domain) == 0 && strcmp(a->path, b->path) == 0;
}

bool reference_same(const image_reference *a, const image_reference *b)
{
    return reference_same_repository(a, b) && text_equal(a->tag, b->tag) &&
           text_equal(a->digest, b->digest);
}

static bool is_for_windows(const image_descriptor *item)
{
    return text_equal(item->os, "windows") &&
           (!item->architecture || text_equal(item->architecture, "amd64"));
}

const image_descriptor *manifest_for_windows(const image_manifest *index)
{
    for (size_t i = 0; i < index->count; i++) {
        if (is_for_windows(&index->items[i]))
            return &index->items[i];
    }
    return NULL;
}

static const image_descriptor *item_of(const image_manifest *index, const char *digest)
{
    for (size_t i = 0; i < index->count; i++) {
        if (text_equal(index->items[i].digest, digest))
            return &index->items[i];
    }
    return NULL;
}

/* Of an entry that does not say, and so is another tool's: the one whose manifest is here. */
static const image_descriptor *present_for_windows(const image_store *store,
                                                   const image_manifest *index)
{
    for (size_t i = 0; i < index->count; i++) {
        if (is_for_windows(&index->items[i]) && blob_exists(store, index->items[i].digest))
            return &index->items[i];
    }
    return manifest_for_windows(index);
}

static wcow_status read_manifest(const image_store *store, const char *digest, image_manifest **out,
                                 wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    wcow_status status = blob_read(store, digest, IMAGE_JSON_LIMIT, &bytes, &size, err);

    return status ? status : image_manifest_parse(bytes, size, digest, out, err);
}

wcow_status record_manifest(const image_store *store, const image_descriptor *entry,
                            image_descriptor *descriptor, image_manifest **out, wcow_error *err)
{
    cleanup_manifest image_manifest *manifest = NULL;
    cleanup_manifest image_manifest *index = NULL;
    const image_descriptor *chosen = entry;
    wcow_status status = read_manifest(store, entry->digest, &manifest, err);

    if (status)
        return status;
    if (manifest->is_index) {
        index = TAKE(manifest);
        chosen = *entry->chosen ? item_of(index, entry->chosen) : present_for_windows(store, index);
        if (!chosen)
            return error_set(err, WCOW_UNSUPPORTED, "%s has no image for Windows", entry->digest);
        status = read_manifest(store, chosen->digest, &manifest, err);
        if (status)
            return status;
        if (manifest->is_index)
            return error_set(err, WCOW_CORRUPT, "%s is an index within an index", chosen->digest);
    }
    if (!image_descriptor_copy(chosen, descriptor))
        return error_no_memory(err);
    *out = TAKE(manifest);
    return WCOW_OK;
}

static int64_t tagged_at(const cJSON *entry)
{
    const char *when = json_text(json_member(entry, "annotations"), ANNOTATION_TAGGED, "");

    return strtoll(when, NULL, 10);
}

static wcow_status record_of_entry(const image_store *store, const cJSON *entry, image_record *out,
                                   wcow_error *err)
{
    cleanup_descriptor image_descriptor descriptor = {0};
    cleanup_manifest image_manifest *manifest = NULL;
    image_reference *name = NULL;
    wcow_status status = image_descriptor_parse(entry, "index.json", &descriptor, err);

    if (!status)
        status = record_name(&descriptor, &name, err);
    if (name && name->tag)
        out->reference = name;
    else
        out->origin = name;
    if (!status)
        status = record_manifest(store, &descriptor, &out->descriptor, &manifest, err);
    if (!status)
        memcpy(out->id, manifest->config.digest, sizeof(out->id));
    if (!status) {
        memcpy(out->entry, descriptor.digest, sizeof(out->entry));
        out->tagged = tagged_at(entry);
    }
    return status;
}

wcow_status records_of_index(const image_store *store, const cJSON *index, image_records *out,
                             int **positions, wcow_error *err)
{
    const cJSON *entries = json_member(index, "manifests");
    size_t count = (size_t)cJSON_GetArraySize(entries);
    cleanup_image_records image_records records = {calloc(count + 1, sizeof(image_record)), 0};
    cleanup_free int *places = calloc(count + 1, sizeof(int));
    const cJSON *entry;
    int position = 0;

    if (!records.items || !places)
        return error_no_memory(err);
    cJSON_ArrayForEach (entry, entries) {
        image_record *record = &records.items[records.count];
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status = record_of_entry(store, entry, record, &problem);

        if (status == WCOW_NO_MEMORY)
            return error_pass(err, status, &problem);
        if (status) {
            image_record_clear(record);
        } else {
            places[records.count++] = position;
        }
        position++;
    }
    *out = records;
    records = (image_records)IMAGE_RECORDS_INIT;
    if (positions)
        *positions = TAKE(places);
    return WCOW_OK;
}

/* ---- finding ---- */

static bool has_digest(const image_record *record, const char *digest)
{
    return text_equal(record->descriptor.digest, digest) || text_equal(record->entry, digest);
}

static const image_record *find_by_tag(const image_records *records,
                                       const image_reference *reference)
{
    for (size_t i = 0; i < records->count; i++) {
        const image_record *record = &records->items[i];

        if (record->reference && reference_same(record->reference, reference))
            return record;
    }
    return NULL;
}

/* How well "repo@sha256:…" fits: one that was pulled so, one with a tag of that repository, one of
 * which nobody knows the repository, since contents are the same everywhere; 0: not at all. */
static int fitness(const image_record *record, const image_reference *reference)
{
    const image_reference *name = record_any_name(record);

    if (!has_digest(record, reference->digest))
        return 0;
    if (!name)
        return 1;
    if (!reference_same_repository(name, reference))
        return 0;
    return record->reference ? 2 : 3;
}

static const image_record *find_by_name(const image_records *records,
                                        const image_reference *reference)
{
    const image_record *best = NULL;

    if (!reference->digest)
        return find_by_tag(records, reference);
    for (size_t i = 0; i < records->count; i++) {
        const image_record *record = &records->items[i];

        if (fitness(record, reference) > (best ? fitness(best, reference) : 0))
            best = record;
    }
    return best;
}

/* Digits of an id, or a whole "sha256:…" of an id or manifest. */
static void find_by_id(const image_records *records, const char *reference, record_match *out)
{
    bool whole = digest_valid(reference);
    const char *digits = text_starts_with(reference, "sha256:") ? reference + 7 : reference;

    if (!*digits || strspn(digits, "0123456789abcdef") != strlen(digits))
        return;
    for (size_t i = 0; i < records->count; i++) {
        const image_record *record = &records->items[i];

        if (!text_starts_with(record->id + strlen("sha256:"), digits) &&
            !(whole && has_digest(record, reference)))
            continue;
        if (!out->first)
            out->first = record;
        else if (strcmp(out->first->id, record->id) != 0)
            out->ambiguous = true;
    }
}

wcow_status records_find(const image_records *records, const char *reference, record_match *out,
                         wcow_error *err)
{
    cleanup_reference image_reference *parsed = NULL;
    record_match match = {NULL, false, false};
    wcow_status status = WCOW_OK;
    wcow_error invalid = {0};

    if (!digest_valid(reference))
        status = reference_parse(reference, &parsed, &invalid);
    if (parsed && !reference_default_tag(parsed))
        return error_no_memory(err);
    if (parsed)
        match.first = find_by_name(records, parsed);
    match.by_name = match.first != NULL;
    if (!match.first)
        find_by_id(records, reference, &match);
    if (!match.first && status) {
        bool digits = strspn(reference, "0123456789abcdef") == strlen(reference);

        if (!(status == WCOW_INVALID && digits) && err)
            *err = invalid;
        if (!digits)
            return status;
    }
    *out = match;
    return WCOW_OK;
}

wcow_status records_not_found(const char *reference, wcow_error *err)
{
    cleanup_reference image_reference *parsed = NULL;
    cleanup_free char *familiar = NULL;

    if (!digest_valid(reference) && reference_parse(reference, &parsed, NULL) == WCOW_OK &&
        reference_default_tag(parsed))
        familiar = reference_familiar(parsed);
    if (!*reference)
        return error_set(err, WCOW_NOT_FOUND, "No such image: an empty name is no name");
    return error_set(err, WCOW_NOT_FOUND, "No such image: %s", familiar ? familiar : reference);
}
