/* SPDX-License-Identifier: MIT */
/* Archives that are OCI image layouts: skopeo, buildkit, docker save since version 25. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "image/archive/archive_contents.h"
#include "image/store/blob.h"
#include "image/store/image_records.h"

typedef struct search {
    const image_store *store;
    const image_choice *choice;
    const archive_contents *contents;
} search;

static wcow_status missing(const search *s, const image_descriptor *d, wcow_error *err)
{
    cleanup_free char *name = text_format("blobs/sha256/%s", d->digest + strlen("sha256:"));
    const staged_blob *wrong = name ? contents_find(s->contents, name) : NULL;

    if (wrong)
        return error_set(err, WCOW_CORRUPT, "blob %s is damaged: it hashes to %s", d->digest,
                         wrong->digest);
    if (d->urls.count > 0)
        return error_set(err, WCOW_CORRUPT,
                         "layer %s is not in the archive, only an address to fetch it from (%s)",
                         d->digest, d->urls.items[0]);
    return error_set(err, WCOW_CORRUPT, "blob %s is not in the archive", d->digest);
}

/* Notes that the image needs the blob, from the archive or from the store. */
static wcow_status need(const search *s, const image_descriptor *d, found_image *found,
                        wcow_error *err)
{
    const staged_blob *blob = contents_find_digest(s->contents, d->digest);

    if (!blob && !blob_exists(s->store, d->digest))
        return missing(s, d, err);
    if (!blob)
        return string_list_add(&found->present, d->digest) ? WCOW_OK : error_no_memory(err);
    if (blob->size != d->size)
        return error_set(err, WCOW_CORRUPT, "blob %s has %llu bytes, and its manifest says %llu",
                         d->digest, (unsigned long long)blob->size, (unsigned long long)d->size);
    return found_image_needs(found, blob) ? WCOW_OK : error_no_memory(err);
}

/* A small blob, from the archive or from the store. */
static wcow_status read_small(const search *s, const image_descriptor *d, char **out, size_t *size,
                              wcow_error *err)
{
    const staged_blob *blob = contents_find_digest(s->contents, d->digest);

    if (blob)
        return contents_json(s->contents, blob, d->digest, out, size, err);
    if (blob_exists(s->store, d->digest))
        return blob_read(s->store, d->digest, IMAGE_JSON_LIMIT, out, size, err);
    return missing(s, d, err);
}

static wcow_status read_manifest(const search *s, const image_descriptor *d, image_manifest **out,
                                 wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    wcow_status status = read_small(s, d, &bytes, &size, err);

    return status ? status : image_manifest_parse(bytes, size, d->digest, out, err);
}

static wcow_status read_config(const search *s, const image_manifest *manifest, image_config **out,
                               wcow_error *err)
{
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    wcow_status status = read_small(s, &manifest->config, &bytes, &size, err);

    return status ? status : image_config_parse(bytes, size, out, err);
}

static wcow_status check_config(const search *s, const image_manifest *manifest, found_image *found,
                                wcow_error *err)
{
    cleanup_image_config image_config *config = NULL;
    wcow_status status = read_config(s, manifest, &config, err);

    if (!status)
        status = archive_check_platform(config, err);
    if (status)
        return status;
    if (config->diff_ids.count != manifest->count)
        return error_set(err, WCOW_CORRUPT, "its manifest lists %zu layer%s, its config %zu",
                         manifest->count, text_plural(manifest->count), config->diff_ids.count);
    return found_image_describe(found, config, err);
}

static wcow_status add_name(const image_descriptor *entry, loaded_image *found, wcow_error *err)
{
    cleanup_reference image_reference *reference = NULL;
    cleanup_free char *familiar = NULL;
    wcow_status status = record_name(entry, &reference, err);

    if (status || !reference)
        return status;
    familiar = reference_familiar(reference);
    if (!familiar || !string_list_add(&found->names, familiar))
        return error_no_memory(err);
    return WCOW_OK;
}

/* An image of that manifest that was found before under another name. */
static found_image *find_again(found_images *images, const char *digest)
{
    for (size_t i = 0; i < images->count; i++) {
        if (strcmp(images->items[i].image.descriptor.digest, digest) == 0)
            return &images->items[i];
    }
    return NULL;
}

