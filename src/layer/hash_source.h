/* SPDX-License-Identifier: MIT */
/** A source that hashes what passes through it: how a diff id is verified while a layer streams by.
 */
#ifndef WCOW_LAYER_HASH_SOURCE_H
#define WCOW_LAYER_HASH_SOURCE_H

#include "base/source.h"
#include "port/hash.h"

typedef struct hash_source {
    byte_source source; /* to read from */
    const byte_source *from;
    sha256 *hash; /* borrowed */
} hash_source;

/** `self` must stay where it is: its source points to it. */
void hash_source_init(hash_source *self, const byte_source *from, sha256 *hash);

#endif
