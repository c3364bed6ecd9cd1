/* SPDX-License-Identifier: MIT */
/** Manifests and indexes, OCI and Docker schema 2, as parsed from hostile bytes. */
#ifndef WCOW_OCI_MANIFEST_H
#define WCOW_OCI_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "base/strings.h"

/** "sha256:" + 64 digits + NUL */
#define DIGEST_SIZE 72

#define MEDIA_OCI_MANIFEST    "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_OCI_INDEX       "application/vnd.oci.image.index.v1+json"
#define MEDIA_OCI_CONFIG      "application/vnd.oci.image.config.v1+json"
#define MEDIA_OCI_LAYER       "application/vnd.oci.image.layer.v1.tar"
#define MEDIA_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_DOCKER_LIST     "application/vnd.docker.distribution.manifest.list.v2+json"
#define MEDIA_DOCKER_CONFIG   "application/vnd.docker.container.image.v1+json"

/** Our own annotations, in the store's index.json. */
#define ANNOTATION_CHOSEN "wcow.chosen" /* of an index: the digest of the image's own manifest */
#define ANNOTATION_TAGGED "wcow.tagged" /* when it got a name here: nanoseconds since 1970 */

typedef struct image_descriptor {
    char *media_type; /* NULL if missing */
    char digest[DIGEST_SIZE];
    uint64_t size;
    string_list urls; /* where foreign layers are fetched from */
    char *os;         /* platform, of an index's members; NULL if missing */
    char *architecture;
    char *os_version;
    char *name;     /* annotation io.containerd.image.name, NULL if missing */
    char *ref_name; /* annotation org.opencontainers.image.ref.name, NULL if missing */
    /* In our own store, of an index: which of its manifests was chosen; "" if it does not say. */
    char chosen[DIGEST_SIZE];
} image_descriptor;

/** A manifest: config and layers. Or an index: manifests. */
typedef struct image_manifest {
    bool is_index;
    char *media_type; /* NULL if it does not say */
    image_descriptor config;
    image_descriptor *items; /* layers, base first; of an index: its manifests */
    size_t count;
} image_manifest;

/** Parses either kind; WCOW_CORRUPT if malformed, WCOW_UNSUPPORTED for Docker's schema 1. */
WCOW_CHECKED wcow_status image_manifest_parse(const char *bytes, size_t size, const char *what,
                                              image_manifest **out, wcow_error *err);
void image_manifest_free(image_manifest *manifest);

WCOW_CHECKED wcow_status image_descriptor_parse(const cJSON *object, const char *what,
                                                image_descriptor *out, wcow_error *err);
void image_descriptor_clear(image_descriptor *descriptor);
bool image_descriptor_copy(const image_descriptor *from, image_descriptor *out);
/** Whether its media type is an index or manifest list. */
bool image_descriptor_is_index(const image_descriptor *descriptor);

DEFINE_CLEANUP(manifest, image_manifest *, image_manifest_free)
#define cleanup_manifest CLEANUP(manifest)
DEFINE_CLEANUP_VALUE(descriptor, image_descriptor, image_descriptor_clear)
#define cleanup_descriptor CLEANUP(descriptor)

#endif