static wcow_status fill(const search *s, const image_descriptor *d, const image_manifest *manifest,
                        found_image *found, wcow_error *err)
{
    wcow_status status = check_config(s, manifest, found, err);

    if (!status)
        status = need(s, d, found, err);
    if (!status)
        status = need(s, &manifest->config, found, err);
    for (size_t i = 0; i < manifest->count && !status; i++)
        status = need(s, &manifest->items[i], found, err);
    if (status)
        return status;
    memcpy(found->image.id, manifest->config.digest, sizeof(found->image.id));
    return image_descriptor_copy(d, &found->image.descriptor) ? WCOW_OK : error_no_memory(err);
}

/* ---- which of an index ---- */

/* What an item is for that has no platform: its config says it. What is no image says nothing. */
static void look_at(const search *s, image_descriptor *item)
{
    cleanup_manifest image_manifest *manifest = NULL;
    cleanup_image_config image_config *config = NULL;

    if (!read_manifest(s, item, &manifest, NULL) && !manifest->is_index &&
        !read_config(s, manifest, &config, NULL))
        ignore(descriptor_learn(item, config, NULL));
}

static wcow_status choose(const search *s, image_manifest *index, const image_descriptor **out,
                          wcow_error *err)
{
    const image_choice any = {.architecture = s->choice->architecture};

    *out = choice_of(s->choice, index);
    for (size_t i = 0; i < index->count && !*out; i++) {
        if (descriptor_is_vague(&index->items[i]))
            look_at(s, &index->items[i]);
    }
    if (!*out)
        *out = choice_of(s->choice, index);
    if (!*out && !s->choice->strict)
        *out = choice_of(&any, index); /* to be saved again, perhaps: load is for any host */
    if (!*out)
        return error_set(err, WCOW_UNSUPPORTED, "none of its images is for %s",
                         s->choice->strict ? "the platform that was asked for" : "Windows");
    return WCOW_OK;
}

/* The image of an index entry; one of several platforms gives the one that fits best. */
static wcow_status find_image(const search *s, const image_descriptor *entry, found_images *out,
                              wcow_error *err)
{
    cleanup_manifest image_manifest *manifest = NULL;
    cleanup_manifest image_manifest *index = NULL;
    const image_descriptor *d = entry;
    found_image *found;
    wcow_status status = read_manifest(s, d, &manifest, err);

    if (!status && manifest->is_index) {
        index = TAKE(manifest);
        status = choose(s, index, &d, err);
        if (!status)
            status = read_manifest(s, d, &manifest, err);
    }
    if (status)
        return status;
    if (manifest->is_index)
        return error_set(err, WCOW_CORRUPT, "%s is an index within an index", d->digest);

    found = find_again(out, d->digest);
    if (!found) {
        found = found_images_add(out);
        if (!found)
            return error_no_memory(err);
        status = fill(s, d, manifest, found, err);
    }
    return status ? status : add_name(entry, &found->image, err);
}

wcow_status archive_find_oci(const image_store *store, const image_choice *choice,
                             const archive_contents *contents, found_images *out, wcow_error *err)
{
    const search s = {store, choice, contents};
    cleanup_free char *bytes = NULL;
    cleanup_manifest image_manifest *index = NULL;
    size_t size = 0;
    wcow_status status = contents_json(contents, contents_find(contents, "index.json"),
                                       "index.json", &bytes, &size, err);

    if (!status)
        status = image_manifest_parse(bytes, size, "index.json", &index, err);
    if (status)
        return status;
    if (!index->is_index || index->count == 0)
        return error_set(err, WCOW_CORRUPT, "its index.json lists no image");
    for (size_t i = 0; i < index->count && !status; i++) {
        const image_descriptor *entry = &index->items[i];

        status = find_image(&s, entry, out, err);
        if (status)
            status = error_wrap(err, status, "image '%s'",
                                entry->name ? entry->name
                                            : (entry->ref_name ? entry->ref_name : entry->digest));
    }
    return status;
}
