/* SPDX-License-Identifier: MIT */
/** What tests of imports share: a store in a fresh folder, ports that fail on demand, looks into
 * layers. */
#ifndef TESTS_LAYER_IMPORT_FIXTURE_H
#define TESTS_LAYER_IMPORT_FIXTURE_H

#include "layer/import/layer_import.h"
#include "tests/unit/status.h"

#include <sys/types.h>

#include "layer/store/layer.h"
#include "tests/posix/metadata.h"
#include "tests/unit/support/faulty_files.h"
#include "tests/unit/support/recording_storage.h"

extern wcow_error err;
extern files_port *platform; /* behind `files` */
extern faulty_files files;
extern recording_storage storage;
extern char *root;
extern layer_store store;

int start(void **state);
/** Fails the test if anything is still open. */
int stop(void **state);

/** Forgets the metadata of files that are gone: the Linux half keeps it in a list. */
void reopen_platform(void);

void hash_of(const char *bytes, size_t size, layer_id out);
wcow_status import_bytes(const char *parent, const char *bytes, size_t size, layer **out);
wcow_status import_file(const char *parent, const char *path, layer **out);

/** Everything but lock files: what an import leaves. */
size_t things_in_store(void);
char *in_layer(const layer *l, const char *name);
bool has(const layer *l, const char *name);
ino_t inode_of(const layer *l, const char *name);
metadata_record metadata_of(const layer *l, const char *name);

/**
 * What ImportLayer does, as far as tests need it: files appear below Files, those of the layer and
 * one of its parent. For storage.on_import.
 */
void place_files(const char *path, const char *folder, void *context);

#endif
