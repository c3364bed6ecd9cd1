/* SPDX-License-Identifier: MIT */
/* Layer tars on their way into the image store. */
#include "engine/image/pack.h"

#include <string.h>

#include "base/error.h"
#include "layer/codec/compress.h"
#include "port/hash.h"

#define PREFIX "sha256:"

typedef struct packing {
    sha256 *hash;
    const byte_sink *next;
} packing;

static wcow_status hash_and_pass(void *context, const void *bytes, size_t size, wcow_error *err)
{
    packing *p = context;

    sha256_update(p->hash, bytes, size);
    return sink_write(p->next, bytes, size, err);
}

wcow_status layer_pack(pack_fn *write, void *context, const byte_sink *blob,
                       char diff_id[DIGEST_SIZE], wcow_error *err)
{
    cleanup_compressor compressor *c = NULL;
    cleanup_sha256 sha256 *hash = sha256_new();
    packing p = {hash, NULL};
    const byte_sink tar = {hash_and_pass, &p};
    wcow_status status = hash ? compressor_new(blob, &c, err) : error_no_memory(err);

    if (status)
        return status;
    p.next = compressor_sink(c);
    status = write(context, &tar, err);
    if (!status)
        status = compressor_finish(c, err);
    if (status)
        return status;
    memcpy(diff_id, PREFIX, strlen(PREFIX));
    sha256_finish(hash, diff_id + strlen(PREFIX));
    return WCOW_OK;
}
