/* SPDX-License-Identifier: MIT */
/** What tests of pulls and pushes share: a registry, a store that pushes and one that pulls. */
#ifndef TESTS_IMAGE_TRANSFER_FIXTURE_H
#define TESTS_IMAGE_TRANSFER_FIXTURE_H

#include "image/transfer/transfer.h"
#include "tests/unit/image/store_fixture.h"
#include "tests/unit/support/fake_registry.h"

extern fake_registry *there;
/** "127.0.0.1:port/x:1", of the image that start_transfers() loads into `store`. */
extern image_reference *pushed;
/** Pieces of an upload. */
extern uint64_t chunk;
/** Pulls into here. */
extern image_store target;

/** Which image pulls take of an index: start_transfers() wishes for any of amd64. */
extern image_choice choice;
/** What ends a pull; start_transfers() sets it to NULL. */
extern image_taker *finish_pull;

/** A registry, and a store with an image of two layers. */
int start_transfers(void **state);
/** The same, and the registry has the image. */
int start_pulls(void **state);
int stop_transfers(void **state);

/** The registry, to be used by itself. */
registry *open_registry(void);
/** Docker Hub is asked there first. */
void add_mirror(const char *url);
wcow_status push(void);
wcow_status pull(fetch_result *out);
/** Empties the store that pulls go to. */
void fresh_target(void);
/** Fails the test unless every blob of a store is what its name says; how many there are. */
size_t sound_blobs(const image_store *which);
/** Whether the registry has all of the image, byte by byte. */
bool registry_is_complete(void);

#endif
