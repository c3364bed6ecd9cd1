/* SPDX-License-Identifier: MIT */
/* Descriptors: what manifests and indexes say of a blob. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "oci/manifest.h"
#include "oci/reference.h"

static bool is_string_or_missing(const cJSON *object, const char *name)
{
    const cJSON *value = json_member(object, name);

    return !value || cJSON_IsString(value);
}

/* A copy of a text member; true if it is missing. */
static bool copy_member(const cJSON *object, const char *name, char **out)
{
    const char *value = json_text(object, name, NULL);

    *out = text_copy(value);
    return !value || *out;
}

static bool copy_texts(const cJSON *object, image_descriptor *d)
{
    const cJSON *platform = json_member(object, "platform");
    const cJSON *annotations = json_member(object, "annotations");

    return copy_member(object, "mediaType", &d->media_type) &&
           copy_member(platform, "os", &d->os) &&
           copy_member(platform, "architecture", &d->architecture) &&
           copy_member(platform, "os.version", &d->os_version) &&
           copy_member(annotations, "io.containerd.image.name", &d->name) &&
           copy_member(annotations, "org.opencontainers.image.ref.name", &d->ref_name);
}

static void copy_chosen(const cJSON *object, image_descriptor *d)
{
    const char *chosen = json_text(json_member(object, "annotations"), ANNOTATION_CHOSEN, "");

    if (digest_valid(chosen))
        memcpy(d->chosen, chosen, strlen(chosen) + 1);
}

wcow_status image_descriptor_parse(const cJSON *object, const char *what, image_descriptor *out,
                                   wcow_error *err)
{
    cleanup_descriptor image_descriptor d = {0};
    const char *digest = json_text(object, "digest", "");
    int64_t size = json_integer(object, "size", -1);

    if (!cJSON_IsObject(object))
        return error_set(err, WCOW_CORRUPT, "%s is malformed: a descriptor is no object", what);
    if (!digest_valid(digest))
        return error_set(err, WCOW_CORRUPT, "%s is malformed: '%s' is no sha256 digest", what,
                         digest);
    if (size < 0)
        return error_set(err, WCOW_CORRUPT, "%s is malformed: %s has no valid size", what, digest);
    if (!is_string_or_missing(object, "mediaType") || !json_strings(object, "urls", &d.urls))
        return error_set(err, WCOW_CORRUPT, "%s is malformed: the descriptor of %s", what, digest);

    memcpy(d.digest, digest, strlen(digest) + 1);
    d.size = (uint64_t)size;
    copy_chosen(object, &d);
    if (!copy_texts(object, &d))
        return error_no_memory(err);
    *out = d;
    d = (image_descriptor){0};
    return WCOW_OK;
}

void image_descriptor_clear(image_descriptor *descriptor)
{
    free(descriptor->media_type);
    string_list_free(&descriptor->urls);
    free(descriptor->os);
    free(descriptor->architecture);
    free(descriptor->os_version);
    free(descriptor->name);
    free(descriptor->ref_name);
    *descriptor = (image_descriptor){0};
}

static bool copy_text(const char *from, char **out)
{
    *out = text_copy(from);
    return !from || *out;
}

bool image_descriptor_copy(const image_descriptor *from, image_descriptor *out)
{
    image_descriptor copy = {0};
    bool copied;

    memcpy(copy.digest, from->digest, sizeof(copy.digest));
    memcpy(copy.chosen, from->chosen, sizeof(copy.chosen));
    copy.size = from->size;
    copied = copy_text(from->media_type, &copy.media_type) && copy_text(from->os, &copy.os) &&
             copy_text(from->architecture, &copy.architecture) &&
             copy_text(from->os_version, &copy.os_version) && copy_text(from->name, &copy.name) &&
             copy_text(from->ref_name, &copy.ref_name);
    for (size_t i = 0; i < from->urls.count && copied; i++)
        copied = string_list_add(&copy.urls, from->urls.items[i]);
    if (!copied) {
        image_descriptor_clear(&copy);
        return false;
    }
    *out = copy;
    return true;
}

bool image_descriptor_is_index(const image_descriptor *descriptor)
{
    return text_equal(descriptor->media_type, MEDIA_OCI_INDEX) ||
           text_equal(descriptor->media_type, MEDIA_DOCKER_LIST);
}
