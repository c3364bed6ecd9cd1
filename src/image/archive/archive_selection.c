/* SPDX-License-Identifier: MIT */
/* The images that go into an archive. */
#include "image/archive/archive_selection.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "image/store/image_records.h"

void selection_free(archive_selection *selection)
{
    for (size_t i = 0; i < selection->count; i++) {
        image_free(selection->items[i].image);
        string_list_free(&selection->items[i].names);
        string_list_free(&selection->items[i].tags);
        string_list_free(&selection->items[i].references);
    }
    free(selection->items);
    *selection = (archive_selection){NULL, 0};
}

/* The place of an image: the one it has, or a new one. */
static wcow_status find_or_add(const image_store *store, archive_selection *selection,
                               const image_record *record, selected_image **out, wcow_error *err)
{
    selected_image *grown;
    wcow_status status;

    for (size_t i = 0; i < selection->count; i++) {
        *out = &selection->items[i];
        if (text_equal((*out)->image->record.descriptor.digest, record->descriptor.digest))
            return WCOW_OK;
    }
    grown = realloc(selection->items, (selection->count + 1) * sizeof(*grown));
    if (!grown)
        return error_no_memory(err);
    selection->items = grown;
    *out = &grown[selection->count];
    **out = (selected_image){0};
    status = image_store_open(store, record->id, &(*out)->image, err);
    if (!status)
        selection->count++;
    return status;
}

static wcow_status add(const image_store *store, archive_selection *selection,
                       const image_record *record, bool named, wcow_error *err)
{
    cleanup_free char *canonical = NULL;
    selected_image *place = NULL;
    wcow_status status = find_or_add(store, selection, record, &place, err);

    if (status || !named || !record->reference)
        return status;
    canonical = reference_canonical(record->reference);
    if (!canonical)
        return error_no_memory(err);
    if (string_list_contains(&place->names, canonical))
        return WCOW_OK;
    if (!string_list_add(&place->names, canonical) ||
        !string_list_own(&place->tags, reference_familiar(record->reference)) ||
        !string_list_add(&place->references, record->reference->tag))
        return error_no_memory(err);
    return WCOW_OK;
}

/* "repo" without a tag means all of its tags, as docker save takes it. */
static wcow_status add_repository(const image_store *store, const image_records *records,
                                  const char *name, archive_selection *selection, bool *found,
                                  wcow_error *err)
{
    cleanup_reference image_reference *wanted = NULL;
    wcow_status status = WCOW_OK;

    *found = false;
    if (reference_parse(name, &wanted, NULL) || wanted->tag || wanted->digest)
        return WCOW_OK;
    for (size_t i = 0; i < records->count && !status; i++) {
        const image_reference *each = records->items[i].reference;

        if (!each || !text_equal(each->domain, wanted->domain) ||
            !text_equal(each->path, wanted->path))
            continue;
        status = add(store, selection, &records->items[i], true, err);
        *found = true;
    }
    return status;
}

static wcow_status add_reference(const image_store *store, const image_records *records,
                                 const char *reference, archive_selection *selection,
                                 wcow_error *err)
{
    record_match match = {NULL, false, false};
    bool found = false;
    wcow_status status = add_repository(store, records, reference, selection, &found, err);

    if (status || found)
        return status;
    status = records_find(records, reference, &match, err);
    if (status)
        return status;
    if (match.ambiguous)
        return error_set(err, WCOW_CONFLICT, "multiple IDs found with provided prefix: %s",
                         reference);
    if (!match.first)
        return records_not_found(reference, err);
    return add(store, selection, match.first, match.by_name, err);
}

wcow_status selection_make(const image_store *store, const char *const *references, size_t count,
                           archive_selection *out, wcow_error *err)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;
    CLEANUP(selection) archive_selection selection = {NULL, 0};
    wcow_status status = image_store_list(store, &records, err);

    for (size_t i = 0; i < count && !status; i++)
        status = add_reference(store, &records, references[i], &selection, err);
    if (status)
        return status;
    *out = selection;
    selection = (archive_selection){NULL, 0};
    return WCOW_OK;
}
