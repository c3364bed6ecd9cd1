/* SPDX-License-Identifier: MIT */
/* A source that hashes what passes through it. */
#include "layer/hash_source.h"

static wcow_status read_and_hash(void *context, void *buffer, size_t size, size_t *got,
                                 wcow_error *err)
{
    hash_source *self = context;
    wcow_status status = source_read(self->from, buffer, size, got, err);

    if (!status && *got > 0)
        sha256_update(self->hash, buffer, *got);
    return status;
}

void hash_source_init(hash_source *self, const byte_source *from, sha256 *hash)
{
    *self = (hash_source){{read_and_hash, self}, from, hash};
}
