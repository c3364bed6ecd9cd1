/* SPDX-License-Identifier: MIT */
/** What tests of the image store share: a store in a fresh folder, files that fail on demand,
 * archives. */
#ifndef TESTS_IMAGE_STORE_FIXTURE_H
#define TESTS_IMAGE_STORE_FIXTURE_H

#include "tests/unit/status.h"

#include "image/archive/archive.h"
#include "tests/unit/support/faulty_files.h"
#include "tests/unit/support/recording_storage.h"
#include "tests/unit/support/tar_builder.h"

extern wcow_error err;
extern files_port *platform; /* behind `files` */
extern faulty_files files;
extern char *root;
extern image_store store;

int start(void **state);
/** Fails the test if anything is still open. */
int stop(void **state);

void digest_of(const char *bytes, size_t size, char out[DIGEST_SIZE]);
/** A config whose diff ids are the hashes of those layers. */
void config_for(text *out, const char *os, const char *const *layers);
/** Adds a blob of an OCI layout. */
void add_blob(text *tar, const char *content, char digest[DIGEST_SIZE]);
/** What `docker save` makes: manifest.json, config, layers (the second through a link). */
void docker_archive(text *tar, const char *os, const char *tags);
/** An OCI layout of one layer, whose blob holds `content` (NULL: is missing). */
void oci_archive(text *tar, const char *os, const char *annotations, const char *content);
wcow_status load(const text *tar, loaded_images *out);
/** Loads a docker archive with those tags. */
void load_docker(const char *tags);

size_t files_in(const char *folder);
size_t blobs(void);

#endif
